# The sizing of prod's add-ons. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "prod"
region      = "eu-west-1"
account_id  = "111122223333" # fill in

controllers = {
  # a controller survives its node
  replicas = 2
  # of each controller: they work when something changes
  cpu_m = 100
  # of each controller: its cache of the cluster's objects
  memory_mib = 256
}

# the loss of one is survived
node_zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]

node_pools = {
  general = {
    arch      = "arm64"
    spot      = false
    gpu       = false
    dedicated = false
    # 30 pods at the peak, 3 a node; 2 of 3 zones alone carry the 43 of the autoscalers' maxima
    instance_types = ["m7g.xlarge"]
    # 18 nodes × 4 vCPU
    cpu_limit = 72
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
    # 4 pods at the peak, 1 a node; 2 of 3 zones alone carry the 4 of the autoscalers' maxima
    instance_types = ["m7g.large"]
    # 6 nodes × 2 vCPU
    cpu_limit = 12
    # images and logs of its pods
    disk_gib = 50
    # spot is asked first
    weight = 20
  }
}

telemetry = {
  # 315 traces/s at 1 000 a replica, at least 2
  replicas = 2
  # of each replica of the telemetry gateway
  cpu_m = 500
  # 4 725 traces of 30 kB held by 2 replicas, doubled
  memory_mib = 512
  # 24 of 240 traces/s at the peak; errors and slow requests always
  sampling_percent = 10
}

probe = {
  host = "margin.example.com"
  # a controller survives its node
  replicas = 2
}

gateway = {
  # 0.0325 vCPU busy at 70 %, at least one a zone
  min_replicas = 3
  # the surge, or half as many again
  max_replicas = 5
  # target utilisation
  cpu_target = 70
  # a proxy is bound by its connections before its processor
  cpu_m = 500
  # configuration of all routes, and buffers of what is in flight
  memory_mib = 256
  # until the load balancer stops sending
  pre_stop_s = 15
  # 15 s until the load balancer stops sending, 35 s to finish what it has begun
  termination_grace_s = 50
}

grafana = {
  otlp_endpoint = "https://otlp-gateway-prod-us-east-0.grafana.net/otlp" # fill in, as in ../infrastructure
}
