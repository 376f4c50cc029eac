# The tag must be activated for cost allocation once, in the paying account (docs/START.md); until then the filter matches nothing.
resource "aws_budgets_budget" "monthly" {
  count = var.cost.monthly_limit_usd == null ? 0 : 1

  name         = "${local.name}-monthly"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(var.cost.monthly_limit_usd)
  limit_unit   = "USD"

  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:project$%s", local.project)]
  }

  dynamic "notification" {
    for_each = { FORECASTED = 100, ACTUAL = 80 }

    content {
      notification_type         = notification.key
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      comparison_operator       = "GREATER_THAN"
      subscriber_sns_topic_arns = [aws_sns_topic.alerts.arn]
    }
  }
}
