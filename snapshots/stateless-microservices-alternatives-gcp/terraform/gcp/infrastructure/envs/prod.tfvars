# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
project_id  = "margin-prod"
region      = "europe-west1"
domain      = "margin.example.com"
protected   = true

tags = {
  cost-centre = "2209"
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
  # pods apart from nodes, fixed for good
  pods_cidr = "10.128.0.0/14"
}

cluster = {
  zones = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
  # versions that others have run for weeks
  release_channel = "REGULAR"
}

database = {
  # time to notice a bad release or a deleted row
  backup_days = 30
  # time to notice; more costs log storage
  pitr_days = 14
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
  # 583 statements/s at 15 000 a process, 224 clients at 10 000 a process, at least 3
  pooler = { replicas = 3 }
}

shards = {
  users = {
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # PgDog stands before every node: 75 clients against 950 connections; a node works on 10 at once
    # … 10 connections to a node over 3 poolers, at least 5 of each
    pool = 5

    # stated; 1 would carry it: size asks for 0.0468
    nodes = {
      # tier: 0.0727 vCPU and 18.8 GiB for the working set: the cheapest that has both
      # max_connections: the engine's own figure for 32 GiB; services open up to 75
      s00 = { tier = "4", max_connections = 1000 }
      s01 = { tier = "4", max_connections = 1000 }
    }
  }

  content = {
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # PgDog stands before every node: 37 clients against 950 connections; a node works on 32 at once
    # … 32 connections to a node over 3 poolers, at least 5 of each
    pool = 11

    # stated; 1 would carry it: size asks for 0.187
    nodes = {
      # tier: 0.291 vCPU and 75.3 GiB for the working set: the cheapest that has both
      # max_connections: the engine's own figure for 128 GiB; services open up to 37
      s00 = { tier = "16", max_connections = 1000 }
      s01 = { tier = "16", max_connections = 1000 }
    }
  }
}

cache = {
  # the cheapest for 2.92 GiB and 937 operations/s
  node_type = "STANDARD_SMALL"
  # 2.92 GiB ÷ 6.5 GiB a node; 937 operations/s; masters that share the sessions decides
  shards = 3
  # one of each shard survives a zone
  replicas = 1
  # what ends soonest goes first: an answer kept for minutes, not a session that each use renews
  maxmemory_policy = "volatile-ttl"
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

waf = {
  # 3 dynamic requests a view, 30 views, 5 users behind one address
  requests_per_client_1m = 450
  # paranoia level 1: few false positives
  sensitivity = 1
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  zone_id = "0123456789abcdef0123456789abcdef" # fill in
  # Dashboard, Overview: the account that has the zone
  account_id   = "0fedcba9876543210fedcba987654321" # fill in
  manages_zone = true
  # 4.29 requests a view, a view in 2 s, 5 users behind one address
  client_rate_10s = 110
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
    # 6 pods at the peak of 312 requests/s × 1.5
    pods_max = 9
    cache    = true
    secrets  = ["session-key"]
  }

  auth = {
    # 3 pods at the peak of 312 requests/s × 1.5
    pods_max = 5
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users"]
    cache     = true
  }

  content = {
    # 3 pods at the peak of 312 requests/s × 1.5
    pods_max = 5
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["publication"]
  }

  shard-manager = {
    # 3 pods at the peak of 312 requests/s × 1.5
    pods_max = 5
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users"]
  }

  publisher = {
    # 3 at the busiest hour; the queue takes what is above
    pods_max = 3
    # connections of one pod to one database node
    pool_size = 2
    keyspaces = ["content"]
    produces  = ["publication-dead-letter"]
    consumes  = ["publication"]
  }

  indexer = {
    # 3 at the busiest hour; the queue takes what is above
    pods_max = 3
    # connections of one pod to one database node
    pool_size = 2
    keyspaces = ["content"]
    produces  = ["publication-dead-letter"]
    consumes  = ["publication"]
  }
}

secrets = {
  # a leaked value is of use for so long
  session-key = { rotation_days = 90, destroy_days = 7 }
  pooler      = { rotation_days = 90, destroy_days = 7 }
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
  alert_email = "oncall@margin.example.com"
  runbook_url = "https://gitlab.com/margin-example/margin/-/blob/main/docs/RUNBOOK.md"
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
  # evictions begin above it
  cache_memory = 0.8
  # of the engine's one thread
  cache_cpu = 0.8
}

grafana = {
  url           = "https://margin.grafana.net"                           # fill in
  otlp_endpoint = "https://otlp-gateway-prod-us-east-0.grafana.net/otlp" # fill in
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.9995
  # the objective: 99 % of requests within it
  latency_ms    = 250
  latency_share = 0.99
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

pipeline = {
  repository = "margin-example/margin"
}

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
  # blueprint: budget × scale 1
  budget_usd = 60000
}

dr = {
  # another region of the continent: the loss of this one leaves the copies
  cluster_region = "europe-west3"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
