locals {
  # Of this root, and of ../infrastructure: which therefore waits for none of them.
  apis = [
    "cloudkms", "cloudresourcemanager", "compute", "dns", "iam", "iamcredentials", "logging", "monitoring", "networkconnectivity",
    "servicenetworking", "serviceusage", "storage", "sts",
    "alloydb",
    "memorystore",
    "pubsub",
    "run",
    "eventarc", "workflowexecutions", "workflows",
    "bigquery", "bigqueryconnection",
    "secretmanager",
    "artifactregistry", "containerscanning",
    "certificatemanager", "networksecurity",
    "billingbudgets", "cloudbilling",
  ]

  environment_apis = {
    for pair in setproduct(keys(var.environments), local.apis) : "${pair[0]}/${pair[1]}" => { environment = pair[0], api = pair[1] }
  }

  # Reads all, changes nothing: what a pull request's plan runs as.
  plan_roles = ["roles/viewer", "roles/iam.securityReviewer"]

  # What ../infrastructure makes, service by service, instead of roles/editor or roles/owner.
  apply_roles = [
    "roles/cloudkms.admin", "roles/compute.loadBalancerAdmin", "roles/compute.networkAdmin", "roles/compute.securityAdmin", "roles/dns.admin",
    "roles/iam.serviceAccountAdmin", "roles/logging.configWriter", "roles/monitoring.admin", "roles/networkconnectivity.consumerNetworkAdmin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/iam.serviceAccountUser",
    "roles/alloydb.admin",
    "roles/memorystore.admin",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/eventarc.admin", "roles/workflows.admin",
    "roles/bigquery.admin", "roles/servicemanagement.quotaAdmin",
    "roles/secretmanager.admin",
    "roles/artifactregistry.admin",
    "roles/certificatemanager.owner",
    "roles/storage.admin",
  ]

  # The project's policy may be changed only by these roles, so that the pipeline cannot make itself an owner.
  grantable_roles = [
    "roles/logging.bucketWriter", "roles/logging.logWriter", "roles/monitoring.metricWriter",
    "roles/alloydb.client", "roles/alloydb.databaseUser", "roles/serviceusage.serviceUsageConsumer",
    "roles/memorystore.dbConnectionUser",
    "roles/eventarc.eventReceiver", "roles/pubsub.publisher", "roles/workflows.invoker",
    "roles/monitoring.viewer",
    "roles/browser", "roles/cloudasset.viewer", "roles/compute.viewer",
  ]

  plan_grants  = { for pair in setproduct(keys(var.environments), local.plan_roles) : "${pair[0]}/${pair[1]}" => { environment = pair[0], role = pair[1] } }
  apply_grants = { for pair in setproduct(keys(var.environments), local.apply_roles) : "${pair[0]}/${pair[1]}" => { environment = pair[0], role = pair[1] } }

  # An account id has at most 28 characters here (30 at Google, 63 for the database user named after it): a longer name
  # ends in a hash of itself. ../infrastructure computes the same.
  account_names = { for pair in setproduct(keys(var.environments), ["plan", "apply"]) : "${pair[0]}/${pair[1]}" => "bytebridge-${pair[0]}-${pair[1]}" }
  account_ids   = { for key, name in local.account_names : key => length(name) <= 28 ? name : "${substr(name, 0, 22)}-${substr(sha256(name), 0, 5)}" }
}

resource "google_project_service" "api" {
  for_each = local.environment_apis

  project = var.environments[each.value.environment].project_id
  service = "${each.value.api}.googleapis.com"
  # Taking an API away would take down what another state or a person runs on it.
  disable_on_destroy = false
}

data "google_storage_project_service_account" "storage" {
  for_each = var.environments

  project = each.value.project_id

  depends_on = [google_project_service.api] # the account appears with the API
}

resource "google_kms_key_ring" "state" {
  for_each = var.environments

  project  = each.value.project_id
  name     = "bytebridge-${each.key}-state"
  location = var.region # as the bucket

  depends_on = [google_project_service.api] # the API has to be on before the first call
}

resource "google_kms_crypto_key" "state" {
  #checkov:skip=CKV_GCP_82:deletion_policy does the same, and holds when the block is taken out of the code
  for_each = var.environments

  name            = "state"
  key_ring        = google_kms_key_ring.state[each.key].id
  rotation_period = "7776000s"
  deletion_policy = "PREVENT"
}

resource "google_kms_crypto_key_iam_member" "state" {
  for_each = var.environments

  crypto_key_id = google_kms_crypto_key.state[each.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = data.google_storage_project_service_account.storage[each.key].member
}

resource "google_storage_bucket" "state" {
  #checkov:skip=CKV_GCP_62:Reads and writes are in the audit log below, which access logs would only repeat with delay
  for_each = var.environments

  project                     = each.value.project_id
  name                        = "${each.value.project_id}-bytebridge-tfstate" # bucket names are one name space for all of Google
  location                    = upper(var.region)
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  deletion_policy             = "PREVENT"
  labels                      = { environment = each.key }

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.state[each.key].id
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      num_newer_versions         = 30
      days_since_noncurrent_time = 90
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.state] # the bucket tests its key while it is created
}

resource "google_project_iam_audit_config" "storage" {
  for_each = var.environments

  project = each.value.project_id
  service = "storage.googleapis.com"

  audit_log_config {
    log_type = "DATA_READ"
  }

  audit_log_config {
    log_type = "DATA_WRITE"
  }
}
