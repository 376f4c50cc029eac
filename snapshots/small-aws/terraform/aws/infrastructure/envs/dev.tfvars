# The sizing of dev: the cheapest that works. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "dev"
region      = "us-east-1"
account_id  = "111122223333" # fill in
protected   = false

network = {
  # one /16 an environment; no two of a project overlap, on either cloud
  cidr = "10.64.0.0/16"
  # pods apart from nodes, fixed for good
  pods_cidr = "100.64.0.0/16"
  # subnets in every zone from the start; databases and brokers spread over them
  zones = { us-east-1a = 0, us-east-1b = 1, us-east-1c = 2 }
  # no traffic between zones to pay for
  node_zones = ["us-east-1a"]
  # one for all zones: its loss is bearable here
  nat_per_zone = false
  # who talked to whom
  flow_log_days = 3
}

keys = {
  # a deleted key can be called back for so long
  deletion_days = 7
  # a deleted secret can be brought back
  recovery_days = 7
}

cluster = {
  # the add-ons are pinned for 1.33 to 1.36
  version         = "1.35"
  admin_role_arns = ["arn:aws:iam::111122223333:role/starter-dev-deploy"]
  log_types       = ["audit"]
  zonal_shift     = false
  system = {
    arch = "arm64"
    # controllers and add-ons: two, so that one may be replaced
    instance_types = ["t4g.large"]
    # controllers and add-ons: two, so that one may be replaced
    nodes = 2
    # images and logs of its pods
    disk_gib = 30
  }
  # 2 pods × 2 for a rollout + 40 add-ons + 6 daemons × 5 nodes
  max_pods = 74
}

shards = {
  major_version = "17"
  # time to notice a bad release or a deleted row
  backup_days = 2
  # a week of statements, at no charge
  insights = "standard"
  # operating system metrics of the node
  monitoring_interval_s = 0
  # logged: far above the latency objective
  slow_statement_ms = 1000
  # an open transaction holds back vacuum and locks
  idle_transaction_ms = 60000
  # without users nobody waits for a maintenance window
  apply_immediately = true
  # nodes carry the services' own connections
  pooler = false

  alarms = {
    # sized for 0.6; above this a failover would not carry it
    cpu = 0.8
    # the working set no longer fits
    memory = 0.9
    # of max_connections; services retry above it
    connections = 0.8
    # the last tenth is for a person to act in
    storage = 0.9
    # 500 ms ÷ 3 reads a request, a tenth of it in storage
    latency_ms = 20
    # operations that wait for the volume: beyond it each statement waits
    disk_queue = 64
    # log that a stuck slot may hold back
    slot_lag_bytes = 1000000000
    # reads that must see their own write stay on the writer; the rest tolerates it
    replica_lag_s = 30
  }

  nodes = {
    # main: one node carries it: size is the nearest limit, 0.0156 % used
    #   class: 0.0001 vCPU and 0.0837 GiB for the working set: the cheapest that has both
    #   storage: 0.628 GiB a node at the horizon × 1.2, at least 20
    #   I/O: 0.0809/s needed on a node; 3 000 come with 20 GiB
    #   connections: the engine's own figure for 1 GiB; services open up to 10
    #   standby: may be down for a restore; readers: the writer carries all reads
    main-s00 = {
      keyspace             = "main"
      class                = "db.t4g.micro"
      memory_gib           = 1
      standby              = false
      replicas             = 0
      storage_gib          = 20
      max_storage_gib      = 40
      iops                 = 3000
      max_connections      = 112
      reserved_connections = 10
    }
  }
}

cache = {
  # the cheapest for 0.00145 GiB and 0.203 operations/s
  node = "cache.t4g.micro"
  # 0.00145 GiB ÷ 0.5 GiB a node; 0.203 operations/s; memory decides
  shards = 1
  # may be lost
  replicas = 0
  # none: a cache is rebuilt
  snapshot_days = 0
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"

  alarms = {
    # of the engine's one thread
    cpu = 0.8
    # evictions begin above it
    memory = 0.8
    # below it the database takes more reads than it was sized for
    hit_ratio = 0.5
  }
}

load_balancer = {
  # longer than the slowest streamed answer
  idle_timeout_s = 60
  # access logs: a week to look at what went wrong
  log_days    = 7
  zonal_shift = false

  alarms = {
    # the objective: 99 % of requests within it
    latency_ms         = 500
    latency_percentile = 99
    # ten times the objective in a minute of 0.0521 requests/s
    errors_1m = 1
  }
}

waf = {
  # 3 dynamic requests a view, 150 views in 5 minutes, 5 users behind one address
  client_rate_5m = 2250
  # count only, so that a new rule is seen before it denies
  preview = true
}

services = {
  api = {
    # 1 pods at the peak of 0.0677 requests/s × 1.5
    max = 2
    # connections of one pod to one database node
    pool      = 5
    keyspaces = ["main"]
    cache     = true
    # the load balancer lets open requests finish
    drain_s = 45
  }
}

# characters of a generated secret: over 256 bits; a leaked value is of use for so long
secrets = {
  session-key = { version = 1, length = 48, rotation_days = 365 }
}

registry = {
  # a month of daily releases to roll back to
  keep_images = 5
  # layers of builds that failed
  untagged_days = 3
}

observability = {
  alert_email = "oncall@example.com" # fill in
  # how long a threshold must be exceeded: not one slow minute
  alarm_s = 300
  # logs: long enough to compare a release with the last ones
  log_days = 7
  # who did what: shorter than in production, nobody's data is here
  audit_log_days = 30
}

# the blueprint states no budget
cost = {}
