# Grafana Cloud reads this project's metrics and objectives as a service account of its own; logs stay where they are. The services
# send their traces and metrics to it by OTLP. Grafana Cloud runs outside of Google and knows no federation: it signs with a key of
# this account, which a person makes and puts in there once (docs/START.md). It is in no file and no state.
resource "google_service_account" "grafana" {
  account_id   = local.account_ids["grafana"]
  display_name = "Grafana Cloud reading the metrics of ${local.name}"
}

resource "google_project_iam_member" "grafana" {
  project = var.project_id
  role    = "roles/monitoring.viewer"
  member  = google_service_account.grafana.member
}

# The header that the services send with, put in by a person as well.
resource "google_secret_manager_secret" "grafana" {
  secret_id           = "${local.name}-grafana"
  deletion_protection = var.protected
  labels              = { component = "grafana-cloud" }

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
resource "google_secret_manager_secret_version" "grafana" {
  secret                 = google_secret_manager_secret.grafana.id
  secret_data_wo         = "unset=unset"
  secret_data_wo_version = "1"
}

resource "google_secret_manager_secret_iam_member" "grafana" {
  for_each = local.container_services

  secret_id = google_secret_manager_secret.grafana.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.service[each.key].member
}

resource "grafana_data_source" "cloud" {
  name = local.name
  uid  = "${local.name}-monitoring"
  type = "stackdriver"

  json_data_encoded = jsonencode({
    authenticationType = "jwt"
    clientEmail        = google_service_account.grafana.email
    defaultProject     = var.project_id
    tokenUri           = "https://oauth2.googleapis.com/token"
  })
}

locals {
  grafana_signals = merge(
    { for name, slo in { availability = google_monitoring_slo.availability, latency = google_monitoring_slo.latency } : name => {
      summary                         = "the error budget of ${name} burns too fast"
      runbook                         = name
      page                            = true
      above                           = true
      threshold                       = var.objectives.burn_fast
      query = {
        queryType = "slo"
        sloQuery = {
          projectName     = var.project_id
          serviceId       = google_monitoring_custom_service.edge.service_id
          sloId           = slo.slo_id
          selectorName    = "select_slo_burn_rate"
          lookbackPeriod  = local.burn_rates.fast.long
          alignmentPeriod = "+60s"
        }
      }
    } },
    # What Cloud Monitoring alerts on, with the same thresholds.
    { for name, alert in local.capacity_alerts : name => {
      summary   = alert.summary
      runbook   = alert.runbook
      page      = false
      above     = true
      threshold = alert.threshold
      query = {
        queryType = "timeSeriesList"
        timeSeriesList = {
          projectName        = var.project_id
          filters            = slice(local.grafana_filters[name], 1, length(local.grafana_filters[name]))
          perSeriesAligner   = try(alert.aligner, "ALIGN_MEAN")
          crossSeriesReducer = "REDUCE_NONE"
          alignmentPeriod    = "+60s"
          view               = "FULL"
        }
      }
    } },
  )

  # Grafana takes a filter in words: AND, what, how, value.
  grafana_filters = { for name, filter in local.alert_filters : name => flatten([
    for part in split(" AND ", filter) : concat(["AND"], regex("^(\\S+) (\\S+) \"(.*)\"$", part))
  ]) }
}

resource "grafana_folder" "main" {
  title = local.name
  uid   = local.name
}

resource "grafana_contact_point" "on_call" {
  name = "${local.name}-on-call"

  email {
    addresses = [var.observability.alert_email]
  }
}

# What users notice is told from here. The other alarms stay the cloud's, so that nobody is told twice.
resource "grafana_rule_group" "users" {
  name             = "${local.name}-users"
  folder_uid       = grafana_folder.main.uid
  interval_seconds = 60

  dynamic "rule" {
    for_each = { for name, signal in local.grafana_signals : name => signal if signal.page }

    content {
      name           = rule.key
      condition      = "above"
      for            = "${var.observability.alarm_s}s"
      no_data_state  = "OK" # without load there is nothing to report, and that is no failure
      exec_err_state = "Error"
      labels         = { severity = "page", project = "bytebridge", environment = var.environment }

      annotations = {
        summary     = rule.value.summary
        runbook_url = "docs/RUNBOOK.md#${rule.value.runbook}"
      }

      data {
        ref_id         = "signal"
        datasource_uid = grafana_data_source.cloud.uid
        model          = jsonencode(merge(rule.value.query, { refId = "signal" }))

        relative_time_range {
          from = 600
          to   = 0
        }
      }

      data {
        ref_id         = "latest"
        datasource_uid = "__expr__"
        model          = jsonencode({ refId = "latest", type = "reduce", expression = "signal", reducer = "last", settings = { mode = "dropNN" } })

        relative_time_range {
          from = 0
          to   = 0
        }
      }

      data {
        ref_id         = "above"
        datasource_uid = "__expr__"
        model          = jsonencode({ refId = "above", type = "threshold", expression = "latest", conditions = [{ evaluator = { type = rule.value.above ? "gt" : "lt", params = [rule.value.threshold] } }] })

        relative_time_range {
          from = 0
          to   = 0
        }
      }

      notification_settings {
        contact_point = grafana_contact_point.on_call.name
        group_by      = ["grafana_folder", "alertname"]
      }
    }
  }
}

# Each signal against the line that it was sized for.
resource "grafana_dashboard" "capacity" {
  folder = grafana_folder.main.uid

  config_json = jsonencode({
    uid           = "${local.name}-capacity"
    title         = "${local.name}: load against what it was sized for"
    description   = "Made by Terraform. Reasons for the lines: docs/CAPACITY.md"
    schemaVersion = 39
    time          = { from = "now-6h", to = "now" }
    tags          = ["bytebridge", var.environment]
    panels = [for position, name in keys(local.grafana_signals) : {
      id         = position + 1
      type       = "timeseries"
      title      = local.grafana_signals[name].summary
      datasource = { type = grafana_data_source.cloud.type, uid = grafana_data_source.cloud.uid }
      gridPos    = { x = position % 2 * 12, y = floor(position / 2) * 8, w = 12, h = 8 }
      targets    = [merge(local.grafana_signals[name].query, { refId = "A" })]
      fieldConfig = {
        defaults = {
          custom     = { thresholdsStyle = { mode = "line" } }
          thresholds = { mode = "absolute", steps = [{ color = "green", value = null }, { color = "red", value = local.grafana_signals[name].threshold }] }
        }
        overrides = []
      }
    }]
  })
}
