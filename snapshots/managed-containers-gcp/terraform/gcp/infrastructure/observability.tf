resource "google_monitoring_notification_channel" "email" {
  display_name = "${local.name} on call"
  type         = "email"
  labels       = { email_address = var.observability.alert_email }
}

# The default bucket keeps 30 days and cannot be moved; ours takes what the services and the databases write.
resource "google_logging_project_bucket_config" "platform" {
  project        = var.project_id
  location       = var.region
  bucket_id      = local.name
  retention_days = var.observability.log_retention_days
}

resource "google_logging_project_sink" "platform" {
  name                   = local.name
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.platform.id}"
  filter                 = "resource.type = (\"cloud_run_revision\" OR \"cloud_run_job\" OR \"alloydb.googleapis.com/Instance\" OR \"http_load_balancer\")"
  unique_writer_identity = true
}

resource "google_project_iam_member" "log_writer" {
  project = var.project_id
  role    = "roles/logging.bucketWriter"
  member  = google_logging_project_sink.platform.writer_identity

  condition {
    title      = "own-bucket"
    expression = "resource.name.endsWith('${google_logging_project_bucket_config.platform.id}')"
  }
}

locals {
  # A threshold each. It follows from the sizing: what the part was sized for, and the room that was left.
  alerts = {
    database-cpu = {
      summary   = "A database node is busier than it was sized for"
      metric    = "alloydb.googleapis.com/instance/cpu/average_utilization"
      resource  = "alloydb.googleapis.com/Instance"
      threshold = var.observability.database_cpu
      severity  = "WARNING"
    }
    database-connections = {
      summary   = "Connections of a database node run out"
      metric    = "alloydb.googleapis.com/instance/postgres/total_connections"
      resource  = "alloydb.googleapis.com/Instance"
      threshold = min([for shard in local.shards : floor(shard.max_connections * var.observability.database_connections)]...)
      severity  = "ERROR"
    }
    database-replica-lag = {
      summary   = "A reader is behind its primary"
      metric    = "alloydb.googleapis.com/instance/postgres/replication/maximum_lag"
      resource  = "alloydb.googleapis.com/Instance"
      threshold = var.observability.replica_lag_s * 1000 # ms
      severity  = "WARNING"
    }
    cache-memory = {
      summary   = "The cache evicts: hit ratio will fall below what the database is sized for"
      metric    = "memorystore.googleapis.com/instance/memory/maximum_utilization"
      resource  = "memorystore.googleapis.com/Instance"
      threshold = var.observability.cache_memory
      severity  = "WARNING"
    }
    cache-cpu = {
      summary   = "A cache node is near the operations that one core carries"
      metric    = "memorystore.googleapis.com/instance/cpu/maximum_utilization"
      resource  = "memorystore.googleapis.com/Instance"
      threshold = var.observability.cache_cpu
      severity  = "WARNING"
    }
    memory = {
      summary   = "An instance of a service is short of memory"
      metric    = "run.googleapis.com/container/memory/utilizations"
      resource  = "cloud_run_revision"
      threshold = var.containers.memory_alarm
      severity  = "WARNING"
      aligner   = "ALIGN_PERCENTILE_99"
    }
    nat-ports = {
      summary   = "Cloud NAT drops packets: a node is out of ports"
      metric    = "router.googleapis.com/nat/dropped_sent_packets_count"
      resource  = "nat_gateway"
      threshold = 0
      severity  = "WARNING"
      aligner   = "ALIGN_RATE"
    }
  }

  lag_alerts = { for topic, lag in var.observability.lag : "queue-age-${topic}" => {
    summary   = "Workers of ${topic} do not keep up: jobs will miss their deadline"
    metric    = "pubsub.googleapis.com/subscription/num_undelivered_messages"
    resource  = "pubsub_subscription"
    where     = "resource.labels.subscription_id = \"${local.name}-${topic}\""
    runbook   = "stream-lag"
    threshold = lag
    severity  = "ERROR"
  } }

  # A service each, for their maxima differ: beyond it requests wait, and then are refused.
  maximum_alerts = { for service, size in local.container_services : "at-its-maximum-${service}" => {
    summary   = "${service} runs all the instances it may have"
    metric    = "run.googleapis.com/container/instance_count"
    resource  = "cloud_run_revision"
    where     = "resource.labels.service_name = \"${local.name}-${service}\""
    runbook   = "at-its-maximum"
    threshold = size.pods_max - 0.5
    severity  = "ERROR"
    aligner   = "ALIGN_MAX"
  } if size.pods_max > size.min }

  capacity_alerts = merge({ for name, alert in local.alerts : name => merge({ where = "", runbook = name }, alert) }, local.lag_alerts, local.maximum_alerts, local.function_alerts, local.workflow_alerts)

  alert_filters = {
    for name, alert in local.capacity_alerts : name => join(" AND ", compact([
      "resource.type = \"${alert.resource}\"", "metric.type = \"${alert.metric}\"", alert.where,
    ]))
  }
}

resource "google_monitoring_alert_policy" "capacity" {
  for_each = local.capacity_alerts

  display_name          = "${local.name}: ${each.key}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [google_monitoring_notification_channel.email.id]
  user_labels           = { component = "observability" }

  conditions {
    display_name = each.value.summary

    condition_threshold {
      filter          = local.alert_filters[each.key]
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = "${var.observability.alarm_s}s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = try(each.value.aligner, "ALIGN_MEAN")
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject = "${local.name}: ${each.value.summary}"
    content = "Above ${each.value.threshold} for ${var.observability.alarm_s} s. What to do: ${var.observability.runbook_url}#${each.value.runbook}"
  }
}

resource "google_monitoring_uptime_check_config" "edge" {
  display_name       = "${local.name} edge"
  period             = "60s"
  timeout            = "10s"
  log_check_failures = true
  user_labels        = { component = "observability" }

  http_check {
    path         = "/ready"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project_id
      host       = var.domain
    }
  }
}

resource "google_monitoring_alert_policy" "uptime" {
  display_name          = "${local.name}: down"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [google_monitoring_notification_channel.email.id]
  user_labels           = { component = "observability" }

  conditions {
    display_name = "The edge does not answer from two regions or more"

    condition_threshold {
      filter          = "resource.type = \"uptime_url\" AND metric.type = \"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id = \"${google_monitoring_uptime_check_config.edge.uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "120s"

      aggregations {
        alignment_period     = "120s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }

  documentation {
    subject = "${local.name}: ${var.domain} is down"
    content = "What to do: ${var.observability.runbook_url}#down"
  }
}

# Dashboards: every tier against the capacity it was given.
resource "google_monitoring_dashboard" "capacity" {
  dashboard_json = jsonencode({
    displayName = "${local.name}: capacity"
    labels      = { environment = var.environment }
    mosaicLayout = {
      columns = 48
      tiles = [
        for position, alert in keys(local.capacity_alerts) : {
          xPos   = (position % 2) * 24
          yPos   = floor(position / 2) * 16
          width  = 24
          height = 16
          widget = {
            title = local.capacity_alerts[alert].summary
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter      = local.alert_filters[alert]
                    aggregation = { alignmentPeriod = "60s", perSeriesAligner = try(local.capacity_alerts[alert].aligner, "ALIGN_MEAN") }
                  }
                }
              }]
              thresholds = [{ value = local.capacity_alerts[alert].threshold, label = "alert" }]
            }
          }
        }
      ]
    }
  })
}
