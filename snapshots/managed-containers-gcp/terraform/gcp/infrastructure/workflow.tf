# What happens to an uploaded object, step by step: each function takes what the one before it answered. An upload starts it; with
# {"prefix": "…"} as its argument it takes every object below a prefix of the uploads again.

resource "google_service_account" "workflow" {
  account_id   = local.account_ids["workflow"]
  display_name = "Workflow of ${local.name}"
}

resource "google_cloud_run_v2_service_iam_member" "workflow" {
  for_each = toset(["ingest", "process", "publish"])

  name     = google_cloud_run_v2_service.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.workflow.member
}

resource "google_project_iam_member" "workflow_log" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.workflow.member
}

resource "google_storage_bucket_iam_member" "workflow" {
  bucket = google_storage_bucket.main["uploads"].name
  role   = "roles/storage.objectViewer" # a batch lists them
  member = google_service_account.workflow.member
}

# What could not be done, with its error, until a person looks.
resource "google_pubsub_topic" "workflow_failed" {
  name            = "${local.name}-workflow-failed"
  kms_key_name    = google_kms_crypto_key.purpose["functions"].id
  deletion_policy = local.deletion_policy
  labels          = { component = "workflow" }

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # messages are encrypted from the first one on
}

resource "google_pubsub_subscription" "workflow_failed" {
  name                       = "${local.name}-workflow-failed"
  topic                      = google_pubsub_topic.workflow_failed.id
  message_retention_duration = "604800s"
  deletion_policy            = local.deletion_policy
  labels                     = { component = "workflow" }

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "workflow_failed" {
  topic  = google_pubsub_topic.workflow_failed.id
  role   = "roles/pubsub.publisher"
  member = google_service_account.workflow.member
}

resource "google_workflows_workflow" "main" {
  name                = local.name
  region              = var.region
  description         = "ingest, process, publish: one step after the other"
  service_account     = google_service_account.workflow.id
  crypto_key_name     = google_kms_crypto_key.purpose["functions"].id
  call_log_level      = "LOG_ERRORS_ONLY"
  deletion_protection = var.protected
  labels              = { component = "workflow" }

  source_contents = <<-YAML
    main:
      params: [event]
      steps:
        - route:
            switch:
              - condition: $${"prefix" in event}
                next: batch
        - one:
            call: handle
            args:
              object: $${event.data}
            result: answer
        - answered:
            return: $${answer}
        - batch:
            assign:
              - page: null
        - list:
            call: googleapis.storage.v1.objects.list
            args:
              bucket: ${google_storage_bucket.main["uploads"].name}
              prefix: $${event.prefix}
              # Variables hold 512 kB together, and an object's description some 1 kB.
              maxResults: 200
              pageToken: $${page}
            result: listed
        - objects:
            parallel:
              # Uploads of the day keep the other half of the instances.
              concurrency_limit: ${var.workflow.batch_concurrency}
              for:
                value: item
                in: $${default(map.get(listed, "items"), [])}
                steps:
                  - each:
                      # A failure is kept by handle; the rest of the batch goes on.
                      try:
                        call: handle
                        args:
                          object: $${item}
                      except:
                        as: kept
                        steps:
                          - on:
                              assign:
                                - last_error: $${kept}
        - next:
            switch:
              - condition: $${"nextPageToken" in listed}
                steps:
                  - turn:
                      assign:
                        - page: $${listed.nextPageToken}
                next: list
        - done:
            return: done

    handle:
      params: [object]
      steps:
        - work:
            try:
              steps:
                - begin:
                    assign:
                      - body: $${object}
                - ingest:
                    try:
                      call: http.post
                      args:
                        url: ${google_cloud_run_v2_service.function["ingest"].uri}
                        timeout: ${local.function_services["ingest"].timeout_s}
                        auth: {type: OIDC}
                        body: $${body}
                      result: answer
                    # Throttling, and what is not there for a moment.
                    retry:
                      predicate: $${http.default_retry_predicate}
                      max_retries: ${var.workflow.max_attempts}
                      backoff:
                        initial_delay: ${var.workflow.retry_min_s}
                        max_delay: ${var.workflow.retry_max_s}
                        multiplier: ${var.workflow.retry_factor}
                - after_ingest:
                    assign:
                      - body: $${answer.body}
                - process:
                    try:
                      call: http.post
                      args:
                        url: ${google_cloud_run_v2_service.function["process"].uri}
                        timeout: ${local.function_services["process"].timeout_s}
                        auth: {type: OIDC}
                        body: $${body}
                      result: answer
                    # Throttling, and what is not there for a moment.
                    retry:
                      predicate: $${http.default_retry_predicate}
                      max_retries: ${var.workflow.max_attempts}
                      backoff:
                        initial_delay: ${var.workflow.retry_min_s}
                        max_delay: ${var.workflow.retry_max_s}
                        multiplier: ${var.workflow.retry_factor}
                - after_process:
                    assign:
                      - body: $${answer.body}
                - publish:
                    try:
                      call: http.post
                      args:
                        url: ${google_cloud_run_v2_service.function["publish"].uri}
                        timeout: ${local.function_services["publish"].timeout_s}
                        auth: {type: OIDC}
                        body: $${body}
                      result: answer
                    # Throttling, and what is not there for a moment.
                    retry:
                      predicate: $${http.default_retry_predicate}
                      max_retries: ${var.workflow.max_attempts}
                      backoff:
                        initial_delay: ${var.workflow.retry_min_s}
                        max_delay: ${var.workflow.retry_max_s}
                        multiplier: ${var.workflow.retry_factor}
                - after_publish:
                    assign:
                      - body: $${answer.body}
            except:
              as: error
              steps:
                - keep:
                    call: googleapis.pubsub.v1.projects.topics.publish
                    args:
                      topic: ${google_pubsub_topic.workflow_failed.id}
                      body:
                        messages:
                          - data: $${base64.encode(json.encode({"object":object,"error":error}))}
                - fail:
                    raise: $${error}
        - handled:
            return: $${body}
  YAML

  # A workflow is refused a key that it cannot use.
  depends_on = [google_kms_crypto_key_iam_member.user]
}

# Eventarc starts the workflow as the functions' caller, on events that Cloud Storage publishes.
resource "google_project_iam_member" "uploads_published" {
  project = var.project_id
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.main.member
}

resource "google_project_iam_member" "caller" {
  for_each = toset(["roles/eventarc.eventReceiver", "roles/workflows.invoker"])

  project = var.project_id
  role    = each.key
  member  = google_service_account.caller.member
}

resource "google_eventarc_trigger" "workflow" {
  name            = "${local.name}-uploaded"
  location        = var.region
  service_account = google_service_account.caller.email
  labels          = { component = "workflow" }

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.storage.object.v1.finalized"
  }
  matching_criteria {
    attribute = "bucket"
    value     = google_storage_bucket.main["uploads"].name
  }

  destination {
    workflow = google_workflows_workflow.main.id
  }

  # Eventarc tests all of them while the trigger is made.
  depends_on = [google_project_iam_member.caller, google_project_iam_member.uploads_published]
}

locals {
  workflow_alerts = {
    workflow-failures = {
      summary   = "Executions of the workflow fail"
      metric    = "workflows.googleapis.com/finished_execution_count"
      resource  = "workflows.googleapis.com/Workflow"
      where     = "resource.labels.workflow_id = \"${google_workflows_workflow.main.name}\" AND metric.labels.status = \"FAILED\""
      runbook   = "workflow"
      aligner   = "ALIGN_RATE"
      threshold = 0
      severity  = "ERROR"
    }
    workflow-kept = {
      summary   = "The workflow gave up on an object"
      metric    = "pubsub.googleapis.com/subscription/num_undelivered_messages"
      resource  = "pubsub_subscription"
      where     = "resource.labels.subscription_id = \"${google_pubsub_subscription.workflow_failed.name}\""
      runbook   = "workflow"
      aligner   = "ALIGN_MAX"
      threshold = 0
      severity  = "ERROR"
    }
    workflow-duration = {
      summary   = "Executions take far longer than their steps do"
      metric    = "workflows.googleapis.com/execution_times"
      resource  = "workflows.googleapis.com/Workflow"
      where     = "resource.labels.workflow_id = \"${google_workflows_workflow.main.name}\""
      runbook   = "workflow"
      aligner   = "ALIGN_PERCENTILE_99"
      threshold = var.workflow.alarms.duration_s
      severity  = "WARNING"
    }
  }
}
