# One role for each service: what it may reach, and nothing of the others.

locals {
  # A role's policies hold 10 240 characters; from some 80 nodes on, the database user alone says who may log in.
  many_nodes = length(var.shards.nodes) + length(local.readers) > 80

  # Those that reach something of AWS. The others need no role, unless what runs them asks for one.
  service_access     = { for name, service in var.services : name => service if length(service.keyspaces) + length(service.produces) + length(service.consumes) > 0 || service.cache }
  service_identities = { for name, service in var.services : name => service if service.runs_on != "pods" || contains(keys(local.service_access), name) || contains(keys(local.bucket_users), name) }

  # Who acts as a service, by what runs it.
  service_principals = {
    pods       = "pods.eks.amazonaws.com"
    containers = "ecs-tasks.amazonaws.com"
    functions  = "lambda.amazonaws.com"
    fleet      = "ec2.amazonaws.com"
  }
}

data "aws_iam_policy_document" "service_trust" {
  for_each = toset([for service in local.service_identities : service.runs_on])

  statement {
    actions = each.key == "pods" ? ["sts:AssumeRole", "sts:TagSession"] : ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [local.service_principals[each.key]]
    }

    # EC2 names no account when it hands a role to a machine.
    dynamic "condition" {
      for_each = each.key == "fleet" ? [] : [var.account_id]

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [condition.value]
      }
    }
  }
}

data "aws_iam_policy_document" "service" {
  for_each = local.service_access

  # A database user of the service's own name; the schema decides what it may do there.
  dynamic "statement" {
    for_each = length(each.value.keyspaces) > 0 ? [each.value.keyspaces] : []

    content {
      sid     = "Database"
      actions = ["rds-db:connect"]
      resources = local.many_nodes ? ["arn:aws:rds-db:${var.region}:${var.account_id}:dbuser:*/${each.key}"] : flatten([
        for name, node in var.shards.nodes : [for id in node.proxy ? [local.proxy_ids[name]] : local.shards[name].resource_ids : "arn:aws:rds-db:${var.region}:${var.account_id}:dbuser:${id}/${each.key}"]
        if contains(statement.value, node.keyspace)
      ])
    }
  }

  dynamic "statement" {
    for_each = length(setsubtract(each.value.produces, keys(local.fans))) > 0 ? [setsubtract(each.value.produces, keys(local.fans))] : []

    content {
      sid       = "Produce"
      actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
      resources = [for topic in statement.value : local.queues[topic].arn]
    }
  }

  dynamic "statement" {
    for_each = length(setintersection(each.value.produces, keys(local.fans))) > 0 ? [setintersection(each.value.produces, keys(local.fans))] : []

    content {
      sid       = "Publish"
      actions   = ["sns:Publish"]
      resources = [for topic in statement.value : aws_sns_topic.fan[topic].arn]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.consumes) > 0 ? [each.value.consumes] : []

    content {
      sid       = "Consume"
      actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
      resources = [for topic in statement.value : local.queues[topic].arn]
    }
  }

  dynamic "statement" {
    for_each = length(setunion(each.value.produces, each.value.consumes)) > 0 ? [1] : []

    content {
      sid       = "QueueKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [aws_kms_key.main["data"].arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["sqs.${var.region}.amazonaws.com", "sns.${var.region}.amazonaws.com"]
      }
    }
  }
}

data "aws_iam_policy_document" "migrator" {
  statement {
    sid     = "Database"
    actions = ["rds-db:connect"]
    resources = local.many_nodes ? ["arn:aws:rds-db:${var.region}:${var.account_id}:dbuser:*/migrator"] : flatten([
      for shard in local.shards : [for id in shard.resource_ids : "arn:aws:rds-db:${var.region}:${var.account_id}:dbuser:${id}/migrator"]
    ])
  }
}

# Services have names that a person chose: the prefix keeps them apart from the roles above.
resource "aws_iam_role" "service" {
  for_each = local.service_identities

  name                 = "${local.name}-svc-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.service_trust[each.value.runs_on].json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "service" {
  for_each = local.service_access

  name   = "access"
  role   = aws_iam_role.service[each.key].id
  policy = data.aws_iam_policy_document.service[each.key].json
}
