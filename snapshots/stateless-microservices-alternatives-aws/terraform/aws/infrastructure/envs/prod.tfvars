# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "eu-west-1"
account_id  = "111122223333" # fill in
protected   = true

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.64.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "100.64.0.0/16"
  # subnets in every zone from the start; databases and brokers spread over them
  zones = { eu-west-1a = 0, eu-west-1b = 1, eu-west-1c = 2 }
  # the loss of one is survived
  node_zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  # the loss of a zone must not take the others' way out
  nat_per_zone = true
  # a few USD a zone and month each; cheaper than NAT from some 160 GB on, and the way stays private
  interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "monitoring", "secretsmanager", "sts"]
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
  admin_role_arns = ["arn:aws:iam::111122223333:role/margin-prod-deploy"]
  log_types       = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  zonal_shift     = true
}

shards = {
  major_version = "17"
  # time to notice a bad release or a deleted row
  backup_days = 30
  # fifteen months of statements
  insights = "advanced"
  # operating system metrics of the node
  monitoring_interval_s = 60
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
  # PgDog is the router: services connect to it
  pooler = true

  alarms = {
    # sized for 0.6; above this a failover would not carry it
    cpu = 0.8
    # the working set no longer fits
    memory = 0.9
    # of max_connections; services retry above it
    connections = 0.8
    # the last tenth is for a person to act in
    storage = 0.9
    # 250 ms ÷ 3 reads a request, a tenth of it in storage
    latency_ms = 8
    # operations that wait for the volume: beyond it each statement waits
    disk_queue = 64
    # log that a stuck slot may hold back
    slot_lag_bytes = 1000000000
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # users: stated; 1 would carry it: size asks for 0.0468
    #   class: 0.0727 vCPU and 18.8 GiB for the working set: the cheapest that has both
    #   storage: 141 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 57.9/s needed on a node; 3 000 come with 170 GiB
    #   connections: the engine's own figure for 32 GiB; services open up to 75
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    users-s00 = {
      keyspace             = "users"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = true
      replicas             = 0
      storage_gib          = 170
      max_storage_gib      = 340
      iops                 = 3000
      max_connections      = 3604
      reserved_connections = 50
    }
    users-s01 = {
      keyspace             = "users"
      class                = "db.r6g.xlarge"
      memory_gib           = 32
      standby              = true
      replicas             = 0
      storage_gib          = 170
      max_storage_gib      = 340
      iops                 = 3000
      max_connections      = 3604
      reserved_connections = 50
    }
    # content: stated; 1 would carry it: size asks for 0.187
    #   class: 0.291 vCPU and 75.3 GiB for the working set: the cheapest that has both
    #   storage: 565 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 232/s needed on a node; 12 000 come with 678 GiB
    #   connections: the engine's own figure for 128 GiB; services open up to 37
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    content-s00 = {
      keyspace             = "content"
      class                = "db.r6g.4xlarge"
      memory_gib           = 128
      standby              = true
      replicas             = 0
      storage_gib          = 678
      max_storage_gib      = 1356
      iops                 = 12000
      max_connections      = 5000
      reserved_connections = 50
    }
    content-s01 = {
      keyspace             = "content"
      class                = "db.r6g.4xlarge"
      memory_gib           = 128
      standby              = true
      replicas             = 0
      storage_gib          = 678
      max_storage_gib      = 1356
      iops                 = 12000
      max_connections      = 5000
      reserved_connections = 50
    }
  }
}

warehouse = {
  # 25.3 GB that a query touches at 16 GB a unit, in steps of 8
  base_rpu = 8
  # four queries of that size at once
  max_rpu = 32
  # half as much again, then somebody is told
  rpu_hours_limit = 1824
  # analytics may be a quarter of an hour behind
  freshness_s = 900
}

cache = {
  # the cheapest for 2.92 GiB and 937 operations/s
  node = "cache.m7g.large"
  # 2.92 GiB ÷ 6.38 GiB a node; 937 operations/s; masters that share the sessions decides
  shards = 3
  # one of each shard survives a zone
  replicas = 1
  # a cache is rebuilt; a snapshot spares the warm-up
  snapshot_days = 1
  # what ends soonest goes first: an answer kept for minutes, not a session that each use renews
  maxmemory_policy = "volatile-ttl"

  alarms = {
    # of the engine's one thread
    cpu = 0.8
    # evictions begin above it
    memory = 0.8
    # below it the database takes more reads than it was sized for
    hit_ratio = 0.8
  }
}

object_storage = {
  buckets = {
    assets = {
      # what was overwritten or deleted can be called back for so long
      version_days = 30
      # what is not asked for any more moves to the tier that its use pays for
      tier_days = 30
    }
    uploads = {
      # what was overwritten or deleted can be called back for so long
      version_days = 30
      # what is not asked for any more moves to the tier that its use pays for
      tier_days = 30
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
    latency_ms         = 250
    latency_percentile = 99
    # ten times the objective in a minute of 240 requests/s
    errors_1m = 145
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host    = "margin.example.com"
  zone_id = "0123456789abcdef0123456789abcdef" # fill in
  # Dashboard, Overview: the account that has the zone
  account_id   = "0fedcba9876543210fedcba987654321" # fill in
  manages_zone = true
  # 4.29 requests a view, a view in 2 s, 5 users behind one address
  client_rate_10s = 110
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
  web = {
    # 6 pods at the peak of 312 requests/s × 1.5
    max = 9
    # connections of one pod to one database node
    pool  = 0
    cache = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  auth = {
    # 3 pods at the peak of 312 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users"]
    cache     = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  content = {
    # 3 pods at the peak of 312 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["publication"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  shard-manager = {
    # 3 pods at the peak of 312 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  publisher = {
    # 3 at the busiest hour; the queue takes what is above
    max = 3
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["content"]
    produces  = ["publication-dead-letter"]
    consumes  = ["publication"]
  }
  indexer = {
    # 3 at the busiest hour; the queue takes what is above
    max = 3
    # connections of one pod to one database node
    pool      = 2
    keyspaces = ["content"]
    produces  = ["publication-dead-letter"]
    consumes  = ["publication"]
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
  alert_email = "oncall@margin.example.com"
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: an incident is looked into within a quarter
  log_days = 90
  # who did what: a year
  audit_log_days = 365
}

grafana = {
  url           = "https://margin.grafana.net"                           # fill in
  otlp_endpoint = "https://otlp-gateway-prod-us-east-0.grafana.net/otlp" # fill in
  external_id   = "stack"                                                # fill in
}

cost = {
  # blueprint: budget × scale 1
  monthly_limit_usd = 60000
}

dr = {
  # same continent, another grid
  region = "eu-west-2"
  # copies outside the region
  retention_days = 35
  # copies that nobody can delete
  lock_days = 7
}
