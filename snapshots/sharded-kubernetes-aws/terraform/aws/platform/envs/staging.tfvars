# The sizing of staging's add-ons. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "staging"
region      = "us-east-1"
account_id  = "111122223334" # fill in

controllers = {
  # a moment without a controller is bearable here
  replicas = 1
  # of each controller: they work when something changes
  cpu_m = 100
  # of each controller: its cache of the cluster's objects
  memory_mib = 256
}

node_image = "al2023@v20260709" # fill in: the release that the environment before has proven

# as production, so that a zone's loss can be rehearsed
node_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]

node_pools = {
  general = {
    arch      = "arm64"
    spot      = false
    gpu       = false
    dedicated = false
    # 71 pods at the peak, 3 a node; its 3 zones together carry the 106 of the autoscalers' maxima
    instance_types = ["m7g.xlarge"]
    # 36 nodes × 4 vCPU
    cpu_limit = 144
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
    # 2 pods at the peak, 2 a node; its 3 zones together carry the 2 of the autoscalers' maxima
    instance_types = ["m7g.medium"]
    # 3 nodes × 1 vCPU
    cpu_limit = 3
    # images and logs of its pods
    disk_gib = 50
    # spot is asked first
    weight = 20
  }
  gpu = {
    arch      = "amd64"
    spot      = false
    gpu       = true
    dedicated = false
    # 4 l4 at the peak, 40 % on demand; the trough keeps 0 busy
    instance_types = ["g6.xlarge"]
    # 3 nodes × 4 vCPU
    cpu_limit = 12
    # images with the accelerator's libraries
    disk_gib = 100
    # asked after spot
    weight = 10
  }
  gpu-spot = {
    arch      = "amd64"
    spot      = true
    gpu       = true
    dedicated = false
    # the other 60 % of 4, and one zone's more
    instance_types = ["g6.xlarge"]
    # 6 nodes × 4 vCPU
    cpu_limit = 24
    # images with the accelerator's libraries
    disk_gib = 100
    # spot is asked first
    weight = 20
  }
}

telemetry = {
  # 3 963 traces/s at 1 000 a replica, at least 1
  replicas = 4
  # of each replica of the telemetry gateway
  cpu_m = 250
  # 59 445 traces of 30 kB held by 4 replicas, doubled
  memory_mib = 896
  # 3 960 of 3 960 traces/s at the peak; errors and slow requests always
  sampling_percent = 100
}

probe = {
  host = "staging.quantum.example.com"
  # a moment without a controller is bearable here
  replicas = 1
}
