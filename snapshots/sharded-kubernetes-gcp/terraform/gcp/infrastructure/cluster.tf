locals {
  pools = merge(var.cluster.pools, var.gpu.pools)

  nodes_max = sum([for pool in local.pools : pool.max_per_zone]) * length(var.cluster.zones)
  # A node takes a /24 of the pod range at 110 pods.
  nodes_addressable = pow(2, 24 - tonumber(split("/", var.network.pods_cidr)[1]))

  cluster = {
    id       = google_container_cluster.main.id
    name     = google_container_cluster.main.name
    location = google_container_cluster.main.location
  }
}

resource "google_service_account" "node" {
  account_id   = local.account_ids["node"]
  display_name = "GKE nodes of ${local.name}"
}

resource "google_project_iam_member" "node" {
  project = var.project_id
  role    = "roles/container.defaultNodeServiceAccount" # write logs and metrics, nothing else
  member  = google_service_account.node.member
}

# Whoever creates a pool has to be allowed to hand out its account.
resource "google_service_account_iam_member" "node_user" {
  service_account_id = google_service_account.node.name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${local.account_ids["apply"]}@${var.project_id}.iam.gserviceaccount.com" # made by ../bootstrap
}

resource "google_container_cluster" "main" {
  #checkov:skip=CKV_GCP_20:There is no IP endpoint to restrict; the DNS endpoint asks IAM
  #checkov:skip=CKV_GCP_65:People have no RBAC of their own; IAM lets them in, by role
  name     = local.name
  location = var.region
  # A regional control plane; dev keeps its nodes in one zone.
  node_locations      = var.cluster.zones
  deletion_protection = var.protected
  resource_labels     = { component = "cluster" }

  network    = local.network
  subnetwork = google_compute_subnetwork.nodes.id

  # The pools below are resources of their own: a pool inside of the cluster cannot be replaced without it.
  remove_default_node_pool = true
  initial_node_count       = 1

  node_config {
    service_account = google_service_account.node.email # the short-lived default pool must not run as the default account
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }

  networking_mode       = "VPC_NATIVE"
  datapath_provider     = "ADVANCED_DATAPATH"
  enable_shielded_nodes = true
  # Flow logs see pod to pod on one node too.
  enable_intranode_visibility = true

  network_policy {
    enabled = false # Dataplane V2 enforces policies itself; this is the old add-on
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = true
  }

  # One way in: the DNS endpoint, where IAM decides before a packet reaches the control plane. No address to scan, and
  # the pipeline needs neither a bastion nor a fixed address.
  control_plane_endpoints_config {
    dns_endpoint_config {
      allow_external_traffic = true
    }

    ip_endpoints_config {
      enabled = false
    }
  }

  workload_identity_config {
    workload_pool = "${var.project_id}.svc.id.goog"
  }

  database_encryption {
    state    = "ENCRYPTED"
    key_name = google_kms_crypto_key.purpose["cluster"].id
  }

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  release_channel {
    channel = var.cluster.release_channel
  }

  maintenance_policy {
    recurring_window {
      # The quietest hours, on Saturday and Sunday. GKE wants 48 h in 32 days.
      start_time = format("2026-01-03T%02d:00:00Z", var.maintenance.hour)
      end_time   = timeadd(format("2026-01-03T%02d:00:00Z", var.maintenance.hour), "${var.maintenance.window_h}h")
      recurrence = "FREQ=WEEKLY;BYDAY=SA,SU"
    }
  }

  gateway_api_config {
    channel = "CHANNEL_STANDARD"
  }

  cost_management_config {
    enabled = true
  }

  vertical_pod_autoscaling {
    enabled = true # recommendations beside the sized requests; nothing applies them
  }

  cluster_autoscaling {
    autoscaling_profile = "OPTIMIZE_UTILIZATION"
  }

  security_posture_config {
    mode               = "BASIC"
    vulnerability_mode = "VULNERABILITY_DISABLED" # images are scanned in the registry
  }

  # The project's policy decides; until somebody writes one it admits every image.
  binary_authorization {
    evaluation_mode = "PROJECT_SINGLETON_POLICY_ENFORCE"
  }

  logging_config {
    enable_components = ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "SCHEDULER", "CONTROLLER_MANAGER"]
  }

  monitoring_config {
    # What containers use. The state of objects is read by kube-state-metrics (../platform), for of limits and quotas these tell nothing.
    enable_components = ["SYSTEM_COMPONENTS", "CADVISOR"]

    managed_prometheus {
      enabled = true
    }

    advanced_datapath_observability_config {
      enable_metrics = true
      enable_relay   = false
    }
  }

  addons_config {
    dns_cache_config {
      enabled = true
    }

    gce_persistent_disk_csi_driver_config {
      enabled = true
    }

    gke_backup_agent_config {
      enabled = var.dr.cluster_region != null
    }
  }

  lifecycle {
    # Both describe the default pool, which is gone; GKE reports other values afterwards.
    ignore_changes = [initial_node_count, node_config]

    precondition {
      condition     = local.nodes_max <= local.nodes_addressable
      error_message = "The pod range holds ${local.nodes_addressable} nodes, the pools may grow to ${local.nodes_max}."
    }

    precondition {
      condition     = !var.protected || length(var.cluster.zones) >= 3
      error_message = "A protected environment spreads its nodes over three zones."
    }
  }

  # The control plane encrypts with the key, and the default pool runs as the account, while the cluster is created.
  depends_on = [google_kms_crypto_key_iam_member.user, google_service_account_iam_member.node_user]
}

resource "google_container_node_pool" "pool" {
  for_each = local.pools

  name           = each.key
  cluster        = local.cluster.id
  node_locations = var.cluster.zones

  initial_node_count = each.value.min_per_zone

  autoscaling {
    min_node_count = each.value.min_per_zone
    max_node_count = each.value.max_per_zone
    # Spot and GPU nodes come from wherever there are any; the others stay balanced over the zones.
    location_policy = each.value.spot || each.value.gpu != null ? "ANY" : "BALANCED"
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  upgrade_settings {
    strategy = "SURGE"
    # GPUs are too scarce to hold a spare one for an upgrade.
    max_surge       = each.value.gpu == null ? 1 : 0
    max_unavailable = each.value.gpu == null ? 0 : 1
  }

  node_config {
    machine_type      = each.value.machine_type
    spot              = each.value.spot
    image_type        = "COS_CONTAINERD"
    disk_size_gb      = each.value.disk_gib
    disk_type         = each.value.disk_type
    boot_disk_kms_key = google_kms_crypto_key.purpose["cluster"].id
    service_account   = google_service_account.node.email
    # The scope is wide because IAM on the account above is narrow; scopes are not an access control any more.
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    labels          = { pool = each.key }
    resource_labels = merge(local.labels, { component = "cluster", pool = each.key })
    metadata        = { disable-legacy-endpoints = "true" }

    gvnic {
      enabled = true
    }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    dynamic "guest_accelerator" {
      for_each = each.value.gpu[*]

      content {
        type  = guest_accelerator.value.type
        count = guest_accelerator.value.count

        gpu_driver_installation_config {
          gpu_driver_version = "DEFAULT"
        }
      }
    }

    # Capacity bought ahead is used first; without a name any that fits.
    dynamic "reservation_affinity" {
      for_each = each.value.reservation[*]

      content {
        consume_reservation_type = "SPECIFIC_RESERVATION"
        key                      = "compute.googleapis.com/reservation-name"
        values                   = [reservation_affinity.value]
      }
    }

    dynamic "taint" {
      for_each = each.value.taint[*]

      content {
        key    = "pool"
        value  = taint.value
        effect = "NO_SCHEDULE"
      }
    }
  }

  lifecycle {
    # The autoscaler owns the count; a changed first count would replace the pool.
    ignore_changes = [initial_node_count]
  }
}
