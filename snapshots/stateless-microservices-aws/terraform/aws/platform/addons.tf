resource "helm_release" "load_balancer_controller" {
  name       = "aws-load-balancer-controller"
  namespace  = "kube-system"
  repository = "https://aws.github.io/eks-charts"
  chart      = "aws-load-balancer-controller"
  version    = "3.5.0"

  # It only fills target groups that Terraform made. Without a class and webhook for Services it cannot make load
  # balancers of its own, and its role could not either.
  values = [yamlencode({
    clusterName                 = data.aws_eks_cluster.main.name
    region                      = var.region
    vpcId                       = data.aws_eks_cluster.main.vpc_config[0].vpc_id
    replicaCount                = var.controllers.replicas
    createIngressClassResource  = false
    enableServiceMutatorWebhook = false
    tolerations                 = local.on_system_nodes
    resources                   = local.controller
  })]
}

resource "helm_release" "external_secrets" {
  name             = "external-secrets"
  namespace        = "external-secrets"
  create_namespace = true
  repository       = "https://charts.external-secrets.io"
  chart            = "external-secrets"
  version          = "2.9.0"

  values = [yamlencode({
    replicaCount = var.controllers.replicas
    leaderElect  = true
    tolerations  = local.on_system_nodes
    resources    = local.controller
    # Each ExternalSecret names a store in its own namespace; cluster-wide kinds would let any namespace ask for any secret.
    processClusterStore          = false
    processClusterExternalSecret = false
    webhook                      = { tolerations = local.on_system_nodes }
    certController               = { tolerations = local.on_system_nodes }
  })]
}

resource "helm_release" "keda" {
  name             = "keda"
  namespace        = "keda"
  create_namespace = true
  repository       = "https://kedacore.github.io/charts"
  chart            = "keda"
  version          = "2.20.2"

  values = [yamlencode({
    watchNamespace      = local.project
    operator            = { replicaCount = var.controllers.replicas }
    metricsServer       = { replicaCount = 1 } # the adapter keeps no leader; HPA goes on with its last value while it restarts
    tolerations         = local.on_system_nodes
    podDisruptionBudget = { operator = var.controllers.replicas > 1 ? { minAvailable = 1 } : {} }
  })]
}

resource "helm_release" "metrics_server" {
  name       = "metrics-server"
  namespace  = "kube-system"
  repository = "https://kubernetes-sigs.github.io/metrics-server"
  chart      = "metrics-server"
  version    = "3.13.0"

  values = [yamlencode({
    replicas    = var.controllers.replicas
    tolerations = local.on_system_nodes
    # Every HPA stops without it.
    podDisruptionBudget = { enabled = var.controllers.replicas > 1, maxUnavailable = 1 }
    resources           = local.controller
  })]
}

# Runs the proxies of Gateways of its class, beside the Gateway. scripts/apply brings the kinds of the Gateway API before it.
resource "helm_release" "nginx_gateway" {
  name             = "ngf"
  namespace        = "nginx-gateway"
  create_namespace = true
  repository       = "oci://ghcr.io/nginx/charts"
  chart            = "nginx-gateway-fabric"
  version          = "2.7.2"

  values = [yamlencode({
    nginxGateway = {
      replicas    = var.controllers.replicas
      tolerations = local.on_system_nodes
      resources   = local.controller
    }
    nginx = {
      # Terraform owns the load balancer: the proxies only need an address inside.
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
