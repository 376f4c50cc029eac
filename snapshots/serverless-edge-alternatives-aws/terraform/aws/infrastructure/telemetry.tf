# Traces and metrics of services that no cluster runs. They send to collectors on Fargate, which give every trace to one among
# themselves, keep what is worth keeping and hand it to X-Ray; metrics go to CloudWatch. The pipelines are
# observability/otel/gateway.yaml; only what differs by environment is set here.

locals {
  gateway = yamldecode(file("${path.module}/../../../observability/otel/gateway.yaml"))

  # The file is the primary environment's; these are this one's.
  pipelines = merge(local.gateway, { processors = merge(local.gateway.processors, {
    resource = { attributes = [{ key = "deployment.environment.name", value = var.environment, action = "upsert" }] }
    tail_sampling = {
      decision_wait               = "${var.telemetry.decision_wait_s}s"
      num_traces                  = ceil(var.telemetry.num_traces / var.telemetry.replicas)
      expected_new_traces_per_sec = ceil(var.telemetry.traces_per_s / var.telemetry.replicas)
      policies = [
        { name = "errors", type = "status_code", status_code = { status_codes = ["ERROR"] } },
        { name = "slow", type = "latency", latency = { threshold_ms = var.telemetry.slow_ms } },
        { name = "rest", type = "probabilistic", probabilistic = { sampling_percentage = var.telemetry.sampling_percent } },
      ]
    }
  }) })

  telemetry_environment = {
    COLLECTOR_CONFIG  = yamlencode(local.pipelines)
    METRICS_LOG_GROUP = aws_cloudwatch_log_group.metrics.name
    METRICS_NAMESPACE = "jor/${var.environment}"
    PEERS_NAMESPACE   = aws_service_discovery_private_dns_namespace.telemetry.name
    PEERS_SERVICE     = aws_service_discovery_service.collector.name
  }

  # Which services send, and by which door: a port of their own for what collectors hand to one another.
  telemetry_clients = merge(
    { for name, group in aws_security_group.function : name => group.id },
  )

  # What the SDK of a service reads. Without TLS: spans stay between private addresses of one network, and those that name a person
  # lose that in the first collector.
  telemetry_variables = { for name in keys(local.telemetry_clients) : name => {
    OTEL_SERVICE_NAME           = name
    OTEL_EXPORTER_OTLP_ENDPOINT = "http://${aws_service_discovery_service.collector.name}.${aws_service_discovery_private_dns_namespace.telemetry.name}:4317"
    OTEL_EXPORTER_OTLP_PROTOCOL = "grpc"
    OTEL_PROPAGATORS            = "tracecontext,baggage,xray" # the load balancer and Lambda speak X-Ray's
    OTEL_TRACES_SAMPLER         = "parentbased_always_on"     # the collector judges, when the whole trace is there
  } }
}

resource "aws_service_discovery_private_dns_namespace" "telemetry" {
  name        = "${local.name}.internal"
  description = "Where services find the collectors"
  vpc         = local.vpc_id

  tags = { component = "otel" }
}

resource "aws_service_discovery_service" "collector" {
  name        = "collector"
  description = "OpenTelemetry collectors"

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.telemetry.id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 15
    }
  }

  # ECS says itself which tasks run.
  health_check_custom_config {}

  tags = { component = "otel" }
}

resource "aws_cloudwatch_log_group" "collector" {
  name              = "/${local.name}/collector"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

# Metrics arrive as log lines, from which CloudWatch takes them.
resource "aws_cloudwatch_log_group" "metrics" {
  name              = "/${local.name}/metrics"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

data "aws_iam_policy_document" "collector_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "collector" {
  # checkov:skip=CKV_AWS_356: X-Ray's write actions and the discovery of tasks have no resource-level permissions
  # checkov:skip=CKV_AWS_111: as above
  statement {
    sid       = "WriteTraces"
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources = ["*"]
  }

  statement {
    sid       = "WriteMetrics"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [aws_cloudwatch_log_group.metrics.arn, "${aws_cloudwatch_log_group.metrics.arn}:*"]
  }

  statement {
    sid       = "FindOneAnother"
    actions   = ["servicediscovery:DiscoverInstances"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "servicediscovery:NamespaceName"
      values   = [aws_service_discovery_private_dns_namespace.telemetry.name]
    }
  }
}

resource "aws_iam_role" "collector" {
  name                 = "${local.name}-collector"
  assume_role_policy   = data.aws_iam_policy_document.collector_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "collector" {
  name   = "write"
  role   = aws_iam_role.collector.id
  policy = data.aws_iam_policy_document.collector.json
}

# Who starts a task: its image is public, so that all it needs is its log.
data "aws_iam_policy_document" "collector_execution" {
  statement {
    sid       = "WriteOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.collector.arn}:*"]
  }
}

resource "aws_iam_role" "collector_execution" {
  name                 = "${local.name}-run-collector"
  assume_role_policy   = data.aws_iam_policy_document.collector_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "collector_execution" {
  name   = "start"
  role   = aws_iam_role.collector_execution.id
  policy = data.aws_iam_policy_document.collector_execution.json
}

resource "aws_security_group" "collector" {
  # checkov:skip=CKV2_AWS_5: the service below carries it
  name        = "${local.name}-collector"
  description = "OpenTelemetry collectors"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-collector" }
}

resource "aws_vpc_security_group_ingress_rule" "collector_from_client" {
  for_each = local.telemetry_clients

  security_group_id            = aws_security_group.collector.id
  description                  = each.key
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 4317
  to_port                      = 4317
}

resource "aws_vpc_security_group_egress_rule" "client_to_collector" {
  for_each = local.telemetry_clients

  security_group_id            = each.value
  description                  = "Traces and metrics"
  referenced_security_group_id = aws_security_group.collector.id
  ip_protocol                  = "tcp"
  from_port                    = 4317
  to_port                      = 4317
}

resource "aws_vpc_security_group_ingress_rule" "collector_from_peer" {
  security_group_id            = aws_security_group.collector.id
  description                  = "Traces from the other collectors"
  referenced_security_group_id = aws_security_group.collector.id
  ip_protocol                  = "tcp"
  from_port                    = 4319
  to_port                      = 4319
}

resource "aws_vpc_security_group_egress_rule" "collector_to_peer" {
  security_group_id            = aws_security_group.collector.id
  description                  = "Traces to the other collectors"
  referenced_security_group_id = aws_security_group.collector.id
  ip_protocol                  = "tcp"
  from_port                    = 4319
  to_port                      = 4319
}

resource "aws_vpc_security_group_egress_rule" "collector_tls" {
  security_group_id = aws_security_group.collector.id
  description       = "X-Ray, CloudWatch, Cloud Map, the registry of its image: TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_collector" {
  security_group_id            = aws_security_group.endpoints.id
  description                  = "Collectors"
  referenced_security_group_id = aws_security_group.collector.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_ecs_cluster" "telemetry" {
  name = "${local.name}-telemetry"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  tags = { component = "otel" }
}

resource "aws_ecs_task_definition" "collector" {
  family                   = "${local.name}-collector"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.telemetry.cpu
  memory                   = var.telemetry.memory_mib
  execution_role_arn       = aws_iam_role.collector_execution.arn
  task_role_arn            = aws_iam_role.collector.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "ARM64"
  }

  # The image has no shell and no probe: what is stuck is seen by what it refuses (docs/RUNBOOK.md#telemetry), what ends is replaced.
  container_definitions = jsonencode([{
    name                   = "collector"
    image                  = "otel/opentelemetry-collector-contrib:0.153.0" # tail sampling, and the exporter that balances by trace
    command                = ["--config=env:COLLECTOR_CONFIG"]
    essential              = true
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    mountPoints            = []
    volumesFrom            = []
    systemControls         = []
    stopTimeout            = 60 # what it holds is judged and sent first
    portMappings           = [for port in [4317, 4319] : { containerPort = port, hostPort = port, protocol = "tcp" }]
    environment            = [for key in sort(keys(local.telemetry_environment)) : { name = key, value = local.telemetry_environment[key] }]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.collector.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "collector"
      }
    }
  }])

  tags = { component = "otel" }
}

resource "aws_ecs_service" "collector" {
  name            = "collector"
  cluster         = aws_ecs_cluster.telemetry.id
  task_definition = aws_ecs_task_definition.collector.arn
  desired_count   = var.telemetry.min
  launch_type     = "FARGATE"
  propagate_tags  = "SERVICE"

  enable_ecs_managed_tags            = true
  availability_zone_rebalancing      = "ENABLED"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = values(local.task_subnets)
    security_groups  = [aws_security_group.collector.id]
    assign_public_ip = false
  }

  service_registries {
    registry_arn = aws_service_discovery_service.collector.arn
  }

  tags = { component = "otel" }

  lifecycle {
    # The autoscaler's, from here on.
    ignore_changes = [desired_count]
  }

  # Tasks need their rights from the start.
  depends_on = [aws_iam_role_policy.collector, aws_iam_role_policy.collector_execution]
}

resource "aws_appautoscaling_target" "collector" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.telemetry.name}/${aws_ecs_service.collector.name}"
  min_capacity       = var.telemetry.min
  max_capacity       = var.telemetry.max
}

resource "aws_appautoscaling_policy" "collector" {
  name               = "${local.name}-collector-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.collector.service_namespace
  scalable_dimension = aws_appautoscaling_target.collector.scalable_dimension
  resource_id        = aws_appautoscaling_target.collector.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.telemetry.cpu_target
    scale_out_cooldown = 60
    scale_in_cooldown  = var.telemetry.scale_in_s

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
