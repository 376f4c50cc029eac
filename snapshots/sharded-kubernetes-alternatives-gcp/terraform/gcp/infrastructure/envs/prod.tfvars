# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
project_id  = "quasar-prod"
region      = "us-east4"
domain      = "quasar.example.com"
protected   = true

tags = {
  cost-centre = "4712"
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
  zones = ["us-east4-a", "us-east4-b", "us-east4-c"]
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
  # 1 379 statements/s at 15 000 a process, 143 clients at 10 000 a process, at least 3
  pooler = { replicas = 3 }
}

shards = {
  users = {
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # PgDog stands before every node: 25 clients against 950 connections; a node works on 10 at once
    # … 10 connections to a node over 3 poolers, at least 5 of each
    pool = 5

    # stated; 1 would carry it: size asks for 0.0641
    nodes = {
      # tier: 0.0592 vCPU and 17.2 GiB for the working set: the cheapest that has both
      # max_connections: the engine's own figure for 32 GiB; services open up to 25
      s00 = { tier = "4", max_connections = 1000 }
      s01 = { tier = "4", max_connections = 1000 }
    }
  }

  content = {
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # PgDog stands before every node: 31 clients against 950 connections; a node works on 32 at once
    # … 114 connections to a node over 3 poolers, at least 5 of each
    pool = 38

    # stated; 1 would carry it: size asks for 0.577
    nodes = {
      # tier: 0.426 vCPU and 124 GiB for the working set: the cheapest that has both
      # max_connections: the engine's own figure for 128 GiB; services open up to 31
      s00 = { tier = "16", max_connections = 1000, location = "north-america" }
      s01 = { tier = "16", max_connections = 1000, location = "north-america" }
      s02 = { tier = "16", max_connections = 1000, location = "europe", region = "europe-west3" }
    }
  }
}

cache = {
  # the cheapest for 6.75 GiB and 2 293 operations/s
  node_type = "HIGHMEM_MEDIUM"
  # 6.75 GiB ÷ 13 GiB a node; 2 293 operations/s; memory decides
  shards = 1
  # one of each shard survives a zone
  replicas = 1
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
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
  api = {
    # 3 pods at the peak of 257 requests/s × 1.5
    pods_max = 5
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["generation"]
    secrets   = ["session-key"]
  }

  generator = {
    # 3 at the busiest hour; the queue takes what is above
    pods_max = 3
    # connections of one pod to one database node
    pool_size = 2
    keyspaces = ["content"]
    produces  = ["generation-dead-letter"]
    consumes  = ["generation"]
    secrets   = ["model-registry-token"]
  }
}

secrets = {
  # a leaked value is of use for so long
  model-registry-token = { rotation_days = 90, destroy_days = 7 }
  session-key          = { rotation_days = 90, destroy_days = 7 }
  pooler               = { rotation_days = 90, destroy_days = 7 }
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
  alert_email = "oncall@quasar.example.com"
  runbook_url = "https://github.com/quasar-example/quasar/blob/main/docs/RUNBOOK.md"
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

datadog = {
  # the organisation's; the key that agents send with is in the secret `datadog`
  site        = "datadoghq.com"
  alert_email = "oncall@quasar.example.com"
  # as the blueprint states
  availability = 0.9995
  # ten times the objective of 0.1 %
  errors_share = 0.01
  # the objective in seconds
  latency_s = 0.4
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
  cache_hit = 85
  # as the blueprint states
  error_rate = 0.001
  # of jobs that may miss their deadline
  late_share = 0.01
  # of the limit; above it the kernel decides
  memory = 0.9
  # mean statement; above it the latency objective is in danger
  query_s = 0.067
  queries_abroad = {
    # mean statement, and the way to that region and back
    europe-west3 = { shards = ["content-s02"], query_s = 0.178 }
  }
  # of max_connections
  connections = 0.8
  services = {
    # 3 pods at the peak of 257 requests/s × 1.5
    api = 5
  }
  workers = {
    # as the blueprint states
    generator = { deadline_s = 120, lag = { generation = 10 } }
  }
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.9995
  # the objective: 99 % of requests within it
  latency_ms    = 400
  latency_share = 0.99
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

pipeline = {
  repository = "https://jenkins.example.com/job/quasar-release-prod/" # fill in
}

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
  # blueprint: budget × scale 1
  budget_usd = 150000
}

dr = {
  # another region of the continent: the loss of this one leaves the copies
  cluster_region = "us-east5"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
