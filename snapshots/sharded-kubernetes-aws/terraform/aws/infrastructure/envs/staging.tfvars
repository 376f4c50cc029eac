# The sizing of staging. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "staging"
region      = "us-east-1"
account_id  = "111122223334" # fill in
protected   = false

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.65.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "100.65.0.0/16"
  # subnets in every zone from the start; databases and brokers spread over them
  zones = { us-east-1a = 0, us-east-1b = 1, us-east-1c = 2 }
  # as production, so that a zone's loss can be rehearsed
  node_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  # one for all zones: its loss is bearable here
  nat_per_zone = false
  # who talked to whom
  flow_log_days = 14
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
  admin_role_arns = ["arn:aws:iam::111122223334:role/quantum-staging-deploy"]
  log_types       = ["audit", "authenticator"]
  zonal_shift     = false
  system = {
    arch = "arm64"
    # controllers and add-ons: one a zone, one more while it is upgraded
    instance_types = ["m7g.large"]
    # controllers and add-ons: one a zone, one more while it is upgraded
    nodes = 3
    # images and logs of its pods
    disk_gib = 50
  }
  # 111 pods × 2 for a rollout + 40 add-ons + 6 daemons × 54 nodes
  max_pods = 586
}

shards = {
  major_version = "17"
  # time to notice a bad release or a deleted row
  backup_days = 7
  # a week of statements, at no charge
  insights = "standard"
  # operating system metrics of the node
  monitoring_interval_s = 60
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
    # users: stated; 1 would carry it: size asks for 0.00905
    #   class: 0.152 vCPU and 2.43 GiB for the working set: the cheapest that has both
    #   storage: 18.2 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 127/s needed on a node; 3 000 come with 22 GiB
    #   connections: the engine's own figure for 8 GiB; services open up to 524
    #   standby: may be down for a restore; readers: the writer carries all reads
    users-s00 = {
      keyspace             = "users"
      class                = "db.m6g.large"
      memory_gib           = 8
      standby              = false
      replicas             = 0
      storage_gib          = 22
      max_storage_gib      = 44
      iops                 = 3000
      max_connections      = 901
      reserved_connections = 10
    }
    users-s01 = {
      keyspace             = "users"
      class                = "db.m6g.large"
      memory_gib           = 8
      standby              = false
      replicas             = 0
      storage_gib          = 22
      max_storage_gib      = 44
      iops                 = 3000
      max_connections      = 901
      reserved_connections = 10
    }
    # content: stated; 1 would carry it: size asks for 0.172
    #   class: 1.73 vCPU and 27.7 GiB for the working set: the cheapest that has both
    #   storage: 207 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 1 448/s needed on a node; 3 000 come with 249 GiB
    #   connections: the engine's own figure for 32 GiB; services open up to 528
    #   standby: may be down for a restore; readers: the writer carries all reads
    content-s00 = {
      keyspace             = "content"
      location             = "north-america"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = false
      replicas             = 0
      storage_gib          = 249
      max_storage_gib      = 498
      iops                 = 3000
      max_connections      = 3604
      reserved_connections = 10
    }
    content-s01 = {
      keyspace             = "content"
      location             = "north-america"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = false
      replicas             = 0
      storage_gib          = 249
      max_storage_gib      = 498
      iops                 = 3000
      max_connections      = 3604
      reserved_connections = 10
    }
    content-s02 = {
      keyspace             = "content"
      location             = "europe"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = false
      replicas             = 0
      storage_gib          = 249
      max_storage_gib      = 498
      iops                 = 3000
      max_connections      = 3604
      reserved_connections = 10
    }
    content-s03 = {
      keyspace             = "content"
      location             = "asia"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = false
      replicas             = 0
      storage_gib          = 249
      max_storage_gib      = 498
      iops                 = 3000
      max_connections      = 3604
      reserved_connections = 10
    }
  }
}

cache = {
  # the cheapest for 1.4 GiB and 11 762 operations/s
  node = "cache.t4g.micro"
  # 1.4 GiB ÷ 0.5 GiB a node; 11 762 operations/s; memory decides
  shards = 3
  # failover is rehearsed here
  replicas = 1
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
  # the cheapest for 0.0351 MB/s and 13 partitions
  broker = "kafka.t3.small"
  # 0.0351 MB/s in needs fewer; three for replication over zones
  brokers = 3
  # 0.0203 MB/s mean × 24 h × 3 copies ÷ 0.6 ÷ 3 brokers, at least 10
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
      # 4 consumers at the workers' maximum, a multiple of 3 brokers
      partitions = 6
      # a day is enough to try things
      retention_hours = 24
      consumers       = 4
      # jobs that arrive within the deadline
      lag_alarm = 148
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
      # 2 consumers at the workers' maximum, a multiple of 3 brokers
      partitions = 3
      # a day is enough to try things
      retention_hours = 24
      consumers       = 2
      # jobs that arrive within the deadline
      lag_alarm = 369
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
    # ten times the objective in a minute of 3 960 requests/s
    errors_1m = 2377
  }
}

waf = {
  # load tests come from one address: 7 921/s
  client_rate_5m = 2376300
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host    = "staging.quantum.example.com"
  zone_id = "1123456789abcdef0123456789abcdef" # fill in
  # Dashboard, Overview: the account that has the zone
  account_id = "1fedcba9876543210fedcba987654321" # fill in
  # the settings of a zone have one owner; true where this environment has a zone of its own
  manages_zone = false
  # load tests come from one address: 7 921/s
  client_rate_10s = 79210
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
    # 69 pods at the peak of 3 960 requests/s × 1.5
    max = 104
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["generation", "notification"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  generator = {
    # 4 at the busiest hour; the queue takes what is above
    max = 4
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["content"]
    produces  = ["generation-dead-letter"]
    consumes  = ["generation"]
  }
  notifier = {
    # 2 at the busiest hour; the queue takes what is above
    max = 2
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["users"]
    produces  = ["notification-dead-letter"]
    consumes  = ["notification"]
  }
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long
secrets = {
  model-registry-token = { version = 1, length = 48, rotation_days = 180 }
  session-key          = { version = 1, length = 48, rotation_days = 180 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 10
  # layers of builds that failed
  untagged_days = 7
}

observability = {
  alert_email = "oncall@quantum.example.com" # fill in
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: long enough to compare a release with the last ones
  log_days = 30
  # who did what: shorter than in production, nobody's data is here
  audit_log_days = 90
}

cost = {
  # 10 % of the budget would be 30 000; it costs 30 336
  monthly_limit_usd = 33400
}
