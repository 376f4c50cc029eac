# Only where the objectives ask for it: daily snapshots in a vault of their own, in another region, that the database's deletion does
# not take along. Less than a day of loss with the region needs a global database, which docs/RUNBOOK.md weighs.

data "aws_iam_policy_document" "replica_key" {
  # checkov:skip=CKV_AWS_109: a key policy's resource is the key it hangs on
  # checkov:skip=CKV_AWS_111: as above
  # checkov:skip=CKV_AWS_356: as above
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account_id}:root"]
    }
  }
}

resource "aws_kms_key" "replica" {
  count = var.dr == null ? 0 : 1

  region                  = var.dr.region
  description             = "${local.name}: copies of backups"
  enable_key_rotation     = true
  deletion_window_in_days = var.keys.deletion_days
  policy                  = data.aws_iam_policy_document.replica_key.json
}

resource "aws_backup_vault" "main" {
  count = var.dr == null ? 0 : 1

  name        = local.name
  kms_key_arn = aws_kms_key.main["data"].arn
}

resource "aws_backup_vault" "replica" {
  count = var.dr == null ? 0 : 1

  region      = var.dr.region
  name        = local.name
  kms_key_arn = aws_kms_key.replica[0].arn
}

# Governance mode: nobody deletes a copy early by accident, and a named administrator still can.
resource "aws_backup_vault_lock_configuration" "replica" {
  count = var.dr == null ? 0 : 1

  region             = var.dr.region
  backup_vault_name  = aws_backup_vault.replica[0].name
  min_retention_days = var.dr.lock_days
}

data "aws_iam_policy_document" "backup_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role" "backup" {
  count = var.dr == null ? 0 : 1

  name                 = "${local.name}-backup"
  assume_role_policy   = data.aws_iam_policy_document.backup_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy_attachment" "backup" {
  for_each = var.dr == null ? toset([]) : toset(["AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"])

  role       = aws_iam_role.backup[0].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/${each.key}"
}

resource "aws_backup_plan" "daily" {
  count = var.dr == null ? 0 : 1

  name = "${local.name}-daily"

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.main[0].name
    schedule          = "cron(0 4 * * ? *)"
    start_window      = 60
    completion_window = 480

    lifecycle {
      delete_after = var.dr.retention_days
    }

    copy_action {
      destination_vault_arn = aws_backup_vault.replica[0].arn

      lifecycle {
        delete_after = var.dr.retention_days
      }
    }
  }
}

# A backup or copy that failed is no alarm of a metric: the service says it as an event.
resource "aws_cloudwatch_event_rule" "backup" {
  # In each region, since its topic is the one that a rule may tell: backup at home, eu-west-1/backup abroad.
  for_each = var.dr == null ? {} : merge([for region, prefix in merge({ (var.region) = "" }, { for region in keys(var.abroad) : region => "${region}/" }) : {
    "${prefix}backup" = { region = region, type = "Backup Job State Change", states = ["ABORTED", "EXPIRED", "FAILED"] }
    "${prefix}copy"   = { region = region, type = "Copy Job State Change", states = ["FAILED"] }
  }]...)

  region      = each.value.region
  name        = "${local.name}-${basename(each.key)}-failed"
  description = "docs/RUNBOOK.md#backup-failed"
  event_pattern = jsonencode({
    source      = ["aws.backup"]
    detail-type = [each.value.type]
    detail      = { state = each.value.states }
  })
}

resource "aws_cloudwatch_event_target" "backup" {
  for_each = aws_cloudwatch_event_rule.backup

  region = each.value.region
  rule   = each.value.name
  arn    = local.places[each.value.region].topic
}

resource "aws_backup_selection" "shards" {
  count = var.dr == null ? 0 : 1

  name         = "shards"
  plan_id      = aws_backup_plan.daily[0].id
  iam_role_arn = aws_iam_role.backup[0].arn
  # By tag, not by list: a selection cannot change, and a new shard must not replace it.
  selection_tag {
    type  = "STRINGEQUALS"
    key   = "backup"
    value = local.name
  }
}
