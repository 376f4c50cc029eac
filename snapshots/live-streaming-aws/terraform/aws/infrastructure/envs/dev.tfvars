# The sizing of dev: the cheapest that works. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "dev"
region      = "us-east-1"
account_id  = "111122223333" # fill in
protected   = false

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.64.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "100.64.0.0/16"
  # subnets in every zone from the start; databases and brokers spread over them
  zones = { us-east-1a = 0, us-east-1b = 1, us-east-1c = 2 }
  # no traffic between zones to pay for
  node_zones = ["us-east-1a"]
  # one for all zones: its loss is bearable here
  nat_per_zone = false
  # the services' network policies let them reach the queues in the network alone
  interface_endpoints = ["sqs"]
  # who talked to whom
  flow_log_days = 3
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
  admin_role_arns = ["arn:aws:iam::111122223333:role/apex-dev-deploy"]
  log_types       = ["audit"]
  zonal_shift     = false
  system = {
    arch = "arm64"
    # controllers and add-ons: two, so that one may be replaced
    instance_types = ["t4g.large"]
    # controllers and add-ons: two, so that one may be replaced
    nodes = 2
    # images and logs of its pods
    disk_gib = 30
  }
  # 10 pods × 2 for a rollout + 40 add-ons + 6 daemons × 13 nodes
  max_pods = 138
}

fleet = {
  transcoder = {
    # the least cost of 30 vCPU, with spot as far as it may be
    types = [
      { name = "c7g.4xlarge", arch = "arm64" },
      { name = "m6g.4xlarge", arch = "arm64" },
      { name = "m7g.4xlarge", arch = "arm64" },
      { name = "c7i.4xlarge", arch = "amd64" },
      { name = "m8g.4xlarge", arch = "arm64" },
      { name = "m6i.4xlarge", arch = "amd64" },
    ]
    # an idle queue costs nothing here
    min = 0
    # 2 at the peak, a tenth more while reclaimed ones are replaced
    max = 3
    # all of it may be interrupted
    on_demand_base = 0
    # 100 % of what is above the base may be reclaimed
    on_demand_percent = 0
    # 16 vCPU ÷ 8 a job
    slots = 2
    # jobs in hand and waiting for each machine: 2 at once, 70 % busy; more that wait bring more machines
    backlog = 1.4
    # system, image, and the segments in hand
    disk_gib = 30
    # boot, image, first job
    warmup_s = 120
    # finish or give back the job in hand: 3.15 s, a fifth more
    drain_s = 30
    event = {
      # half an hour before Saturday's event at 19:00
      start = "30 18 * * 6"
      # half an hour after it ends
      end = "30 22 * * 6"
      # by the longitude of the main region; an event has the zone of its audience
      time_zone = "Etc/GMT+5"
      # 30 vCPU ÷ 16 of a c7g.4xlarge, whole zones
      machines = 2
    }
  }
}

functions = {
  services = {
    uploads = {
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
        # ten times the objective in a minute of 0.00182/s
        errors_1m = 1
        # four fifths of the timeout of 30 s
        duration_ms = 24000
      }
    }
  }
}

shards = {
  major_version = "8.4"
  # time to notice a bad release or a deleted row
  backup_days = 2
  # a week of statements, at no charge
  insights = "standard"
  # operating system metrics of the node
  monitoring_interval_s = 0
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
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # main: one node carries it: iops is the nearest limit, 0.199 % used
    #   class: 0.213 vCPU and 0.48 GiB for the working set: the cheapest that has both
    #   storage: 3.6 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 136/s needed on a node; 3 000 come with 20 GiB
    #   connections: the engine's own figure for 1 GiB; services open up to 20
    #   standby: may be down for a restore; readers: the writer carries all reads
    main-s00 = {
      keyspace             = "main"
      class                = "db.t4g.micro"
      memory_gib           = 1
      standby              = false
      replicas             = 0
      storage_gib          = 20
      max_storage_gib      = 40
      iops                 = 3000
      max_connections      = 85
      reserved_connections = 10
    }
  }
}

nosql = {
  # mean over peak is 0.08, and capacity for the peak pays from 0.41 on
  billing = "PAY_PER_REQUEST"
  # messages are read while an event lasts, and by moderators for some time after
  ttl_days = 1
  # time to notice a bad release or deleted rows
  pitr_days = 1
  # one room takes 100 % of 50 writes/s and 167 reads/s; a key takes 1 000 and 3 000
  room_shards = 1
  reads = {
    # 17 units ÷ 0.70
    least = 25
    # 167 units ÷ 0.70
    provisioned = 239
    # taken at once, without waiting for partitions to split; 12 000 at least, and never less than before
    warm = 12000
    # twice the peak at 70 %: beyond it a client is in a loop
    limit = 478
  }
  writes = {
    # 5 units ÷ 0.70
    least = 8
    # 50 units ÷ 0.70
    provisioned = 72
    # taken at once, without waiting for partitions to split; 4 000 at least, and never less than before
    warm = 4000
    # twice the peak at 70 %: beyond it a client is in a loop
    limit = 144
  }
  alarms = {
    # one request; the service answers in a few, far within the latency objective
    latency_ms = 20
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
    segments = {
      # what was overwritten or deleted can be called back for so long
      version_days = 1
      # as far back as a test looks
      expire_days = 1
      # what is not asked for any more moves to the tier that its use pays for
      tier_days = 30
    }
  }
}

cache = {
  # the cheapest for 0.574 GiB and 533 operations/s
  node = "cache.t4g.small"
  # 0.574 GiB ÷ 1.37 GiB a node; 533 operations/s; memory decides
  shards = 1
  # may be lost
  replicas = 0
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
    transcoding = {
      # a day is enough to try things
      retention_hours = 24
      # jobs that arrive within the deadline
      lag_alarm   = 10
      dead_letter = "transcoding-dead-letter"
      # a job takes 3.15 s; twice that before another worker sees it
      visibility_timeout_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # assumed: default of a service
      deadline_s = 12
    }
    transcoding-dead-letter = {
      # a day is enough to try things
      retention_hours = 24
      # a dead letter is for a person
      lag_alarm = 0
    }
  }
}

load_balancer = {
  # as long as a CDN keeps a silent WebSocket; clients send a ping each minute
  idle_timeout_s = 600
  # access logs: a week to look at what went wrong
  log_days    = 7
  zonal_shift = false

  alarms = {
    # the objective: 99 % of requests within it
    latency_ms         = 200
    latency_percentile = 99
    # ten times the objective in a minute of 17 requests/s
    errors_1m = 11
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # count only, so that a new rule is seen before it denies
  preview = true
}

cdn = {
  host = "dev.apex.example.com"
  # static names carry a hash of their content
  static_ttl_s = 31536000
  # media may be replaced under its name
  media_ttl_s = 86400
  # a missing file is asked for again soon
  negative_ttl_s = 10
  # a year where it is settled, a day where names still move
  hsts_s = 86400
  # longer than the slowest streamed answer and than a playlist that waits for its next part
  origin_timeout_s = 60
  # the objective: nearly all requests are for video
  hit_percent = 98
  video = {
    # a live playlist is another one with every part
    playlist_ttl_s = 1
    # answers to blocking reloads never change: six target durations
    playlist_max_ttl_s = 36
    # a segment never changes under its name
    segment_ttl_s = 31536000
    # a segment that is asked for too early is there a part later
    negative_ttl_s = 1
  }
}

services = {
  web = {
    # 1 pods at the peak of 17 requests/s × 1.5
    max = 2
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["main"]
    cache     = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  auth = {
    # 1 pods at the peak of 17 requests/s × 1.5
    max = 2
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["main"]
    cache     = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  chat = {
    # 1 pods at the peak of 17 requests/s × 1.5
    max = 2
    # connections of one pod to one database node
    pool  = 0
    cache = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  ingest = {
    # 1 pods at the peak of 17 requests/s × 1.5
    max = 2
    # connections of one pod to one database node
    pool     = 0
    produces = ["transcoding"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  live = {
    # 1 pods at the peak of 17 requests/s × 1.5
    max = 2
    # connections of one pod to one database node
    pool  = 0
    cache = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  transcoder = {
    runs_on = "fleet"
    # 2 at the peak, a tenth more while reclaimed ones are replaced
    max = 3
    # connections of one machine to one database node
    pool     = 0
    produces = ["transcoding-dead-letter"]
    consumes = ["transcoding"]
  }
  uploads = {
    runs_on = "functions"
    # 0.0231 at a time at 0.7 of the limit
    max = 2
    # connections of one execution to one database node
    pool     = 0
    produces = ["transcoding"]
  }
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long
secrets = {
  session-key = { version = 1, length = 48, rotation_days = 365 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 5
  # layers of builds that failed
  untagged_days = 3
}

observability = {
  alert_email = "oncall@apex.example.com" # fill in
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: long enough to compare a release with the last ones
  log_days = 7
  # who did what: shorter than in production, nobody's data is here
  audit_log_days = 30
}

cost = {
  # 1 % of the budget would be 30 000; it costs 42 113
  monthly_limit_usd = 46400
}
