# The sizing of dev. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "dev"
project_id  = "quantum-dev"
region      = "us-central1"
domain      = "dev.quantum.example.com"
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
  cidr = "10.0.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "10.128.0.0/14"
}

cluster = {
  # one zone: no traffic between zones to pay for
  zones = ["us-central1-a"]
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
      # 10 pods at the peak, 3 a node; its zone carries the 15 of the autoscalers' maxima
      machine_type = "e2-standard-4"
      # none is kept: the first pod that needs one waits for it
      min_per_zone = 0
      # 5 nodes in all: the autoscalers' maxima
      max_per_zone = 5
      # images and logs of its pods
      disk_gib  = 30
      disk_type = "pd-balanced"
      spot      = true
    }

    spot = {
      # 1 pods at the peak, 6 a node; its zone carries the 1 of the autoscalers' maxima
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

gpu = {
  pools = {
    gpu-spot = {
      # all 1 may be interrupted; and one zone's more
      machine_type = "g2-standard-4"
      # none is kept: the first pod that needs one waits for it
      min_per_zone = 0
      # 2 nodes in all: the autoscalers' maxima
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
  backup_days = 2
  # time to notice; more costs log storage
  pitr_days = 1
  # kept after an instance is deleted
  final_backup_days = 1
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
  # 707 statements/s at 15 000 a process, 432 clients at 10 000 a process, at least 1
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
    # 72 clients against 90 connections; a node works on 10 at once
    # … 10 connections to a node over 1 poolers, at least 5 of each
    pool = 10

    # stated; 1 would carry it: size asks for 0.000905
    nodes = {
      # tier: 0.0152 vCPU and 0.243 GiB for the working set: the cheapest that has both
      # disk_gib: 1.82 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 3.75 GiB; services open up to 72
      s00 = { tier = "db-custom-1-3840", disk_gib = 10, disk_limit_gib = 20, max_connections = 100 }
      s01 = { tier = "db-custom-1-3840", disk_gib = 10, disk_limit_gib = 20, max_connections = 100 }
    }
  }

  content = {
    # db-custom-1-3840 is of this edition
    edition = "ENTERPRISE"
    # may be down for a restore
    standby = false
    # the writer carries all reads
    replicas = 0
    # 72 clients against 90 connections; a node works on 10 at once
    # … 10 connections to a node over 1 poolers, at least 5 of each
    pool = 10

    # stated; 1 would carry it: size asks for 0.0172
    nodes = {
      # tier: 0.173 vCPU and 2.77 GiB for the working set: the cheapest that has both
      # disk_gib: 20.7 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 3.75 GiB; services open up to 72
      s00 = { tier = "db-custom-1-3840", disk_gib = 25, disk_limit_gib = 50, max_connections = 100, location = "north-america" }
      s01 = { tier = "db-custom-1-3840", disk_gib = 25, disk_limit_gib = 50, max_connections = 100, location = "north-america" }
      s02 = { tier = "db-custom-1-3840", disk_gib = 25, disk_limit_gib = 50, max_connections = 100, location = "europe" }
      s03 = { tier = "db-custom-1-3840", disk_gib = 25, disk_limit_gib = 50, max_connections = 100, location = "asia" }
    }
  }
}

cache = {
  # the cheapest for 0.15 GiB and 1 176 operations/s
  node_type = "SHARED_CORE_NANO"
  # 0.15 GiB ÷ 1.4 GiB a node; 1 176 operations/s; memory decides
  shards = 1
  # may be lost
  replicas = 0
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
}

stream = {
  # 0.00351 MB/s; three is the smallest cluster there is
  vcpu = 3
  # 1 GiB a vCPU; 1 to 8 are allowed
  memory_gib = 3

  topics = {
    # 1 consumers at the workers' maximum, a multiple of 3 brokers
    generation = { partitions = 3, replication = 3, min_insync = 2, retention_hours = 24 }
    # nobody consumes: the least, a multiple of 3 brokers
    generation-dead-letter = { partitions = 3, replication = 3, min_insync = 2, retention_hours = 24 }
    # 1 consumers at the workers' maximum, a multiple of 3 brokers
    notification = { partitions = 3, replication = 3, min_insync = 2, retention_hours = 24 }
    # nobody consumes: the least, a multiple of 3 brokers
    notification-dead-letter = { partitions = 3, replication = 3, min_insync = 2, retention_hours = 24 }
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
  # Dashboard, Overview: the account that has the zone
  account_id = "0fedcba9876543210fedcba987654321" # fill in
  # the settings of a zone have one owner; true where this environment has a zone of its own
  manages_zone = false
  # 10 requests a view, a view in 2 s, 5 users behind one address
  client_rate_10s = 250
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
    # 9 pods at the peak of 396 requests/s × 1.5
    pods_max = 14
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["generation", "notification"]
    secrets   = ["session-key"]
  }

  generator = {
    # 1 at the busiest hour; the queue takes what is above
    pods_max = 1
    # connections of one pod to one database node
    pool_size = 2
    keyspaces = ["content"]
    produces  = ["generation-dead-letter"]
    consumes  = ["generation"]
    secrets   = ["model-registry-token"]
  }

  notifier = {
    # 1 at the busiest hour; the queue takes what is above
    pods_max = 1
    # connections of one pod to one database node
    pool_size = 2
    keyspaces = ["users"]
    produces  = ["notification-dead-letter"]
    consumes  = ["notification"]
  }
}

secrets = {
  # a leaked value is of use for so long
  model-registry-token = { rotation_days = 365, destroy_days = 1 }
  session-key          = { rotation_days = 365, destroy_days = 1 }
  pooler               = { rotation_days = 365, destroy_days = 1 }
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
  alert_email = "oncall@quantum.example.com" # fill in
  runbook_url = "https://github.com/quantum-example/quantum/blob/main/docs/RUNBOOK.md"
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
    # 15 messages over 3 partitions
    generation = 5
    # 37 messages over 3 partitions
    notification = 13
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
  # 1 % of the budget would be 3 000; it costs 4 168
  budget_usd = 4600
}

dr = {
  # copies outside the region
  retention_days = 1
  # copies that nobody can delete
  lock_days = 1
}
