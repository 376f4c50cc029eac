# One key by purpose, so that access to one kind of data can be withdrawn without the others.

# The identities that act for the services. They appear at first use; made here, keys can be granted to them before that.
resource "google_project_service_identity" "producer" {
  provider = google-beta
  for_each = toset([
    "sqladmin",
    "pubsub",
    "cloudtasks",
    "cloudscheduler",
    "run",
    "secretmanager",
    "artifactregistry",
  ])

  service = "${each.key}.googleapis.com"
}

data "google_storage_project_service_account" "main" {}

locals {
  # Purpose => who encrypts with it.
  key_users = {
    database = { databases = google_project_service_identity.producer["sqladmin"].member }
    queue    = { topics = google_project_service_identity.producer["pubsub"].member }
    objects  = { buckets = data.google_storage_project_service_account.main.member }
    functions = {
      run    = google_project_service_identity.producer["run"].member
      topics = google_project_service_identity.producer["pubsub"].member
    }
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

# A database encrypts with a key of its own region: one more key ring for each other region that holds shards.
resource "google_kms_key_ring" "database" {
  for_each = local.shard_regions_abroad

  name     = "${local.name}-database"
  location = each.key
}

resource "google_kms_crypto_key" "database" {
  #checkov:skip=CKV_GCP_82:deletion_policy, as above
  for_each = local.shard_regions_abroad

  name            = "database"
  key_ring        = google_kms_key_ring.database[each.key].id
  rotation_period = "7776000s"
  deletion_policy = local.deletion_policy
  labels          = { component = "database" }
}

resource "google_kms_crypto_key_iam_member" "database" {
  for_each = local.shard_regions_abroad

  crypto_key_id = google_kms_crypto_key.database[each.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = google_project_service_identity.producer["sqladmin"].member
}

locals {
  database_keys = merge(
    { (var.region) = google_kms_crypto_key.purpose["database"].id },
    { for region, key in google_kms_crypto_key.database : region => key.id },
  )
}
