# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
project_id  = "twin-prod" # fill in
region      = "europe-west4"
domain      = "gcp.twin.example.com"
protected   = true

tags = {
  cost-centre = "twin"
}

maintenance = {
  # begin of the quietest six hours of the weekend
  hour = 5
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
  zones = ["europe-west4-a", "europe-west4-b", "europe-west4-c"]
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
      # 6 pods at the peak, 3 a node; 2 of 3 zones alone carry the 8 of the autoscalers' maxima
      machine_type = "n2-standard-4"
      # 3 nodes in all: what the autoscalers' floors ask for
      min_per_zone = 1
      # 6 nodes in all: the autoscalers' maxima
      max_per_zone = 2
      # images and logs of its pods
      disk_gib  = 50
      disk_type = "pd-balanced"
    }
  }
}

database = {
  # another region of the continent: the loss of this one leaves the backups
  backup_location = "europe-west1"
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
    # db-custom-8-40960 is of this edition
    edition = "ENTERPRISE"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0

    # one node carries it: size is the nearest limit, 6.03 % used
    nodes = {
      # tier: 0.375 vCPU and 32.3 GiB for the working set: the cheapest that has both
      # disk_gib: 242 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 40 GiB; services open up to 31
      s00 = { tier = "db-custom-8-40960", disk_gib = 291, disk_limit_gib = 582, max_connections = 800 }
    }
  }
}

cache = {
  # the cheapest for 2.23 GiB and 751 operations/s
  node_type = "STANDARD_SMALL"
  # 2.23 GiB ÷ 6.5 GiB a node; 751 operations/s; memory decides
  shards = 1
  # one of each shard survives a zone
  replicas = 1
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
}

queue = {
  topics = {
    # a week to notice and to run jobs again
    thumbnails = { retention_hours = 168 }
    # two weeks for a person to look
    thumbnails-dead-letter = { retention_hours = 336 }
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
  zone_id = "2123456789abcdef0123456789abcdef" # fill in
}

services = {
  api = {
    # 3 pods at the peak of 113 requests/s × 1.5
    pods_max = 5
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["main"]
    cache     = true
    produces  = ["thumbnails"]
    secrets   = ["session-key"]
  }

  thumbnailer = {
    # 3 at the busiest hour; the queue takes what is above
    pods_max = 3
    # connections of one pod to one database node
    pool_size = 2
    keyspaces = ["main"]
    produces  = ["thumbnails-dead-letter"]
    consumes  = ["thumbnails"]
    # a job takes 2 s; half more before it is given to another worker
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
  alert_email = "oncall@gcp.twin.example.com" # fill in
  runbook_url = "https://github.com/twin/twin/blob/main/docs/RUNBOOK.md"
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
    # jobs that arrive within the deadline
    thumbnails = 260
    # a dead letter is for a person
    thumbnails-dead-letter = 0
  }
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.9999
  # the objective: 99 % of requests within it
  latency_ms    = 300
  latency_share = 0.99
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

pipeline = {
  repository = "twin/twin" # fill in
}

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
}

dr = {
  # another region of the continent: the loss of this one leaves the copies
  cluster_region = "europe-west1"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
