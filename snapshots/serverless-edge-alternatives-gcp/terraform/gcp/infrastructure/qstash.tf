# Jobs by QStash: a producer hands one in over HTTPS, and QStash calls the consumer until it answers. What it is told about retries
# goes with each message (qstash/publish.js); what fails too often stays at QStash until a person looks (docs/RUNBOOK.md#jobs).

locals {
  # Who is called with the messages of a topic.
  qstash_consumers = {
    notification = ["notifier", "auditor"]
    upload       = ["thumbnailer"]
    report       = ["reporter"]
  }

  # What a producer tells QStash with each message.
  qstash_topics = { for name, topic in var.qstash.topics : name => merge(topic, { name = "${local.name}-${name}" }) }

  # Who reads which secret: producers the token, consumers the keys. Nobody needs both but who hands jobs on.
  qstash_readers = {
    web         = ["token"]
    notifier    = ["keys"]
    auditor     = ["keys"]
    thumbnailer = ["keys"]
    reporter    = ["keys"]
  }
  qstash_secrets = {
    token = "Where jobs are handed in, and the token of who may"
    keys  = "What QStash signs its calls with: the current key and the next one"
  }
}

resource "upstash_qstash_topic_v2" "topic" {
  for_each = local.qstash_consumers

  name      = "${local.name}-${each.key}"
  endpoints = [for consumer in each.value : google_cloud_run_v2_service.function[consumer].uri]
}

# Jobs by the clock: messages of the same topic. One that is not done after its retries lies with QStash's dead letters.
locals {
  schedules = {
    reporter = { topic = "report", cron = "CRON_TZ=Europe/Berlin 30 3 * * *" }
  }
}

resource "upstash_qstash_schedule_v2" "jobs" {
  for_each = local.schedules

  destination  = upstash_qstash_topic_v2.topic[each.value.topic].name
  cron         = each.value.cron
  method       = "POST"
  content_type = "application/json"
  body         = jsonencode({ schedule = each.key })
  retries      = var.qstash.topics[each.value.topic].retries
}

# Values are put in by qstash/secrets: they are in no file and no state.
resource "google_secret_manager_secret" "qstash" {
  for_each = local.qstash_secrets

  secret_id           = "${local.name}-qstash-${each.key}"
  deletion_protection = var.protected
  labels              = { component = "qstash" }

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

resource "google_secret_manager_secret_iam_member" "qstash" {
  for_each = merge([for service, secrets in local.qstash_readers : { for secret in secrets : "${service}/${secret}" => { service = service, secret = secret } }]...)

  secret_id = google_secret_manager_secret.qstash[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.service[each.value.service].member
}
