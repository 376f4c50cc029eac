# The sizing of staging. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

project_id  = "twin-staging" # fill in
region      = "europe-west4"
environment = "staging"

controllers = {
  # a moment without a controller is bearable here
  replicas = 1
  # of each controller: they work when something changes
  cpu_request_m = 100
  # of each controller: its cache of the cluster's objects
  memory_mib = 256
}

collector = {
  # 12 traces/s at 1 000 a replica, at least 1
  replicas = 1
  # of each replica of the telemetry gateway
  cpu_request_m = 250
  # 1 000 traces of 30 kB held by 1 replicas, doubled
  memory_mib = 512
  # 8.66 of 8.66 traces/s at the peak; errors and slow requests always
  sampling_percent = 100
  # the latency objective
  slow_ms = 300
  # until the last span of a trace has come
  decision_wait_s = 10
  # 12 traces/s × 10 s × 1.5
  num_traces = 1000
  # 11.3 requests/s and 0.0866 jobs/s
  traces_per_s = 12
}

probe = {
  host = "staging.gcp.twin.example.com"
  # a moment without a controller is bearable here
  replicas = 1
}
