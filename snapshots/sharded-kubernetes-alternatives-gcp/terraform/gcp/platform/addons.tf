locals {
  name      = "quasar-${var.environment}"
  namespace = "quasar"

  # Chart and version of each add-on: one line to change, one line to review.
  charts = {
    external-secrets = { repository = "https://charts.external-secrets.io", version = "2.9.0" }
    keda             = { repository = "https://kedacore.github.io/charts", version = "2.20.2" }
    datadog          = { repository = "https://helm.datadoghq.com", version = "3.138.0" }
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
    # The key of Datadog's agents is in a namespace of its own: it looks after two, and can be kept to one or none.
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
