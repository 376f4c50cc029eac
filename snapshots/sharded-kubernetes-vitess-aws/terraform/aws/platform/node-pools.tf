data "aws_kms_alias" "nodes" {
  name = "alias/${local.name}-cluster"
}

# Charts never upgrade CRDs in their crds folder; a release of their own does.
resource "helm_release" "karpenter_crd" {
  name       = "karpenter-crd"
  namespace  = "kube-system"
  repository = "oci://public.ecr.aws/karpenter"
  chart      = "karpenter-crd"
  version    = "1.14.1"
}

resource "helm_release" "karpenter" {
  name       = "karpenter"
  namespace  = "kube-system"
  repository = "oci://public.ecr.aws/karpenter"
  chart      = "karpenter"
  version    = helm_release.karpenter_crd.version
  skip_crds  = true

  values = [yamlencode({
    replicas = var.controllers.replicas
    settings = {
      clusterName       = local.name
      clusterEndpoint   = data.aws_eks_cluster.main.endpoint
      interruptionQueue = "${local.name}-interruptions"
    }
    controller = {
      # It keeps every node and instance type in memory: more than the other controllers need.
      resources = { requests = { cpu = "250m", memory = "512Mi" }, limits = { memory = "512Mi" } }
    }
  })]
}

# NodePools by a chart in this folder: kubernetes_manifest would need the CRDs already when planning.
resource "helm_release" "node_pools" {
  name      = "node-pools"
  namespace = "kube-system"
  chart     = "${path.module}/charts/node-pools"

  values = [yamlencode({
    cluster       = local.name
    project       = local.project
    environment   = var.environment
    image         = var.node_image
    nodeRole      = "${local.name}-node"
    volumeKey     = data.aws_kms_alias.nodes.target_key_arn
    securityGroup = data.aws_eks_cluster.main.vpc_config[0].cluster_security_group_id
    zones         = sort(var.node_zones)
    nodePools = { for name, pool in var.node_pools : name => {
      arch          = pool.arch
      spot          = pool.spot
      gpu           = pool.gpu
      dedicated     = pool.dedicated
      instanceTypes = sort(pool.instance_types)
      cpuLimit      = pool.cpu_limit
      diskGiB       = pool.disk_gib
      weight        = pool.weight
      database      = pool.database
    } }
  })]

  # The CRDs come first, and on the way down the controller must outlive the pools to drain their nodes.
  depends_on = [helm_release.karpenter]
}

locals {
  has_gpu = anytrue([for pool in var.node_pools : pool.gpu])
}

resource "helm_release" "nvidia_device_plugin" {
  count = local.has_gpu ? 1 : 0

  name             = "nvidia-device-plugin"
  namespace        = "nvidia"
  create_namespace = true
  repository       = "https://nvidia.github.io/k8s-device-plugin"
  chart            = "nvidia-device-plugin"
  version          = "0.18.0"

  values = [yamlencode({
    nodeSelector = { accelerator = "nvidia" }
    tolerations  = [{ key = "nvidia.com/gpu", operator = "Exists", effect = "NoSchedule" }]
  })]
}
