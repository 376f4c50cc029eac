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
  interface_endpoints = ["sns", "sqs"]
  # who talked to whom
  flow_log_days = 14
}

keys = {
  # a deleted key can be called back for so long
  deletion_days = 7
  # a deleted secret can be brought back
  recovery_days = 7
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
        # ten times the objective in a minute of 721/s
        errors_1m = 433
        # four fifths of the timeout of 30 s
        duration_ms = 24000
        # nine tenths of 83; at all of them calls are refused
        concurrency = 74
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
        # ten times the objective in a minute of 2.77/s
        errors_1m = 2
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
        # ten times the objective in a minute of 2.77/s
        errors_1m = 2
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
        # ten times the objective in a minute of 0.277/s
        errors_1m = 1
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
  account_id = "1fedcba9876543210fedcba987654321" # fill in
  # one store an account: wrangler secrets-store store list
  secrets_store_id = "10f1e2d3c4b5a69788796a5b4c3d2e1f" # fill in
  # 2 ms a request, and room for the slowest; a loop ends here
  cpu_limit_ms = 50
  # 554 of 554 runs/s at the peak leave a log line
  log_share = 1

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
    # accounts: one node carries it: memory is the nearest limit, 1.33 % used
    #   class: 0.128 vCPU and 5.46 GiB for the working set: the cheapest that has both
    #   units at least: the least that does not pause; at most: 1 vCPU and 8 GiB at 0.25 vCPU and 2 GiB a unit
    #   readers by load: readers are as many as are sized
    #   proxy: 85 clients against 891 connections; a node works on 10 at once: the service pools them
    #   storage: 41 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 146/s needed on a node; 64 000 come with 50 GiB
    #   connections: the engine's own figure for 8 GiB; services open up to 85
    #   standby: may be down for a restore; readers: the writer carries all reads
    accounts-s00 = {
      keyspace             = "accounts"
      class                = "db.serverless"
      min_acu              = 0.5
      max_acu              = 4
      memory_gib           = 8
      standby              = false
      replicas             = 0
      storage_gib          = 50
      max_storage_gib      = 100
      iops                 = 64000
      max_connections      = 901
      reserved_connections = 10
      replicas_added       = 0
      reader_cpu_target    = 60
      proxy                = true
    }
    # products: one node carries it: memory is the nearest limit, 4 % used
    #   class: 0.383 vCPU and 16.4 GiB for the working set: the cheapest that has both
    #   units at least: the least that does not pause; at most: 4 vCPU and 32 GiB at 0.25 vCPU and 2 GiB a unit
    #   readers by load: readers are as many as are sized
    #   proxy: 85 clients against 3 594 connections; a node works on 10 at once: the service pools them
    #   storage: 123 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 438/s needed on a node; 64 000 come with 148 GiB
    #   connections: the engine's own figure for 32 GiB; services open up to 85
    #   standby: may be down for a restore; readers: the writer carries all reads
    products-s00 = {
      keyspace             = "products"
      class                = "db.serverless"
      min_acu              = 0.5
      max_acu              = 16
      memory_gib           = 32
      standby              = false
      replicas             = 0
      storage_gib          = 148
      max_storage_gib      = 296
      iops                 = 64000
      max_connections      = 3604
      reserved_connections = 10
      replicas_added       = 0
      reader_cpu_target    = 60
      proxy                = true
    }
    # billing: one node carries it: memory is the nearest limit, 0.333 % used
    #   class: 0.0319 vCPU and 1.37 GiB for the working set: the cheapest that has both
    #   units at least: the least that does not pause; at most: 0.5 vCPU and 4 GiB at 0.25 vCPU and 2 GiB a unit
    #   readers by load: readers are as many as are sized
    #   proxy: 83 clients against 440 connections; a node works on 10 at once: the service pools them
    #   storage: 10.2 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 36.5/s needed on a node; 64 000 come with 20 GiB
    #   connections: the engine's own figure for 4 GiB; services open up to 83
    #   standby: may be down for a restore; readers: the writer carries all reads
    billing-s00 = {
      keyspace             = "billing"
      class                = "db.serverless"
      min_acu              = 0.5
      max_acu              = 2
      memory_gib           = 4
      standby              = false
      replicas             = 0
      storage_gib          = 20
      max_storage_gib      = 40
      iops                 = 64000
      max_connections      = 450
      reserved_connections = 10
      replicas_added       = 0
      reader_cpu_target    = 60
      proxy                = true
    }
    # analytics: one node carries it: size is the nearest limit, 0.764 % used
    #   class: 0.0958 vCPU and 0 GiB for the working set: the cheapest that has both
    #   units at least: the least that does not pause; at most: 0.5 vCPU and 4 GiB at 0.25 vCPU and 2 GiB a unit
    #   readers by load: readers are as many as are sized
    #   proxy: 87 clients against 440 connections; a node works on 10 at once: the service pools them
    #   storage: 30.7 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 110/s needed on a node; 64 000 come with 37 GiB
    #   connections: the engine's own figure for 4 GiB; services open up to 87
    #   standby: may be down for a restore; readers: the writer carries all reads
    analytics-s00 = {
      keyspace             = "analytics"
      class                = "db.serverless"
      min_acu              = 0.5
      max_acu              = 2
      memory_gib           = 4
      standby              = false
      replicas             = 0
      storage_gib          = 37
      max_storage_gib      = 74
      iops                 = 64000
      max_connections      = 450
      reserved_connections = 10
      replicas_added       = 0
      reader_cpu_target    = 60
      proxy                = true
    }
  }
}

object_storage = {
  buckets = {
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

edge_cache = {
  # the nearest to us-east-1, where writes come from
  primary_region = "us-east-1"
  # half more than 8 760 for 4 380 million operations and 1.4 GiB at list prices; beyond it the provider stops answering
  budget_usd = 13150
  # may be lost
  production = false

  alarms = {
    # below it the database takes more reads than it was sized for
    hit_ratio = 0.5
  }
}

upstash_email = "platform@jor.example.com" # fill in

queue = {
  topics = {
    notification = {
      # a day is enough to try things
      retention_hours = 24
      # jobs that arrive within the deadline
      lag_alarm   = 832
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
      # a day is enough to try things
      retention_hours = 24
      # a dead letter is for a person
      lag_alarm = 0
    }
    notification-auditor = {
      # a day is enough to try things
      retention_hours = 24
      # jobs that arrive within the deadline
      lag_alarm   = 9977
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
      # a day is enough to try things
      retention_hours = 24
      # a dead letter is for a person
      lag_alarm = 0
    }
    upload = {
      # a day is enough to try things
      retention_hours = 24
      # jobs that its limit lets wait
      lag_alarm   = 167
      dead_letter = "upload-dead-letter"
      # an invocation ends after 30 s; six times that, for retries of the source itself
      visibility_timeout_s = 180
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # a deadline of 600 s, and 0 s that the limit lets jobs wait in the busiest hours, a fifth more
      deadline_s = 600
    }
    upload-dead-letter = {
      # a day is enough to try things
      retention_hours = 24
      # a dead letter is for a person
      lag_alarm = 0
    }
    report = {
      # a day is enough to try things
      retention_hours = 24
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
    # ten times the objective in a minute of 554 requests/s
    errors_1m = 333
  }
}

waf = {
  # load tests come from one address: 1 442/s
  client_rate_5m = 432600
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host    = "staging.jor.example.com"
  zone_id = "1123456789abcdef0123456789abcdef" # fill in
  # Dashboard, Overview: the account that has the zone
  account_id = "1fedcba9876543210fedcba987654321" # fill in
  # the settings of a zone have one owner; true where this environment has a zone of its own
  manages_zone = false
  # load tests come from one address: 1 442/s
  client_rate_10s = 14420
  # how long a client over its rate is refused
  block_s = 60
  # static names carry a hash of their content
  static_ttl_s = 31536000
  # media may be replaced under its name
  media_ttl_s = 86400
  # a missing file is asked for again soon
  negative_ttl_s = 10
  # a year where it is settled, a day where names still move
  hsts_s = 86400
}

services = {
  web = {
    runs_on = "functions"
    # 57.6 at a time ÷ (1 an instance × 0.7)
    max = 83
    # connections of one execution to one database node
    pool      = 1
    keyspaces = ["accounts", "products", "billing", "analytics"]
    cache     = true
    produces  = ["notification", "upload"]
  }
  notifier = {
    runs_on = "functions"
    # 0.831 at a time at 0.7 of the limit
    max = 2
    # connections of one execution to one database node
    pool      = 1
    keyspaces = ["accounts"]
    produces  = ["notification-dead-letter"]
    consumes  = ["notification"]
  }
  auditor = {
    runs_on = "functions"
    # 0.139 at a time at 0.7 of the limit
    max = 2
    # connections of one execution to one database node
    pool      = 1
    keyspaces = ["analytics"]
    produces  = ["notification-auditor-dead-letter"]
    consumes  = ["notification-auditor"]
  }
  thumbnailer = {
    runs_on = "functions"
    # 1.11 at a time at 0.7 of the limit
    max = 2
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
  origin-signature = { version = 1, length = 48, rotation_days = 180 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 10
  # layers of builds that failed
  untagged_days = 7
}

observability = {
  alert_email = "oncall@jor.example.com" # fill in
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: long enough to compare a release with the last ones
  log_days = 30
  # who did what: shorter than in production, nobody's data is here
  audit_log_days = 90
}

sentry = {
  organization = "jor" # fill in
  # an error that is not seen for a month is gone
  resolve_h = 720

  services = {
    web = {
      platform = "node"
      # as many as the objective allows to fail: beyond it more of the same says nothing new
      events_per_minute = 60
      # a tenth of what 0.1 % of 554 a second may fail in 5 min, at least 5
      errors_per_5m = 17
    }
    notifier = {
      platform = "node"
      # as many as the objective allows to fail: beyond it more of the same says nothing new
      events_per_minute = 60
      # a tenth of what 0.1 % of 2.77 a second may fail in 5 min, at least 5
      errors_per_5m = 5
    }
    auditor = {
      platform = "go"
      # as many as the objective allows to fail: beyond it more of the same says nothing new
      events_per_minute = 60
      # a tenth of what 0.1 % of 2.77 a second may fail in 5 min, at least 5
      errors_per_5m = 5
    }
    thumbnailer = {
      platform = "node"
      # as many as the objective allows to fail: beyond it more of the same says nothing new
      events_per_minute = 60
      # a tenth of what 0.1 % of 0.277 a second may fail in 5 min, at least 5
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
  # the average hour's share of 2
  min = 2
  # twice the design rate: what is measured under an incident is worth most
  max = 4
  # a core takes 10 000 spans a second
  cpu = 1024
  # room for a burst while another one starts
  cpu_target = 60
  # what leaves takes traces along that it has not judged: seldom
  scale_in_s = 900
  # 512 MiB of held traces, the next legal size
  memory_mib = 2048
  # 727 traces/s, each taken in by one and judged by another, at 1 000 a replica, at least 1
  replicas = 2
  # 554 of 554 traces/s at the peak; errors and slow requests always
  sampling_percent = 100
  # the latency objective
  slow_ms = 300
  # until the last span of a trace has come
  decision_wait_s = 10
  # 727 traces/s × 10 s × 1.5
  num_traces = 10905
  # 721 requests/s and 5.82 jobs/s
  traces_per_s = 727
}

# the blueprint states no budget
cost = {}
