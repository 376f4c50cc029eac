# The data lake: raw as it came, clean after the first pass, curated for questions. BigQuery reads the objects where they are.

locals {
  # What functions write: one row for each object. Columns are added at the end, here and in the function that writes them.
  lake_columns = {
    raw = [
      { name = "id", type = "STRING" },
      { name = "received_at", type = "TIMESTAMP" },
      { name = "source", type = "STRING" },
      { name = "body", type = "STRING" },
    ]
    clean = [
      { name = "id", type = "STRING" },
      { name = "received_at", type = "TIMESTAMP" },
      { name = "source", type = "STRING" },
      { name = "kind", type = "STRING" },
      { name = "attributes", type = "STRING" },
    ]
    curated = [
      { name = "id", type = "STRING" },
      { name = "occurred_at", type = "TIMESTAMP" },
      { name = "kind", type = "STRING" },
      { name = "subject", type = "STRING" },
      { name = "measure", type = "FLOAT" },
      { name = "attributes", type = "STRING" },
    ]
  }

  lake_writers = { for pair in setproduct(keys(local.lake_columns), ["ingest", "process", "publish"]) : "${pair[0]}/${pair[1]}" => { zone = pair[0], service = pair[1] } }
}

resource "google_storage_bucket" "lake" {
  #checkov:skip=CKV_GCP_62:Cloud Audit Logs have every query, and only the functions' own accounts write
  for_each = local.lake_columns

  # Names are global: the project's number makes them ours.
  name                        = "${local.name}-lake-${each.key}-${data.google_project.current.number}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protected
  labels                      = { component = "lake" }

  encryption {
    default_kms_key_name = google_kms_crypto_key.purpose["lake"].id
  }

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = var.lake.noncurrent_days
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

  # Curated stays: it is what questions are asked of, and the smallest.
  dynamic "lifecycle_rule" {
    for_each = each.key == "curated" ? [] : [var.lake.retention_days]

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

  dynamic "lifecycle_rule" {
    for_each = each.key == "raw" && var.lake.infrequent_days < var.lake.retention_days ? [var.lake.infrequent_days] : []

    content {
      action {
        type          = "SetStorageClass"
        storage_class = "NEARLINE"
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

resource "google_storage_bucket_iam_member" "lake_writer" {
  for_each = local.lake_writers

  bucket = google_storage_bucket.lake[each.value.zone].name
  role   = "roles/storage.objectUser"
  member = google_service_account.service[each.value.service].member
}

resource "google_bigquery_dataset" "lake" {
  dataset_id                 = replace("${local.name}_lake", "-", "_")
  location                   = var.region
  description                = "Zones of the data lake"
  delete_contents_on_destroy = !var.protected
  labels                     = { component = "lake" }

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.purpose["lake"].id
  }

  depends_on = [google_kms_crypto_key_iam_member.user]
}

# BigLake reads the objects as itself: who asks needs the table alone, not the bucket.
resource "google_bigquery_connection" "lake" {
  connection_id = "${local.name}-lake"
  location      = var.region
  description   = "Objects of the data lake"

  cloud_resource {}
}

resource "google_storage_bucket_iam_member" "lake_reader" {
  for_each = google_storage_bucket.lake

  bucket = each.value.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_bigquery_connection.lake.cloud_resource[0].service_account_id}"
}

# Partitions follow from the path, dt=2026-01-31/, and a query without a filter on dt is refused.
resource "google_bigquery_table" "lake" {
  #checkov:skip=CKV_GCP_80:encrypted with the dataset's default key, and the objects with the same
  #checkov:skip=CKV_GCP_121:deletion protection by environment
  for_each = local.lake_columns

  dataset_id          = google_bigquery_dataset.lake.dataset_id
  table_id            = each.key
  description         = "Zone ${each.key}"
  deletion_protection = var.protected
  schema              = jsonencode([for column in each.value : merge(column, { mode = "NULLABLE" })])
  labels              = { component = "lake" }

  external_data_configuration {
    autodetect    = false
    connection_id = google_bigquery_connection.lake.name
    source_format = each.key == "raw" ? "NEWLINE_DELIMITED_JSON" : "PARQUET"
    source_uris   = ["gs://${google_storage_bucket.lake[each.key].name}/*"]

    hive_partitioning_options {
      mode                     = "CUSTOM"
      source_uri_prefix        = "gs://${google_storage_bucket.lake[each.key].name}/{dt:DATE}"
      require_partition_filter = true
    }
  }

  # BigQuery tests that the connection may read.
  depends_on = [google_storage_bucket_iam_member.lake_reader]
}

# Of all queries of the project on one day.
resource "google_service_usage_consumer_quota_override" "scan" {
  provider = google-beta

  service        = "bigquery.googleapis.com"
  metric         = urlencode("bigquery.googleapis.com/quota/query/usage")
  limit          = urlencode("/d/project")
  override_value = tostring(var.lake.scan_quota_mib_day)
  force          = true
}
