locals {
  # Names are the project's own, so that none is a word that the engine reserves.
  database_names = {
    "accounts"  = "jor_accounts"
    "products"  = "jor_products"
    "billing"   = "jor_billing"
    "analytics" = "jor_analytics"
  }

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
  description = "PostgreSQL: from services only, nothing out"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-shard" }
}

# RDS Proxy stands in the same group.
resource "aws_vpc_security_group_ingress_rule" "shard_from_proxy" {
  security_group_id            = aws_security_group.shard.id
  description                  = "PostgreSQL from the proxy"
  referenced_security_group_id = aws_security_group.shard.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "proxy_to_shard" {
  security_group_id            = aws_security_group.shard.id
  description                  = "PostgreSQL from the proxy to the database"
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

  name              = "/aws/rds/cluster/${local.name}-${each.value[0]}/${each.value[1]}"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

# A node of the shard map is a cluster: a writer, a standby where the environment has one, and readers. Its volume grows by itself
# and is kept in three zones. Services open their own connections, or share those of PgBouncer where var.shards.pooler is on.
resource "aws_rds_cluster" "shard" {
  # checkov:skip=CKV_AWS_139: deletion protection by environment; the tests hold production to it
  # checkov:skip=CKV2_AWS_8: AWS Backup selects it by its tag, see dr.tf
  # checkov:skip=CKV2_AWS_27: slow statements are logged; all of them would be the data itself in a log
  for_each = var.shards.nodes

  cluster_identifier = "${local.name}-${each.key}"
  engine             = "aurora-postgresql"
  engine_version     = var.shards.major_version # Aurora takes the minor version, in the maintenance window

  # The master user makes schemas and roles and is then left alone; services log in by IAM.
  database_name                       = local.database_names[each.value.keyspace]
  master_username                     = "dbadmin"
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.main["secrets"].arn
  iam_database_authentication_enabled = true

  serverlessv2_scaling_configuration {
    min_capacity             = each.value.min_acu
    max_capacity             = each.value.max_acu
    seconds_until_auto_pause = each.value.min_acu == 0 ? 300 : null
  }

  storage_encrypted = true
  kms_key_id        = aws_kms_key.main["data"].arn

  db_subnet_group_name            = aws_db_subnet_group.shard.name
  vpc_security_group_ids          = [aws_security_group.shard.id]
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
  performance_insights_kms_key_id       = aws_kms_key.main["data"].arn
  performance_insights_retention_period = var.shards.insights == "advanced" ? 465 : 7

  tags = merge(
    { component = "shards", keyspace = each.value.keyspace, backup = local.name },
    each.value.location == null ? {} : { location = each.value.location },
  )

  lifecycle {
    precondition {
      condition     = var.shards.pooler || each.value.proxy || local.connections[each.value.keyspace] <= each.value.max_connections - each.value.reserved_connections
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
  performance_insights_kms_key_id       = aws_kms_key.main["data"].arn
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
    # the readers, the standby among them; the writer where there is neither
    read_addresses = [shard.reader_endpoint]
    port           = shard.port
  } }

  # Instances by the name of their alarms, with the node whose limits they have.
  shard_instances = { for name, instance in aws_rds_cluster_instance.shard : name => {
    identifier = instance.identifier, node = local.cluster_instances[name].node, reader = local.cluster_instances[name].tier == 15
  } }
}

# A pool before a database, where services open more connections than it works on. Identity from end to end: a service shows the
# proxy its token, and the proxy shows the database one of its own for the same user. No password, and nothing in Secrets Manager.
locals {
  proxied = { for name, node in var.shards.nodes : name => node if node.proxy }

  # Who may log in to a node by way of its proxy.
  proxy_users = { for name, node in local.proxied : name => concat(["migrator"], [for service, needs in var.services : service if contains(needs.keyspaces, node.keyspace)]) }
}

data "aws_iam_policy_document" "proxy_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["rds.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role" "proxy" {
  for_each = local.proxied

  name                 = "${local.name}-${each.key}-proxy"
  assume_role_policy   = data.aws_iam_policy_document.proxy_trust.json
  permissions_boundary = local.permissions_boundary
}

data "aws_iam_policy_document" "proxy" {
  for_each = local.proxied

  statement {
    sid       = "Database"
    actions   = ["rds-db:connect"]
    resources = flatten([for user in local.proxy_users[each.key] : [for id in local.shards[each.key].resource_ids : "arn:aws:rds-db:${var.region}:${var.account_id}:dbuser:${id}/${user}"]])
  }
}

resource "aws_iam_role_policy" "proxy" {
  for_each = local.proxied

  name   = "database"
  role   = aws_iam_role.proxy[each.key].name
  policy = data.aws_iam_policy_document.proxy[each.key].json
}

# Made before the proxy, which would make it without an end or a key.
resource "aws_cloudwatch_log_group" "proxy" {
  for_each = local.proxied

  name              = "/aws/rds/proxy/${local.name}-${each.key}"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

resource "aws_db_proxy" "shard" {
  for_each = local.proxied

  name                   = "${local.name}-${each.key}"
  engine_family          = "POSTGRESQL"
  default_auth_scheme    = "IAM_AUTH"
  require_tls            = true
  role_arn               = aws_iam_role.proxy[each.key].arn
  vpc_subnet_ids         = local.subnet_ids.data
  vpc_security_group_ids = [aws_security_group.shard.id]
  idle_client_timeout    = 1800

  tags = { component = "shards", keyspace = each.value.keyspace }

  # Log group first, see above; the role is of use with its policy.
  depends_on = [aws_cloudwatch_log_group.proxy, aws_iam_role_policy.proxy]
}

resource "aws_db_proxy_default_target_group" "shard" {
  for_each = local.proxied

  db_proxy_name = aws_db_proxy.shard[each.key].name

  connection_pool_config {
    # The rest is for the migrator and for people, who come without the proxy.
    max_connections_percent      = floor(100 * (each.value.max_connections - each.value.reserved_connections) / each.value.max_connections)
    max_idle_connections_percent = 10
    connection_borrow_timeout    = 5 # seconds: a request that waits longer has failed
  }
}

resource "aws_db_proxy_target" "shard" {
  for_each = local.proxied

  db_proxy_name         = aws_db_proxy.shard[each.key].name
  target_group_name     = aws_db_proxy_default_target_group.shard[each.key].name
  db_cluster_identifier = aws_rds_cluster.shard[each.key].id

  # A cluster without an instance is no target.
  depends_on = [aws_rds_cluster_instance.shard]
}

# Refused where there is no reader behind it.
resource "aws_db_proxy_endpoint" "readers" {
  for_each = { for name, node in local.proxied : name => node if node.standby || node.replicas > 0 }

  db_proxy_name          = aws_db_proxy.shard[each.key].name
  db_proxy_endpoint_name = "${local.name}-${each.key}-readers"
  target_role            = "READ_ONLY"
  vpc_subnet_ids         = local.subnet_ids.data
  vpc_security_group_ids = [aws_security_group.shard.id]

  tags = { component = "shards", keyspace = each.value.keyspace }

  depends_on = [aws_db_proxy_target.shard] # which brings the readers
}

locals {
  # prx-…, the last part of its address in IAM.
  proxy_ids = { for name, proxy in aws_db_proxy.shard : name => reverse(split(":", proxy.arn))[0] }

  # A keyspace as its services reach it. What may be a moment old is read from read_hosts, all else is read and written at host.
  databases = { for name, node in var.shards.nodes : node.keyspace => {
    host       = node.proxy ? aws_db_proxy.shard[name].endpoint : local.shards[name].address
    read_hosts = node.proxy ? [try(aws_db_proxy_endpoint.readers[name].endpoint, aws_db_proxy.shard[name].endpoint)] : local.shards[name].read_addresses
    port       = local.shards[name].port
    name       = local.database_names[node.keyspace]
  } }
}
