# One key by purpose, so that access to one kind of data can be withdrawn without the others.

# The identities that act for the services. They appear at first use; made here, keys can be granted to them before that.
resource "google_project_service_identity" "producer" {
  provider = google-beta
  for_each = toset([
    "memorystore",
    "pubsub",
    "secretmanager",
    "artifactregistry",
    "gkebackup",
  ])

  service = "${each.key}.googleapis.com"
}

data "google_storage_project_service_account" "main" {}

locals {
  # These two exist as soon as their API is on.
  gke_identity     = "serviceAccount:service-${data.google_project.current.number}@container-engine-robot.iam.gserviceaccount.com"
  compute_identity = "serviceAccount:service-${data.google_project.current.number}@compute-system.iam.gserviceaccount.com"

  # Purpose => who encrypts with it.
  key_users = {
    cluster = { gke = local.gke_identity, compute = local.compute_identity }
    # volumes, and the bucket of their log and backups
    database = { compute = local.compute_identity, buckets = data.google_storage_project_service_account.main.member }
    cache    = { memorystore = google_project_service_identity.producer["memorystore"].member }
    registry = { artifacts = google_project_service_identity.producer["artifactregistry"].member }
    secrets = {
      secrets = google_project_service_identity.producer["secretmanager"].member
      topic   = google_project_service_identity.producer["pubsub"].member
    }
  }

  key_grants = merge([
    for purpose, users in local.key_users : {
      for user, member in users : "${purpose}/${user}" => { purpose = purpose, member = member }
    }
  ]...)
}

resource "google_kms_key_ring" "main" {
  name     = local.name
  location = var.region
}

resource "google_kms_crypto_key" "purpose" {
  #checkov:skip=CKV_GCP_82:deletion_policy guards it in prod; prevent_destroy takes no variable and would hold dev too
  for_each = local.key_users

  name            = each.key
  key_ring        = google_kms_key_ring.main.id
  rotation_period = "7776000s"
  deletion_policy = local.deletion_policy
  labels          = { component = each.key }
}

resource "google_kms_crypto_key_iam_member" "user" {
  for_each = local.key_grants

  crypto_key_id = google_kms_crypto_key.purpose[each.value.purpose].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value.member
}
