# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "us-east-1"
account_id  = "111122223333" # fill in
protected   = true

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.64.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "100.64.0.0/16"
  # subnets in every zone from the start; databases and brokers spread over them
  zones = { us-east-1a = 0, us-east-1b = 1, us-east-1c = 2 }
  # the loss of one is survived
  node_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
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

cluster = {
  # the add-ons are pinned for 1.33 to 1.36
  version         = "1.35"
  admin_role_arns = ["arn:aws:iam::111122223333:role/vivid-prod-deploy"]
  log_types       = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  zonal_shift     = true
}

fleet = {
  transcoder = {
    # the least cost of 240 vCPU, with spot as far as it may be
    types = [
      { name = "c7g.4xlarge", arch = "arm64" },
      { name = "m6g.4xlarge", arch = "arm64" },
      { name = "m7g.4xlarge", arch = "arm64" },
      { name = "c7i.4xlarge", arch = "amd64" },
      { name = "m8g.4xlarge", arch = "arm64" },
      { name = "m6i.4xlarge", arch = "amd64" },
    ]
    # 15 × trough 0.285, whole zones
    min = 6
    # 15 at the peak, a tenth more while reclaimed ones are replaced
    max = 18
    # what always runs is never taken away
    on_demand_base = 6
    # 30 % of what is above the base may be reclaimed
    on_demand_percent = 70
    # 16 vCPU ÷ 8 a job
    slots = 2
    # jobs in hand and waiting for each machine: 2 at once, 70 % busy; more that wait bring more machines
    backlog = 1.4
    # system, image, and the segments in hand
    disk_gib = 50
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
      # 240 vCPU ÷ 16 of a c7g.4xlarge, whole zones
      machines = 15
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
        # ten times the objective in a minute of 0.0286/s
        errors_1m = 1
        # four fifths of the timeout of 30 s
        duration_ms = 24000
      }
    }
  }
}

shards = {
  major_version = "8.0"
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
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # main: one node carries it: size is the nearest limit, 4.68 % used
    #   class: 1.37 vCPU and 25.1 GiB for the working set: the cheapest that has both
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   storage: 188 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 881/s needed on a node; 64 000 come with 226 GiB
    #   connections: the engine's own figure for 32 GiB; services open up to 70
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    main-s00 = {
      keyspace             = "main"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = true
      replicas             = 0
      storage_gib          = 226
      max_storage_gib      = 452
      iops                 = 64000
      max_connections      = 2730
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
  # 0.555 times what one of M50 holds, and never fewer than before
  shards = 1
  # a majority is left without any one of them; Atlas puts each into a zone of its own
  nodes = 3
  # queries over everything read a node of their own, where there is a lake to fill
  analytics_nodes = 0
  # 46.3 GiB over 1 shards, 160 that the tier has at least
  disk_gib = 160
  # a node that was away for so long catches up without a copy of everything
  oplog_hours = 24
  # 6.7 operations at once over 6 replicas, twice that for bursts, 5 at least
  pool = 5
  # one room takes 100 % of all; on one shard it needs no suffixes
  room_shards = 1
  # messages are read while an event lasts, and by moderators for some time after
  ttl_days = 30
  # begin of the quietest six hours of the weekend
  maintenance_hour = 0
  backup = {
    # snapshots come by the hour: an objective below it takes the log of writes too
    continuous = true
    # the log of fewer hours than may pass is replayed over the last one
    interval_h = 4
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
    # 42 are what all replicas open, a node takes 16 000
    connections = 8000
    # the disk grows by itself at 90: above it, it did not
    disk_percent = 92
    # what was written would be lost with the primary, were it not for the majority that acknowledges
    lag_s = 30
    # a query without an index
    scanned_per_returned = 1000
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
    segments = {
      # what was overwritten or deleted can be called back for so long
      version_days = 1
      # as far back as a viewer may wind
      expire_days = 2
      # what is not asked for any more moves to the tier that its use pays for
      tier_days = 30
    }
  }
}

cache = {
  # the cheapest for 2.16 GiB and 3 444 operations/s
  node = "cache.m7g.large"
  # 2.16 GiB ÷ 6.38 GiB a node; 3 444 operations/s; memory decides
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
    hit_ratio = 0.85
  }
}

queue = {
  topics = {
    transcoding = {
      # a week to notice and to run jobs again
      retention_hours = 168
      # jobs that arrive within the deadline
      lag_alarm   = 80
      dead_letter = "transcoding-dead-letter"
      # a job takes 3.15 s; twice that before another worker sees it
      visibility_timeout_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # assumed: default of a service
      deadline_s = 12
    }
    transcoding-dead-letter = {
      # two weeks for a person to look
      retention_hours = 336
      # a dead letter is for a person
      lag_alarm = 0
    }
  }
}

load_balancer = {
  # as long as a CDN keeps a silent WebSocket; clients send a ping each minute
  idle_timeout_s = 600
  # access logs: an incident is looked into within a quarter
  log_days    = 90
  zonal_shift = true

  alarms = {
    # the objective: 99 % of requests within it
    latency_ms         = 200
    latency_percentile = 99
    # ten times the objective in a minute of 110 requests/s
    errors_1m = 66
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host    = "vivid.example.com"
  zone_id = "0123456789abcdef0123456789abcdef" # fill in
  # Dashboard, Overview: the account that has the zone
  account_id   = "0fedcba9876543210fedcba987654321" # fill in
  manages_zone = true
  # 6 requests a view, a view in 2 s, 5 users behind one address
  client_rate_10s = 150
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
  video = {
    # a live playlist is another one with every part
    playlist_ttl_s = 1
    # a segment never changes under its name
    segment_ttl_s = 31536000
    # a segment that is asked for too early is there a part later
    negative_ttl_s = 1
  }
}

services = {
  web = {
    # 9 pods for the surge; 3 at the daily peak
    max = 9
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["main"]
    cache     = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  auth = {
    # 3 pods at the peak of 110 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["main"]
    cache     = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  chat = {
    # 6 pods for the surge; 3 at the daily peak
    max = 6
    # connections of one pod to one database node
    pool  = 0
    cache = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  ingest = {
    # 3 pods at the peak of 110 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool     = 0
    produces = ["transcoding"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  live = {
    # 9 pods for the surge; 3 at the daily peak
    max = 9
    # connections of one pod to one database node
    pool  = 0
    cache = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  transcoder = {
    runs_on = "fleet"
    # 15 at the peak, a tenth more while reclaimed ones are replaced
    max = 18
    # connections of one machine to one database node
    pool     = 0
    produces = ["transcoding-dead-letter"]
    consumes = ["transcoding"]
  }
  uploads = {
    runs_on = "functions"
    # 0.363 at a time at 0.7 of the limit
    max = 2
    # connections of one execution to one database node
    pool     = 0
    produces = ["transcoding"]
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
  alert_email = "oncall@vivid.example.com"
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: an incident is looked into within a quarter
  log_days = 90
  # who did what: a year
  audit_log_days = 365
}

cost = {
  # blueprint: budget × scale 1
  monthly_limit_usd = 300000
}

dr = {
  # same continent, another grid
  region = "us-east-2"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
