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
    # 26 pods at the peak, 7 a node; its 3 zones together carry the 42 of the autoscalers' maxima
    instance_types = ["m7g.2xlarge"]
    # 6 nodes × 8 vCPU
    cpu_limit = 48
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
    # 1 pods at the peak, 1 a node; its 3 zones together carry the 1 of the autoscalers' maxima
    instance_types = ["m7g.medium"]
    # 3 nodes × 1 vCPU
    cpu_limit = 3
    # images and logs of its pods
    disk_gib = 50
    # spot is asked first
    weight = 20
  }
}

telemetry = {
  # 49 traces/s at 1 000 a replica, at least 1
  replicas = 1
  # of each replica of the telemetry gateway
  cpu_m = 250
  # 1 000 traces of 30 kB held by 1 replicas, doubled
  memory_mib = 512
  # 36.9 of 36.9 traces/s at the peak; errors and slow requests always
  sampling_percent = 100
}

probe = {
  host = "staging.quill.example.com"
  # a moment without a controller is bearable here
  replicas = 1
}

gateway = {
  # 0.00499 vCPU busy at 70 %, at least one a zone
  min_replicas = 3
  # the surge, or half as many again
  max_replicas = 5
  # target utilisation
  cpu_target = 70
  # a proxy is bound by its connections before its processor
  cpu_m = 100
  # configuration of all routes, and buffers of what is in flight
  memory_mib = 128
  # until the load balancer stops sending
  pre_stop_s = 15
  # 15 s until the load balancer stops sending, 35 s to finish what it has begun
  termination_grace_s = 50
}
