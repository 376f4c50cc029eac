# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "us-east-1"
account_id  = "111122223333" # fill in
protected   = true

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.64.0.0/16"
  # subnets in every zone from the start; databases and brokers spread over them
  zones = { us-east-1a = 0, us-east-1b = 1, us-east-1c = 2 }
  # the loss of one is survived
  task_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
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

containers = {
  # metrics of each task where users are, of each service elsewhere
  insights = "enhanced"
  # of the workers above the first ones; their queue gives back what was interrupted
  spot_percent = 70

  services = {
    api = {
      # 1 vCPU asked for; the least legal pair that holds both
      cpu = 1024
      # 0.5 GiB asked for; the least legal pair that holds both
      memory_mib = 2048
      # 3 tasks × trough 0.108, at least one a zone
      min = 3
      # 15 s until the load balancer stops sending, the longest request of 30 s, 5 s more
      stop_s = 50
      # half of the 135 s until the last ones answer: a steep ramp must not wait for them
      scale_out_s = 68
      # as pods: the next wave may be near
      scale_in_s = 300
      # 70 % less what the loss of one of 3 zones adds: 90 % in the rest
      cpu_target = 60
      # 120 requests/s keep a task at 60 %
      requests_per_minute = 7200
      # of the limit; above it the kernel decides
      memory_alarm = 0.9
    }
    indexer = {
      # 1 vCPU asked for; the least legal pair that holds both
      cpu = 1024
      # 0.5 GiB asked for; the least legal pair that holds both
      memory_mib = 2048
      # 2 × trough 0.108, whole zones
      min = 2
      # finish or give back the job in hand: 4 s, a fifth more
      stop_s = 30
      # half of the 135 s until the last ones answer: a steep ramp must not wait for them
      scale_out_s = 68
      # as pods: the next wave may be near
      scale_in_s = 300
      # 0.641 jobs in flight a task (Little), twice that is queue
      backlog = 2
      # of the limit; above it the kernel decides
      memory_alarm = 0.9
    }
  }
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
    # 200 ms ÷ 3 reads a request, a tenth of it in storage
    latency_ms = 7
    # operations that wait for the volume: beyond it each statement waits
    disk_queue = 64
    # log that a stuck slot may hold back
    slot_lag_bytes = 1000000000
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # main: one node carries it: size is the nearest limit, 31.8 % used
    #   class: 0.252 vCPU and 42.7 GiB for the working set: the cheapest that has both
    #   units at least: 42.7 GiB of working set stay in memory at 2 GiB a unit, at least 2 for advanced insights; at most: 6 vCPU and 48 GiB at 0.25 vCPU and 2 GiB a unit
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   storage: 320 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 153/s needed on a node; 64 000 come with 384 GiB
    #   connections: the engine's own figure for 48 GiB; services open up to 29
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    main-s00 = {
      keyspace             = "main"
      class                = "db.serverless"
      min_acu              = 21.5
      max_acu              = 24
      memory_gib           = 48
      standby              = true
      replicas             = 0
      storage_gib          = 384
      max_storage_gib      = 768
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
  }
}

document_db = {
  organization = "0a1b2c3d4e5f60718293a4b5" # fill in
  # as Atlas calls the region
  region = "US_EAST_1"
  # the newest release with a fixed lifetime; Atlas brings its patches
  version = "8.0"
  # 8 vCPU, 32 GiB of RAM, 16 000 connections a node: working set decides; the smallest whose processors are its own at least
  tier = "M50"
  # one tier above the sized one: what is more is a new forecast
  tier_max = "M60"
  # a forecast that was too low costs a tier, not an outage
  scales = true
  # 0.55 times what one of M50 holds, and never fewer than before
  shards = 1
  # a majority is left without any one of them; Atlas puts each into a zone of its own
  nodes = 3
  # queries over everything read a node of their own, where there is a lake to fill
  analytics_nodes = 0
  # 73.8 GiB over 1 shards, 160 that the tier has at least
  disk_gib = 160
  # a node that was away for so long catches up without a copy of everything
  oplog_hours = 24
  # 0.271 operations at once over 7 replicas, twice that for bursts, 5 at least
  pool = 5
  # begin of the quietest six hours of the weekend
  maintenance_hour = 1
  backup = {
    # snapshots come by the hour: an objective below it takes the log of writes too
    continuous = true
    # the log of fewer hours than may pass is replayed over the last one
    interval_h = 1
    # any moment of these days, as of the relational data
    window_days = 14
    # one of each month: what is found out late
    months = 12
    # where copies outlive the region, as Atlas calls it
    copy_region = "US_EAST_2"
  }
  alarms = {
    # a fifth above the 60 % that the busiest minute was sized for
    cpu_percent = 80
    # 49 are what all replicas open, a node takes 16 000
    connections = 8000
    # the disk grows by itself at 90: above it, it did not
    disk_percent = 92
    # what was written would be lost with the primary, were it not for the majority that acknowledges
    lag_s = 30
    # a query without an index
    scanned_per_returned = 1000
  }
}

cache = {
  # the cheapest for 0.881 GiB and 502 operations/s
  node = "cache.m7g.large"
  # 0.881 GiB ÷ 6.38 GiB a node; 502 operations/s; memory decides
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
    hit_ratio = 0.6
  }
}

queue = {
  topics = {
    documents = {
      # a week to notice and to run jobs again
      retention_hours = 168
      # jobs that its limit lets wait
      lag_alarm   = 193
      dead_letter = "documents-dead-letter"
      # a job takes 4 s; twice that before another worker sees it
      visibility_timeout_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # a deadline of 600 s, and 0 s that the limit lets jobs wait in the busiest hours, a fifth more
      deadline_s = 600
    }
    documents-dead-letter = {
      # two weeks for a person to look
      retention_hours = 336
      # a dead letter is for a person
      lag_alarm = 0
    }
  }
}

object_storage = {
  buckets = {
    assets = {
      # what was overwritten or deleted can be called back for so long
      version_days = 30
      # what is not asked for any more moves to the tier that its use pays for
      tier_days = 30
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
    latency_ms         = 200
    latency_percentile = 99
    # ten times the objective in a minute of 16 requests/s
    errors_1m = 10
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host = "bytebridge.example.com"
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
  # 95 % of the 60 % that are static; the others are the origin's
  hit_percent = 57
}

services = {
  api = {
    runs_on = "containers"
    # 3 tasks at the peak of 16 requests/s × 1.5
    max = 5
    # connections of one task to one database node
    pool      = 5
    keyspaces = ["main"]
    cache     = true
    produces  = ["documents"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  indexer = {
    runs_on = "containers"
    # 2 at the busiest hour; the queue takes what is above
    max = 2
    # connections of one task to one database node
    pool      = 2
    keyspaces = ["main"]
    produces  = ["documents-dead-letter"]
    consumes  = ["documents"]
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
  alert_email = "oncall@bytebridge.example.com"
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: an incident is looked into within a quarter
  log_days = 90
  # who did what: a year
  audit_log_days = 365
}

grafana = {
  url           = "https://bytebridge.grafana.net"                       # fill in
  otlp_endpoint = "https://otlp-gateway-prod-us-east-0.grafana.net/otlp" # fill in
  external_id   = "stack"                                                # fill in
}

objectives = {
  # as the blueprint states
  availability = 0.999
  # as the blueprint states
  error_rate = 0.001
  # the objective: 99 % of requests within it
  latency_s     = 0.2
  latency_share = 0.99
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

cost = {
  # blueprint: budget × scale 1
  monthly_limit_usd = 20000
}

dr = {
  # same continent, another grid
  region = "us-east-2"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
