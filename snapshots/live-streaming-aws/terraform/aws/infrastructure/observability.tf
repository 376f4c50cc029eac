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

  # Backups and copies that failed.
  dynamic "statement" {
    for_each = length(aws_cloudwatch_event_rule.backup) > 0 ? [[for rule in aws_cloudwatch_event_rule.backup : rule.arn]] : []

    content {
      sid       = "Backups"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.alerts.arn]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = statement.value
      }
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
    { for name, fleet in aws_autoscaling_group.fleet : "fleet-cpu-${name}" => {
      runbook    = "fleet", namespace = "AWS/EC2", metric = "CPUUtilization", statistic = "Average", comparison = "GreaterThanThreshold", threshold = 90
      dimensions = { AutoScalingGroupName = fleet.name }
    } },
    { for name, fleet in aws_autoscaling_group.fleet : "fleet-at-limit-${name}" => {
      runbook    = "fleet", namespace = "AWS/AutoScaling", metric = "GroupInServiceInstances", statistic = "Minimum", comparison = "GreaterThanOrEqualToThreshold", threshold = var.fleet[name].max
      dimensions = { AutoScalingGroupName = fleet.name }
    } },
    { for name, fleet in aws_autoscaling_group.fleet : "fleet-unhealthy-${name}" => {
      runbook    = "fleet", namespace = "AWS/EC2", metric = "StatusCheckFailed", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = 0
      dimensions = { AutoScalingGroupName = fleet.name }
    } },
    merge([for name, service in local.function_services : { for key, alarm in {
      errors      = { runbook = "function-errors", metric = "Errors", statistic = "Sum", threshold = service.alarms.errors_1m }
      throttles   = { runbook = "function-throttles", metric = "Throttles", statistic = "Sum", threshold = 0 }
      duration    = { runbook = "function-duration", metric = "Duration", statistic = "Maximum", threshold = service.alarms.duration_ms }
      concurrency = { runbook = "function-throttles", metric = "ConcurrentExecutions", statistic = "Maximum", threshold = service.alarms.concurrency }
    } : "function-${name}-${key}" => merge(alarm, { namespace = "AWS/Lambda", comparison = "GreaterThanThreshold", dimensions = { FunctionName = aws_lambda_function.service[name].function_name } }) if alarm.threshold != null }]...),
    { for name, queue in local.function_queues : "queue-${name}" => {
      runbook    = "function-failures", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = 0
      dimensions = { QueueName = queue.name }
    } if endswith(name, "failed") },
    { for name, queue in aws_sqs_queue.event : "queue-age-${name}" => {
      runbook    = "jobs", namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = local.function_services[name].deadline_s
      dimensions = { QueueName = queue.name }
    } },
    merge([for name, instance in local.shard_instances : { for key, alarm in {
      cpu         = { runbook = "database-cpu", metric = "CPUUtilization", statistic = "Average", comparison = "GreaterThanThreshold", threshold = var.shards.alarms.cpu * 100 }
      memory      = { runbook = "database-memory", metric = "FreeableMemory", statistic = "Minimum", comparison = "LessThanThreshold", threshold = floor(var.shards.nodes[instance.node].memory_gib * (1 - var.shards.alarms.memory) * local.gib) }
      storage     = { runbook = "database-disk", metric = "FreeStorageSpace", statistic = "Minimum", comparison = "LessThanThreshold", threshold = floor(var.shards.nodes[instance.node].storage_gib * (1 - var.shards.alarms.storage)) * local.gib }
      connections = { runbook = "database-connections", metric = "DatabaseConnections", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = floor(var.shards.nodes[instance.node].max_connections * var.shards.alarms.connections) }
      read        = { runbook = "queries", metric = "ReadLatency", statistic = "Average", comparison = "GreaterThanThreshold", threshold = var.shards.alarms.latency_ms / 1000 }
      write       = { runbook = "queries", metric = "WriteLatency", statistic = "Average", comparison = "GreaterThanThreshold", threshold = var.shards.alarms.latency_ms / 1000 }
      disk-queue  = { runbook = "queries", metric = "DiskQueueDepth", statistic = "Average", comparison = "GreaterThanThreshold", threshold = var.shards.alarms.disk_queue }
    } : "${name}-${key}" => merge(alarm, { namespace = "AWS/RDS", dimensions = { DBInstanceIdentifier = instance.identifier } }) }]...),
    { for name, instance in local.shard_instances : "${name}-lag" => {
      runbook = "database-replica-lag", namespace = "AWS/RDS", statistic = "Maximum", comparison = "GreaterThanThreshold", dimensions = { DBInstanceIdentifier = instance.identifier }
      metric  = "ReplicaLag", threshold = var.shards.alarms.replica_lag_s
    } if instance.reader },
    { for operation in ["PutItem", "Query"] : "chat-latency-${lower(operation)}" => {
      runbook    = "chat", namespace = "AWS/DynamoDB", metric = "SuccessfulRequestLatency", statistic = "Average", comparison = "GreaterThanThreshold", threshold = var.nosql.alarms.latency_ms
      dimensions = { TableName = aws_dynamodb_table.chat.name, Operation = operation }
    } },
    { for operation in ["PutItem", "Query"] : "chat-throttled-${lower(operation)}" => {
      runbook    = "chat", namespace = "AWS/DynamoDB", metric = "ThrottledRequests", statistic = "Sum", comparison = "GreaterThanThreshold", threshold = 0
      dimensions = { TableName = aws_dynamodb_table.chat.name, Operation = operation }
    } },
    { for kind, units in { Write = var.nosql.writes, Read = var.nosql.reads } : "chat-units-${lower(kind)}" => {
      # a minute at 90 % of what is refused
      runbook    = "chat", namespace = "AWS/DynamoDB", metric = "Consumed${kind}CapacityUnits", statistic = "Sum", comparison = "GreaterThanThreshold", threshold = floor(units.limit * 60 * 0.9)
      dimensions = { TableName = aws_dynamodb_table.chat.name }
    } },
    merge([for name in local.cache_nodes : { for key, alarm in {
      cpu       = { runbook = "cache-cpu", metric = "EngineCPUUtilization", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = var.cache.alarms.cpu * 100 }
      memory    = { runbook = "cache-memory", metric = "DatabaseMemoryUsagePercentage", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = var.cache.alarms.memory * 100 }
      hit-ratio = { runbook = "cache", metric = "CacheHitRate", statistic = "Average", comparison = "LessThanThreshold", threshold = var.cache.alarms.hit_ratio * 100 }
    } : "cache-${name}-${key}" => merge(alarm, { namespace = "AWS/ElastiCache", dimensions = { CacheClusterId = "${local.short_name}-${name}" } }) }]...),
    { for name, queue in local.queues : "queue-${name}" => {
      runbook    = "jobs", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = var.queue.topics[name].lag_alarm
      dimensions = { QueueName = queue.name }
    } },
    { for name, queue in aws_sqs_queue.topic : "queue-age-${name}" => {
      runbook    = "jobs", namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = var.queue.topics[name].deadline_s
      dimensions = { QueueName = queue.name }
    } },
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
    flatten([for name, fleet in aws_autoscaling_group.fleet : [
      { title = "Machines of ${name}", limit = var.fleet[name].max, metrics = [for metric in ["GroupInServiceInstances", "GroupDesiredCapacity"] : ["AWS/AutoScaling", metric, "AutoScalingGroupName", fleet.name]] },
      { title = "CPU of ${name}", limit = 90, metrics = [["AWS/EC2", "CPUUtilization", "AutoScalingGroupName", fleet.name]] },
      { title = "Network of ${name}", limit = null, metrics = [for metric in ["NetworkIn", "NetworkOut"] : ["AWS/EC2", metric, "AutoScalingGroupName", fleet.name]] },
      { title = "Disk of ${name}", limit = null, metrics = [for metric in ["EBSReadBytes", "EBSWriteBytes"] : ["AWS/EC2", metric, "AutoScalingGroupName", fleet.name]] },
    ]]),
    [
      { title = "Functions: errors and throttles", limit = 0, metrics = concat([for metric in ["Errors", "Throttles"] : [for function in aws_lambda_function.service : ["AWS/Lambda", metric, "FunctionName", function.function_name, { stat = "Sum" }]]]...) },
      { title = "Functions: instances at a time", limit = null, metrics = [for name, function in aws_lambda_function.service : ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", function.function_name, { stat = "Maximum" }]] },
      { title = "Functions: duration", limit = null, metrics = [for name, function in aws_lambda_function.service : ["AWS/Lambda", "Duration", "FunctionName", function.function_name, { stat = "p99" }]] },
    ],
    [
      { title = "Shards: CPU", limit = var.shards.alarms.cpu * 100, metrics = [for instance in local.shard_instances : ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", instance.identifier]] },
      { title = "Shards: connections", limit = min([for node in var.shards.nodes : node.max_connections]...), metrics = [for instance in local.shard_instances : ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", instance.identifier]] },
    ],
    [
      { title = "Chat units a minute", limit = var.nosql.writes.provisioned * 60, metrics = [for kind in ["Write", "Read"] : ["AWS/DynamoDB", "Consumed${kind}CapacityUnits", "TableName", aws_dynamodb_table.chat.name, { stat = "Sum" }]] },
      { title = "Chat latency", limit = var.nosql.alarms.latency_ms, metrics = [for operation in ["PutItem", "Query"] : ["AWS/DynamoDB", "SuccessfulRequestLatency", "TableName", aws_dynamodb_table.chat.name, "Operation", operation]] },
    ],
    [
      { title = "Cache: hit ratio", limit = var.cache.alarms.hit_ratio * 100, metrics = [for name in local.cache_nodes : ["AWS/ElastiCache", "CacheHitRate", "CacheClusterId", "${local.short_name}-${name}"]] },
      { title = "Cache: memory", limit = var.cache.alarms.memory * 100, metrics = [for name in local.cache_nodes : ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", "${local.short_name}-${name}"]] },
    ],
    [
      { title = "Waiting messages", limit = null, metrics = [for queue in local.queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name]] },
    ],
    [
      { title = "Requests and errors", limit = null, metrics = [["AWS/ApplicationELB", "RequestCount", "LoadBalancer", aws_lb.main.arn_suffix, { stat = "Sum" }], [".", "HTTPCode_Target_5XX_Count", ".", ".", { stat = "Sum" }]] },
      { title = "Latency", limit = var.load_balancer.alarms.latency_ms / 1000, metrics = [["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", aws_lb.main.arn_suffix, { stat = "p${var.load_balancer.alarms.latency_percentile}" }]] },
    ],
    [
      { title = "CDN: hit ratio of video, %", region = "us-east-1", limit = var.cdn.hit_percent, metrics = [["AWS/CloudFront", "CacheHitRate", "DistributionId", aws_cloudfront_distribution.video.id, "Region", "Global"]] },
      { title = "Video: requests and errors", region = "us-east-1", limit = null, metrics = [["AWS/CloudFront", "Requests", "DistributionId", aws_cloudfront_distribution.video.id, "Region", "Global", { stat = "Sum" }], [".", "5xxErrorRate", ".", ".", ".", ".", { yAxis = "right" }]] },
      { title = "CDN: requests and errors", region = "us-east-1", limit = null, metrics = [["AWS/CloudFront", "Requests", "DistributionId", aws_cloudfront_distribution.main.id, "Region", "Global", { stat = "Sum" }], [".", "5xxErrorRate", ".", ".", ".", ".", { yAxis = "right" }]] },
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
        region      = try(widget.region, var.region)
        period      = 60
        metrics     = widget.metrics
        annotations = { horizontal = widget.limit == null ? [] : [{ label = "limit", value = widget.limit }] }
      }
    }]
  })
}
