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
