# The sizing of dev. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

project_id  = "apex-dev"
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
  # 18 traces/s at 1 000 a replica, at least 1
  replicas = 1
  # of each replica of the telemetry gateway
  cpu_request_m = 100
  # 1 000 traces of 30 kB held by 1 replicas, doubled
  memory_mib = 512
  # 17 of 17 traces/s at the peak; errors and slow requests always
  sampling_percent = 100
  # the latency objective
  slow_ms = 200
  # until the last span of a trace has come
  decision_wait_s = 10
  # 18 traces/s × 10 s × 1.5
  num_traces = 1000
  # 17 requests/s and 0.835 jobs/s
  traces_per_s = 18
}

probe = {
  host = "dev.apex.example.com"
  # a moment without a controller is bearable here
  replicas = 1
}
