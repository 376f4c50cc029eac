# Documents at MongoDB Atlas: in this cloud, but in Atlas's own account. It opens their disks with a key of ours, and is reached by a
# private endpoint.

locals {
  # Services that read and write documents, each as itself; nobody else has a user.
  document_users    = toset(["chat"])
  document_database = "chat"
}

# A project for the environment: it has a cluster, its users and a way in, and shares none of them. No address of the internet is let in:
# there is no access list, and services come by the private endpoint.
resource "mongodbatlas_project" "main" {
  name   = local.name
  org_id = var.document_db.organization

  is_data_explorer_enabled     = false # nobody reads data in a browser
  with_default_alerts_settings = false # those below are sized

  tags = { project = "vivid", environment = var.environment, component = "document-db" }
}

resource "mongodbatlas_advanced_cluster" "main" {
  project_id   = mongodbatlas_project.main.id
  name         = "vivid"
  cluster_type = var.document_db.shards > 1 ? "SHARDED" : "REPLICASET"

  mongo_db_major_version         = var.document_db.version
  backup_enabled                 = true
  pit_enabled                    = var.document_db.backup.continuous
  retain_backups_enabled         = var.protected
  termination_protection_enabled = var.protected
  encryption_at_rest_provider    = mongodbatlas_encryption_at_rest.main.aws_kms_config[0].enabled ? "AWS" : "NONE"
  redact_client_log_data         = true
  # What Atlas scales is Atlas's: sizes below are where it begins, and no plan takes back what it has grown to.
  use_effective_fields = true

  # One a shard; growth appends.
  replication_specs = [for shard in range(var.document_db.shards) : {
    region_configs = [{
      provider_name = "AWS"
      region_name   = var.document_db.region
      priority      = 7

      # Atlas puts each into a zone of its own.
      electable_specs = {
        instance_size = var.document_db.tier
        node_count    = var.document_db.nodes
        disk_size_gb  = var.document_db.disk_gib
      }

      analytics_specs = {
        instance_size = var.document_db.tier
        node_count    = var.document_db.analytics_nodes
        disk_size_gb  = var.document_db.disk_gib
      }

      auto_scaling = {
        disk_gb_enabled            = true
        compute_enabled            = var.document_db.scales
        compute_scale_down_enabled = var.document_db.scales
        compute_min_instance_size  = var.document_db.scales ? var.document_db.tier : null
        compute_max_instance_size  = var.document_db.scales ? var.document_db.tier_max : null
      }
    }]
  }]

  advanced_configuration = {
    minimum_enabled_tls_protocol       = "TLS1_2"
    javascript_enabled                 = false # no code in queries
    default_write_concern              = "majority"
    oplog_min_retention_hours          = var.document_db.oplog_hours
    transaction_lifetime_limit_seconds = 60
  }

  tags = { project = "vivid", environment = var.environment, component = "document-db" }
}

resource "mongodbatlas_cloud_backup_schedule" "main" {
  project_id   = mongodbatlas_project.main.id
  cluster_name = mongodbatlas_advanced_cluster.main.name

  reference_hour_of_day    = var.document_db.maintenance_hour
  reference_minute_of_hour = 30
  restore_window_days      = var.document_db.backup.continuous ? var.document_db.backup.window_days : null

  policy_item_hourly {
    frequency_interval = var.document_db.backup.interval_h
    retention_unit     = "days"
    retention_value    = var.document_db.backup.window_days
  }

  policy_item_daily {
    frequency_interval = 1
    retention_unit     = "days"
    retention_value    = var.document_db.backup.window_days
  }

  policy_item_weekly {
    frequency_interval = 7 # on Sundays
    retention_unit     = "weeks"
    retention_value    = 4
  }

  policy_item_monthly {
    frequency_interval = 40 # on the last day
    retention_unit     = "months"
    retention_value    = var.document_db.backup.months
  }

  # They outlive the region.
  dynamic "copy_settings" {
    for_each = var.document_db.backup.copy_region == null ? [] : [var.document_db.backup.copy_region]

    content {
      cloud_provider     = "AWS"
      region_name        = copy_settings.value
      zone_id            = mongodbatlas_advanced_cluster.main.replication_specs[0].zone_id
      should_copy_oplogs = var.document_db.backup.continuous
      frequencies        = ["HOURLY", "DAILY", "WEEKLY", "MONTHLY"]
    }
  }
}

resource "mongodbatlas_maintenance_window" "main" {
  project_id  = mongodbatlas_project.main.id
  day_of_week = 1 # Sunday
  hour_of_day = var.document_db.maintenance_hour
}

# Who was refused, and who changed what others may do or how data lies; what services read and write is not here.
resource "mongodbatlas_auditing" "main" {
  project_id = mongodbatlas_project.main.id
  enabled    = true

  audit_filter = jsonencode({
    "$or" = [
      { atype = "authenticate", result = { "$ne" = 0 } },
      { atype = { "$in" = ["createUser", "dropUser", "updateUser", "grantRolesToUser", "revokeRolesFromUser", "createRole", "updateRole", "dropRole", "dropDatabase", "dropCollection", "createIndex", "dropIndex", "shardCollection"] } },
    ]
  })
}

resource "mongodbatlas_database_user" "service" {
  for_each = local.document_users

  project_id         = mongodbatlas_project.main.id
  auth_database_name = "$external"
  # The role of the service is its user: there is no password.
  username     = aws_iam_role.service[each.key].arn
  aws_iam_type = "ROLE"

  roles {
    role_name     = "readWrite"
    database_name = local.document_database
  }

  scopes {
    name = mongodbatlas_advanced_cluster.main.name
    type = "CLUSTER"
  }
}

locals {
  document_alerts = {
    cpu         = { metric = "NORMALIZED_SYSTEM_CPU_USER", threshold = var.document_db.alarms.cpu_percent, units = "RAW" }
    connections = { metric = "CONNECTIONS", threshold = var.document_db.alarms.connections, units = "RAW" }
    disk        = { metric = "DISK_PARTITION_SPACE_USED_DATA", threshold = var.document_db.alarms.disk_percent, units = "RAW" }
    lag         = { metric = "OPLOG_SLAVE_LAG_MASTER_TIME", threshold = var.document_db.alarms.lag_s, units = "SECONDS" }
    scans       = { metric = "QUERY_TARGETING_SCANNED_OBJECTS_PER_RETURNED", threshold = var.document_db.alarms.scanned_per_returned, units = "RAW" }
  }

  # What is no number of a node: with a threshold where the event has one.
  document_events = {
    NO_PRIMARY                           = null
    HOST_DOWN                            = null
    CLUSTER_MONGOS_IS_MISSING            = null
    REPLICATION_OPLOG_WINDOW_RUNNING_OUT = { operator = "LESS_THAN", threshold = var.document_db.oplog_hours / 2, units = "HOURS" }
    CPS_SNAPSHOT_BEHIND                  = { operator = "GREATER_THAN", threshold = var.document_db.backup.interval_h * 2, units = "HOURS" }
    AWS_ENCRYPTION_KEY_NEEDS_ROTATION    = { operator = "GREATER_THAN", threshold = 120, units = "DAYS" }
  }
}

# To the same people as every other alarm; what to do is in docs/RUNBOOK.md#documents.
resource "mongodbatlas_alert_configuration" "metric" {
  for_each = local.document_alerts

  project_id = mongodbatlas_project.main.id
  event_type = "OUTSIDE_METRIC_THRESHOLD"
  enabled    = true

  metric_threshold_config {
    metric_name = each.value.metric
    operator    = "GREATER_THAN"
    threshold   = each.value.threshold
    units       = each.value.units
    mode        = "AVERAGE"
  }

  notification {
    type_name     = "EMAIL"
    email_address = var.observability.alert_email
    delay_min     = ceil(var.observability.alarm_s / 60)
    interval_min  = 60
  }
}

resource "mongodbatlas_alert_configuration" "event" {
  for_each = local.document_events

  project_id = mongodbatlas_project.main.id
  event_type = each.key
  enabled    = true

  dynamic "threshold_config" {
    for_each = each.value == null ? [] : [each.value]

    content {
      operator  = threshold_config.value.operator
      threshold = threshold_config.value.threshold
      units     = threshold_config.value.units
    }
  }

  notification {
    type_name     = "EMAIL"
    email_address = var.observability.alert_email
    delay_min     = 0
    interval_min  = 60
  }
}

# Read after the endpoint is there: only then the cluster has an address for it.
data "mongodbatlas_advanced_cluster" "main" {
  project_id = mongodbatlas_privatelink_endpoint_service.main.project_id
  name       = mongodbatlas_advanced_cluster.main.name
}

locals {
  document_endpoints = {
    # Without a secret: a client shows who it is by its own identity.
    DOCUMENTS_URI = join("", [
      data.mongodbatlas_advanced_cluster.main.connection_strings.private_endpoint[0].srv_connection_string,
      "/?authSource=%24external&authMechanism=MONGODB-AWS",
      "&retryWrites=true&w=majority&maxPoolSize=${var.document_db.pool}",
    ])
    DOCUMENTS_DATABASE = local.document_database
    CHAT_ROOM_SHARDS   = tostring(var.document_db.room_shards)
    CHAT_TTL_DAYS      = tostring(var.document_db.ttl_days)
  }
}

# Atlas asks for the key as a role of ours; the id is the one that it gave this project, so that nobody else's project can ask.
resource "mongodbatlas_cloud_provider_access_setup" "main" {
  project_id    = mongodbatlas_project.main.id
  provider_name = "AWS"
}

data "aws_iam_policy_document" "atlas_trust" {
  statement {
    sid     = "Atlas"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [mongodbatlas_cloud_provider_access_setup.main.aws_config[0].atlas_aws_account_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [mongodbatlas_cloud_provider_access_setup.main.aws_config[0].atlas_assumed_role_external_id]
    }
  }
}

data "aws_iam_policy_document" "atlas" {
  statement {
    sid       = "DocumentsKey"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]
    resources = [aws_kms_key.main["documents"].arn]
  }
}

resource "aws_iam_role" "atlas" {
  name                 = "${local.name}-atlas"
  assume_role_policy   = data.aws_iam_policy_document.atlas_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "atlas" {
  name   = "documents-key"
  role   = aws_iam_role.atlas.id
  policy = data.aws_iam_policy_document.atlas.json
}

resource "mongodbatlas_cloud_provider_access_authorization" "main" {
  project_id = mongodbatlas_project.main.id
  role_id    = mongodbatlas_cloud_provider_access_setup.main.role_id

  aws {
    iam_assumed_role_arn = aws_iam_role.atlas.arn
  }

  depends_on = [aws_iam_role_policy.atlas]
}

resource "mongodbatlas_encryption_at_rest" "main" {
  project_id = mongodbatlas_project.main.id

  aws_kms_config {
    enabled                = true
    customer_master_key_id = aws_kms_key.main["documents"].key_id
    region                 = var.document_db.region
    role_id                = mongodbatlas_cloud_provider_access_authorization.main.role_id
  }
}

resource "mongodbatlas_privatelink_endpoint" "main" {
  project_id    = mongodbatlas_project.main.id
  provider_name = "AWS"
  region        = var.document_db.region
}

resource "aws_security_group" "documents" {
  name        = "${local.name}-documents"
  description = "Private endpoint of MongoDB Atlas: from pods that read documents"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-documents" }
}

resource "aws_vpc_endpoint" "documents" {
  vpc_id             = local.vpc_id
  service_name       = mongodbatlas_privatelink_endpoint.main.endpoint_service_name
  vpc_endpoint_type  = "Interface"
  subnet_ids         = values(local.node_subnets)
  security_group_ids = [aws_security_group.documents.id]

  tags = { Name = "${local.name}-documents" }
}

resource "mongodbatlas_privatelink_endpoint_service" "main" {
  project_id          = mongodbatlas_privatelink_endpoint.main.project_id
  private_link_id     = mongodbatlas_privatelink_endpoint.main.private_link_id
  endpoint_service_id = aws_vpc_endpoint.documents.id
  provider_name       = "AWS"
}

# Behind the endpoint each node has a port of its own, from 1024 up.
resource "aws_vpc_security_group_ingress_rule" "documents" {
  # checkov:skip=CKV_AWS_25: from groups of our own alone, to the endpoint of one service
  security_group_id            = aws_security_group.documents.id
  description                  = "Pods, narrowed by the network policy to-documents"
  referenced_security_group_id = local.cluster.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 1024
  to_port                      = 65535
}
