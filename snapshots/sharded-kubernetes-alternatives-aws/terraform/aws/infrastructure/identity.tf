# One role for each service and controller, by pod identity: no trust policy to edit when a cluster is replaced.

data "aws_iam_policy_document" "pod_identity_trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

locals {
  controllers = {
    load-balancer    = { namespace = "kube-system", service_account = "aws-load-balancer-controller", policy = data.aws_iam_policy_document.load_balancer_controller.json }
    external-secrets = { namespace = "external-secrets", service_account = "external-secrets", policy = data.aws_iam_policy_document.external_secrets.json }
    # Runs the migrations: a database user of its own on every node.
    migrator = { namespace = local.project, service_account = "migrator", policy = data.aws_iam_policy_document.migrator.json }
  }

  # A role's policies hold 10 240 characters; from some 80 nodes on, the database user alone says who may log in.
  many_nodes = length(var.shards.nodes) + length(local.readers) > 80

  # A login is signed for the region of its database.
  node_regions = distinct([for place in local.node_places : place.region])

  # Those that reach something of AWS. The others need no role, unless what runs them asks for one.
  service_access     = { for name, service in var.services : name => service if length(service.keyspaces) + length(service.produces) + length(service.consumes) > 0 || service.cache }
  service_identities = { for name, service in var.services : name => service if service.runs_on != "pods" || contains(keys(local.service_access), name) }

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
      resources = local.many_nodes ? [for region in local.node_regions : "arn:aws:rds-db:${region}:${var.account_id}:dbuser:*/${each.key}"] : flatten([
        for name, node in var.shards.nodes : [for id in local.shards[name].resource_ids : "arn:aws:rds-db:${local.node_places[name].region}:${var.account_id}:dbuser:${id}/${each.key}"]
        if contains(statement.value, node.keyspace)
      ])
    }
  }

  dynamic "statement" {
    for_each = each.value.cache ? [aws_elasticache_user.service[each.key].arn] : []

    content {
      sid       = "Cache"
      actions   = ["elasticache:Connect"]
      resources = [aws_elasticache_replication_group.main.arn, statement.value]
    }
  }
}

data "aws_iam_policy_document" "migrator" {
  statement {
    sid     = "Database"
    actions = ["rds-db:connect"]
    resources = local.many_nodes ? [for region in local.node_regions : "arn:aws:rds-db:${region}:${var.account_id}:dbuser:*/migrator"] : flatten([
      for name, shard in local.shards : [for id in shard.resource_ids : "arn:aws:rds-db:${local.node_places[name].region}:${var.account_id}:dbuser:${id}/migrator"]
    ])
  }
}

# Only registers pods in target groups: the load balancer itself is Terraform's, so most of the usual policy is not needed.
data "aws_iam_policy_document" "load_balancer_controller" {
  # checkov:skip=CKV_AWS_356: Describe actions have no resource-level permissions
  statement {
    sid       = "RegisterPods"
    actions   = ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"]
    resources = [for group in aws_lb_target_group.service : group.arn]
  }

  statement {
    sid = "Discover"
    actions = [
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeInstances",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcs",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
      "elasticloadbalancing:DescribeTags",
    ]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "external_secrets" {
  statement {
    sid       = "ReadOwnSecrets"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = ["arn:aws:secretsmanager:${var.region}:${var.account_id}:secret:${local.project}/${var.environment}/*"]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.main["secrets"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "controller" {
  for_each = local.controllers

  name                 = "${local.name}-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.pod_identity_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "controller" {
  for_each = local.controllers

  name   = "access"
  role   = aws_iam_role.controller[each.key].id
  policy = each.value.policy
}

resource "aws_eks_pod_identity_association" "controller" {
  for_each = local.controllers

  cluster_name    = local.cluster.name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.controller[each.key].arn
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

resource "aws_eks_pod_identity_association" "service" {
  for_each = { for name, service in local.service_identities : name => service if service.runs_on == "pods" }

  cluster_name    = local.cluster.name
  namespace       = local.project
  service_account = each.key
  role_arn        = aws_iam_role.service[each.key].arn
}
