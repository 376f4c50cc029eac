# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "us-east-1"
account_id  = "111122223335" # fill in
protected   = true

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.66.0.0/16"
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
  spot_percent = 60

  services = {
    api = {
      # 2 vCPU asked for; the least legal pair that holds both
      cpu = 2048
      # 4 GiB asked for; the least legal pair that holds both
      memory_mib = 4096
      # 12 tasks × 3.02: a surge × 10 in 600 s outruns 135 s of scaling
      min = 39
      # 15 s until the load balancer stops sending, the longest request of 30 s, 5 s more
      stop_s = 50
      # half of the 135 s until the last ones answer: a steep ramp must not wait for them
      scale_out_s = 68
      # as pods: the next wave may be near
      scale_in_s = 300
      # 70 % less what the loss of one of 3 zones adds: 90 % in the rest
      cpu_target = 60
      # 20 requests/s keep a task at 60 %
      requests_per_minute = 1200
      # of the limit; above it the kernel decides
      memory_alarm = 0.9
    }
    indexer = {
      # 1 vCPU asked for; the least legal pair that holds both
      cpu = 1024
      # 2 GiB asked for; the least legal pair that holds both
      memory_mib = 2048
      # 27 × trough 0.108, whole zones
      min = 3
      # finish or give back the job in hand: 4 s, a fifth more
      stop_s = 30
      # half of the 135 s until the last ones answer: a steep ramp must not wait for them
      scale_out_s = 68
      # as pods: the next wave may be near
      scale_in_s = 300
      # 0.593 jobs in flight a task (Little), twice that is queue
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
        # ten times the objective in a minute of 1.15/s
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
        # ten times the objective in a minute of 1.15/s
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
        # ten times the objective in a minute of 1.15/s
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
  # half of the 17 of the narrowest step: uploads of the day keep the other half
  batch_concurrency = 8

  alarms = {
    # an execution usually takes 36 s
    duration_s = 108
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
    #   class: 2.96 vCPU and 42.7 GiB for the working set: the cheapest that has both
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   proxy: 581 clients against 4 950 connections; a node works on 16 at once: the service pools them
    #   storage: 320 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 1 568/s needed on a node; 64 000 come with 384 GiB
    #   connections: the engine's own figure for 64 GiB; services open up to 581
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    main-s00 = {
      keyspace             = "main"
      class                = "db.r6g.2xlarge"
      memory_gib           = 64
      standby              = true
      replicas             = 0
      storage_gib          = 384
      max_storage_gib      = 768
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
      proxy                = true
    }
  }
}

cache = {
  # the cheapest for 0.881 GiB and 6 402 operations/s
  node = "cache.m7g.large"
  # 0.881 GiB ÷ 6.38 GiB a node; 6 402 operations/s; memory decides
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
      # jobs that arrive within the deadline
      lag_alarm   = 2400
      dead_letter = "documents-dead-letter"
      # a job takes 4 s; twice that before another worker sees it
      visibility_timeout_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # as the blueprint states
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
    uploads = {
      # what was overwritten or deleted can be called back for so long
      version_days = 30
      # what is not asked for any more moves to the tier that its use pays for
      tier_days = 30
    }
  }
}

lake = {
  # as stated
  retention_days = 365
  # raw objects are read in their first month
  infrequent_days = 30
  # what was overwritten or deleted by mistake can be brought back for so long
  noncurrent_days = 30
  # results of queries: they can be computed again
  result_days = 30
  # of one query: what a day's pruned queries read, 200 GB; one without a filter reads more and is stopped
  scan_limit_bytes = 200000000000
}

load_balancer = {
  host = "bytebridge.example.com"
  # longer than the slowest streamed answer
  idle_timeout_s = 60
  # access logs: an incident is looked into within a quarter
  log_days    = 90
  zonal_shift = true

  alarms = {
    # the objective: 99 % of requests within it
    latency_ms         = 200
    latency_percentile = 99
    # ten times the objective in a minute of 200 requests/s
    errors_1m = 120
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
    # 102 tasks for the surge; 12 at the daily peak
    max = 102
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
    # 27 at the busiest hour; the queue takes what is above
    max = 27
    # connections of one task to one database node
    pool      = 2
    keyspaces = ["main"]
    produces  = ["documents-dead-letter"]
    consumes  = ["documents"]
  }
  ingest = {
    runs_on = "functions"
    # 23.1 at a time at 0.7 of the limit
    max = 34
    # connections of one execution to one database node
    pool = 0
  }
  process = {
    runs_on = "functions"
    # 174 at a time at 0.7 of the limit
    max = 249
    # connections of one execution to one database node
    pool = 0
  }
  publish = {
    runs_on = "functions"
    # 11.6 at a time at 0.7 of the limit
    max = 17
    # connections of one execution to one database node
    pool      = 1
    keyspaces = ["main"]
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

datadog = {
  # the organisation's; the key that agents send with is in the secret `datadog`
  site        = "datadoghq.com"
  alert_email = "oncall@bytebridge.example.com"
  # as the blueprint states
  availability = 0.999
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
  cache_hit = 60
  job_age_s = {
    # as the blueprint states
    documents = 600
  }
  # an agent of one task: traces of a few hundred requests a second
  agent = { cpu = 64, memory_mib = 256 }
}

objectives = {
  # as the blueprint states
  availability = 0.999
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
