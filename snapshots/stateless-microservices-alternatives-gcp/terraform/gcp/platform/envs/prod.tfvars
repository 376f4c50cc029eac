# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

project_id  = "margin-prod"
region      = "europe-west1"
environment = "prod"

controllers = {
  # a controller survives its node
  replicas = 2
  # of each controller: they work when something changes
  cpu_request_m = 100
  # of each controller: its cache of the cluster's objects
  memory_mib = 256
}

collector = {
  # 315 traces/s at 1 000 a replica, at least 2
  replicas = 2
  # of each replica of the telemetry gateway
  cpu_request_m = 500
  # 4 725 traces of 30 kB held by 2 replicas, doubled
  memory_mib = 512
  # 24 of 240 traces/s at the peak; errors and slow requests always
  sampling_percent = 10
  # the latency objective
  slow_ms = 250
  # until the last span of a trace has come
  decision_wait_s = 10
  # 315 traces/s × 10 s × 1.5
  num_traces = 4725
  # 312 requests/s and 2.4 jobs/s
  traces_per_s = 315
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
