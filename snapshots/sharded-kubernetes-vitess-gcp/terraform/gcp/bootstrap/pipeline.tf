resource "google_iam_workload_identity_pool" "pipeline" {
  for_each = var.environments

  project                   = each.value.project_id
  workload_identity_pool_id = "quarry-pipeline"
  display_name              = "Pipeline"

  depends_on = [google_project_service.api] # the API has to be on before the first call
}

resource "google_iam_workload_identity_pool_provider" "pipeline" {
  #checkov:skip=CKV_GCP_118:attribute_condition is set; the scanner computes its == and sees nothing
  #checkov:skip=CKV_GCP_125:The pool is for all jobs of the repository; which subject may act as which account is in the bindings below
  for_each = var.environments

  project                            = each.value.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.pipeline[each.key].workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"

  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
    "attribute.event"      = "assertion.event_name"
  }

  # GitHub's issuer speaks for every repository there is.
  attribute_condition = "assertion.repository == '${var.repository}' && assertion.repository_owner_id == '${var.repository_owner_id}'"

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "plan" {
  for_each = var.environments

  project      = each.value.project_id
  account_id   = local.account_ids["${each.key}/plan"]
  display_name = "Plans of ${each.key}"

  depends_on = [google_project_service.api] # the API has to be on before the first call
}

resource "google_service_account" "apply" {
  for_each = var.environments

  project      = each.value.project_id
  account_id   = local.account_ids["${each.key}/apply"]
  display_name = "Applies of ${each.key}"

  depends_on = [google_project_service.api] # the API has to be on before the first call
}

locals {
  # Any job of the repository may plan; a fork's pull request gets no token from GitHub. Only a job in the GitHub
  # environment of that name may apply: there reviewers approve.
  plan_subjects  = { for key, pool in google_iam_workload_identity_pool.pipeline : key => "principalSet://iam.googleapis.com/${pool.name}/attribute.repository/${var.repository}" }
  apply_subjects = { for key, pool in google_iam_workload_identity_pool.pipeline : key => "principal://iam.googleapis.com/${pool.name}/subject/repo:${var.repository}:environment:${key}" }
}

resource "google_service_account_iam_member" "plan" {
  for_each = var.environments

  service_account_id = google_service_account.plan[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = local.plan_subjects[each.key]
}

resource "google_service_account_iam_member" "apply" {
  for_each = var.environments

  service_account_id = google_service_account.apply[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = local.apply_subjects[each.key]
}

resource "google_project_iam_member" "plan" {
  for_each = local.plan_grants

  project = var.environments[each.value.environment].project_id
  role    = each.value.role
  member  = google_service_account.plan[each.value.environment].member
}

resource "google_project_iam_member" "apply" {
  for_each = local.apply_grants

  project = var.environments[each.value.environment].project_id
  role    = each.value.role
  member  = google_service_account.apply[each.value.environment].member
}

resource "google_project_iam_member" "grant" {
  for_each = var.environments

  project = each.value.project_id
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = google_service_account.apply[each.key].member

  condition {
    title      = "roles-of-the-workloads"
    expression = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${join(", ", [for role in local.grantable_roles : "'${role}'"])}])"
  }
}

# Budgets belong to the billing account.
resource "google_billing_account_iam_member" "apply" {
  for_each = var.environments

  billing_account_id = var.billing_account
  role               = "roles/billing.costsManager"
  member             = google_service_account.apply[each.key].member
}

resource "google_storage_bucket_iam_member" "plan" {
  for_each = var.environments

  bucket = google_storage_bucket.state[each.key].name
  role   = "roles/storage.objectViewer" # plans run with -lock=false
  member = google_service_account.plan[each.key].member
}

resource "google_storage_bucket_iam_member" "apply" {
  for_each = var.environments

  bucket = google_storage_bucket.state[each.key].name
  role   = "roles/storage.objectUser"
  member = google_service_account.apply[each.key].member
}
