# The sizing of staging. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "staging"
region      = "us-east-1"
account_id  = "111122223334" # fill in
protected   = false

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.65.0.0/16"
  # subnets in every zone from the start; databases and brokers spread over them
  zones = { us-east-1a = 0, us-east-1b = 1, us-east-1c = 2 }
  # as production, so that a zone's loss can be rehearsed
  task_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  # one for all zones: its loss is bearable here
  nat_per_zone = false
  # most of what services say to the cloud goes to the queues; the rest may pay NAT here
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

containers = {
  # metrics of each task where users are, of each service elsewhere
  insights = "enabled"
  # of the workers above the first ones; their queue gives back what was interrupted
  spot_percent = 60

  services = {
    api = {
      # 2 vCPU asked for; the least legal pair that holds both
      cpu = 2048
      # 4 GiB asked for; the least legal pair that holds both
      memory_mib = 4096
      # 3 tasks × 3.02: a surge × 10 in 600 s outruns 135 s of scaling
      min = 12
      # 15 s until the load balancer stops sending, the longest request of 30 s, 5 s more
      stop_s = 50
      # half of the 135 s until the last ones answer: a steep ramp must not wait for them
      scale_out_s = 68
      # as pods: the next wave may be near
      scale_in_s = 300
      # target utilisation; tasks come up elsewhere after the loss of a zone
      cpu_target = 70
      # 23.3 requests/s keep a task at 70 %
      requests_per_minute = 1400
      # of the limit; above it the kernel decides
      memory_alarm = 0.9
    }
    indexer = {
      # 1 vCPU asked for; the least legal pair that holds both
      cpu = 1024
      # 2 GiB asked for; the least legal pair that holds both
      memory_mib = 2048
      # an idle queue costs nothing
      min = 0
      # finish or give back the job in hand: 4 s, a fifth more
      stop_s = 30
      # half of the 135 s until the last ones answer: a steep ramp must not wait for them
      scale_out_s = 68
      # as pods: the next wave may be near
      scale_in_s = 300
      # 0.533 jobs in flight a task (Little), twice that is queue
      backlog = 2
      # of the limit; above it the kernel decides
      memory_alarm = 0.9
    }
  }
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
    # 200 ms ÷ 3 reads a request, a tenth of it in storage
    latency_ms = 20
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # main: one node carries it: size is the nearest limit, 3.18 % used
    #   class: 0.293 vCPU and 4.27 GiB for the working set: the cheapest that has both
    #   readers by load: readers are as many as are sized
    #   proxy: 66 clients against 1 792 connections; a node works on 10 at once: the service pools them
    #   storage: 32 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 153/s needed on a node; 64 000 come with 39 GiB
    #   connections: the engine's own figure for 16 GiB; services open up to 66
    #   standby: may be down for a restore; readers: the writer carries all reads
    main-s00 = {
      keyspace             = "main"
      class                = "db.r6g.large"
      memory_gib           = 16
      standby              = false
      replicas             = 0
      storage_gib          = 39
      max_storage_gib      = 78
      iops                 = 64000
      max_connections      = 1802
      reserved_connections = 10
      replicas_added       = 0
      reader_cpu_target    = 60
      proxy                = true
    }
  }
}

cache = {
  # the cheapest for 0.113 GiB and 640 operations/s
  node = "cache.t4g.micro"
  # 0.113 GiB ÷ 0.5 GiB a node; 640 operations/s; memory decides
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
    documents = {
      # a day is enough to try things
      retention_hours = 24
      # jobs that arrive within the deadline
      lag_alarm   = 240
      dead_letter = "documents-dead-letter"
      # a job takes 4 s; twice that before another worker sees it
      visibility_timeout_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # as the blueprint states
      deadline_s = 600
    }
    documents-dead-letter = {
      # a day is enough to try things
      retention_hours = 24
      # a dead letter is for a person
      lag_alarm = 1
    }
  }
}

object_storage = {
  buckets = {
    assets = {
      # what was overwritten or deleted can be called back for so long
      version_days = 3
      # what is not asked for any more moves to the tier that its use pays for
      tier_days = 30
    }
  }
}

load_balancer = {
  host = "staging.bytebridge.example.com"
  # longer than the slowest streamed answer
  idle_timeout_s = 60
  # access logs: a week to look at what went wrong
  log_days    = 7
  zonal_shift = false

  alarms = {
    # the objective: 99 % of requests within it
    latency_ms         = 200
    latency_percentile = 99
    # ten times the objective in a minute of 20 requests/s
    errors_1m = 12
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # deny: the rules have been seen in the smallest environment
  preview = false
}

services = {
  api = {
    runs_on = "containers"
    # 12 tasks for the surge; 3 at the daily peak
    max = 12
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
    # 3 at the busiest hour; the queue takes what is above
    max = 3
    # connections of one task to one database node
    pool      = 2
    keyspaces = ["main"]
    produces  = ["documents-dead-letter"]
    consumes  = ["documents"]
  }
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long: raise a version every 180 days
secrets = {
  session-key = { version = 1, length = 48 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 10
  # layers of builds that failed
  untagged_days = 7
}

observability = {
  alert_email = "oncall@bytebridge.example.com" # fill in
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: long enough to compare a release with the last ones
  log_days = 30
  # who did what: shorter than in production, nobody's data is here
  audit_log_days = 90
}

cost = {
  # blueprint: budget × scale 0.1
  monthly_limit_usd = 2000
}
