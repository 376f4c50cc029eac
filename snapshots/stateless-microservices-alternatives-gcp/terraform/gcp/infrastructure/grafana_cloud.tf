# Grafana Cloud reads this project's metrics and objectives as a service account of its own; logs stay where they are. The cluster's collectors
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

# The header that collectors send with, put in by a person as well.
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

locals {
  # The stack's own Prometheus, which the collectors write to: Grafana Cloud gives every stack one of this name.
  grafana_metrics = "grafanacloud-prom"

  # The file that promtool tests, as it is: what pages here is what was tried there.
  grafana_rules = { for group in yamldecode(file("${path.module}/../../../observability/prometheus/rules.yaml")).groups : group.name => {
    interval_s = tonumber(trimsuffix(group.interval, "s"))
    rules = [for rule in group.rules : {
      record = try(rule.record, null)
      labels = try(rule.labels, {})
      query  = rule.expr
      wait   = try(rule.for, null)
      # A name is there once: of a rule for each service, it is both.
      name = join(" ", compact([try(rule.record, rule.alert), try(rule.labels.service, ""), try(rule.labels.topic, ""), try(rule.labels.keyspace, "")]))
      # Grafana's name for what the query gave.
      annotations = { for name, text in try(rule.annotations, {}) : name => replace(text, "$value ", "$values.query.Value ") }
    }]
  } }

  # Prometheus tells when a query gives anything at all; Grafana, when a condition holds.
  grafana_condition = [
    { ref = "any", model = { type = "math", expression = "is_number($query) || is_nan($query) || is_inf($query)" } },
    { ref = "told", model = { type = "threshold", expression = "any", conditions = [{ evaluator = { type = "gt", params = [0] } }] } },
  ]
}

# Objectives with their burn rates, and what the sizing rests on.
resource "grafana_rule_group" "rules" {
  for_each = local.grafana_rules

  name             = each.key
  folder_uid       = grafana_folder.main.uid
  interval_seconds = each.value.interval_s

  dynamic "rule" {
    for_each = each.value.rules

    content {
      name           = rule.value.name
      condition      = rule.value.record == null ? "told" : null
      for            = rule.value.wait
      no_data_state  = rule.value.record == null ? "OK" : null # a query that gives nothing is how Prometheus says that all is well
      exec_err_state = rule.value.record == null ? "Error" : null
      labels         = merge(rule.value.labels, { project = "margin", environment = var.environment })
      annotations    = rule.value.annotations

      data {
        ref_id         = "query"
        datasource_uid = local.grafana_metrics
        model          = jsonencode({ refId = "query", expr = rule.value.query, instant = true, range = false })

        relative_time_range {
          from = 600
          to   = 0
        }
      }

      dynamic "data" {
        for_each = [for step in local.grafana_condition : step if rule.value.record == null]

        content {
          ref_id         = data.value.ref
          datasource_uid = "__expr__"
          model          = jsonencode(merge(data.value.model, { refId = data.value.ref }))

          relative_time_range {
            from = 0
            to   = 0
          }
        }
      }

      dynamic "record" {
        for_each = rule.value.record[*]

        content {
          metric                = record.value
          from                  = "query"
          target_datasource_uid = local.grafana_metrics
        }
      }

      # Pages at once and again every four hours, tickets once a day.
      dynamic "notification_settings" {
        for_each = rule.value.record == null ? [rule.value.labels.severity] : []

        content {
          contact_point   = grafana_contact_point.on_call.name
          group_by        = ["grafana_folder", "alertname"]
          repeat_interval = notification_settings.value == "page" ? "4h" : "24h"
        }
      }
    }
  }
}

# Rules are silent where there is nothing to judge: that nothing comes at all is told by this one.
resource "grafana_rule_group" "telemetry" {
  name             = "telemetry"
  folder_uid       = grafana_folder.main.uid
  interval_seconds = 60

  rule {
    name           = "NothingHeard"
    condition      = "told"
    for            = "10m"
    no_data_state  = "Alerting"
    exec_err_state = "Error"
    labels         = { severity = "page", project = "margin", environment = var.environment }

    annotations = {
      summary     = "no service of ${local.name} is heard of: no objective is judged"
      runbook_url = "docs/RUNBOOK.md#telemetry"
    }

    data {
      ref_id         = "query"
      datasource_uid = local.grafana_metrics
      model          = jsonencode({ refId = "query", expr = "sum(up{job=\"services\"})", instant = true, range = false })

      relative_time_range {
        from = 600
        to   = 0
      }
    }

    data {
      ref_id         = "told"
      datasource_uid = "__expr__"
      model          = jsonencode({ refId = "told", type = "threshold", expression = "query", conditions = [{ evaluator = { type = "lt", params = [1] } }] })

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

# Each signal against the line that it was sized for.
resource "grafana_dashboard" "capacity" {
  folder = grafana_folder.main.uid

  config_json = jsonencode({
    uid           = "${local.name}-capacity"
    title         = "${local.name}: load against what it was sized for"
    description   = "Made by Terraform. Reasons for the lines: docs/CAPACITY.md"
    schemaVersion = 39
    time          = { from = "now-6h", to = "now" }
    tags          = ["margin", var.environment]
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

# The dashboards of observability/grafana/, on the stack's own Prometheus; machines of a fleet as the cloud sees them.
resource "grafana_dashboard" "services" {
  for_each = fileset("${path.module}/../../../observability/grafana", "*.json")

  folder      = grafana_folder.main.uid
  config_json = replace(file("${path.module}/../../../observability/grafana/${each.key}"), "\"uid\": \"cloudwatch\"", "\"uid\": \"${grafana_data_source.cloud.uid}\"")
}
