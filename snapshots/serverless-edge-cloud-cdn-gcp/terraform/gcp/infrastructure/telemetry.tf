# Traces and metrics of services that no cluster runs. A collector beside each instance takes what its service sends and hands every
# trace to one gateway, by its id; the gateway keeps what is worth keeping. Cloud Run's instances have no address of their own: so
# each gateway is a service of one instance. The pipelines are observability/otel/; only what differs by environment is set here.

locals {
  telemetry = {
    agent   = yamldecode(file("${path.module}/../../../observability/otel/agent.yaml"))
    gateway = yamldecode(file("${path.module}/../../../observability/otel/gateway.yaml"))
  }

  collectors         = toset([for index in range(var.telemetry.replicas) : tostring(index)])
  collector_image    = "docker.io/otel/opentelemetry-collector-contrib:0.153.0" # tail sampling, and the exporter that balances by trace
  collector_audience = "https://collector.${local.name}.internal"               # of the tokens that gateways take; nothing answers there

  # The file is the primary environment's; these are this one's.
  gateway_config = merge(local.telemetry.gateway, { processors = merge(local.telemetry.gateway.processors, {
    resource = { attributes = [{ key = "deployment.environment.name", value = var.environment, action = "upsert" }] }
    tail_sampling = {
      decision_wait               = "${var.telemetry.decision_wait_s}s"
      num_traces                  = ceil(var.telemetry.num_traces / var.telemetry.replicas)
      expected_new_traces_per_sec = ceil(var.telemetry.traces_per_s / var.telemetry.replicas)
      policies = [
        { name = "errors", type = "status_code", status_code = { status_codes = ["ERROR"] } },
        { name = "slow", type = "latency", latency = { threshold_ms = var.telemetry.slow_ms } },
        { name = "rest", type = "probabilistic", probabilistic = { sampling_percentage = var.telemetry.sampling_percent } },
      ]
    }
  }) })

  agent_config = merge(local.telemetry.agent, { exporters = merge(local.telemetry.agent.exporters, {
    loadbalancing = merge(local.telemetry.agent.exporters.loadbalancing, {
      resolver = { static = { hostnames = [for key in local.collectors : "${trimprefix(google_cloud_run_v2_service.collector[key].uri, "https://")}:443"] } }
    })
  }) })

  # What the collector beside an instance is told, and what the SDK of the service reads.
  agent_environment = {
    COLLECTOR_CONFIG = yamlencode(local.agent_config)
    GATEWAY_AUDIENCE = local.collector_audience
    PROJECT_ID       = var.project_id
  }
  telemetry_environment = { for name in keys(local.telemetry_clients) : name => {
    OTEL_SERVICE_NAME           = name
    OTEL_EXPORTER_OTLP_ENDPOINT = "http://localhost:4317"
    OTEL_EXPORTER_OTLP_PROTOCOL = "grpc"
    OTEL_TRACES_SAMPLER         = "parentbased_always_on" # the gateway judges, when the whole trace is there
  } }
  telemetry_clients = merge(local.function_services)
}

resource "google_cloud_run_v2_service" "collector" {
  for_each = local.collectors

  name                = "${local.name}-collector-${each.key}"
  location            = var.region
  description         = "OpenTelemetry gateway"
  deletion_protection = false # it holds the traces of some seconds, and fewer of them are a change of size
  custom_audiences    = [local.collector_audience]
  ingress             = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  labels              = { component = "otel" }

  template {
    service_account                  = google_service_account.collector.email
    encryption_key                   = google_kms_crypto_key.purpose["functions"].id
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = 1000
    labels                           = { component = "otel" }

    # One, always: a second one would judge half of a trace.
    scaling {
      min_instance_count = 1
      max_instance_count = 1
    }

    containers {
      image = local.collector_image
      args  = ["--config=env:COLLECTOR_CONFIG"]

      ports {
        name           = "h2c"
        container_port = 4317
      }

      resources {
        limits   = { cpu = tostring(var.telemetry.vcpu), memory = "${var.telemetry.memory_mib}Mi" }
        cpu_idle = false # it judges between requests
      }

      dynamic "env" {
        for_each = { COLLECTOR_CONFIG = yamlencode(local.gateway_config), PROJECT_ID = var.project_id }

        content {
          name  = env.key
          value = env.value
        }
      }

      startup_probe {
        period_seconds    = 2
        failure_threshold = 15

        tcp_socket {
          port = 4317
        }
      }

      liveness_probe {
        period_seconds    = 10
        failure_threshold = 6

        http_get {
          path = "/"
          port = 13133
        }
      }
    }
  }

  # A revision is refused a key that it cannot use.
  depends_on = [google_kms_crypto_key_iam_member.user]
}

# Nobody but the services of the project hands traces in.
resource "google_cloud_run_v2_service_iam_member" "collector" {
  for_each = { for pair in setproduct(local.collectors, keys(local.telemetry_clients)) : "${pair[0]}/${pair[1]}" => { collector = pair[0], service = pair[1] } }

  name     = google_cloud_run_v2_service.collector[each.value.collector].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.service[each.value.service].member
}

# Metrics need no judge: the collector beside an instance writes them as the service.
resource "google_project_iam_member" "service_metrics" {
  for_each = local.telemetry_clients

  project = var.project_id
  role    = "roles/monitoring.metricWriter"
  member  = google_service_account.service[each.key].member
}
