locals {
  # Names are the project's own, so that none is a word that the engine reserves.
  database_names = {
    "main" = "apex_main"
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
  description = "MySQL: from pods only, nothing out"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-shard" }
}

resource "aws_vpc_security_group_ingress_rule" "shard" {
  security_group_id            = aws_security_group.shard.id
  description                  = "MySQL from pods"
  referenced_security_group_id = local.cluster.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306
}

# RDS Proxy stands in the same group.
resource "aws_vpc_security_group_ingress_rule" "shard_from_proxy" {
  security_group_id            = aws_security_group.shard.id
  description                  = "MySQL from the proxy"
  referenced_security_group_id = aws_security_group.shard.id
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306
}

resource "aws_vpc_security_group_egress_rule" "proxy_to_shard" {
  security_group_id            = aws_security_group.shard.id
  description                  = "MySQL from the proxy to the database"
  referenced_security_group_id = aws_security_group.shard.id
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306
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
  name        = "${local.name}-${each.key}-mysql${replace(var.shards.major_version, ".", "")}"
  family      = "mysql${var.shards.major_version}"
  description = "Parameters of ${each.key}"

  parameter {
    name         = "max_connections"
    value        = each.value.max_connections
    apply_method = "pending-reboot"
  }

  parameter {
    name  = "require_secure_transport"
    value = "1"
  }

  # Replicas and moves read the log by row, and find their place in it by transaction.
  parameter {
    name         = "binlog_format"
    value        = "ROW"
    apply_method = "pending-reboot"
  }

  parameter {
    name         = "gtid-mode"
    value        = "ON"
    apply_method = "pending-reboot"
  }

  # Three quarters of the memory; RDS reads the class's bytes when it starts.
  parameter {
    name         = "innodb_buffer_pool_size"
    value        = "{DBInstanceClassMemory*3/4}"
    apply_method = "pending-reboot"
  }

  parameter {
    name         = "enforce_gtid_consistency"
    value        = "ON"
    apply_method = "pending-reboot"
  }

  # A login has the rights of its roles without asking for them (database/mysql).
  parameter {
    name  = "activate_all_roles_on_login"
    value = "1"
  }

  parameter {
    name  = "slow_query_log"
    value = "1"
  }

  parameter {
    name  = "long_query_time"
    value = tostring(var.shards.slow_statement_ms / 1000)
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
  engine         = "mysql"
  engine_version = var.shards.major_version # RDS takes the minor version, in the maintenance window
  instance_class = each.value.class

  # The master user makes schemas and roles and is then left alone; services log in by IAM.
  db_name                             = local.database_names[each.value.keyspace]
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
      condition     = var.shards.pooler || each.value.proxy || local.connections[each.value.keyspace] <= each.value.max_connections - each.value.reserved_connections
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
  shard_logs = ["error", "slowquery"]

  # What the other files need of a node, whichever service it is.
  shards = { for name, shard in aws_db_instance.shard : name => {
    arn          = shard.arn
    resource_ids = concat([shard.resource_id], [for reader, instance in aws_db_instance.reader : instance.resource_id if local.readers[reader].node == name])
    address      = shard.address
    # the writer where there is no reader
    read_addresses = coalescelist([for reader in sort(keys(local.readers)) : aws_db_instance.reader[reader].address if local.readers[reader].node == name], [shard.address])
    port           = shard.port
  } }

  # Instances by the name of their alarms, with the node whose limits they have.
  shard_instances = merge(
    { for name, shard in aws_db_instance.shard : name => { identifier = shard.identifier, node = name, reader = false } },
    { for name, reader in aws_db_instance.reader : name => { identifier = reader.identifier, node = local.readers[name].node, reader = true } },
  )
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
  engine_family          = "MYSQL"
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

  db_proxy_name          = aws_db_proxy.shard[each.key].name
  target_group_name      = aws_db_proxy_default_target_group.shard[each.key].name
  db_instance_identifier = aws_db_instance.shard[each.key].identifier
}

locals {
  # prx-…, the last part of its address in IAM.
  proxy_ids = { for name, proxy in aws_db_proxy.shard : name => reverse(split(":", proxy.arn))[0] }

  # A keyspace as its services reach it. What may be a moment old is read from read_hosts, all else is read and written at host.
  databases = { for name, node in var.shards.nodes : node.keyspace => {
    host       = node.proxy ? aws_db_proxy.shard[name].endpoint : local.shards[name].address
    read_hosts = local.shards[name].read_addresses
    port       = local.shards[name].port
    name       = local.database_names[node.keyspace]
  } }
}
