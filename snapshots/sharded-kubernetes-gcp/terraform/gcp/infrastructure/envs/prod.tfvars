# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
project_id  = "quantum-prod"
region      = "us-central1"
domain      = "quantum.example.com"
protected   = true

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
      # 805 pods at the peak, 15 a node; 2 of 3 zones alone carry the 1 203 of the autoscalers' maxima
      machine_type = "n2-standard-16"
      # 24 nodes in all: what the autoscalers' floors ask for
      min_per_zone = 8
      # 120 nodes in all: the autoscalers' maxima
      max_per_zone = 40
      # images and logs of its pods
      disk_gib  = 50
      disk_type = "pd-balanced"
    }

    spot = {
      # 7 pods at the peak, 6 a node; 2 of 3 zones alone carry the 7 of the autoscalers' maxima
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
      # 36 l4 at the peak, 40 % on demand; the trough keeps 18 busy
      machine_type = "g2-standard-4"
      # 15 nodes in all: what the autoscalers' floors ask for
      min_per_zone = 5
      # 15 nodes in all: the autoscalers' maxima
      max_per_zone = 5
      # images with the accelerator's libraries
      disk_gib  = 100
      disk_type = "pd-balanced"
      # accelerators of one g2-standard-4
      gpu = { type = "nvidia-l4", count = 1 }
    }

    gpu-spot = {
      # the other 60 % of 36, and one zone's more
      machine_type = "g2-standard-4"
      # none is kept: the first pod that needs one waits for it
      min_per_zone = 0
      # 33 nodes in all: the autoscalers' maxima
      max_per_zone = 11
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
  backup_days = 30
  # as far back as the smallest edition goes
  pitr_days = 7
  # kept after an instance is deleted
  final_backup_days = 30
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
  # 70 730 statements/s at 15 000 a process, 36 122 clients at 10 000 a process, at least 3
  pooler = { replicas = 5 }
}

shards = {
  users = {
    # db-custom-4-26624 is of this edition
    edition = "ENTERPRISE"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # 5 987 clients against 550 connections; a node works on 10 at once
    # … 12 connections to a node over 5 poolers, at least 5 of each
    pool = 5

    # stated; 1 would carry it: size asks for 0.0905
    nodes = {
      # tier: 1.52 vCPU and 24.3 GiB for the working set: the cheapest that has both
      # disk_gib: 182 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 26 GiB; services open up to 5 987
      s00 = { tier = "db-custom-4-26624", disk_gib = 219, disk_limit_gib = 438, max_connections = 600 }
      s01 = { tier = "db-custom-4-26624", disk_gib = 219, disk_limit_gib = 438, max_connections = 600 }
    }
  }

  content = {
    # db-custom-48-319488 is of this edition
    edition = "ENTERPRISE"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # 6 037 clients against 950 connections; a node works on 96 at once
    # … 126 connections to a node over 5 poolers, at least 5 of each
    pool = 26

    # stated; 2 would carry it: size asks for 1.72
    nodes = {
      # tier: 17.3 vCPU and 277 GiB for the working set: the cheapest that has both
      # disk_gib: 2 075 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 312 GiB; services open up to 6 037
      s00 = { tier = "db-custom-48-319488", disk_gib = 2490, disk_limit_gib = 4980, max_connections = 1000, location = "north-america" }
      s01 = { tier = "db-custom-48-319488", disk_gib = 2490, disk_limit_gib = 4980, max_connections = 1000, location = "north-america" }
      s02 = { tier = "db-custom-48-319488", disk_gib = 2490, disk_limit_gib = 4980, max_connections = 1000, location = "europe" }
      s03 = { tier = "db-custom-48-319488", disk_gib = 2490, disk_limit_gib = 4980, max_connections = 1000, location = "asia" }
    }
  }
}

cache = {
  # the cheapest for 13.2 GiB and 117 624 operations/s
  node_type = "STANDARD_SMALL"
  # 13.2 GiB ÷ 6.5 GiB a node; 117 624 operations/s; memory decides
  shards = 3
  # one of each shard survives a zone
  replicas = 1
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
}

stream = {
  # 0.351 MB/s; three is the smallest cluster there is
  vcpu = 3
  # 4 GiB a vCPU; 1 to 8 are allowed
  memory_gib = 12

  topics = {
    # 36 consumers at the workers' maximum, a multiple of 3 brokers
    generation = { partitions = 36, replication = 3, min_insync = 2, retention_hours = 168 }
    # nobody consumes: the least, a multiple of 3 brokers
    generation-dead-letter = { partitions = 3, replication = 3, min_insync = 2, retention_hours = 336 }
    # 11 consumers at the workers' maximum, a multiple of 3 brokers
    notification = { partitions = 12, replication = 3, min_insync = 2, retention_hours = 168 }
    # nobody consumes: the least, a multiple of 3 brokers
    notification-dead-letter = { partitions = 3, replication = 3, min_insync = 2, retention_hours = 336 }
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
  # Dashboard, Overview: the account that has the zone
  account_id   = "2fedcba9876543210fedcba987654321" # fill in
  manages_zone = true
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
  hsts_s = 31536000
}

services = {
  api = {
    # 795 pods at the peak of 39 604 requests/s × 1.5
    pods_max = 1193
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["generation", "notification"]
    secrets   = ["session-key"]
  }

  generator = {
    # 36 at the busiest hour; the queue takes what is above
    pods_max = 36
    # connections of one pod to one database node
    pool_size = 2
    keyspaces = ["content"]
    produces  = ["generation-dead-letter"]
    consumes  = ["generation"]
    secrets   = ["model-registry-token"]
  }

  notifier = {
    # 11 at the busiest hour; the queue takes what is above
    pods_max = 11
    # connections of one pod to one database node
    pool_size = 2
    keyspaces = ["users"]
    produces  = ["notification-dead-letter"]
    consumes  = ["notification"]
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
  alert_email = "oncall@quantum.example.com"
  runbook_url = "https://github.com/quantum-example/quantum/blob/main/docs/RUNBOOK.md"
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
    # 1 474 messages over 36 partitions
    generation = 41
    # 3 684 messages over 12 partitions
    notification = 307
  }
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.9995
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
  # blueprint: budget × scale 1
  budget_usd = 300000
}

dr = {
  # another region of the continent: the loss of this one leaves the copies
  cluster_region = "us-south1"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
