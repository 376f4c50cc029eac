# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
project_id  = "quorum-prod"
region      = "us-central1"
domain      = "quorum.example.com"
protected   = true

tags = {
  cost-centre = "4714"
}

maintenance = {
  # begin of the quietest six hours of the weekend
  hour = 17
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

    database-n2-highmem-16 = {
      # the class of its databases: one instance a machine, one more a zone while one is replaced
      machine_type = "n2-highmem-16"
      # its instances are always there
      min_per_zone = 2
      # 9 nodes in all: its instances, one more a zone while one is replaced
      max_per_zone = 3
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
  # the cheapest for 0.927 GiB and 632 operations/s
  node_type = "STANDARD_SMALL"
  # 0.927 GiB ÷ 6.5 GiB a node; 632 operations/s; memory decides
  shards = 1
  # one of each shard survives a zone
  replicas = 1
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
}

waf = {
  # 4.17 dynamic requests a view, 30 views, 5 users behind one address
  requests_per_client_1m = 630
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
  # 8.33 requests a view, a view in 2 s, 5 users behind one address
  client_rate_10s = 210
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
    # 3 pods at the peak of 255 requests/s × 1.5
    pods_max = 5
    cache    = true
    secrets  = ["session-key"]
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
  alert_email = "oncall@quorum.example.com"
  runbook_url = "https://github.com/quorum-example/quorum/blob/main/docs/RUNBOOK.md"
  # logs: an incident is looked into within a quarter
  log_retention_days = 90
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # evictions begin above it
  cache_memory = 0.8
  # of the engine's one thread
  cache_cpu = 0.8
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

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
  # blueprint: budget × scale 1
  budget_usd = 50000
}

dr = {
  # another region of the continent: the loss of this one leaves the copies
  cluster_region = "us-south1"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
