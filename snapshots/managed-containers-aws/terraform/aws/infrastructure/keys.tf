# One key per purpose, so that a grant to read logs never opens a database.
locals {
  keys = {
    containers = { description = "Ephemeral storage of Fargate tasks", services = [], condition = null }
    data       = { description = "Databases, cache, stream and their backups", services = [], condition = null }
    objects = {
      description = "Objects in buckets"
      services    = []
      # not the distribution itself: it needs the bucket, and the bucket this key
      condition = { test = "ArnLike", variable = "aws:SourceArn", value = "arn:aws:cloudfront::${var.account_id}:distribution/*" }
    }
    secrets = { description = "Secrets Manager and the image registry", services = [], condition = null }
    lake    = { description = "Zones of the data lake and results of queries", services = [], condition = null }
    functions = {
      description = "Configuration of functions, their queues and workflows"
      services    = ["events.amazonaws.com"]
      condition   = { test = "StringEquals", variable = "aws:SourceAccount", value = var.account_id }
    }
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
  for_each = local.keys

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

  # What the workflow logs is encrypted with its key on the way to CloudWatch.
  dynamic "statement" {
    for_each = each.key == "functions" ? ["arn:aws:logs:${var.region}:${var.account_id}:*"] : []

    content {
      sid       = "WorkflowLog"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["delivery.logs.amazonaws.com"]
      }

      condition {
        test     = "StringLike"
        variable = "kms:EncryptionContext:SourceArn"
        values   = [statement.value]
      }
    }
  }

  # Fargate makes a data key for each task's disk, and a grant to open it while the task runs.
  dynamic "statement" {
    for_each = each.key == "containers" ? { "kms:GenerateDataKeyWithoutPlaintext" = "TaskDisk", "kms:CreateGrant" = "TaskGrant" } : {}

    content {
      sid       = statement.value
      actions   = [statement.key]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["fargate.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:ecs:clusterAccount"
        values   = [var.account_id]
      }
      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:ecs:clusterName"
        values   = [local.name]
      }

      dynamic "condition" {
        for_each = statement.key == "kms:CreateGrant" ? ["Decrypt"] : []

        content {
          test     = "ForAllValues:StringEquals"
          variable = "kms:GrantOperations"
          values   = [condition.value]
        }
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
