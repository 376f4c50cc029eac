resource "aws_security_group" "cache" {
  name        = "${local.name}-cache"
  description = "Valkey: from pods only, nothing out"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-cache" }
}

resource "aws_vpc_security_group_ingress_rule" "cache" {
  security_group_id            = aws_security_group.cache.id
  description                  = "Valkey from pods"
  referenced_security_group_id = local.cluster.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_elasticache_subnet_group" "main" {
  name        = local.name
  description = "Data subnets"
  subnet_ids  = local.subnet_ids.data
}

resource "aws_elasticache_parameter_group" "main" {
  name        = "${local.name}-valkey8"
  family      = "valkey8"
  description = "Cluster mode, evicting what is least used"

  parameter {
    name  = "cluster-enabled"
    value = "yes"
  }

  parameter {
    name  = "maxmemory-policy"
    value = var.cache.maxmemory_policy
  }

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  # 40 characters at most: a longer one ends in a hash of the whole.
  cache_users = { for name, service in var.services : name =>
    length("${local.name}-${name}") <= 40 ? "${local.name}-${name}" : "${trimsuffix(substr("${local.name}-${name}", 0, 33), "-")}-${substr(sha1("${local.name}-${name}"), 0, 6)}"
    if service.cache
  }
}

# IAM tokens instead of passwords. ElastiCache wants identifier and name to be the same for IAM.
resource "aws_elasticache_user" "service" {
  for_each = { for name, service in var.services : name => service if service.cache }

  user_id       = local.cache_users[each.key]
  user_name     = local.cache_users[each.key]
  engine        = "valkey"
  access_string = "on ~* +@all -@admin -@dangerous"

  authentication_mode {
    type = "iam"
  }
}

resource "aws_elasticache_user_group" "main" {
  user_group_id = local.short_name
  engine        = "valkey"
  user_ids      = [for user in aws_elasticache_user.service : user.user_id]
}

resource "aws_cloudwatch_log_group" "cache" {
  name              = "/${local.name}/cache-slow"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

resource "aws_elasticache_replication_group" "main" {
  # checkov:skip=CKV_AWS_31: users authenticate by IAM through the user group, which excludes an AUTH token
  replication_group_id = local.short_name
  description          = "Read-through cache"
  engine               = "valkey"
  engine_version       = "8.1"
  node_type            = var.cache.node
  port                 = 6379

  cluster_mode            = "enabled"
  num_node_groups         = var.cache.shards
  replicas_per_node_group = var.cache.replicas
  # Cluster mode always fails over; two zones need a replica to fail over to.
  automatic_failover_enabled = true
  multi_az_enabled           = var.cache.replicas > 0

  parameter_group_name = aws_elasticache_parameter_group.main.name
  subnet_group_name    = aws_elasticache_subnet_group.main.name
  security_group_ids   = [aws_security_group.cache.id]
  user_group_ids       = [aws_elasticache_user_group.main.user_group_id]

  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.main["data"].arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"

  auto_minor_version_upgrade = true
  maintenance_window         = "sun:09:00-sun:10:00"
  # A warm copy to restart from: a cold cache sends 1 / (1 - hit ratio) times the reads to the shards.
  snapshot_retention_limit = var.cache.snapshot_days
  snapshot_window          = var.cache.snapshot_days > 0 ? "07:00-08:00" : null

  log_delivery_configuration {
    destination      = aws_cloudwatch_log_group.cache.name
    destination_type = "cloudwatch-logs"
    log_format       = "json"
    log_type         = "slow-log"
  }

  tags = { component = "cache" }
}

locals {
  # Members have fixed names: <group>-<shard>-<node>.
  cache_nodes = [for pair in setproduct(range(1, var.cache.shards + 1), range(1, var.cache.replicas + 2)) : format("%04d-%03d", pair...)]
}
