# The project has one external load balancer, so its metrics need no further filter: one would name what has no second.

locals {
  edge_rule = "resource.type = \"https_lb_rule\""
  requests  = "${local.edge_rule} AND metric.type = \"loadbalancing.googleapis.com/https/request_count\""

  # SRE workbook, chapter 5: a page when 2 % of the month's budget went in an hour, a ticket at 5 % in six. The short
  # window ends the alert soon after the trouble.
  burn_rates = {
    fast = { long = "3600s", short = "300s", rate = var.objectives.burn_fast, severity = "CRITICAL" }
    slow = { long = "21600s", short = "1800s", rate = var.objectives.burn_slow, severity = "WARNING" }
  }

  # What may be wrong for a while costs money or headroom, not users: the objective itself, over an hour.
  drift_rates = { drift = { long = "3600s", short = "900s", rate = 1, severity = "WARNING" } }

  # Without a Prometheus, from the metrics that the services of Google keep by themselves: what went well and what did not …
  ratio_objectives = merge(
    { for topic, letter in local.queue_dead_letters : "jobs-${topic}" => {
      runbook = "jobs", rates = local.burn_rates, goal = 1 - var.objectives.error_rate, summary = "of the jobs of ${topic} are done"
      good    = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.topic[topic].name}\" AND metric.type = \"pubsub.googleapis.com/subscription/ack_message_count\""
      bad     = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.topic[topic].name}\" AND metric.type = \"pubsub.googleapis.com/subscription/dead_letter_message_count\""
    } },
    { for name, service in local.function_services : "function-${name}-errors" => {
      runbook = "function-errors", rates = local.burn_rates, goal = 1 - var.objectives.error_rate, summary = "of the calls of ${name} succeed"
      good    = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${local.name}-${name}\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class != \"5xx\""
      bad     = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${local.name}-${name}\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\""
    } },
    { workflow = {
      runbook = "workflow", rates = local.burn_rates, goal = 1 - var.objectives.error_rate, summary = "of the executions of the workflow succeed"
      good    = "resource.type = \"workflows.googleapis.com/Workflow\" AND resource.labels.workflow_id = \"${google_workflows_workflow.main.name}\" AND metric.type = \"workflows.googleapis.com/finished_execution_count\" AND metric.labels.status = \"SUCCEEDED\""
      bad     = "resource.type = \"workflows.googleapis.com/Workflow\" AND resource.labels.workflow_id = \"${google_workflows_workflow.main.name}\" AND metric.type = \"workflows.googleapis.com/finished_execution_count\" AND metric.labels.status = \"FAILED\""
    } },
    { cache = {
      runbook = "cache", rates = local.drift_rates, goal = var.objectives.cache_hit, summary = "of the cache's lookups hit"
      good    = "resource.type = \"memorystore.googleapis.com/Instance\" AND metric.type = \"memorystore.googleapis.com/instance/stats/total_keyspace_hits_count\""
      bad     = "resource.type = \"memorystore.googleapis.com/Instance\" AND metric.type = \"memorystore.googleapis.com/instance/stats/total_keyspace_misses_count\""
    } },
  )

  # … and what stayed below a bound.
  bound_objectives = merge(
    { for name, service in local.function_services : "function-${name}-duration" => {
      runbook = "function-duration", rates = local.burn_rates, goal = var.objectives.latency_share, bound = service.alarms.duration_ms, summary = "of the calls of ${name} within ${service.alarms.duration_ms} ms"
      values  = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${local.name}-${name}\" AND metric.type = \"run.googleapis.com/request_latencies\""
    } },
    { for name, service in local.function_services : "function-${name}-memory" => {
      runbook = "memory", rates = local.drift_rates, goal = var.objectives.latency_share, bound = var.objectives.memory, summary = "of the time ${name} uses at most ${var.objectives.memory} of its memory"
      values  = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${local.name}-${name}\" AND metric.type = \"run.googleapis.com/container/memory/utilizations\""
    } },
    # In microseconds, by the databases' own insights.
    { queries = {
      runbook = "queries", rates = local.drift_rates, goal = var.objectives.latency_share, bound = var.database.slow_statement_ms * 1000, summary = "of the statements within ${var.database.slow_statement_ms} ms"
      values  = "resource.type = \"alloydb.googleapis.com/Database\" AND metric.type = \"alloydb.googleapis.com/database/postgresql/insights/aggregate/latencies\""
    } },
  )

  burn_alerts = merge([
    for objective, slo in merge({
      availability = { id = google_monitoring_slo.availability.id, runbook = "availability", rates = local.burn_rates }
      latency      = { id = google_monitoring_slo.latency.id, runbook = "latency", rates = local.burn_rates }
      },
      { for name, spec in local.ratio_objectives : name => { id = google_monitoring_slo.ratio[name].id, runbook = spec.runbook, rates = spec.rates } },
      { for name, spec in local.bound_objectives : name => { id = google_monitoring_slo.bound[name].id, runbook = spec.runbook, rates = spec.rates } },
      ) : {
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

resource "google_monitoring_slo" "ratio" {
  for_each = local.ratio_objectives

  service             = google_monitoring_custom_service.edge.service_id
  slo_id              = each.key
  display_name        = "${each.value.goal * 100} % ${each.value.summary}"
  goal                = each.value.goal
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      good_service_filter = each.value.good
      bad_service_filter  = each.value.bad
    }
  }
}

resource "google_monitoring_slo" "bound" {
  for_each = local.bound_objectives

  service             = google_monitoring_custom_service.edge.service_id
  slo_id              = each.key
  display_name        = "${each.value.goal * 100} % ${each.value.summary}"
  goal                = each.value.goal
  rolling_period_days = 28

  request_based_sli {
    distribution_cut {
      distribution_filter = each.value.values

      range {
        max = each.value.bound
      }
    }
  }
}

resource "google_monitoring_alert_policy" "burn" {
  for_each = local.burn_alerts

  display_name          = "${local.name}: ${each.value.objective} burns its budget (${each.value.rate} x)"
  combiner              = "AND"
  severity              = each.value.severity
  notification_channels = contains(["availability", "latency"], each.value.objective) ? [] : [google_monitoring_notification_channel.email.id] # of these, Datadog tells
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
