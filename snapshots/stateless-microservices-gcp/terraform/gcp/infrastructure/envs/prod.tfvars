# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
project_id  = "quill-prod"
region      = "us-central1"
domain      = "quill.example.com"
protected   = true

tags = {
  cost-centre = "2208"
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
      # 35 pods at the peak, 3 a node; 2 of 3 zones alone carry the 53 of the autoscalers' maxima
      machine_type = "n2-standard-4"
      # 6 nodes in all: what the autoscalers' floors ask for
      min_per_zone = 2
      # 24 nodes in all: the autoscalers' maxima
      max_per_zone = 8
      # images and logs of its pods
      disk_gib  = 50
      disk_type = "pd-balanced"
    }

    spot = {
      # 2 pods at the peak, 3 a node; 2 of 3 zones alone carry the 2 of the autoscalers' maxima
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
  # 853 statements/s at 15 000 a process, 594 clients at 10 000 a process, at least 3
  pooler = { replicas = 3 }
}

shards = {
  users = {
    # db-custom-8-40960 is of this edition
    edition = "ENTERPRISE"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0
    # 145 clients against 750 connections; a node works on 16 at once
    # … 16 connections to a node over 3 poolers, at least 5 of each
    pool = 6

    # stated; 1 would carry it: size asks for 0.0994
    nodes = {
      # tier: 0.108 vCPU and 40 GiB for the working set: the cheapest that has both
      # disk_gib: 300 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 40 GiB; services open up to 145
      s00 = { tier = "db-custom-8-40960", disk_gib = 360, disk_limit_gib = 720, max_connections = 800 }
      s01 = { tier = "db-custom-8-40960", disk_gib = 360, disk_limit_gib = 720, max_connections = 800 }
    }
  }

  content = {
    # db-custom-16-81920 is of this edition
    edition = "ENTERPRISE"
    # a writer and a standby in another zone
    standby = true
    # the writer carries all reads
    replicas = 0

    # stated; 1 would carry it: size asks for 0.398
    nodes = {
      # tier: 0.215 vCPU and 80 GiB for the working set: the cheapest that has both
      # disk_gib: 600 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 80 GiB; services open up to 76
      s00 = { tier = "db-custom-16-81920", disk_gib = 720, disk_limit_gib = 1440, max_connections = 1000 }
      s01 = { tier = "db-custom-16-81920", disk_gib = 720, disk_limit_gib = 1440, max_connections = 1000 }
      s02 = { tier = "db-custom-16-81920", disk_gib = 720, disk_limit_gib = 1440, max_connections = 1000 }
      s03 = { tier = "db-custom-16-81920", disk_gib = 720, disk_limit_gib = 1440, max_connections = 1000 }
    }
  }
}

warehouse = {
  # analytics may be a quarter of an hour behind
  freshness_s = 900
}

cache = {
  # the cheapest for 8.38 GiB and 1 439 operations/s
  node_type = "STANDARD_SMALL"
  # 8.38 GiB ÷ 6.5 GiB a node; 1 439 operations/s; masters that share the sessions decides
  shards = 3
  # one of each shard survives a zone
  replicas = 1
  # what ends soonest goes first: an answer kept for minutes, not a session that each use renews
  maxmemory_policy = "volatile-ttl"
}

queue = {
  topics = {
    # a week to notice and to run jobs again
    publication = { retention_hours = 168 }
    # two weeks for a person to look
    publication-dead-letter = { retention_hours = 336 }
  }
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
  # of requests; all of them where there are few
  log_sample = 0.1
  # a minute of staleness takes most of a flash crowd
  public_ttl_s = 60
  # 3.75 requests a view, a view in 2 s, 5 users behind one address
  requests_per_client_10s = 100
  # static names carry a hash of their content
  static_ttl_s = 31536000
  # media may be replaced under its name
  media_ttl_s = 86400
  # a missing file is asked for again soon
  negative_ttl_s = 10
  # a year where it is settled, a day where names still move
  hsts_s = 31536000
  # 95 % of the 20 % that are static; the others are the origin's
  hit_ratio = 0.19
}

services = {
  web = {
    # 6 pods at the peak of 480 requests/s × 1.5
    pods_max = 9
    cache    = true
    secrets  = ["session-key"]
  }

  auth = {
    # 3 pods at the peak of 480 requests/s × 1.5
    pods_max = 5
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users"]
    cache     = true
  }

  content = {
    # 6 pods at the peak of 480 requests/s × 1.5
    pods_max = 9
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["publication"]
  }

  generation = {
    # 3 pods at the peak of 480 requests/s × 1.5
    pods_max = 5
    cache    = true
  }

  billing = {
    # 3 pods at the peak of 480 requests/s × 1.5
    pods_max = 5
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users"]
    secrets   = ["payment-key"]
  }

  analytics = {
    # 3 pods at the peak of 480 requests/s × 1.5
    pods_max = 5
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["users", "content"]
  }

  shard-manager = {
    # 3 pods at the peak of 480 requests/s × 1.5
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
    # a job takes 0.4 s; half more before it is given to another worker
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
  payment-key = { rotation_days = 90, destroy_days = 7 }
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
  alert_email = "oncall@quill.example.com"
  runbook_url = "https://github.com/quill-example/quill/blob/main/docs/RUNBOOK.md"
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
    publication = 222
    # a dead letter is for a person
    publication-dead-letter = 0
  }
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.999
  # the objective: 99 % of requests within it
  latency_ms    = 300
  latency_share = 0.99
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

pipeline = {
  repository = "quill-example/quill"
}

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
  # blueprint: budget × scale 1
  budget_usd = 60000
}

dr = {
  # another region of the continent: the loss of this one leaves the copies
  cluster_region = "us-south1"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
