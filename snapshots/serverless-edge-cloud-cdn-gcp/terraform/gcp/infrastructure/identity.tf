# A service account for each service.

locals {
  account_roles = distinct(concat(["node", "migrator", "otel", "keda", "pooler", "release", "apply", "caller", "dispatcher", "reporter-clock"], keys(var.services)))

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

resource "google_service_account" "migrator" {
  account_id   = local.account_ids["migrator"]
  display_name = "Schema migrations and shard moves of ${local.name}"
}

resource "google_service_account" "collector" {
  account_id   = local.account_ids["otel"]
  display_name = "OpenTelemetry Collector of ${local.name}"
}

locals {
  database_members = merge(
    { for service, needs in var.services : service => google_service_account.service[service].member if length(needs.keyspaces) > 0 },
    { "/migrator" = google_service_account.migrator.member },
  )

  # Cloud SQL has no policies on an instance: the project's binding is narrowed to ours by its condition.
  database_condition = "resource.service == 'sqladmin.googleapis.com' && resource.name.startsWith('projects/${var.project_id}/instances/${local.name}-')"
}

resource "google_project_iam_member" "database_client" {
  for_each = local.database_members

  project = var.project_id
  role    = "roles/cloudsql.client"
  member  = each.value

  condition {
    title      = "own-databases"
    expression = local.database_condition
  }
}

resource "google_project_iam_member" "database_user" {
  for_each = local.database_members

  project = var.project_id
  role    = "roles/cloudsql.instanceUser"
  member  = each.value

  condition {
    title      = "own-databases"
    expression = local.database_condition
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
  member             = "principal://iam.googleapis.com/${local.pipeline_pool}/subject/${var.pipeline.repository}"
}

locals {
  # Made by ../bootstrap.
  pipeline_pool = "projects/${data.google_project.current.number}/locations/global/workloadIdentityPools/jor-pipeline"
}
