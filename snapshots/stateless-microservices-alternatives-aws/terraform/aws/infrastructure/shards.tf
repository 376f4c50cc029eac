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

resource "aws_db_parameter_group" "shard" {
  for_each = var.shards.nodes

  # The family is part of the name: a major upgrade makes the new group beside the old one.
  name        = "${local.name}-${each.key}-pg${var.shards.major_version}"
  family      = "postgres${var.shards.major_version}"
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

  # What replication into the warehouse asks of its source.
  parameter {
    name         = "rds.replica_identity_full"
    value        = "1"
    apply_method = "pending-reboot"
  }

  parameter {
    name  = "wal_sender_timeout"
    value = "0"
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

# Made before the instance: RDS would make them without an end or a key.
resource "aws_cloudwatch_log_group" "shard" {
  for_each = { for pair in setproduct(concat(keys(var.shards.nodes), keys(local.readers)), local.shard_logs) : "${pair[0]}/${pair[1]}" => pair }

  name              = "/aws/rds/instance/${local.name}-${each.value[0]}/${each.value[1]}"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

# Services open their own connections, or share those of PgBouncer in the cluster where var.shards.pooler is on. RDS Proxy would
# do the same with IAM from end to end, at a price by vCPU of the instances.
resource "aws_db_instance" "shard" {
  # checkov:skip=CKV_AWS_157: Multi-AZ by environment; the tests hold production to it
  # checkov:skip=CKV_AWS_293: deletion protection by environment; the tests hold production to it
  for_each = var.shards.nodes

  identifier     = "${local.name}-${each.key}"
  engine         = "postgres"
  engine_version = var.shards.major_version # RDS takes the minor version, in the maintenance window
  instance_class = each.value.class

  # The master user makes schemas and roles and is then left alone; services log in by IAM.
  db_name                             = replace(local.project, "-", "_") # the same on every node: clients take it from the project
  username                            = "dbadmin"
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.main["secrets"].arn
  iam_database_authentication_enabled = true

  # With max_allocated_storage set the provider ignores what storage autoscaling added, but still takes a raise from here.
  storage_type          = "gp3"
  allocated_storage     = each.value.storage_gib
  max_allocated_storage = each.value.max_storage_gib
  # gp3 includes 3 000 a second, from 400 GiB on 12 000; only what is above is bought, and only there.
  iops              = each.value.storage_gib >= 400 && each.value.iops > 12000 ? each.value.iops : null
  storage_encrypted = true
  kms_key_id        = aws_kms_key.main["data"].arn

  db_subnet_group_name   = aws_db_subnet_group.shard.name
  vpc_security_group_ids = [aws_security_group.shard.id]
  publicly_accessible    = false
  multi_az               = each.value.standby
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  parameter_group_name       = aws_db_parameter_group.shard[each.key].name
  auto_minor_version_upgrade = true
  apply_immediately          = var.shards.apply_immediately
  maintenance_window         = "sun:08:00-sun:09:00"

  backup_retention_period   = var.shards.backup_days
  backup_window             = "06:00-07:00"
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
  performance_insights_kms_key_id       = aws_kms_key.main["data"].arn
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

# Readers: for reads that need not see their own write. More are added at the end, fewer go from the end; none is renumbered.
resource "aws_db_instance" "reader" {
  # checkov:skip=CKV_AWS_133: backups are its primary's
  # checkov:skip=CKV_AWS_157: a reader has no standby; the others take its reads
  # checkov:skip=CKV_AWS_293: a reader holds nothing that its primary does not
  for_each = local.readers

  identifier          = "${local.name}-${each.key}"
  replicate_source_db = aws_db_instance.shard[each.value.node].identifier
  instance_class      = each.value.class

  iam_database_authentication_enabled = true

  storage_type          = "gp3"
  max_allocated_storage = each.value.max_storage_gib
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.main["data"].arn

  vpc_security_group_ids = [aws_security_group.shard.id]
  publicly_accessible    = false
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  # The primary's group: a reader with fewer connections than its primary does not start.
  parameter_group_name       = aws_db_parameter_group.shard[each.value.node].name
  auto_minor_version_upgrade = true
  apply_immediately          = var.shards.apply_immediately
  maintenance_window         = "sun:09:00-sun:10:00" # after its primary
  copy_tags_to_snapshot      = true
  skip_final_snapshot        = true

  enabled_cloudwatch_logs_exports       = local.shard_logs
  monitoring_interval                   = var.shards.monitoring_interval_s
  monitoring_role_arn                   = var.shards.monitoring_interval_s > 0 ? aws_iam_role.monitoring.arn : null
  database_insights_mode                = var.shards.insights
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.main["data"].arn
  performance_insights_retention_period = var.shards.insights == "advanced" ? 465 : 7

  tags = { component = "shards", keyspace = each.value.keyspace }

  depends_on = [aws_cloudwatch_log_group.shard]
}

locals {
  shard_logs = ["postgresql", "upgrade"]

  # What the other files need of a node, whichever service it is.
  shards = { for name, shard in aws_db_instance.shard : name => {
    arn          = shard.arn
    resource_ids = concat([shard.resource_id], [for reader, instance in aws_db_instance.reader : instance.resource_id if local.readers[reader].node == name])
    address      = shard.address
    read_address = try(aws_db_instance.reader["${name}-r00"].address, null)
    port         = shard.port
  } }

  # Instances by the name of their alarms, with the node whose limits they have.
  shard_instances = merge(
    { for name, shard in aws_db_instance.shard : name => { identifier = shard.identifier, node = name, reader = false } },
    { for name, reader in aws_db_instance.reader : name => { identifier = reader.identifier, node = local.readers[name].node, reader = true } },
  )
}
