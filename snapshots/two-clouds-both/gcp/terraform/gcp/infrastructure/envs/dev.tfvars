# The sizing of dev. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "dev"
project_id  = "twin-dev" # fill in
region      = "europe-west4"
domain      = "dev.gcp.twin.example.com"
protected   = false

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
  cidr = "10.0.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "10.128.0.0/14"
}

cluster = {
  # one zone: no traffic between zones to pay for
  zones = ["europe-west4-a"]
  # versions that others have run for weeks
  release_channel = "REGULAR"

  pools = {
    system = {
      # controllers and add-ons: two, so that one may be replaced
      machine_type = "e2-standard-2"
      # controllers and add-ons never wait for a node
      min_per_zone = 2
      # 3 nodes in all: one more a zone while they are upgraded
      max_per_zone = 3
      # images and logs of its pods
      disk_gib  = 30
      disk_type = "pd-balanced"
    }

    general = {
      # 1 pods at the peak, 1 a node; its zone carries the 2 of the autoscalers' maxima
      machine_type = "e2-standard-2"
      # none is kept: the first pod that needs one waits for it
      min_per_zone = 0
      # 2 nodes in all: the autoscalers' maxima
      max_per_zone = 2
      # images and logs of its pods
      disk_gib  = 30
      disk_type = "pd-balanced"
      spot      = true
    }

    spot = {
      # 1 pods at the peak, 1 a node; its zone carries the 1 of the autoscalers' maxima
      machine_type = "e2-standard-2"
      # none is kept: the first pod that needs one waits for it
      min_per_zone = 0
      # 1 nodes in all: the autoscalers' maxima
      max_per_zone = 1
      # images and logs of its pods
      disk_gib  = 30
      disk_type = "pd-balanced"
      spot      = true
      # only what says that it may be interrupted
      taint = "spot"
    }
  }
}

database = {
  # another region of the continent: the loss of this one leaves the backups
  backup_location = "europe-west1"
  # time to notice a bad release or a deleted row
  backup_days = 2
  # time to notice; more costs log storage
  pitr_days = 1
  # kept after an instance is deleted
  final_backup_days = 1
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
}

shards = {
  main = {
    # db-custom-1-3840 is of this edition
    edition = "ENTERPRISE"
    # may be down for a restore
    standby = false
    # the writer carries all reads
    replicas = 0

    # one node carries it: size is the nearest limit, 0.0603 % used
    nodes = {
      # tier: 0.00375 vCPU and 0.323 GiB for the working set: the cheapest that has both
      # disk_gib: 2.42 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 3.75 GiB; services open up to 12
      s00 = { tier = "db-custom-1-3840", disk_gib = 10, disk_limit_gib = 20, max_connections = 100 }
    }
  }
}

cache = {
  # the cheapest for 0.0259 GiB and 7.51 operations/s
  node_type = "SHARED_CORE_NANO"
  # 0.0259 GiB ÷ 1.4 GiB a node; 7.51 operations/s; memory decides
  shards = 1
  # may be lost
  replicas = 0
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
}

queue = {
  topics = {
    # a day is enough to try things
    thumbnails = { retention_hours = 24 }
    # a day is enough to try things
    thumbnails-dead-letter = { retention_hours = 24 }
  }
}

waf = {
  # 3 dynamic requests a view, 30 views, 5 users behind one address
  requests_per_client_1m = 450
  # paranoia level 1: few false positives
  sensitivity = 1
  # count only, so that a new rule is seen before it denies
  preview = true
}

cdn = {
  zone_id = "0123456789abcdef0123456789abcdef" # fill in
}

services = {
  api = {
    # 1 pods at the peak of 1.13 requests/s × 1.5
    pods_max = 2
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["main"]
    cache     = true
    produces  = ["thumbnails"]
    secrets   = ["session-key"]
  }

  thumbnailer = {
    # 1 at the busiest hour; the queue takes what is above
    pods_max = 1
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
  session-key = { rotation_days = 365, destroy_days = 1 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 5
  # older images are deleted
  image_days = 14
  # layers of builds that failed
  untagged_days = 3
}

observability = {
  alert_email = "oncall@gcp.twin.example.com" # fill in
  runbook_url = "https://github.com/twin/twin/blob/main/docs/RUNBOOK.md"
  # logs: long enough to compare a release with the last ones
  log_retention_days = 7
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
    thumbnails = 10
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
  # copies outside the region
  retention_days = 1
  # copies that nobody can delete
  lock_days = 1
}
