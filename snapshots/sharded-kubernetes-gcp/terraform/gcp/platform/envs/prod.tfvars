# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

project_id  = "quantum-prod"
region      = "us-central1"
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
  # 39 629 traces/s at 1 000 a replica, at least 2
  replicas = 40
  # of each replica of the telemetry gateway
  cpu_request_m = 500
  # 594 435 traces of 30 kB held by 40 replicas, doubled
  memory_mib = 896
  # 39.6 of 39 604 traces/s at the peak; errors and slow requests always
  sampling_percent = 0.1
  # the latency objective
  slow_ms = 150
  # until the last span of a trace has come
  decision_wait_s = 10
  # 39 629 traces/s × 10 s × 1.5
  num_traces = 594435
  # 39 604 requests/s and 24.6 jobs/s
  traces_per_s = 39629
}

probe = {
  host = "quantum.example.com"
  # a controller survives its node
  replicas = 2
}
