# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
project_id  = "quire-prod"
region      = "us-central1"
domain      = "quire.example.com"
protected   = true

tags = {
  cost-centre = "4713"
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
      # 14 pods at the peak, 3 a node; 2 of 3 zones alone carry the 18 of the autoscalers' maxima
      machine_type = "n2-standard-4"
      # 3 nodes in all: what the autoscalers' floors ask for
      min_per_zone = 1
      # 6 nodes in all: the autoscalers' maxima
      max_per_zone = 2
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

    database-n2-highmem-16 = {
      # the class of its databases: one instance a machine, one more a zone while one is replaced
      machine_type = "n2-highmem-16"
      # its instances are always there
      min_per_zone = 3
      # 12 nodes in all: its instances, one more a zone while one is replaced
      max_per_zone = 4
      # images and logs of its pods
      disk_gib  = 50
      disk_type = "pd-balanced"
      # instances of databases and nothing else
      taint = "database"
    }

    database-n2-highmem-2 = {
      # the class of its databases: one instance a machine, one more a zone while one is replaced
      machine_type = "n2-highmem-2"
      # its instances are always there
      min_per_zone = 1
      # 6 nodes in all: its instances, one more a zone while one is replaced
      max_per_zone = 2
      # images and logs of its pods
      disk_gib  = 50
      disk_type = "pd-balanced"
      # instances of databases and nothing else
      taint = "database"
    }
  }
}

databases = {
  # another region of the continent: survives the loss of the region
  backup_region = "us-south1"
  # kept after an instance is deleted
  deleted_days = 30
}

cache = {
  # the cheapest for 2.01 GiB and 684 operations/s
  node_type = "STANDARD_SMALL"
  # 2.01 GiB ÷ 6.5 GiB a node; 684 operations/s; memory decides
  shards = 1
  # one of each shard survives a zone
  replicas = 1
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
}

queue = {
  topics = {
    # a week to notice and to run jobs again
    exports = { retention_hours = 168 }
    # two weeks for a person to look
    exports-dead-letter = { retention_hours = 336 }
  }
}

waf = {
  # 5 dynamic requests a view, 30 views, 5 users behind one address
  requests_per_client_1m = 750
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
  # 12.5 requests a view, a view in 2 s, 5 users behind one address
  client_rate_10s = 320
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
    # 3 pods at the peak of 259 requests/s × 1.5
    pods_max = 5
    cache    = true
    produces = ["exports"]
    secrets  = ["session-key"]
  }

  identity = {
    # 3 pods at the peak of 259 requests/s × 1.5
    pods_max = 5
    cache    = true
    produces = ["exports"]
  }

  exporter = {
    # 3 at the busiest hour; the queue takes what is above
    pods_max = 3
    produces = ["exports-dead-letter"]
    consumes = ["exports"]
    # a job takes 5 s; half more before it is given to another worker
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
  alert_email = "oncall@quire.example.com"
  runbook_url = "https://github.com/quire-example/quire/blob/main/docs/RUNBOOK.md"
  # logs: an incident is looked into within a quarter
  log_retention_days = 90
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # evictions begin above it
  cache_memory = 0.8
  # of the engine's one thread
  cache_cpu = 0.8
  lag = {
    # jobs that arrive within the deadline
    exports = 60
    # a dead letter is for a person
    exports-dead-letter = 0
  }
}

objectives = {
  # the blueprint's objective: what the error budget is counted from
  availability = 0.9995
  # the objective: 99 % of requests within it
  latency_ms    = 200
  latency_share = 0.99
  # 2 % of the month's budget in an hour
  burn_fast = 14.4
  # 5 % of the month's budget in six hours
  burn_slow = 6
}

pipeline = {
  repository = "quire-example/quire"
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
