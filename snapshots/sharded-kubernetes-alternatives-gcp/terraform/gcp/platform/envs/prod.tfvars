# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

project_id  = "quasar-prod"
region      = "us-east4"
environment = "prod"

controllers = {
  # a controller survives its node
  replicas = 2
  # of each controller: they work when something changes
  cpu_request_m = 100
  # of each controller: its cache of the cluster's objects
  memory_mib = 256
}

datadog = {
  # the organisation's, as in ../infrastructure
  site = "datadoghq.com"
  # logs, metrics of the node and its pods, OTLP
  core = { cpu_m = 200, memory_mib = 384 }
  # counts and samples the traces of the node
  traces = { cpu_m = 100, memory_mib = 192 }
}
