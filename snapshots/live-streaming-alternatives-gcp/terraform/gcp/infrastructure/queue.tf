# A topic and one subscription for each queue. What no consumer could handle goes to the dead-letter topic, whose
# subscription keeps it until a person looks.

locals {
  queue_topics = {
    transcoding             = { consumer = "transcoder", dead_letter = "transcoding-dead-letter" }
    transcoding-dead-letter = { consumer = null, dead_letter = null }
  }

  # The subscription is where KEDA looks and the consumer reads; its own dead letters are forwarded by Pub/Sub itself.
  queue_agent = google_project_service_identity.producer["pubsub"].member

  queue_publishers = merge([
    for service, needs in var.services : {
      for topic in needs.produces : "${topic}/${service}" => { topic = topic, member = google_service_account.service[service].member }
    }
  ]...)

  queue_subscribers = merge([
    for service, needs in var.services : {
      for topic in needs.consumes : "${topic}/${service}" => { topic = topic, member = google_service_account.service[service].member }
    }
  ]...)

  queue_dead_letters = { for topic, spec in local.queue_topics : topic => spec.dead_letter if spec.dead_letter != null }
}

resource "google_pubsub_topic" "topic" {
  for_each = local.queue_topics

  name                       = "${local.name}-${each.key}"
  kms_key_name               = google_kms_crypto_key.purpose["queue"].id
  message_retention_duration = "${var.queue.topics[each.key].retention_hours * 3600}s" # a subscription can be set back this far
  deletion_policy            = local.deletion_policy
  labels                     = { component = "queue" }

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # messages are encrypted from the first one on
}

resource "google_pubsub_subscription" "topic" {
  for_each = local.queue_topics

  name                       = "${local.name}-${each.key}"
  topic                      = google_pubsub_topic.topic[each.key].id
  message_retention_duration = "${min(var.queue.topics[each.key].retention_hours, 168) * 3600}s"
  ack_deadline_seconds       = try(coalesce(var.services[each.value.consumer].ack_deadline_s), 60)
  deletion_policy            = local.deletion_policy
  labels                     = { component = "queue" }

  expiration_policy {
    ttl = "" # never, also when nobody reads for a month
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.dead_letter[*]

    content {
      dead_letter_topic     = google_pubsub_topic.topic[dead_letter_policy.value].id
      max_delivery_attempts = var.services[each.value.consumer].max_attempts
    }
  }

  dynamic "retry_policy" {
    for_each = each.value.consumer[*]

    content {
      minimum_backoff = "${var.services[retry_policy.value].retry_min_s}s"
      maximum_backoff = "${var.services[retry_policy.value].retry_max_s}s"
    }
  }
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.queue_publishers

  topic  = google_pubsub_topic.topic[each.value.topic].id
  role   = "roles/pubsub.publisher"
  member = each.value.member
}

resource "google_pubsub_subscription_iam_member" "subscriber" {
  for_each = local.queue_subscribers

  subscription = google_pubsub_subscription.topic[each.value.topic].name
  role         = "roles/pubsub.subscriber"
  member       = each.value.member
}

# Pub/Sub forwards to the dead letter as its own agent, which must be let in on both sides.
resource "google_pubsub_topic_iam_member" "dead_letter" {
  for_each = local.queue_dead_letters

  topic  = google_pubsub_topic.topic[each.value].id
  role   = "roles/pubsub.publisher"
  member = local.queue_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letter" {
  for_each = local.queue_dead_letters

  subscription = google_pubsub_subscription.topic[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.queue_agent
}
