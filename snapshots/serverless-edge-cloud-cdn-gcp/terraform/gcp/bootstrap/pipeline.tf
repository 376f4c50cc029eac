resource "google_iam_workload_identity_pool" "pipeline" {
  for_each = var.environments

  project                   = each.value.project_id
  workload_identity_pool_id = "jor-pipeline"
  display_name              = "Pipeline"

  depends_on = [google_project_service.api] # the API has to be on before the first call
}

resource "google_iam_workload_identity_pool_provider" "pipeline" {
  #checkov:skip=CKV_GCP_118:attribute_condition is set; the scanner computes its == and sees nothing
  #checkov:skip=CKV_GCP_125:The pool is for all jobs of the repository; which subject may act as which account is in the bindings below
  for_each = var.environments

  project                            = each.value.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.pipeline[each.key].workload_identity_pool_id
  workload_identity_pool_provider_id = "jenkins"
  display_name                       = "Jenkins"

  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }

  # The subject is the address of the job: one job plans, one per environment applies.
  attribute_condition = "assertion.sub.contains('/jor')"

  oidc {
    issuer_uri = var.issuer
    # One credential of Jenkins serves all environments; else the address of each provider alone is an audience.
    allowed_audiences = [var.issuer]
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
  plan_subjects  = { for key, pool in google_iam_workload_identity_pool.pipeline : key => "principal://iam.googleapis.com/${pool.name}/subject/${trimsuffix(var.issuer, "/oidc")}/job/jor/" }
  apply_subjects = { for key, pool in google_iam_workload_identity_pool.pipeline : key => "principal://iam.googleapis.com/${pool.name}/subject/${trimsuffix(var.issuer, "/oidc")}/job/jor-apply-${key}/" }
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
