# The sizing of dev's add-ons. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "dev"
region      = "us-east-1"
account_id  = "111122223333" # fill in

controllers = {
  # a moment without a controller is bearable here
  replicas = 1
  # of each controller: they work when something changes
  cpu_m = 100
  # of each controller: its cache of the cluster's objects
  memory_mib = 256
}

node_image = "al2023@latest"

# no traffic between zones to pay for
node_zones = ["us-east-1a"]

node_pools = {
  general = {
    arch      = "arm64"
    spot      = true
    gpu       = false
    dedicated = false
    # 9 pods at the peak, 1 a node; its zone carries the 17 of the autoscalers' maxima
    instance_types = ["t4g.small"]
    # 14 nodes × 2 vCPU
    cpu_limit = 28
    # images and logs of its pods
    disk_gib = 30
    # spot is asked first
    weight = 20
  }
  spot = {
    arch = "arm64"
    spot = true
    gpu  = false
    # only what tolerates its end runs here
    dedicated = true
    # 1 pods at the peak, 1 a node; its zone carries the 1 of the autoscalers' maxima
    instance_types = ["t4g.small"]
    # 1 nodes × 2 vCPU
    cpu_limit = 2
    # images and logs of its pods
    disk_gib = 30
    # spot is asked first
    weight = 20
  }
}

telemetry = {
  # 5 traces/s at 1 000 a replica, at least 1
  replicas = 1
  # of each replica of the telemetry gateway
  cpu_m = 100
  # 1 000 traces of 30 kB held by 1 replicas, doubled
  memory_mib = 512
  # 3.69 of 3.69 traces/s at the peak; errors and slow requests always
  sampling_percent = 100
}

probe = {
  host = "dev.quill.example.com"
  # a moment without a controller is bearable here
  replicas = 1
}

gateway = {
  # 0.000499 vCPU busy at 70 %, at least one a zone
  min_replicas = 1
  # the surge, or half as many again
  max_replicas = 2
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
