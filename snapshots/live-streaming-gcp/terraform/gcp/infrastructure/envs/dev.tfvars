# The sizing of dev. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "dev"
project_id  = "apex-dev"
region      = "us-central1"
domain      = "dev.apex.example.com"
protected   = false

tags = {
  cost-centre = "3500"
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
      # 5 pods at the peak, 3 a node; its zone carries the 10 of the autoscalers' maxima
      machine_type = "e2-standard-4"
      # none is kept: the first pod that needs one waits for it
      min_per_zone = 0
      # 4 nodes in all: the autoscalers' maxima
      max_per_zone = 4
      # images and logs of its pods
      disk_gib  = 30
      disk_type = "pd-balanced"
      spot      = true
    }
  }
}

fleet = {
  transcoder = {
    # the least cost of 30 vCPU, with spot as far as it may be
    types = ["n2d-standard-16", "t2d-standard-16", "n2-standard-16", "n2-highmem-16"]
    # 16 vCPU ÷ 8 a job
    slots = 2
    # system, image, and the segments in hand
    disk_gib = 30
    # boot, image, first job
    warmup_s = 120
    # finish or give back the job in hand: 3.15 s, a fifth more
    drain_s = 30
    # a second: renditions of 5 inputs on 2 machines, four times over
    network_bytes_s = 11125000
    steady = {
      # the base
      min = 0
      # the base, and its share of what is above
      max = 0
      # 1.4 jobs a machine ÷ 0 % of the machines: the rest is the other group's
      backlog = 1.4
      # of 2 machines that an event begins with
      machines = 0
    }
    spot = {
      # the rest of the floor
      min = 0
      # the rest of the limit
      max = 3
      # 1.4 jobs a machine ÷ 100 % of the machines: the rest is the other group's
      backlog = 1.4
      # of 2 machines that an event begins with
      machines = 2
    }
    event = {
      # half an hour before Saturday's event at 19:00
      start = "30 18 * * 6"
      # three hours, and half an hour on both sides
      duration_s = 14400
      # by the longitude of the main region; an event has the zone of its audience
      time_zone = "Etc/GMT+6"
    }
  }
}

functions = {
  services = {
    uploads = {
      # 1 vCPU wanted; whole ones, 1, 2, 4 or 8, with at most 4 096 MiB each
      vcpu = 1
      # 512 MiB stated
      memory_mib = 512
      # a job has an instance for itself
      requests_per_instance = 1
      # 10 s is usual, the deadline is 600 s, the service's limit 600 s
      timeout_s = 30
      # an invocation ends after 30 s
      ack_deadline_s = 30
      # then a person looks: the dead-letter topic
      max_attempts = 5
      # first retry
      retry_min_s = 10
      # longest pause between retries
      retry_max_s = 600
      # a job must be done by then
      deadline_s = 600

      alarms = {
        # ten times the objective in a minute of 0.00182/s
        errors_1m = 1
        # four fifths of the timeout of 30 s
        duration_ms = 24000
      }
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
}

shards = {
  main = {
    # db-custom-1-3840 is of this edition
    edition = "ENTERPRISE"
    # may be down for a restore
    standby = false
    # the writer carries all reads
    replicas = 0

    # one node carries it: iops is the nearest limit, 0.128 % used
    nodes = {
      # tier: 0.213 vCPU and 0.48 GiB for the working set: the cheapest that has both
      # disk_gib: 3.6 GiB a node at the horizon × 1.2, at least 10
      # disk_limit_gib: twice that: where growth by itself stops and a person looks
      # max_connections: the engine's own figure for 3.75 GiB; services open up to 20
      s00 = { tier = "db-custom-1-3840", disk_gib = 10, disk_limit_gib = 20, memory_gib = 3.75, max_connections = 320 }
    }
  }
}

nosql = {
  # messages are read while an event lasts, and by moderators for some time after
  ttl_days = 1
  # one room takes 100 % of 50 writes/s and 167 reads/s; a key takes 1 000 and 3 000
  room_shards = 1
  # one request; the service answers in a few, far within the latency objective
  latency_ms = 20
  # copies in zones of their own, each of which answers alone while the other is gone
  clusters = 1
  # 33.3 reads/s ÷ 17 000, 5 writes/s ÷ 14 000, 0.346 GB ÷ 5 000, at 70 %; at least 1
  nodes_min = 1
  # 333 reads/s ÷ 17 000, 50 writes/s ÷ 14 000, 0.346 GB ÷ 5 000, at 70 %; at least 1
  nodes_max = 2
  # one cluster takes what both had, and stays below 70
  cpu_target = 60
  # daily backups, where there is no point in time to go back to
  backup_days = 3
}

object_storage = {
  buckets = {
    assets = {
      # what was overwritten or deleted can be called back for so long
      version_days = 3
    }
    uploads = {
      # what was overwritten or deleted can be called back for so long
      version_days = 3
      # nobody's data is here
      expire_days = 30
    }
    segments = {
      # what was overwritten or deleted can be called back for so long
      version_days = 1
      # as far back as a test looks
      expire_days = 1
    }
  }
}

cache = {
  # the cheapest for 0.574 GiB and 533 operations/s
  node_type = "SHARED_CORE_NANO"
  # 0.574 GiB ÷ 1.4 GiB a node; 533 operations/s; memory decides
  shards = 1
  # may be lost
  replicas = 0
  # the popularity model assumes least recently used
  maxmemory_policy = "allkeys-lru"
}

queue = {
  topics = {
    # a day is enough to try things
    transcoding = { retention_hours = 24 }
    # a day is enough to try things
    transcoding-dead-letter = { retention_hours = 24 }
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
  # of requests; all of them where there are few
  log_sample = 1
  # a minute of staleness takes most of a flash crowd
  public_ttl_s = 60
  # 6 requests a view, a view in 2 s, 5 users behind one address
  requests_per_client_10s = 150
  # static names carry a hash of their content
  static_ttl_s = 31536000
  # media may be replaced under its name
  media_ttl_s = 86400
  # a missing file is asked for again soon
  negative_ttl_s = 10
  # a year where it is settled, a day where names still move
  hsts_s = 86400
  # the objective: nearly all requests are for video
  hit_ratio = 0.98
  # a connection outlasts every event; its client then opens the next one
  socket_s = 86400
  # longer than the slowest streamed answer and than a playlist that waits for its next part
  origin_timeout_s = 60
  video = {
    # a live playlist is another one with every part
    playlist_ttl_s = 1
    # a segment never changes under its name
    segment_ttl_s = 31536000
    # a segment that is asked for too early is there a part later
    negative_ttl_s = 1
  }
}

services = {
  web = {
    # 1 pods at the peak of 17 requests/s × 1.5
    pods_max = 2
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["main"]
    cache     = true
  }

  auth = {
    # 1 pods at the peak of 17 requests/s × 1.5
    pods_max = 2
    # connections of one pod to one database node
    pool_size = 5
    keyspaces = ["main"]
    cache     = true
    secrets   = ["session-key"]
  }

  chat = {
    # 1 pods at the peak of 17 requests/s × 1.5
    pods_max = 2
    cache    = true
  }

  ingest = {
    # 1 pods at the peak of 17 requests/s × 1.5
    pods_max = 2
    produces = ["transcoding"]
  }

  live = {
    # 1 pods at the peak of 17 requests/s × 1.5
    pods_max = 2
    cache    = true
  }

  transcoder = {
    runs_on = "fleet"
    # 2 at the peak, a tenth more while reclaimed ones are replaced
    pods_max = 3
    produces = ["transcoding-dead-letter"]
    consumes = ["transcoding"]
    # a job takes 3.15 s; half more before it is given to another worker
    ack_deadline_s = 10
    # then a person looks: the dead-letter topic
    max_attempts = 5
    # first retry
    retry_min_s = 10
    # longest pause between retries
    retry_max_s = 600
  }

  uploads = {
    runs_on = "functions"
    # 0.0231 at a time at 0.7 of the limit
    pods_max = 2
    produces = ["transcoding"]
  }
}

secrets = {
  # a leaked value is of use for so long
  session-key = { rotation_days = 365, destroy_days = 1 }
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
  alert_email = "oncall@apex.example.com" # fill in
  runbook_url = "https://github.com/apex-example/apex/blob/main/docs/RUNBOOK.md"
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
  # evictions begin above it
  cache_memory = 0.8
  # of the engine's one thread
  cache_cpu = 0.8
  lag = {
    # jobs that arrive within the deadline
    transcoding = 10
    # a dead letter is for a person
    transcoding-dead-letter = 0
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
  repository = "apex-example/apex"
}

cost = {
  billing_account = "012345-6789AB-CDEF01" # fill in
  # 1 % of the budget would be 30 000; it costs 32 004
  budget_usd = 35300
}

dr = {
  # copies outside the region
  retention_days = 1
  # copies that nobody can delete
  lock_days = 1
}
