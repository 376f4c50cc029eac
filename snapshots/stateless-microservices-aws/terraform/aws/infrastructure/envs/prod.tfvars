# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "us-east-1"
account_id  = "111122223335" # fill in
protected   = true

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.66.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "100.66.0.0/16"
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
  admin_role_arns = ["arn:aws:iam::111122223335:role/quill-prod-deploy"]
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
  # 54 pods × 2 for a rollout + 40 add-ons + 6 daemons × 33 nodes
  max_pods = 346
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
  # services open more connections than a node works on
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
    # 300 ms ÷ 3 reads a request, a tenth of it in storage
    latency_ms = 10
    # operations that wait for the volume: beyond it each statement waits
    disk_queue = 64
    # log that a stuck slot may hold back
    slot_lag_bytes = 1000000000
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # users: stated; 1 would carry it: size asks for 0.0994
    #   class: 0.108 vCPU and 40 GiB for the working set: the cheapest that has both
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   storage: 300 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 87.6/s needed on a node; 64 000 come with 360 GiB
    #   connections: the engine's own figure for 64 GiB; services open up to 145
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    users-s00 = {
      keyspace             = "users"
      class                = "db.r6g.2xlarge"
      memory_gib           = 64
      standby              = true
      replicas             = 0
      storage_gib          = 360
      max_storage_gib      = 720
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
    users-s01 = {
      keyspace             = "users"
      class                = "db.r6g.2xlarge"
      memory_gib           = 64
      standby              = true
      replicas             = 0
      storage_gib          = 360
      max_storage_gib      = 720
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
    # content: stated; 1 would carry it: size asks for 0.398
    #   class: 0.215 vCPU and 80 GiB for the working set: the cheapest that has both
    #   readers by load: as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands already, for a new reader takes some ten minutes
    #   storage: 600 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 175/s needed on a node; 64 000 come with 720 GiB
    #   connections: the engine's own figure for 128 GiB; services open up to 76
    #   standby: a writer and a standby in another zone; readers: the writer carries all reads
    content-s00 = {
      keyspace             = "content"
      class                = "db.r6g.4xlarge"
      memory_gib           = 128
      standby              = true
      replicas             = 0
      storage_gib          = 720
      max_storage_gib      = 1440
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
    content-s01 = {
      keyspace             = "content"
      class                = "db.r6g.4xlarge"
      memory_gib           = 128
      standby              = true
      replicas             = 0
      storage_gib          = 720
      max_storage_gib      = 1440
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
    content-s02 = {
      keyspace             = "content"
      class                = "db.r6g.4xlarge"
      memory_gib           = 128
      standby              = true
      replicas             = 0
      storage_gib          = 720
      max_storage_gib      = 1440
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
    content-s03 = {
      keyspace             = "content"
      class                = "db.r6g.4xlarge"
      memory_gib           = 128
      standby              = true
      replicas             = 0
      storage_gib          = 720
      max_storage_gib      = 1440
      iops                 = 64000
      max_connections      = 5000
      reserved_connections = 50
      replicas_added       = 2
      reader_cpu_target    = 60
    }
  }
}

warehouse = {
  # 53.7 GB that a query touches at 16 GB a unit, in steps of 8
  base_rpu = 8
  # four queries of that size at once
  max_rpu = 32
  # half as much again, then somebody is told
  rpu_hours_limit = 1824
  # analytics may be a quarter of an hour behind
  freshness_s = 900
}

cache = {
  # the cheapest for 8.38 GiB and 1 439 operations/s
  node = "cache.m7g.large"
  # 8.38 GiB ÷ 6.38 GiB a node; 1 439 operations/s; masters that share the sessions decides
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
    hit_ratio = 0.85
  }
}

queue = {
  topics = {
    publication = {
      # a week to notice and to run jobs again
      retention_hours = 168
      # jobs that arrive within the deadline
      lag_alarm   = 222
      dead_letter = "publication-dead-letter"
      # a job takes 0.4 s; twice that before another worker sees it
      visibility_timeout_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # as the blueprint states
      deadline_s = 60
    }
    publication-dead-letter = {
      # two weeks for a person to look
      retention_hours = 336
      # a dead letter is for a person
      lag_alarm = 0
    }
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
    latency_ms         = 300
    latency_percentile = 99
    # ten times the objective in a minute of 369 requests/s
    errors_1m = 222
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # deny: the rules have been seen in the smallest environment
  preview = false
}

cdn = {
  host = "quill.example.com"
  # static names carry a hash of their content
  static_ttl_s = 31536000
  # media may be replaced under its name
  media_ttl_s = 86400
  # a missing file is asked for again soon
  negative_ttl_s = 10
  # a year where it is settled, a day where names still move
  hsts_s = 31536000
  # longer than the slowest streamed answer and than a playlist that waits for its next part
  origin_timeout_s = 60
  # 95 % of the 20 % that are static; the others are the origin's
  hit_percent = 19
}

services = {
  web = {
    # 6 pods at the peak of 480 requests/s × 1.5
    max = 9
    # connections of one pod to one database node
    pool  = 0
    cache = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  auth = {
    # 3 pods at the peak of 480 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users"]
    cache     = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  content = {
    # 6 pods at the peak of 480 requests/s × 1.5
    max = 9
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users", "content"]
    cache     = true
    produces  = ["publication"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  generation = {
    # 3 pods at the peak of 480 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool  = 0
    cache = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
  billing = {
    # 3 pods at the peak of 480 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  analytics = {
    # 3 pods at the peak of 480 requests/s × 1.5
    max = 5
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["users", "content"]
    # the load balancer lets open requests finish
    drain_s = 45
  }
  shard-manager = {
    # 3 pods at the peak of 480 requests/s × 1.5
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
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long
secrets = {
  payment-key = { version = 1, length = 48, rotation_days = 90 }
  session-key = { version = 1, length = 48, rotation_days = 90 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 30
  # layers of builds that failed
  untagged_days = 14
}

observability = {
  alert_email = "oncall@quill.example.com"
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
