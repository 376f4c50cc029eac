# Datadog's agent on each node: logs, containers and processes of the node, the metrics that services export, and what services send by
# OTLP. The cluster agent asks the API server once for all of them. Monitors, objectives and dashboard: ../infrastructure/datadog.tf.

# The key comes from Secrets Manager into the agents' namespace, without Terraform ever reading it.
resource "helm_release" "watcher" {
  name      = "watcher"
  namespace = helm_release.external_secrets.namespace
  chart     = "${path.module}/charts/watcher"

  values = [yamlencode({
    region = var.region
    secret = "${local.project}/${var.environment}/datadog"
  })]
}

resource "helm_release" "datadog" {
  name       = "datadog"
  namespace  = "datadog"
  repository = "https://helm.datadoghq.com"
  chart      = "datadog"
  version    = "3.138.0"
  # Agents start as soon as a person has put in the key (docs/START.md), which nobody can before the first apply.
  wait = false

  values = [yamlencode({
    fullnameOverride = "datadog"
    registry         = "public.ecr.aws/datadog"
    datadog = {
      site                 = var.datadog.site
      clusterName          = local.name
      apiKeyExistingSecret = "watcher"
      tags                 = ["project:quasar", "environment:${var.environment}"]
      podLabelsAsTags      = { "app.kubernetes.io/name" = "service" }

      # Logs of the services and of what they build on; those of the controllers stay where they are.
      logs                 = { enabled = true, containerCollectAll = true }
      containerExcludeLogs = "kube_namespace:.*"
      containerIncludeLogs = "kube_namespace:^quasar$"

      # Pods send to the agent of their node by its service and no further: no port of the node is open.
      otlp      = { receiver = { protocols = { grpc = { enabled = true, endpoint = "0.0.0.0:4317", useHostPort = false } } } }
      apm       = { portEnabled = true, useLocalService = true, socketEnabled = false }
      dogstatsd = { useSocketVolume = false, nonLocalTraffic = false }

      # Processes without their arguments: a secret may be among them.
      processAgent = { containerCollection = true, processCollection = true, runInCoreAgent = true, stripProcessArguments = true }
      # The state of objects; secrets and configuration are nobody's business there.
      kubeStateMetricsCore = { enabled = true, collectSecretMetrics = false, collectConfigMaps = false }
      # What may come in and go out is in charts/watcher.
      networkPolicy = { create = false }
      # Only senders over a socket of the node are told apart by it.
      useHostPID = false
    }
    # Nobody changes what runs here from a console.
    remoteConfiguration = { enabled = false }
    # Nothing here scales by Datadog's metrics.
    datadog-crds = { crds = { datadogMetrics = false, datadogPodAutoscalers = false } }

    agents = {
      localService      = { overrideName = "agent" }
      priorityClassName = "datadog"
      # Every node, whatever its taint.
      tolerations = [{ operator = "Exists" }]
      containers = {
        agent      = { resources = local.datadog_resources["core"], securityContext = { allowPrivilegeEscalation = false } }
        traceAgent = { resources = local.datadog_resources["traces"], securityContext = { allowPrivilegeEscalation = false } }
      }
    }

    clusterAgent = {
      replicas                  = var.controllers.replicas
      createPodDisruptionBudget = var.controllers.replicas > 1
      # Pods say themselves where they send to: nothing changes them on their way in.
      admissionController = { enabled = false }
      resources           = local.controller
      tolerations         = local.on_system_nodes
    }
  })]

  depends_on = [helm_release.watcher]
}

locals {
  # Memory has a limit, the processor none: throttling costs more than it saves.
  datadog_resources = { for container, needs in { core = var.datadog.core, traces = var.datadog.traces } : container => {
    requests = { cpu = "${needs.cpu_m}m", memory = "${needs.memory_mib}Mi" }
    limits   = { memory = "${needs.memory_mib}Mi" }
  } }
}
