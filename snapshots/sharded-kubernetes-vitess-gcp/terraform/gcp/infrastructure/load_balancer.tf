# The load balancer itself is the Gateway of kubernetes/base; here is what it refers to by name, and what has to exist
# before the first request.

resource "google_compute_global_address" "edge" {
  name   = "${local.name}-edge"
  labels = { component = "load-balancer" }
  # DNS and the allow lists of partners hang on it.
  deletion_policy = local.deletion_policy
}

locals {
  edge_hosts = {
    edge = var.domain
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

# Cloudflare's addresses are shared by all its customers: the certificate tells our zone from theirs. The Gateway has no
# field for the policy yet; docs/RUNBOOK.md#origin-pulls attaches it to the proxy that the Gateway made.
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
