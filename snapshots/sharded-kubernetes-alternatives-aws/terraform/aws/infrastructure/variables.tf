variable "environment" {
  description = "Name of the environment; part of every name and tag."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["prod"], var.environment)
    error_message = "Must be one of prod."
  }
}

variable "region" {
  description = "AWS region of everything but shards abroad and copies of backups."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "AWS account of the environment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "Must have 12 digits."
  }
}

variable "protected" {
  description = "Deletion protection, final snapshots and kept backups. Off only where the data may be lost."
  type        = bool
  nullable    = false
}

variable "network" {
  description = "Address space. It is fixed for good: another CIDR block is another VPC. Zones keep their slot; new ones come at the end."
  type = object({
    cidr                = string
    pods_cidr           = string
    zones               = map(number)
    node_zones          = set(string)
    nat_per_zone        = bool
    interface_endpoints = optional(set(string), [])
    flow_log_days       = number
  })
  nullable = false

  validation {
    condition     = can(regex("/16$", var.network.cidr)) && can(regex("/16$", var.network.pods_cidr))
    error_message = "Both blocks must be a /16: the subnet layout of network.tf is cut from one."
  }
  validation {
    condition     = length(var.network.zones) >= 2 && alltrue([for slot in values(var.network.zones) : contains([0, 1, 2], slot)])
    error_message = "Two or three zones, in slots 0 to 2."
  }
  validation {
    condition     = length(distinct(values(var.network.zones))) == length(var.network.zones)
    error_message = "Two zones share a slot."
  }
  validation {
    condition     = length(var.network.node_zones) > 0 && length(setsubtract(var.network.node_zones, keys(var.network.zones))) == 0
    error_message = "Nodes run in zones of the network."
  }
}

variable "keys" {
  description = "How long deleted keys and secrets can be brought back."
  type = object({
    deletion_days = number
    recovery_days = number
  })
  nullable = false

  validation {
    condition     = var.keys.deletion_days >= 7 && var.keys.deletion_days <= 30
    error_message = "A key waits 7 to 30 days for its deletion."
  }
  validation {
    condition     = var.keys.recovery_days == 0 || var.keys.recovery_days >= 7 && var.keys.recovery_days <= 30
    error_message = "A secret waits 7 to 30 days for its deletion, or is gone at once with 0."
  }
}

variable "cluster" {
  description = "EKS control plane; Auto Mode runs its nodes."
  type = object({
    version             = string
    public_access_cidrs = optional(set(string), [])
    admin_role_arns     = optional(set(string), [])
    log_types           = set(string)
    zonal_shift         = bool
  })
  nullable = false

  validation {
    condition     = contains(["1.33", "1.34", "1.35", "1.36"], var.cluster.version)
    error_message = "Must be a Kubernetes version that the add-ons of the platform root are tested with: 1.33 to 1.36."
  }
  validation {
    condition     = !contains(var.cluster.public_access_cidrs, "0.0.0.0/0")
    error_message = "The API endpoint is never open to everyone; name the office or VPN ranges, or leave it private."
  }
}

variable "shards" {
  description = "What the database nodes share, and each node by its name in the shard map. Names are for good; a shard is added, never renumbered."
  type = object({
    major_version         = string
    backup_days           = number
    insights              = string
    monitoring_interval_s = number
    slow_statement_ms     = number
    idle_transaction_ms   = number
    apply_immediately     = optional(bool, false)
    pooler                = bool
    alarms = object({
      cpu            = number
      memory         = number
      connections    = number
      storage        = number
      latency_ms     = number
      disk_queue     = number # operations that wait for the volume
      slot_lag_bytes = number # log that a replication slot holds back
      replica_lag_s  = number
    })
    nodes = map(object({
      keyspace             = string
      location             = optional(string)
      region               = optional(string) # null: var.region
      class                = string
      memory_gib           = number
      standby              = bool
      replicas             = optional(number, 0)
      storage_gib          = number
      max_storage_gib      = number
      iops                 = optional(number, 0)
      max_connections      = number
      reserved_connections = number
      replicas_added       = optional(number, 0) # by load, beyond the others
      reader_cpu_target    = number              # %
    }))
  })
  nullable = false

  validation {
    condition     = alltrue([for name, node in var.shards.nodes : can(regex("^${node.keyspace}-s[0-9]{2,}$", name))])
    error_message = "A node is named after its keyspace and its shard: content-s00."
  }
  validation {
    condition     = alltrue([for node in var.shards.nodes : contains(concat([var.region], keys(var.abroad)), coalesce(node.region, var.region))])
    error_message = "A node stands in var.region, or in a region that var.abroad prepares."
  }
  validation {
    condition     = alltrue([for node in var.shards.nodes : node.replicas >= 0 && node.replicas + node.replicas_added <= 13])
    error_message = "Aurora has at most 15 readers; a writer and a standby come first."
  }
  validation {
    condition     = alltrue([for node in var.shards.nodes : node.max_connections <= 5000])
    error_message = "A node holds at most 5000 connections usefully; put a pooler in between."
  }
  validation {
    condition     = contains(["standard", "advanced"], var.shards.insights)
    error_message = "Database Insights is standard or advanced."
  }
  validation {
    # Otherwise RDS refuses, long after the plan.
    condition     = var.shards.insights == "standard" || var.shards.monitoring_interval_s > 0
    error_message = "Advanced insights need enhanced monitoring."
  }
  validation {
    condition     = contains([0, 1, 5, 10, 15, 30, 60], var.shards.monitoring_interval_s)
    error_message = "Enhanced monitoring runs every 0, 1, 5, 10, 15, 30 or 60 s."
  }
}

variable "abroad" {
  description = "Further regions that shards stand in. The block of each is fixed for good: another one is another VPC. Zones keep their slot; new ones come at the end."
  type = map(object({
    cidr          = string
    zones         = map(number)
    backup_region = string # on the same continent
  }))
  default  = {}
  nullable = false

  validation {
    condition     = !contains(keys(var.abroad), var.region)
    error_message = "var.region is home, not abroad."
  }
  validation {
    condition     = alltrue([for place in var.abroad : can(regex("/18$", place.cidr))])
    error_message = "A block abroad must be a /18: the subnet layout of abroad.tf is cut from one."
  }
  validation {
    # Networks that overlap cannot be joined.
    condition = length(distinct([for place in var.abroad : cidrsubnet(place.cidr, 0, 0)])) == length(var.abroad) && alltrue([for place in var.abroad :
      !contains([var.network.cidr, var.network.pods_cidr], cidrsubnet("${split("/", place.cidr)[0]}/16", 0, 0))
    ])
    error_message = "A block abroad overlaps another one, or the network at home."
  }
  validation {
    condition     = alltrue([for place in var.abroad : length(place.zones) >= 2 && length(distinct(values(place.zones))) == length(place.zones) && alltrue([for slot in values(place.zones) : contains([0, 1, 2], slot)])])
    error_message = "Two or three zones a region, in slots 0 to 2, no two of them in one."
  }
  validation {
    condition     = alltrue([for region, place in var.abroad : alltrue([for zone in keys(place.zones) : startswith(zone, region)])])
    error_message = "A zone is named after its region: eu-west-1a."
  }
  validation {
    condition     = alltrue([for region, place in var.abroad : place.backup_region != region])
    error_message = "Copies that stand beside their source are lost with it."
  }
}

variable "cache" {
  description = "Valkey in cluster mode."
  type = object({
    node             = string
    shards           = number
    replicas         = number
    snapshot_days    = optional(number, 0)
    maxmemory_policy = string
    alarms = object({
      cpu       = number
      memory    = number
      hit_ratio = number
    })
  })
  nullable = false

  validation {
    condition     = var.cache.shards >= 1 && var.cache.shards <= 500 && var.cache.replicas >= 0 && var.cache.replicas <= 5
    error_message = "1 to 500 shards with 0 to 5 replicas each."
  }
}

variable "load_balancer" {
  description = "Entry of the services."
  type = object({
    idle_timeout_s = number
    log_days       = number
    zonal_shift    = bool
    alarms = object({
      latency_ms         = number
      latency_percentile = number
      errors_1m          = number
    })
  })
  nullable = false
}

variable "waf" {
  description = "Limits of a client, and whether rules only count."
  type = object({
    client_rate_5m = number
    preview        = bool
  })
  nullable = false

  validation {
    condition     = var.waf.client_rate_5m >= 10
    error_message = "Rate rules start at 10 requests."
  }
}

variable "cdn" {
  description = "CloudFront."
  type = object({
    host           = string
    static_ttl_s   = number
    media_ttl_s    = number
    negative_ttl_s = number
    hsts_s         = number
    # How long an answer of the load balancer is waited for.
    origin_timeout_s = number
    # Of all requests, that CloudFront answers by itself.
    hit_percent = number
  })
  nullable = false
}

variable "services" {
  description = "Services, each with an identity of its own. pool × max is a service's share of each database's connections."
  type = map(object({
    runs_on   = optional(string, "pods")
    max       = number
    pool      = number
    keyspaces = optional(set(string), [])
    cache     = optional(bool, false)
    produces  = optional(set(string), [])
    consumes  = optional(set(string), [])
    drain_s   = optional(number, 30)
  }))
  nullable = false

  validation {
    condition     = alltrue([for service in var.services : contains(["pods", "containers", "functions", "fleet"], service.runs_on)])
    error_message = "A service runs on pods, containers, functions or fleet."
  }
}

variable "secrets" {
  description = "Generated application secrets. Raising a version rotates the value, which is due after so many days; it never enters the state."
  type        = map(object({ version = number, length = number, rotation_days = number }))
  nullable    = false
}

variable "registry" {
  description = "What is kept of images."
  type = object({
    keep_images   = number
    untagged_days = number
  })
  nullable = false
}

variable "observability" {
  description = "Who is told, after how long, and for how long logs are kept."
  type = object({
    alert_email    = string
    alarm_s        = number
    log_days       = number
    audit_log_days = number
  })
  nullable = false

  validation {
    condition     = alltrue([for days in [var.observability.log_days, var.observability.audit_log_days] : contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827], days)])
    error_message = "Must be a retention that CloudWatch Logs offers."
  }
  validation {
    condition     = var.observability.alarm_s >= 60 && var.observability.alarm_s % 60 == 0
    error_message = "Alarms look once a minute."
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

variable "cost" {
  description = "The budget whose forecast alerts; null where there is none."
  type = object({
    monthly_limit_usd = optional(number)
  })
  nullable = false
}

variable "dr" {
  description = "Copies in another region; null where the objectives ask for none."
  type = object({
    region         = string
    retention_days = number
    lock_days      = number
  })
  default = null
}
