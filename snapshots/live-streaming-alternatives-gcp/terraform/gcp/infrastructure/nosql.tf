locals {
  # Services that read and write messages.
  nosql_users = ["chat"]
}

# Chat: rooms/<room>/messages/<id>. Ids are random, never ordered by time: a document's neighbours would all be written by one server.
resource "google_firestore_database" "chat" {
  name                              = "${local.name}-chat"
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.protected ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = local.deletion_policy

  cmek_config {
    kms_key_name = google_kms_crypto_key.purpose["nosql"].id
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # documents are encrypted from the first one on
}

# What has expired goes by itself.
resource "google_firestore_field" "expires_at" {
  database        = google_firestore_database.chat.name
  collection      = "messages"
  field           = "expires_at"
  deletion_policy = "DELETE"

  ttl_config {}
  # A field that only rises would be one hot end of an index.
  index_config {}
}

# Nobody looks for a message by its words here, and an index entry for each costs as much as the message.
resource "google_firestore_field" "text" {
  database        = google_firestore_database.chat.name
  collection      = "messages"
  field           = "text"
  deletion_policy = "DELETE"

  index_config {}
}

resource "google_project_iam_member" "chat" {
  for_each = toset(local.nosql_users)

  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.service[each.key].member

  condition {
    title      = "own-database"
    expression = "resource.name.startsWith('projects/${var.project_id}/databases/${google_firestore_database.chat.name}')"
  }
}

locals {
  nosql_alerts = {
    chat-latency = {
      summary   = "The chat store is slow"
      metric    = "firestore.googleapis.com/api/request_latencies"
      resource  = "firestore.googleapis.com/Database"
      where     = "resource.labels.database_id = \"${local.name}-chat\""
      runbook   = "chat"
      threshold = var.nosql.latency_ms
      severity  = "WARNING"
      aligner   = "ALIGN_PERCENTILE_99"
    }
  }
}
