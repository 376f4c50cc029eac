# Shards in further regions, near their users or where the rows must stay: each region has a network for databases alone, joined to the
# one at home, and keys, a subnet group and a topic of its own, since none of these is used across regions. The shards themselves are in
# shards.tf, wherever they stand.
#
# Peering leads from one network to the other and no further: a shard is reached from home and from its own region. Rows move between
# these two, and not from one further region to another.

locals {
  # The /18 of a region in /22 by slot: data subnets and nothing else.
  abroad_subnets = merge([for region, place in var.abroad : {
    for zone, slot in place.zones : zone => { region = region, cidr = cidrsubnet(place.cidr, 4, slot) }
  }]...)

  # What a shard is made with in each region.
  places = merge(
    { (var.region) = {
      region       = var.region
      data_key     = aws_kms_key.main["data"].arn
      secrets_key  = aws_kms_key.main["secrets"].arn
      logs_key     = aws_kms_key.main["logs"].arn
      subnet_group = aws_db_subnet_group.shard.name
      group        = aws_security_group.shard.id
      topic        = aws_sns_topic.alerts.arn
    } },
    { for region, place in var.abroad : region => {
      region       = region
      data_key     = aws_kms_key.abroad["${region}/data"].arn
      secrets_key  = aws_kms_key.abroad["${region}/secrets"].arn
      logs_key     = aws_kms_key.abroad["${region}/logs"].arn
      subnet_group = aws_db_subnet_group.abroad[region].name
      group        = aws_security_group.abroad[region].id
      topic        = aws_sns_topic.abroad[region].arn
    } },
  )

  # The place of each node and of each of its readers.
  node_places = { for name, node in merge(var.shards.nodes, local.readers) : name => local.places[coalesce(node.region, var.region)] }
}

resource "aws_vpc" "abroad" {
  for_each = var.abroad

  region               = each.key
  cidr_block           = each.value.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = local.name }
}

# Emptied: what forgets to name a security group gets no traffic.
resource "aws_default_security_group" "abroad" {
  for_each = aws_vpc.abroad

  region = each.key
  vpc_id = each.value.id

  tags = { Name = "${local.name}-default-unused" }
}

resource "aws_subnet" "abroad" {
  for_each = local.abroad_subnets

  region            = each.value.region
  vpc_id            = aws_vpc.abroad[each.value.region].id
  availability_zone = each.key
  cidr_block        = each.value.cidr

  tags = { Name = "${local.name}-data-${each.key}" }
}

# No route out: the way home is the only one.
resource "aws_route_table" "abroad" {
  for_each = aws_vpc.abroad

  region = each.key
  vpc_id = each.value.id

  tags = { Name = "${local.name}-data" }
}

resource "aws_route_table_association" "abroad" {
  for_each = local.abroad_subnets

  region         = each.value.region
  subnet_id      = aws_subnet.abroad[each.key].id
  route_table_id = aws_route_table.abroad[each.value.region].id
}

resource "aws_cloudwatch_log_group" "abroad_flow" {
  for_each = var.abroad

  region            = each.key
  name              = "/${local.name}/vpc-flow"
  retention_in_days = var.network.flow_log_days
  kms_key_id        = aws_kms_key.abroad["${each.key}/logs"].arn
}

resource "aws_flow_log" "abroad" {
  for_each = aws_vpc.abroad

  region                   = each.key
  vpc_id                   = each.value.id
  traffic_type             = "ALL"
  log_destination          = aws_cloudwatch_log_group.abroad_flow[each.key].arn
  iam_role_arn             = aws_iam_role.flow_logs.arn
  max_aggregation_interval = 600
}

# Asked for at home, accepted abroad; between the regions traffic stays on the provider's network, encrypted.
resource "aws_vpc_peering_connection" "abroad" {
  for_each = aws_vpc.abroad

  vpc_id      = aws_vpc.main.id
  peer_vpc_id = each.value.id
  peer_region = each.key

  tags = { Name = "${local.name}-${each.key}" }
}

resource "aws_vpc_peering_connection_accepter" "abroad" {
  for_each = aws_vpc_peering_connection.abroad

  region                    = each.key
  vpc_peering_connection_id = each.value.id
  auto_accept               = true

  tags = { Name = "${local.name}-${each.key}" }
}

# Routes take the connection from who accepts it: before that it carries nothing.
resource "aws_route" "to_abroad" {
  for_each = merge([for region, place in var.abroad : { for zone in keys(var.network.zones) : "${region}/${zone}" => { region = region, zone = zone, cidr = place.cidr } }]...)

  route_table_id            = aws_route_table.private[each.value.zone].id
  destination_cidr_block    = each.value.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.abroad[each.value.region].id
}

resource "aws_route" "data_to_abroad" {
  for_each = var.abroad

  route_table_id            = aws_route_table.data.id
  destination_cidr_block    = each.value.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.abroad[each.key].id
}

resource "aws_route" "from_abroad" {
  for_each = merge([for region in keys(var.abroad) : {
    "${region}/network" = { region = region, cidr = var.network.cidr }
    "${region}/pods"    = { region = region, cidr = var.network.pods_cidr }
  }]...)

  region                    = each.value.region
  route_table_id            = aws_route_table.abroad[each.value.region].id
  destination_cidr_block    = each.value.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.abroad[each.value.region].id
}

# Groups of another region cannot be named in a rule: addresses stand for them.
resource "aws_security_group" "abroad" {
  for_each = aws_vpc.abroad

  region      = each.key
  name        = "${local.name}-shard"
  description = "PostgreSQL: from pods and shards only, out to shards only"
  vpc_id      = each.value.id

  tags = { Name = "${local.name}-shard" }
}

locals {
  abroad_sources = merge([for region in keys(var.abroad) : { for zone, cidr in local.subnets.data : "${region}/${zone}" => { region = region, cidr = cidr } }]...)
}

resource "aws_vpc_security_group_ingress_rule" "abroad_from_pods" {
  for_each = aws_security_group.abroad

  region            = each.key
  security_group_id = each.value.id
  description       = "PostgreSQL from pods"
  cidr_ipv4         = var.network.pods_cidr
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_vpc_security_group_ingress_rule" "abroad_from_home" {
  for_each = local.abroad_sources

  region            = each.value.region
  security_group_id = aws_security_group.abroad[each.value.region].id
  description       = "Logical replication from a shard at home"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_vpc_security_group_egress_rule" "abroad_to_home" {
  for_each = local.abroad_sources

  region            = each.value.region
  security_group_id = aws_security_group.abroad[each.value.region].id
  description       = "Logical replication to a shard at home"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_vpc_security_group_ingress_rule" "abroad_shard_to_shard" {
  for_each = aws_security_group.abroad

  region                       = each.key
  security_group_id            = each.value.id
  description                  = "Logical replication from another shard of the region"
  referenced_security_group_id = each.value.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "abroad_shard_to_shard" {
  for_each = aws_security_group.abroad

  region                       = each.key
  security_group_id            = each.value.id
  description                  = "Logical replication to another shard of the region"
  referenced_security_group_id = each.value.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "shard_from_abroad" {
  for_each = var.abroad

  security_group_id = aws_security_group.shard.id
  description       = "Logical replication from a shard in ${each.key}"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_vpc_security_group_egress_rule" "shard_to_abroad" {
  for_each = var.abroad

  security_group_id = aws_security_group.shard.id
  description       = "Logical replication to a shard in ${each.key}"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_db_subnet_group" "abroad" {
  for_each = var.abroad

  region      = each.key
  name        = "${local.name}-shard"
  description = "Data subnets"
  subnet_ids  = [for zone in keys(each.value.zones) : aws_subnet.abroad[zone].id]
}

locals {
  # By region and purpose, as at home: keys.tf has their policies.
  keys_abroad = merge([for region, place in var.abroad : merge({
    "${region}/data"    = { region = region, description = "Databases and their backups in ${region}", services = [], condition = null }
    "${region}/secrets" = { region = region, description = "Master users of databases in ${region}", services = [], condition = null }
    "${region}/logs" = {
      region      = region
      description = "Log groups in ${region}"
      services    = ["logs.${region}.amazonaws.com"]
      condition   = { test = "ArnLike", variable = "kms:EncryptionContext:aws:logs:arn", value = "arn:aws:logs:${region}:${var.account_id}:log-group:*" }
    }
    "${region}/alerts" = {
      region      = region
      description = "Alarm notifications of ${region}"
      services    = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
      condition   = { test = "StringEquals", variable = "aws:SourceAccount", value = var.account_id }
    }
    }, var.dr == null ? {} : {
    # stands where the copies do
    "${region}/copies" = { region = place.backup_region, description = "Copies of backups of ${region}", services = [], condition = null }
  })]...)
}

resource "aws_kms_key" "abroad" {
  for_each = local.keys_abroad

  region                  = each.value.region
  description             = "${local.name}: ${each.value.description}"
  enable_key_rotation     = true
  deletion_window_in_days = var.keys.deletion_days
  policy                  = data.aws_iam_policy_document.key[each.key].json
}

resource "aws_kms_alias" "abroad" {
  for_each = local.keys_abroad

  region        = each.value.region
  name          = "alias/${local.name}-${replace(each.key, "/", "-")}"
  target_key_id = aws_kms_key.abroad[each.key].key_id
}

# An alarm stands beside its metric and tells a topic beside itself.
resource "aws_sns_topic" "abroad" {
  for_each = var.abroad

  region            = each.key
  name              = "${local.name}-alerts"
  kms_master_key_id = aws_kms_key.abroad["${each.key}/alerts"].arn
}

data "aws_iam_policy_document" "alerts_abroad" {
  for_each = aws_sns_topic.abroad

  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [each.value.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }

  # Backups and copies that failed.
  dynamic "statement" {
    for_each = var.dr == null ? [] : [[for rule in aws_cloudwatch_event_rule.backup : rule.arn if rule.region == each.key]]

    content {
      sid       = "Backups"
      actions   = ["sns:Publish"]
      resources = [each.value.arn]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = statement.value
      }
    }
  }
}

resource "aws_sns_topic_policy" "abroad" {
  for_each = aws_sns_topic.abroad

  region = each.key
  arn    = each.value.arn
  policy = data.aws_iam_policy_document.alerts_abroad[each.key].json
}

resource "aws_sns_topic_subscription" "abroad_email" {
  for_each = aws_sns_topic.abroad

  region    = each.key
  topic_arn = each.value.arn
  protocol  = "email"
  endpoint  = var.observability.alert_email
}

# Backups of a region are kept in it and copied to another one of its continent, on the terms of dr.tf.
resource "aws_backup_vault" "abroad" {
  for_each = var.dr == null ? {} : var.abroad

  region      = each.key
  name        = "${local.name}-${each.key}"
  kms_key_arn = aws_kms_key.abroad["${each.key}/data"].arn
}

resource "aws_backup_vault" "abroad_replica" {
  for_each = var.dr == null ? {} : var.abroad

  region      = each.value.backup_region
  name        = "${local.name}-${each.key}-copies"
  kms_key_arn = aws_kms_key.abroad["${each.key}/copies"].arn
}

# Governance mode: nobody deletes a copy early by accident, and a named administrator still can.
resource "aws_backup_vault_lock_configuration" "abroad_replica" {
  for_each = aws_backup_vault.abroad_replica

  region             = each.value.region
  backup_vault_name  = each.value.name
  min_retention_days = var.dr.lock_days
}

resource "aws_backup_plan" "abroad" {
  for_each = aws_backup_vault.abroad

  region = each.key
  name   = "${local.name}-daily"

  rule {
    rule_name         = "daily"
    target_vault_name = each.value.name
    schedule          = "cron(0 4 * * ? *)"
    start_window      = 60
    completion_window = 480

    lifecycle {
      delete_after = var.dr.retention_days
    }

    copy_action {
      destination_vault_arn = aws_backup_vault.abroad_replica[each.key].arn

      lifecycle {
        delete_after = var.dr.retention_days
      }
    }
  }
}

resource "aws_backup_selection" "abroad" {
  for_each = aws_backup_plan.abroad

  region       = each.key
  name         = "shards"
  plan_id      = each.value.id
  iam_role_arn = aws_iam_role.backup[0].arn
  # By tag, not by list: a selection cannot change, and a new shard must not replace it.
  selection_tag {
    type  = "STRINGEQUALS"
    key   = "backup"
    value = local.name
  }
}
