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
  interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "monitoring", "secretsmanager", "sns", "sqs", "sts"]
  # who talked to whom
  flow_log_days = 30
}

keys = {
  # a deleted key can be called back for so long
  deletion_days = 30
  # a deleted secret can be brought back
  recovery_days = 30
}

functions = {
  services = {
    web = {
      # 1 024 MiB stated; CPU follows memory: one vCPU for 1 769 MiB
      memory_mib = 1024
      # the longest request that is waited for
      timeout_s = 30
      # a cold start of 300 ms is within the objective of 300 ms
      min = 0
      # of the warm instances in use: more are warmed above it
      warm_target = 0.7

      alarms = {
        # ten times the objective in a minute of 7 205/s
        errors_1m = 4324
        # four fifths of the timeout of 30 s
        duration_ms = 24000
        # nine tenths of 824; at all of them calls are refused
        concurrency = 741
      }
    }
    notifier = {
      # 256 MiB stated; CPU follows memory: one vCPU for 1 769 MiB
      memory_mib = 256
      # 3 s is usual, the deadline is 300 s, the service's limit 900 s
      timeout_s = 30
      # of 0.3 s each: ten seconds of work, ten messages at most
      batch = 10
      # an invocation ends after 30 s; six times that, for retries of the source itself
      visibility_timeout_s = 180
      # then a person looks: the dead-letter topic
      max_attempts = 5
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
      # 256 MiB stated; CPU follows memory: one vCPU for 1 769 MiB
      memory_mib = 256
      # 0.5 s is usual, the deadline is 3 600 s, the service's limit 900 s
      timeout_s = 30
      # of 0.05 s each: ten seconds of work, ten messages at most
      batch = 10
      # an invocation ends after 30 s; six times that, for retries of the source itself
      visibility_timeout_s = 180
      # then a person looks: the dead-letter topic
      max_attempts = 5
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
      # 2 048 MiB stated; CPU follows memory: one vCPU for 1 769 MiB
      memory_mib = 2048
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
        # ten times the objective in a minute of 2.77/s
        errors_1m = 2
        # four fifths of the timeout of 30 s
        duration_ms = 24000
      }
    }
    reporter = {
      # 1 024 MiB stated; CPU follows memory: one vCPU for 1 769 MiB
      memory_mib = 1024
      # 300 s is usual, the deadline is 3 600 s, the service's limit 900 s
      timeout_s = 900
      # of 300 s each: ten seconds of work, ten messages at most
      batch = 1
      # an invocation ends after 900 s; six times that, for retries of the source itself
      visibility_timeout_s = 5400
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # a job must be done by then
      deadline_s = 3600

      alarms = {
        # ten times the objective in a minute of 0.000278/s
        errors_1m = 1
        # four fifths of the timeout of 900 s
        duration_ms = 720000
      }
    }
  }
}

edge_compute = {
  account_id = "2fedcba9876543210fedcba987654321" # fill in
  # one store an account: wrangler secrets-store store list
  secrets_store_id = "20f1e2d3c4b5a69788796a5b4c3d2e1f" # fill in
  # 2 ms a request, and room for the slowest; a loop ends here
  cpu_limit_ms = 50
  # 27.7 of 5 542 runs/s at the peak leave a log line
  log_share = 0.005

  settings = {
    # a browser asks again each time: nothing can purge it
    browser_ttl_s = 0
    # as public answers at the edge: a minute takes most of a flash crowd
    colo_ttl_s = 60
    # as the cache: what a data centre has lost it finds there
    shared_ttl_s = 300
    # a missing file is asked for again soon
    negative_ttl_s = 10
    # while the origin is away the edge answers with what it has, for a day
    stale_s = 86400
    # so that entries do not expire together
    jitter = 0.1
    # one request recomputes before the lifetime ends (XFetch)
    early_beta = 1
    # a shared cache that answers later than the origin would is of no use
    timeout_ms = 150
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
    # accounts: one node carries it: memory is the nearest limit, 13.3 % used
    #   class: 1.28 vCPU and 54.6 GiB for the working set: the cheapest that has both
    #   units at least: 54.6 GiB of working set stay in memory at 2 GiB a unit, at least 2 for advanced insights; at most: 8 vCPU and 64 GiB at 0.25 vCPU and 2 GiB a unit
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   proxy: 838 clients against 4 950 connections; a node works on 16 at once: the service pools them
    #   storage: 410 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 1 462/s needed on a node; 64 000 come with 492 GiB
    #   connections: the engine's own figure for 64 GiB; services open up to 838
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    accounts-s00 = {
      keyspace             = "accounts"
      class                = "db.serverless"
      min_acu              = 27.5
      max_acu              = 32
      memory_gib           = 64
      standby              = true
      replicas             = 0
      storage_gib          = 492
      max_storage_gib      = 984
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
      proxy                = true
    }
    # products: one node carries it: memory is the nearest limit, 40 % used
    #   class: 3.83 vCPU and 164 GiB for the working set: the cheapest that has both
    #   units at least: 164 GiB of working set stay in memory at 2 GiB a unit, at least 2 for advanced insights; at most: 24 vCPU and 192 GiB at 0.25 vCPU and 2 GiB a unit
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   proxy: 835 clients against 4 950 connections; a node works on 48 at once: the service pools them
    #   storage: 1 229 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 4 385/s needed on a node; 64 000 come with 1 475 GiB
    #   connections: the engine's own figure for 192 GiB; services open up to 835
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    products-s00 = {
      keyspace             = "products"
      class                = "db.serverless"
      min_acu              = 82
      max_acu              = 96
      memory_gib           = 192
      standby              = true
      replicas             = 0
      storage_gib          = 1475
      max_storage_gib      = 2950
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
      proxy                = true
    }
    # billing: one node carries it: memory is the nearest limit, 3.33 % used
    #   class: 0.319 vCPU and 13.7 GiB for the working set: the cheapest that has both
    #   units at least: 13.7 GiB of working set stay in memory at 2 GiB a unit, at least 2 for advanced insights; at most: 2 vCPU and 16 GiB at 0.25 vCPU and 2 GiB a unit
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   proxy: 824 clients against 1 752 connections; a node works on 10 at once: the service pools them
    #   storage: 102 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 365/s needed on a node; 64 000 come with 123 GiB
    #   connections: the engine's own figure for 16 GiB; services open up to 824
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    billing-s00 = {
      keyspace             = "billing"
      class                = "db.serverless"
      min_acu              = 7
      max_acu              = 8
      memory_gib           = 16
      standby              = true
      replicas             = 0
      storage_gib          = 123
      max_storage_gib      = 246
      iops                 = 64000
      max_connections      = 1802
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
      proxy                = true
    }
    # analytics: one node carries it: size is the nearest limit, 7.64 % used
    #   class: 0.958 vCPU and 0 GiB for the working set: the cheapest that has both
    #   units at least: 0 GiB of working set stay in memory at 2 GiB a unit, at least 2 for advanced insights; at most: 1 vCPU and 8 GiB at 0.25 vCPU and 2 GiB a unit
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   proxy: 829 clients against 851 connections; a node works on 10 at once: the service pools them
    #   storage: 307 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 1 096/s needed on a node; 64 000 come with 369 GiB
    #   connections: the engine's own figure for 8 GiB; services open up to 829
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    analytics-s00 = {
      keyspace             = "analytics"
      class                = "db.serverless"
      min_acu              = 2
      max_acu              = 4
      memory_gib           = 8
      standby              = true
      replicas             = 0
      storage_gib          = 369
      max_storage_gib      = 738
      iops                 = 64000
      max_connections      = 901
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
      proxy                = true
    }
  }
}

object_storage = {
  buckets = {
    uploads = {
      # what was overwritten or deleted can be called back for so long
      version_days = 30
      # what is not asked for any more moves to the tier that its use pays for
      tier_days = 30
    }
  }
}

edge_cache = {
  # the nearest to us-east-1, where writes come from
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
    notification = {
      # a week to notice and to run jobs again
      retention_hours = 168
      # jobs that arrive within the deadline
      lag_alarm   = 8314
      dead_letter = "notification-dead-letter"
      source      = "notification"
      # an invocation ends after 30 s; six times that, for retries of the source itself
      visibility_timeout_s = 180
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # as the blueprint states
      deadline_s = 300
    }
    notification-dead-letter = {
      # two weeks for a person to look
      retention_hours = 336
      # a dead letter is for a person
      lag_alarm = 0
    }
    notification-auditor = {
      # a week to notice and to run jobs again
      retention_hours = 168
      # jobs that arrive within the deadline
      lag_alarm   = 99763
      dead_letter = "notification-auditor-dead-letter"
      source      = "notification"
      # an invocation ends after 30 s; six times that, for retries of the source itself
      visibility_timeout_s = 180
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # as the blueprint states
      deadline_s = 3600
    }
    notification-auditor-dead-letter = {
      # two weeks for a person to look
      retention_hours = 336
      # a dead letter is for a person
      lag_alarm = 0
    }
    upload = {
      # a week to notice and to run jobs again
      retention_hours = 168
      # jobs that its limit lets wait
      lag_alarm   = 1650
      dead_letter = "upload-dead-letter"
      # an invocation ends after 30 s; six times that, for retries of the source itself
      visibility_timeout_s = 180
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # a deadline of 600 s, and 28 s that the limit lets jobs wait in the busiest hours, a fifth more
      deadline_s = 600
    }
    upload-dead-letter = {
      # two weeks for a person to look
      retention_hours = 336
      # a dead letter is for a person
      lag_alarm = 0
    }
    report = {
      # a week to notice and to run jobs again
      retention_hours = 168
      # jobs that arrive within the deadline
      lag_alarm   = 10
      dead_letter = "report-dead-letter"
      # an invocation ends after 900 s; six times that, for retries of the source itself
      visibility_timeout_s = 5400
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # as the blueprint states
      deadline_s = 3600
    }
    report-dead-letter = {
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
    # ten times the objective in a minute of 5 542 requests/s
    errors_1m = 3326
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host    = "jor.example.com"
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
  web = {
    runs_on = "functions"
    # 576 at a time ÷ (1 an instance × 0.7)
    max = 824
    # connections of one execution to one database node
    pool      = 1
    keyspaces = ["accounts", "products", "billing", "analytics"]
    cache     = true
    produces  = ["notification", "upload"]
  }
  notifier = {
    runs_on = "functions"
    # 14 clear a backlog in time
    max = 14
    # connections of one execution to one database node
    pool      = 1
    keyspaces = ["accounts"]
    produces  = ["notification-dead-letter"]
    consumes  = ["notification"]
  }
  auditor = {
    runs_on = "functions"
    # 3 clear a backlog in time
    max = 3
    # connections of one execution to one database node
    pool      = 1
    keyspaces = ["analytics"]
    produces  = ["notification-auditor-dead-letter"]
    consumes  = ["notification-auditor"]
  }
  thumbnailer = {
    runs_on = "functions"
    # 19 clear a backlog in time; its limit leaves work for 11
    max = 11
    # connections of one execution to one database node
    pool      = 1
    keyspaces = ["products"]
    produces  = ["upload-dead-letter"]
    consumes  = ["upload"]
  }
  reporter = {
    runs_on = "functions"
    # 0.0833 at a time at 0.7 of the limit
    max = 2
    # connections of one execution to one database node
    pool      = 1
    keyspaces = ["analytics"]
    produces  = ["report-dead-letter"]
    consumes  = ["report"]
  }
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long
secrets = {
  origin-signature = { version = 1, length = 48, rotation_days = 90 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 30
  # layers of builds that failed
  untagged_days = 14
}

observability = {
  alert_email = "oncall@jor.example.com" # fill in
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: an incident is looked into within a quarter
  log_days = 90
  # who did what: a year
  audit_log_days = 365
}

sentry = {
  organization = "jor" # fill in
  # an error that is not seen for a month is gone
  resolve_h = 720

  services = {
    web = {
      platform = "node"
      # as many as the objective allows to fail: beyond it more of the same says nothing new
      events_per_minute = 340
      # a tenth of what 0.1 % of 5 542 a second may fail in 5 min, at least 5
      errors_per_5m = 167
    }
    notifier = {
      platform = "node"
      # as many as the objective allows to fail: beyond it more of the same says nothing new
      events_per_minute = 60
      # a tenth of what 0.1 % of 27.7 a second may fail in 5 min, at least 5
      errors_per_5m = 5
    }
    auditor = {
      platform = "go"
      # as many as the objective allows to fail: beyond it more of the same says nothing new
      events_per_minute = 60
      # a tenth of what 0.1 % of 27.7 a second may fail in 5 min, at least 5
      errors_per_5m = 5
    }
    thumbnailer = {
      platform = "node"
      # as many as the objective allows to fail: beyond it more of the same says nothing new
      events_per_minute = 60
      # a tenth of what 0.1 % of 2.77 a second may fail in 5 min, at least 5
      errors_per_5m = 5
    }
    reporter = {
      platform = "go"
      # as many as the objective allows to fail: beyond it more of the same says nothing new
      events_per_minute = 60
      # a tenth of what 0.1 % of 0.000278 a second may fail in 5 min, at least 5
      errors_per_5m = 5
    }
  }
}

objectives = {
  # as the blueprint states
  availability = 0.9999
  # as the blueprint states
  error_rate = 0.001
  # the objective: 99 % of requests within it
  latency_s     = 0.3
  latency_share = 0.99
  # of the limit; above it the kernel decides
  memory = 0.9
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

telemetry = {
  # the average hour's share of 15
  min = 9
  # twice the design rate: what is measured under an incident is worth most
  max = 30
  # a core takes 10 000 spans a second
  cpu = 1024
  # room for a burst while another one starts
  cpu_target = 60
  # what leaves takes traces along that it has not judged: seldom
  scale_in_s = 900
  # 512 MiB of held traces, the next legal size
  memory_mib = 2048
  # 7 264 traces/s, each taken in by one and judged by another, at 1 000 a replica, at least 2
  replicas = 15
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
