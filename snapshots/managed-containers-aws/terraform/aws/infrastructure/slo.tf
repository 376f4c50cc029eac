# Objectives without a Prometheus: each is a share of what happened, from the metrics that the services of AWS keep by themselves.
# Two windows, so that a page means a budget that is really going, and ends when it no longer does (SRE workbook, chapter 5).

locals {
  slo_burns = {
    fast = { long = 3600, short = 300, rate = var.objectives.burn_fast }
    slow = { long = 21600, short = 1800, rate = var.objectives.burn_slow }
  }
  # What may be wrong for a while costs money or headroom, not users: the objective itself, over an hour.
  slo_drifts = {
    drift = { long = 3600, short = 900, rate = 1 }
  }

  # What no target could answer is not among the requests of the load balancer, and a count of nothing is not reported.
  slo_entry = { for id, name in { all = "RequestCount", failed = "HTTPCode_Target_5XX_Count", unanswered = "HTTPCode_ELB_5XX_Count" } : id => {
    namespace = "AWS/ApplicationELB", metric = name, stat = "Sum", dimensions = { LoadBalancer = aws_lb.main.arn_suffix }
  } }

  objectives = merge(
    {
      errors = {
        runbook = "errors", burns = local.slo_burns, allowed = var.objectives.error_rate, metrics = local.slo_entry
        share   = "(FILL(failed, 0) + FILL(unanswered, 0)) / (FILL(all, 0) + FILL(unanswered, 0))"
      }
      availability = {
        runbook = "availability", burns = local.slo_burns, allowed = 1 - var.objectives.availability
        metrics = { for id, metric in local.slo_entry : id => metric if id != "failed" }
        share   = "FILL(unanswered, 0) / (FILL(all, 0) + FILL(unanswered, 0))"
      }
      latency = {
        runbook = "latency", burns = local.slo_burns, allowed = 1 - var.objectives.latency_share
        metrics = { within = { namespace = "AWS/ApplicationELB", metric = "TargetResponseTime", stat = "PR(:${var.objectives.latency_s})", dimensions = { LoadBalancer = aws_lb.main.arn_suffix } } }
        share   = "1 - within / 100"
      }
    },
    # A statement that is slow enough to be logged makes a request late by itself.
    { queries = {
      runbook = "queries", burns = local.slo_drifts, allowed = 1 - var.objectives.latency_share
      metrics = {
        all  = local.slo_entry["all"]
        slow = { namespace = "bytebridge/${var.environment}", metric = "SlowStatements", stat = "Sum", dimensions = {} }
      }
      share = "FILL(slow, 0) / all"
    } },
    # Every node has its part of the keys, so each has to reach the ratio.
    { for node in local.cache_nodes : "cache-${node}" => {
      runbook = "cache", burns = local.slo_drifts, allowed = 1 - var.cache.alarms.hit_ratio
      metrics = { for id, name in { hits = "CacheHits", misses = "CacheMisses" } : id => {
        namespace = "AWS/ElastiCache", metric = name, stat = "Sum", dimensions = { CacheClusterId = "${local.short_name}-${node}" }
      } }
      share = "misses / (hits + misses)"
    } },
    # What a worker gave up is what its dead-letter queue grew by. A redrive looks like it, once: nobody is woken for it alone.
    { for topic, queue in aws_sqs_queue.topic : "jobs-${topic}" => {
      runbook = "jobs", burns = local.slo_burns, allowed = var.objectives.error_rate
      metrics = {
        done = { namespace = "AWS/SQS", metric = "NumberOfMessagesDeleted", stat = "Sum", dimensions = { QueueName = queue.name } }
        most = { namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", stat = "Maximum", dimensions = { QueueName = aws_sqs_queue.dead_letter[var.queue.topics[topic].dead_letter].name } }
        less = { namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", stat = "Minimum", dimensions = { QueueName = aws_sqs_queue.dead_letter[var.queue.topics[topic].dead_letter].name } }
      }
      share = "(most - less) / (FILL(done, 0) + most - less)"
    } },
    { for name, function in aws_lambda_function.service : "function-${name}-errors" => {
      runbook = "function-errors", burns = local.slo_burns, allowed = var.objectives.error_rate
      metrics = { for id, metric in { all = "Invocations", failed = "Errors" } : id => { namespace = "AWS/Lambda", metric = metric, stat = "Sum", dimensions = { FunctionName = function.function_name } } }
      share   = "failed / all"
    } },
    { for name, function in aws_lambda_function.service : "function-${name}-duration" => {
      runbook = "function-duration", burns = local.slo_burns, allowed = 1 - var.objectives.latency_share
      metrics = { within = { namespace = "AWS/Lambda", metric = "Duration", stat = "PR(:${var.functions.services[name].alarms.duration_ms})", dimensions = { FunctionName = function.function_name } } }
      share   = "1 - within / 100"
    } },
    { for name, function in aws_lambda_function.service : "function-${name}-memory" => {
      runbook = "memory", burns = local.slo_drifts, allowed = 1 - var.objectives.latency_share
      metrics = { within = { namespace = "bytebridge/${var.environment}", metric = "FunctionMemory-${name}", stat = "PR(:${floor(var.functions.services[name].memory_mib * var.objectives.memory)})", dimensions = {} } }
      share   = "1 - within / 100"
    } },
    { workflow = {
      runbook = "workflow", burns = local.slo_burns, allowed = var.objectives.error_rate
      metrics = { for id, metric in { all = "ExecutionsStarted", failed = "ExecutionsFailed" } : id => { namespace = "AWS/States", metric = metric, stat = "Sum", dimensions = { StateMachineArn = aws_sfn_state_machine.main.arn } } }
      share   = "(FILL(failed, 0) + FILL(late, 0)) / all"
    } },
  )

  # A generous objective times the burn rate would be a share that nothing reaches.
  burns = merge([for name, objective in local.objectives : { for speed, burn in objective.burns : "${name}-${speed}" => merge(burn, {
    objective = objective
    share     = tonumber(format("%.6f", min(objective.allowed * burn.rate, 0.9)))
  }) }]...)

  burn_windows = merge([for name, burn in local.burns : { for window in ["long", "short"] : "${name}-${window}" => merge(burn, { window = burn[window] }) }]...)
}

resource "aws_cloudwatch_log_metric_filter" "slow_statements" {
  for_each = { for name, group in aws_cloudwatch_log_group.shard : name => group if endswith(name, "/postgresql") }

  name           = "${local.name}-${replace(each.key, "/", "-")}-slow-statements"
  log_group_name = each.value.name
  pattern        = "\"duration: \""

  metric_transformation {
    name          = "SlowStatements"
    namespace     = "bytebridge/${var.environment}"
    value         = "1"
    default_value = 0
  }
}

# Lambda keeps no metric of it, but writes it at the end of each call.
resource "aws_cloudwatch_log_metric_filter" "function_memory" {
  for_each = aws_cloudwatch_log_group.function

  name           = "${local.name}-${each.key}-memory"
  log_group_name = each.value.name
  pattern        = "{ $.type = \"platform.report\" }"

  metric_transformation {
    name      = "FunctionMemory-${each.key}"
    namespace = "bytebridge/${var.environment}"
    value     = "$.record.metrics.maxMemoryUsedMB"
    unit      = "Megabytes"
  }
}

# Half of an alert each: nobody is told before both windows agree.
resource "aws_cloudwatch_metric_alarm" "burn" {
  for_each = local.burn_windows

  alarm_name          = "${local.name}-slo-${each.key}"
  alarm_description   = "docs/RUNBOOK.md#${each.value.objective.runbook}"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.share
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "share"
    label       = "share that misses the objective"
    expression  = each.value.objective.share
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.objective.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        dimensions  = metric_query.value.dimensions
        period      = each.value.window
        stat        = metric_query.value.stat
      }
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "burn" {
  for_each = local.burns

  alarm_name        = "${local.name}-slo-${each.key}"
  alarm_description = "The budget goes ${each.value.rate} times as fast as it may: docs/RUNBOOK.md#${each.value.objective.runbook}"
  alarm_rule        = join(" AND ", [for window in ["long", "short"] : "ALARM(\"${aws_cloudwatch_metric_alarm.burn["${each.key}-${window}"].alarm_name}\")"])
  # What users notice, Datadog tells of.
  alarm_actions = contains(["errors", "availability", "latency"], each.value.objective.runbook) ? [] : [aws_sns_topic.alerts.arn]
  ok_actions    = contains(["errors", "availability", "latency"], each.value.objective.runbook) ? [] : [aws_sns_topic.alerts.arn]
}
