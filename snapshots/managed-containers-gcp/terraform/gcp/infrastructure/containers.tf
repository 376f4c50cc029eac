# The services on Cloud Run. What a release changes, the image, is the pipeline's (scripts/deploy); all else is here.

locals {
  container_services = { for name, size in var.containers.services : name => merge(size, var.services[name], local.container_kinds[name]) }

  # How a service is reached: by the load balancer, by the others of the project, or by its queue alone.
  container_kinds = {
    api     = { kind = "http", public = true }
    indexer = { kind = "worker", public = false }
  }
}

resource "google_cloud_run_v2_service" "service" {
  for_each = local.container_services

  name                = "${local.name}-${each.key}"
  location            = var.region
  deletion_protection = var.protected
  labels              = { component = "containers", service = each.key }

  # Nothing but the load balancer, or what is in the project's network, gets as far as the question who asks.
  ingress              = each.value.public ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : "INGRESS_TRAFFIC_INTERNAL_ONLY"
  default_uri_disabled = each.value.public
  invoker_iam_disabled = each.value.public # the load balancer signs no request; people are told apart by the service

  template {
    service_account                  = google_service_account.service[each.key].email
    max_instance_request_concurrency = each.value.concurrency
    timeout                          = "${each.value.timeout_s}s"
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    encryption_key                   = google_kms_crypto_key.purpose["containers"].id
    labels                           = { component = "containers", service = each.key }

    scaling {
      min_instance_count = each.value.min
      max_instance_count = each.value.pods_max
    }

    # All of it, so that the way out is the network's: private addresses, NAT with logs.
    vpc_access {
      egress = "ALL_TRAFFIC"

      network_interfaces {
        network    = local.network
        subnetwork = google_compute_subnetwork.tasks.id
      }
    }

    containers {
      # Google's sample, until the first release.
      image = "us-docker.pkg.dev/cloudrun/container/hello"

      ports {
        container_port = 8080
      }

      resources {
        limits            = { cpu = tostring(each.value.vcpu), memory = "${each.value.memory_mib}Mi" }
        cpu_idle          = true # between requests there is nothing to do, nor to pay for
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = merge(local.endpoints, { SERVICE = each.key })

        content {
          name  = env.key
          value = env.value
        }
      }

      # Read when an instance starts: a new value is taken by the next release.
      dynamic "env" {
        for_each = each.value.secrets

        content {
          name = upper(replace(env.value, "-", "_"))

          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.secret[env.value].secret_id
              version = "latest"
            }
          }
        }
      }

      # Up to 1 min to load code and warm the pools.
      startup_probe {
        period_seconds    = 2
        failure_threshold = 30
        timeout_seconds   = 1

        http_get {
          path = "/startup"
        }
      }

      # Is the process stuck; touches nothing outside of it.
      liveness_probe {
        period_seconds    = 10
        failure_threshold = 6
        timeout_seconds   = 3

        http_get {
          path = "/live"
        }
      }
    }

    # Takes traces and metrics of the instance on its own loopback.
    containers {
      name  = "datadog"
      image = "gcr.io/datadoghq/serverless-init:1.9.6"

      resources {
        limits = { cpu = tostring(var.datadog.agent.vcpu), memory = "${var.datadog.agent.memory_mib}Mi" }
      }

      dynamic "env" {
        for_each = { DD_ENV = var.environment, DD_SERVICE = each.key, DD_SITE = var.datadog.site, DD_HEALTH_PORT = "5555" }

        content {
          name  = env.key
          value = env.value
        }
      }

      env {
        name = "DD_API_KEY"

        value_source {
          secret_key_ref {
            secret  = google_secret_manager_secret.datadog.secret_id
            version = "latest"
          }
        }
      }

      startup_probe {
        period_seconds    = 2
        failure_threshold = 10

        tcp_socket {
          port = 5555
        }
      }
    }
  }

  lifecycle {
    # A release's: the image, who set it, and which revision serves after a rollback.
    ignore_changes = [template[0].containers[0].image, client, client_version, traffic]
  }

  # A revision starts before it serves, and reads its secrets and its key then.
  depends_on = [google_kms_crypto_key_iam_member.user, google_secret_manager_secret_iam_member.reader, google_secret_manager_secret_version.first, google_secret_manager_secret_iam_member.datadog, google_secret_manager_secret_version.datadog]
}

locals {
  # Services call one another as themselves; each may call every other one that answers requests inside.
  container_calls = merge([
    for to, target in local.container_kinds : {
      for from in keys(local.container_kinds) : "${from}/${to}" => { from = from, to = to } if from != to && target.kind == "http" && !target.public
    }
  ]...)
}

resource "google_cloud_run_v2_service_iam_member" "call" {
  for_each = local.container_calls

  name     = google_cloud_run_v2_service.service[each.value.to].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.service[each.value.from].member
}

# Pub/Sub pushes as this account; it may call the workers and nothing else.
resource "google_service_account" "pusher" {
  account_id   = local.account_ids["pusher"]
  display_name = "Queues of ${local.name} calling their workers"
}

resource "google_service_account_iam_member" "pusher" {
  service_account_id = google_service_account.pusher.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_project_service_identity.producer["pubsub"].member
}

resource "google_cloud_run_v2_service_iam_member" "pusher" {
  for_each = { for name, service in local.container_services : name => service if length(service.consumes) > 0 }

  name     = google_cloud_run_v2_service.service[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.pusher.member
}

# Schema changes: a job that a person or the pipeline starts, and that runs to its end (scripts/migrate).
resource "google_cloud_run_v2_job" "migrator" {
  name                = "${local.name}-migrator"
  location            = var.region
  deletion_protection = var.protected
  labels              = { component = "containers" }

  template {
    template {
      service_account = google_service_account.migrator.email
      max_retries     = 0 # a change that stopped half-way is for a person to look at
      timeout         = "3600s"
      encryption_key  = google_kms_crypto_key.purpose["containers"].id

      vpc_access {
        egress = "ALL_TRAFFIC"

        network_interfaces {
          network    = local.network
          subnetwork = google_compute_subnetwork.tasks.id
        }
      }

      containers {
        image = "us-docker.pkg.dev/cloudrun/container/job"

        resources {
          limits = { cpu = "1", memory = "1024Mi" }
        }

        # A change of the schema goes past the pool, whose connections it would take from one statement to the next.
        dynamic "env" {
          for_each = { for key, value in local.endpoints : key => value if !startswith(key, "DATABASE_PORT_") }

          content {
            name  = env.key
            value = env.value
          }
        }
      }
    }
  }

  lifecycle {
    ignore_changes = [template[0].template[0].containers[0].image, client, client_version]
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # it is encrypted from the first execution on
}
