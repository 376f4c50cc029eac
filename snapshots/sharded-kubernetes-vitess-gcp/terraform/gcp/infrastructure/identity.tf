# A service account for each service. On Kubernetes it is the service account of the same name in the namespace.

locals {
  account_roles = distinct(concat(["node", "migrator", "otel", "keda", "pooler", "release", "apply", "databases"], keys(var.services)))

  # An account id has at most 28 characters here (30 at Google, 63 for the database user named after it): a longer name
  # ends in a hash of itself. ../bootstrap computes the same for `apply`.
  account_ids = {
    for role in local.account_roles : role => length("${local.name}-${role}") <= 28 ? "${local.name}-${role}" : "${substr("${local.name}-${role}", 0, 22)}-${substr(sha256("${local.name}-${role}"), 0, 5)}"
  }
}

resource "google_service_account" "service" {
  for_each = var.services

  account_id   = local.account_ids[each.key]
  display_name = "Service ${each.key} of ${local.name}"
}

resource "google_service_account" "collector" {
  account_id   = local.account_ids["otel"]
  display_name = "OpenTelemetry Collector of ${local.name}"
}

locals {
  # Google service account => Kubernetes service account that may act as it.
  workload_identities = merge(
    { for service, account in google_service_account.service : service => { account = account.name, subject = "${local.namespace}/${service}" } if var.services[service].runs_on == "pods" },
    {
      "/databases" = { account = google_service_account.databases.name, subject = "${local.namespace}/databases" }
      "/collector" = { account = google_service_account.collector.name, subject = "opentelemetry/collector" }
    },
  )

  cache_members = { for service, needs in var.services : service => google_service_account.service[service].member if needs.cache }
}

resource "google_service_account_iam_member" "workload" {
  for_each = local.workload_identities

  service_account_id = each.value.account
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project_id}.svc.id.goog[${each.value.subject}]"

  # The pool of the project's workload identities appears with its first cluster.
  depends_on = [google_container_cluster.main]
}

resource "google_project_iam_member" "cache" {
  for_each = local.cache_members

  project = var.project_id
  role    = "roles/memorystore.dbConnectionUser"
  member  = each.value

  condition {
    title      = "own-cache"
    expression = "resource.name == 'projects/${var.project_id}/locations/${var.region}/instances/${local.name}'"
  }
}

resource "google_project_iam_member" "collector" {
  for_each = toset(["roles/cloudtrace.agent", "roles/monitoring.metricWriter", "roles/logging.logWriter"])

  project = var.project_id
  role    = each.key
  member  = google_service_account.collector.member
}

# The pipeline's release job: pushes images and rolls them out. Infrastructure is changed by the identities of
# ../bootstrap.
resource "google_service_account" "release" {
  account_id   = local.account_ids["release"]
  display_name = "Releases of ${local.name}"
}

resource "google_service_account_iam_member" "release" {
  service_account_id = google_service_account.release.name
  role               = "roles/iam.workloadIdentityUser"
  # The job has to run in the repository's environment of this name, where approvals are asked for.
  member = "principal://iam.googleapis.com/${local.pipeline_pool}/subject/repo:${var.pipeline.repository}:environment:${var.environment}"
}

locals {
  # Made by ../bootstrap.
  pipeline_pool = "projects/${data.google_project.current.number}/locations/global/workloadIdentityPools/quarry-pipeline"
}

resource "google_project_iam_member" "release" {
  project = var.project_id
  role    = "roles/container.developer"
  member  = google_service_account.release.member

  condition {
    title      = "own-cluster"
    expression = "resource.name.startsWith('projects/${var.project_id}/locations/${var.region}/clusters/${local.cluster.name}')"
  }
}
