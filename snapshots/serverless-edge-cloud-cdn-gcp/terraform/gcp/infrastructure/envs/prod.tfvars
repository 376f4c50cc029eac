# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
project_id  = "jor-prod" # fill in
region      = "us-central1"
domain      = "jor.example.com"
protected   = true

tags = {
  cost-centre = "jor"
}

maintenance = {
  # begin of the quietest six hours of the weekend
  hour = 0
  # long enough for a rolling upgrade of the nodes
  window_h = 6
}

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.0.0.0/16"
}

functions = {
  # of requests; all of them where there are few
  log_sample = 0.1

  services = {
    web = {
      # 1 vCPU wanted; whole ones, 1, 2, 4 or 8, with at most 4 096 MiB each
      vcpu = 1
      # 1 024 MiB stated
      memory_mib = 1024
      # 1 vCPU at 0.7, 5 ms of CPU in 0.08 s; at most 80
      requests_per_instance = 11
      # the longest request that is waited for
      timeout_s = 30
      # a cold start of 300 ms is within the objective of 300 ms
      min = 0

      alarms = {
        # ten times the objective in a minute of 7 205/s
        errors_1m = 4324
        # four fifths of the timeout of 30 s
        duration_ms = 24000
        # nine tenths of 75; at all of them calls are refused
        concurrency = 67
      }
    }
    notifier = {
      # 1 vCPU wanted; whole ones, 1, 2, 4 or 8, with at most 4 096 MiB each
      vcpu = 1
      # 256 MiB stated
      memory_mib = 512
      # a job has an instance for itself
      requests_per_instance = 1
      # 3 s is usual, the deadline is 300 s, the service's limit 600 s
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
      deadline_s = 300

      alarms = {
        # ten times the objective in a minute of 27.7/s
        errors_1m = 17
        # four fifths of the timeout of 30 s
        duration_ms = 24000
      }
    }
    auditor = {
      # 1 vCPU wanted; whole ones, 1, 2, 4 or 8, with at most 4 096 MiB each
      vcpu = 1
      # 256 MiB stated
      memory_mib = 512
      # a job has an instance for itself
      requests_per_instance = 1
      # 0.5 s is usual, the deadline is 3 600 s, the service's limit 600 s
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
      deadline_s = 3600

      alarms = {
        # ten times the objective in a minute of 27.7/s
        errors_1m = 17
        # four fifths of the timeout of 30 s
        duration_ms = 24000
      }
    }
    thumbnailer = {
      # 1 vCPU wanted; whole ones, 1, 2, 4 or 8, with at most 4 096 MiB each
      vcpu = 1
      # 2 048 MiB stated
      memory_mib = 2048
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
        # ten times the objective in a minute of 2.77/s
        errors_1m = 2
        # four fifths of the timeout of 30 s
        duration_ms = 24000
      }
    }
    reporter = {
      # 1 vCPU wanted; whole ones, 1, 2, 4 or 8, with at most 4 096 MiB each
      vcpu = 1
      # 1 024 MiB stated
      memory_mib = 1024
      # a job has an instance for itself
      requests_per_instance = 1
      # 300 s is usual, the deadline is 3 600 s, the service's limit 600 s
      timeout_s = 600
      # an invocation ends after 600 s
      ack_deadline_s = 600
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # first retry
      retry_min_s = 10
      # longest pause between retries
      retry_max_s = 600
      # a job must be done by then
      deadline_s = 3600

      alarms = {
        # ten times the objective in a minute of 0.000278/s
        errors_1m = 1
        # four fifths of the timeout of 600 s
        duration_ms = 480000
      }
    }
  }
}

database = {
  # another region of the continent: the loss of this one leaves the backups
  backup_location = "us-south1"
  # time to notice a bad release or a deleted row
  backup_days = 30
  # time to notice; more costs log storage
  pitr_days = 14
  # kept after an instance is deleted
  final_backup_days = 30
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
}

shards = {
  accounts = {
    # db-perf-optimized-N-8 is of this edition
    edition = "ENTERPRISE_PLUS"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # 389 clients against 950 connections; a node works on 16 at once: the service pools them
    proxied = true

    # one node carries it: size is the nearest limit, 10.2 % used
    nodes = {
      # tier: 1.28 vCPU and 54.6 GiB for the working set: the cheapest that has both
      # disk_gib: 410 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 64 GiB; services open up to 389
      s00 = { tier = "db-perf-optimized-N-8", disk_gib = 492, disk_limit_gib = 984, max_connections = 1000 }
    }
  }

  products = {
    # db-perf-optimized-N-32 is of this edition
    edition = "ENTERPRISE_PLUS"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # 389 clients against 950 connections; a node works on 64 at once: the service pools them
    proxied = true

    # one node carries it: size is the nearest limit, 30.5 % used
    nodes = {
      # tier: 3.83 vCPU and 164 GiB for the working set: the cheapest that has both
      # disk_gib: 1 229 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 256 GiB; services open up to 389
      s00 = { tier = "db-perf-optimized-N-32", disk_gib = 1475, disk_limit_gib = 2950, max_connections = 1000 }
    }
  }

  billing = {
    # db-perf-optimized-N-2 is of this edition
    edition = "ENTERPRISE_PLUS"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # 375 clients against 550 connections; a node works on 10 at once: the service pools them
    proxied = true

    # one node carries it: size is the nearest limit, 2.55 % used
    nodes = {
      # tier: 0.319 vCPU and 13.7 GiB for the working set: the cheapest that has both
      # disk_gib: 102 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 16 GiB; services open up to 375
      s00 = { tier = "db-perf-optimized-N-2", disk_gib = 123, disk_limit_gib = 246, max_connections = 600 }
    }
  }

  analytics = {
    # db-perf-optimized-N-2 is of this edition
    edition = "ENTERPRISE_PLUS"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # 380 clients against 550 connections; a node works on 10 at once: the service pools them
    proxied = true

    # one node carries it: size is the nearest limit, 7.64 % used
    nodes = {
      # tier: 0.958 vCPU and 0 GiB for the working set: the cheapest that has both
      # disk_gib: 307 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 16 GiB; services open up to 380
      s00 = { tier = "db-perf-optimized-N-2", disk_gib = 369, disk_limit_gib = 738, max_connections = 600 }
    }
  }
}

object_storage = {
  buckets = {
    assets = {
      # what was overwritten or deleted can be called back for so long
      version_days = 30
    }
    uploads = {
      # what was overwritten or deleted can be called back for so long
      version_days = 30
    }
  }
}

edge_cache = {
  # the nearest to us-central1, where writes come from
  primary_region = "us-east-1"
  # ap-southeast-1: 20 % of users are in asia; eu-central-1: 30 % of users are in europe
  read_regions = ["ap-southeast-1", "eu-central-1"]
  # half more than 87 603 for 43 800 million operations and 13.2 GiB at list prices; beyond it the provider stops answering
  budget_usd = 131410
  # zones, encryption at rest and a signed availability: the provider's package for production
  production = true

  alarms = {
    # below it the database takes more reads than it was sized for
    hit_ratio = 0.85
  }
}

upstash_email = "platform@jor.example.com" # fill in

queue = {
  topics = {
    # a week to notice and to run jobs again
    notification = { retention_hours = 168 }
    # two weeks for a person to look
    notification-dead-letter = { retention_hours = 336 }
    # a week to notice and to run jobs again
    notification-auditor = { retention_hours = 168 }
    # two weeks for a person to look
    notification-auditor-dead-letter = { retention_hours = 336 }
    # two weeks for a person to look
    upload-dead-letter = { retention_hours = 336 }
    # a week to notice and to run jobs again
    report = { retention_hours = 168 }
    # two weeks for a person to look
    report-dead-letter = { retention_hours = 336 }
  }

  deadlines_s = {
    # reporter is done by then
    report = 3600
  }

  paced = {
    upload = {
      # what the thing that thumbnailer calls takes
      calls_per_second = 2.75
      # 14 workers, one job each
      calls_at_once = 14
      # the worker itself gives up at attempt 5; as many again for one that fails at that
      attempts = 10
      # a deadline of 600 s, and 28 s that the limit lets jobs wait in the busiest hours, a fifth more
      age_alarm_s = 600
    }
  }
}

waf = {
  # 3 dynamic requests a view, 30 views, 5 users behind one address
  requests_per_client_1m = 450
  # paranoia level 1: few false positives
  sensitivity = 1
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  # of requests; all of them where there are few
  log_sample = 0.1
  # a minute of staleness takes most of a flash crowd
  public_ttl_s = 60
  # 10 requests a view, a view in 2 s, 5 users behind one address
  requests_per_client_10s = 250
  # static names carry a hash of their content
  static_ttl_s = 31536000
  # media may be replaced under its name
  media_ttl_s = 86400
  # a missing file is asked for again soon
  negative_ttl_s = 10
  # a year where it is settled, a day where names still move
  hsts_s = 31536000
  # 95 % of the 70 % that are static; the others are the origin's
  hit_ratio = 0.665
}

services = {
  web = {
    runs_on = "functions"
    # 576 at a time ÷ (11 an instance × 0.7)
    pods_max = 75
    # connections of one instance to one database node
    pool_size = 5
    keyspaces = ["accounts", "products", "billing", "analytics"]
    cache     = true
    produces  = ["notification", "upload"]
    secrets   = ["origin-signature"]
  }

  notifier = {
    runs_on = "functions"
    # 14 clear a backlog in time
    pods_max = 14
    # connections of one execution to one database node
    pool_size = 1
    keyspaces = ["accounts"]
    produces  = ["notification-dead-letter"]
    consumes  = ["notification"]
    # an invocation ends after 30 s
    ack_deadline_s = 30
    # then a person looks: the dead-letter topic
    max_attempts = 5
    # first retry
    retry_min_s = 10
    # longest pause between retries
    retry_max_s = 600
  }

  auditor = {
    runs_on = "functions"
    # 3 clear a backlog in time
    pods_max = 3
    # connections of one execution to one database node
    pool_size = 1
    keyspaces = ["analytics"]
    produces  = ["notification-auditor-dead-letter"]
    consumes  = ["notification-auditor"]
    # an invocation ends after 30 s
    ack_deadline_s = 30
    # then a person looks: the dead-letter topic
    max_attempts = 5
    # first retry
    retry_min_s = 10
    # longest pause between retries
    retry_max_s = 600
  }

  thumbnailer = {
    runs_on = "functions"
    # 19 clear a backlog in time; its limit leaves work for 14
    pods_max = 14
    # connections of one execution to one database node
    pool_size = 1
    keyspaces = ["products"]
    produces  = ["upload-dead-letter"]
    consumes  = ["upload"]
    # an invocation ends after 30 s
    ack_deadline_s = 30
    # then a person looks: the dead-letter topic
    max_attempts = 5
    # first retry
    retry_min_s = 10
    # longest pause between retries
    retry_max_s = 600
  }

  reporter = {
    runs_on = "functions"
    # 0.0833 at a time at 0.7 of the limit
    pods_max = 2
    # connections of one execution to one database node
    pool_size = 1
    keyspaces = ["analytics"]
    produces  = ["report-dead-letter"]
    consumes  = ["report"]
    # an invocation ends after 600 s
    ack_deadline_s = 600
    # then a person looks: the dead-letter topic
    max_attempts = 5
    # first retry
    retry_min_s = 10
    # longest pause between retries
    retry_max_s = 600
  }
}

secrets = {
  # a leaked value is of use for so long
  origin-signature = { rotation_days = 90, destroy_days = 7 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 30
  # older images are deleted
  image_days = 90
  # layers of builds that failed
  untagged_days = 14
}

observability = {
  alert_email = "oncall@jor.example.com" # fill in
  runbook_url = "https://github.com/jor/jor/blob/main/docs/RUNBOOK.md"
  # logs: an incident is looked into within a quarter
  log_retention_days = 90
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # sized for 0.6; above this a failover would not carry it
  database_cpu = 0.8
  # of max_connections; services retry above it
  database_connections = 0.8
  # reads that must see their own write stay on the writer; the rest tolerates it
  replica_lag_s = 30
  # the working set no longer fits
  database_memory = 0.9
  # the last tenth is for a person to act in
  database_disk = 0.9
  # log between checkpoints, 5 GB at most where the service sets it, and as much again that a stuck slot may hold back
  database_log_bytes = 10000000000
  lag = {
    # jobs that arrive within the deadline
    notification = 8314
    # a dead letter is for a person
    notification-dead-letter = 0
    # jobs that arrive within the deadline
    notification-auditor = 99763
    # a dead letter is for a person
    notification-auditor-dead-letter = 0
    # jobs that its limit lets wait
    upload = 1650
    # a dead letter is for a person
    upload-dead-letter = 0
    # jobs that arrive within the deadline
    report = 10
    # a dead letter is for a person
    report-dead-letter = 0
  }
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.9999
  # the objective: 99 % of requests within it
  latency_ms    = 300
  latency_share = 0.99
  # as the blueprint states
  error_rate = 0.001
  # of the limit; above it the kernel decides
  memory = 0.9
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

telemetry = {
  # a core takes 10 000 spans a second
  vcpu = 1
  # the least that a second container of an instance has without being throttled
  sidecar = { vcpu = 1, memory_mib = 512 }
  # 896 MiB of held traces, the next legal size
  memory_mib = 1024
  # 7 264 traces/s at 1 000 a replica, at least 2
  replicas = 8
  # 22.2 of 5 542 traces/s at the peak; errors and slow requests always
  sampling_percent = 0.4
  # the latency objective
  slow_ms = 300
  # until the last span of a trace has come
  decision_wait_s = 10
  # 7 264 traces/s × 10 s × 1.5
  num_traces = 108960
  # 7 205 requests/s and 58.2 jobs/s
  traces_per_s = 7264
}

pipeline = {
  repository = "https://jenkins.example.com/job/jor-release-prod/" # fill in
}

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
}
