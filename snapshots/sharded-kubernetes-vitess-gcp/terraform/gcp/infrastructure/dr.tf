# Databases are backed up by themselves (databases.tf), manifests live in git. What is left are objects that were made on
# the cluster: kept in another region, so that docs/RUNBOOK.md#region-loss can bring them back.

resource "google_gke_backup_backup_plan" "cluster" {
  count = var.dr.cluster_region == null ? 0 : 1

  name     = local.name
  cluster  = local.cluster.id
  location = var.dr.cluster_region
  labels   = { component = "dr" }

  backup_config {
    all_namespaces      = true
    include_volume_data = false # databases have backups of their own
    include_secrets     = false # External Secrets brings them again
  }

  backup_schedule {
    cron_schedule = "0 ${var.maintenance.hour} * * *"
  }

  retention_policy {
    backup_delete_lock_days = var.dr.lock_days
    backup_retain_days      = var.dr.retention_days
  }
}

# The seconds that failed backups took: any number of them is one too many.
resource "google_monitoring_alert_policy" "backup" {
  count = var.dr.cluster_region == null ? 0 : 1

  display_name          = "${local.name}: backup-failed"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [google_monitoring_notification_channel.email.id]
  user_labels           = { component = "dr" }

  conditions {
    display_name = "A backup of the cluster failed"

    condition_threshold {
      filter          = "resource.type = \"gkebackup.googleapis.com/BackupPlan\" AND resource.labels.backup_plan_id = \"${google_gke_backup_backup_plan.cluster[0].name}\" AND metric.type = \"gkebackup.googleapis.com/backup_completion_times\" AND metric.labels.state = \"FAILED\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period   = "3600s"
        per_series_aligner = "ALIGN_PERCENTILE_99"
      }
    }
  }

  documentation {
    subject = "${local.name}: a backup of the cluster failed"
    content = "What to do: ${var.observability.runbook_url}#backup-failed"
  }
}
