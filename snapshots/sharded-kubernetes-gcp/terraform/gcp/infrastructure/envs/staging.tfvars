# The sizing of staging. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "staging"
project_id  = "quantum-staging"
region      = "us-central1"
domain      = "staging.quantum.example.com"
protected   = false

tags = {
  cost-centre = "4711"
}

maintenance = {
  # begin of the quietest six hours of the weekend
  hour = 0
  # long enough for a rolling upgrade of the nodes
  window_h = 6
}

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.1.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "10.132.0.0/14"
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
      # 71 pods at the peak, 3 a node; its 3 zones together carry the 106 of the autoscalers' maxima
      machine_type = "n2-standard-4"
      # 9 nodes in all: what the autoscalers' floors ask for
      min_per_zone = 3
      # 36 nodes in all: the autoscalers' maxima
      max_per_zone = 12
      # images and logs of its pods
      disk_gib  = 50
      disk_type = "pd-balanced"
    }

    spot = {
      # 2 pods at the peak, 6 a node; its 3 zones together carry the 2 of the autoscalers' maxima
      machine_type = "n2-standard-2"
      # none is kept: the first pod that needs one waits for it
      min_per_zone = 0
      # 3 nodes in all: the autoscalers' maxima
      max_per_zone = 1
      # images and logs of its pods
      disk_gib  = 50
      disk_type = "pd-balanced"
      spot      = true
      # only what says that it may be interrupted
      taint = "spot"
    }
  }
}

gpu = {
  pools = {
    gpu = {
      # 4 l4 at the peak, 40 % on demand; the trough keeps 0 busy
      machine_type = "g2-standard-4"
      # none is kept: the first pod that needs one waits for it
      min_per_zone = 0
      # 3 nodes in all: the autoscalers' maxima
      max_per_zone = 1
      # images with the accelerator's libraries
      disk_gib  = 100
      disk_type = "pd-balanced"
      # accelerators of one g2-standard-4
      gpu = { type = "nvidia-l4", count = 1 }
    }

    gpu-spot = {
      # the other 60 % of 4, and one zone's more
      machine_type = "g2-standard-4"
      # none is kept: the first pod that needs one waits for it
      min_per_zone = 0
      # 6 nodes in all: the autoscalers' maxima
      max_per_zone = 2
      # images with the accelerator's libraries
      disk_gib  = 100
      disk_type = "pd-balanced"
      # accelerators of one g2-standard-4
      gpu  = { type = "nvidia-l4", count = 1 }
      spot = true
    }
  }
}

database = {
  # another region of the continent: the loss of this one leaves the backups
  backup_location = "us-south1"
  # time to notice a bad release or a deleted row
  backup_days = 7
  # time to notice; more costs log storage
  pitr_days = 7
  # kept after an instance is deleted
  final_backup_days = 7
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
  # 7 073 statements/s at 15 000 a process, 3 160 clients at 10 000 a process, at least 1
  pooler = { replicas = 1 }
}

shards = {
  users = {
    # db-custom-1-3840 is of this edition
    edition = "ENTERPRISE"
    # may be down for a restore
    standby = false
    # the writer carries all reads
    replicas = 0
    # 524 clients against 90 connections; a node works on 10 at once
    # … 10 connections to a node over 1 poolers, at least 5 of each
    pool = 10

    # stated; 1 would carry it: size asks for 0.00905
    nodes = {
      # tier: 0.152 vCPU and 2.43 GiB for the working set: the cheapest that has both
      # disk_gib: 18.2 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 3.75 GiB; services open up to 524
      s00 = { tier = "db-custom-1-3840", disk_gib = 22, disk_limit_gib = 44, max_connections = 100 }
      s01 = { tier = "db-custom-1-3840", disk_gib = 22, disk_limit_gib = 44, max_connections = 100 }
    }
  }

  content = {
    # db-perf-optimized-N-4 is of this edition
    edition = "ENTERPRISE_PLUS"
    # may be down for a restore
    standby = false
    # the writer carries all reads
    replicas = 0
    # 528 clients against 790 connections; a node works on 10 at once
    # … 13 connections to a node over 1 poolers, at least 5 of each
    pool = 13

    # stated; 1 would carry it: size asks for 0.172
    nodes = {
      # tier: 1.73 vCPU and 27.7 GiB for the working set: the cheapest that has both
      # disk_gib: 207 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 32 GiB; services open up to 528
      s00 = { tier = "db-perf-optimized-N-4", disk_gib = 249, disk_limit_gib = 498, max_connections = 800, location = "north-america" }
      s01 = { tier = "db-perf-optimized-N-4", disk_gib = 249, disk_limit_gib = 498, max_connections = 800, location = "north-america" }
      s02 = { tier = "db-perf-optimized-N-4", disk_gib = 249, disk_limit_gib = 498, max_connections = 800, location = "europe" }
      s03 = { tier = "db-perf-optimized-N-4", disk_gib = 249, disk_limit_gib = 498, max_connections = 800, location = "asia" }
    }
  }
}

cache = {
  # the cheapest for 1.4 GiB and 11 762 operations/s
  node_type = "SHARED_CORE_NANO"
  # 1.4 GiB ÷ 1.4 GiB a node; 11 762 operations/s; memory decides
  shards = 1
  # failover is rehearsed here
  replicas = 1
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
}

stream = {
  # 0.0351 MB/s; three is the smallest cluster there is
  vcpu = 3
  # 4 GiB a vCPU; 1 to 8 are allowed
  memory_gib = 12

  topics = {
    # 4 consumers at the workers' maximum, a multiple of 3 brokers
    generation = { partitions = 6, replication = 3, min_insync = 2, retention_hours = 24 }
    # nobody consumes: the least, a multiple of 3 brokers
    generation-dead-letter = { partitions = 3, replication = 3, min_insync = 2, retention_hours = 24 }
    # 2 consumers at the workers' maximum, a multiple of 3 brokers
    notification = { partitions = 3, replication = 3, min_insync = 2, retention_hours = 24 }
    # nobody consumes: the least, a multiple of 3 brokers
    notification-dead-letter = { partitions = 3, replication = 3, min_insync = 2, retention_hours = 24 }
  }
}

waf = {
  # load tests come from one address: 7 921/s
  requests_per_client_1m = 475260
  # paranoia level 1: few false positives
  sensitivity = 1
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  zone_id = "1123456789abcdef0123456789abcdef" # fill in
  # Dashboard, Overview: the account that has the zone
  account_id = "1fedcba9876543210fedcba987654321" # fill in
  # the settings of a zone have one owner; true where this environment has a zone of its own
  manages_zone = false
  # load tests come from one address: 7 921/s
  client_rate_10s = 79210
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
  api = {
    # 69 pods at the peak of 3 960 requests/s × 1.5
    pods_max = 104
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["generation", "notification"]
    secrets   = ["session-key"]
  }

  generator = {
    # 4 at the busiest hour; the queue takes what is above
    pods_max = 4
    # connections of one pod to one database node
    pool_size = 2
    keyspaces = ["content"]
    produces  = ["generation-dead-letter"]
    consumes  = ["generation"]
    secrets   = ["model-registry-token"]
  }

  notifier = {
    # 2 at the busiest hour; the queue takes what is above
    pods_max = 2
    # connections of one pod to one database node
    pool_size = 2
    keyspaces = ["users"]
    produces  = ["notification-dead-letter"]
    consumes  = ["notification"]
  }
}

secrets = {
  # a leaked value is of use for so long
  model-registry-token = { rotation_days = 180, destroy_days = 1 }
  session-key          = { rotation_days = 180, destroy_days = 1 }
  pooler               = { rotation_days = 180, destroy_days = 1 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 10
  # older images are deleted
  image_days = 30
  # layers of builds that failed
  untagged_days = 7
}

observability = {
  alert_email = "oncall@quantum.example.com" # fill in
  runbook_url = "https://github.com/quantum-example/quantum/blob/main/docs/RUNBOOK.md"
  # logs: long enough to compare a release with the last ones
  log_retention_days = 30
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
    # 148 messages over 6 partitions
    generation = 25
    # 369 messages over 3 partitions
    notification = 123
  }
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.99
  # the objective: 99 % of requests within it
  latency_ms    = 150
  latency_share = 0.99
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

pipeline = {
  repository = "quantum-example/quantum"
}

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
  # 10 % of the budget would be 30 000; it costs 32 526
  budget_usd = 35800
}

dr = {
  # copies outside the region
  retention_days = 7
  # copies that nobody can delete
  lock_days = 1
}
