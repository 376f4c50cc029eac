# Services as functions: Cloud Run by image. Cloud Run functions are the same underneath, but build from source while Terraform runs;
# by image there is one build, one scan, one digest that moves from environment to environment. What a release changes, the image and
# the traffic, is the pipeline's; all else is here.

locals {
  function_services = { for name, size in var.functions.services : name => merge(var.services[name], size) }

  # Only those that reach a database or the cache have an address in the network: the others start faster without one.
  private_functions = toset([for name, service in local.function_services : name if length(service.keyspaces) > 0 || service.cache])

  function_environment = { for name, service in local.function_services : name => { for key, value in merge(
    { SERVICE = name, ENVIRONMENT = var.environment, PROJECT_ID = var.project_id, REGION = var.region },
    service.cache ? { CACHE_ENDPOINT = "${google_memorystore_instance.main.endpoints[0].connections[0].psc_auto_connection[0].ip_address}:${google_memorystore_instance.main.endpoints[0].connections[0].psc_auto_connection[0].port}" } : {},
    { for keyspace, database in local.databases : "DATABASE_HOST_${keyspace}" => database.host if contains(service.keyspaces, keyspace) },
    { for keyspace, database in local.databases : "DATABASE_READ_HOSTS_${keyspace}" => join(",", database.read_hosts) if contains(service.keyspaces, keyspace) },
    { for keyspace, database in local.databases : "DATABASE_PORT_${keyspace}" => tostring(database.port) if contains(service.keyspaces, keyspace) },
    { for topic in service.produces : "TOPIC_${topic}" => google_pubsub_topic.topic[topic].name },
    { for bucket, objects in google_storage_bucket.main : "BUCKET_${bucket}" => objects.name if contains(keys(local.bucket_users), "${name}/${bucket}") },
    { for zone, bucket in google_storage_bucket.lake : "LAKE_${zone}" => bucket.name },
    # By name: a service reads its secrets as itself, and a new version needs no new revision.
    { for secret in service.secrets : "SECRET_${secret}" => google_secret_manager_secret.secret[secret].secret_id },
  ) : replace(upper(key), "-", "_") => value } }
}

resource "google_cloud_run_v2_service" "function" {
  for_each = local.function_services

  name                = "${local.name}-${each.key}"
  location            = var.region
  description         = "Service ${each.key}"
  deletion_protection = var.protected
  labels              = { component = "functions" }
  ingress             = "INGRESS_TRAFFIC_INTERNAL_ONLY"

  template {
    service_account                  = google_service_account.service[each.key].email
    encryption_key                   = google_kms_crypto_key.purpose["functions"].id
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    timeout                          = "${each.value.timeout_s}s"
    max_instance_request_concurrency = each.value.requests_per_instance

    scaling {
      min_instance_count = each.value.min
      # Its share of the project, and the most connections that the databases see of it.
      max_instance_count = each.value.pods_max
    }

    dynamic "vpc_access" {
      for_each = contains(local.private_functions, each.key) ? [google_compute_subnetwork.tasks.id] : []

      content {
        egress = "PRIVATE_RANGES_ONLY"

        network_interfaces {
          network    = local.network
          subnetwork = vpc_access.value
          tags       = ["${local.name}-function"]
        }
      }
    }

    containers {
      # Google's placeholder until the first release: Cloud Run makes no service without an image.
      image = "us-docker.pkg.dev/cloudrun/container/hello"

      resources {
        limits            = { cpu = tostring(each.value.vcpu), memory = "${each.value.memory_mib}Mi" }
        cpu_idle          = true # paid for while it works
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.function_environment[each.key]

        content {
          name  = env.key
          value = env.value
        }
      }
    }
  }

  lifecycle {
    # A release is the pipeline's: it deploys a revision and moves the traffic to it.
    ignore_changes = [client, client_version, template[0].containers[0].image, template[0].revision, traffic]
  }

  # A revision is refused a key that it cannot use.
  depends_on = [google_kms_crypto_key_iam_member.user]
}

# Who hands messages and steps over. The functions take them from nobody else.
resource "google_service_account" "caller" {
  account_id   = local.account_ids["caller"]
  display_name = "Calls the functions of ${local.name}"
}

resource "google_cloud_run_v2_service_iam_member" "function" {
  for_each = toset(["ingest", "process", "publish"])

  name     = google_cloud_run_v2_service.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.caller.member
}

# Pub/Sub pushes as the caller, and makes its tokens.
resource "google_service_account_iam_member" "caller" {
  service_account_id = google_service_account.caller.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_project_service_identity.producer["pubsub"].member
}

locals {
  function_alerts = merge(
    { for name, service in local.function_services : "function-errors-${name}" => {
      summary   = "Calls of ${name} fail"
      metric    = "run.googleapis.com/request_count"
      resource  = "cloud_run_revision"
      where     = "resource.labels.service_name = \"${local.name}-${name}\" AND metric.labels.response_code_class = \"5xx\""
      runbook   = "function-errors"
      aligner   = "ALIGN_DELTA"
      threshold = service.alarms.errors_1m
      severity  = "ERROR"
    } },
    { for name, service in local.function_services : "function-duration-${name}" => {
      summary   = "Calls of ${name} take nearly as long as they may"
      metric    = "run.googleapis.com/request_latencies"
      resource  = "cloud_run_revision"
      where     = "resource.labels.service_name = \"${local.name}-${name}\""
      runbook   = "function-duration"
      aligner   = "ALIGN_PERCENTILE_99"
      threshold = service.alarms.duration_ms
      severity  = "WARNING"
    } },
    { for name, service in local.function_services : "function-instances-${name}" => {
      summary   = "${name} is near the instances that it may have"
      metric    = "run.googleapis.com/container/instance_count"
      resource  = "cloud_run_revision"
      where     = "resource.labels.service_name = \"${local.name}-${name}\" AND metric.labels.state = \"active\""
      runbook   = "function-throttles"
      aligner   = "ALIGN_MAX"
      threshold = service.alarms.concurrency
      severity  = "WARNING"
    } if service.alarms.concurrency != null },
  )
}
