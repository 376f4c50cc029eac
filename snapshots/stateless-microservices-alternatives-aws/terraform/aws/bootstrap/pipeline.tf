# The pipeline logs in by the OIDC token of Jenkins (plugin oidc-provider): there is no key to leak. Two roles, one job each: plan
# reads, deploy changes.

resource "aws_iam_openid_connect_provider" "pipeline" {
  url            = var.jenkins_issuer
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  issuer = trimprefix(aws_iam_openid_connect_provider.pipeline.url, "https://")
  # a job's token names the job by its address, which is not below the issuer's
  jenkins = trimsuffix(var.jenkins_issuer, "/oidc")

  subjects = {
    plan   = ["${local.jenkins}/job/${local.project}-plan/"]
    deploy = ["${local.jenkins}/job/${local.project}-deploy/"]
  }
}

data "aws_iam_policy_document" "pipeline_trust" {
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.pipeline.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = each.value
    }
  }
}

resource "aws_iam_role" "pipeline" {
  for_each = local.subjects

  name                 = "${local.name}-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.pipeline_trust[each.key].json
  max_session_duration = each.key == "deploy" ? 5400 : 3600 # as long as the job that applies may take
}

data "aws_iam_policy_document" "state_access" {
  statement {
    sid       = "ListState"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]
  }

  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.state.arn}/*.tfstate"]
  }

  # A plan takes the lock too; it cannot write the state itself.
  statement {
    sid       = "Lock"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.state.arn}/*.tflock"]
  }

  statement {
    sid       = "StateKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.state.arn]
  }
}

data "aws_iam_policy_document" "state_write" {
  statement {
    sid       = "WriteState"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/*.tfstate"]
  }
}

resource "aws_iam_role_policy" "state_access" {
  for_each = aws_iam_role.pipeline

  name   = "state"
  role   = each.value.id
  policy = data.aws_iam_policy_document.state_access.json
}

resource "aws_iam_role_policy" "state_write" {
  name   = "state-write"
  role   = aws_iam_role.pipeline["deploy"].id
  policy = data.aws_iam_policy_document.state_write.json
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.pipeline["plan"].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

locals {
  # Terraform asks whether what it has written is still there by reading it, a plan too: the values that it made at random. All other secrets stay closed.
  written_secrets = [
    for name in [
      "session-key",
    ] : "arn:aws:secretsmanager:${var.region}:${var.account_id}:secret:${local.project}/${var.environment}/${name}-??????"
  ]
}

data "aws_iam_policy_document" "plan_reads_back" {
  statement {
    sid       = "WhatTerraformWrote"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = local.written_secrets
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = ["arn:aws:kms:${var.region}:${var.account_id}:key/*"]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "kms:ResourceAliases"
      values   = ["alias/${local.name}-secrets"]
    }
  }
}

resource "aws_iam_role_policy" "plan_reads_back" {
  name   = "reads-back"
  role   = aws_iam_role.pipeline["plan"].id
  policy = data.aws_iam_policy_document.plan_reads_back.json
}

# ReadOnlyAccess includes data; a plan from a fork's pull request has no business with it.
data "aws_iam_policy_document" "plan_no_data" {
  statement {
    sid    = "NoData"
    effect = "Deny"
    actions = [
      "kafka-cluster:ReadData",
      "rds-db:connect",
    ]
    resources = ["*"]
  }

  statement {
    sid           = "NoSecrets"
    effect        = "Deny"
    actions       = ["secretsmanager:GetSecretValue"]
    not_resources = local.written_secrets
  }

  # The project's own hold configuration and the names of images.
  statement {
    sid           = "NoParameters"
    effect        = "Deny"
    actions       = ["ssm:GetParameter*"]
    not_resources = ["arn:aws:ssm:${var.region}:${var.account_id}:parameter/${local.name}/*"]
  }

  statement {
    sid           = "NoObjectsButState"
    effect        = "Deny"
    actions       = ["s3:GetObject*"]
    not_resources = ["${aws_s3_bucket.state.arn}/*"]
  }
}

resource "aws_iam_role_policy" "plan_no_data" {
  name   = "no-data"
  role   = aws_iam_role.pipeline["plan"].id
  policy = data.aws_iam_policy_document.plan_no_data.json
}

# Everything but identities…
resource "aws_iam_role_policy_attachment" "deploy" {
  # checkov:skip=CKV_AWS_274: PowerUserAccess has no IAM; what the project needs of it is below, within the boundary
  role       = aws_iam_role.pipeline["deploy"].name
  policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
}

# …and of those only the project's own, which must carry the boundary: the pipeline cannot make itself a stronger role.
data "aws_iam_policy_document" "deploy_roles" {
  statement {
    sid       = "BoundedRoles"
    actions   = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"]
    resources = ["arn:aws:iam::${var.account_id}:role/${local.name}-*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary.arn]
    }
  }

  statement {
    sid = "ManageRoles"
    actions = [
      "iam:DeleteRole",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:ListRolePolicies",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
    ]
    resources = ["arn:aws:iam::${var.account_id}:role/${local.name}-*"]
  }

  statement {
    sid       = "PassRoles"
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::${var.account_id}:role/${local.name}-*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["backup.amazonaws.com", "ec2.amazonaws.com", "eks.amazonaws.com", "monitoring.rds.amazonaws.com", "pods.eks.amazonaws.com", "rds.amazonaws.com", "scheduler.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
    }
  }

  # Its own roles and the boundary stay as a person made them.
  statement {
    sid       = "NotItself"
    effect    = "Deny"
    actions   = ["iam:Attach*", "iam:Create*", "iam:Delete*", "iam:Detach*", "iam:Put*", "iam:Set*", "iam:Update*"]
    resources = concat([for role in aws_iam_role.pipeline : role.arn], [aws_iam_policy.boundary.arn])
  }
}

resource "aws_iam_role_policy" "deploy_roles" {
  name   = "roles"
  role   = aws_iam_role.pipeline["deploy"].id
  policy = data.aws_iam_policy_document.deploy_roles.json
}
