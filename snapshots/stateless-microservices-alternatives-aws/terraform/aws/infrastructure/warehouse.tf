# Queries over all shards, away from the request path: each shard replicates itself into the warehouse (zero-ETL), and views
# put the shards together (warehouse/views).

resource "aws_security_group" "warehouse" {
  name        = "${local.name}-warehouse"
  description = "Redshift: from pods only, nothing out"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-warehouse" }
}

resource "aws_vpc_security_group_ingress_rule" "warehouse" {
  security_group_id            = aws_security_group.warehouse.id
  description                  = "SQL from pods"
  referenced_security_group_id = local.cluster.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5439
  to_port                      = 5439
}

resource "aws_redshiftserverless_namespace" "main" {
  namespace_name = local.name
  db_name        = "analytics"

  # Kept and rotated by the service: no password in the state. People and services log in by IAM.
  admin_username                   = "warehouseadmin"
  manage_admin_password            = true
  admin_password_secret_kms_key_id = aws_kms_key.main["secrets"].arn

  kms_key_id  = aws_kms_key.main["warehouse"].arn
  log_exports = ["connectionlog", "useractivitylog", "userlog"]

  tags = { component = "warehouse" }
}

resource "aws_redshiftserverless_workgroup" "main" {
  namespace_name = aws_redshiftserverless_namespace.main.namespace_name
  workgroup_name = local.name
  base_capacity  = var.warehouse.base_rpu
  max_capacity   = var.warehouse.max_rpu

  publicly_accessible  = false
  enhanced_vpc_routing = true
  subnet_ids           = local.subnet_ids.data
  security_group_ids   = [aws_security_group.warehouse.id]

  # Replication from a database needs its names as they are written.
  config_parameter {
    parameter_key   = "enable_case_sensitive_identifier"
    parameter_value = "true"
  }
  config_parameter {
    parameter_key   = "require_ssl"
    parameter_value = "true"
  }
  config_parameter {
    parameter_key   = "enable_user_activity_logging"
    parameter_value = "true"
  }

  tags = { component = "warehouse" }
}

# A forgotten query costs until somebody notices: production is told, the others stop.
resource "aws_redshiftserverless_usage_limit" "compute" {
  resource_arn  = aws_redshiftserverless_workgroup.main.arn
  usage_type    = "serverless-compute"
  period        = "monthly"
  amount        = var.warehouse.rpu_hours_limit
  breach_action = var.protected ? "emit-metric" : "deactivate"
}

# Who may replicate into it: our shards and no other.
data "aws_iam_policy_document" "warehouse" {
  statement {
    sid       = "Integrate"
    actions   = ["redshift:CreateInboundIntegration"]
    resources = [aws_redshiftserverless_namespace.main.arn]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account_id}:root"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [for shard in local.shards : shard.arn]
    }
  }

  statement {
    sid       = "Authorize"
    actions   = ["redshift:AuthorizeInboundIntegration"]
    resources = [aws_redshiftserverless_namespace.main.arn]

    principals {
      type        = "Service"
      identifiers = ["redshift.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [for shard in local.shards : shard.arn]
    }
  }
}

resource "aws_redshift_resource_policy" "warehouse" {
  resource_arn = aws_redshiftserverless_namespace.main.arn
  policy       = data.aws_iam_policy_document.warehouse.json
}

resource "aws_rds_integration" "shard" {
  for_each = var.shards.nodes

  integration_name = "${local.name}-${each.key}"
  source_arn       = local.shards[each.key].arn
  target_arn       = aws_redshiftserverless_namespace.main.arn
  kms_key_id       = aws_kms_key.main["warehouse"].arn
  data_filter      = "include: ${replace(local.project, "-", "_")}.public.*"

  tags = { component = "warehouse", keyspace = each.value.keyspace }

  # The policy lets it in; a workgroup that writes names as they come must be there first.
  depends_on = [aws_redshift_resource_policy.warehouse, aws_redshiftserverless_workgroup.main]
}
