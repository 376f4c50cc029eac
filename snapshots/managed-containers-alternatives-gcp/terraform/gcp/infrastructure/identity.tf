# A service account for each service.

locals {
  account_roles = distinct(concat(["node", "migrator", "otel", "keda", "pooler", "release", "apply", "pusher", "dispatcher", "indexer-clock", "grafana"], keys(var.services)))

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

locals {
  database_members = merge(
    { for service, needs in var.services : service => google_service_account.service[service].member if length(needs.keyspaces) > 0 },
    { "/migrator" = google_service_account.migrator.member },
  )

  cache_members = { for service, needs in var.services : service => google_service_account.service[service].member if needs.cache }

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

# The pipeline's release job: pushes images and rolls them out. Infrastructure is changed by the identities of
# ../bootstrap.
resource "google_service_account" "release" {
  account_id   = local.account_ids["release"]
  display_name = "Releases of ${local.name}"
}

resource "google_service_account_iam_member" "release" {
  service_account_id = google_service_account.release.name
  role               = "roles/iam.workloadIdentityUser"
  # The job has to run in the project's environment of this name, on a protected branch.
  member = "principal://iam.googleapis.com/${local.pipeline_pool}/subject/${var.pipeline.repository}::${var.environment}::true"
}

locals {
  # Made by ../bootstrap.
  pipeline_pool = "projects/${data.google_project.current.number}/locations/global/workloadIdentityPools/bytebridge-pipeline"
}

# Rolls out, and hands each service its own account; makes no service.
resource "google_cloud_run_v2_service_iam_member" "release" {
  for_each = google_cloud_run_v2_service.service

  name     = each.value.name
  location = each.value.location
  role     = "roles/run.developer"
  member   = google_service_account.release.member
}

resource "google_service_account_iam_member" "release_acts" {
  for_each = local.container_services

  service_account_id = google_service_account.service[each.key].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.release.member
}
