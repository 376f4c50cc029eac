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
  description = "AWS region of everything but copies of backups."
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
    zones               = map(number)
    task_zones          = set(string)
    nat_per_zone        = bool
    interface_endpoints = optional(set(string), [])
    flow_log_days       = number
  })
  nullable = false

  validation {
    condition     = can(regex("/16$", var.network.cidr))
    error_message = "The block must be a /16: the subnet layout of network.tf is cut from it."
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
    condition     = length(var.network.task_zones) > 0 && length(setsubtract(var.network.task_zones, keys(var.network.zones))) == 0
    error_message = "Tasks run in zones of the network."
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

variable "functions" {
  description = "What the functions have: memory, by which CPU follows, time, instances kept warm, how their queues hand over."
  type = object({
    services = map(object({
      memory_mib           = number
      timeout_s            = number
      min                  = optional(number, 0)
      warm_target          = optional(number, 0.7)
      batch                = optional(number, 1)
      visibility_timeout_s = optional(number)
      max_attempts         = optional(number)
      deadline_s           = optional(number)
      alarms = object({
        errors_1m   = number
        duration_ms = number
        concurrency = optional(number) # of those that answer requests: a queue waits
      })
    }))
  })
  nullable = false

  validation {
    condition     = alltrue([for service in var.functions.services : service.memory_mib >= 128 && service.memory_mib <= 10240 && service.timeout_s >= 1 && service.timeout_s <= 900])
    error_message = "A function has 128 to 10240 MiB and at most 900 s."
  }
  validation {
    condition     = alltrue([for service in var.functions.services : coalesce(service.visibility_timeout_s, 43200) >= service.timeout_s * 6 && coalesce(service.visibility_timeout_s, 30) <= 43200])
    error_message = "A message is invisible for six times the timeout, so that Lambda can retry before another one sees it, and for at most 12 h."
  }
  validation {
    condition     = alltrue([for service in var.functions.services : service.batch >= 1 && service.batch <= 10])
    error_message = "A batch without a window has 1 to 10 messages."
  }
}

variable "edge_compute" {
  description = "Vercel in front of the CDN."
  type = object({
    team       = string
    rate_limit = number # requests of one address in 10 s
  })
  nullable = false
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
      class                = string
      memory_gib           = number
      standby              = bool
      replicas             = optional(number, 0)
      storage_gib          = number
      max_storage_gib      = number
      iops                 = optional(number, 0)
      max_connections      = number
      reserved_connections = number
      min_acu              = number # 0 pauses after five minutes without a connection
      max_acu              = number
      replicas_added       = optional(number, 0)   # by load, beyond the others
      reader_cpu_target    = number                # %
      proxy                = optional(bool, false) # services connect by way of RDS Proxy
    }))
  })
  nullable = false

  validation {
    condition     = alltrue([for name, node in var.shards.nodes : can(regex("^${node.keyspace}-s[0-9]{2,}$", name))])
    error_message = "A node is named after its keyspace and its shard: content-s00."
  }
  validation {
    condition     = alltrue([for node in var.shards.nodes : node.min_acu >= 0 && node.min_acu <= node.max_acu && node.max_acu >= 1 && node.max_acu <= 256 && node.min_acu * 2 == floor(node.min_acu * 2)])
    error_message = "Capacity units go in halves from 0 to 256, the most is at least 1 and not below the least."
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

variable "object_storage" {
  description = "How long the objects of each bucket and their old versions stay."
  type = object({
    buckets = map(object({
      version_days = number
      expire_days  = optional(number) # never where it is unset
      tier_days    = number           # to the tier that its use pays for
    }))
  })
  nullable = false

  validation {
    condition     = alltrue([for bucket in var.object_storage.buckets : bucket.version_days >= 1 && bucket.tier_days >= 0 && coalesce(bucket.expire_days, 1) >= 1])
    error_message = "Versions and objects stay for at least a day."
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

variable "qstash" {
  description = "How QStash delivers the messages of each topic."
  type = object({
    topics = map(object({
      retries     = number # after the first delivery
      retry_min_s = number # doubled each time
      retry_max_s = number
      timeout_s   = number           # of one delivery
      parallelism = number           # deliveries at a time
      rate        = optional(number) # deliveries in the period, where the consumer is held to a rate
      period_s    = optional(number)
    }))
  })
  nullable = false

  validation {
    condition     = alltrue([for topic in var.qstash.topics : topic.retries >= 0 && topic.retry_min_s > 0 && topic.retry_max_s >= topic.retry_min_s && topic.retry_max_s <= 86400 && topic.timeout_s > 0 && topic.parallelism >= 1])
    error_message = "QStash waits up to a day between deliveries, and makes at least one at a time."
  }
}

variable "upstash_email" {
  description = "Login of the Upstash account."
  type        = string
  nullable    = false
}

variable "upstash_api_key" {
  description = "Key of the Upstash account, from TF_VAR_upstash_api_key alone: it is in no file and no state."
  type        = string
  default     = ""
  sensitive   = true
  ephemeral   = true
  nullable    = false
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
  description = "Cloudflare. Settings and rule sets exist once a zone: exactly one environment manages a zone, the others add their record to it."
  type = object({
    host    = string
    zone_id = string
    # Ask for Cloudflare's certificate: only when its zone shows one, or every request is refused (docs/RUNBOOK.md#origin-pulls).
    origin_pulls    = optional(bool, false)
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

variable "objectives" {
  description = "Service level objectives; alarms and load test thresholds come from the same figures."
  type = object({
    availability  = number # share of requests that are answered at all
    error_rate    = number # share of requests, jobs and calls that may fail
    latency_s     = number
    latency_share = number # share of requests within latency_s
    memory        = number # of a function's memory: a call that takes more is near its end
    burn_fast     = number # budget spent so many times too fast within an hour
    burn_slow     = number # within six hours
  })
  nullable = false

  validation {
    condition     = alltrue([for share in [var.objectives.availability, var.objectives.latency_share] : share > 0.5 && share < 1])
    error_message = "objectives.availability and latency_share are ratios below 1, such as 0.9995."
  }
  validation {
    condition     = var.objectives.error_rate > 0 && var.objectives.error_rate < 0.5
    error_message = "objectives.error_rate is a ratio, such as 0.001."
  }
}

variable "telemetry" {
  description = "Collectors of traces and metrics. Their pipelines are in observability/otel/; these numbers differ by environment."
  type = object({
    min              = number
    max              = number
    cpu              = number # units, 1 024 a vCPU
    cpu_target       = number # percent
    scale_in_s       = number
    memory_mib       = number
    replicas         = number # that share the traces at the design rate
    sampling_percent = number # of traces that neither failed nor were slow
    slow_ms          = number # the latency objective
    decision_wait_s  = number # until all spans of a trace are there
    num_traces       = number # held meanwhile
    traces_per_s     = number
  })
  nullable = false

  validation {
    condition     = var.telemetry.sampling_percent > 0 && var.telemetry.sampling_percent <= 100
    error_message = "telemetry.sampling_percent is above 0 and at most 100."
  }
  validation {
    condition     = var.telemetry.num_traces >= var.telemetry.traces_per_s * var.telemetry.decision_wait_s
    error_message = "telemetry.num_traces is less than what arrives until the decision: traces would be cut."
  }
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
