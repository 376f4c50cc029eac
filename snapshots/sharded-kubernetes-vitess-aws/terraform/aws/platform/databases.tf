# Vitess on the cluster: the kinds of its resources, the certificates of its gates, and the volumes. The databases are in kubernetes/.

locals {
  vitess_operator = "2.17.1"
}

data "aws_kms_alias" "databases" {
  name = "alias/${local.name}-data"
}

# Services talk to the gates by certificates of this.
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

  values = [yamlencode({
    kinds = { for name, kind in data.http.vitess : name => kind.response_body }
  })]
}

resource "helm_release" "volumes" {
  name      = "database-volumes"
  namespace = helm_release.cert_manager.namespace
  chart     = "${path.module}/charts/volumes"

  values = [yamlencode({
    name        = "database"
    provisioner = "ebs.csi.aws.com"
    volumeKey   = data.aws_kms_alias.databases.target_key_arn
    protected   = var.databases.protected
    iops        = sort([for iops in var.databases.iops : tostring(iops)])
  })]
}
