# The sizing of dev. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

project_id  = "quill-dev"
region      = "us-central1"
environment = "dev"

controllers = {
  # a moment without a controller is bearable here
  replicas = 1
  # of each controller: they work when something changes
  cpu_request_m = 100
  # of each controller: its cache of the cluster's objects
  memory_mib = 256
}

collector = {
  # 5 traces/s at 1 000 a replica, at least 1
  replicas = 1
  # of each replica of the telemetry gateway
  cpu_request_m = 100
  # 1 000 traces of 30 kB held by 1 replicas, doubled
  memory_mib = 512
  # 3.69 of 3.69 traces/s at the peak; errors and slow requests always
  sampling_percent = 100
  # the latency objective
  slow_ms = 300
  # until the last span of a trace has come
  decision_wait_s = 10
  # 5 traces/s × 10 s × 1.5
  num_traces = 1000
  # 4.8 requests/s and 0.0369 jobs/s
  traces_per_s = 5
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
