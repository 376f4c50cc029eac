locals {
  # Every node of every keyspace under its name in the shard map: what it shares with its keyspace, and its own.
  shards = merge([
    for keyspace, spec in var.shards : {
      for node, own in spec.nodes : "${keyspace}-${node}" => merge(spec, own, {
        keyspace = keyspace
        region   = coalesce(own.region, var.region)
        labels   = { for key, value in { component = "shards", keyspace = keyspace, location = own.location } : key => value if value != null }
      })
    }
  ]...)

  shard_regions_abroad = toset([for shard in local.shards : shard.region if shard.region != var.region])

  replicas = merge([
    for shard, spec in local.shards : {
      for number in range(spec.replicas) : format("%s-r%d", shard, number) => merge(spec, { shard = shard })
    }
  ]...)

  # Service accounts log in by IAM; the migrator alone may change the schema.
  shard_users = merge([
    for shard, spec in local.shards : merge(
      { "${shard}/migrator" = { shard = shard, email = google_service_account.migrator.email, roles = ["cloudsqlsuperuser"] } },
      {
        for service, needs in var.services : "${shard}/${service}" => {
          shard = shard, email = google_service_account.service[service].email, roles = []
        } if contains(needs.keyspaces, spec.keyspace)
      }
    )
  ]...)

  # What all pods at their maximum open to one node of the keyspace: each holds a pool to every node, or the pooler does.
  shard_clients = {
    for keyspace, spec in var.shards : keyspace => spec.pool > 0 && var.database.pooler != null ? var.database.pooler.replicas * spec.pool : sum(concat([0], [
      for service in var.services : service.pods_max * service.pool_size if contains(service.keyspaces, keyspace)
    ]))
  }
}

# PgBouncer, where the connections of all pods would be too many for a node.
resource "google_service_account" "pooler" {
  count = var.database.pooler == null ? 0 : 1

  account_id   = local.account_ids["pooler"]
  display_name = "Connection pooler of ${local.name}"
}

locals {
  # Set on replicas too: a standby or replica with fewer connections than its primary does not start.
  database_flags = {
    "cloudsql.iam_authentication"         = "on"
    "cloudsql.enable_pgaudit"             = "on"
    "pgaudit.log"                         = "ddl,role"
    "log_checkpoints"                     = "on"
    "log_connections"                     = "on"
    "log_disconnections"                  = "on"
    "log_lock_waits"                      = "on"
    "log_min_duration_statement"          = tostring(var.database.slow_statement_ms)
    "log_temp_files"                      = "0"
    "idle_in_transaction_session_timeout" = tostring(var.database.idle_transaction_ms)
    # Resharding replicates by publication and row filter (sharding/).
    "cloudsql.logical_decoding" = "on"
  }

  instance_flags = { for shard, spec in local.shards : shard => { max_connections = tostring(spec.max_connections) } }

  shard_addresses      = { for shard, instance in google_sql_database_instance.shard : shard => instance.private_ip_address }
  shard_read_addresses = { for shard, spec in local.shards : shard => google_sql_database_instance.replica["${shard}-r0"].private_ip_address if spec.replicas > 0 }
}

resource "google_sql_database_instance" "shard" {
  #checkov:skip=CKV_GCP_6:ENCRYPTED_ONLY, reason at ssl_mode
  #checkov:skip=CKV_GCP_51:Set in local.database_flags, where the scanner does not look
  #checkov:skip=CKV_GCP_52:Set in local.database_flags
  #checkov:skip=CKV_GCP_53:Set in local.database_flags
  #checkov:skip=CKV_GCP_54:Set in local.database_flags
  #checkov:skip=CKV_GCP_109:The default, warning, is below error
  #checkov:skip=CKV_GCP_110:Set in local.database_flags
  #checkov:skip=CKV_GCP_108:A reverse look-up of each connection's address, of pods that have no name
  #checkov:skip=CKV_GCP_111:pgAudit logs DDL and roles; every statement would be a line for each read and write
  #checkov:skip=CKV2_GCP_13:Query Insights measures each statement, slow ones are logged
  for_each = local.shards

  name                = "${local.name}-${each.key}"
  region              = each.value.region
  database_version    = "POSTGRES_18"
  encryption_key_name = local.database_keys[each.value.region]
  deletion_protection = var.protected

  settings {
    edition                     = each.value.edition
    tier                        = each.value.tier
    availability_type           = each.value.standby ? "REGIONAL" : "ZONAL"
    deletion_protection_enabled = var.protected # in the console and the API too
    retain_backups_on_delete    = var.protected
    # Default labels of the provider do not reach this field.
    user_labels = merge(local.labels, each.value.labels)

    disk_type             = "PD_SSD"
    disk_size             = each.value.disk_gib
    disk_autoresize       = true
    disk_autoresize_limit = each.value.disk_limit_gib

    ip_configuration {
      ipv4_enabled       = false
      private_network    = local.network
      allocated_ip_range = google_compute_global_address.managed.name
      # Not stricter: a subscription of a shard move is a plain TLS connection between two nodes, without a connector
      # and without a client certificate.
      ssl_mode = "ENCRYPTED_ONLY"
    }

    backup_configuration {
      enabled                        = true
      location                       = var.database.backup_location
      start_time                     = format("%02d:00", var.maintenance.hour)
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = var.database.pitr_days

      backup_retention_settings {
        retained_backups = var.database.backup_days
        retention_unit   = "COUNT"
      }
    }

    final_backup_config {
      enabled        = var.protected
      retention_days = var.protected ? var.database.final_backup_days : null
    }

    insights_config {
      query_insights_enabled  = true
      query_string_length     = 2048
      record_application_tags = true
      record_client_address   = false
    }

    maintenance_window {
      day          = 7
      hour         = var.maintenance.hour
      update_track = var.protected ? "stable" : "canary" # dev meets a new version a week earlier
    }

    dynamic "data_cache_config" {
      for_each = each.value.edition == "ENTERPRISE_PLUS" ? [true] : []

      content {
        data_cache_enabled = data_cache_config.value
      }
    }

    dynamic "database_flags" {
      for_each = merge(local.database_flags, local.instance_flags[each.key])

      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }
  }

  lifecycle {
    # Storage grows by itself and never shrinks; a plan must not try to put it back. disk_limit_gib is what raises it.
    ignore_changes = [settings[0].disk_size]

    precondition {
      # 10 % are left for the migrator, replication and a person with psql.
      condition     = local.shard_clients[each.value.keyspace] <= floor(each.value.max_connections * 0.9)
      error_message = "${each.key}: services open up to ${local.shard_clients[each.value.keyspace]} connections, max_connections ${each.value.max_connections} less 10 % are fewer."
    }

    precondition {
      condition     = !var.protected || each.value.standby
      error_message = "${each.key}: a protected environment keeps a standby in a second zone."
    }
  }

  # The private address comes from the peering, the disk is encrypted as it is made.
  depends_on = [google_service_networking_connection.managed, google_kms_crypto_key_iam_member.user, google_kms_crypto_key_iam_member.database]
}

resource "google_sql_database_instance" "replica" {
  #checkov:skip=CKV_GCP_6:ENCRYPTED_ONLY, as its primary
  for_each = local.replicas

  name                 = "${local.name}-${each.key}"
  database_version     = google_sql_database_instance.shard[each.value.shard].database_version
  region               = each.value.region
  master_instance_name = google_sql_database_instance.shard[each.value.shard].name
  encryption_key_name  = local.database_keys[each.value.region]
  deletion_protection  = var.protected

  settings {
    edition                     = each.value.edition
    tier                        = each.value.tier # a smaller replica falls behind its primary
    availability_type           = "ZONAL"
    deletion_protection_enabled = var.protected
    user_labels                 = merge(local.labels, each.value.labels)

    disk_type             = "PD_SSD"
    disk_autoresize       = true
    disk_autoresize_limit = each.value.disk_limit_gib

    ip_configuration {
      ipv4_enabled       = false
      private_network    = local.network
      allocated_ip_range = google_compute_global_address.managed.name
      ssl_mode           = "ENCRYPTED_ONLY"
    }

    insights_config {
      query_insights_enabled  = true
      query_string_length     = 2048
      record_application_tags = true
      record_client_address   = false
    }

    dynamic "data_cache_config" {
      for_each = each.value.edition == "ENTERPRISE_PLUS" ? [true] : []

      content {
        data_cache_enabled = data_cache_config.value
      }
    }

    dynamic "database_flags" {
      for_each = merge(local.database_flags, local.instance_flags[each.value.shard])

      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }
  }

  lifecycle {
    ignore_changes = [settings[0].disk_size]
  }
}

resource "google_sql_database" "shard" {
  for_each = local.shards

  name            = replace(local.namespace, "-", "_") # the same on every node: clients take it from the project
  instance        = google_sql_database_instance.shard[each.key].name
  deletion_policy = local.deletion_policy
}

resource "google_sql_user" "service" {
  for_each = local.shard_users

  instance = google_sql_database_instance.shard[each.value.shard].name
  type     = "CLOUD_IAM_SERVICE_ACCOUNT"
  # PostgreSQL user names stop at 63 characters: Cloud SQL leaves the suffix off.
  name           = trimsuffix(each.value.email, ".gserviceaccount.com")
  database_roles = length(each.value.roles) == 0 ? null : each.value.roles
  # Objects that the user owns in PostgreSQL would refuse the deletion.
  deletion_policy = "ABANDON"
}
