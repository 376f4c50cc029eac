locals {
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
  #checkov:skip=CKV_GCP_12:Autopilot always has Dataplane V2, which enforces network policies
  #checkov:skip=CKV_GCP_61:Autopilot always has intranode visibility, the subnet has flow logs
  #checkov:skip=CKV_GCP_69:Autopilot always has the metadata server
  name     = local.name
  location = var.region
  # A regional control plane; dev keeps its nodes in one zone.
  node_locations      = var.cluster.zones
  deletion_protection = var.protected
  resource_labels     = { component = "cluster" }

  network    = local.network
  subnetwork = google_compute_subnetwork.nodes.id

  enable_autopilot = true

  # Autopilot makes the nodes: what they run as and encrypt with.
  cluster_autoscaling {
    auto_provisioning_defaults {
      service_account   = google_service_account.node.email
      oauth_scopes      = ["https://www.googleapis.com/auth/cloud-platform"]
      boot_disk_kms_key = google_kms_crypto_key.purpose["cluster"].id
    }
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
    gke_backup_agent_config {
      enabled = var.dr.cluster_region != null
    }
  }

  lifecycle {
    precondition {
      condition     = !var.protected || length(var.cluster.zones) >= 3
      error_message = "A protected environment spreads its nodes over three zones."
    }
  }

  # The control plane encrypts with the key, and the default pool runs as the account, while the cluster is created.
  depends_on = [google_kms_crypto_key_iam_member.user, google_service_account_iam_member.node_user]
}
