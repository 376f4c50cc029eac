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

  # Deployments that failed.
  statement {
    sid       = "Deployments"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.deployment.arn]
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

# One map, so that every alarm has the same shape: it speaks when a threshold is exceeded for var.observability.alarm_s, and silence
# is no alarm. Each component adds its own.
locals {
  gib = 1024 * 1024 * 1024

  alarms = merge(
    { for zone, gateway in aws_nat_gateway.main : "nat-ports-${zone}" => {
      runbook    = "nat-ports", namespace = "AWS/NATGateway", metric = "ErrorPortAllocation", statistic = "Sum", comparison = "GreaterThanThreshold", threshold = 0
      dimensions = { NatGatewayId = gateway.id }
    } },
    merge([for name, service in local.container_services : { for key, alarm in {
      memory     = { runbook = "memory", namespace = "AWS/ECS", metric = "MemoryUtilization", statistic = "Maximum", threshold = service.memory_alarm * 100 }
      at-maximum = { runbook = "at-its-maximum", namespace = "ECS/ContainerInsights", metric = "RunningTaskCount", statistic = "Minimum", threshold = service.max - 0.5 }
    } : "service-${name}-${key}" => merge(alarm, { comparison = "GreaterThanThreshold", dimensions = { ClusterName = local.name, ServiceName = name } }) if key != "at-maximum" || service.max > service.min }]...),
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
    { for key, alarm in {
      workflow-failures = { metric = "ExecutionsFailed", statistic = "Sum", threshold = 0 }
      workflow-duration = { metric = "ExecutionTime", statistic = "p99", threshold = var.workflow.alarms.duration_s * 1000 }
    } : key => merge(alarm, { runbook = "workflow", namespace = "AWS/States", comparison = "GreaterThanThreshold", dimensions = { StateMachineArn = aws_sfn_state_machine.main.arn } }) },
    { workflow-kept = {
      runbook    = "workflow", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = 0
      dimensions = { QueueName = aws_sqs_queue.workflow_failed.name }
    } },
    merge([for name, instance in local.shard_instances : { for key, alarm in {
      cpu         = { runbook = "database-cpu", metric = "CPUUtilization", statistic = "Average", comparison = "GreaterThanThreshold", threshold = var.shards.alarms.cpu * 100 }
      memory      = { runbook = "database-memory", metric = "FreeableMemory", statistic = "Minimum", comparison = "LessThanThreshold", threshold = floor(var.shards.nodes[instance.node].memory_gib * (1 - var.shards.alarms.memory) * local.gib) }
      connections = { runbook = "database-connections", metric = "DatabaseConnections", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = floor(var.shards.nodes[instance.node].max_connections * var.shards.alarms.connections) }
      read        = { runbook = "queries", metric = "ReadLatency", statistic = "Average", comparison = "GreaterThanThreshold", threshold = var.shards.alarms.latency_ms / 1000 }
      write       = { runbook = "queries", metric = "WriteLatency", statistic = "Average", comparison = "GreaterThanThreshold", threshold = var.shards.alarms.latency_ms / 1000 }
      disk-queue  = { runbook = "queries", metric = "DiskQueueDepth", statistic = "Average", comparison = "GreaterThanThreshold", threshold = var.shards.alarms.disk_queue }
      # log that a slot without a reader holds back, until the disk is full
      slot-lag = { runbook = "replication-lag", metric = "OldestReplicationSlotLag", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = var.shards.alarms.slot_lag_bytes }
    } : "${name}-${key}" => merge(alarm, { namespace = "AWS/RDS", dimensions = { DBInstanceIdentifier = instance.identifier } }) }]...),
    { for name, instance in local.shard_instances : "${name}-lag" => {
      runbook = "database-replica-lag", namespace = "AWS/RDS", statistic = "Maximum", comparison = "GreaterThanThreshold", dimensions = { DBInstanceIdentifier = instance.identifier }
      metric  = "AuroraReplicaLag", threshold = var.shards.alarms.replica_lag_s * 1000
    } if instance.reader },
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
  # What users notice, Datadog tells of.
  alarm_actions = startswith(each.key, "entry-") ? [] : [aws_sns_topic.alerts.arn]
  ok_actions    = startswith(each.key, "entry-") ? [] : [aws_sns_topic.alerts.arn]
}

locals {
  widgets = concat(
    [for name, service in local.container_services : { title = "${name}: tasks", limit = service.max, metrics = [["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", local.name, "ServiceName", name], [".", "DesiredTaskCount", ".", ".", ".", "."]] }],
    [
      { title = "Services: CPU", limit = null, metrics = [for name in keys(local.container_services) : ["AWS/ECS", "CPUUtilization", "ClusterName", local.name, "ServiceName", name]] },
      { title = "Services: memory", limit = null, metrics = [for name in keys(local.container_services) : ["AWS/ECS", "MemoryUtilization", "ClusterName", local.name, "ServiceName", name]] },
    ],
    [
      { title = "Functions: errors and throttles", limit = 0, metrics = concat([for metric in ["Errors", "Throttles"] : [for function in aws_lambda_function.service : ["AWS/Lambda", metric, "FunctionName", function.function_name, { stat = "Sum" }]]]...) },
      { title = "Functions: instances at a time", limit = null, metrics = [for name, function in aws_lambda_function.service : ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", function.function_name, { stat = "Maximum" }]] },
      { title = "Functions: duration", limit = null, metrics = [for name, function in aws_lambda_function.service : ["AWS/Lambda", "Duration", "FunctionName", function.function_name, { stat = "p99" }]] },
    ],
    [
      { title = "Workflow: executions", limit = null, metrics = [for metric in ["ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed"] : ["AWS/States", metric, "StateMachineArn", aws_sfn_state_machine.main.arn, { stat = "Sum" }]] },
      { title = "Workflow: time", limit = var.workflow.alarms.duration_s * 1000, metrics = [["AWS/States", "ExecutionTime", "StateMachineArn", aws_sfn_state_machine.main.arn, { stat = "p99" }]] },
    ],
    [
      { title = "Shards: CPU", limit = var.shards.alarms.cpu * 100, metrics = [for instance in local.shard_instances : ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", instance.identifier]] },
      { title = "Shards: connections", limit = min([for node in var.shards.nodes : node.max_connections]...), metrics = [for instance in local.shard_instances : ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", instance.identifier]] },
      { title = "Shards: log held back by replication slots", limit = var.shards.alarms.slot_lag_bytes, metrics = [for instance in local.shard_instances : ["AWS/RDS", "OldestReplicationSlotLag", "DBInstanceIdentifier", instance.identifier, { stat = "Maximum" }]] },
    ],
    [
      { title = "Cache: hit ratio", limit = var.cache.alarms.hit_ratio * 100, metrics = [for name in local.cache_nodes : ["AWS/ElastiCache", "CacheHitRate", "CacheClusterId", "${local.short_name}-${name}"]] },
      { title = "Cache: memory", limit = var.cache.alarms.memory * 100, metrics = [for name in local.cache_nodes : ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", "${local.short_name}-${name}"]] },
    ],
    [
      { title = "Waiting messages", limit = null, metrics = [for queue in local.queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name]] },
    ],
    [
      { title = "Lake: bytes that queries read", limit = var.lake.scan_limit_bytes, metrics = [["AWS/Athena", "ProcessedBytes", "WorkGroup", aws_athena_workgroup.lake.name, { stat = "Maximum" }]] },
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
