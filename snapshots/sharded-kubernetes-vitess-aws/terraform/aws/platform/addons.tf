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
