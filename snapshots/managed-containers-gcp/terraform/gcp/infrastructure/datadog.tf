# Datadog reads this project's metrics as a service account that it may act as: no key leaves the project. Logs stay where they are:
# they are paid for once.
resource "google_service_account" "datadog" {
  account_id   = local.account_ids["datadog"]
  display_name = "Datadog reading the metrics of ${local.name}"
}

resource "google_project_iam_member" "datadog" {
  for_each = toset(["roles/monitoring.viewer", "roles/compute.viewer", "roles/cloudasset.viewer", "roles/browser"])

  project = var.project_id
  role    = each.value
  member  = google_service_account.datadog.member
}

resource "datadog_integration_gcp_sts" "main" {
  client_email                = google_service_account.datadog.email
  account_tags                = ["project:bytebridge", "environment:${var.environment}"]
  automute                    = true
  is_cspm_enabled             = false
  resource_collection_enabled = false
}

resource "google_service_account_iam_member" "datadog" {
  service_account_id = google_service_account.datadog.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "serviceAccount:${datadog_integration_gcp_sts.main.delegate_account_email}"
}

# The key that the containers beside the services send with. A person puts it in once (docs/START.md): it is in no file and no state.
resource "google_secret_manager_secret" "datadog" {
  secret_id           = "${local.name}-datadog"
  deletion_protection = var.protected
  labels              = { component = "datadog" }

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

# Cloud Run makes no service whose secret has no version. The real one is the next, added by that person.
resource "google_secret_manager_secret_version" "datadog" {
  secret                 = google_secret_manager_secret.datadog.id
  secret_data_wo         = "none yet"
  secret_data_wo_version = "1"
}

resource "google_secret_manager_secret_iam_member" "datadog" {
  for_each = local.container_services

  secret_id = google_secret_manager_secret.datadog.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.service[each.key].member
}

locals {
  datadog_entry = "project_id:${var.project_id}"

  datadog_requests = {
    all     = "sum:gcp.loadbalancing.https.request_count{${local.datadog_entry}}.as_count()"
    good    = "sum:gcp.loadbalancing.https.request_count{${local.datadog_entry},!response_code_class:500}.as_count()"
    latency = "max:gcp.loadbalancing.https.backend_latencies.p${var.datadog.latency_percent}{${local.datadog_entry}} / 1000"
  }

  datadog_metrics = merge(
    {
      latency      = { runbook = "latency", page = true, over = "avg(last_5m)", above = true, threshold = var.datadog.latency_s, summary = "answers are slower than the objective", metric = local.datadog_requests.latency }
      errors       = { runbook = "errors", page = true, over = "sum(last_5m)", above = true, threshold = var.datadog.errors_share, summary = "requests fail", metric = "default_zero(sum:gcp.loadbalancing.https.request_count{${local.datadog_entry},response_code_class:500}.as_count()) / sum:gcp.loadbalancing.https.request_count{${local.datadog_entry}}.as_count()" }
      cpu          = { runbook = "at-its-maximum", page = false, over = "avg(last_15m)", above = true, threshold = var.datadog.cpu / 100, summary = "instances are busier than they scale by", metric = "avg:gcp.run.container.cpu.utilizations.p99{${local.datadog_entry}} by {service_name}" }
      database-cpu = { runbook = "database-cpu", page = false, told = false, over = "avg(last_15m)", above = true, threshold = var.datadog.database_cpu, summary = "a database node is busier than it was sized for", metric = "max:gcp.alloydb.instance.cpu.average_utilization{${local.datadog_entry}}" }
    },
    { for topic, age in var.datadog.job_age_s : "jobs-${topic}" => {
      runbook = "jobs", page = false, told = false, over = "max(last_10m)", above = true, threshold = age, summary = "jobs of ${topic} are late", metric = "max:gcp.pubsub.subscription.oldest_unacked_message_age{${local.datadog_entry},subscription_id:${google_pubsub_subscription.topic[topic].name}}"
    } },
  )

  # Somebody is told of each once: what the cloud has an alarm on has a line here, and no address.
  datadog_signals = { for name, signal in local.datadog_metrics : name => merge(signal, {
    query = "${signal.over}:${signal.metric} ${signal.above ? ">" : "<"} ${signal.threshold}"
    told  = try(signal.told, true)
  }) }
}

locals {
  datadog_tags  = ["project:bytebridge", "environment:${var.environment}", "managed-by:terraform"]
  datadog_scope = "project:bytebridge,environment:${var.environment}"
}

resource "datadog_monitor" "signal" {
  for_each = local.datadog_signals

  name     = "${local.name}: ${each.value.summary}"
  type     = "query alert"
  query    = each.value.query
  priority = each.value.page ? "P1" : "P3"
  tags     = concat(local.datadog_tags, ["severity:${each.value.page ? "page" : "ticket"}"])

  message = <<-TEXT
    ${each.value.summary} in ${var.environment}: {{value}}.
    What to do: docs/RUNBOOK.md#${each.value.runbook}
    ${each.value.told ? "@${var.datadog.alert_email}" : "Cloud Monitoring tells of it."}
  TEXT

  monitor_thresholds {
    critical = tostring(each.value.threshold)
  }

  # A tier without load reports nothing, and that is no failure of it.
  on_missing_data     = "show_no_data"
  require_full_window = false
  include_tags        = true
}

resource "datadog_service_level_objective" "availability" {
  name        = "${local.name}: requests that succeed"
  type        = "metric"
  description = "Counted at the entry, a month at a time. docs/RUNBOOK.md#availability"
  tags        = local.datadog_tags

  query {
    numerator   = local.datadog_requests.good
    denominator = local.datadog_requests.all
  }

  thresholds {
    timeframe = "30d"
    target    = var.datadog.availability * 100
  }
}

resource "datadog_service_level_objective" "latency" {
  name        = "${local.name}: minutes in which ${var.datadog.latency_percent} % are answered within ${var.datadog.latency_s} s"
  type        = "time_slice"
  description = "Measured at the entry, a minute at a time. docs/RUNBOOK.md#latency"
  tags        = local.datadog_tags

  sli_specification {
    time_slice {
      comparator             = "<="
      threshold              = var.datadog.latency_s
      query_interval_seconds = 60

      query {
        formula {
          formula_expression = "latency"
        }

        query {
          metric_query {
            name  = "latency"
            query = local.datadog_requests.latency
          }
        }
      }
    }
  }

  thresholds {
    timeframe = "30d"
    target    = var.datadog.availability * 100
  }
}

locals {
  # Several windows, so that a page means a budget that is really going, and ends when it no longer does (SRE workbook, chapter 5).
  datadog_burns = {
    fast = { long = "1h", short = "5m", factor = var.datadog.burn_fast, page = true }
    slow = { long = "6h", short = "30m", factor = var.datadog.burn_slow, page = false }
  }
}

resource "datadog_monitor" "burn" {
  for_each = local.datadog_burns

  name     = "${local.name}: the error budget burns ${each.value.factor} × too fast"
  type     = "slo alert"
  query    = "burn_rate(\"${datadog_service_level_objective.availability.id}\").over(\"30d\").long_window(\"${each.value.long}\").short_window(\"${each.value.short}\") > ${each.value.factor}"
  priority = each.value.page ? "P1" : "P3"
  tags     = concat(local.datadog_tags, ["severity:${each.value.page ? "page" : "ticket"}"])

  message = <<-TEXT
    More fails than the objective allows: over ${each.value.long} the budget goes ${each.value.factor} × as fast as a month allows.
    What to do: docs/RUNBOOK.md#errors
    @${var.datadog.alert_email}
  TEXT

  monitor_thresholds {
    critical = tostring(each.value.factor)
  }
}

# Each signal against the line that it was sized for, and both objectives.
resource "datadog_dashboard_json" "main" {
  dashboard = jsonencode({
    title       = "${local.name}: load against what it was sized for"
    description = "Made by Terraform. Reasons for the lines: docs/CAPACITY.md"
    layout_type = "ordered"
    reflow_type = "auto"
    tags        = []
    widgets = concat(
      [for slo in [datadog_service_level_objective.availability, datadog_service_level_objective.latency] : {
        definition = { type = "slo", title = slo.name, slo_id = slo.id, view_type = "detail", view_mode = "overall", time_windows = ["7d", "30d"], show_error_budget = true }
      }],
      [for signal in local.datadog_signals : {
        definition = {
          type     = "timeseries"
          title    = signal.summary
          requests = [{ response_format = "timeseries", display_type = "line", queries = [{ name = "signal", data_source = "metrics", query = signal.metric }], formulas = [{ formula = "signal" }] }]
          markers  = [{ value = "y = ${signal.threshold}", display_type = "error dashed", label = "alert" }]
        }
      }],
    )
  })
}
