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

resource "google_secret_manager_secret" "sentry" {
  for_each = var.sentry.services

  secret_id           = "${local.name}-sentry-${each.key}"
  deletion_protection = var.protected
  labels              = { component = "sentry" }

  replication {
    user_managed {
      replicas {
        location = var.region

        customer_managed_encryption {
          kms_key_name = google_kms_crypto_key.purpose["secrets"].id
        }
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # the service tests its key while the secret is created
}

resource "google_secret_manager_secret_version" "sentry" {
  for_each = var.sentry.services

  secret                 = google_secret_manager_secret.sentry[each.key].id
  secret_data_wo         = jsonencode({ for name, dsn in sentry_key.service[each.key].dsn : name => dsn if name == "public" })
  secret_data_wo_version = "1"
}

resource "google_secret_manager_secret_iam_member" "sentry" {
  for_each = var.sentry.services

  secret_id = google_secret_manager_secret.sentry[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.service[each.key].member
}
