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
  # the services' network policies let them reach the queues in the network alone
  interface_endpoints = ["sqs"]
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
  admin_role_arns = ["arn:aws:iam::111122223334:role/twin-staging-deploy"]
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
  # 6 pods × 2 for a rollout + 40 add-ons + 6 daemons × 12 nodes
  max_pods = 124
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
    latency_ms = 20
    # operations that wait for the volume: beyond it each statement waits
    disk_queue = 64
    # log that a stuck slot may hold back
    slot_lag_bytes = 1000000000
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # main: one node carries it: size is the nearest limit, 0.736 % used
    #   class: 0.0375 vCPU and 3.95 GiB for the working set: the cheapest that has both
    #   storage: 29.6 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 30.5/s needed on a node; 3 000 come with 36 GiB
    #   connections: the engine's own figure for 8 GiB; services open up to 27
    #   standby: may be down for a restore; readers: the writer carries all reads
    main-s00 = {
      keyspace             = "main"
      class                = "db.m6g.large"
      memory_gib           = 8
      standby              = false
      replicas             = 0
      storage_gib          = 36
      max_storage_gib      = 72
      iops                 = 3000
      max_connections      = 901
      reserved_connections = 10
    }
  }
}

cache = {
  # the cheapest for 0.29 GiB and 75.1 operations/s
  node = "cache.t4g.micro"
  # 0.29 GiB ÷ 0.5 GiB a node; 75.1 operations/s; memory decides
  shards = 1
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

queue = {
  topics = {
    thumbnails = {
      # a day is enough to try things
      retention_hours = 24
      # jobs that arrive within the deadline
      lag_alarm   = 32
      dead_letter = "thumbnails-dead-letter"
      # a job takes 2 s; twice that before another worker sees it
      visibility_timeout_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # as the blueprint states
      deadline_s = 300
    }
    thumbnails-dead-letter = {
      # a day is enough to try things
      retention_hours = 24
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
    latency_ms         = 300
    latency_percentile = 99
    # ten times the objective in a minute of 10.6 requests/s
    errors_1m = 7
  }
}

waf = {
  # load tests come from one address: 28/s
  client_rate_5m = 8400
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host    = "staging.aws.twin.example.com"
  zone_id = "1123456789abcdef0123456789abcdef" # fill in
}

services = {
  api = {
    # 3 pods at the peak of 13.8 requests/s × 1.5
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
    # 1 at the busiest hour; the queue takes what is above
    max = 1
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["main"]
    produces  = ["thumbnails-dead-letter"]
    consumes  = ["thumbnails"]
  }
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long
secrets = {
  session-key = { version = 1, length = 48, rotation_days = 180 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 10
  # layers of builds that failed
  untagged_days = 7
}

observability = {
  alert_email = "oncall@aws.twin.example.com" # fill in
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: long enough to compare a release with the last ones
  log_days = 30
  # who did what: shorter than in production, nobody's data is here
  audit_log_days = 90
}

# the blueprint states no budget
cost = {}
