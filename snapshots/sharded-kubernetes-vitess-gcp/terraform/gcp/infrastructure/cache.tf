resource "google_memorystore_instance" "main" {
  instance_id                 = local.name
  location                    = var.region
  engine_version              = "VALKEY_8_0"
  mode                        = "CLUSTER" # with one shard too: a second one then needs no new client
  node_type                   = var.cache.node_type
  shard_count                 = var.cache.shards
  replica_count               = var.cache.replicas
  authorization_mode          = "IAM_AUTH"
  transit_encryption_mode     = "SERVER_AUTHENTICATION"
  kms_key                     = google_kms_crypto_key.purpose["cache"].id
  deletion_protection_enabled = var.protected
  labels                      = { component = "cache" }

  engine_configs = {
    # Every entry has a TTL, but a full cache must never refuse a write.
    maxmemory-policy = var.cache.maxmemory_policy
  }

  zone_distribution_config {
    mode = var.cache.replicas > 0 ? "MULTI_ZONE" : "SINGLE_ZONE"
    zone = var.cache.replicas > 0 ? null : var.cluster.zones[0]
  }

  desired_auto_created_endpoints {
    network    = local.network
    project_id = var.project_id
  }

  # A cache: it is filled from the database again (stampede protection is in the services), so it is not saved.
  persistence_config {
    mode = "DISABLED"
  }

  maintenance_policy {
    weekly_maintenance_window {
      day = "SUNDAY"

      start_time {
        hours = var.maintenance.hour
      }
    }
  }

  lifecycle {
    precondition {
      condition     = !var.protected || var.cache.replicas >= 1
      error_message = "A protected environment keeps one replica of each cache shard: half of the cache lost is what the database is sized for."
    }
  }

  # The endpoint is made by the policy, the data encrypted with the key from the start.
  depends_on = [google_network_connectivity_service_connection_policy.cache, google_kms_crypto_key_iam_member.user]
}
