locals {
  # Blocks of var.network.cidr; what is left over is for what comes later.
  tasks_cidr   = cidrsubnet(var.network.cidr, 4, 0) # /20: Cloud Run takes two addresses an instance, in blocks of sixteen
  managed_cidr = cidrsubnet(var.network.cidr, 2, 1) # /18: managed databases take a /24 of it by region and edition

  # Google's APIs by way of addresses that never leave its network, so that policies and firewalls can name them.
  google_api_domains   = ["googleapis.com", "pkg.dev", "run.app"]
  google_api_addresses = ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"] # private.googleapis.com
}

resource "google_compute_network" "main" {
  name                    = local.name
  auto_create_subnetworks = false
  routing_mode            = "REGIONAL"
  deletion_policy         = local.deletion_policy
}

locals {
  network = google_compute_network.main.id
}

resource "google_compute_subnetwork" "tasks" {
  name                     = "${local.name}-tasks"
  network                  = local.network
  ip_cidr_range            = local.tasks_cidr
  private_ip_google_access = true
  deletion_policy          = local.deletion_policy

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_router" "main" {
  name    = local.name
  network = local.network
}

# Cloud NAT is distributed over the zones by itself: one is enough, in prod too.
resource "google_compute_router_nat" "main" {
  name                               = local.name
  router                             = google_compute_router.main.name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"
  # A busy instance may hold many connections to one address; dynamic ports rule out endpoint-independent mapping.
  enable_dynamic_port_allocation      = true
  enable_endpoint_independent_mapping = false
  min_ports_per_vm                    = 64
  max_ports_per_vm                    = 4096

  subnetwork {
    name                    = google_compute_subnetwork.tasks.id
    source_ip_ranges_to_nat = ["PRIMARY_IP_RANGE"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

resource "google_dns_managed_zone" "google_api" {
  for_each = toset(local.google_api_domains)

  name        = "${local.name}-${replace(each.key, ".", "-")}"
  dns_name    = "${each.key}."
  description = "Google's APIs by private addresses"
  visibility  = "private"
  labels      = { component = "network" }

  private_visibility_config {
    networks {
      network_url = local.network
    }
  }
}

resource "google_dns_record_set" "google_api" {
  for_each = google_dns_managed_zone.google_api

  managed_zone = each.value.name
  name         = each.value.dns_name
  type         = "A"
  ttl          = 300
  rrdatas      = local.google_api_addresses
}

resource "google_dns_record_set" "google_api_names" {
  for_each = google_dns_managed_zone.google_api

  managed_zone = each.value.name
  name         = "*.${each.value.dns_name}"
  type         = "CNAME"
  ttl          = 300
  rrdatas      = [each.value.dns_name]
}

resource "google_compute_global_address" "managed" {
  name          = "${local.name}-managed"
  network       = local.network
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  address       = split("/", local.managed_cidr)[0]
  prefix_length = tonumber(split("/", local.managed_cidr)[1])
}

resource "google_service_networking_connection" "managed" {
  network                 = local.network
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.managed.name]
  # The producer keeps the peering for days after the last database has gone; dev must be able to go down at once.
  deletion_policy = "ABANDON"
}

# Nothing calls into the network: services answer the load balancer by Google's own way. What tries ends here, and is seen.
resource "google_compute_firewall" "deny_ingress" {
  name          = "${local.name}-deny-ingress"
  network       = local.network
  direction     = "INGRESS"
  priority      = 65534
  source_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}
