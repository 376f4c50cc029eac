data "aws_kms_alias" "nodes" {
  name = "alias/${local.name}-cluster"
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
    } }
  })]
}
