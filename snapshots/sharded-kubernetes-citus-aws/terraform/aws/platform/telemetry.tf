# Agents take what the pods of their node send and hand every trace to one gateway; the gateway keeps the ones worth keeping.
# Their pipelines are the files in observability/otel/; only what differs by environment is set here.

data "aws_prometheus_workspaces" "main" {
  alias_prefix = "${local.name}-metrics"
}

data "aws_prometheus_workspace" "main" {
  workspace_id = one(data.aws_prometheus_workspaces.main.workspace_ids)
}

locals {
  agent   = yamldecode(file("${path.module}/../../../observability/otel/agent.yaml"))
  gateway = yamldecode(file("${path.module}/../../../observability/otel/gateway.yaml"))

  pipelines = merge(local.gateway, {
    processors = merge(local.gateway.processors, {
      resource = { attributes = [{ key = "deployment.environment.name", value = var.environment, action = "upsert" }] }
      tail_sampling = merge(local.gateway.processors.tail_sampling, {
        policies = concat(
          [for policy in local.gateway.processors.tail_sampling.policies : policy if policy.type != "probabilistic"],
          [{ name = "rest", type = "probabilistic", probabilistic = { sampling_percentage = var.telemetry.sampling_percent } }],
        )
      })
    })
  })

  # The chart brings receivers and pipelines of its own; null takes them out.
  chart_defaults = {
    receivers = { jaeger = null, zipkin = null }
    exporters = { debug = null }
    service   = { pipelines = { logs = null } }
  }
  chart_ports = {
    jaeger-compact = { enabled = false }
    jaeger-grpc    = { enabled = false }
    jaeger-thrift  = { enabled = false }
    otlp-http      = { enabled = false }
    zipkin         = { enabled = false }
  }

  address = { name = "POD_IP", valueFrom = { fieldRef = { fieldPath = "status.podIP" } } }
}

resource "helm_release" "telemetry" {
  name             = "opentelemetry-collector"
  namespace        = "telemetry"
  create_namespace = true
  repository       = "https://open-telemetry.github.io/opentelemetry-helm-charts"
  chart            = "opentelemetry-collector"
  version          = "0.176.0"

  values = [
    yamlencode({ config = local.chart_defaults }),
    yamlencode({
      fullnameOverride = "opentelemetry-collector"
      mode             = "deployment"
      replicaCount     = var.telemetry.replicas
      image            = { repository = "otel/opentelemetry-collector-contrib" }
      config           = merge(local.pipelines, { receivers = merge(local.pipelines.receivers, { prometheus = null }) })
      ports            = local.chart_ports
      # Headless, so that agents see every instance and send a trace always to the same one.
      service   = { clusterIP = "None" }
      extraEnvs = [local.address, { name = "PROMETHEUS_REMOTE_WRITE_URL", value = "${data.aws_prometheus_workspace.main.prometheus_endpoint}api/v1/remote_write" }]
      resources = {
        requests = { cpu = "${var.telemetry.cpu_m}m", memory = "${var.telemetry.memory_mib}Mi" }
        limits   = { memory = "${var.telemetry.memory_mib}Mi" }
      }
      podDisruptionBudget = { enabled = var.telemetry.replicas > 1, maxUnavailable = 1 }
    }),
  ]
}

resource "helm_release" "agent" {
  name       = "opentelemetry-agent"
  namespace  = helm_release.telemetry.namespace
  repository = helm_release.telemetry.repository
  chart      = helm_release.telemetry.chart
  version    = helm_release.telemetry.version

  values = [
    yamlencode({ config = local.chart_defaults }),
    yamlencode({
      fullnameOverride = "opentelemetry-agent"
      mode             = "daemonset"
      image            = { repository = "otel/opentelemetry-collector-contrib" }
      config           = local.agent
      ports            = local.chart_ports
      # Pods send to the agent of their node and no further; it knows which gateway judges a trace.
      service = { enabled = true, internalTrafficPolicy = "Local" }
      extraEnvs = [
        local.address,
        { name = "NODE_NAME", valueFrom = { fieldRef = { fieldPath = "spec.nodeName" } } },
        { name = "NODE_IP", valueFrom = { fieldRef = { fieldPath = "status.hostIP" } } },
        { name = "PROBE_URL", value = "https://${var.probe.host}/ready" },
      ]
      # Every node, whatever its taint.
      tolerations = [{ operator = "Exists" }]
      clusterRole = {
        create = true
        rules = [
          { apiGroups = [""], resources = ["namespaces", "nodes", "pods"], verbs = ["get", "list", "watch"] },
          { apiGroups = ["apps"], resources = ["replicasets"], verbs = ["get", "list", "watch"] },
          { apiGroups = [""], resources = ["nodes/metrics"], verbs = ["get"] },
        ]
      }
      resources = local.controller
    }),
  ]
}

# The state of the objects in the project's namespace as series: what autoscalers, quotas and limits say. One is enough: it holds nothing.
resource "helm_release" "kube_state_metrics" {
  name       = "kube-state-metrics"
  namespace  = helm_release.telemetry.namespace
  repository = "https://prometheus-community.github.io/helm-charts"
  chart      = "kube-state-metrics"
  version    = "8.5.0"

  values = [yamlencode({
    namespaces  = local.project
    collectors  = ["deployments", "horizontalpodautoscalers", "persistentvolumeclaims", "pods", "resourcequotas"]
    tolerations = local.on_system_nodes
    resources   = local.controller
    # It needs no other right than to read those kinds there.
    rbac = { useClusterRole = false }
  })]
}

resource "helm_release" "probe" {
  name       = "blackbox-exporter"
  namespace  = helm_release.telemetry.namespace
  repository = "https://prometheus-community.github.io/helm-charts"
  chart      = "prometheus-blackbox-exporter"
  version    = "11.20.1"

  values = [yamlencode({
    replicas = var.probe.replicas
    config = {
      modules = {
        http_2xx = {
          prober  = "http"
          timeout = "10s"
          # the address answers over TLS and by itself: a redirect is no answer
          http = { follow_redirects = false, fail_if_not_ssl = true, preferred_ip_protocol = "ip4" }
        }
      }
    }
    podDisruptionBudget = { maxUnavailable = 1 }
    tolerations         = local.on_system_nodes
    resources           = local.controller
  })]
}
