ephemeral "random_password" "main" {
  for_each = var.secrets

  length  = each.value.length
  special = false
}

resource "aws_secretsmanager_secret" "main" {
  # checkov:skip=CKV2_AWS_57: rotated by raising its version in tfvars, with the rollout that reads it; the schedule below says when
  for_each = var.secrets

  name                    = "${local.project}/${var.environment}/${each.key}"
  description             = "Generated for ${each.key}"
  kms_key_id              = aws_kms_key.main["secrets"].arn
  recovery_window_in_days = var.keys.recovery_days
}

resource "aws_secretsmanager_secret_version" "main" {
  for_each = var.secrets

  secret_id                = aws_secretsmanager_secret.main[each.key].id
  secret_string_wo         = ephemeral.random_password.main[each.key].result
  secret_string_wo_version = each.value.version
}

# A value that nobody has exchanged for so long is due: said to whom alarms are said, done as docs/RUNBOOK.md#secret-rotation says. A function
# that did it alone would log out whoever holds the value before.
data "aws_iam_policy_document" "rotation_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role" "rotation" {
  name                 = "${local.name}-rotation"
  assume_role_policy   = data.aws_iam_policy_document.rotation_trust.json
  permissions_boundary = local.permissions_boundary
}

data "aws_iam_policy_document" "rotation" {
  statement {
    sid       = "Say"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]
  }

  statement {
    sid       = "TopicKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main["alerts"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["sns.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "rotation" {
  name   = "say"
  role   = aws_iam_role.rotation.id
  policy = data.aws_iam_policy_document.rotation.json
}

resource "aws_scheduler_schedule" "rotation" {
  # checkov:skip=CKV_AWS_297: it holds the name of a secret and an address in the runbook
  for_each = var.secrets

  name                = "${local.name}-rotate-${each.key}"
  description         = "docs/RUNBOOK.md#secret-rotation"
  schedule_expression = "rate(${each.value.rotation_days} days)"
  start_date          = timeadd(plantimestamp(), "${each.value.rotation_days * 24}h") # without one it speaks at once

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sns_topic.alerts.arn
    role_arn = aws_iam_role.rotation.arn
    input    = "The secret ${each.key} of ${local.name} is due: its value is ${each.value.rotation_days} days old. docs/RUNBOOK.md#secret-rotation"
  }

  lifecycle {
    # Counted from the day of each value.
    ignore_changes       = [start_date]
    replace_triggered_by = [aws_secretsmanager_secret_version.main[each.key]]
  }
}
