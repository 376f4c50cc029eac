# The services as tasks on Fargate: no machine to patch. What a release changes, the image, is the pipeline's (scripts/deploy); all
# else is here.

locals {
  container_kinds = {
    api     = "http"
    indexer = "worker"
  }

  # Secrets by the service that reads them. The agent puts them into the container; they are in no file and no task definition.
  container_secrets = {
    api     = ["session-key"]
    indexer = []
  }

  container_services = { for name, size in var.containers.services : name => merge(size, var.services[name]) }
  container_targets  = toset([for name in keys(local.container_services) : name if contains(keys(local.public_services), name)])
}

resource "aws_ecs_cluster" "main" {
  # checkov:skip=CKV_AWS_65: it is on in every environment, see var.containers.insights
  name = local.name

  setting {
    name  = "containerInsights"
    value = var.containers.insights
  }

  configuration {
    managed_storage_configuration {
      fargate_ephemeral_storage_kms_key_id = aws_kms_key.main["containers"].arn
    }
  }

  tags = { component = "containers" }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  # What names no strategy of its own is not interrupted.
  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

# Services call one another by name, http://<service>:8080, with retries and metrics of each pair: no load balancer in between.
resource "aws_service_discovery_http_namespace" "main" {
  name        = local.name
  description = "Service Connect"
}

resource "aws_cloudwatch_log_group" "service" {
  for_each = local.container_services

  name              = "/${local.name}/services/${each.key}"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

resource "aws_security_group" "service" {
  # checkov:skip=CKV2_AWS_5: the services below carry it; the tool does not follow for_each
  for_each = local.container_services

  name        = "${local.name}-svc-${each.key}"
  description = "Tasks of ${each.key}"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-svc-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "load_balancer_to_service" {
  for_each = local.container_targets

  security_group_id            = aws_security_group.load_balancer.id
  description                  = "To ${each.key}"
  referenced_security_group_id = aws_security_group.service[each.key].id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_vpc_security_group_ingress_rule" "service_from_load_balancer" {
  for_each = local.container_targets

  security_group_id            = aws_security_group.service[each.key].id
  description                  = "From the load balancer"
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

locals {
  # Every service may call every other one that answers requests.
  container_calls = { for pair in setproduct(keys(local.container_services), keys(local.container_services)) : "${pair[0]}/${pair[1]}" => {
    from = pair[0], to = pair[1]
  } if pair[0] != pair[1] && local.container_kinds[pair[1]] == "http" }
}

resource "aws_vpc_security_group_egress_rule" "service_call" {
  for_each = local.container_calls

  security_group_id            = aws_security_group.service[each.value.from].id
  description                  = "To ${each.value.to}"
  referenced_security_group_id = aws_security_group.service[each.value.to].id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_vpc_security_group_ingress_rule" "service_call" {
  for_each = local.container_calls

  security_group_id            = aws_security_group.service[each.value.to].id
  description                  = "From ${each.value.from}"
  referenced_security_group_id = aws_security_group.service[each.value.from].id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

# The cloud's own interfaces, by endpoints or NAT, and whoever a service calls outside: TLS alone.
resource "aws_vpc_security_group_egress_rule" "service_tls" {
  for_each = aws_security_group.service

  security_group_id = each.value.id
  description       = "TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_service" {
  for_each = aws_security_group.service

  security_group_id            = aws_security_group.endpoints.id
  description                  = each.key
  referenced_security_group_id = each.value.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

locals {
  # The migrator changes the schema: a task that runs to its end, started by scripts/migrate.
  database_clients = merge(
    { for name, service in local.container_services : name => aws_security_group.service[name].id if length(service.keyspaces) > 0 },
    { "/migrator" = aws_security_group.migrator.id },
  )
}

resource "aws_vpc_security_group_ingress_rule" "shard_from_service" {
  for_each = local.database_clients

  security_group_id            = aws_security_group.shard.id
  description                  = trimprefix(each.key, "/")
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "service_to_shard" {
  for_each = local.database_clients

  security_group_id            = each.value
  description                  = "To the databases"
  referenced_security_group_id = aws_security_group.shard.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "cache_from_service" {
  for_each = { for name, service in local.container_services : name => service if service.cache }

  security_group_id            = aws_security_group.cache.id
  description                  = each.key
  referenced_security_group_id = aws_security_group.service[each.key].id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_vpc_security_group_egress_rule" "service_to_cache" {
  for_each = { for name, service in local.container_services : name => service if service.cache }

  security_group_id            = aws_security_group.service[each.key].id
  description                  = "To the cache"
  referenced_security_group_id = aws_security_group.cache.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

# Who starts a task: pulls its image, fetches its secrets, opens its log. The task itself acts as aws_iam_role.service (identity.tf).
data "aws_iam_policy_document" "execution_trust" {
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

data "aws_iam_policy_document" "execution" {
  # checkov:skip=CKV_AWS_356: a registry token has no resource
  for_each = local.container_services

  statement {
    sid       = "RegistryToken"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "PullOwnImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.service[each.key].arn]
  }

  statement {
    sid       = "WriteOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.service[each.key].arn}:*"]
  }

  statement {
    sid       = "ReadDatadogKey"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.datadog.arn]
  }

  statement {
    sid       = "DecryptDatadogKey"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.main["secrets"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:SecretARN"
      values   = [aws_secretsmanager_secret.datadog.arn]
    }
  }

  dynamic "statement" {
    for_each = length(local.container_secrets[each.key]) > 0 ? [local.container_secrets[each.key]] : []

    content {
      sid       = "ReadOwnSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [for secret in statement.value : aws_secretsmanager_secret.main[secret].arn]
    }
  }

  dynamic "statement" {
    for_each = length(local.container_secrets[each.key]) > 0 ? [1] : []

    content {
      sid       = "Decrypt"
      actions   = ["kms:Decrypt"]
      resources = [aws_kms_key.main["secrets"].arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${var.region}.amazonaws.com"]
      }
    }
  }
}

resource "aws_iam_role" "execution" {
  for_each = local.container_services

  name                 = "${local.name}-run-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.execution_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "execution" {
  for_each = local.container_services

  name   = "start"
  role   = aws_iam_role.execution[each.key].id
  policy = data.aws_iam_policy_document.execution[each.key].json
}

locals {
  no_image = join("", [for digit in range(64) : "0"])

  # What every container has: an own user, nothing to write to but /tmp, no capability of the kernel.
  container_defaults = {
    essential              = true
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    volumesFrom            = []
    systemControls         = []
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
  }

  # Names and addresses, the same for all; which of them a service may reach is for its role and its security group to say.
  container_environment = [for key in sort(keys(local.endpoints)) : { name = key, value = local.endpoints[key] }]
}

resource "aws_ecs_task_definition" "service" {
  for_each = local.container_services

  family                   = "${local.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory_mib
  execution_role_arn       = aws_iam_role.execution[each.key].arn
  task_role_arn            = aws_iam_role.service[each.key].arn
  skip_destroy             = true # older revisions are what a rollback goes back to

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "ARM64"
  }

  # Fargate gives it the root's owner: an image that writes to /tmp declares it as a volume of its own user.
  volume {
    name = "tmp"
  }

  # No image of this digest exists: scripts/deploy registers the next revision with a real one, and runs that.
  container_definitions = jsonencode(concat([merge(local.container_defaults, {
    name         = each.key
    image        = "${aws_ecr_repository.service[each.key].repository_url}@sha256:${local.no_image}"
    portMappings = local.container_kinds[each.key] == "http" ? [{ name = "http", containerPort = 8080, hostPort = 8080, protocol = "tcp", appProtocol = "http" }] : []
    stopTimeout  = min(each.value.stop_s, 120) # Fargate waits two minutes at most; a longer job is read again
    environment  = concat(local.container_environment, [{ name = "SERVICE", value = each.key }, { name = "PORT", value = "8080" }, { name = "DD_SERVICE", value = each.key }, { name = "DD_ENV", value = var.environment }])
    secrets = [for secret in local.container_secrets[each.key] : {
      name = upper(replace(secret, "-", "_")), valueFrom = aws_secretsmanager_secret.main[secret].arn
    }]

    # Is the process stuck; touches nothing outside of it. Whether it can serve is the load balancer's question (/ready).
    healthCheck = {
      command     = ["CMD-SHELL", "wget -q -O /dev/null http://localhost:8080/live || exit 1"]
      interval    = 15
      timeout     = 3
      retries     = 4
      startPeriod = 60
    }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.service[each.key].name
        awslogs-region        = var.region
        awslogs-stream-prefix = "task"
        mode                  = "non-blocking" # a slow log must not stop a request
        max-buffer-size       = "25m"
      }
    }
  })], [local.datadog_init[each.key], local.datadog_agents[each.key]]))

  dynamic "volume" {
    for_each = local.datadog_volumes

    content {
      name = volume.key
    }
  }

  tags = { component = "containers" }
}

resource "aws_ecs_service" "service" {
  for_each = local.container_services

  name            = each.key
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.service[each.key].arn
  desired_count   = each.value.min
  propagate_tags  = "SERVICE"

  enable_ecs_managed_tags           = true
  availability_zone_rebalancing     = "ENABLED"
  health_check_grace_period_seconds = contains(local.container_targets, each.key) ? 60 : null

  # New tasks first, then the old ones go: capacity never falls below what serves. A worker has no one waiting for an answer.
  deployment_minimum_healthy_percent = local.container_kinds[each.key] == "http" ? 100 : 50
  deployment_maximum_percent         = 200

  # A release whose tasks do not come up, or that raises an alarm of the users, goes back by itself.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = contains(local.container_targets, each.key) ? [["entry-5xx", "entry-latency"]] : []

    content {
      enable      = true
      rollback    = true
      alarm_names = [for key in alarms.value : aws_cloudwatch_metric_alarm.main[key].alarm_name]
    }
  }

  # What answers requests is never interrupted. A worker may be, beyond its first task: its queue gives the message to another one.
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = local.container_kinds[each.key] == "http" ? 100 : 100 - var.containers.spot_percent
  }

  dynamic "capacity_provider_strategy" {
    for_each = local.container_kinds[each.key] == "http" || var.containers.spot_percent == 0 ? [] : [var.containers.spot_percent]

    content {
      capacity_provider = "FARGATE_SPOT"
      weight            = capacity_provider_strategy.value
    }
  }

  network_configuration {
    subnets          = values(local.task_subnets)
    security_groups  = [aws_security_group.service[each.key].id]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = contains(local.container_targets, each.key) ? [aws_lb_target_group.service[each.key].arn] : []

    content {
      target_group_arn = load_balancer.value
      container_name   = each.key
      container_port   = 8080
    }
  }

  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.main.arn

    dynamic "service" {
      for_each = local.container_kinds[each.key] == "http" ? ["http"] : []

      content {
        port_name      = service.value
        discovery_name = each.key

        client_alias {
          port     = 8080
          dns_name = each.key
        }
      }
    }
  }

  tags = { component = "containers" }

  lifecycle {
    # The count is the autoscaler's. The revision is the release's: scripts/deploy takes the newest one of the family, so that what
    # changes here runs from the next release on.
    ignore_changes = [desired_count, task_definition]
  }

  # A target group must hang on a listener before a service joins it; the strategy needs the cluster's providers; tasks need their rights from the start.
  depends_on = [aws_lb_listener_rule.service, aws_ecs_cluster_capacity_providers.main, aws_iam_role_policy.execution]
}

resource "aws_appautoscaling_target" "service" {
  for_each = local.container_services

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.service[each.key].name}"
  min_capacity       = each.value.min
  max_capacity       = each.value.max
}

# Policies add, they do not argue: the one that wants most tasks wins.
resource "aws_appautoscaling_policy" "cpu" {
  for_each = { for name, service in local.container_services : name => service if local.container_kinds[name] == "http" }

  name               = "${local.name}-${each.key}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service[each.key].service_namespace
  scalable_dimension = aws_appautoscaling_target.service[each.key].scalable_dimension
  resource_id        = aws_appautoscaling_target.service[each.key].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.cpu_target
    scale_out_cooldown = each.value.scale_out_s
    scale_in_cooldown  = each.value.scale_in_s

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# Rises before processors do, and tells a wave from one slow request.
resource "aws_appautoscaling_policy" "requests" {
  for_each = { for name in local.container_targets : name => local.container_services[name] }

  name               = "${local.name}-${each.key}-requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service[each.key].service_namespace
  scalable_dimension = aws_appautoscaling_target.service[each.key].scalable_dimension
  resource_id        = aws_appautoscaling_target.service[each.key].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.requests_per_minute
    scale_out_cooldown = each.value.scale_out_s
    scale_in_cooldown  = each.value.scale_in_s

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "${aws_lb.main.arn_suffix}/${aws_lb_target_group.service[each.key].arn_suffix}"
    }
  }
}

# Messages that wait for each task: the length of a queue alone says nothing of who works on it.
resource "aws_appautoscaling_policy" "backlog" {
  for_each = { for name, service in local.container_services : name => service if length(service.consumes) > 0 }

  name               = "${local.name}-${each.key}-backlog"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service[each.key].service_namespace
  scalable_dimension = aws_appautoscaling_target.service[each.key].scalable_dimension
  resource_id        = aws_appautoscaling_target.service[each.key].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.backlog
    scale_out_cooldown = each.value.scale_out_s
    scale_in_cooldown  = each.value.scale_in_s

    customized_metric_specification {
      metrics {
        id          = "waiting"
        label       = "Messages that wait"
        return_data = false

        metric_stat {
          stat = "Maximum"

          metric {
            namespace   = "AWS/SQS"
            metric_name = "ApproximateNumberOfMessagesVisible"

            dimensions {
              name  = "QueueName"
              value = local.queues[one(each.value.consumes)].name
            }
          }
        }
      }

      metrics {
        id          = "tasks"
        label       = "Tasks that run"
        return_data = false

        metric_stat {
          stat = "Average"

          metric {
            namespace   = "ECS/ContainerInsights"
            metric_name = "RunningTaskCount"

            dimensions {
              name  = "ClusterName"
              value = aws_ecs_cluster.main.name
            }
            dimensions {
              name  = "ServiceName"
              value = each.key
            }
          }
        }
      }

      metrics {
        id          = "backlog"
        label       = "Messages for each task"
        expression  = "waiting / IF(FILL(tasks, 0) > 0, FILL(tasks, 0), 1)" # of none that runs nothing is reported
        return_data = true
      }
    }
  }
}

# A deployment that failed and went back is no alarm of a metric: ECS says it as an event.
resource "aws_cloudwatch_event_rule" "deployment" {
  name        = "${local.name}-deployment-failed"
  description = "docs/RUNBOOK.md#deployment"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Deployment State Change"]
    detail      = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
    resources   = [for service in aws_ecs_service.service : service.id]
  })
}

resource "aws_cloudwatch_event_target" "deployment" {
  rule = aws_cloudwatch_event_rule.deployment.name
  arn  = aws_sns_topic.alerts.arn
}

# Schema changes: one task, started by a person or the pipeline, that runs to its end (scripts/migrate).
resource "aws_security_group" "migrator" {
  # checkov:skip=CKV2_AWS_5: scripts/migrate gives it to the task that it starts
  name        = "${local.name}-migrator"
  description = "Tasks that change the schema"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-migrator" }
}

resource "aws_vpc_security_group_egress_rule" "migrator_tls" {
  security_group_id = aws_security_group.migrator.id
  description       = "TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_migrator" {
  security_group_id            = aws_security_group.endpoints.id
  description                  = "migrator"
  referenced_security_group_id = aws_security_group.migrator.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

data "aws_iam_policy_document" "migrator_start" {
  # checkov:skip=CKV_AWS_356: a registry token has no resource
  statement {
    sid       = "RegistryToken"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.service["migrator"].arn]
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.migrator.arn}:*"]
  }
}

resource "aws_iam_role" "migrator" {
  for_each = { start = data.aws_iam_policy_document.migrator_start.json, act = data.aws_iam_policy_document.migrator.json }

  name                 = "${local.name}-migrator-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.execution_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "migrator" {
  for_each = { start = data.aws_iam_policy_document.migrator_start.json, act = data.aws_iam_policy_document.migrator.json }

  name   = "access"
  role   = aws_iam_role.migrator[each.key].id
  policy = each.value
}

resource "aws_cloudwatch_log_group" "migrator" {
  name              = "/${local.name}/migrator"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

locals {
  # Past a proxy, whose connections a change of the schema would take from one statement to the next: its role may log in to the database alone.
  migrator_environment = merge(local.endpoints, { for name, node in var.shards.nodes :
    "DATABASE_HOST_${upper(replace(node.keyspace, "-", "_"))}" => local.shards[name].address
  })
}

resource "aws_ecs_task_definition" "migrator" {
  family                   = "${local.name}-migrator"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  execution_role_arn       = aws_iam_role.migrator["start"].arn
  task_role_arn            = aws_iam_role.migrator["act"].arn
  skip_destroy             = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "ARM64"
  }

  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([merge(local.container_defaults, {
    name         = "migrator"
    image        = "${aws_ecr_repository.service["migrator"].repository_url}@sha256:${local.no_image}"
    portMappings = []
    environment  = [for key in sort(keys(local.migrator_environment)) : { name = key, value = local.migrator_environment[key] }]
    secrets      = []

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.migrator.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "task"
      }
    }
  })])

  tags = { component = "containers" }
}
