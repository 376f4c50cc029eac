# The sizing of prod's add-ons. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "us-east-1"
account_id  = "111122223333" # fill in

controllers = {
  # a controller survives its node
  replicas = 2
  # of each controller: they work when something changes
  cpu_m = 100
  # of each controller: its cache of the cluster's objects
  memory_mib = 256
}

node_image = "al2023@v20260709" # fill in: the release that the environment before has proven

# the loss of one is survived
node_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]

node_pools = {
  general = {
    arch      = "arm64"
    spot      = false
    gpu       = false
    dedicated = false
    # 26 pods at the peak, 1 a node; 2 of 3 zones alone carry the 36 of the autoscalers' maxima
    instance_types = ["m7g.xlarge"]
    # 12 nodes × 4 vCPU
    cpu_limit = 48
    # images and logs of its pods
    disk_gib = 50
    # asked after spot
    weight = 10
  }
  database-m6i-4xlarge = {
    arch = "amd64"
    spot = false
    gpu  = false
    # instances of databases and nothing else
    dedicated = true
    database  = true
    # the class of its databases: one instance a machine, one more a zone while one is replaced
    instance_types = ["m6i.4xlarge"]
    # 21 nodes × 16 vCPU
    cpu_limit = 336
    # images and logs of its pods
    disk_gib = 50
    # asked after spot
    weight = 10
  }
  database-m6i-xlarge = {
    arch = "amd64"
    spot = false
    gpu  = false
    # instances of databases and nothing else
    dedicated = true
    database  = true
    # the class of its databases: one instance a machine, one more a zone while one is replaced
    instance_types = ["m6i.xlarge"]
    # 9 nodes × 4 vCPU
    cpu_limit = 36
    # images and logs of its pods
    disk_gib = 50
    # asked after spot
    weight = 10
  }
}

telemetry = {
  # 426 traces/s at 1 000 a replica, at least 2
  replicas = 2
  # of each replica of the telemetry gateway
  cpu_m = 500
  # 6 390 traces of 30 kB held by 2 replicas, doubled
  memory_mib = 512
  # 22.9 of 327 traces/s at the peak; errors and slow requests always
  sampling_percent = 7
}

probe = {
  host = "quarry.example.com"
  # a controller survives its node
  replicas = 2
}

databases = {
  protected = true
  # carriers: the I/O that comes with a volume is enough
  # parcels: the I/O that comes with a volume is enough
  iops = []
}
