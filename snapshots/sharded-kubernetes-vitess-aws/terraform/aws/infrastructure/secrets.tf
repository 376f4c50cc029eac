ephemeral "random_password" "main" {
  for_each = var.secrets

  length  = each.value.length
  special = false
}

resource "aws_secretsmanager_secret" "main" {
  # checkov:skip=CKV2_AWS_57: rotated by raising its version in tfvars, with the rollout that reads it
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
