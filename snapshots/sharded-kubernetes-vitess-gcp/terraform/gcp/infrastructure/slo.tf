# The project has one external load balancer, so its metrics need no further filter: the Gateway's names are made up.

locals {
  edge_rule = "resource.type = \"https_lb_rule\""
  requests  = "${local.edge_rule} AND metric.type = \"loadbalancing.googleapis.com/https/request_count\""

  # SRE workbook, chapter 5: a page when 2 % of the month's budget went in an hour, a ticket at 5 % in six. The short
  # window ends the alert soon after the trouble.
  burn_rates = {
    fast = { long = "3600s", short = "300s", rate = var.objectives.burn_fast, severity = "CRITICAL" }
    slow = { long = "21600s", short = "1800s", rate = var.objectives.burn_slow, severity = "WARNING" }
  }

  burn_alerts = merge([
    for objective, slo in {
      availability = { id = google_monitoring_slo.availability.id, runbook = "availability", rates = local.burn_rates }
      latency      = { id = google_monitoring_slo.latency.id, runbook = "latency", rates = local.burn_rates }
      } : {
      for speed, burn in slo.rates : "${objective}-${speed}" => merge(burn, { slo = slo.id, objective = objective, runbook = slo.runbook })
    }
  ]...)
}

resource "google_monitoring_custom_service" "edge" {
  service_id   = local.name
  display_name = local.name
}

resource "google_monitoring_slo" "availability" {
  service             = google_monitoring_custom_service.edge.service_id
  slo_id              = "availability"
  display_name        = "${var.objectives.availability * 100} % of requests without a server error"
  goal                = var.objectives.availability
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      total_service_filter = local.requests
      bad_service_filter   = "${local.requests} AND metric.labels.response_code_class = 500"
    }
  }
}

resource "google_monitoring_slo" "latency" {
  service             = google_monitoring_custom_service.edge.service_id
  slo_id              = "latency"
  display_name        = "${var.objectives.latency_share * 100} % of requests within ${var.objectives.latency_ms} ms"
  goal                = var.objectives.latency_share
  rolling_period_days = 28

  request_based_sli {
    distribution_cut {
      # The back end's time: what the client's own network adds is not ours.
      distribution_filter = "${local.edge_rule} AND metric.type = \"loadbalancing.googleapis.com/https/backend_latencies\""

      range {
        max = var.objectives.latency_ms
      }
    }
  }
}

resource "google_monitoring_alert_policy" "burn" {
  for_each = local.burn_alerts

  display_name          = "${local.name}: ${each.value.objective} burns its budget (${each.value.rate} x)"
  combiner              = "AND"
  severity              = each.value.severity
  notification_channels = [google_monitoring_notification_channel.email.id]
  user_labels           = { component = "slo" }

  dynamic "conditions" {
    for_each = [each.value.long, each.value.short]

    content {
      display_name = "Error budget of ${each.value.objective} over ${conditions.value}"

      condition_threshold {
        filter          = "select_slo_burn_rate(\"${each.value.slo}\", \"${conditions.value}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.rate
        duration        = "0s"
      }
    }
  }

  documentation {
    subject = "${local.name}: ${each.value.objective} burns its budget ${each.value.rate} times too fast"
    content = "What to do: ${var.observability.runbook_url}#${each.value.runbook}"
  }
}

locals {
  # The rules that managed Prometheus evaluates on the cluster. Nobody hears their alerts there: each is a policy as well.
  rules = flatten([for group in yamldecode(file("${path.module}/../../../kubernetes/overlays/${var.environment}/rules.yaml")).spec.groups : group.rules])

  # By name, and by the place among the shards of a keyspace: a split gives all of them other names.
  rule_alerts = merge([
    for name, rules in {
      for rule in local.rules : join("-", concat([rule.alert], [for name, value in rule.labels : split("/", value)[0] if !contains(["severity", "slo"], name)])) => rule...
      if can(rule.alert)
    } : { for place, rule in rules : can(rule.labels.shard) ? format("%s-%02d", name, place) : name => rule }
  ]...)
}

resource "google_monitoring_alert_policy" "rule" {
  for_each = local.rule_alerts

  display_name          = "${local.name}: ${each.key}"
  combiner              = "OR"
  severity              = each.value.labels.severity == "page" ? "CRITICAL" : "WARNING"
  notification_channels = [google_monitoring_notification_channel.email.id]
  user_labels           = { component = "slo" }

  conditions {
    display_name = each.key

    condition_prometheus_query_language {
      query                     = each.value.expr
      duration                  = "${endswith(each.value.for, "h") ? tonumber(trimsuffix(each.value.for, "h")) * 3600 : tonumber(trimsuffix(each.value.for, "m")) * 60}s"
      evaluation_interval       = "30s"
      disable_metric_validation = true # its series come with the first rollout
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject = "${local.name}: ${each.key}"
    content = "What to do: ${var.observability.runbook_url}#${split("#", each.value.annotations.runbook_url)[1]}"
  }
}
