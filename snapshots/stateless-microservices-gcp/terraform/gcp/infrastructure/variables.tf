variable "environment" {
  description = "Environment that this state describes; part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "Use dev or staging or prod."
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
  description = "GKE cluster and its node pools; node counts are per zone."
  type = object({
    zones           = list(string)
    release_channel = string
    pools = map(object({
      machine_type = string
      min_per_zone = number
      max_per_zone = number
      disk_gib     = number
      disk_type    = string
      spot         = optional(bool, false)
      taint        = optional(string) # value of the taint `pool`, effect NO_SCHEDULE
      gpu          = optional(object({ type = string, count = number }))
      reservation  = optional(string)
    }))
  })
  nullable = false

  validation {
    condition     = contains(["RAPID", "REGULAR", "STABLE", "EXTENDED"], var.cluster.release_channel)
    error_message = "cluster.release_channel must be RAPID, REGULAR, STABLE or EXTENDED."
  }

  validation {
    condition     = alltrue([for pool in var.cluster.pools : pool.min_per_zone <= pool.max_per_zone])
    error_message = "min_per_zone must not exceed max_per_zone in any pool."
  }

  validation {
    condition     = anytrue([for pool in var.cluster.pools : pool.min_per_zone > 0 && pool.taint == null && !pool.spot])
    error_message = "cluster.pools needs a pool without a taint that never scales to zero, or the system's own pods find no node."
  }
}

variable "database" {
  description = "What all database nodes have in common."
  type = object({
    backup_location     = string                                  # region or multi-region of backups
    final_backup_days   = number                                  # the last backup of a deleted node
    backup_days         = number                                  # daily backups kept
    pitr_days           = number                                  # point-in-time recovery
    slow_statement_ms   = number                                  # slower ones are logged
    idle_transaction_ms = number                                  # an open transaction that does nothing is ended
    pooler              = optional(object({ replicas = number })) # pods of PgBouncer
  })
  nullable = false

  validation {
    condition     = var.database.pitr_days >= 1 && var.database.pitr_days <= (alltrue([for keyspace in var.shards : keyspace.edition == "ENTERPRISE_PLUS"]) ? 35 : 7)
    error_message = "database.pitr_days is at most 7, or 35 where all keyspaces are ENTERPRISE_PLUS."
  }
}

variable "shards" {
  description = "Cloud SQL instances by keyspace and name in the shard map. Adding a node never touches the others."
  type = map(object({
    edition  = string
    standby  = bool                # synchronous, in a second zone
    replicas = number              # readers of each node
    pool     = optional(number, 0) # connections of a pooler to each node; 0: services connect by themselves
    nodes = map(object({
      tier            = string
      disk_gib        = number # at creation; storage grows by itself afterwards
      disk_limit_gib  = number # where that growth stops
      max_connections = number
      location        = optional(string) # whose rows it keeps
      region          = optional(string) # where it stands; null: var.region
    }))
  }))
  nullable = false

  validation {
    condition     = alltrue([for keyspace in var.shards : contains(["ENTERPRISE", "ENTERPRISE_PLUS"], keyspace.edition)])
    error_message = "edition must be ENTERPRISE or ENTERPRISE_PLUS."
  }

  validation {
    condition     = alltrue(flatten([for keyspace in var.shards : [for node in keyspace.nodes : node.disk_gib <= node.disk_limit_gib && node.disk_gib >= 10]]))
    error_message = "disk_gib is at least 10 and not above disk_limit_gib."
  }

  validation {
    # https://cloud.google.com/sql/docs/postgres/instance-settings: custom tiers have 256 MB steps, perf-optimized ones are Enterprise Plus.
    condition = alltrue(flatten([
      for keyspace in var.shards : [
        for node in keyspace.nodes : keyspace.edition == "ENTERPRISE_PLUS" ? can(regex("^db-(perf-optimized-N|c4a-highmem)-[0-9]+$", node.tier)) : (
          can(regex("^db-custom-[0-9]+-[0-9]+$", node.tier)) ? tonumber(split("-", node.tier)[3]) % 256 == 0 : can(regex("^db-(f1-micro|g1-small)$", node.tier))
        )
      ]
    ]))
    error_message = "A tier does not belong to its edition, or its memory is not a multiple of 256 MB."
  }

  validation {
    condition     = alltrue(flatten([for keyspace in var.shards : [for node in keys(keyspace.nodes) : can(regex("^s[0-9]{2,3}$", node))]]))
    error_message = "Nodes are named as in the shard map: s00, s01, …"
  }

  validation {
    condition     = alltrue([for keyspace in var.shards : keyspace.replicas >= 0 && keyspace.replicas <= 10])
    error_message = "A node has at most 10 readers."
  }
}

variable "warehouse" {
  description = "BigQuery, fed by Datastream."
  type = object({
    freshness_s = number
    running     = optional(bool, false) # set when warehouse/source.sql has run on every shard
  })
  nullable = false
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

variable "queue" {
  description = "Pub/Sub topics."
  type = object({
    topics = map(object({ retention_hours = number }))
  })
  nullable = false

  validation {
    condition     = alltrue([for topic in var.queue.topics : topic.retention_hours >= 1 && topic.retention_hours <= 744])
    error_message = "A topic keeps its messages for 1 to 744 hours."
  }
}

variable "object_storage" {
  description = "How long the objects of each bucket and their old versions stay."
  type = object({
    buckets = map(object({
      version_days = number
      expire_days  = optional(number) # never where it is unset
    }))
  })
  nullable = false

  validation {
    condition     = alltrue([for bucket in var.object_storage.buckets : bucket.version_days >= 1 && coalesce(bucket.expire_days, 1) >= 1])
    error_message = "Versions and objects stay for at least a day."
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
    runs_on        = optional(string, "pods")
    pods_max       = number                    # the autoscaler's maximum
    pool_size      = optional(number, 0)       # connections of one pod to one database node
    keyspaces      = optional(set(string), []) # of var.shards
    cache          = optional(bool, false)
    produces       = optional(set(string), []) # topics
    consumes       = optional(set(string), [])
    secrets        = optional(set(string), []) # of var.secrets
    ack_deadline_s = optional(number)          # a message not acknowledged by then is given to another pod
    max_attempts   = optional(number)          # deliveries before the dead letter
    retry_min_s    = optional(number)
    retry_max_s    = optional(number)
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
    database_memory      = number # ratio
    database_disk        = number # ratio
    database_log_bytes   = number
    cache_memory         = number      # ratio
    cache_cpu            = number      # ratio
    lag                  = map(number) # by topic, messages: what arrives within the deadline of a job
  })
  nullable = false

  validation {
    condition     = var.observability.alarm_s >= 60 && var.observability.alarm_s % 60 == 0
    error_message = "alarm_s is whole minutes."
  }
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
    repository = string # owner/name
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
