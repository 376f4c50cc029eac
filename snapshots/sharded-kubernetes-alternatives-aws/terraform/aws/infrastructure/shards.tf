locals {
  # Connections that the services may open on a node of each keyspace, at their largest.
  connections = {
    for keyspace in distinct([for node in var.shards.nodes : node.keyspace]) :
    keyspace => sum(concat([0], [for service in var.services : service.max * service.pool if contains(service.keyspaces, keyspace)]))
  }

  # One for each reader of a node, by a name that stays: content-s00-r00.
  readers = merge([for name, node in var.shards.nodes : { for index in range(node.replicas) : format("%s-r%02d", name, index) => merge(node, { node = name }) }]...)
}

resource "aws_security_group" "shard" {
  name        = "${local.name}-shard"
  description = "PostgreSQL: from pods only, nothing out"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-shard" }
}

resource "aws_vpc_security_group_ingress_rule" "shard" {
  security_group_id            = aws_security_group.shard.id
  description                  = "PostgreSQL from pods"
  referenced_security_group_id = local.cluster.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

# Logical replication between shards is how buckets move.
resource "aws_vpc_security_group_ingress_rule" "shard_to_shard" {
  security_group_id            = aws_security_group.shard.id
  description                  = "Logical replication from another shard"
  referenced_security_group_id = aws_security_group.shard.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "shard_to_shard" {
  security_group_id            = aws_security_group.shard.id
  description                  = "Logical replication to another shard"
  referenced_security_group_id = aws_security_group.shard.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_db_subnet_group" "shard" {
  name        = "${local.name}-shard"
  description = "Data subnets"
  subnet_ids  = local.subnet_ids.data
}

data "aws_iam_policy_document" "monitoring_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name                 = "${local.name}-rds-monitoring"
  assume_role_policy   = data.aws_iam_policy_document.monitoring_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_rds_cluster_parameter_group" "shard" {
  for_each = var.shards.nodes

  region = local.node_places[each.key].region
  # The family is part of the name: a major upgrade makes the new group beside the old one.
  name        = "${local.name}-${each.key}-aurora-pg${var.shards.major_version}"
  family      = "aurora-postgresql${var.shards.major_version}"
  description = "Parameters of ${each.key}"

  parameter {
    name         = "max_connections"
    value        = each.value.max_connections
    apply_method = "pending-reboot"
  }

  # Moves need it, and turning it on later costs each shard a restart.
  parameter {
    name         = "rds.logical_replication"
    value        = "1"
    apply_method = "pending-reboot"
  }

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name         = "shared_preload_libraries"
    value        = "pg_stat_statements"
    apply_method = "pending-reboot"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = tostring(var.shards.slow_statement_ms)
  }

  # A forgotten transaction holds back vacuum for the whole node.
  parameter {
    name  = "idle_in_transaction_session_timeout"
    value = tostring(var.shards.idle_transaction_ms)
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Made before the cluster: RDS would make them without an end or a key.
resource "aws_cloudwatch_log_group" "shard" {
  for_each = { for pair in setproduct(keys(var.shards.nodes), local.shard_logs) : "${pair[0]}/${pair[1]}" => pair }

  region            = local.node_places[each.value[0]].region
  name              = "/aws/rds/cluster/${local.name}-${each.value[0]}/${each.value[1]}"
  retention_in_days = var.observability.log_days
  kms_key_id        = local.node_places[each.value[0]].logs_key
}

# A node of the shard map is a cluster: a writer, a standby where the environment has one, and readers. Its volume grows by itself
# and is kept in three zones. Services open their own connections, or share those of PgBouncer where var.shards.pooler is on.
resource "aws_rds_cluster" "shard" {
  # checkov:skip=CKV_AWS_139: deletion protection by environment; the tests hold production to it
  # checkov:skip=CKV2_AWS_8: AWS Backup selects it by its tag, see dr.tf
  # checkov:skip=CKV2_AWS_27: slow statements are logged; all of them would be the data itself in a log
  for_each = var.shards.nodes

  region             = local.node_places[each.key].region
  cluster_identifier = "${local.name}-${each.key}"
  engine             = "aurora-postgresql"
  engine_version     = var.shards.major_version # Aurora takes the minor version, in the maintenance window

  # The master user makes schemas and roles and is then left alone; services log in by IAM.
  database_name                       = replace(local.project, "-", "_") # the same on every node: clients take it from the project
  master_username                     = "dbadmin"
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = local.node_places[each.key].secrets_key
  iam_database_authentication_enabled = true

  storage_encrypted = true
  kms_key_id        = local.node_places[each.key].data_key

  db_subnet_group_name            = local.node_places[each.key].subnet_group
  vpc_security_group_ids          = [local.node_places[each.key].group]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.shard[each.key].name
  apply_immediately               = var.shards.apply_immediately
  preferred_maintenance_window    = "sun:08:00-sun:09:00"

  backup_retention_period   = var.shards.backup_days
  preferred_backup_window   = "06:00-07:00"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = !var.protected
  deletion_protection       = var.protected
  skip_final_snapshot       = !var.protected
  final_snapshot_identifier = var.protected ? "${local.name}-${each.key}-final" : null

  enabled_cloudwatch_logs_exports       = local.shard_logs
  monitoring_interval                   = var.shards.monitoring_interval_s
  monitoring_role_arn                   = var.shards.monitoring_interval_s > 0 ? aws_iam_role.monitoring.arn : null
  database_insights_mode                = var.shards.insights
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = local.node_places[each.key].data_key
  performance_insights_retention_period = var.shards.insights == "advanced" ? 465 : 7

  tags = merge(
    { component = "shards", keyspace = each.value.keyspace, backup = local.name },
    each.value.location == null ? {} : { location = each.value.location },
  )

  lifecycle {
    precondition {
      condition     = var.shards.pooler || local.connections[each.value.keyspace] <= each.value.max_connections - each.value.reserved_connections
      error_message = "${each.key}: services may open ${local.connections[each.value.keyspace]} connections, but only ${each.value.max_connections - each.value.reserved_connections} of ${each.value.max_connections} are theirs."
    }
  }

  # Log groups first, see above.
  depends_on = [aws_cloudwatch_log_group.shard]
}

locals {
  # Which of the first two writes is Aurora's decision; readers come last.
  cluster_instances = merge(
    { for name, node in var.shards.nodes : "${name}-w00" => merge(node, { node = name, tier = 0 }) },
    { for name, node in var.shards.nodes : "${name}-w01" => merge(node, { node = name, tier = 1 }) if node.standby },
    { for name, reader in local.readers : name => merge(reader, { tier = 15 }) },
  )
}

# Readers by load, beyond those above: their CPU decides. Aurora makes and removes them under names of its own.
resource "aws_appautoscaling_target" "shard" {
  for_each = { for name, node in var.shards.nodes : name => node if node.replicas_added > 0 }

  region             = local.node_places[each.key].region
  service_namespace  = "rds"
  scalable_dimension = "rds:cluster:ReadReplicaCount"
  resource_id        = "cluster:${aws_rds_cluster.shard[each.key].id}"
  min_capacity       = each.value.replicas + (each.value.standby ? 1 : 0)
  max_capacity       = each.value.replicas + (each.value.standby ? 1 : 0) + each.value.replicas_added

  # Scaling counts the readers that are there.
  depends_on = [aws_rds_cluster_instance.shard]
}

resource "aws_appautoscaling_policy" "shard" {
  for_each = aws_appautoscaling_target.shard

  region             = local.node_places[each.key].region
  name               = "${local.name}-${each.key}-readers"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  scalable_dimension = each.value.scalable_dimension
  resource_id        = each.value.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.shards.nodes[each.key].reader_cpu_target
    scale_out_cooldown = 300
    scale_in_cooldown  = 900 # a reader that comes takes ten minutes: none goes for a short pause

    predefined_metric_specification {
      predefined_metric_type = "RDSReaderAverageCPUUtilization"
    }
  }
}

resource "aws_rds_cluster_instance" "shard" {
  for_each = local.cluster_instances

  region             = local.node_places[each.value.node].region
  identifier         = "${local.name}-${each.key}"
  cluster_identifier = aws_rds_cluster.shard[each.value.node].id
  engine             = aws_rds_cluster.shard[each.value.node].engine
  instance_class     = each.value.class
  promotion_tier     = each.value.tier
  ca_cert_identifier = "rds-ca-rsa2048-g1"

  publicly_accessible        = false
  auto_minor_version_upgrade = true
  apply_immediately          = var.shards.apply_immediately
  copy_tags_to_snapshot      = true

  monitoring_interval                   = var.shards.monitoring_interval_s
  monitoring_role_arn                   = var.shards.monitoring_interval_s > 0 ? aws_iam_role.monitoring.arn : null
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = local.node_places[each.value.node].data_key
  performance_insights_retention_period = var.shards.insights == "advanced" ? 465 : 7

  tags = { component = "shards", keyspace = each.value.keyspace }
}

locals {
  shard_logs = ["postgresql"]

  # What the other files need of a node, whichever service it is.
  shards = { for name, shard in aws_rds_cluster.shard : name => {
    arn          = shard.arn
    resource_ids = [shard.cluster_resource_id]
    address      = shard.endpoint
    read_address = var.shards.nodes[name].replicas > 0 ? shard.reader_endpoint : null
    port         = shard.port
  } }

  # Instances by the name of their alarms, with the node whose limits they have.
  shard_instances = { for name, instance in aws_rds_cluster_instance.shard : name => {
    identifier = instance.identifier, node = local.cluster_instances[name].node, reader = local.cluster_instances[name].tier == 15
  } }
}
