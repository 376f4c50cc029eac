# One key per purpose, so that a grant to read logs never opens a database.
locals {
  keys = {
    cluster = { description = "Kubernetes secrets and node volumes", services = [], condition = null }
    data    = { description = "Databases, cache, stream and their backups", services = [], condition = null }
    secrets = { description = "Secrets Manager and the image registry", services = [], condition = null }
    logs = {
      description = "Log groups"
      services    = ["logs.${var.region}.amazonaws.com"]
      condition   = { test = "ArnLike", variable = "kms:EncryptionContext:aws:logs:arn", value = "arn:aws:logs:${var.region}:${var.account_id}:log-group:*" }
    }
    alerts = {
      description = "Alarm notifications"
      services    = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com"]
      condition   = { test = "StringEquals", variable = "aws:SourceAccount", value = var.account_id }
    }
  }
}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109: a key policy's resource is the key it hangs on
  # checkov:skip=CKV_AWS_111: as above
  # checkov:skip=CKV_AWS_356: as above
  for_each = merge(local.keys, local.keys_abroad)

  # Hands the decision to IAM; without it the key could be locked away from everyone.
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account_id}:root"]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.services) > 0 ? [each.value.services] : []

    content {
      sid       = "Services"
      actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = statement.value
      }

      condition {
        test     = each.value.condition.test
        variable = each.value.condition.variable
        values   = [each.value.condition.value]
      }
    }
  }

  # EC2 Auto Scaling starts the system nodes, whose volumes this key encrypts, by its own role.
  dynamic "statement" {
    for_each = each.key == "cluster" ? ["AWSServiceRoleForAutoScaling"] : []

    content {
      sid       = "NodeVolumes"
      actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["arn:aws:iam::${var.account_id}:role/aws-service-role/autoscaling.amazonaws.com/${statement.value}"]
      }
    }
  }
}

resource "aws_kms_key" "main" {
  for_each = local.keys

  description             = "${local.name}: ${each.value.description}"
  enable_key_rotation     = true
  deletion_window_in_days = var.keys.deletion_days
  policy                  = data.aws_iam_policy_document.key[each.key].json
}

resource "aws_kms_alias" "main" {
  for_each = local.keys

  name          = "alias/${local.name}-${each.key}"
  target_key_id = aws_kms_key.main[each.key].key_id
}
