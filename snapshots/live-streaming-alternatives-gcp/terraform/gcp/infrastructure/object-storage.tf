# Buckets by purpose. Nobody outside reads them: what users see comes through the services, or by URLs that they sign.

locals {
  buckets = {
    uploads  = { delivered = false, events = true }
    segments = { delivered = true, events = false }
  }

  # Service => bucket whose objects it reads and writes.
  bucket_users = {
    "web/uploads"         = { service = "web", bucket = "uploads" }
    "ingest/segments"     = { service = "ingest", bucket = "segments" }
    "live/segments"       = { service = "live", bucket = "segments" }
    "transcoder/uploads"  = { service = "transcoder", bucket = "uploads" }
    "transcoder/segments" = { service = "transcoder", bucket = "segments" }
    "uploads/uploads"     = { service = "uploads", bucket = "uploads" }
  }
}

resource "google_storage_bucket" "main" {
  #checkov:skip=CKV_GCP_62:the CDN logs who reads, and Cloud Audit Logs say who writes
  for_each = local.buckets

  # Names are global: the project's number makes them ours.
  name                        = "${local.name}-${each.key}-${data.google_project.current.number}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protected
  labels                      = { component = "object-storage" }

  encryption {
    default_kms_key_name = google_kms_crypto_key.purpose["objects"].id
  }

  versioning {
    enabled = true
  }

  # The class follows the use; what expires soon is not worth the watching.
  dynamic "autoclass" {
    for_each = var.object_storage.buckets[each.key].expire_days == null ? ["NEARLINE"] : []

    content {
      enabled                = true
      terminal_storage_class = autoclass.value
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = var.object_storage.buckets[each.key].version_days
      with_state                 = "ARCHIVED"
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

  dynamic "lifecycle_rule" {
    for_each = var.object_storage.buckets[each.key].expire_days == null ? [] : [var.object_storage.buckets[each.key].expire_days]

    content {
      action {
        type = "Delete"
      }
      condition {
        age        = lifecycle_rule.value
        with_state = "LIVE"
      }
    }
  }

  # Versions do what it did, and cost nothing twice.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # a bucket is refused a key that it cannot use
}

resource "google_storage_bucket_iam_member" "service" {
  for_each = { for key, user in local.bucket_users : key => user if contains(keys(var.services), user.service) }

  bucket = google_storage_bucket.main[each.value.bucket].name
  role   = "roles/storage.objectUser"
  member = google_service_account.service[each.value.service].member
}

# Who hands out addresses of objects signs them as itself, by the interface of IAM: there is no key to sign with.
resource "google_service_account_iam_member" "signer" {
  for_each = toset(["web", "ingest", "live"])

  service_account_id = google_service_account.service[each.key].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.service[each.key].member
}
