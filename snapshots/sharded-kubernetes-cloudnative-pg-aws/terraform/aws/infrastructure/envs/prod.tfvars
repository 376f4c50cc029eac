# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "us-east-1"
account_id  = "111122223333" # fill in
protected   = true

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.64.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "100.64.0.0/16"
  # subnets in every zone from the start; databases and brokers spread over them
  zones = { us-east-1a = 0, us-east-1b = 1, us-east-1c = 2 }
  # the loss of one is survived
  node_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  # the loss of a zone must not take the others' way out
  nat_per_zone = true
  # a few USD a zone and month each; cheaper than NAT from some 160 GB on, and the way stays private
  interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "monitoring", "secretsmanager", "sqs", "sts"]
  # who talked to whom
  flow_log_days = 30
}

keys = {
  # a deleted key can be called back for so long
  deletion_days = 30
  # a deleted secret can be brought back
  recovery_days = 30
}

cluster = {
  # the add-ons are pinned for 1.33 to 1.36
  version         = "1.35"
  admin_role_arns = ["arn:aws:iam::111122223333:role/quire-prod-deploy"]
  log_types       = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  zonal_shift     = true
  system = {
    arch = "arm64"
    # controllers and add-ons: one a zone, one more while it is upgraded
    instance_types = ["m7g.large"]
    # controllers and add-ons: one a zone, one more while it is upgraded
    nodes = 3
    # images and logs of its pods
    disk_gib = 50
  }
  # 31 pods × 2 for a rollout + 40 add-ons + 6 daemons × 33 nodes
  max_pods = 300
}

databases = {
  # kept after an instance is deleted
  deleted_days = 30
  # copies outside the region
  copy_days = 35
}

cache = {
  # the cheapest for 2.01 GiB and 684 operations/s
  node = "cache.m7g.large"
  # 2.01 GiB ÷ 6.38 GiB a node; 684 operations/s; memory decides
  shards = 1
  # one of each shard survives a zone
  replicas = 1
  # a cache is rebuilt; a snapshot spares the warm-up
  snapshot_days = 1
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"

  alarms = {
    # of the engine's one thread
    cpu = 0.8
    # evictions begin above it
    memory = 0.8
    # below it the database takes more reads than it was sized for
    hit_ratio = 0.8
  }
}

queue = {
  topics = {
    exports = {
      # a week to notice and to run jobs again
      retention_hours = 168
      # jobs that arrive within the deadline
      lag_alarm   = 60
      dead_letter = "exports-dead-letter"
      # a job takes 5 s; twice that before another worker sees it
      visibility_timeout_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # as the blueprint states
      deadline_s = 300
    }
    exports-dead-letter = {
      # two weeks for a person to look
      retention_hours = 336
      # a dead letter is for a person
      lag_alarm = 0
    }
  }
}

load_balancer = {
  # longer than the slowest streamed answer
  idle_timeout_s = 60
  # access logs: an incident is looked into within a quarter
  log_days    = 90
  zonal_shift = true

  alarms = {
    # the objective: 99 % of requests within it
    latency_ms         = 200
    latency_percentile = 99
    # ten times the objective in a minute of 199 requests/s
    errors_1m = 120
  }
}

waf = {
  # 5 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 3750
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host    = "quire.example.com"
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
    max = 5
    # connections of one pod to one database node
    pool      = 30
    keyspaces = ["teams"]
    cache     = true
    produces  = ["exports"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  identity = {
    # 3 pods at the peak of 259 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["accounts"]
    cache     = true
    produces  = ["exports"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  exporter = {
    # 3 at the busiest hour; the queue takes what is above
    max = 3
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["teams"]
    produces  = ["exports-dead-letter"]
    consumes  = ["exports"]
  }
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long
secrets = {
  session-key = { version = 1, length = 48, rotation_days = 90 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 30
  # layers of builds that failed
  untagged_days = 14
}

observability = {
  alert_email = "oncall@quire.example.com"
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: an incident is looked into within a quarter
  log_days = 90
  # who did what: a year
  audit_log_days = 365
}

cost = {
  # blueprint: budget × scale 1
  monthly_limit_usd = 60000
}

dr = {
  # same continent, another grid
  region = "us-east-2"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
