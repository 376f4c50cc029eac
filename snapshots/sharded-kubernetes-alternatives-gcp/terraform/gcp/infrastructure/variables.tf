variable "environment" {
  description = "Environment that this state describes; part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["prod"], var.environment)
    error_message = "Use prod."
  }
}

variable "project_id" {
  description = "Google Cloud project of the environment; one project per environment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens and begins with a letter."
  }
}

variable "region" {
  description = "Region of everything that is not global."
  type        = string
  nullable    = false
}

variable "domain" {
  description = "Host name that users reach."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Labels on everything that is billed, beside project, environment and managed-by."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for key, value in var.tags : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "A label has at most 63 lower-case letters, digits, hyphens and underscores."
  }
}

variable "protected" {
  description = "Refuse to delete what holds data (databases, cache, cluster, keys)."
  type        = bool
  nullable    = false
}

variable "maintenance" {
  description = "When the services may restart what they run: the quietest hours of the week's traffic profile, UTC."
  type = object({
    hour     = number
    window_h = number
  })
  nullable = false

  validation {
    condition     = var.maintenance.hour >= 0 && var.maintenance.hour + var.maintenance.window_h <= 24 && var.maintenance.window_h >= 4
    error_message = "The maintenance window has at least 4 hours and lies within one day."
  }
}

variable "network" {
  description = "Address space. Fixed and generous: a changed block rebuilds the network."
  type = object({
    cidr      = string # /16: nodes, services, endpoints and managed databases
    pods_cidr = string # /14: one /24 a node
  })
  nullable = false

  validation {
    condition     = endswith(var.network.cidr, "/16") && can(cidrhost(var.network.cidr, 0))
    error_message = "network.cidr must be an IPv4 /16."
  }

  validation {
    condition     = can(cidrhost(var.network.pods_cidr, 0)) && tonumber(split("/", var.network.pods_cidr)[1]) <= 17
    error_message = "network.pods_cidr must be an IPv4 block of at least /17."
  }
}

variable "cluster" {
  description = "GKE Autopilot cluster."
  type = object({
    zones           = list(string)
    release_channel = string
  })
  nullable = false

  validation {
    condition     = contains(["RAPID", "REGULAR", "STABLE", "EXTENDED"], var.cluster.release_channel)
    error_message = "cluster.release_channel must be RAPID, REGULAR, STABLE or EXTENDED."
  }
}

variable "database" {
  description = "What all database nodes have in common."
  type = object({
    backup_days         = number                                  # daily backups kept
    pitr_days           = number                                  # point-in-time recovery
    slow_statement_ms   = number                                  # slower ones are logged
    idle_transaction_ms = number                                  # an open transaction that does nothing is ended
    pooler              = optional(object({ replicas = number })) # pods of PgDog
  })
  nullable = false

  validation {
    condition     = var.database.pitr_days >= 1 && var.database.pitr_days <= 35
    error_message = "database.pitr_days is 1 to 35."
  }
}

variable "shards" {
  description = "AlloyDB clusters by keyspace and name in the shard map. Adding a node never touches the others."
  type = map(object({
    standby  = bool                # synchronous, in a second zone
    replicas = number              # readers of each node
    pool     = optional(number, 0) # connections of a pooler to each node; 0: services connect by themselves
    nodes = map(object({
      tier            = string
      max_connections = number
      location        = optional(string) # whose rows it keeps
      region          = optional(string) # where it stands; null: var.region
    }))
  }))
  nullable = false

  validation {
    condition     = alltrue(flatten([for keyspace in var.shards : [for node in keys(keyspace.nodes) : can(regex("^s[0-9]{2,3}$", node))]]))
    error_message = "Nodes are named as in the shard map: s00, s01, …"
  }

  validation {
    condition     = alltrue([for keyspace in var.shards : keyspace.replicas >= 0 && keyspace.replicas <= 20])
    error_message = "A node has at most 20 readers."
  }
}

variable "cache" {
  description = "Memorystore for Valkey, cluster mode."
  type = object({
    node_type        = string
    shards           = number
    replicas         = number # of each shard, in another zone
    maxmemory_policy = string
  })
  nullable = false

  validation {
    condition     = contains(["SHARED_CORE_NANO", "STANDARD_SMALL", "HIGHMEM_MEDIUM", "HIGHMEM_XLARGE"], var.cache.node_type)
    error_message = "cache.node_type must be SHARED_CORE_NANO, STANDARD_SMALL, HIGHMEM_MEDIUM or HIGHMEM_XLARGE."
  }

  validation {
    condition     = var.cache.shards >= 1 && var.cache.shards <= 250 && var.cache.replicas >= 0 && var.cache.replicas <= 2
    error_message = "An instance has 1 to 250 shards with at most 2 replicas each."
  }
}

variable "waf" {
  description = "Cloud Armor at the load balancer."
  type = object({
    requests_per_client_1m = number
    sensitivity            = number # of the preconfigured rules, 0 to 4
    preview                = bool   # log what would be refused, refuse nothing
  })
  nullable = false

  validation {
    condition     = var.waf.sensitivity >= 0 && var.waf.sensitivity <= 4
    error_message = "waf.sensitivity is 0 to 4."
  }
}

variable "cdn" {
  description = "Cloud CDN in front of the Gateway."
  type = object({
    log_sample              = number # share of requests that are logged
    public_ttl_s            = number # an answer that has expired is served while a fresh one is fetched
    requests_per_client_10s = number # from one address
    static_ttl_s            = number # names carry a hash of the content
    media_ttl_s             = number # may be replaced under their names
    negative_ttl_s          = number # answers that something is not there
    hsts_s                  = number # browsers insist on HTTPS for as long
    hit_ratio               = number # of all requests, that the CDN answers by itself
  })
  nullable = false
}

variable "services" {
  description = "Services: what runs them, how far they scale and what they may reach."
  type = map(object({
    runs_on   = optional(string, "pods")
    pods_max  = number                    # the autoscaler's maximum
    pool_size = optional(number, 0)       # connections of one pod to one database node
    keyspaces = optional(set(string), []) # of var.shards
    cache     = optional(bool, false)
    produces  = optional(set(string), []) # topics
    consumes  = optional(set(string), [])
    secrets   = optional(set(string), []) # of var.secrets
  }))
  nullable = false

  validation {
    condition     = alltrue([for service in var.services : contains(["pods", "containers", "functions", "fleet"], service.runs_on)])
    error_message = "A service runs on pods, containers, functions or fleet."
  }

  validation {
    condition     = alltrue([for name in keys(var.services) : can(regex("^[a-z]([a-z0-9-]{0,16}[a-z0-9])?$", name))])
    error_message = "Service names are RFC 1035 labels of at most 18 characters."
  }

  validation {
    condition     = alltrue([for service in var.services : length(setsubtract(service.keyspaces, keys(var.shards))) == 0])
    error_message = "A service names a keyspace that is not in var.shards."
  }

  validation {
    condition     = alltrue([for service in var.services : length(setsubtract(service.secrets, keys(var.secrets))) == 0])
    error_message = "A service names a secret that is not in var.secrets."
  }
}

variable "secrets" {
  description = "Secrets by name. Only their containers: values are added out of band (docs/START.md)."
  type = map(object({
    rotation_days = number
    destroy_days  = number # a destroyed version can be brought back as long
  }))
  nullable = false
}

variable "registry" {
  description = "How long images are kept."
  type = object({
    keep_images   = number # newest of each image, however old
    image_days    = number
    untagged_days = number
  })
  nullable = false
}

variable "observability" {
  description = "Who is told, for how long logs are kept, and the thresholds that follow from the sizing."
  type = object({
    alert_email          = string
    runbook_url          = string
    log_retention_days   = number
    alarm_s              = number # how long a threshold has to be exceeded
    database_cpu         = number # ratio
    database_connections = number # ratio of max_connections
    replica_lag_s        = number
    cache_memory         = number # ratio
    cache_cpu            = number # ratio
  })
  nullable = false

  validation {
    condition     = var.observability.alarm_s >= 60 && var.observability.alarm_s % 60 == 0
    error_message = "alarm_s is whole minutes."
  }
}

variable "datadog" {
  description = "Datadog: who is told, and from when on."
  type = object({
    site            = string # of the organisation: datadoghq.com, datadoghq.eu, …
    alert_email     = string
    availability    = number # the objective, what the error budget is counted from
    errors_share    = number # of requests: ten times the objective is worth a page by itself
    latency_s       = number
    latency_percent = number # of requests that are answered within it
    burn_fast       = number # of the budget in an hour
    burn_slow       = number # in six hours
    cpu             = number # of what runs the services
    database_cpu    = number
    cache_hit       = number
    error_rate      = number                                                                 # of jobs, too
    late_share      = number                                                                 # of jobs that may miss their deadline
    memory          = number                                                                 # of a limit
    query_s         = number                                                                 # of a statement, on average
    queries_abroad  = optional(map(object({ shards = list(string), query_s = number })), {}) # and of one on a shard in another region
    connections     = number                                                                 # of those that a node grants
    services        = map(number)                                                            # pods at most
    workers = map(object({
      deadline_s = number
      lag        = map(number) # by topic: messages that it finishes in time
    }))
  })
  nullable = false
}

variable "objectives" {
  description = "Service level objectives; alerts and load test thresholds come from the same figures."
  type = object({
    availability  = number # share of requests without a server error
    latency_ms    = number
    latency_share = number # share of requests within latency_ms
    burn_fast     = number # budget spent so many times too fast: a page
    burn_slow     = number # a ticket
  })
  nullable = false

  validation {
    condition     = var.objectives.availability > 0.5 && var.objectives.availability < 1 && var.objectives.latency_share > 0.5 && var.objectives.latency_share < 1
    error_message = "objectives.availability and latency_share are ratios below 1, such as 0.9995."
  }
}

variable "pipeline" {
  description = "Who may release."
  type = object({
    repository = string # address of the job that releases, the subject of its tokens
  })
  nullable = false
}

variable "cost" {
  description = "Monthly budget; a warning, not a cap."
  type = object({
    billing_account = string
    budget_usd      = optional(number) # null: no budget
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.cost.billing_account))
    error_message = "cost.billing_account looks like 012345-6789AB-CDEF01."
  }
}

variable "dr" {
  description = "What survives the loss of the region, beside the backups of the databases."
  type = object({
    cluster_region = optional(string) # where the cluster's objects are kept; null: nowhere
    retention_days = number
    lock_days      = number # not to be deleted by anybody
  })
  nullable = false

  validation {
    condition     = var.dr.lock_days <= var.dr.retention_days && var.dr.lock_days <= 90
    error_message = "lock_days is at most 90 and not above retention_days."
  }
}
