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

functions = {
  services = {
    ingest = {
      # 1 024 MiB stated; CPU follows memory: one vCPU for 1 769 MiB
      memory_mib = 1024
      # 8 s is usual, the deadline is 600 s, the service's limit 900 s
      timeout_s = 30
      # of 4 s each: ten seconds of work, ten messages at most
      batch = 2
      # an invocation ends after 30 s; six times that, for retries of the source itself
      visibility_timeout_s = 180
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # a job must be done by then
      deadline_s = 600

      alarms = {
        # ten times the objective in a minute of 0.115/s
        errors_1m = 1
        # four fifths of the timeout of 30 s
        duration_ms = 24000
      }
    }
    process = {
      # 2 048 MiB stated; CPU follows memory: one vCPU for 1 769 MiB
      memory_mib = 2048
      # 30 s is usual, the deadline is 600 s, the service's limit 900 s
      timeout_s = 90
      # of 30 s each: ten seconds of work, ten messages at most
      batch = 1
      # an invocation ends after 90 s; six times that, for retries of the source itself
      visibility_timeout_s = 540
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # a job must be done by then
      deadline_s = 600

      alarms = {
        # ten times the objective in a minute of 0.115/s
        errors_1m = 1
        # four fifths of the timeout of 90 s
        duration_ms = 72000
      }
    }
    publish = {
      # 512 MiB stated; CPU follows memory: one vCPU for 1 769 MiB
      memory_mib = 512
      # 10 s is usual, the deadline is 600 s, the service's limit 900 s
      timeout_s = 30
      # of 2 s each: ten seconds of work, ten messages at most
      batch = 5
      # an invocation ends after 30 s; six times that, for retries of the source itself
      visibility_timeout_s = 180
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # a job must be done by then
      deadline_s = 600

      alarms = {
        # ten times the objective in a minute of 0.115/s
        errors_1m = 1
        # four fifths of the timeout of 30 s
        duration_ms = 24000
      }
    }
  }
}

workflow = {
  # pauses of 2, 4, 8 … s: a minute of throttling is waited for
  max_attempts = 6
  # first pause, with full jitter
  retry_min_s = 2
  # longest pause between attempts
  retry_max_s = 60
  # each pause over the one before
  retry_factor = 2
  # half of the 2 of the narrowest step: uploads of the day keep the other half
  batch_concurrency = 1

  alarms = {
    # an execution usually takes 36 s
    duration_s = 108
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
    # operations that wait for the volume: beyond it each statement waits
    disk_queue = 64
    # log that a stuck slot may hold back
    slot_lag_bytes = 1000000000
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # main: one node carries it: size is the nearest limit, 3.18 % used
    #   class: 0.296 vCPU and 4.27 GiB for the working set: the cheapest that has both
    #   readers by load: readers are as many as are sized
    #   proxy: 68 clients against 1 792 connections; a node works on 10 at once: the service pools them
    #   storage: 32 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 157/s needed on a node; 64 000 come with 39 GiB
    #   connections: the engine's own figure for 16 GiB; services open up to 68
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
      lag_alarm = 0
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
    uploads = {
      # what was overwritten or deleted can be called back for so long
      version_days = 3
      # nobody's data is here
      expire_days = 30
      # what is not asked for any more moves to the tier that its use pays for
      tier_days = 30
    }
  }
}

lake = {
  # a month of rehearsal data
  retention_days = 30
  # gone before a cheaper class would pay
  infrequent_days = 30
  # what was overwritten or deleted by mistake can be brought back for so long
  noncurrent_days = 1
  # results of queries: they can be computed again
  result_days = 7
  # of one query: what a day's pruned queries read, 20 GB; one without a filter reads more and is stopped
  scan_limit_bytes = 20000000000
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
  # load tests come from one address: 40/s
  client_rate_5m = 12000
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
  ingest = {
    runs_on = "functions"
    # 2.31 at a time at 0.7 of the limit
    max = 4
    # connections of one execution to one database node
    pool = 0
  }
  process = {
    runs_on = "functions"
    # 17.4 at a time at 0.7 of the limit
    max = 25
    # connections of one execution to one database node
    pool = 0
  }
  publish = {
    runs_on = "functions"
    # 1.16 at a time at 0.7 of the limit
    max = 2
    # connections of one execution to one database node
    pool      = 1
    keyspaces = ["main"]
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
  alert_email = "oncall@bytebridge.example.com" # fill in
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: long enough to compare a release with the last ones
  log_days = 30
  # who did what: shorter than in production, nobody's data is here
  audit_log_days = 90
}

datadog = {
  # the organisation's; the key that agents send with is in the secret `datadog`
  site        = "datadoghq.com"
  alert_email = "oncall@bytebridge.example.com" # fill in
  # as the blueprint states
  availability = 0.99
  # ten times the objective of 0.1 %
  errors_share = 0.01
  # the objective in seconds
  latency_s = 0.2
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
  cache_hit = 50
  job_age_s = {
    # as the blueprint states
    documents = 600
  }
  # an agent of one task: traces of a few hundred requests a second
  agent = { cpu = 64, memory_mib = 256 }
}

objectives = {
  # as the blueprint states
  availability = 0.99
  # as the blueprint states
  error_rate = 0.001
  # the objective: 99 % of requests within it
  latency_s     = 0.2
  latency_share = 0.99
  # of the limit; above it the kernel decides
  memory = 0.9
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

cost = {
  # blueprint: budget × scale 0.1
  monthly_limit_usd = 2000
}
