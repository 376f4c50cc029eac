# The sizing of dev: the cheapest that works. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "dev"
region      = "us-east-1"
account_id  = "111122223333" # fill in
protected   = false

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.64.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "100.64.0.0/16"
  # subnets in every zone from the start; databases and brokers spread over them
  zones = { us-east-1a = 0, us-east-1b = 1, us-east-1c = 2 }
  # no traffic between zones to pay for
  node_zones = ["us-east-1a"]
  # one for all zones: its loss is bearable here
  nat_per_zone = false
  # who talked to whom
  flow_log_days = 3
}

keys = {
  # a deleted key can be called back for so long
  deletion_days = 7
  # a deleted secret can be brought back
  recovery_days = 7
}

cluster = {
  # the add-ons are pinned for 1.33 to 1.36
  version         = "1.35"
  admin_role_arns = ["arn:aws:iam::111122223333:role/quantum-dev-deploy"]
  log_types       = ["audit"]
  zonal_shift     = false
  system = {
    arch = "arm64"
    # controllers and add-ons: two, so that one may be replaced
    instance_types = ["t4g.large"]
    # controllers and add-ons: two, so that one may be replaced
    nodes = 2
    # images and logs of its pods
    disk_gib = 30
  }
  # 17 pods × 2 for a rollout + 40 add-ons + 6 daemons × 20 nodes
  max_pods = 194
}

shards = {
  major_version = "17"
  # time to notice a bad release or a deleted row
  backup_days = 2
  # a week of statements, at no charge
  insights = "standard"
  # operating system metrics of the node
  monitoring_interval_s = 0
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
  # without users nobody waits for a maintenance window
  apply_immediately = true
  # services open more connections than a node works on
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
    # 150 ms ÷ 3 reads a request, a tenth of it in storage
    latency_ms = 20
    # operations that wait for the volume: beyond it each statement waits
    disk_queue = 64
    # log that a stuck slot may hold back
    slot_lag_bytes = 1000000000
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # users: stated; 1 would carry it: size asks for 0.000905
    #   class: 0.0152 vCPU and 0.243 GiB for the working set: the cheapest that has both
    #   storage: 1.82 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 12.7/s needed on a node; 3 000 come with 20 GiB
    #   connections: the engine's own figure for 1 GiB; services open up to 72
    #   standby: may be down for a restore; readers: the writer carries all reads
    users-s00 = {
      keyspace             = "users"
      class                = "db.t4g.micro"
      memory_gib           = 1
      standby              = false
      replicas             = 0
      storage_gib          = 20
      max_storage_gib      = 40
      iops                 = 3000
      max_connections      = 112
      reserved_connections = 10
    }
    users-s01 = {
      keyspace             = "users"
      class                = "db.t4g.micro"
      memory_gib           = 1
      standby              = false
      replicas             = 0
      storage_gib          = 20
      max_storage_gib      = 40
      iops                 = 3000
      max_connections      = 112
      reserved_connections = 10
    }
    # content: stated; 1 would carry it: size asks for 0.0172
    #   class: 0.173 vCPU and 2.77 GiB for the working set: the cheapest that has both
    #   storage: 20.7 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 145/s needed on a node; 3 000 come with 25 GiB
    #   connections: the engine's own figure for 4 GiB; services open up to 72
    #   standby: may be down for a restore; readers: the writer carries all reads
    content-s00 = {
      keyspace             = "content"
      location             = "north-america"
      class                = "db.t4g.medium"
      memory_gib           = 4
      standby              = false
      replicas             = 0
      storage_gib          = 25
      max_storage_gib      = 50
      iops                 = 3000
      max_connections      = 450
      reserved_connections = 10
    }
    content-s01 = {
      keyspace             = "content"
      location             = "north-america"
      class                = "db.t4g.medium"
      memory_gib           = 4
      standby              = false
      replicas             = 0
      storage_gib          = 25
      max_storage_gib      = 50
      iops                 = 3000
      max_connections      = 450
      reserved_connections = 10
    }
    content-s02 = {
      keyspace             = "content"
      location             = "europe"
      class                = "db.t4g.medium"
      memory_gib           = 4
      standby              = false
      replicas             = 0
      storage_gib          = 25
      max_storage_gib      = 50
      iops                 = 3000
      max_connections      = 450
      reserved_connections = 10
    }
    content-s03 = {
      keyspace             = "content"
      location             = "asia"
      class                = "db.t4g.medium"
      memory_gib           = 4
      standby              = false
      replicas             = 0
      storage_gib          = 25
      max_storage_gib      = 50
      iops                 = 3000
      max_connections      = 450
      reserved_connections = 10
    }
  }
}

cache = {
  # the cheapest for 0.15 GiB and 1 176 operations/s
  node = "cache.t4g.micro"
  # 0.15 GiB ÷ 0.5 GiB a node; 1 176 operations/s; memory decides
  shards = 1
  # may be lost
  replicas = 0
  # none: a cache is rebuilt
  snapshot_days = 0
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"

  alarms = {
    # of the engine's one thread
    cpu = 0.8
    # evictions begin above it
    memory = 0.8
    # below it the database takes more reads than it was sized for
    hit_ratio = 0.5
  }
}

stream = {
  kafka_version = "3.9.x.kraft"
  # the cheapest for 0.00351 MB/s and 12 partitions
  broker = "kafka.t3.small"
  # 0.00351 MB/s in needs fewer; three for replication over zones
  brokers = 3
  # 0.00203 MB/s mean × 24 h × 3 copies ÷ 0.6 ÷ 3 brokers, at least 10
  disk_gib = 10
  # four times that; storage only ever grows
  max_disk_gib = 50
  # one a zone
  replication = 3
  # a write survives the loss of one copy, and one broker may be down
  min_insync = 2
  # old segments go to object storage where the broker can
  tiered_storage = false
  # a day on the brokers' disks; older segments go to object storage
  local_retention_hours = 24

  topics = {
    generation = {
      # 1 consumers at the workers' maximum, a multiple of 3 brokers
      partitions = 3
      # a day is enough to try things
      retention_hours = 24
      consumers       = 1
      # jobs that arrive within the deadline
      lag_alarm = 15
    }
    generation-dead-letter = {
      # nobody consumes: the least, a multiple of 3 brokers
      partitions = 3
      # a day is enough to try things
      retention_hours = 24
      consumers       = 0
      # a dead letter is for a person
      lag_alarm = 0
    }
    notification = {
      # 1 consumers at the workers' maximum, a multiple of 3 brokers
      partitions = 3
      # a day is enough to try things
      retention_hours = 24
      consumers       = 1
      # jobs that arrive within the deadline
      lag_alarm = 37
    }
    notification-dead-letter = {
      # nobody consumes: the least, a multiple of 3 brokers
      partitions = 3
      # a day is enough to try things
      retention_hours = 24
      consumers       = 0
      # a dead letter is for a person
      lag_alarm = 0
    }
  }
}

load_balancer = {
  # longer than the slowest streamed answer
  idle_timeout_s = 60
  # access logs: a week to look at what went wrong
  log_days    = 7
  zonal_shift = false

  alarms = {
    # the objective: 99 % of requests within it
    latency_ms         = 150
    latency_percentile = 99
    # ten times the objective in a minute of 396 requests/s
    errors_1m = 238
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # count only, so that a new rule is seen before it denies
  preview = true
}

cdn = {
  host    = "dev.quantum.example.com"
  zone_id = "0123456789abcdef0123456789abcdef" # fill in
  # Dashboard, Overview: the account that has the zone
  account_id = "0fedcba9876543210fedcba987654321" # fill in
  # the settings of a zone have one owner; true where this environment has a zone of its own
  manages_zone = false
  # 10 requests a view, a view in 2 s, 5 users behind one address
  client_rate_10s = 250
  # how long a client over its rate is refused
  block_s = 60
  # static names carry a hash of their content
  static_ttl_s = 31536000
  # media may be replaced under its name
  media_ttl_s = 86400
  # a missing file is asked for again soon
  negative_ttl_s = 10
  # a year where it is settled, a day where names still move
  hsts_s = 86400
}

services = {
  api = {
    # 9 pods at the peak of 396 requests/s × 1.5
    max = 14
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["generation", "notification"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  generator = {
    # 1 at the busiest hour; the queue takes what is above
    max = 1
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["content"]
    produces  = ["generation-dead-letter"]
    consumes  = ["generation"]
  }
  notifier = {
    # 1 at the busiest hour; the queue takes what is above
    max = 1
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["users"]
    produces  = ["notification-dead-letter"]
    consumes  = ["notification"]
  }
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long
secrets = {
  model-registry-token = { version = 1, length = 48, rotation_days = 365 }
  session-key          = { version = 1, length = 48, rotation_days = 365 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 5
  # layers of builds that failed
  untagged_days = 3
}

observability = {
  alert_email = "oncall@quantum.example.com" # fill in
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: long enough to compare a release with the last ones
  log_days = 7
  # who did what: shorter than in production, nobody's data is here
  audit_log_days = 30
}

cost = {
  # 1 % of the budget would be 3 000; it costs 3 235
  monthly_limit_usd = 3600
}
