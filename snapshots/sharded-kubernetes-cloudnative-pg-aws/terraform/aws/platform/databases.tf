# PostgreSQL on the cluster: the operator, what ships its log and its backups, and the volumes. The databases are in kubernetes/.

data "aws_kms_alias" "databases" {
  name = "alias/${local.name}-data"
}

# The plugin talks to the operator, and services to the databases, by certificates of this.
resource "helm_release" "cert_manager" {
  name             = "cert-manager"
  namespace        = "cert-manager"
  create_namespace = true
  repository       = "https://charts.jetstack.io"
  chart            = "cert-manager"
  version          = "1.21.1"

  values = [yamlencode({
    crds            = { enabled = true }
    replicaCount    = var.controllers.replicas
    tolerations     = local.on_system_nodes
    resources       = local.controller
    webhook         = { replicaCount = var.controllers.replicas, tolerations = local.on_system_nodes, resources = local.controller }
    cainjector      = { tolerations = local.on_system_nodes, resources = local.controller }
    startupapicheck = { tolerations = local.on_system_nodes }
  })]
}

resource "helm_release" "cloudnative_pg" {
  name             = "cnpg"
  namespace        = "cnpg-system"
  create_namespace = true
  repository       = "https://cloudnative-pg.github.io/charts"
  chart            = "cloudnative-pg"
  version          = "0.29.1"

  values = [yamlencode({
    replicaCount = var.controllers.replicas
    tolerations  = local.on_system_nodes
    resources    = local.controller
    config       = { data = { WATCH_NAMESPACE = local.project } }
  })]
}

resource "helm_release" "barman_cloud" {
  name       = "barman-cloud"
  namespace  = helm_release.cloudnative_pg.namespace
  repository = "https://cloudnative-pg.github.io/charts"
  chart      = "plugin-barman-cloud"
  version    = "0.8.1"

  values = [yamlencode({
    tolerations = local.on_system_nodes
    resources   = local.controller
  })]

  # Its certificates are of a kind that cert-manager brings.
  depends_on = [helm_release.cert_manager]
}

resource "helm_release" "volumes" {
  name      = "database-volumes"
  namespace = helm_release.cloudnative_pg.namespace
  chart     = "${path.module}/charts/volumes"

  values = [yamlencode({
    name        = "database"
    provisioner = "ebs.csi.aws.com"
    volumeKey   = data.aws_kms_alias.databases.target_key_arn
    protected   = var.databases.protected
    iops        = sort([for iops in var.databases.iops : tostring(iops)])
  })]
}
