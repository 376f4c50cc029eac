resource "aws_sns_topic" "alerts" {
  name              = "${local.name}-alerts"
  kms_master_key_id = aws_kms_key.main["alerts"].id
}

data "aws_iam_policy_document" "alerts" {
  statement {
    sid       = "AlarmsAndBudgets"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]

    principals {
      type        = "Service"
      identifiers = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }

  # Alerts on metrics: Prometheus' own alert manager sends them.
  statement {
    sid       = "Alerts"
    actions   = ["sns:GetTopicAttributes", "sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]

    principals {
      type        = "Service"
      identifiers = ["aps.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_prometheus_workspace.main.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.alerts.json
}

resource "aws_sns_topic_subscription" "email" {
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = var.observability.alert_email
}

resource "aws_prometheus_workspace" "main" {
  alias       = "${local.name}-metrics"
  kms_key_arn = aws_kms_key.main["data"].arn

  logging_configuration {
    log_group_arn = "${aws_cloudwatch_log_group.prometheus.arn}:*"
  }
}

resource "aws_cloudwatch_log_group" "prometheus" {
  name              = "/${local.name}/prometheus"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

# The file that promtool tests, as it is: what pages here is what was tried there.
resource "aws_prometheus_rule_group_namespace" "slo" {
  name         = "slo"
  workspace_id = aws_prometheus_workspace.main.id
  data         = file("${path.module}/../../../observability/prometheus/rules.yaml")
}

# Pages at once and again every four hours, tickets once a day. One message for all services that one cause brings down.
resource "aws_prometheus_alert_manager_definition" "main" {
  workspace_id = aws_prometheus_workspace.main.id
  definition = yamlencode({
    # Amazon's wrapper around Alertmanager's own file, which is text.
    alertmanager_config = yamlencode({
      route = {
        receiver        = "alerts"
        group_by        = ["alertname", "severity"]
        group_wait      = "30s"
        group_interval  = "5m"
        repeat_interval = "4h"
        routes          = [{ matchers = ["severity=\"ticket\""], receiver = "alerts", repeat_interval = "24h" }]
      }
      receivers = [{
        name = "alerts"
        sns_configs = [{
          topic_arn     = aws_sns_topic.alerts.arn
          sigv4         = { region = var.region }
          send_resolved = true
          subject       = "${local.name} {{ .Status }}: {{ .CommonLabels.alertname }}"
        }]
      }]
    })
  })

  # The first alert may come as soon as it is there.
  depends_on = [aws_sns_topic_policy.alerts]
}

# One map, so that every alarm has the same shape: it speaks when a threshold is exceeded for var.observability.alarm_s, and silence
# is no alarm. Each component adds its own.
locals {
  gib = 1024 * 1024 * 1024

  alarms = merge(
    { for zone, gateway in aws_nat_gateway.main : "nat-ports-${zone}" => {
      runbook    = "nat-ports", namespace = "AWS/NATGateway", metric = "ErrorPortAllocation", statistic = "Sum", comparison = "GreaterThanThreshold", threshold = 0
      dimensions = { NatGatewayId = gateway.id }
    } },
    merge([for name in local.cache_nodes : { for key, alarm in {
      cpu       = { runbook = "cache-cpu", metric = "EngineCPUUtilization", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = var.cache.alarms.cpu * 100 }
      memory    = { runbook = "cache-memory", metric = "DatabaseMemoryUsagePercentage", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = var.cache.alarms.memory * 100 }
      hit-ratio = { runbook = "cache", metric = "CacheHitRate", statistic = "Average", comparison = "LessThanThreshold", threshold = var.cache.alarms.hit_ratio * 100 }
    } : "cache-${name}-${key}" => merge(alarm, { namespace = "AWS/ElastiCache", dimensions = { CacheClusterId = "${local.short_name}-${name}" } }) }]...),
    { for key, alarm in {
      entry-latency    = { runbook = "latency", metric = "TargetResponseTime", statistic = "p${var.load_balancer.alarms.latency_percentile}", comparison = "GreaterThanThreshold", threshold = var.load_balancer.alarms.latency_ms / 1000 }
      entry-5xx        = { runbook = "errors", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", comparison = "GreaterThanThreshold", threshold = var.load_balancer.alarms.errors_1m }
      entry-unanswered = { runbook = "availability", metric = "HTTPCode_ELB_5XX_Count", statistic = "Sum", comparison = "GreaterThanThreshold", threshold = var.load_balancer.alarms.errors_1m }
    } : key => merge(alarm, { namespace = "AWS/ApplicationELB", dimensions = { LoadBalancer = aws_lb.main.arn_suffix } }) },
  )
}

resource "aws_cloudwatch_metric_alarm" "main" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "docs/RUNBOOK.md#${each.value.runbook}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = each.value.comparison
  threshold           = tonumber(format("%.6f", each.value.threshold)) # 0.6 × 100 has a tail that the service cuts off
  period              = 60
  evaluation_periods  = var.observability.alarm_s / 60
  datapoints_to_alarm = var.observability.alarm_s / 60
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

# Users notice: the one to wake somebody for. The others say why.
resource "aws_cloudwatch_composite_alarm" "users" {
  alarm_name        = "${local.name}-users-affected"
  alarm_description = "docs/RUNBOOK.md#users-affected"
  alarm_rule        = join(" OR ", [for key in ["entry-5xx", "entry-latency", "entry-unanswered"] : "ALARM(\"${aws_cloudwatch_metric_alarm.main[key].alarm_name}\")"])
  alarm_actions     = [aws_sns_topic.alerts.arn]
  ok_actions        = [aws_sns_topic.alerts.arn]
}

locals {
  widgets = concat(
    [
      { title = "Cache: hit ratio", limit = var.cache.alarms.hit_ratio * 100, metrics = [for name in local.cache_nodes : ["AWS/ElastiCache", "CacheHitRate", "CacheClusterId", "${local.short_name}-${name}"]] },
      { title = "Cache: memory", limit = var.cache.alarms.memory * 100, metrics = [for name in local.cache_nodes : ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", "${local.short_name}-${name}"]] },
    ],
    [
      { title = "Requests and errors", limit = null, metrics = [["AWS/ApplicationELB", "RequestCount", "LoadBalancer", aws_lb.main.arn_suffix, { stat = "Sum" }], [".", "HTTPCode_Target_5XX_Count", ".", ".", { stat = "Sum" }]] },
      { title = "Latency", limit = var.load_balancer.alarms.latency_ms / 1000, metrics = [["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", aws_lb.main.arn_suffix, { stat = "p${var.load_balancer.alarms.latency_percentile}" }]] },
    ],
  )
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = local.name
  dashboard_body = jsonencode({
    widgets = [for index, widget in local.widgets : {
      type   = "metric"
      x      = index % 2 * 12
      y      = floor(index / 2) * 6
      width  = 12
      height = 6
      properties = {
        title       = widget.title
        region      = var.region
        period      = 60
        metrics     = widget.metrics
        annotations = { horizontal = widget.limit == null ? [] : [{ label = "limit", value = widget.limit }] }
      }
    }]
  })
}
