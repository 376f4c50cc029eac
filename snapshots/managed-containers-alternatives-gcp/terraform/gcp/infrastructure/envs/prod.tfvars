# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
project_id  = "bytebridge-prod" # fill in
region      = "us-central1"
domain      = "bytebridge.example.com"
protected   = true

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
  cidr = "10.0.0.0/16"
}

containers = {
  # of the limit; above it the kernel decides
  memory_alarm = 0.9
  # of requests; all of them where there are few
  log_sample = 0.1

  services = {
    api = {
      # 1 vCPU asked for; the least legal pair that holds both
      vcpu = 1
      # 0.5 GiB asked for; the least legal pair that holds both
      memory_mib = 512
      # 3 instances × trough 0.108, at least one a zone
      min = 3
      # 1 vCPU, 5 ms of one a request; latency decides
      concurrency = 40
      # the longest request that is waited for
      timeout_s = 30
    }
    indexer = {
      # 1 vCPU asked for; the least legal pair that holds both
      vcpu = 1
      # 0.5 GiB asked for; the least legal pair that holds both
      memory_mib = 512
      # 3 × trough 0.108, whole zones
      min = 3
      # one job an instance
      concurrency = 1
      # a job takes 4 s; half more before it is given to another worker
      timeout_s = 10
    }
  }
}

database = {
  # another region of the continent: the loss of this one leaves the backups
  backup_location = "us-south1"
  # time to notice a bad release or a deleted row
  backup_days = 30
  # as far back as the smallest edition goes
  pitr_days = 7
  # kept after an instance is deleted
  final_backup_days = 30
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
}

shards = {
  main = {
    # db-custom-8-53248 is of this edition
    edition = "ENTERPRISE"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0

    # one node carries it: size is the nearest limit, 31.8 % used
    nodes = {
      # tier: 0.252 vCPU and 42.7 GiB for the working set: the cheapest that has both
      # disk_gib: 320 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 52 GiB; services open up to 31
      s00 = { tier = "db-custom-8-53248", disk_gib = 384, disk_limit_gib = 768, max_connections = 800 }
    }
  }
}

document_db = {
  organization      = "0a1b2c3d4e5f60718293a4b5" # fill in
  identity_provider = "0b2c3d4e5f60718293a4b5c6" # fill in
  audience          = "bytebridge-atlas"
  # as Atlas calls the region
  region = "CENTRAL_US"
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
  # 0.271 operations at once over 8 replicas, twice that for bursts, 5 at least
  pool = 5
  # begin of the quietest six hours of the weekend
  maintenance_hour = 1
  backup = {
    # snapshots come by the hour: an objective below it takes the log of writes too
    continuous = true
    # the log of fewer hours than may pass is replayed over the last one
    interval_h = 1
    # any moment of these days, as of the relational data
    window_days = 7
    # one of each month: what is found out late
    months = 12
    # where copies outlive the region, as Atlas calls it
    copy_region = "US_SOUTH_1"
  }
  alarms = {
    # a fifth above the 60 % that the busiest minute was sized for
    cpu_percent = 80
    # 56 are what all replicas open, a node takes 16 000
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
  node_type = "STANDARD_SMALL"
  # 0.881 GiB ÷ 6.5 GiB a node; 502 operations/s; memory decides
  shards = 1
  # one of each shard survives a zone
  replicas = 1
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
}

queue = {
  topics = {
    # two weeks for a person to look
    documents-dead-letter = { retention_hours = 336 }
  }

  paced = {
    documents = {
      # what the thing that indexer calls takes
      calls_per_second = 0.5
      # 3 workers, one job each
      calls_at_once = 3
      # the worker itself gives up at attempt 5; as many again for one that fails at that
      attempts = 10
      # a deadline of 600 s, and 0 s that the limit lets jobs wait in the busiest hours, a fifth more
      age_alarm_s = 600
    }
  }
}

object_storage = {
  buckets = {
    assets = {
      # what was overwritten or deleted can be called back for so long
      version_days = 30
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
  # 7.5 requests a view, a view in 2 s, 5 users behind one address
  requests_per_client_10s = 190
  # static names carry a hash of their content
  static_ttl_s = 31536000
  # media may be replaced under its name
  media_ttl_s = 86400
  # a missing file is asked for again soon
  negative_ttl_s = 10
  # a year where it is settled, a day where names still move
  hsts_s = 31536000
  # 95 % of the 60 % that are static; the others are the origin's
  hit_ratio = 0.57
}

services = {
  api = {
    runs_on = "containers"
    # 3 instances at the peak of 16 requests/s × 1.5
    pods_max = 5
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
}

secrets = {
  # a leaked value is of use for so long
  session-key = { rotation_days = 90, destroy_days = 7 }
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
  alert_email = "oncall@bytebridge.example.com"
  runbook_url = "https://gitlab.com/bytebridge/platform/-/blob/main/docs/RUNBOOK.md"
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
  # evictions begin above it
  cache_memory = 0.8
  # of the engine's one thread
  cache_cpu = 0.8
  lag = {
    # jobs that its limit lets wait
    documents = 193
    # a dead letter is for a person
    documents-dead-letter = 0
  }
}

grafana = {
  url           = "https://bytebridge.grafana.net"                       # fill in
  otlp_endpoint = "https://otlp-gateway-prod-us-east-0.grafana.net/otlp" # fill in
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.999
  # the objective: 99 % of requests within it
  latency_ms    = 200
  latency_share = 0.99
  # as the blueprint states
  error_rate = 0.001
  # below it the database takes more reads than it was sized for
  cache_hit = 0.6
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

pipeline = {
  repository = "bytebridge/platform"
}

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
  # blueprint: budget × scale 1
  budget_usd = 20000
}
