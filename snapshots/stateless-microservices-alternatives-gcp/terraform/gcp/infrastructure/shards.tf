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

  # Service accounts log in by IAM; the migrator alone may change the schema.
  shard_users = merge([
    for shard, spec in local.shards : merge(
      { "${shard}/migrator" = { shard = shard, email = google_service_account.migrator.email, roles = ["alloydbsuperuser"] } },
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
  # On read pools too: a reader with fewer connections than its primary does not start.
  database_flags = {
    "alloydb.iam_authentication"          = "on"
    "alloydb.enable_pgaudit"              = "on"
    "pgaudit.log"                         = "ddl,role"
    "log_checkpoints"                     = "on"
    "log_connections"                     = "on"
    "log_disconnections"                  = "on"
    "log_lock_waits"                      = "on"
    "log_min_duration_statement"          = tostring(var.database.slow_statement_ms)
    "log_temp_files"                      = "0"
    "idle_in_transaction_session_timeout" = tostring(var.database.idle_transaction_ms)
    # Resharding replicates by publication and row filter (sharding/).
    "alloydb.logical_decoding" = "on"
  }

  shard_addresses      = { for shard, instance in google_alloydb_instance.primary : shard => instance.ip_address }
  shard_read_addresses = { for shard, instance in google_alloydb_instance.read_pool : shard => instance.ip_address }
}

# A cluster for each shard: its storage grows and shrinks by itself and is on all zones of the region.
resource "google_alloydb_cluster" "shard" {
  for_each = local.shards

  cluster_id          = "${local.name}-${each.key}"
  location            = each.value.region
  database_version    = "POSTGRES_17"
  deletion_protection = var.protected
  deletion_policy     = var.protected ? "DEFAULT" : "FORCE" # FORCE takes the instances along
  labels              = each.value.labels

  network_config {
    network            = local.network
    allocated_ip_range = google_compute_global_address.managed.name
  }

  encryption_config {
    kms_key_name = local.database_keys[each.value.region]
  }

  # No initial user: everybody logs in by IAM, so there is no password to keep.

  continuous_backup_config {
    enabled              = true
    recovery_window_days = var.database.pitr_days

    encryption_config {
      kms_key_name = local.database_keys[each.value.region]
    }
  }

  automated_backup_policy {
    enabled = true
    # AlloyDB keeps them in the region of the cluster; the loss of a region is docs/RUNBOOK.md#region-loss.
    location      = each.value.region
    backup_window = "3600s"

    weekly_schedule {
      days_of_week = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]

      start_times {
        hours = var.maintenance.hour
      }
    }

    quantity_based_retention {
      count = var.database.backup_days
    }

    encryption_config {
      kms_key_name = local.database_keys[each.value.region]
    }
  }

  maintenance_update_policy {
    maintenance_windows {
      day = "SUNDAY"

      start_time {
        hours = var.maintenance.hour
      }
    }
  }

  # The private address comes from the peering, the storage is encrypted as it is made.
  depends_on = [google_service_networking_connection.managed, google_kms_crypto_key_iam_member.user, google_kms_crypto_key_iam_member.database]
}

resource "google_alloydb_instance" "primary" {
  for_each = local.shards

  cluster           = google_alloydb_cluster.shard[each.key].name
  instance_id       = "primary"
  instance_type     = "PRIMARY"
  availability_type = each.value.standby ? "REGIONAL" : "ZONAL"
  database_flags    = merge(local.database_flags, { max_connections = tostring(each.value.max_connections) })
  labels            = each.value.labels
  deletion_policy   = local.deletion_policy

  machine_config {
    machine_type = each.value.tier
  }

  client_connection_config {
    ssl_config {
      # Not stricter: a subscription of a shard move is a plain TLS connection between two nodes, without a connector.
      ssl_mode = "ENCRYPTED_ONLY"
    }
  }

  query_insights_config {
    query_string_length     = 2048
    record_application_tags = true
    record_client_address   = false
  }

  lifecycle {
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
}

# One address for all readers of a shard.
resource "google_alloydb_instance" "read_pool" {
  for_each = { for shard, spec in local.shards : shard => spec if spec.replicas > 0 }

  cluster         = google_alloydb_cluster.shard[each.key].name
  instance_id     = "read"
  instance_type   = "READ_POOL"
  database_flags  = merge(local.database_flags, { max_connections = tostring(each.value.max_connections) })
  labels          = each.value.labels
  deletion_policy = local.deletion_policy

  read_pool_config {
    node_count = each.value.replicas
  }

  machine_config {
    machine_type = each.value.tier
  }

  client_connection_config {
    ssl_config {
      ssl_mode = "ENCRYPTED_ONLY"
    }
  }

  query_insights_config {
    query_string_length     = 2048
    record_application_tags = true
    record_client_address   = false
  }

  depends_on = [google_alloydb_instance.primary] # a reader needs something to read from
}

resource "google_alloydb_user" "service" {
  for_each = local.shard_users

  cluster   = google_alloydb_cluster.shard[each.value.shard].name
  user_type = "ALLOYDB_IAM_USER"
  # PostgreSQL user names stop at 63 characters: the suffix is left off.
  user_id        = trimsuffix(each.value.email, ".gserviceaccount.com")
  database_roles = concat(["alloydbiamuser"], each.value.roles)
  # Objects that the user owns in PostgreSQL would refuse the deletion.
  deletion_policy = "ABANDON"

  depends_on = [google_alloydb_instance.primary] # users live in the primary
}
