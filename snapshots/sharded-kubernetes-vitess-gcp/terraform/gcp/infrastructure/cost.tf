resource "google_billing_budget" "month" {
  count = var.cost.budget_usd == null ? 0 : 1

  billing_account = var.cost.billing_account
  display_name    = local.name

  budget_filter {
    projects               = ["projects/${data.google_project.current.number}"]
    calendar_period        = "MONTH"
    credit_types_treatment = "INCLUDE_ALL_CREDITS"
  }

  amount {
    specified_amount {
      currency_code = "USD"
      units         = tostring(var.cost.budget_usd)
    }
  }

  dynamic "threshold_rules" {
    for_each = {
      half     = { percent = 0.5, basis = "CURRENT_SPEND" }
      most     = { percent = 0.9, basis = "CURRENT_SPEND" }
      reached  = { percent = 1.0, basis = "CURRENT_SPEND" }
      forecast = { percent = 1.1, basis = "FORECASTED_SPEND" }
    }

    content {
      threshold_percent = threshold_rules.value.percent
      spend_basis       = threshold_rules.value.basis
    }
  }

  all_updates_rule {
    monitoring_notification_channels = [google_monitoring_notification_channel.email.id]
    disable_default_iam_recipients   = true
  }
}
