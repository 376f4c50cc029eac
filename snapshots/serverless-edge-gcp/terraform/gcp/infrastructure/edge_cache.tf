# Redis near every user: writes go to the primary region, reads to the nearest copy, over HTTPS with a token. Whoever has the token
# has the cache, so it stands in the secret store alone; Terraform computes it, so that the state has it too (docs/START.md).

resource "upstash_redis_database" "main" {
  database_name  = local.name
  region         = "global"
  primary_region = var.edge_cache.primary_region
  read_regions   = var.edge_cache.read_regions

  tls        = true
  eviction   = true # a cache: what is least used makes room
  auto_scale = false
  budget     = var.edge_cache.budget_usd
  prod_pack  = var.edge_cache.production
}

resource "google_secret_manager_secret" "edge_cache" {
  secret_id           = "${local.name}-edge-cache"
  deletion_protection = var.protected
  labels              = { component = "edge-cache" }

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

  depends_on = [google_kms_crypto_key_iam_member.user] # the service tests its key while the secret is created
}

resource "google_secret_manager_secret_version" "edge_cache" {
  secret                 = google_secret_manager_secret.edge_cache.id
  secret_data_wo         = jsonencode({ url = "https://${upstash_redis_database.main.endpoint}", token = upstash_redis_database.main.rest_token })
  secret_data_wo_version = var.edge_cache.token_version
  deletion_policy        = "DISABLE" # a service that has not been restarted still reads the old one
}

resource "google_secret_manager_secret_iam_member" "edge_cache" {
  for_each = { for service, needs in var.services : service => google_service_account.service[service].member if needs.cache }

  secret_id = google_secret_manager_secret.edge_cache.id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value
}

# Counted by the services that ask it (edge/hits.js): Upstash has no metric in this project.
resource "google_logging_metric" "edge_cache" {
  for_each = toset(["hits", "misses"])

  name            = "${local.name}-edge-cache-${each.key}"
  description     = "Of the cache near users, a request"
  filter          = "resource.type=\"cloud_run_revision\" AND jsonPayload.edge_cache.${each.key}>=0"
  value_extractor = "EXTRACT(jsonPayload.edge_cache.${each.key})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "1"
  }
}

locals {
  edge_cache_counts = { for count, metric in google_logging_metric.edge_cache : count =>
    "sum(rate(logging_googleapis_com:user_${replace(metric.name, "-", "_")}_sum{monitored_resource=\"cloud_run_revision\"}[5m]))"
  }
}

resource "google_monitoring_alert_policy" "edge_cache_hits" {
  display_name          = "${local.name}: edge-cache-hits"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [google_monitoring_notification_channel.email.id]
  user_labels           = { component = "edge-cache" }

  conditions {
    display_name = "The cache near users has less than the databases were sized for"

    condition_prometheus_query_language {
      query               = "${local.edge_cache_counts.hits} / (${local.edge_cache_counts.hits} + ${local.edge_cache_counts.misses}) < ${var.edge_cache.alarms.hit_ratio}"
      duration            = "${var.observability.alarm_s}s"
      evaluation_interval = "60s"
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject = "${local.name}: the hit ratio of the cache near users is below ${var.edge_cache.alarms.hit_ratio}"
    content = "What to do: ${var.observability.runbook_url}#cache"
  }
}
