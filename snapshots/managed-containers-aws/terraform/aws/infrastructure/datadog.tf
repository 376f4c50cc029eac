# Datadog reads this account's metrics by a role of its own and shows them with what the agents beside the tasks send. Logs stay
# where they are: they are paid for once.
resource "datadog_integration_aws_account" "main" {
  aws_account_id = var.account_id
  aws_partition  = "aws"
  account_tags   = ["project:bytebridge", "environment:${var.environment}"]

  aws_regions {
    include_only = [var.region]
  }

  auth_config {
    aws_auth_config_role {
      role_name = "${local.name}-datadog"
    }
  }

  logs_config {
    lambda_forwarder {}
  }

  metrics_config {
    enabled                   = true
    automute_enabled          = true
    collect_cloudwatch_alarms = true

    namespace_filters {
      include_only = ["AWS/ApplicationELB", "AWS/ECS", "ECS/ContainerInsights", "AWS/RDS", "AWS/ElastiCache", "AWS/SQS", "AWS/Lambda", "AWS/States"]
    }
  }

  resources_config {
    extended_collection                          = false
    cloud_security_posture_management_collection = false
  }

  traces_config {
    xray_services {
      include_all = false
    }
  }
}

data "aws_iam_policy_document" "datadog_trust" {
  statement {
    sid     = "Datadog"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::464622532012:root"] # Datadog's own account
    }

    # Only for us: another customer of Datadog has another one.
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [datadog_integration_aws_account.main.auth_config.aws_auth_config_role.external_id]
    }
  }
}

data "aws_iam_policy_document" "datadog" {
  # checkov:skip=CKV_AWS_356: metrics and tags have no resource to name
  statement {
    sid       = "ReadMetricsAndTags"
    actions   = ["cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics", "cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory", "tag:GetResources", "tag:GetTagKeys", "tag:GetTagValues"]
    resources = ["*"]
  }

  statement {
    sid       = "DescribeWhatIsMeasured"
    actions   = ["ec2:DescribeRegions", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags", "ecs:DescribeClusters", "ecs:DescribeServices", "ecs:ListClusters", "ecs:ListServices", "rds:DescribeDBInstances", "rds:ListTagsForResource", "elasticache:DescribeCacheClusters", "elasticache:ListTagsForResource", "lambda:ListFunctions", "lambda:ListTags"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "datadog" {
  name                 = "${local.name}-datadog"
  assume_role_policy   = data.aws_iam_policy_document.datadog_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "datadog" {
  name   = "read"
  role   = aws_iam_role.datadog.id
  policy = data.aws_iam_policy_document.datadog.json
}

# The key that agents send with. A person puts it in once (docs/START.md): it is in no file and no state.
resource "aws_secretsmanager_secret" "datadog" {
  # checkov:skip=CKV2_AWS_57: the key is Datadog's; it is replaced there and put in again
  name                    = "${local.project}/${var.environment}/datadog"
  description             = "API key of Datadog, for the agents"
  kms_key_id              = aws_kms_key.main["secrets"].arn
  recovery_window_in_days = var.keys.recovery_days
}

locals {
  datadog_image = "public.ecr.aws/datadog/agent:7.66.1"

  # What the agent writes to; its root is read-only (https://docs.datadoghq.com/containers/guide/readonly-root-filesystem).
  datadog_volumes = {
    datadog-config  = "/etc/datadog-agent"
    datadog-run     = "/opt/datadog-agent/run"
    datadog-sockets = "/var/run/datadog"
    datadog-logs    = "/var/log/datadog"
    datadog-tmp     = "/tmp"
  }

  # Fills the volume that hides the configuration of the image, and ends.
  datadog_init = { for name in keys(local.container_services) : name => {
    name                   = "datadog-init"
    image                  = local.datadog_image
    essential              = false
    readonlyRootFilesystem = true
    command                = ["sh", "-c", "cp -R /etc/datadog-agent/* /config/"]
    cpu                    = 0
    environment            = []
    portMappings           = []
    mountPoints            = [{ sourceVolume = "datadog-config", containerPath = "/config", readOnly = false }]
    volumesFrom            = []
    systemControls         = []
    logConfiguration       = local.datadog_log[name]
  } }

  datadog_log = { for name in keys(local.container_services) : name => {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.service[name].name
      awslogs-region        = var.region
      awslogs-stream-prefix = "agent"
      mode                  = "non-blocking"
      max-buffer-size       = "1m"
    }
  } }

  # Beside each task: takes its traces and metrics on the task's own loopback.
  datadog_agents = { for name in keys(local.container_services) : name => {
    name                   = "datadog-agent"
    image                  = local.datadog_image
    essential              = false # a task serves without it
    readonlyRootFilesystem = true
    cpu                    = var.datadog.agent.cpu
    memory                 = var.datadog.agent.memory_mib
    dependsOn              = [{ containerName = "datadog-init", condition = "SUCCESS" }]
    portMappings           = []
    mountPoints            = [for volume, path in local.datadog_volumes : { sourceVolume = volume, containerPath = path, readOnly = false }]
    volumesFrom            = []
    systemControls         = []
    environment = [
      { name = "DD_APM_ENABLED", value = "true" },
      { name = "DD_ENV", value = var.environment },
      { name = "DD_SITE", value = var.datadog.site },
      { name = "DD_TAGS", value = "project:bytebridge environment:${var.environment}" },
      { name = "ECS_FARGATE", value = "true" },
    ]
    secrets = [{ name = "DD_API_KEY", valueFrom = aws_secretsmanager_secret.datadog.arn }]
    healthCheck = {
      command     = ["CMD-SHELL", "agent health"]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
    logConfiguration = local.datadog_log[name]
  } }
}

locals {
  datadog_entry = "loadbalancer:${aws_lb.main.arn_suffix}"

  # What no target could answer is not among the requests of the load balancer, and a count of nothing is not reported: without a zero in
  # its place there is no sum, and a failure of everything would look like no load.
  datadog_counts = { for name in ["request_count", "httpcode_elb_5xx", "httpcode_target_2xx", "httpcode_target_3xx", "httpcode_target_4xx", "httpcode_target_5xx"] :
    name => "default_zero(sum:aws.applicationelb.${name}{${local.datadog_entry}}.as_count())"
  }

  datadog_requests = {
    all     = "${local.datadog_counts.request_count} + ${local.datadog_counts.httpcode_elb_5xx}"
    good    = "${local.datadog_counts.httpcode_target_2xx} + ${local.datadog_counts.httpcode_target_3xx} + ${local.datadog_counts.httpcode_target_4xx}"
    latency = "max:aws.applicationelb.target_response_time.p${var.datadog.latency_percent}{${local.datadog_entry}}"
  }

  datadog_metrics = merge(
    {
      latency      = { runbook = "latency", page = true, over = "avg(last_5m)", above = true, threshold = var.datadog.latency_s, summary = "answers are slower than the objective", metric = local.datadog_requests.latency }
      errors       = { runbook = "errors", page = true, over = "sum(last_5m)", above = true, threshold = var.datadog.errors_share, summary = "requests fail", metric = "(${local.datadog_counts.httpcode_target_5xx} + ${local.datadog_counts.httpcode_elb_5xx}) / (${local.datadog_requests.all})" }
      cpu          = { runbook = "at-its-maximum", page = false, over = "avg(last_15m)", above = true, threshold = var.datadog.cpu, summary = "tasks are busier than they scale by", metric = "avg:aws.ecs.cpuutilization{clustername:${local.name}} by {servicename}" }
      database-cpu = { runbook = "database-cpu", page = false, told = false, over = "avg(last_15m)", above = true, threshold = var.datadog.database_cpu * 100, summary = "a database node is busier than it was sized for", metric = "max:aws.rds.cpuutilization{${local.datadog_scope}} by {dbinstanceidentifier}" }
      cache-hit    = { runbook = "cache", page = false, told = false, over = "avg(last_1h)", above = false, threshold = var.datadog.cache_hit, summary = "the cache answers less than the database was sized for", metric = "avg:aws.elasticache.cache_hit_rate{${local.datadog_scope}}" }
    },
    { for topic, age in var.datadog.job_age_s : "jobs-${topic}" => {
      runbook = "jobs", page = false, told = false, over = "max(last_10m)", above = true, threshold = age, summary = "jobs of ${topic} are late", metric = "max:aws.sqs.approximate_age_of_oldest_message{queuename:${aws_sqs_queue.topic[topic].name}}"
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
    ${each.value.told ? "@${var.datadog.alert_email}" : "CloudWatch tells of it."}
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
