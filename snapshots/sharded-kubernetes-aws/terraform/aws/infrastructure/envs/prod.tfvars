# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "us-east-1"
account_id  = "111122223335" # fill in
protected   = true

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.66.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "100.66.0.0/16"
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
  admin_role_arns = ["arn:aws:iam::111122223335:role/quantum-prod-deploy"]
  log_types       = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  zonal_shift     = true
  system = {
    arch = "arm64"
    # controllers and add-ons: one a zone, one more while it is upgraded
    instance_types = ["m7g.large"]
    # controllers and add-ons: one a zone, one more while it is upgraded
    nodes = 3
    # images and logs of its pods
    disk_gib = 50
  }
  # 1 245 pods × 2 for a rollout + 40 add-ons + 6 daemons × 177 nodes
  max_pods = 3592
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
    latency_ms = 5
    # operations that wait for the volume: beyond it each statement waits
    disk_queue = 64
    # log that a stuck slot may hold back
    slot_lag_bytes = 1000000000
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # users: stated; 1 would carry it: size asks for 0.0905
    #   class: 1.52 vCPU and 24.3 GiB for the working set: the cheapest that has both
    #   storage: 182 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 1 270/s needed on a node; 3 000 come with 219 GiB
    #   connections: the engine's own figure for 32 GiB; services open up to 5 987
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    users-s00 = {
      keyspace             = "users"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = true
      replicas             = 0
      storage_gib          = 219
      max_storage_gib      = 438
      iops                 = 3000
      max_connections      = 3604
      reserved_connections = 50
    }
    users-s01 = {
      keyspace             = "users"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = true
      replicas             = 0
      storage_gib          = 219
      max_storage_gib      = 438
      iops                 = 3000
      max_connections      = 3604
      reserved_connections = 50
    }
    # content: stated; 2 would carry it: size asks for 1.72
    #   class: 17.3 vCPU and 277 GiB for the working set: the cheapest that has both
    #   storage: 2 075 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 14 480/s needed on a node; 12 000 come with 2 490 GiB
    #   connections: the engine's own figure for 384 GiB; services open up to 6 037
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    content-s00 = {
      keyspace             = "content"
      location             = "north-america"
      class                = "db.r6g.12xlarge"
      memory_gib           = 384
      standby              = true
      replicas             = 0
      storage_gib          = 2490
      max_storage_gib      = 4980
      iops                 = 15000
      max_connections      = 5000
      reserved_connections = 50
    }
    content-s01 = {
      keyspace             = "content"
      location             = "north-america"
      class                = "db.r6g.12xlarge"
      memory_gib           = 384
      standby              = true
      replicas             = 0
      storage_gib          = 2490
      max_storage_gib      = 4980
      iops                 = 15000
      max_connections      = 5000
      reserved_connections = 50
    }
    content-s02 = {
      keyspace             = "content"
      location             = "europe"
      class                = "db.r6g.12xlarge"
      memory_gib           = 384
      standby              = true
      replicas             = 0
      storage_gib          = 2490
      max_storage_gib      = 4980
      iops                 = 15000
      max_connections      = 5000
      reserved_connections = 50
    }
    content-s03 = {
      keyspace             = "content"
      location             = "asia"
      class                = "db.r6g.12xlarge"
      memory_gib           = 384
      standby              = true
      replicas             = 0
      storage_gib          = 2490
      max_storage_gib      = 4980
      iops                 = 15000
      max_connections      = 5000
      reserved_connections = 50
    }
  }
}

cache = {
  # the cheapest for 13.2 GiB and 117 624 operations/s
  node = "cache.m7g.large"
  # 13.2 GiB ÷ 6.38 GiB a node; 117 624 operations/s; memory decides
  shards = 3
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

stream = {
  kafka_version = "3.9.x.kraft"
  # the cheapest for 0.351 MB/s and 53 partitions
  broker = "kafka.m7g.large"
  # 0.351 MB/s in needs fewer; three for replication over zones
  brokers = 3
  # 0.203 MB/s mean × 168 h × 3 copies ÷ 0.6 ÷ 3 brokers, at least 10
  disk_gib = 191
  # four times that; storage only ever grows
  max_disk_gib = 764
  # one a zone
  replication = 3
  # a write survives the loss of one copy, and one broker may be down
  min_insync = 2
  # old segments go to object storage where the broker can
  tiered_storage = true
  # a day on the brokers' disks; older segments go to object storage
  local_retention_hours = 24

  topics = {
    generation = {
      # 36 consumers at the workers' maximum, a multiple of 3 brokers
      partitions = 36
      # a week to notice and to run jobs again
      retention_hours = 168
      consumers       = 36
      # jobs that arrive within the deadline
      lag_alarm = 1474
    }
    generation-dead-letter = {
      # nobody consumes: the least, a multiple of 3 brokers
      partitions = 3
      # two weeks for a person to look
      retention_hours = 336
      consumers       = 0
      # a dead letter is for a person
      lag_alarm = 0
    }
    notification = {
      # 11 consumers at the workers' maximum, a multiple of 3 brokers
      partitions = 12
      # a week to notice and to run jobs again
      retention_hours = 168
      consumers       = 11
      # jobs that arrive within the deadline
      lag_alarm = 3684
    }
    notification-dead-letter = {
      # nobody consumes: the least, a multiple of 3 brokers
      partitions = 3
      # two weeks for a person to look
      retention_hours = 336
      consumers       = 0
      # a dead letter is for a person
      lag_alarm = 0
    }
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
    latency_ms         = 150
    latency_percentile = 99
    # ten times the objective in a minute of 39 604 requests/s
    errors_1m = 23763
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host    = "quantum.example.com"
  zone_id = "2123456789abcdef0123456789abcdef" # fill in
  # Dashboard, Overview: the account that has the zone
  account_id   = "2fedcba9876543210fedcba987654321" # fill in
  manages_zone = true
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
  hsts_s = 31536000
}

services = {
  api = {
    # 795 pods at the peak of 39 604 requests/s × 1.5
    max = 1193
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["generation", "notification"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  generator = {
    # 36 at the busiest hour; the queue takes what is above
    max = 36
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["content"]
    produces  = ["generation-dead-letter"]
    consumes  = ["generation"]
  }
  notifier = {
    # 11 at the busiest hour; the queue takes what is above
    max = 11
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["users"]
    produces  = ["notification-dead-letter"]
    consumes  = ["notification"]
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
  alert_email = "oncall@quantum.example.com"
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: an incident is looked into within a quarter
  log_days = 90
  # who did what: a year
  audit_log_days = 365
}

cost = {
  # blueprint: budget × scale 1
  monthly_limit_usd = 300000
}

dr = {
  # same continent, another grid
  region = "us-east-2"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
