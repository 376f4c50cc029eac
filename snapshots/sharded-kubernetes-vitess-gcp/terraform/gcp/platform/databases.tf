# Vitess on the cluster: the kinds of its resources, the certificates of its gates, and the volumes. The databases are in kubernetes/.

locals {
  vitess_operator = "2.17.1"
}

# Services talk to the gates by certificates of this.
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

# The kinds of resources of the operator, which runs beside what it looks after: kubernetes/base/vitess-operator.yaml. Nobody publishes
# a chart of them; these are the files of its release.
data "http" "vitess" {
  for_each = toset(["etcdlockservers", "vitessbackups", "vitessbackupschedules", "vitessbackupstorages", "vitesscells", "vitessclusters", "vitesskeyspaces", "vitessshards"])

  url = "https://raw.githubusercontent.com/planetscale/vitess-operator/v${local.vitess_operator}/deploy/crds/planetscale.com_${each.key}.yaml"

  lifecycle {
    postcondition {
      condition     = self.status_code == 200
      error_message = "The release has no ${each.key}."
    }
  }
}

resource "helm_release" "vitess" {
  name      = "vitess-kinds"
  namespace = helm_release.cert_manager.namespace
  chart     = "${path.module}/charts/vitess"
  atomic    = true

  values = [yamlencode({
    kinds = { for name, kind in data.http.vitess : name => kind.response_body }
  })]
}

resource "helm_release" "volumes" {
  name      = "database-volumes"
  namespace = helm_release.cert_manager.namespace
  chart     = "${path.module}/charts/volumes"

  values = [yamlencode({
    # Named as in ../infrastructure/keys.tf.
    volumeKey = "projects/${var.project_id}/locations/${var.region}/keyRings/${local.name}/cryptoKeys/database"
    protected = var.databases.protected
    component = "vitess"
  })]
}
