# PostgreSQL on the cluster: the operator, what ships its log and its backups, and the volumes. The databases are in kubernetes/.

# The plugin talks to the operator, and services to the databases, by certificates of this.
resource "helm_release" "cert_manager" {
  name             = "cert-manager"
  namespace        = "cert-manager"
  create_namespace = true
  repository       = local.charts.cert-manager.repository
  chart            = "cert-manager"
  version          = local.charts.cert-manager.version
  atomic           = true

  values = [yamlencode({
    crds         = { enabled = true }
    replicaCount = var.controllers.replicas
    resources    = local.controller_resources
    webhook      = { replicaCount = var.controllers.replicas, resources = local.controller_resources }
    cainjector   = { resources = local.controller_resources }
  })]
}

resource "helm_release" "cloudnative_pg" {
  name             = "cnpg"
  namespace        = "cnpg-system"
  create_namespace = true
  repository       = local.charts.cloudnative-pg.repository
  chart            = "cloudnative-pg"
  version          = local.charts.cloudnative-pg.version
  atomic           = true

  values = [yamlencode({
    replicaCount = var.controllers.replicas
    resources    = local.controller_resources
    config       = { data = { WATCH_NAMESPACE = local.namespace } }
  })]
}

resource "helm_release" "barman_cloud" {
  name       = "barman-cloud"
  namespace  = helm_release.cloudnative_pg.namespace
  repository = local.charts.barman-cloud.repository
  chart      = "plugin-barman-cloud"
  version    = local.charts.barman-cloud.version
  atomic     = true

  values = [yamlencode({
    resources = local.controller_resources
  })]

  # Its certificates are of a kind that cert-manager brings.
  depends_on = [helm_release.cert_manager]
}

resource "helm_release" "volumes" {
  name      = "database-volumes"
  namespace = helm_release.cloudnative_pg.namespace
  chart     = "${path.module}/charts/volumes"

  values = [yamlencode({
    # Named as in ../infrastructure/keys.tf.
    volumeKey = "projects/${var.project_id}/locations/${var.region}/keyRings/${local.name}/cryptoKeys/database"
    protected = var.databases.protected
    component = "cloudnative-pg"
  })]
}
