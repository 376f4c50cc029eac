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
  interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "monitoring", "secretsmanager", "sqs", "sts"]
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
  admin_role_arns = ["arn:aws:iam::111122223335:role/twin-prod-deploy"]
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
  # 9 pods × 2 for a rollout + 40 add-ons + 6 daemons × 12 nodes
  max_pods = 130
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
  # nodes carry the services' own connections
  pooler = false

  alarms = {
    # sized for 0.6; above this a failover would not carry it
    cpu = 0.8
    # the working set no longer fits
    memory = 0.9
    # of max_connections; services retry above it
    connections = 0.8
    # the last tenth is for a person to act in
    storage = 0.9
    # 300 ms ÷ 3 reads a request, a tenth of it in storage
    latency_ms = 10
    # operations that wait for the volume: beyond it each statement waits
    disk_queue = 64
    # log that a stuck slot may hold back
    slot_lag_bytes = 1000000000
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # main: one node carries it: size is the nearest limit, 7.36 % used
    #   class: 0.375 vCPU and 39.5 GiB for the working set: the cheapest that has both
    #   storage: 296 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 305/s needed on a node; 3 000 come with 356 GiB
    #   connections: the engine's own figure for 64 GiB; services open up to 33
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    main-s00 = {
      keyspace             = "main"
      class                = "db.r6g.2xlarge"
      memory_gib           = 64
      standby              = true
      replicas             = 0
      storage_gib          = 356
      max_storage_gib      = 712
      iops                 = 3000
      max_connections      = 5000
      reserved_connections = 50
    }
  }
}

cache = {
  # the cheapest for 2.71 GiB and 751 operations/s
  node = "cache.m7g.large"
  # 2.71 GiB ÷ 6.38 GiB a node; 751 operations/s; memory decides
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

queue = {
  topics = {
    thumbnails = {
      # a week to notice and to run jobs again
      retention_hours = 168
      # jobs that arrive within the deadline
      lag_alarm   = 318
      dead_letter = "thumbnails-dead-letter"
      # a job takes 2 s; twice that before another worker sees it
      visibility_timeout_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # as the blueprint states
      deadline_s = 300
    }
    thumbnails-dead-letter = {
      # two weeks for a person to look
      retention_hours = 336
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
    latency_ms         = 300
    latency_percentile = 99
    # ten times the objective in a minute of 106 requests/s
    errors_1m = 64
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host    = "aws.twin.example.com"
  zone_id = "2123456789abcdef0123456789abcdef" # fill in
}

services = {
  api = {
    # 3 pods at the peak of 138 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["main"]
    cache     = true
    produces  = ["thumbnails"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  thumbnailer = {
    # 4 at the busiest hour; the queue takes what is above
    max = 4
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["main"]
    produces  = ["thumbnails-dead-letter"]
    consumes  = ["thumbnails"]
  }
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long
secrets = {
  session-key = { version = 1, length = 48, rotation_days = 90 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 30
  # layers of builds that failed
  untagged_days = 14
}

observability = {
  alert_email = "oncall@aws.twin.example.com" # fill in
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: an incident is looked into within a quarter
  log_days = 90
  # who did what: a year
  audit_log_days = 365
}

# the blueprint states no budget
cost = {}

dr = {
  # same continent, another grid
  region = "us-east-2"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
