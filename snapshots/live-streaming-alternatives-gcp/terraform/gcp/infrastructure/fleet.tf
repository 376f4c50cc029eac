# Machines of their own for workers: one group on demand and one on spot for each service, over the zones of the nodes. A job that is cut
# short is seen again by another machine. Nobody logs in: no address outside, no key, OS Login alone.

locals {
  fleet_groups = merge([for name, fleet in var.fleet : {
    for kind, group in { steady = fleet.steady, spot = fleet.spot } : "${name}-${kind}" => merge(fleet, group, { service = name, kind = kind }) if group.max > 0
  }]...)

  fleet_environment = { for name, fleet in var.fleet : name => merge(
    { ENVIRONMENT = var.environment, REGION = var.region, PROJECT_ID = var.project_id, SLOTS = tostring(fleet.slots) },
    { for topic in var.services[name].consumes : "QUEUE_${upper(replace(topic, "-", "_"))}" => google_pubsub_subscription.topic[topic].name },
    { for topic in var.services[name].produces : "TOPIC_${upper(replace(topic, "-", "_"))}" => google_pubsub_topic.topic[topic].name },
    { CONSUME_TOPICS = join(",", var.services[name].consumes) },
    { for user in local.bucket_users : "BUCKET_${upper(replace(user.bucket, "-", "_"))}" => google_storage_bucket.main[user.bucket].name if user.service == name },
  ) }
}

# Jobs, memory and disk of each machine as series beside those of the pods, where the objectives' rules read them.
locals {
  # Not from Docker Hub: it refuses an address that asks a hundred times in six hours, and all machines have that of the way out.
  fleet_collector = "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib:0.153.0"
  fleet_telemetry = file("${path.module}/../../../observability/otel/machine.yaml")
}

resource "google_artifact_registry_repository_iam_member" "fleet" {
  for_each = var.fleet

  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.service[each.key].member
}

resource "google_project_iam_member" "fleet" {
  for_each = merge([for name in keys(var.fleet) : {
    for role in ["logging.logWriter", "monitoring.metricWriter"] : "${name}/${role}" => { service = name, role = "roles/${role}" }
  }]...)

  project = var.project_id
  role    = each.value.role
  member  = google_service_account.service[each.value.service].member
}

# Google's health checks; nothing else comes in.
resource "google_compute_firewall" "fleet_health" {
  name                    = "${local.name}-fleet-health"
  network                 = local.network
  direction               = "INGRESS"
  source_ranges           = ["35.191.0.0/16", "130.211.0.0/22"]
  target_service_accounts = [for name in keys(var.fleet) : google_service_account.service[name].email]

  allow {
    protocol = "tcp"
    ports    = ["8080"]
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_region_health_check" "fleet" {
  name                = "${local.name}-fleet"
  region              = var.region
  check_interval_sec  = 15
  timeout_sec         = 5
  healthy_threshold   = 1
  unhealthy_threshold = 4

  http_health_check {
    port         = 8080
    request_path = "/live"
  }

  log_config {
    enable = true
  }
}

resource "google_compute_region_instance_template" "fleet" {
  for_each = local.fleet_groups

  name_prefix  = "${substr("${local.name}-${each.key}", 0, 36)}-"
  region       = var.region
  machine_type = each.value.types[0]
  labels       = merge(local.labels, { component = "fleet", service = each.value.service })

  disk {
    boot         = true
    source_image = "projects/cos-cloud/global/images/family/cos-stable"
    disk_type    = "pd-balanced"
    disk_size_gb = each.value.disk_gib

    disk_encryption_key {
      kms_key_self_link = google_kms_crypto_key.purpose["cluster"].id
    }
  }

  network_interface {
    subnetwork = google_compute_subnetwork.nodes.id
  }

  service_account {
    email  = google_service_account.service[each.value.service].email
    scopes = ["cloud-platform"] # what it may do is IAM's to say
  }

  scheduling {
    provisioning_model          = each.value.kind == "spot" ? "SPOT" : "STANDARD"
    preemptible                 = each.value.kind == "spot"
    automatic_restart           = each.value.kind != "spot"
    on_host_maintenance         = each.value.kind == "spot" ? "TERMINATE" : "MIGRATE"
    instance_termination_action = each.value.kind == "spot" ? "STOP" : null
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  metadata = {
    enable-oslogin            = "TRUE"
    block-project-ssh-keys    = "TRUE"
    serial-port-enable        = "FALSE"
    google-logging-enabled    = "true"
    google-monitoring-enabled = "true"
    user-data = join("\n", ["#cloud-config", yamlencode({
      write_files = [
        {
          path        = "/etc/worker.env"
          permissions = "0640"
          content     = join("", [for key, value in local.fleet_environment[each.value.service] : "${key}=${value}\n"])
        },
        {
          path        = "/etc/systemd/system/worker.service"
          permissions = "0644"
          content     = <<-UNIT
            [Unit]
            Description=${each.value.service}
            Requires=docker.service
            After=docker.service network-online.target

            [Service]
            Environment=HOME=/home/chronos
            ExecStartPre=/usr/bin/docker-credential-gcr configure-docker --registries ${var.region}-docker.pkg.dev
            # The image that the group's metadata names, without a disk to write to and without rights.
            ExecStart=/bin/sh -c 'exec docker run --rm --name worker --network host --env-file /etc/worker.env --read-only --tmpfs /tmp:size=4g --cap-drop ALL --security-opt no-new-privileges --user 10001:10001 --stop-timeout ${each.value.drain_s} --log-driver gcplogs "$(curl -sf -H Metadata-Flavor:Google http://metadata.google.internal/computeMetadata/v1/instance/attributes/image)"'
            # A machine that is taken back is shut down by ACPI, which stops this first.
            ExecStop=/usr/bin/docker stop --time ${each.value.drain_s} worker
            TimeoutStopSec=${each.value.drain_s + 10}
            Restart=always
            RestartSec=5
          UNIT
        },
        {
          path        = "/etc/telemetry.yaml"
          permissions = "0644"
          content     = local.fleet_telemetry
        },
        {
          path        = "/etc/telemetry.env"
          permissions = "0644"
          content     = <<-ENV
            ENVIRONMENT=${var.environment}
            SERVICE=${each.value.service}
            PROJECT_ID=${var.project_id}
            CLUSTER_NAME=${local.cluster.name}
          ENV
        },
        {
          path        = "/etc/systemd/system/telemetry.service"
          permissions = "0644"
          content     = <<-UNIT
            [Unit]
            Description=Metrics of the worker and of the machine
            Requires=docker.service
            After=docker.service network-online.target

            [Service]
            # Sees the machine's files without the right to read more than anybody may.
            ExecStart=/bin/sh -c 'exec docker run --rm --name telemetry --network host --env-file /etc/telemetry.env --env MACHINE=$(hostname) --read-only --cap-drop ALL --security-opt no-new-privileges --user 10001:10001 --memory 256m -v /etc/telemetry.yaml:/etc/telemetry.yaml:ro -v /:/host:ro,rslave ${local.fleet_collector} --config=/etc/telemetry.yaml'
            ExecStop=/usr/bin/docker stop telemetry
            Restart=always
            RestartSec=15
          UNIT
        },
      ]
      runcmd = [
        # Google's health checks, and nobody else, reach the worker.
        ["iptables", "-A", "INPUT", "-p", "tcp", "--dport", "8080", "-j", "ACCEPT"],
        ["systemctl", "daemon-reload"],
        ["systemctl", "start", "worker", "telemetry"],
      ]
    })])
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # disks are encrypted from the first one on
}

resource "google_compute_region_instance_group_manager" "fleet" {
  for_each = local.fleet_groups

  name               = "${local.name}-${each.key}"
  region             = var.region
  base_instance_name = substr("${local.name}-${each.key}", 0, 54)
  deletion_policy    = "DELETE"

  distribution_policy_zones        = var.cluster.zones
  distribution_policy_target_shape = "BALANCED" # as even as capacity lets it be

  version {
    instance_template = google_compute_region_instance_template.fleet[each.key].self_link
  }

  # Several types of one size: more pools of capacity to draw from, the cheapest first.
  instance_flexibility_policy {
    dynamic "instance_selections" {
      for_each = { for rank, type in each.value.types : type => rank }

      content {
        name          = instance_selections.key
        machine_types = [instance_selections.key]
        rank          = instance_selections.value
      }
    }
  }

  # scripts/deploy writes the digest here and replaces the machines.
  all_instances_config {
    metadata = { image = "${google_artifact_registry_repository.images.registry_uri}/${each.value.service}:unset" }
  }

  auto_healing_policies {
    health_check      = google_compute_region_health_check.fleet.id
    initial_delay_sec = each.value.warmup_s * 2
  }

  update_policy {
    type                         = "PROACTIVE"
    minimal_action               = "REPLACE"
    replacement_method           = "SUBSTITUTE"
    instance_redistribution_type = "NONE" # what works stays where it is
    max_surge_fixed              = length(var.cluster.zones)
    max_unavailable_fixed        = 0
  }

  lifecycle {
    ignore_changes = [
      target_size,          # the autoscaler's
      all_instances_config, # the pipeline's
    ]
  }
}

# Jobs that nobody has acknowledged, in hand and waiting, for each machine; each group takes its share of them.
resource "google_compute_region_autoscaler" "fleet" {
  for_each = google_compute_region_instance_group_manager.fleet

  name            = each.value.name
  region          = var.region
  target          = each.value.id
  deletion_policy = "DELETE"

  autoscaling_policy {
    min_replicas    = local.fleet_groups[each.key].min
    max_replicas    = local.fleet_groups[each.key].max
    cooldown_period = local.fleet_groups[each.key].warmup_s

    dynamic "metric" {
      for_each = var.services[local.fleet_groups[each.key].service].consumes

      content {
        name                       = "pubsub.googleapis.com/subscription/num_undelivered_messages"
        filter                     = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.topic[metric.value].name}\""
        single_instance_assignment = local.fleet_groups[each.key].backlog
      }
    }

    # A tenth in ten minutes: a wave is followed by the next.
    scale_in_control {
      time_window_sec = 600

      max_scaled_in_replicas {
        percent = 10
      }
    }

    # An announced event: all machines are there before it begins, as spot capacity may take its time.
    scaling_schedules {
      name                  = "event"
      schedule              = local.fleet_groups[each.key].event.start
      duration_sec          = local.fleet_groups[each.key].event.duration_s
      time_zone             = local.fleet_groups[each.key].event.time_zone
      min_required_replicas = local.fleet_groups[each.key].machines
    }
  }
}

locals {
  fleet_alerts = merge([for name, fleet in var.fleet : {
    "fleet-cpu-${name}" = {
      summary   = "Machines of ${name} are busier than they were sized for"
      metric    = "compute.googleapis.com/instance/cpu/utilization"
      resource  = "gce_instance"
      where     = "metadata.user_labels.service = \"${name}\""
      runbook   = "fleet"
      threshold = 0.9
      severity  = "WARNING"
    }
    "fleet-disk-${name}" = {
      summary   = "Disks of machines of ${name} hold back writes"
      metric    = "compute.googleapis.com/instance/disk/throttled_write_ops_count"
      resource  = "gce_instance"
      where     = "metadata.user_labels.service = \"${name}\""
      runbook   = "fleet"
      threshold = 0
      severity  = "WARNING"
      aligner   = "ALIGN_RATE"
    }
    "fleet-network-${name}" = {
      summary   = "Machines of ${name} send more than a renditions' ladder is"
      metric    = "compute.googleapis.com/instance/network/sent_bytes_count"
      resource  = "gce_instance"
      where     = "metadata.user_labels.service = \"${name}\""
      runbook   = "fleet"
      threshold = fleet.network_bytes_s
      severity  = "WARNING"
      aligner   = "ALIGN_RATE" # the metric counts since the last look
    }
  }]...)
}

# The pipeline makes machines that act as the service.
resource "google_service_account_iam_member" "fleet_user" {
  for_each = var.fleet

  service_account_id = google_service_account.service[each.key].name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${local.account_ids["apply"]}@${var.project_id}.iam.gserviceaccount.com"
}
