# The sizing of prod. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

project_id  = "quarry-prod"
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
  # 426 traces/s at 1 000 a replica, at least 2
  replicas = 2
  # of each replica of the telemetry gateway
  cpu_request_m = 500
  # 6 390 traces of 30 kB held by 2 replicas, doubled
  memory_mib = 512
  # 22.9 of 327 traces/s at the peak; errors and slow requests always
  sampling_percent = 7
  # the latency objective
  slow_ms = 200
  # until the last span of a trace has come
  decision_wait_s = 10
  # 426 traces/s × 10 s × 1.5
  num_traces = 6390
  # 426 requests/s and 0 jobs/s
  traces_per_s = 426
}

probe = {
  host = "quarry.example.com"
  # a controller survives its node
  replicas = 2
}

databases = {
  protected = true
}
