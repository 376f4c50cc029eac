# What Vitess needs of Google Cloud: a bucket for the backups of its shards, and the account that tablets act as. The tablets are the
# operator's: kubernetes/.

locals {
  # In another region of the continent where the objectives ask for it: the loss of this one leaves the log and the backups.
  backups_location = coalesce(var.databases.backup_region, var.region)
  backups_abroad   = toset([for region in [local.backups_location] : region if region != var.region])
}

# A bucket encrypts with a key of its own region.
resource "google_kms_key_ring" "backups" {
  for_each = local.backups_abroad

  name     = "${local.name}-backups"
  location = each.key
}

resource "google_kms_crypto_key" "backups" {
  #checkov:skip=CKV_GCP_82:deletion_policy guards it in prod; prevent_destroy takes no variable and would hold dev too
  for_each = local.backups_abroad

  name            = "backups"
  key_ring        = google_kms_key_ring.backups[each.key].id
  rotation_period = "7776000s"
  deletion_policy = local.deletion_policy
  labels          = { component = "vitess" }
}

resource "google_kms_crypto_key_iam_member" "backups" {
  for_each = local.backups_abroad

  crypto_key_id = google_kms_crypto_key.backups[each.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = data.google_storage_project_service_account.main.member
}

resource "google_storage_bucket" "backups" {
  #checkov:skip=CKV_GCP_62:one account reads and writes it, and Cloud Audit Logs name who changes the bucket
  # Names are global: the project's number makes them ours.
  name                        = "${local.name}-databases-${data.google_project.current.number}"
  location                    = local.backups_location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protected
  labels                      = { component = "vitess" }

  encryption {
    default_kms_key_name = one(concat(
      values(google_kms_crypto_key.backups)[*].id,
      [for key in [google_kms_crypto_key.purpose["database"].id] : key if length(local.backups_abroad) == 0],
    ))
  }

  # Age deletes backups, and nothing else does; a deleted one can be brought back for a while.
  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = var.databases.deleted_days
      with_state                 = "ARCHIVED"
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age        = var.databases.kept_days
      with_state = "LIVE"
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  # Versions do what it did, and cost nothing twice.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # a bucket is refused a key that it cannot use
  depends_on = [google_kms_crypto_key_iam_member.user, google_kms_crypto_key_iam_member.backups]
}

# Tablets act as it, by workload identity (identity.tf): they make backups, read them to begin with, and delete what was left unfinished.
resource "google_service_account" "databases" {
  account_id   = local.account_ids["databases"]
  display_name = "Tablets of ${local.name}"
}

resource "google_storage_bucket_iam_member" "databases" {
  # The second only to ask whether the bucket is there, as each shipment does first.
  for_each = toset(["roles/storage.objectUser", "roles/storage.legacyBucketReader"])

  bucket = google_storage_bucket.backups.name
  role   = each.key
  member = google_service_account.databases.member
}
