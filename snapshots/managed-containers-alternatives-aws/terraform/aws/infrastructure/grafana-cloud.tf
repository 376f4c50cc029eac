# Grafana Cloud reads this account's metrics by a role, without a key; logs stay where they are. The tasks send their traces and
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

# The header that the tasks send with. A person puts it in once (docs/START.md): it is in no file and no state.
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
