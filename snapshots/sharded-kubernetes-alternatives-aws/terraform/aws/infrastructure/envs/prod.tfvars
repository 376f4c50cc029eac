# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "us-east-1"
account_id  = "111122223333" # fill in
protected   = true

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.64.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "100.64.0.0/16"
  # subnets in every zone from the start; databases and brokers spread over them
  zones = { us-east-1a = 0, us-east-1b = 1, us-east-1c = 2 }
  # the loss of one is survived
  node_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  # the loss of a zone must not take the others' way out
  nat_per_zone = true
  # a few USD a zone and month each; cheaper than NAT from some 160 GB on, and the way stays private
  interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "monitoring", "secretsmanager", "sts"]
  # who talked to whom
  flow_log_days = 30
}

keys = {
  # a deleted key can be called back for so long
  deletion_days = 30
  # a deleted secret can be brought back
  recovery_days = 30
}

cluster = {
  # the add-ons are pinned for 1.33 to 1.36
  version         = "1.35"
  admin_role_arns = ["arn:aws:iam::111122223333:role/quasar-prod-deploy"]
  log_types       = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  zonal_shift     = true
}

shards = {
  major_version = "17"
  # time to notice a bad release or a deleted row
  backup_days = 30
  # fifteen months of statements
  insights = "advanced"
  # operating system metrics of the node
  monitoring_interval_s = 60
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
  # PgDog is the router: services connect to it
  pooler = true

  alarms = {
    # sized for 0.6; above this a failover would not carry it
    cpu = 0.8
    # the working set no longer fits
    memory = 0.9
    # of max_connections; services retry above it
    connections = 0.8
    # the last tenth is for a person to act in
    storage = 0.9
    # 400 ms ÷ 3 reads a request, a tenth of it in storage
    latency_ms = 13
    # operations that wait for the volume: beyond it each statement waits
    disk_queue = 64
    # log that a stuck slot may hold back
    slot_lag_bytes = 1000000000
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # users: stated; 1 would carry it: size asks for 0.0641
    #   class: 0.0592 vCPU and 17.2 GiB for the working set: the cheapest that has both
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   storage: 129 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 49.5/s needed on a node; 64 000 come with 155 GiB
    #   connections: the engine's own figure for 32 GiB; services open up to 25
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    users-s00 = {
      keyspace             = "users"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = true
      replicas             = 0
      storage_gib          = 155
      max_storage_gib      = 310
      iops                 = 64000
      max_connections      = 3604
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
    users-s01 = {
      keyspace             = "users"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = true
      replicas             = 0
      storage_gib          = 155
      max_storage_gib      = 310
      iops                 = 64000
      max_connections      = 3604
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
    # content: stated; 1 would carry it: size asks for 0.577
    #   class: 0.426 vCPU and 124 GiB for the working set: the cheapest that has both
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   storage: 928 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 356/s needed on a node; 64 000 come with 1 114 GiB
    #   connections: the engine's own figure for 128 GiB; services open up to 31
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    content-s00 = {
      keyspace             = "content"
      location             = "north-america"
      class                = "db.r6g.4xlarge"
      memory_gib           = 128
      standby              = true
      replicas             = 0
      storage_gib          = 1114
      max_storage_gib      = 2228
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
    content-s01 = {
      keyspace             = "content"
      location             = "north-america"
      class                = "db.r6g.4xlarge"
      memory_gib           = 128
      standby              = true
      replicas             = 0
      storage_gib          = 1114
      max_storage_gib      = 2228
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
    content-s02 = {
      keyspace             = "content"
      location             = "europe"
      region               = "eu-central-1"
      class                = "db.r6g.4xlarge"
      memory_gib           = 128
      standby              = true
      replicas             = 0
      storage_gib          = 1114
      max_storage_gib      = 2228
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
  }
}

# Where shards stand besides us-east-1; each region keeps its block and the slots of its zones.
abroad = {
  eu-central-1 = {
    # a /18 for the data of one further region, fixed for good; no two of a project overlap, on either cloud
    cidr  = "10.32.0.0/18"
    zones = { eu-central-1a = 0, eu-central-1b = 1, eu-central-1c = 2 }
    # same continent, another grid
    backup_region = "eu-west-3"
  }
}

cache = {
  # the cheapest for 6.75 GiB and 2 293 operations/s
  node = "cache.r7g.large"
  # 6.75 GiB ÷ 13.1 GiB a node; 2 293 operations/s; memory decides
  shards = 1
  # one of each shard survives a zone
  replicas = 1
  # a cache is rebuilt; a snapshot spares the warm-up
  snapshot_days = 1
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"

  alarms = {
    # of the engine's one thread
    cpu = 0.8
    # evictions begin above it
    memory = 0.8
    # below it the database takes more reads than it was sized for
    hit_ratio = 0.85
  }
}

load_balancer = {
  # longer than the slowest streamed answer
  idle_timeout_s = 60
  # access logs: an incident is looked into within a quarter
  log_days    = 90
  zonal_shift = true

  alarms = {
    # the objective: 99 % of requests within it
    latency_ms         = 400
    latency_percentile = 99
    # ten times the objective in a minute of 198 requests/s
    errors_1m = 119
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host = "quasar.example.com"
  # static names carry a hash of their content
  static_ttl_s = 31536000
  # media may be replaced under its name
  media_ttl_s = 86400
  # a missing file is asked for again soon
  negative_ttl_s = 10
  # a year where it is settled, a day where names still move
  hsts_s = 31536000
  # longer than the slowest streamed answer and than a playlist that waits for its next part
  origin_timeout_s = 60
  # 95 % of the 70 % that are static; the others are the origin's
  hit_percent = 66.5
}

services = {
  api = {
    # 3 pods at the peak of 257 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["generation"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  generator = {
    # 3 at the busiest hour; the queue takes what is above
    max = 3
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["content"]
    produces  = ["generation-dead-letter"]
    consumes  = ["generation"]
  }
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long
secrets = {
  model-registry-token = { version = 1, length = 48, rotation_days = 90 }
  session-key          = { version = 1, length = 48, rotation_days = 90 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 30
  # layers of builds that failed
  untagged_days = 14
}

observability = {
  alert_email = "oncall@quasar.example.com"
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: an incident is looked into within a quarter
  log_days = 90
  # who did what: a year
  audit_log_days = 365
}

datadog = {
  # the organisation's; the key that agents send with is in the secret `datadog`
  site        = "datadoghq.com"
  alert_email = "oncall@quasar.example.com"
  # as the blueprint states
  availability = 0.9995
  # ten times the objective of 0.1 %
  errors_share = 0.01
  # the objective in seconds
  latency_s = 0.4
  # of the latency objective
  latency_percent = 99
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
  # far above what it scales by: the scaler is at its maximum, or does not follow
  cpu = 90
  # sized for 0.6; above this a failover would not carry it
  database_cpu = 0.8
  # below it the database takes more reads than it was sized for
  cache_hit = 85
  # as the blueprint states
  error_rate = 0.001
  # of jobs that may miss their deadline
  late_share = 0.01
  # of the limit; above it the kernel decides
  memory = 0.9
  # mean statement; above it the latency objective is in danger
  query_s = 0.067
  queries_abroad = {
    # mean statement, and the way to that region and back
    eu-central-1 = { shards = ["content-s02"], query_s = 0.179 }
  }
  # of max_connections
  connections = 0.8
  services = {
    # 3 pods at the peak of 257 requests/s × 1.5
    api = 5
  }
  workers = {
    # as the blueprint states
    generator = { deadline_s = 120, lag = { generation = 10 } }
  }
}

cost = {
  # blueprint: budget × scale 1
  monthly_limit_usd = 150000
}

dr = {
  # same continent, another grid
  region = "us-east-2"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
