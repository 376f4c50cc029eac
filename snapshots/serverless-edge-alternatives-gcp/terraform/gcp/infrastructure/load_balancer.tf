# The global external application load balancer: the only way to the services.

resource "google_compute_global_address" "edge" {
  name   = "${local.name}-edge"
  labels = { component = "load-balancer" }
  # DNS and the allow lists of partners hang on it.
  deletion_policy = local.deletion_policy
}

locals {
  edge_hosts = {
    edge = "origin.${var.domain}"
  }
}

resource "google_compute_ssl_policy" "edge" {
  name            = "${local.name}-edge"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2" # 1.3 is spoken where the client can; uptime checks may not
}

resource "google_certificate_manager_dns_authorization" "edge" {
  for_each = local.edge_hosts

  name   = "${local.name}-${each.key}"
  domain = each.value
  labels = { component = "load-balancer" }
}

resource "google_certificate_manager_certificate" "edge" {
  # The old certificate serves until the new one is there, so two hosts cannot share a name.
  name   = "${local.name}-${substr(sha256(join(",", values(local.edge_hosts))), 0, 8)}"
  labels = { component = "load-balancer" }

  managed {
    domains            = values(local.edge_hosts)
    dns_authorizations = [for authorization in google_certificate_manager_dns_authorization.edge : authorization.id]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_certificate_manager_certificate_map" "edge" {
  name   = "${local.name}-edge"
  labels = { component = "load-balancer" }
}

resource "google_certificate_manager_certificate_map_entry" "edge" {
  for_each = local.edge_hosts

  name         = "${local.name}-${each.key}"
  map          = google_certificate_manager_certificate_map.edge.name
  hostname     = each.value
  certificates = [google_certificate_manager_certificate.edge.id]
  labels       = { component = "load-balancer" }
}

# Cloudflare's addresses are shared by all its customers: the certificate tells our zone from theirs. The proxy
# below asks for it once a CA is given.
resource "google_certificate_manager_trust_config" "origin_pull" {
  count = var.load_balancer.origin_pull_ca_pem == null ? 0 : 1

  name     = "${local.name}-origin-pull"
  location = "global"
  labels   = { component = "load-balancer" }

  trust_stores {
    trust_anchors {
      pem_certificate = var.load_balancer.origin_pull_ca_pem
    }
  }
}

resource "google_network_security_server_tls_policy" "origin_pull" {
  count = length(google_certificate_manager_trust_config.origin_pull)

  name     = "${local.name}-origin-pull"
  location = "global"
  labels   = { component = "load-balancer" }

  mtls_policy {
    client_validation_mode         = "REJECT_INVALID"
    client_validation_trust_config = google_certificate_manager_trust_config.origin_pull[0].id
  }
}

locals {
  # The first service answers what no other one claims.
  routes = {
    web = []
  }
}

resource "google_compute_region_network_endpoint_group" "service" {
  for_each = local.routes

  name                  = "${local.name}-${each.key}"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloud_run_v2_service.function[each.key].name
  }
}

resource "google_compute_backend_service" "service" {
  for_each = local.routes

  name                  = "${local.name}-svc-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.edge.id

  backend {
    group = google_compute_region_network_endpoint_group.service[each.key].id
  }

  log_config {
    enable      = true
    sample_rate = var.functions.log_sample
  }
}

resource "google_compute_url_map" "edge" {
  name            = "${local.name}-edge"
  default_service = google_compute_backend_service.service["web"].id

  host_rule {
    hosts        = ["*"]
    path_matcher = "services"
  }

  path_matcher {
    name            = "services"
    default_service = google_compute_backend_service.service["web"].id

    dynamic "path_rule" {
      for_each = { for service, paths in local.routes : service => paths if length(paths) > 0 }

      content {
        paths   = path_rule.value
        service = google_compute_backend_service.service[path_rule.key].id
      }
    }
  }
}

resource "google_compute_target_https_proxy" "edge" {
  name              = "${local.name}-edge"
  url_map           = google_compute_url_map.edge.id
  certificate_map   = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.edge.id}"
  ssl_policy        = google_compute_ssl_policy.edge.id
  quic_override     = "ENABLE"
  server_tls_policy = one(google_network_security_server_tls_policy.origin_pull[*].id)
}

resource "google_compute_global_forwarding_rule" "edge" {
  name                  = "${local.name}-edge"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.edge.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.edge.id
  labels                = { component = "load-balancer" }
}
