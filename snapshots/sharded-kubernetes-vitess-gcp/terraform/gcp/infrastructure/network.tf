locals {
  # Blocks of var.network.cidr; what is left over is for what comes later.
  nodes_cidr    = cidrsubnet(var.network.cidr, 4, 0)  # /20: 4,092 nodes, internal load balancers, Kafka endpoints
  services_cidr = cidrsubnet(var.network.cidr, 4, 1)  # /20
  cache_cidr    = cidrsubnet(var.network.cidr, 8, 32) # /24: Private Service Connect endpoints

  # Google's APIs by way of addresses that never leave its network, so that policies on the cluster can name them.
  google_api_domains   = ["googleapis.com", "pkg.dev"]
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

resource "google_compute_subnetwork" "nodes" {
  name                     = "${local.name}-nodes"
  network                  = local.network
  ip_cidr_range            = local.nodes_cidr
  private_ip_google_access = true
  deletion_policy          = local.deletion_policy

  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = var.network.pods_cidr
  }

  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = local.services_cidr
  }

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_subnetwork" "cache" {
  name                     = "${local.name}-cache"
  network                  = local.network
  ip_cidr_range            = local.cache_cidr
  private_ip_google_access = true

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
  # A busy node may hold many connections to one address; dynamic ports rule out endpoint-independent mapping.
  enable_dynamic_port_allocation      = true
  enable_endpoint_independent_mapping = false
  min_ports_per_vm                    = 64
  max_ports_per_vm                    = 4096

  subnetwork {
    name                     = google_compute_subnetwork.nodes.id
    source_ip_ranges_to_nat  = ["PRIMARY_IP_RANGE", "LIST_OF_SECONDARY_IP_RANGES"]
    secondary_ip_range_names = ["pods"]
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

resource "google_network_connectivity_service_connection_policy" "cache" {
  name          = "${local.name}-cache"
  location      = var.region
  network       = local.network
  service_class = "gcp-memorystore"

  psc_config {
    subnetworks = [google_compute_subnetwork.cache.id]
  }
}

# GKE adds its own rules at priority 1000 (nodes to pods, control plane and load balancer to pods); what no rule
# allows ends here, and is seen.
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
