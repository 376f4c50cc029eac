# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

project_id  = "twin-prod" # fill in
region      = "europe-west4"
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
  # 114 traces/s at 1 000 a replica, at least 2
  replicas = 2
  # of each replica of the telemetry gateway
  cpu_request_m = 500
  # 1 710 traces of 30 kB held by 2 replicas, doubled
  memory_mib = 512
  # 8.66 of 86.6 traces/s at the peak; errors and slow requests always
  sampling_percent = 10
  # the latency objective
  slow_ms = 300
  # until the last span of a trace has come
  decision_wait_s = 10
  # 114 traces/s × 10 s × 1.5
  num_traces = 1710
  # 113 requests/s and 0.866 jobs/s
  traces_per_s = 114
}

probe = {
  host = "gcp.twin.example.com"
  # a controller survives its node
  replicas = 2
}
