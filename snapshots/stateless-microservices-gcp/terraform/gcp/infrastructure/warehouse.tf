# Queries over all shards, away from the request path: Datastream replicates each shard into a dataset of its own, and views
# in `analytics` put the shards together (warehouse/views).

locals {
  # Datasets have no hyphens.
  warehouse_datasets = { for shard in keys(local.shards) : shard => replace("${local.name}-${shard}", "-", "_") }
}

resource "google_bigquery_dataset" "shard" {
  for_each = local.warehouse_datasets

  dataset_id                 = each.value
  description                = "Replica of ${each.key}"
  location                   = var.region
  labels                     = { component = "warehouse" }
  delete_contents_on_destroy = !var.protected

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.purpose["warehouse"].id
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # a dataset is refused a key that it cannot use
}

resource "google_bigquery_dataset" "analytics" {
  dataset_id                 = replace("${local.name}-analytics", "-", "_")
  description                = "Views over all shards"
  location                   = var.region
  labels                     = { component = "warehouse" }
  delete_contents_on_destroy = !var.protected

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.purpose["warehouse"].id
  }

  depends_on = [google_kms_crypto_key_iam_member.user]
}

# Datastream comes into the network by an interface of its own: the shards keep their private addresses.
resource "google_compute_network_attachment" "datastream" {
  name                  = "${local.name}-datastream"
  description           = "Datastream, to replicate the shards"
  region                = var.region
  subnetworks           = [google_compute_subnetwork.nodes.id]
  connection_preference = "ACCEPT_AUTOMATIC"
}

resource "google_datastream_private_connection" "main" {
  display_name          = local.name
  location              = var.region
  private_connection_id = local.name
  labels                = { component = "warehouse" }

  psc_interface_config {
    network_attachment = google_compute_network_attachment.datastream.id
  }
}

# Container only: `gcloud secrets versions add` gives it the password that warehouse/source.sql sets on each shard.
resource "google_secret_manager_secret" "datastream" {
  secret_id           = "${local.name}-datastream"
  deletion_protection = var.protected
  labels              = { component = "warehouse" }

  replication {
    user_managed {
      replicas {
        location = var.region

        customer_managed_encryption {
          kms_key_name = google_kms_crypto_key.purpose["secrets"].id
        }
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.user]
}

resource "google_secret_manager_secret_iam_member" "datastream" {
  secret_id = google_secret_manager_secret.datastream.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_project_service_identity.producer["datastream"].member
}

resource "google_datastream_connection_profile" "shard" {
  for_each = local.shards

  display_name          = "${local.name}-${each.key}"
  location              = var.region
  connection_profile_id = "${local.name}-${each.key}"
  labels                = { component = "warehouse" }
  # The login appears with warehouse/source.sql.
  create_without_validation = true

  postgresql_profile {
    hostname                       = local.shard_addresses[each.key]
    port                           = 5432
    database                       = replace(local.namespace, "-", "_")
    username                       = "datastream"
    secret_manager_stored_password = "${google_secret_manager_secret.datastream.id}/versions/latest"

    ssl_config {
      server_verification {
        ca_certificate = google_sql_database_instance.shard[each.key].server_ca_cert[0].cert
      }
    }
  }

  private_connectivity {
    private_connection = google_datastream_private_connection.main.id
  }
}

resource "google_datastream_connection_profile" "warehouse" {
  display_name          = "${local.name}-warehouse"
  location              = var.region
  connection_profile_id = "${local.name}-warehouse"
  labels                = { component = "warehouse" }

  bigquery_profile {}
}

resource "google_datastream_stream" "shard" {
  for_each = local.shards

  display_name                    = "${local.name}-${each.key}"
  location                        = var.region
  stream_id                       = "${local.name}-${each.key}"
  labels                          = { component = "warehouse" }
  customer_managed_encryption_key = google_kms_crypto_key.purpose["warehouse"].id
  # Started when warehouse/source.sql has run on every shard; before that there is nothing to read.
  desired_state             = var.warehouse.running ? "RUNNING" : "NOT_STARTED"
  create_without_validation = true

  source_config {
    source_connection_profile = google_datastream_connection_profile.shard[each.key].id

    postgresql_source_config {
      publication      = "warehouse"
      replication_slot = "warehouse"

      include_objects {
        postgresql_schemas {
          schema = "public"
        }
      }
    }
  }

  destination_config {
    destination_connection_profile = google_datastream_connection_profile.warehouse.id

    bigquery_destination_config {
      data_freshness = "${var.warehouse.freshness_s}s"

      single_target_dataset {
        dataset_id = "${var.project_id}:${google_bigquery_dataset.shard[each.key].dataset_id}"
      }

      merge {}
    }
  }

  backfill_all {}

  depends_on = [google_kms_crypto_key_iam_member.user]
}
