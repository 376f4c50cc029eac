# The sizing of prod's add-ons. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "us-east-1"
account_id  = "111122223335" # fill in

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
    # 805 pods at the peak, 15 a node; 2 of 3 zones alone carry the 1 203 of the autoscalers' maxima
    instance_types = ["m7g.4xlarge"]
    # 120 nodes × 16 vCPU
    cpu_limit = 1920
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
    # 7 pods at the peak, 6 a node; 2 of 3 zones alone carry the 7 of the autoscalers' maxima
    instance_types = ["m7g.large"]
    # 3 nodes × 2 vCPU
    cpu_limit = 6
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
    # 36 l4 at the peak, 40 % on demand; the trough keeps 18 busy
    instance_types = ["g6.xlarge"]
    # 15 nodes × 4 vCPU
    cpu_limit = 60
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
    # the other 60 % of 36, and one zone's more
    instance_types = ["g6.xlarge"]
    # 33 nodes × 4 vCPU
    cpu_limit = 132
    # images with the accelerator's libraries
    disk_gib = 100
    # spot is asked first
    weight = 20
  }
}

telemetry = {
  # 39 629 traces/s at 1 000 a replica, at least 2
  replicas = 40
  # of each replica of the telemetry gateway
  cpu_m = 500
  # 594 435 traces of 30 kB held by 40 replicas, doubled
  memory_mib = 896
  # 39.6 of 39 604 traces/s at the peak; errors and slow requests always
  sampling_percent = 0.1
}

probe = {
  host = "quantum.example.com"
  # a controller survives its node
  replicas = 2
}
