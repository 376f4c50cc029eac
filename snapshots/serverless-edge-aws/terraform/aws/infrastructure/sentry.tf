# Errors with their stack. A project for each service, so that each has its own owner, limit and alert. The DSN is computed by Sentry:
# it may only send events, and stands in the state and in the secret store (docs/START.md).

resource "sentry_team" "main" {
  organization = var.sentry.organization
  name         = local.name
  slug         = local.name
}

resource "sentry_project" "service" {
  for_each = var.sentry.services

  organization = var.sentry.organization
  teams        = [sentry_team.main.slug]
  name         = "${local.name}-${each.key}"
  slug         = "${local.name}-${each.key}"
  platform     = each.value.platform
  resolve_age  = var.sentry.resolve_h

  default_rules = false # the alert below instead
  default_key   = false # a key with a limit instead
}

resource "sentry_key" "service" {
  for_each = sentry_project.service

  organization = var.sentry.organization
  project      = each.value.slug
  name         = var.environment

  # A loop of errors does not use up what the month allows.
  rate_limit_window = 60
  rate_limit_count  = var.sentry.services[each.key].events_per_minute
}

resource "sentry_issue_alert" "service" {
  for_each = sentry_project.service

  organization = var.sentry.organization
  project      = each.value.slug
  name         = "new or frequent"
  frequency    = 30 # minutes until the same issue is told again
  action_match = "any"
  filter_match = "all"

  conditions_v2 = [
    { first_seen_event = {} },
    { event_frequency = { comparison_type = "count", value = var.sentry.services[each.key].errors_per_5m, interval = "5m" } },
  ]
  filters_v2 = [{ level = { match = "gte", level = "error" } }]
  actions_v2 = [{ notify_email = { target_type = "Team", target_identifier = sentry_team.main.internal_id, fallthrough_type = "ActiveMembers" } }]
}

resource "aws_secretsmanager_secret" "sentry" {
  # checkov:skip=CKV2_AWS_57: a key that may only send events; replaced at Sentry
  for_each = var.sentry.services

  name                    = "${local.project}/${var.environment}/sentry-${each.key}"
  description             = "Where ${each.key} sends its errors"
  kms_key_id              = aws_kms_key.main["secrets"].arn
  recovery_window_in_days = var.keys.recovery_days
}

resource "aws_secretsmanager_secret_version" "sentry" {
  for_each = var.sentry.services

  secret_id                = aws_secretsmanager_secret.sentry[each.key].id
  secret_string_wo         = jsonencode({ for name, dsn in sentry_key.service[each.key].dsn : name => dsn if name == "public" })
  secret_string_wo_version = 1
}

data "aws_iam_policy_document" "sentry" {
  for_each = aws_secretsmanager_secret.sentry

  statement {
    sid       = "SentryKey"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [each.value.arn]
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

resource "aws_iam_role_policy" "sentry" {
  for_each = data.aws_iam_policy_document.sentry

  name   = "sentry"
  role   = aws_iam_role.service[each.key].id
  policy = each.value.json
}
