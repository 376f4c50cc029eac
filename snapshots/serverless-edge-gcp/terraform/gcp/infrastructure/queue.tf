# A topic, and a subscription for each of its consumers: none sees what another has done. What no consumer could handle goes to its
# dead-letter topic, whose subscription keeps it until a person looks.

locals {
  queue_topics = {
    notification                     = { consumer = "notifier", dead_letter = "notification-dead-letter", topic = "notification" }
    notification-dead-letter         = { consumer = null, dead_letter = null, topic = "notification-dead-letter" }
    notification-auditor             = { consumer = "auditor", dead_letter = "notification-auditor-dead-letter", topic = "notification" }
    notification-auditor-dead-letter = { consumer = null, dead_letter = null, topic = "notification-auditor-dead-letter" }
    upload-dead-letter               = { consumer = null, dead_letter = null, topic = "upload-dead-letter" }
    report                           = { consumer = "reporter", dead_letter = "report-dead-letter", topic = "report" }
    report-dead-letter               = { consumer = null, dead_letter = null, topic = "report-dead-letter" }
  }

  # A topic keeps messages as long as the most patient of its subscriptions asks for.
  topic_retention_hours = {
    for topic in distinct([for spec in local.queue_topics : spec.topic]) :
    topic => max([for name, spec in local.queue_topics : var.queue.topics[name].retention_hours if spec.topic == topic]...)
  }

  # Dead letters are forwarded by Pub/Sub itself.
  queue_agent = google_project_service_identity.producer["pubsub"].member

  queue_publishers = merge([
    for service, needs in var.services : {
      for topic in needs.produces : "${topic}/${service}" => { topic = topic, member = google_service_account.service[service].member } if !contains(keys(local.paced_queues), topic)
    }
  ]...)

  queue_subscribers = merge([
    for service, needs in var.services : {
      for topic in needs.consumes : "${topic}/${service}" => { topic = topic, member = google_service_account.service[service].member } if !contains(keys(local.paced_queues), topic)
    }
  ]...)

  # Services that are called with each message: where, and as whom.
  push_targets = merge(
    { notifier = { uri = google_cloud_run_v2_service.function["notifier"].uri, account = google_service_account.caller.email } },
    { auditor = { uri = google_cloud_run_v2_service.function["auditor"].uri, account = google_service_account.caller.email } },
    { reporter = { uri = google_cloud_run_v2_service.function["reporter"].uri, account = google_service_account.caller.email } },
  )

  queue_dead_letters = { for topic, spec in local.queue_topics : topic => spec.dead_letter if spec.dead_letter != null }
}

resource "google_pubsub_topic" "topic" {
  for_each = local.topic_retention_hours

  name                       = "${local.name}-${each.key}"
  kms_key_name               = google_kms_crypto_key.purpose["queue"].id
  message_retention_duration = "${each.value * 3600}s" # a subscription can be set back this far
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
  topic                      = google_pubsub_topic.topic[each.value.topic].id
  message_retention_duration = "${min(var.queue.topics[each.key].retention_hours, 168) * 3600}s"
  ack_deadline_seconds       = try(coalesce(var.services[each.value.consumer].ack_deadline_s), 60)
  deletion_policy            = local.deletion_policy
  labels                     = { component = "queue" }

  expiration_policy {
    ttl = "" # never, also when nobody reads for a month
  }

  # What runs on Cloud Run is called, and scales with what waits; the others come and fetch.
  dynamic "push_config" {
    for_each = [for name in each.value.consumer[*] : local.push_targets[name] if contains(keys(local.push_targets), name)]

    content {
      push_endpoint = push_config.value.uri

      oidc_token {
        service_account_email = push_config.value.account
        audience              = push_config.value.uri
      }
    }
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

# Jobs whose worker calls something that takes only so many a second. Pub/Sub hands over as fast as it can; Cloud Tasks waits in
# between, and calls the worker as an account that may do nothing else. It has no dead letters: a worker that fails the last time it
# may (header X-CloudTasks-TaskRetryCount, and MAX_ATTEMPTS_<QUEUE> of its environment) puts the job into the dead-letter topic itself and
# answers 200. Tasks lie encrypted with Google's key: a customer's is a setting of the whole region of a project, made by hand.
locals {
  paced_queues = {
    upload = { consumer = "thumbnailer", dead_letter = "upload-dead-letter" }
  }

  # Queue => who is called.
  paced_targets = {
    upload = google_cloud_run_v2_service.function["thumbnailer"]
  }

  # By its name, for it is made after the services that put jobs into it.
  paced_names = { for queue in keys(local.paced_queues) : queue => "projects/${var.project_id}/locations/${var.region}/queues/${local.name}-${queue}" }

  paced_producers = merge([
    for service, needs in var.services : {
      for topic in needs.produces : "${topic}/${service}" => { queue = topic, member = google_service_account.service[service].member } if contains(keys(local.paced_queues), topic)
    }
  ]...)
}

resource "google_service_account" "dispatcher" {
  account_id   = local.account_ids["dispatcher"]
  display_name = "Queues of ${local.name} that call at a rate"
}

# Cloud Tasks makes its tokens.
resource "google_service_account_iam_member" "dispatcher" {
  service_account_id = google_service_account.dispatcher.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = google_project_service_identity.producer["cloudtasks"].member
}

resource "google_cloud_run_v2_service_iam_member" "dispatcher" {
  for_each = local.paced_queues

  name     = local.paced_targets[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.dispatcher.member
}

# The name of a queue that was deleted is free again after seven days.
resource "google_cloud_tasks_queue" "paced" {
  for_each = local.paced_queues

  name            = "${local.name}-${each.key}"
  location        = var.region
  deletion_policy = local.deletion_policy

  rate_limits {
    max_dispatches_per_second = var.queue.paced[each.key].calls_per_second
    max_concurrent_dispatches = var.queue.paced[each.key].calls_at_once
  }

  retry_config {
    max_attempts = var.queue.paced[each.key].attempts
    min_backoff  = "${var.services[each.value.consumer].retry_min_s}s"
    max_backoff  = "${var.services[each.value.consumer].retry_max_s}s"
  }

  # Whatever a task says: who puts in a job names neither the address nor the account, and needs no right to either.
  http_target {
    http_method = "POST"

    uri_override {
      scheme                    = "HTTPS"
      host                      = trimprefix(local.paced_targets[each.key].uri, "https://")
      uri_override_enforce_mode = "ALWAYS"
    }

    oidc_token {
      service_account_email = google_service_account.dispatcher.email
      audience              = local.paced_targets[each.key].uri
    }
  }
}

resource "google_cloud_tasks_queue_iam_member" "producer" {
  for_each = local.paced_producers

  name     = google_cloud_tasks_queue.paced[each.value.queue].name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = each.value.member
}

# Jobs by the clock: a message into the worker's own topic or queue, so that it takes them as it takes all others. Cloud Scheduler would publish
# as an agent that may write to every topic of the project; by the interface of HTTP it is an account for each schedule, which may
# put jobs into that one place. Its jobs lie encrypted with Google's key: they hold a name and nothing else.
locals {
  schedules = {
    reporter = {
      queue     = "report"
      cron      = "30 3 * * *"
      time_zone = "Europe/Berlin"
      gap_hours = 24 # between two jobs at most; null: not the same every week
    }
  }

  # Where a job is put in, and what with.
  schedule_messages = { for name in keys(local.schedules) : name => base64encode(jsonencode({ schedule = name })) }
  schedule_targets = merge(
    { reporter = {
      uri  = "https://pubsub.googleapis.com/v1/${google_pubsub_topic.topic["report"].id}:publish"
      body = jsonencode({ messages = [{ data = local.schedule_messages["reporter"] }] })
    } },
  )
}

resource "google_service_account" "clock" {
  for_each = local.schedules

  account_id   = local.account_ids["${each.key}-clock"]
  display_name = "Puts jobs of ${each.key} of ${local.name} into its queue by the clock"
}

# Cloud Scheduler makes its tokens.
resource "google_service_account_iam_member" "clock" {
  for_each = local.schedules

  service_account_id = google_service_account.clock[each.key].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_project_service_identity.producer["cloudscheduler"].member
}

resource "google_pubsub_topic_iam_member" "clock" {
  for_each = { for name, schedule in local.schedules : name => schedule if contains(keys(local.queue_topics), schedule.queue) }

  topic  = google_pubsub_topic.topic[each.value.queue].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.clock[each.key].member
}

resource "google_cloud_scheduler_job" "jobs" {
  for_each = local.schedules

  name             = "${local.name}-${each.key}"
  region           = var.region
  description      = "Jobs of ${each.key}"
  schedule         = each.value.cron
  time_zone        = each.value.time_zone
  attempt_deadline = "30s" # of putting it in, not of the job
  deletion_policy  = local.deletion_policy

  retry_config {
    retry_count          = 5 # the most there is
    min_backoff_duration = "10s"
    max_backoff_duration = "600s"
  }

  http_target {
    uri         = local.schedule_targets[each.key].uri
    http_method = "POST"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode(local.schedule_targets[each.key].body)

    oauth_token {
      service_account_email = google_service_account.clock[each.key].email
    }
  }

  depends_on = [google_service_account_iam_member.clock]
}

# Jobs that were put in, by schedule.
resource "google_logging_metric" "schedule" {
  for_each = local.schedules

  name   = "${local.name}/schedule-${each.key}"
  filter = "resource.type=\"cloud_scheduler_job\" AND resource.labels.job_id=\"${google_cloud_scheduler_job.jobs[each.key].name}\" AND jsonPayload.\"@type\"=\"type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished\" AND severity<ERROR"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
}

locals {
  # A job that was put in and is not done is late in its queue, or with its dead letters; these say that none was put in. Alerts look
  # back 25 hours at most: one that comes less than once a day has the alert of its failure alone.
  schedule_alerts = merge(
    { for name, schedule in local.schedules : "schedule-${name}" => {
      summary = "No job of ${name} was put into its queue in the longest time between two"
      filter  = "resource.type = \"cloud_scheduler_job\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.schedule[name].name}\""
      window  = (schedule.gap_hours + 1) * 3600
      seconds = 3600
      aligner = "ALIGN_SUM"
      below   = 1
      above   = null
    } if coalesce(schedule.gap_hours, 168) <= 24 },
    { for name, schedule in local.schedules : "schedule-late-${name}" => {
      summary = "A job of ${name} that came by the clock is not done within its deadline"
      filter  = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.topic[schedule.queue].name}\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      window  = 60
      seconds = 0
      aligner = "ALIGN_MAX"
      below   = null
      above   = var.queue.deadlines_s[schedule.queue]
    } if contains(keys(local.queue_topics), schedule.queue) },
  )
}

resource "google_monitoring_alert_policy" "schedule" {
  for_each = local.schedule_alerts

  display_name          = "${local.name}: ${each.key}"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [google_monitoring_notification_channel.email.id]
  user_labels           = { component = "queue" }

  conditions {
    display_name = each.value.summary

    condition_threshold {
      filter                  = each.value.filter
      comparison              = each.value.below == null ? "COMPARISON_GT" : "COMPARISON_LT"
      threshold_value         = coalesce(each.value.below, each.value.above)
      duration                = "${each.value.seconds}s"
      evaluation_missing_data = each.value.below == null ? "EVALUATION_MISSING_DATA_INACTIVE" : "EVALUATION_MISSING_DATA_ACTIVE"

      aggregations {
        alignment_period     = "${each.value.window}s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.below == null ? "REDUCE_MAX" : "REDUCE_SUM"
      }
    }
  }

  documentation {
    subject = "${local.name}: ${each.value.summary}"
    content = "What to do: ${var.observability.runbook_url}#scheduled-jobs"
  }
}

# Putting in failed, after all its retries or before.
resource "google_monitoring_alert_policy" "schedule_failed" {
  for_each = local.schedules

  display_name          = "${local.name}: schedule-failed-${each.key}"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [google_monitoring_notification_channel.email.id]
  user_labels           = { component = "queue" }

  conditions {
    display_name = "A job of ${each.key} could not be put into its queue"

    condition_matched_log {
      filter = "resource.type=\"cloud_scheduler_job\" AND resource.labels.job_id=\"${google_cloud_scheduler_job.jobs[each.key].name}\" AND severity>=ERROR"
    }
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    subject = "${local.name}: a job of ${each.key} could not be put into its queue"
    content = "What to do: ${var.observability.runbook_url}#scheduled-jobs"
  }
}
