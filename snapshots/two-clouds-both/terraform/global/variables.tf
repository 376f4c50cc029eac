variable "environment" {
  description = "Name of the environment; part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "Must be one of dev, staging, prod."
  }
}

variable "cdn" {
  description = "Cloudflare. Settings and rule sets exist once a zone: exactly one environment manages a zone, the others add their balancer to it."
  type = object({
    host            = string # what users reach
    zone_id         = string
    account_id      = string # of the account that has the zone
    manages_zone    = bool
    client_rate_10s = number # from one address, what the cache answers not counted
    block_s         = number # how long whoever goes faster waits
    static_ttl_s    = number # names carry a hash of the content
    media_ttl_s     = number # may be replaced under their names
    negative_ttl_s  = number # answers that something is not there
    hsts_s          = number # browsers insist on HTTPS for as long
  })
  nullable = false

  validation {
    condition     = alltrue([for id in [var.cdn.account_id, var.cdn.zone_id] : can(regex("^[0-9a-f]{32}$", id))])
    error_message = "Identifiers of Cloudflare have 32 hexadecimal digits."
  }
}

variable "waf" {
  description = "Whether Cloudflare's managed rules only count."
  type = object({
    preview = bool
  })
  nullable = false
}

variable "balancing" {
  description = "How requests find a side, and when one is left."
  type = object({
    interval_s = number # between two looks at a side
    timeout_s  = number # of one look
    retries    = number # looks at once before one counts as failed
    affinity_s = number # how long a user stays on a side: data does not follow
    weights    = map(number)
    email      = string # who is told that a side is down
  })
  nullable = false

  validation {
    condition     = abs(sum(values(var.balancing.weights)) - 1) < 0.01
    error_message = "The weights of all sides add up to 1."
  }

  validation {
    condition     = var.balancing.timeout_s * (var.balancing.retries + 1) < var.balancing.interval_s
    error_message = "All tries of a look must end before the next one begins."
  }
}

variable "origins" {
  description = "Host name of each side: where Cloudflare connects to, and what it asks for there."
  type        = map(string)
  nullable    = false

  validation {
    condition     = toset(keys(var.origins)) == toset(["aws", "gcp"])
    error_message = "Wanted one for each of aws, gcp."
  }
}
