# Machines of their own for workers, mostly on spot: a job that is cut short is seen again by another machine. Nobody logs in: there is
# no key and no port, only Session Manager.

locals {
  # Mirrored processors are pools of their own: a template for each.
  fleet_templates = merge([for name, fleet in var.fleet : {
    for arch in toset([for type in fleet.types : type.arch]) : "${name}/${arch}" => merge(fleet, { service = name, arch = arch })
  }]...)

  # Amazon's image with a container runtime; a launch resolves it, so that new machines have the newest without a change here.
  fleet_images = {
    arm64 = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
    amd64 = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
  }

  # What a worker finds in its environment.
  fleet_environment = { for name, fleet in var.fleet : name => merge(
    { ENVIRONMENT = var.environment, AWS_REGION = var.region, SLOTS = tostring(fleet.slots) },
    { for topic in setunion(var.services[name].produces, var.services[name].consumes) : "QUEUE_${upper(replace(topic, "-", "_"))}" => local.queues[topic].url },
    { CONSUME_TOPICS = join(",", var.services[name].consumes) },
    { for bucket in lookup(local.bucket_users, name, []) : "BUCKET_${upper(replace(bucket, "-", "_"))}" => aws_s3_bucket.main[bucket].id },
  ) }
}

# Jobs, memory and disk of each machine as series beside those of the pods, where the objectives' rules read them.
locals {
  # Not from Docker Hub: it refuses an address that asks a hundred times in six hours, and all machines have that of the way out.
  fleet_collector = "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib:0.153.0"
  fleet_telemetry = file("${path.module}/../../../observability/otel/machine.yaml")
}

# Which image runs: scripts/deploy writes its digest and replaces the machines.
resource "aws_ssm_parameter" "fleet_image" {
  # checkov:skip=CKV2_AWS_34: the name of an image, no secret
  # checkov:skip=CKV_AWS_337: as above
  for_each = var.fleet

  name  = "/${local.name}/${each.key}/image"
  type  = "String"
  value = "${aws_ecr_repository.service[each.key].repository_url}:unset"

  tags = { component = "fleet" }

  lifecycle {
    ignore_changes = [value] # the pipeline's
  }
}

resource "aws_cloudwatch_log_group" "fleet" {
  for_each = var.fleet

  name              = "/${local.name}/fleet/${each.key}"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

resource "aws_security_group" "fleet" {
  name        = "${local.name}-fleet"
  description = "Machines of workers: nothing comes in"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-fleet" }
}

resource "aws_vpc_security_group_egress_rule" "fleet" {
  security_group_id = aws_security_group.fleet.id
  description       = "TLS to the queue, the buckets and the registry"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_fleet" {
  security_group_id            = aws_security_group.endpoints.id
  description                  = "Machines of workers"
  referenced_security_group_id = aws_security_group.fleet.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

data "aws_iam_policy_document" "fleet" {
  # checkov:skip=CKV_AWS_356: a registry token and a session have no resource of their own
  # checkov:skip=CKV_AWS_111: as above
  for_each = var.fleet

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
    sid       = "WhichImage"
    actions   = ["ssm:GetParameter"]
    resources = [aws_ssm_parameter.fleet_image[each.key].arn]
  }

  statement {
    sid       = "Drained"
    actions   = ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"]
    resources = ["arn:aws:autoscaling:${var.region}:${var.account_id}:autoScalingGroup:*:autoScalingGroupName/${local.name}-${each.key}"]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.fleet[each.key].arn}:*"]
  }

  statement {
    sid       = "WriteMetrics"
    actions   = ["aps:RemoteWrite"]
    resources = [aws_prometheus_workspace.main.arn]
  }

  # Session Manager: what AmazonSSMManagedInstanceCore grants, less reading every parameter of the account.
  statement {
    sid = "Sessions"
    actions = [
      "ec2messages:AcknowledgeMessage", "ec2messages:DeleteMessage", "ec2messages:FailMessage",
      "ec2messages:GetEndpoint", "ec2messages:GetMessages", "ec2messages:SendReply",
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "fleet" {
  for_each = var.fleet

  name   = "machine"
  role   = aws_iam_role.service[each.key].id
  policy = data.aws_iam_policy_document.fleet[each.key].json
}

resource "aws_iam_instance_profile" "fleet" {
  for_each = var.fleet

  name = aws_iam_role.service[each.key].name
  role = aws_iam_role.service[each.key].name
}

resource "aws_launch_template" "fleet" {
  for_each = local.fleet_templates

  name                   = "${local.name}-${replace(each.key, "/", "-")}"
  image_id               = local.fleet_images[each.value.arch]
  update_default_version = true
  ebs_optimized          = true
  vpc_security_group_ids = [aws_security_group.fleet.id]

  iam_instance_profile {
    arn = aws_iam_instance_profile.fleet[each.value.service].arn
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1 # the worker shares the machine's network
    instance_metadata_tags      = "disabled"
  }

  monitoring {
    enabled = true
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = each.value.disk_gib
      encrypted             = true
      kms_key_id            = aws_kms_key.main["cluster"].arn
      delete_on_termination = true
    }
  }

  user_data = base64encode(join("\n", ["#cloud-config", yamlencode({
    write_files = [
      {
        path        = "/etc/worker.env"
        permissions = "0640"
        content     = join("", [for key, value in local.fleet_environment[each.value.service] : "${key}=${value}\n"])
      },
      {
        path        = "/usr/local/bin/worker-start"
        permissions = "0755"
        content     = <<-SHELL
          #!/bin/bash
          # The image that the parameter names, without a disk to write to and without rights.
          set -euo pipefail
          image=$(aws ssm get-parameter --region ${var.region} --name ${aws_ssm_parameter.fleet_image[each.value.service].name} --query Parameter.Value --output text)
          aws ecr get-login-password --region ${var.region} | docker login --username AWS --password-stdin "$${image%%/*}"
          exec docker run --rm --name worker --network host --env-file /etc/worker.env --read-only --tmpfs /tmp:size=4g \
            --cap-drop ALL --security-opt no-new-privileges --user 10001:10001 --stop-timeout ${each.value.drain_s} \
            --log-driver awslogs --log-opt awslogs-region=${var.region} --log-opt awslogs-group=${aws_cloudwatch_log_group.fleet[each.value.service].name} "$image"
        SHELL
      },
      {
        path        = "/usr/local/bin/worker-drain"
        permissions = "0755"
        content     = <<-SHELL
          #!/bin/bash
          # Waits until the machine is to go, by the group or because spot capacity is taken back; then finishes the job in hand.
          set -uo pipefail
          metadata() {
            local token
            token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
            curl -sf -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
          }
          until [ "$(metadata autoscaling/target-lifecycle-state)" = Terminated ] || metadata spot/instance-action >/dev/null; do
            sleep 5
          done
          systemctl stop worker
          aws autoscaling complete-lifecycle-action --region ${var.region} --auto-scaling-group-name ${local.name}-${each.value.service} \
            --lifecycle-hook-name drain --lifecycle-action-result CONTINUE --instance-id "$(metadata instance-id)"
        SHELL
      },
      {
        path    = "/etc/systemd/system/worker.service"
        content = <<-UNIT
          [Unit]
          Description=${each.value.service}
          Requires=docker.service
          After=docker.service network-online.target

          [Service]
          ExecStart=/usr/local/bin/worker-start
          ExecStop=/usr/bin/docker stop --time ${each.value.drain_s} worker
          TimeoutStopSec=${each.value.drain_s + 10}
          Restart=always
          RestartSec=5

          [Install]
          WantedBy=multi-user.target
        UNIT
      },
      {
        path        = "/etc/telemetry.yaml"
        permissions = "0644"
        content     = local.fleet_telemetry
      },
      {
        path        = "/etc/telemetry.env"
        permissions = "0644"
        content     = <<-ENV
          ENVIRONMENT=${var.environment}
          SERVICE=${each.value.service}
          PROMETHEUS_REMOTE_WRITE_URL=${aws_prometheus_workspace.main.prometheus_endpoint}api/v1/remote_write
        ENV
      },
      {
        path    = "/etc/systemd/system/telemetry.service"
        content = <<-UNIT
          [Unit]
          Description=Metrics of the worker and of the machine
          Requires=docker.service
          After=docker.service network-online.target

          [Service]
          # Sees the machine's files without the right to read more than anybody may.
          ExecStart=/bin/sh -c 'exec docker run --rm --name telemetry --network host --env-file /etc/telemetry.env --env MACHINE=$(hostname) --read-only --cap-drop ALL --security-opt no-new-privileges --user 10001:10001 --memory 256m -v /etc/telemetry.yaml:/etc/telemetry.yaml:ro -v /:/host:ro,rslave ${local.fleet_collector} --config=/etc/telemetry.yaml'
          ExecStop=/usr/bin/docker stop telemetry
          Restart=always
          RestartSec=15

          [Install]
          WantedBy=multi-user.target
        UNIT
      },
      {
        path    = "/etc/systemd/system/worker-drain.service"
        content = <<-UNIT
          [Unit]
          Description=Drains the worker before the machine goes
          After=worker.service

          [Service]
          ExecStart=/usr/local/bin/worker-drain
          Restart=on-failure

          [Install]
          WantedBy=multi-user.target
        UNIT
      },
    ]
    packages = ["awscli-2"]
    # The image's own agent would register the machine with ECS.
    runcmd = [["systemctl", "disable", "--now", "ecs"], ["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", "worker", "worker-drain", "telemetry"]]
  })]))

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.value
      tags          = merge(local.tags, { Name = "${local.name}-${each.value.service}", component = "fleet" })
    }
  }

  tags = { component = "fleet" }
}

# No warm pool: the service refuses one beside a mixed instances policy or spot. What an event needs is there by schedule instead.
resource "aws_autoscaling_group" "fleet" {
  for_each = var.fleet

  name                      = "${local.name}-${each.key}"
  min_size                  = each.value.min
  max_size                  = each.value.max
  vpc_zone_identifier       = values(local.node_subnets)
  health_check_type         = "EC2"
  health_check_grace_period = each.value.warmup_s
  default_instance_warmup   = each.value.warmup_s
  # A machine that is likely to be taken back is replaced before it is.
  capacity_rebalance = true
  # A fleet must not be older than its image's security fixes.
  max_instance_lifetime = 2592000
  termination_policies  = ["OldestLaunchTemplate", "AllocationStrategy"]
  enabled_metrics       = ["GroupDesiredCapacity", "GroupInServiceInstances", "GroupMaxSize", "GroupTotalInstances"]
  # Spot may be short where the plan runs: the group goes on trying.
  wait_for_capacity_timeout = "0"

  mixed_instances_policy {
    instances_distribution {
      on_demand_base_capacity                  = each.value.on_demand_base
      on_demand_percentage_above_base_capacity = each.value.on_demand_percent
      on_demand_allocation_strategy            = "prioritized"
      spot_allocation_strategy                 = "price-capacity-optimized"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.fleet["${each.key}/${each.value.types[0].arch}"].id
        version            = aws_launch_template.fleet["${each.key}/${each.value.types[0].arch}"].latest_version
      }

      dynamic "override" {
        for_each = each.value.types

        content {
          instance_type = override.value.name

          launch_template_specification {
            launch_template_id = aws_launch_template.fleet["${each.key}/${override.value.arch}"].id
            version            = aws_launch_template.fleet["${each.key}/${override.value.arch}"].latest_version
          }
        }
      }
    }
  }

  # The job in hand is finished, or seen again by another machine when its time is over.
  initial_lifecycle_hook {
    name                 = "drain"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_TERMINATING"
    heartbeat_timeout    = each.value.drain_s + 30
    default_result       = "CONTINUE"
  }

  instance_refresh {
    strategy = "Rolling"

    # No auto_rollback: the service refuses it where the image is named by a parameter, and would begin no refresh at all.
    preferences {
      min_healthy_percentage = 90
      instance_warmup        = each.value.warmup_s
      skip_matching          = true
    }
  }

  dynamic "tag" {
    for_each = merge(local.tags, { Name = "${local.name}-${each.key}", component = "fleet" })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = false # the launch template tags machines, volumes and interfaces
    }
  }

  lifecycle {
    ignore_changes = [desired_capacity, min_size] # scaling owns the one, the schedule of events the other
  }

  # The role's rights are there before the first machine asks for its image.
  depends_on = [aws_iam_role_policy.fleet]
}

# Jobs in hand and waiting, for each machine: what waits counts at once, and what is being done keeps its machine.
resource "aws_autoscaling_policy" "backlog" {
  for_each = var.fleet

  name                   = "backlog"
  autoscaling_group_name = aws_autoscaling_group.fleet[each.key].name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = each.value.backlog

    customized_metric_specification {
      metrics {
        id          = "jobs"
        expression  = join(" + ", [for index in range(length(var.services[each.key].consumes)) : "waiting${index} + held${index}"])
        return_data = false
      }

      dynamic "metrics" {
        for_each = merge([for index, topic in tolist(var.services[each.key].consumes) : {
          "waiting${index}" = { metric = "ApproximateNumberOfMessagesVisible", queue = local.queues[topic].name }
          "held${index}"    = { metric = "ApproximateNumberOfMessagesNotVisible", queue = local.queues[topic].name }
        }]...)

        content {
          id          = metrics.key
          return_data = false

          metric_stat {
            stat = "Sum"

            metric {
              namespace   = "AWS/SQS"
              metric_name = metrics.value.metric

              dimensions {
                name  = "QueueName"
                value = metrics.value.queue
              }
            }
          }
        }
      }

      metrics {
        id          = "machines"
        return_data = false

        metric_stat {
          stat = "Average"

          metric {
            namespace   = "AWS/AutoScaling"
            metric_name = "GroupInServiceInstances"

            dimensions {
              name  = "AutoScalingGroupName"
              value = aws_autoscaling_group.fleet[each.key].name
            }
          }
        }
      }

      metrics {
        id          = "backlog"
        label       = "Jobs for each machine"
        expression  = "jobs / IF(machines > 0, machines, 1)"
        return_data = true
      }
    }
  }
}

# An announced event: all machines are there before it begins, as spot capacity may take its time.
resource "aws_autoscaling_schedule" "event" {
  for_each = merge([for name, fleet in var.fleet : {
    "${name}/begin" = { fleet = name, recurrence = fleet.event.start, min = fleet.event.machines }
    "${name}/end"   = { fleet = name, recurrence = fleet.event.end, min = fleet.min }
  }]...)

  scheduled_action_name  = "event-${split("/", each.key)[1]}"
  autoscaling_group_name = aws_autoscaling_group.fleet[each.value.fleet].name
  recurrence             = each.value.recurrence
  time_zone              = var.fleet[each.value.fleet].event.time_zone
  min_size               = each.value.min
  max_size               = -1 # stays
  desired_capacity       = -1 # follows the floor
}
