# A service account for each service. On Kubernetes it is the service account of the same name in the namespace.

locals {
  account_roles = distinct(concat(["node", "migrator", "otel", "keda", "pooler", "release", "apply", "datadog", "watcher"], keys(var.services)))

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

# Brings the key of those who watch into the cluster, and reads nothing else.
resource "google_service_account" "watcher" {
  account_id   = local.account_ids["watcher"]
  display_name = "Key of Datadog's agents for ${local.name}"
}

resource "google_secret_manager_secret_iam_member" "watcher" {
  secret_id = google_secret_manager_secret.datadog.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.watcher.member
}

locals {
  # Google service account => Kubernetes service account that may act as it.
  workload_identities = merge(
    { for service, account in google_service_account.service : service => { account = account.name, subject = "${local.namespace}/${service}" } if var.services[service].runs_on == "pods" },
    {
      "/migrator" = { account = google_service_account.migrator.name, subject = "${local.namespace}/migrator" }
      "/watcher"  = { account = google_service_account.watcher.name, subject = "datadog/watcher" }
    },
    { for account in google_service_account.pooler : "/pooler" => { account = account.name, subject = "${local.namespace}/pooler" } },
  )

  database_members = merge(
    { for service, needs in var.services : service => google_service_account.service[service].member if length(needs.keyspaces) > 0 },
    { "/migrator" = google_service_account.migrator.member },
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

# AlloyDB has no policies on a cluster, and its roles take no conditions on a resource's name: who may log in to which
# database is decided by google_alloydb_user.
resource "google_project_iam_member" "database_client" {
  for_each = local.database_members

  project = var.project_id
  role    = "roles/alloydb.client"
  member  = each.value
}

resource "google_project_iam_member" "database_user" {
  for_each = local.database_members

  project = var.project_id
  role    = "roles/alloydb.databaseUser"
  member  = each.value
}

resource "google_project_iam_member" "database_quota" {
  for_each = local.database_members

  project = var.project_id
  role    = "roles/serviceusage.serviceUsageConsumer" # a login by IAM counts against the project's quota
  member  = each.value
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
  member             = "principal://iam.googleapis.com/${local.pipeline_pool}/subject/${var.pipeline.repository}"
}

locals {
  # Made by ../bootstrap.
  pipeline_pool = "projects/${data.google_project.current.number}/locations/global/workloadIdentityPools/quasar-pipeline"
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
