resource "aws_security_group" "stream" {
  name        = "${local.name}-stream"
  description = "Kafka: IAM over TLS from pods"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-stream" }
}

resource "aws_vpc_security_group_ingress_rule" "stream" {
  for_each = { brokers = 9098, jmx_exporter = 11001, node_exporter = 11002 }

  security_group_id            = aws_security_group.stream.id
  description                  = "${each.key} from pods"
  referenced_security_group_id = local.cluster.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_cloudwatch_log_group" "stream" {
  name              = "/${local.name}/stream"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

resource "aws_msk_configuration" "main" {
  name           = local.name
  kafka_versions = [var.stream.kafka_version]

  # With one replica fewer acknowledging than there are, a broker or a zone may be lost without losing or refusing a write.
  server_properties = <<-EOT
    auto.create.topics.enable=false
    default.replication.factor=${var.stream.replication}
    min.insync.replicas=${var.stream.min_insync}
    unclean.leader.election.enable=false
  EOT

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_msk_cluster" "main" {
  cluster_name           = local.name
  kafka_version          = var.stream.kafka_version
  number_of_broker_nodes = var.stream.brokers
  enhanced_monitoring    = "PER_TOPIC_PER_BROKER"
  storage_mode           = var.stream.tiered_storage ? "TIERED" : "LOCAL"

  broker_node_group_info {
    client_subnets  = local.subnet_ids.data
    instance_type   = var.stream.broker
    security_groups = [aws_security_group.stream.id]

    storage_info {
      ebs_storage_info {
        volume_size = var.stream.disk_gib
      }
    }
  }

  client_authentication {
    sasl {
      iam = true
    }
  }

  configuration_info {
    arn      = aws_msk_configuration.main.arn
    revision = aws_msk_configuration.main.latest_revision
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = aws_kms_key.main["data"].arn

    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }

  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.stream.name
      }
    }
  }

  open_monitoring {
    prometheus {
      jmx_exporter {
        enabled_in_broker = true
      }
      node_exporter {
        enabled_in_broker = true
      }
    }
  }

  tags = { component = "stream" }

  lifecycle {
    # Storage autoscaling below owns the size; volumes only grow.
    ignore_changes = [broker_node_group_info[0].storage_info[0].ebs_storage_info[0].volume_size]

    precondition {
      condition     = var.stream.brokers % length(var.network.zones) == 0
      error_message = "MSK spreads brokers evenly: ${var.stream.brokers} brokers do not divide over ${length(var.network.zones)} zones."
    }
  }
}

resource "aws_appautoscaling_target" "stream_storage" {
  service_namespace  = "kafka"
  resource_id        = aws_msk_cluster.main.arn
  scalable_dimension = "kafka:broker-storage:VolumeSize"
  min_capacity       = 1
  max_capacity       = var.stream.max_disk_gib
}

resource "aws_appautoscaling_policy" "stream_storage" {
  name               = "${local.name}-broker-storage"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.stream_storage.service_namespace
  resource_id        = aws_appautoscaling_target.stream_storage.resource_id
  scalable_dimension = aws_appautoscaling_target.stream_storage.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value     = 60
    disable_scale_in = true # a broker's volume cannot shrink

    predefined_metric_specification {
      predefined_metric_type = "KafkaBrokerStorageUtilization"
    }
  }
}

resource "aws_msk_topic" "main" {
  for_each = var.stream.topics

  cluster_arn        = aws_msk_cluster.main.arn
  name               = each.key
  partition_count    = each.value.partitions
  replication_factor = var.stream.replication

  configs = jsonencode(merge(
    { "retention.ms" = tostring(each.value.retention_hours * 3600000) },
    var.stream.tiered_storage ? { "remote.storage.enable" = "true", "local.retention.ms" = tostring(var.stream.local_retention_hours * 3600000) } : {},
  ))
}
