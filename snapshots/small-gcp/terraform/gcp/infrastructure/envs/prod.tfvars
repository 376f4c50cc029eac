# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
project_id  = "starter-prod" # fill in
region      = "us-central1"
protected   = true

tags = {
  cost-centre = "starter"
}

maintenance = {
  # begin of the quietest six hours of the weekend
  hour = 1
  # long enough for a rolling upgrade of the nodes
  window_h = 6
}

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.2.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "10.136.0.0/14"
}

cluster = {
  zones = ["us-central1-a", "us-central1-b", "us-central1-c"]
  # versions that others have run for weeks
  release_channel = "REGULAR"

  pools = {
    system = {
      # controllers and add-ons: one a zone, one more while it is upgraded
      machine_type = "n2-standard-2"
      # controllers and add-ons never wait for a node
      min_per_zone = 1
      # 6 nodes in all: one more a zone while they are upgraded
      max_per_zone = 2
      # images and logs of its pods
      disk_gib  = 50
      disk_type = "pd-balanced"
    }

    general = {
      # 3 pods at the peak, 1 a node; 2 of 3 zones alone carry the 5 of the autoscalers' maxima
      machine_type = "n2-standard-2"
      # 3 nodes in all: what the autoscalers' floors ask for
      min_per_zone = 1
      # 9 nodes in all: the autoscalers' maxima
      max_per_zone = 3
      # images and logs of its pods
      disk_gib  = 50
      disk_type = "pd-balanced"
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
    # db-custom-2-10240 is of this edition
    edition = "ENTERPRISE"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0

    # one node carries it: size is the nearest limit, 1.56 % used
    nodes = {
      # tier: 0.01 vCPU and 8.37 GiB for the working set: the cheapest that has both
      # disk_gib: 62.8 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 10 GiB; services open up to 25
      s00 = { tier = "db-custom-2-10240", disk_gib = 76, disk_limit_gib = 152, max_connections = 500 }
    }
  }
}

cache = {
  # the cheapest for 0.119 GiB and 20.3 operations/s
  node_type = "STANDARD_SMALL"
  # 0.119 GiB ÷ 6.5 GiB a node; 20.3 operations/s; memory decides
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

services = {
  api = {
    # 3 pods at the peak of 6.77 requests/s × 1.5
    pods_max = 5
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["main"]
    cache     = true
    secrets   = ["session-key"]
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
  alert_email = "oncall@example.com" # fill in
  runbook_url = "https://github.com/starter/starter/blob/main/docs/RUNBOOK.md"
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
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.999
  # the objective: 99 % of requests within it
  latency_ms    = 500
  latency_share = 0.99
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

pipeline = {
  repository = "starter/starter" # fill in
}

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
}

dr = {
  # another region of the continent: the loss of this one leaves the copies
  cluster_region = "us-south1"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
