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
    # 3 pods at the peak, 1 a node; 2 of 3 zones alone carry the 5 of the autoscalers' maxima
    instance_types = ["m7g.large"]
    # 9 nodes × 2 vCPU
    cpu_limit = 18
    # images and logs of its pods
    disk_gib = 50
    # asked after spot
    weight = 10
  }
  database-m6i-8xlarge = {
    arch = "amd64"
    spot = false
    gpu  = false
    # instances of databases and nothing else
    dedicated = true
    database  = true
    # the class of its databases: one instance a machine, one more a zone while one is replaced
    instance_types = ["m6i.8xlarge"]
    # 9 nodes × 32 vCPU
    cpu_limit = 288
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
    # 6 nodes × 4 vCPU
    cpu_limit = 24
    # images and logs of its pods
    disk_gib = 50
    # asked after spot
    weight = 10
  }
}

telemetry = {
  # 256 traces/s at 1 000 a replica, at least 2
  replicas = 2
  # of each replica of the telemetry gateway
  cpu_m = 500
  # 3 840 traces of 30 kB held by 2 replicas, doubled
  memory_mib = 512
  # 19.6 of 196 traces/s at the peak; errors and slow requests always
  sampling_percent = 10
}

probe = {
  host = "quorum.example.com"
  # a controller survives its node
  replicas = 2
}

databases = {
  protected = true
  # shops: the I/O that comes with a volume is enough
  iops = []
}
