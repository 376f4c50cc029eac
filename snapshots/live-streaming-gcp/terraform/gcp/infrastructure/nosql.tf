locals {
  # Services that read and write messages.
  nosql_users = ["chat"]
}

# Chat. The key of a row is <room>#<shard>#<time, counted down>#<id>: the newest message of a room comes first, and one loud room is as many
# ranges as it has shards; a reader asks all of them and merges. What has expired goes by itself.
resource "google_bigtable_instance" "chat" {
  name                = "${local.name}-chat"
  display_name        = "${local.name} chat"
  deletion_protection = var.protected
  deletion_policy     = local.deletion_policy
  force_destroy       = !var.protected
  labels              = merge(local.labels, { component = "nosql" })

  # Each answers alone while the other is gone.
  dynamic "cluster" {
    for_each = [for index, zone in var.cluster.zones : zone if index < var.nosql.clusters]

    content {
      cluster_id   = "chat-${cluster.value}"
      zone         = cluster.value
      storage_type = "SSD"
      kms_key_name = google_kms_crypto_key.purpose["nosql"].id

      autoscaling_config {
        min_nodes  = var.nosql.nodes_min
        max_nodes  = var.nosql.nodes_max
        cpu_target = var.nosql.cpu_target
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # tables are encrypted from the first row on
}

resource "google_bigtable_table" "chat" {
  name                = "chat"
  instance_name       = google_bigtable_instance.chat.name
  deletion_protection = var.protected ? "PROTECTED" : "UNPROTECTED"
  deletion_policy     = local.deletion_policy

  column_family {
    family = "message"
  }

  automated_backup_policy {
    frequency        = "24h"
    retention_period = "${var.nosql.backup_days * 24}h0m0s"
  }
}

resource "google_bigtable_gc_policy" "chat" {
  instance_name   = google_bigtable_instance.chat.name
  table           = google_bigtable_table.chat.name
  column_family   = "message"
  deletion_policy = "ABANDON" # a policy of a table with several clusters cannot be taken away

  gc_rules = jsonencode({
    mode  = "union"
    rules = [{ max_age = "${var.nosql.ttl_days * 24}h" }, { max_version = 1 }]
  })
}

resource "google_bigtable_app_profile" "chat" {
  instance        = google_bigtable_instance.chat.name
  app_profile_id  = "chat"
  description     = "The nearest cluster that answers"
  ignore_warnings = true
  deletion_policy = "DELETE"

  # A message is written once and never changed: no transaction on one row has to stay in one cluster.
  multi_cluster_routing_use_any = true

  standard_isolation {
    priority = "PRIORITY_HIGH"
  }
}

resource "google_bigtable_table_iam_member" "chat" {
  for_each = toset(local.nosql_users)

  instance_name = google_bigtable_instance.chat.name
  table         = google_bigtable_table.chat.name
  role          = "roles/bigtable.user"
  member        = google_service_account.service[each.key].member
}

locals {
  nosql_alerts = {
    chat-latency = {
      summary   = "The chat store is slow"
      metric    = "bigtable.googleapis.com/server/latencies"
      resource  = "bigtable_table"
      where     = "resource.labels.instance = \"${local.name}-chat\""
      runbook   = "chat"
      threshold = var.nosql.latency_ms
      severity  = "WARNING"
      aligner   = "ALIGN_PERCENTILE_99"
    }
    chat-cpu = {
      summary   = "A node of the chat store is hot: one room takes more than its shards carry"
      metric    = "bigtable.googleapis.com/cluster/cpu_load_hottest_node"
      resource  = "bigtable_cluster"
      where     = "resource.labels.instance = \"${local.name}-chat\""
      runbook   = "chat"
      threshold = 0.9
      severity  = "WARNING"
    }
    chat-disk = {
      summary   = "The chat store fills its nodes"
      metric    = "bigtable.googleapis.com/cluster/storage_utilization"
      resource  = "bigtable_cluster"
      where     = "resource.labels.instance = \"${local.name}-chat\""
      runbook   = "chat"
      threshold = 0.7
      severity  = "WARNING"
    }
  }
}
