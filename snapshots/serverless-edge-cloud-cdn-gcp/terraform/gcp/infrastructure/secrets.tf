# The first value is random, so that a service can start; `gcloud secrets versions add` adds the next. No value is in a state.

locals {
  secret_readers = merge(concat([
    for service, needs in var.services : {
      for secret in needs.secrets : "${secret}/${service}" => { secret = secret, member = google_service_account.service[service].member }
    }
  ])...)
}

resource "google_pubsub_topic" "rotation" {
  name         = "${local.name}-secret-rotation"
  kms_key_name = google_kms_crypto_key.purpose["secrets"].id
  labels       = { component = "secrets" }

  depends_on = [google_kms_crypto_key_iam_member.user] # messages are encrypted from the first one on
}

resource "google_pubsub_topic_iam_member" "rotation" {
  topic  = google_pubsub_topic.rotation.name
  role   = "roles/pubsub.publisher"
  member = google_project_service_identity.producer["secretmanager"].member
}

# What is due waits here until the one who exchanged it takes it out; as long as it does, the alert says so (docs/RUNBOOK.md#secret-rotation).
resource "google_pubsub_subscription" "rotation" {
  name                       = google_pubsub_topic.rotation.name
  topic                      = google_pubsub_topic.rotation.id
  filter                     = "attributes.eventType = \"SECRET_ROTATE\"" # not what happens to secrets otherwise
  message_retention_duration = "2678400s"                                 # a month, the most there is
  labels                     = { component = "secrets" }

  expiration_policy {
    ttl = "" # nobody may read it for longer than that
  }
}

resource "google_monitoring_alert_policy" "rotation" {
  display_name          = "${local.name}: secret-rotation"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [google_monitoring_notification_channel.email.id]
  user_labels           = { component = "secrets" }

  conditions {
    display_name = "A secret is due"

    condition_threshold {
      filter          = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.rotation.name}\" AND metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "3600s"

      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_MEAN"
      }
    }
  }

  documentation {
    subject = "${local.name}: a secret is due"
    content = "Which one: `gcloud pubsub subscriptions pull ${google_pubsub_subscription.rotation.name}`. What to do: ${var.observability.runbook_url}#secret-rotation"
  }
}

resource "google_secret_manager_secret" "secret" {
  for_each = var.secrets

  secret_id           = "${local.name}-${each.key}"
  deletion_protection = var.protected
  version_destroy_ttl = each.value.destroy_days > 0 ? "${each.value.destroy_days * 86400}s" : null # time to notice that an old version was still in use
  labels              = { component = "secrets" }

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

  rotation {
    rotation_period    = "${each.value.rotation_days * 86400}s"
    next_rotation_time = timeadd(plantimestamp(), "${each.value.rotation_days * 24}h")
  }

  topics {
    name = google_pubsub_topic.rotation.id
  }

  lifecycle {
    # The service moves it on after each rotation; the first one is counted from the day of creation.
    ignore_changes = [rotation[0].next_rotation_time]
  }

  # Secret Manager tests both while the secret is created.
  depends_on = [google_kms_crypto_key_iam_member.user, google_pubsub_topic_iam_member.rotation]
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.secret_readers

  secret_id = google_secret_manager_secret.secret[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.member
}

ephemeral "random_password" "first" {
  for_each = var.secrets

  length  = 48
  special = false
}

resource "google_secret_manager_secret_version" "first" {
  for_each = var.secrets

  secret                 = google_secret_manager_secret.secret[each.key].id
  secret_data_wo         = ephemeral.random_password.first[each.key].result
  secret_data_wo_version = "1"
}
