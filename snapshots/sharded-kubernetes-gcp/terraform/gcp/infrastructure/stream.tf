locals {
  # Pods of the largest service that consumes a topic, at its maximum: each service is a group, and reads all partitions.
  topic_consumers = {
    for topic in keys(var.stream.topics) : topic => max(concat([0], [
      for service in var.services : service.pods_max if contains(service.consumes, topic)
    ])...)
  }

  kafka_bootstrap = "bootstrap.${google_managed_kafka_cluster.main.cluster_id}.${var.region}.managedkafka.${var.project_id}.cloud.goog:9092"

  kafka_principal = { for service, account in google_service_account.service : service => "User:${account.email}" }

  # KEDA compares the group's offsets with the topic's end.
  scaler_principal = "User:${google_service_account.scaler.email}"

  # Who may do what with a topic. A topic without an entry is open to everyone who may connect, so each has one.
  topic_grants = {
    for topic in keys(var.stream.topics) : topic => flatten([
      for service, needs in var.services : concat(
        [for operation in ["WRITE", "DESCRIBE"] : { operation = operation, principal = local.kafka_principal[service] } if contains(needs.produces, topic)],
        [for operation in ["READ", "DESCRIBE"] : { operation = operation, principal = local.kafka_principal[service] } if contains(needs.consumes, topic)],
        [for operation in ["DESCRIBE"] : { operation = operation, principal = local.scaler_principal } if contains(needs.consumes, topic)],
      )
    ])
  }
}

resource "google_managed_kafka_cluster" "main" {
  cluster_id      = local.name
  location        = var.region
  deletion_policy = local.deletion_policy
  labels          = { component = "stream" }

  capacity_config {
    vcpu_count   = var.stream.vcpu
    memory_bytes = var.stream.memory_gib * pow(1024, 3)
  }

  rebalance_config {
    mode = "AUTO_REBALANCE_ON_SCALE_UP"
  }

  gcp_config {
    kms_key = google_kms_crypto_key.purpose["stream"].id

    access_config {
      network_configs {
        subnet = google_compute_subnetwork.nodes.id
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # the disks are encrypted as they are made
}

resource "google_managed_kafka_topic" "topic" {
  for_each = var.stream.topics

  topic_id           = each.key
  cluster            = google_managed_kafka_cluster.main.cluster_id
  location           = var.region
  partition_count    = each.value.partitions
  replication_factor = each.value.replication
  deletion_policy    = local.deletion_policy

  configs = {
    "min.insync.replicas" = tostring(each.value.min_insync) # with acks=all no acknowledged message is lost with one broker
    "retention.ms"        = tostring(each.value.retention_hours * 3600 * 1000)
    "compression.type"    = "producer"
  }

  lifecycle {
    precondition {
      condition     = each.value.partitions >= local.topic_consumers[each.key]
      error_message = "${each.key}: ${local.topic_consumers[each.key]} consumers at the maximum, ${each.value.partitions} partitions; the rest would idle."
    }
  }
}

resource "google_managed_kafka_acl" "topic" {
  for_each = local.topic_grants

  acl_id   = "topic/${each.key}"
  cluster  = google_managed_kafka_cluster.main.cluster_id
  location = var.region

  dynamic "acl_entries" {
    for_each = each.value

    content {
      principal       = acl_entries.value.principal
      operation       = acl_entries.value.operation
      permission_type = "ALLOW"
      host            = "*"
    }
  }
}

# A consumer group is named after its service.
resource "google_managed_kafka_acl" "group" {
  for_each = toset([for service, needs in var.services : service if length(needs.consumes) > 0])

  acl_id   = "consumerGroup/${each.key}"
  cluster  = google_managed_kafka_cluster.main.cluster_id
  location = var.region

  acl_entries {
    principal       = local.kafka_principal[each.key]
    operation       = "READ"
    permission_type = "ALLOW"
    host            = "*"
  }

  acl_entries {
    principal       = local.scaler_principal
    operation       = "DESCRIBE"
    permission_type = "ALLOW"
    host            = "*"
  }
}
