# The sizing of staging. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "staging"
project_id  = "bytebridge-staging" # fill in
region      = "us-central1"
domain      = "staging.bytebridge.example.com"
protected   = false

tags = {
  cost-centre = "4713"
}

maintenance = {
  # begin of the quietest six hours of the weekend
  hour = 1
  # long enough for a rolling upgrade of the nodes
  window_h = 6
}

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.1.0.0/16"
}

containers = {
  # of the limit; above it the kernel decides
  memory_alarm = 0.9
  # of requests; all of them where there are few
  log_sample = 1

  services = {
    api = {
      # 2 vCPU asked for; the least legal pair that holds both
      vcpu = 2
      # 4 GiB asked for; the least legal pair that holds both
      memory_mib = 4096
      # 3 instances × 1.38: a surge × 10 in 600 s outruns 25 s of scaling
      min = 6
      # 2 vCPU, 60 ms of one a request; latency decides
      concurrency = 6
      # the longest request that is waited for
      timeout_s = 30
    }
    indexer = {
      # 1 vCPU asked for; the least legal pair that holds both
      vcpu = 1
      # 2 GiB asked for; the least legal pair that holds both
      memory_mib = 2048
      # an idle queue costs nothing
      min = 0
      # one job an instance
      concurrency = 1
      # a job takes 4 s; half more before it is given to another worker
      timeout_s = 10
    }
  }
}

functions = {
  services = {
    ingest = {
      # 1 vCPU wanted; whole ones, 1, 2, 4 or 8, with at most 4 096 MiB each
      vcpu = 1
      # 1 024 MiB stated
      memory_mib = 1024
      # a job has an instance for itself
      requests_per_instance = 1
      # 8 s is usual, the deadline is 600 s, the service's limit 600 s
      timeout_s = 30
      # an invocation ends after 30 s
      ack_deadline_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # first retry
      retry_min_s = 10
      # longest pause between retries
      retry_max_s = 600
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
      # 1 vCPU wanted; whole ones, 1, 2, 4 or 8, with at most 4 096 MiB each
      vcpu = 1
      # 2 048 MiB stated
      memory_mib = 2048
      # a job has an instance for itself
      requests_per_instance = 1
      # 30 s is usual, the deadline is 600 s, the service's limit 600 s
      timeout_s = 90
      # an invocation ends after 90 s
      ack_deadline_s = 90
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # first retry
      retry_min_s = 10
      # longest pause between retries
      retry_max_s = 600
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
      # 1 vCPU wanted; whole ones, 1, 2, 4 or 8, with at most 4 096 MiB each
      vcpu = 1
      # 512 MiB stated
      memory_mib = 512
      # a job has an instance for itself
      requests_per_instance = 1
      # 10 s is usual, the deadline is 600 s, the service's limit 600 s
      timeout_s = 30
      # an invocation ends after 30 s
      ack_deadline_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # first retry
      retry_min_s = 10
      # longest pause between retries
      retry_max_s = 600
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

database = {
  # time to notice a bad release or a deleted row
  backup_days = 7
  # time to notice; more costs log storage
  pitr_days = 7
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
}

shards = {
  main = {
    # may be down for a restore
    standby = false
    # the writer carries all reads
    replicas = 0
    # 68 clients against 990 connections; a node works on 10 at once: the service pools them
    proxied = true

    # one node carries it: size is the nearest limit, 3.18 % used
    nodes = {
      # tier: 0.296 vCPU and 4.27 GiB for the working set: the cheapest that has both
      # max_connections: the engine's own figure for 16 GiB; services open up to 68
      s00 = { tier = "2", max_connections = 1000 }
    }
  }
}

cache = {
  # the cheapest for 0.113 GiB and 640 operations/s
  node_type = "SHARED_CORE_NANO"
  # 0.113 GiB ÷ 1.4 GiB a node; 640 operations/s; memory decides
  shards = 1
  # failover is rehearsed here
  replicas = 1
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
}

queue = {
  topics = {
    # a day is enough to try things
    documents = { retention_hours = 24 }
    # a day is enough to try things
    documents-dead-letter = { retention_hours = 24 }
  }
}

object_storage = {
  buckets = {
    assets = {
      # what was overwritten or deleted can be called back for so long
      version_days = 3
    }
    uploads = {
      # what was overwritten or deleted can be called back for so long
      version_days = 3
      # nobody's data is here
      expire_days = 30
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
  # of all queries of a day: three times what is usual
  scan_quota_mib_day = 57221
}

waf = {
  # load tests come from one address: 40/s
  requests_per_client_1m = 2400
  # paranoia level 1: few false positives
  sensitivity = 1
  # deny: the rules have been seen in the smallest environment
  preview = false
}

services = {
  api = {
    runs_on = "containers"
    # 12 instances for the surge; 3 at the daily peak
    pods_max = 12
    # connections of one instance to one database node
    pool_size = 5
    keyspaces = ["main"]
    cache     = true
    produces  = ["documents"]
    secrets   = ["session-key"]
  }

  indexer = {
    runs_on = "containers"
    # 3 at the busiest hour; the queue takes what is above
    pods_max = 3
    # connections of one instance to one database node
    pool_size = 2
    keyspaces = ["main"]
    produces  = ["documents-dead-letter"]
    consumes  = ["documents"]
    # a job takes 4 s; half more before it is given to another worker
    ack_deadline_s = 10
    # then a person looks: the dead-letter topic
    max_attempts = 5
    # first retry
    retry_min_s = 10
    # longest pause between retries
    retry_max_s = 600
  }

  ingest = {
    runs_on = "functions"
    # 2.31 at a time at 0.7 of the limit
    pods_max = 4
  }

  process = {
    runs_on = "functions"
    # 17.4 at a time at 0.7 of the limit
    pods_max = 25
  }

  publish = {
    runs_on = "functions"
    # 1.16 at a time at 0.7 of the limit
    pods_max = 2
    # connections of one execution to one database node
    pool_size = 1
    keyspaces = ["main"]
  }
}

secrets = {
  # a leaked value is of use for so long
  session-key = { rotation_days = 180, destroy_days = 1 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 10
  # older images are deleted
  image_days = 30
  # layers of builds that failed
  untagged_days = 7
}

observability = {
  alert_email = "oncall@bytebridge.example.com" # fill in
  runbook_url = "https://github.com/bytebridge/platform/blob/main/docs/RUNBOOK.md"
  # logs: long enough to compare a release with the last ones
  log_retention_days = 30
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # sized for 0.6; above this a failover would not carry it
  database_cpu = 0.8
  # of max_connections; services retry above it
  database_connections = 0.8
  # reads that must see their own write stay on the writer; the rest tolerates it
  replica_lag_s = 30
  # evictions begin above it
  cache_memory = 0.8
  # of the engine's one thread
  cache_cpu = 0.8
  lag = {
    # jobs that arrive within the deadline
    documents = 240
    # a dead letter is for a person
    documents-dead-letter = 0
  }
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
  # the least that a second container of an instance has without being throttled
  agent = { vcpu = 1, memory_mib = 512 }
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.99
  # the objective: 99 % of requests within it
  latency_ms    = 200
  latency_share = 0.99
  # as the blueprint states
  error_rate = 0.001
  # below it the database takes more reads than it was sized for
  cache_hit = 0.5
  # of the limit; above it the kernel decides
  memory = 0.9
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

pipeline = {
  repository = "https://jenkins.example.com/job/bytebridge-release-staging/" # fill in
}

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
  # blueprint: budget × scale 0.1
  budget_usd = 2000
}
