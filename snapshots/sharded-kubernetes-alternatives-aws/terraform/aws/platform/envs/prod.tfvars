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

# the loss of one is survived
node_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]

node_pools = {
  general = {
    arch      = "arm64"
    spot      = false
    gpu       = false
    dedicated = false
    # 11 pods at the peak, 3 a node; 2 of 3 zones alone carry the 15 of the autoscalers' maxima
    instance_types = ["m7g.xlarge"]
    # 6 nodes × 4 vCPU
    cpu_limit = 24
    # images and logs of its pods
    disk_gib = 50
    # asked after spot
    weight = 10
  }
  gpu = {
    arch      = "amd64"
    spot      = false
    gpu       = true
    dedicated = false
    # 3 l4 at the peak, 50 % on demand; the trough keeps 3 busy
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
    # the other 50 % of 3, and one zone's more
    instance_types = ["g6.xlarge"]
    # 3 nodes × 4 vCPU
    cpu_limit = 12
    # images with the accelerator's libraries
    disk_gib = 100
    # spot is asked first
    weight = 20
  }
}

datadog = {
  # the organisation's, as in ../infrastructure
  site = "datadoghq.com"
  # logs, metrics of the node and its pods, OTLP
  core = { cpu_m = 200, memory_mib = 384 }
  # counts and samples the traces of the node
  traces = { cpu_m = 100, memory_mib = 192 }
}
