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
    # 14 pods at the peak, 3 a node; 2 of 3 zones alone carry the 18 of the autoscalers' maxima
    instance_types = ["m7g.xlarge"]
    # 6 nodes × 4 vCPU
    cpu_limit = 24
    # images and logs of its pods
    disk_gib = 50
    # asked after spot
    weight = 10
  }
  spot = {
    arch = "arm64"
    spot = true
    gpu  = false
    # only what tolerates its end runs here
    dedicated = true
    # 2 pods at the peak, 1 a node; 2 of 3 zones alone carry the 2 of the autoscalers' maxima
    instance_types = ["m7g.medium"]
    # 3 nodes × 1 vCPU
    cpu_limit = 3
    # images and logs of its pods
    disk_gib = 50
    # spot is asked first
    weight = 20
  }
  database-r7g-4xlarge = {
    arch = "arm64"
    spot = false
    gpu  = false
    # instances of databases and nothing else
    dedicated = true
    database  = true
    # the class of its databases: one instance a machine, one more a zone while one is replaced
    instance_types = ["r7g.4xlarge"]
    # 12 nodes × 16 vCPU
    cpu_limit = 192
    # images and logs of its pods
    disk_gib = 50
    # asked after spot
    weight = 10
  }
  database-r7g-large = {
    arch = "arm64"
    spot = false
    gpu  = false
    # instances of databases and nothing else
    dedicated = true
    database  = true
    # the class of its databases: one instance a machine, one more a zone while one is replaced
    instance_types = ["r7g.large"]
    # 6 nodes × 2 vCPU
    cpu_limit = 12
    # images and logs of its pods
    disk_gib = 50
    # asked after spot
    weight = 10
  }
}

telemetry = {
  # 260 traces/s at 1 000 a replica, at least 2
  replicas = 2
  # of each replica of the telemetry gateway
  cpu_m = 500
  # 3 900 traces of 30 kB held by 2 replicas, doubled
  memory_mib = 512
  # 19.9 of 199 traces/s at the peak; errors and slow requests always
  sampling_percent = 10
}

probe = {
  host = "quire.example.com"
  # a controller survives its node
  replicas = 2
}

databases = {
  protected = true
  # accounts: the I/O that comes with a volume is enough
  # teams: the I/O that comes with a volume is enough
  iops = []
}
