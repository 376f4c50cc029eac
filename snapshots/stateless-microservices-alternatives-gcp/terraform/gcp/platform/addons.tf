locals {
  name      = "margin-${var.environment}"
  namespace = "margin"

  # Chart and version of each add-on: one line to change, one line to review.
  charts = {
    external-secrets = { repository = "https://charts.external-secrets.io", version = "2.9.0" }
    keda             = { repository = "https://kedacore.github.io/charts", version = "2.20.2" }
    opentelemetry    = { repository = "https://open-telemetry.github.io/opentelemetry-helm-charts", version = "0.177.0" }
    prometheus       = { repository = "https://prometheus-community.github.io/helm-charts", version = "11.20.1" }
    state            = { repository = "https://prometheus-community.github.io/helm-charts", version = "8.5.0" }
    nginx            = { repository = "oci://ghcr.io/nginx/charts", version = "2.7.2" }
    strimzi          = { repository = "https://strimzi.io/charts", version = "1.2.0" }
  }

  # Named as in ../infrastructure/identity.tf.
  account_names = { for role in ["keda", "watcher"] : role => "${local.name}-${role}" }
  accounts = {
    for role, name in local.account_names : role => "${length(name) <= 28 ? name : "${substr(name, 0, 22)}-${substr(sha256(name), 0, 5)}"}@${var.project_id}.iam.gserviceaccount.com"
  }

  controller_resources = {
    requests = { cpu = "${var.controllers.cpu_request_m}m", memory = "${var.controllers.memory_mib}Mi" }
    limits   = { memory = "${var.controllers.memory_mib}Mi" }
  }

  # Two controllers on two zones, or none of it in dev.
  spread = [{
    maxSkew           = 1
    topologyKey       = "topology.kubernetes.io/zone"
    whenUnsatisfiable = "ScheduleAnyway"
  }]
}

# Reads a secret as the service that owns it (SecretStore with serviceAccountRef): the controller itself has no access.
resource "helm_release" "external_secrets" {
  name             = "external-secrets"
  namespace        = "external-secrets"
  create_namespace = true
  repository       = local.charts.external-secrets.repository
  chart            = "external-secrets"
  version          = local.charts.external-secrets.version
  atomic           = true

  values = [yamlencode({
    installCRDs       = true
    replicaCount      = var.controllers.replicas
    leaderElect       = true
    resources         = local.controller_resources
    webhook           = { replicaCount = var.controllers.replicas }
    processPushSecret = false # secrets flow one way
    # The key of Grafana Cloud is in a namespace of its own: it looks after two, and can be kept to one or none.
    processClusterStore = false
    podDisruptionBudget = { enabled = var.controllers.replicas > 1, minAvailable = 1 }
    topologySpreadConstraints = [for rule in local.spread : merge(rule, {
      labelSelector = { matchLabels = { "app.kubernetes.io/name" = "external-secrets" } }
    })]
  })]
}

resource "helm_release" "keda" {
  name             = "keda"
  namespace        = "keda"
  create_namespace = true
  repository       = local.charts.keda.repository
  chart            = "keda"
  version          = local.charts.keda.version
  atomic           = true

  values = [yamlencode({
    watchNamespace = local.namespace
    operator       = { replicaCount = var.controllers.replicas }
    metricsServer  = { replicaCount = 1 } # the adapter keeps no leader; HPA goes on with its last value while it restarts
    resources = {
      operator     = local.controller_resources
      metricServer = local.controller_resources
      webhooks     = local.controller_resources
    }
    podDisruptionBudget = { operator = var.controllers.replicas > 1 ? { minAvailable = 1 } : {} }
  })]
}

# Two tiers, for all spans of a trace must meet in one collector before it can judge them: an agent on each node hands
# each trace to one gateway, by its id.
locals {
  telemetry = {
    agent   = yamldecode(file("${path.module}/../../../observability/otel/agent.yaml"))
    gateway = yamldecode(file("${path.module}/../../../observability/otel/gateway.yaml"))
  }

  # What the chart brings along and the files do not have.
  telemetry_unused = { jaeger = null, zipkin = null, prometheus = null }
  telemetry_ports  = { for name in ["jaeger-compact", "jaeger-thrift", "jaeger-grpc", "zipkin", "otlp-http"] : name => { enabled = false } }

  # The file is the primary environment's; these are this one's.
  gateway_processors = merge(local.telemetry.gateway.processors, {
    resource = { attributes = [{ key = "deployment.environment.name", value = var.environment, action = "upsert" }] }
    tail_sampling = {
      decision_wait               = "${var.collector.decision_wait_s}s"
      num_traces                  = ceil(var.collector.num_traces / var.collector.replicas)
      expected_new_traces_per_sec = ceil(var.collector.traces_per_s / var.collector.replicas)
      policies = [
        { name = "errors", type = "status_code", status_code = { status_codes = ["ERROR"] } },
        { name = "slow", type = "latency", latency = { threshold_ms = var.collector.slow_ms } },
        { name = "rest", type = "probabilistic", probabilistic = { sampling_percentage = var.collector.sampling_percent } },
      ]
    }
  })
}

resource "helm_release" "gateway" {
  name             = "collector"
  namespace        = "opentelemetry"
  create_namespace = true
  repository       = local.charts.opentelemetry.repository
  chart            = "opentelemetry-collector"
  version          = local.charts.opentelemetry.version
  # It starts as soon as a person has put in the key (docs/START.md), which nobody can before the first apply.
  wait = false

  values = [yamlencode({
    mode             = "statefulset"
    replicaCount     = var.collector.replicas
    fullnameOverride = "collector"
    image            = { repository = "otel/opentelemetry-collector-contrib" } # tail sampling and the Google exporters
    service          = { clusterIP = "None" }                                  # the agents choose among its addresses
    extraEnvs = [
      { name = "POD_IP", valueFrom = { fieldRef = { fieldPath = "status.podIP" } } },
      { name = "GRAFANA_OTLP_ENDPOINT", value = var.grafana.otlp_endpoint },
      { name = "GRAFANA_AUTHORIZATION", valueFrom = { secretKeyRef = { name = "watcher", key = "authorization" } } },
    ]
    resources = {
      requests = { cpu = "${var.collector.cpu_request_m}m", memory = "${var.collector.memory_mib}Mi" }
      limits   = { memory = "${var.collector.memory_mib}Mi" }
    }
    podDisruptionBudget = { enabled = var.collector.replicas > 1, maxUnavailable = 1 }
    ports               = local.telemetry_ports
    config = merge(local.telemetry.gateway, {
      receivers  = merge(local.telemetry_unused, local.telemetry.gateway.receivers)
      processors = local.gateway_processors
      service    = merge(local.telemetry.gateway.service, { pipelines = merge({ logs = null }, local.telemetry.gateway.service.pipelines) })
    })
  })]
}

resource "helm_release" "agent" {
  name             = "agent"
  namespace        = "opentelemetry"
  create_namespace = true
  repository       = local.charts.opentelemetry.repository
  chart            = "opentelemetry-collector"
  version          = local.charts.opentelemetry.version
  atomic           = true

  values = [yamlencode({
    mode             = "daemonset"
    fullnameOverride = "agent"
    image            = { repository = "otel/opentelemetry-collector-contrib" } # the exporter that balances by trace
    # Pods send to the agent of their node and no further.
    service = { enabled = true, internalTrafficPolicy = "Local" }
    # Reads which pod an address belongs to.
    presets = { kubernetesAttributes = { enabled = true } }
    # On every node, whatever it is kept for.
    tolerations = [{ operator = "Exists" }]
    extraEnvs = [
      { name = "POD_IP", valueFrom = { fieldRef = { fieldPath = "status.podIP" } } },
      { name = "NODE_NAME", valueFrom = { fieldRef = { fieldPath = "spec.nodeName" } } },
      { name = "NODE_IP", valueFrom = { fieldRef = { fieldPath = "status.hostIP" } } },
      { name = "PROBE_URL", value = "https://${var.probe.host}/ready" },
    ]
    # What its kubelet says of the node's containers, beside what the preset reads.
    clusterRole = { create = true, rules = [{ apiGroups = [""], resources = ["nodes/metrics"], verbs = ["get"] }] }
    resources   = local.controller_resources
    ports       = local.telemetry_ports
    config = merge(local.telemetry.agent, {
      receivers = merge(local.telemetry_unused, local.telemetry.agent.receivers)
      service   = merge(local.telemetry.agent.service, { pipelines = merge({ logs = null }, local.telemetry.agent.service.pipelines) })
    })
  })]

  depends_on = [helm_release.gateway] # or the first traces have nowhere to go
}

# The key comes from Secret Manager into the gateway's namespace, without Terraform ever reading it.
resource "helm_release" "watcher" {
  name      = "watcher"
  namespace = helm_release.gateway.namespace
  chart     = "${path.module}/charts/watcher"

  values = [yamlencode({
    project = var.project_id
    region  = var.region
    cluster = data.google_container_cluster.main.name
    account = local.accounts.watcher
    secret  = "${local.name}-grafana"
  })]

  # Its kinds.
  depends_on = [helm_release.external_secrets]
}

# The state of the objects in the project's namespace as series: what autoscalers, quotas and limits say. One is enough: it holds nothing.
resource "helm_release" "kube_state_metrics" {
  name       = "kube-state-metrics"
  namespace  = helm_release.gateway.namespace
  repository = local.charts.state.repository
  chart      = "kube-state-metrics"
  version    = local.charts.state.version
  atomic     = true

  values = [yamlencode({
    namespaces = local.namespace
    collectors = ["deployments", "horizontalpodautoscalers", "pods", "resourcequotas"]
    resources  = local.controller_resources
    # It needs no other right than to read those kinds there.
    rbac = { useClusterRole = false }
  })]
}

# Asks the public address by way of the internet; the availability objective is judged by its answers.
resource "helm_release" "probe" {
  name       = "blackbox-exporter"
  namespace  = helm_release.gateway.namespace
  repository = local.charts.prometheus.repository
  chart      = "prometheus-blackbox-exporter"
  version    = local.charts.prometheus.version
  atomic     = true

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
    resources           = local.controller_resources
  })]
}

resource "helm_release" "strimzi" {
  name             = "strimzi"
  namespace        = "strimzi"
  create_namespace = true
  repository       = local.charts.strimzi.repository
  chart            = "strimzi-kafka-operator"
  version          = local.charts.strimzi.version
  atomic           = true

  values = [yamlencode({
    replicas        = var.controllers.replicas
    watchNamespaces = [local.namespace]
    resources       = local.controller_resources
  })]
}

# Runs the proxies of Gateways of its class, beside the Gateway. GKE brings the kinds of the Gateway API.
resource "helm_release" "nginx_gateway" {
  name             = "ngf"
  namespace        = "nginx-gateway"
  create_namespace = true
  repository       = local.charts.nginx.repository
  chart            = "nginx-gateway-fabric"
  version          = local.charts.nginx.version
  atomic           = true

  values = [yamlencode({
    nginxGateway = {
      replicas  = var.controllers.replicas
      resources = local.controller_resources
    }
    nginx = {
      # GKE's own Gateway owns the load balancer: the proxies only need an address inside.
      service = { type = "ClusterIP" }
      autoscaling = {
        enable                         = true
        minReplicas                    = var.gateway.min_replicas
        maxReplicas                    = var.gateway.max_replicas
        targetCPUUtilizationPercentage = var.gateway.cpu_target
      }
      container = {
        resources = {
          requests = { cpu = "${var.gateway.cpu_m}m", memory = "${var.gateway.memory_mib}Mi" }
          limits   = { memory = "${var.gateway.memory_mib}Mi" }
        }
        # Out of the load balancer first; what is in flight then has its time.
        lifecycle = { preStop = { sleep = { seconds = var.gateway.pre_stop_s } } }
      }
      pod = {
        terminationGracePeriodSeconds = var.gateway.termination_grace_s
        topologySpreadConstraints = [{
          maxSkew           = 1
          topologyKey       = "topology.kubernetes.io/zone"
          whenUnsatisfiable = "ScheduleAnyway"
          labelSelector     = { matchLabels = { "gateway.networking.k8s.io/gateway-name" = "entry" } }
        }]
      }
    }
  })]
}
