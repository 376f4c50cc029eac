variable "environment" {
  description = "Name of the environment; part of every name and tag."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "Must be one of dev, staging, prod."
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

variable "containers" {
  description = "What the services have as tasks: size, bounds of the autoscaler, what it holds to."
  type = object({
    insights     = string
    spot_percent = number
    services = map(object({
      cpu                 = number # 1024 a vCPU
      memory_mib          = number
      min                 = number
      stop_s              = number
      scale_out_s         = number
      scale_in_s          = number
      cpu_target          = optional(number)
      requests_per_minute = optional(number)
      backlog             = optional(number) # messages that may wait for each task
      memory_alarm        = number
    }))
  })
  nullable = false

  validation {
    condition     = alltrue([for service in var.containers.services : contains([256, 512, 1024, 2048, 4096, 8192, 16384], service.cpu) && service.memory_mib >= service.cpu * 2 && service.memory_mib <= service.cpu * 8])
    error_message = "Fargate sells 0.25, 0.5, 1, 2, 4, 8 or 16 vCPU, with 2 to 8 GiB for each."
  }
  validation {
    condition     = alltrue([for name, service in var.containers.services : service.min <= var.services[name].max])
    error_message = "The least number of tasks is above the greatest."
  }
  validation {
    condition     = var.containers.spot_percent >= 0 && var.containers.spot_percent <= 70
    error_message = "At most 70 % may be taken back at once."
  }
  validation {
    condition     = contains(["enabled", "enhanced"], var.containers.insights)
    error_message = "Scaling on a backlog reads Container Insights: enabled or enhanced."
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

variable "workflow" {
  description = "Attempts of a step, objects of a batch at a time."
  type = object({
    max_attempts      = number
    retry_min_s       = number
    retry_max_s       = number
    retry_factor      = number
    batch_concurrency = number
    alarms = object({
      duration_s = number
    })
  })
  nullable = false

  validation {
    condition     = var.workflow.retry_min_s >= 1 && var.workflow.retry_max_s > var.workflow.retry_min_s && var.workflow.retry_factor >= 1
    error_message = "Pauses grow from at least a second."
  }
  validation {
    condition     = var.workflow.batch_concurrency >= 1 && var.workflow.batch_concurrency <= 10000
    error_message = "A batch runs 1 to 10000 executions at a time."
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
      class                = string
      memory_gib           = number
      standby              = bool
      replicas             = optional(number, 0)
      storage_gib          = number
      max_storage_gib      = number
      iops                 = optional(number, 0)
      max_connections      = number
      reserved_connections = number
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

variable "queue" {
  description = "Queues by topic. One without a dead letter is one."
  type = object({
    topics = map(object({
      retention_hours      = number
      lag_alarm            = number
      dead_letter          = optional(string)
      visibility_timeout_s = optional(number)
      max_attempts         = optional(number)
      deadline_s           = optional(number)
    }))
  })
  nullable = false

  validation {
    condition     = alltrue([for topic in var.queue.topics : topic.dead_letter == null || contains(keys(var.queue.topics), coalesce(topic.dead_letter, "-"))])
    error_message = "A dead letter is a queue of its own."
  }
  validation {
    condition     = alltrue([for topic in var.queue.topics : coalesce(topic.visibility_timeout_s, 30) <= 43200])
    error_message = "A message is invisible for at most 12 h."
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

variable "lake" {
  description = "How long the zones of the data lake keep what they have, and where a query is stopped."
  type = object({
    retention_days   = number
    infrequent_days  = number
    noncurrent_days  = number
    result_days      = number
    scan_limit_bytes = number
  })
  nullable = false

  validation {
    condition     = var.lake.infrequent_days >= var.lake.retention_days || var.lake.infrequent_days >= 30
    error_message = "Objects move to the infrequent tier after 30 days at the earliest."
  }
  validation {
    condition     = var.lake.scan_limit_bytes >= 10000000
    error_message = "Athena's least limit is 10 MB."
  }
}

variable "load_balancer" {
  description = "Entry of the services."
  type = object({
    host           = string
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
    job_age_s       = map(number)                                   # by topic: the oldest message that is still in time
    agent           = object({ cpu = number, memory_mib = number }) # beside each task
  })
  nullable = false
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
