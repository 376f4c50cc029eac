# Grafana Cloud reads this account's metrics by a role, without a key; logs stay where they are. The cluster's collectors send their traces and
# metrics to it by OTLP.
data "aws_iam_policy_document" "grafana_trust" {
  statement {
    sid     = "GrafanaCloud"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::008923505280:root"] # Grafana Labs' own account
    }

    # Only for us: another stack has another one.
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.grafana.external_id]
    }
  }
}

data "aws_iam_policy_document" "grafana" {
  # checkov:skip=CKV_AWS_356: metrics and tags have no resource to name
  statement {
    sid       = "ReadMetricsAndTags"
    actions   = ["cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmsForMetric", "cloudwatch:DescribeAlarmHistory", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "tag:GetResources"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "grafana" {
  name                 = "${local.name}-grafana"
  assume_role_policy   = data.aws_iam_policy_document.grafana_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "grafana" {
  name   = "read"
  role   = aws_iam_role.grafana.id
  policy = data.aws_iam_policy_document.grafana.json
}

# The header that collectors send with. A person puts it in once (docs/START.md): it is in no file and no state.
resource "aws_secretsmanager_secret" "grafana" {
  # checkov:skip=CKV2_AWS_57: the token is Grafana's; it is replaced there and put in again
  name                    = "${local.project}/${var.environment}/grafana"
  description             = "Authorization of Grafana Cloud's OTLP gateway"
  kms_key_id              = aws_kms_key.main["secrets"].arn
  recovery_window_in_days = var.keys.recovery_days
}

resource "grafana_data_source" "cloud" {
  name = local.name
  uid  = "${local.name}-cloudwatch"
  type = "cloudwatch"

  json_data_encoded = jsonencode({
    authType      = "grafana_assume_role"
    assumeRoleArn = aws_iam_role.grafana.arn
    defaultRegion = var.region
  })
}

locals {
  # What CloudWatch alarms on, with the same thresholds.
  grafana_signals = { for name, alarm in local.alarms : name => {
    summary   = name
    runbook   = alarm.runbook
    page      = startswith(name, "entry-")
    above     = startswith(alarm.comparison, "Greater")
    threshold = tonumber(format("%.6f", alarm.threshold))
    query = {
      queryMode        = "Metrics"
      metricQueryType  = 0
      metricEditorMode = 0
      region           = var.region
      namespace        = alarm.namespace
      metricName       = alarm.metric
      statistic        = alarm.statistic
      dimensions       = { for key, value in alarm.dimensions : key => [value] }
      matchExact       = true
      period           = "60"
    }
  } }
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
