# Cloud CDN on a load balancer of its own, in front of the Gateway: the Gateway's backends have no field for caching.
# Users and the WAF meet here; the Gateway is the origin and lets in nobody else (waf.tf).

resource "google_compute_global_address" "front" {
  name   = "${local.name}-front"
  labels = { component = "cdn" }
  # DNS and the allow lists of partners hang on it.
  deletion_policy = local.deletion_policy
}

resource "google_compute_global_network_endpoint_group" "origin" {
  name                  = "${local.name}-origin"
  network_endpoint_type = "INTERNET_FQDN_PORT" # with the name comes SNI, and the check of the origin's certificate
  default_port          = 443
}

resource "google_compute_global_network_endpoint" "origin" {
  global_network_endpoint_group = google_compute_global_network_endpoint_group.origin.id
  fqdn                          = local.edge_hosts.origin
  port                          = 443
}

resource "google_compute_security_policy" "front" {
  #checkov:skip=CKV_GCP_73:cve-canary is among local.waf_rules, where the scanner does not look
  name   = "${local.name}-front"
  type   = "CLOUD_ARMOR"
  labels = { component = "waf" }

  advanced_options_config {
    json_parsing = "STANDARD"
    log_level    = "VERBOSE"
  }

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable          = true
      rule_visibility = "STANDARD"
    }
  }

  dynamic "rule" {
    for_each = local.waf_rules

    content {
      priority    = 1000 + rule.key
      description = rule.value
      action      = "deny(403)"
      preview     = var.waf.preview

      match {
        expr {
          # Not where media come in: to rules about text a body of it looks like anything, sooner or later.
          expression = "!request.path.startsWith('/ingest/') && evaluatePreconfiguredWaf('${rule.value}', {'sensitivity': ${var.waf.sensitivity}})"
        }
      }
    }
  }

  rule {
    priority    = 2147483647
    description = "Anyone, within the rate of one client"
    action      = "throttle"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = var.cdn.requests_per_client_10s
        interval_sec = 10
      }
    }
  }
}

resource "google_compute_backend_service" "dynamic" {
  name                    = "${local.name}-dynamic"
  description             = "What the services answer is cached only as they say"
  load_balancing_scheme   = "EXTERNAL_MANAGED"
  protocol                = "HTTPS"
  security_policy         = google_compute_security_policy.front.id
  enable_cdn              = true
  compression_mode        = "AUTOMATIC"
  custom_response_headers = ["Strict-Transport-Security: max-age=${var.cdn.hsts_s}; includeSubDomains"]

  backend {
    group = google_compute_global_network_endpoint_group.origin.id
  }

  cdn_policy {
    cache_mode                   = "USE_ORIGIN_HEADERS"
    serve_while_stale            = var.cdn.public_ttl_s
    signed_url_cache_max_age_sec = 0
    request_coalescing           = true

    cache_key_policy {
      include_host         = true
      include_protocol     = true
      include_query_string = true
    }
  }

  log_config {
    enable      = true
    sample_rate = var.cdn.log_sample
  }
}

locals {
  # The first matching path wins; the rest is cached as the services say.
  cached_paths = {
    static = { path = "/static/*", description = "Names carry a hash of the content: a new version has a new name", ttl_s = var.cdn.static_ttl_s, query = null }
    media  = { path = "/media/*", description = "May be replaced under its name; width and quality are part of the key", ttl_s = var.cdn.media_ttl_s, query = ["q", "w"] }
  }
}

# Private buckets: the load balancer asks as itself, and public access prevention stays on.
resource "google_compute_backend_bucket" "path" {
  for_each = local.cached_paths

  name                    = "${local.name}-${each.key}"
  description             = each.value.description
  bucket_name             = google_storage_bucket.main["assets"].name
  enable_cdn              = true
  compression_mode        = "AUTOMATIC"
  custom_response_headers = ["Strict-Transport-Security: max-age=${var.cdn.hsts_s}; includeSubDomains"]

  cdn_policy {
    cache_mode                   = "FORCE_CACHE_ALL"
    default_ttl                  = each.value.ttl_s
    client_ttl                   = each.value.ttl_s
    serve_while_stale            = 86400
    signed_url_cache_max_age_sec = 0
    request_coalescing           = true
    negative_caching             = true

    negative_caching_policy {
      code = 404
      ttl  = var.cdn.negative_ttl_s
    }

    dynamic "cache_key_policy" {
      for_each = each.value.query == null ? [] : [each.value.query]

      content {
        query_string_whitelist = cache_key_policy.value
      }
    }
  }
}

resource "google_storage_bucket_iam_member" "cdn" {
  bucket = google_storage_bucket.main["assets"].name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:service-${data.google_project.current.number}@https-lb.iam.gserviceaccount.com"

  depends_on = [google_compute_backend_bucket.path] # the load balancer's identity appears with its first bucket
}

# Connections that stay open: nothing to keep, and none is cut while an event lasts.
resource "google_compute_backend_service" "sockets" {
  name                  = "${local.name}-sockets"
  description           = "WebSockets"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.front.id
  timeout_sec           = var.cdn.socket_s

  backend {
    group = google_compute_global_network_endpoint_group.origin.id
  }

  log_config {
    enable      = true
    sample_rate = var.cdn.log_sample
  }
}

# HLS and its low-latency form. A playlist is another one with every part; what it names never changes. What the cache answers
# passes no security policy, and what viewers ask for has no body, no cookie and no user.
resource "google_compute_backend_service" "playlist" {
  name                    = "${local.name}-playlist"
  description             = "One playlist for all viewers, who wait for its next part together"
  load_balancing_scheme   = "EXTERNAL_MANAGED"
  protocol                = "HTTPS"
  security_policy         = google_compute_security_policy.front.id
  timeout_sec             = var.cdn.origin_timeout_s
  enable_cdn              = true
  compression_mode        = "AUTOMATIC"
  custom_response_headers = ["Strict-Transport-Security: max-age=${var.cdn.hsts_s}; includeSubDomains"]

  backend {
    group = google_compute_global_network_endpoint_group.origin.id
  }

  cdn_policy {
    cache_mode                   = "FORCE_CACHE_ALL"
    default_ttl                  = var.cdn.video.playlist_ttl_s
    client_ttl                   = var.cdn.video.playlist_ttl_s
    signed_url_cache_max_age_sec = 0
    request_coalescing           = true
    negative_caching             = true

    negative_caching_policy {
      code = 404
      ttl  = var.cdn.video.negative_ttl_s
    }

    # Which segment and part a player waits for, and whether it takes a delta: anything else in a query is noise.
    cache_key_policy {
      include_host           = true
      include_protocol       = true
      include_query_string   = true
      query_string_whitelist = ["_HLS_msn", "_HLS_part", "_HLS_skip"]
    }
  }

  log_config {
    enable      = true
    sample_rate = var.cdn.log_sample
  }
}

resource "google_compute_backend_bucket" "segments" {
  name                    = "${local.name}-segments"
  description             = "A segment never changes under its name: one object whatever the query string says"
  bucket_name             = google_storage_bucket.main["segments"].name
  enable_cdn              = true
  compression_mode        = "DISABLED" # .m4s, .mp4 and .ts are as small as they get
  custom_response_headers = ["Strict-Transport-Security: max-age=${var.cdn.hsts_s}; includeSubDomains"]

  cdn_policy {
    cache_mode                   = "FORCE_CACHE_ALL"
    default_ttl                  = var.cdn.video.segment_ttl_s
    client_ttl                   = var.cdn.video.segment_ttl_s
    signed_url_cache_max_age_sec = 0
    request_coalescing           = true
    negative_caching             = true

    # A part that is asked for too early is there a part later.
    negative_caching_policy {
      code = 404
      ttl  = var.cdn.video.negative_ttl_s
    }
  }
}

resource "google_storage_bucket_iam_member" "cdn_segments" {
  bucket = google_storage_bucket.main["segments"].name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:service-${data.google_project.current.number}@https-lb.iam.gserviceaccount.com"

  depends_on = [google_compute_backend_bucket.segments] # the load balancer's identity appears with its first bucket
}

resource "google_compute_url_map" "front" {
  name            = "${local.name}-front"
  default_service = google_compute_backend_service.dynamic.id

  host_rule {
    hosts        = [var.domain]
    path_matcher = "paths"
  }

  path_matcher {
    name            = "paths"
    default_service = google_compute_backend_service.dynamic.id

    dynamic "path_rule" {
      for_each = local.cached_paths

      content {
        paths   = [path_rule.value.path]
        service = google_compute_backend_bucket.path[path_rule.key].id
      }
    }

    path_rule {
      paths   = ["/chat", "/chat/*"]
      service = google_compute_backend_service.sockets.id
    }

    path_rule {
      paths   = ["/live/*"]
      service = google_compute_backend_service.playlist.id
    }

    # the longer path wins
    path_rule {
      paths   = ["/live/segments/*"]
      service = google_compute_backend_bucket.segments.id
    }
  }
}

resource "google_compute_target_https_proxy" "front" {
  name            = "${local.name}-front"
  url_map         = google_compute_url_map.front.id
  certificate_map = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.edge.id}"
  ssl_policy      = google_compute_ssl_policy.edge.id
  quic_override   = "ENABLE"
}

resource "google_compute_global_forwarding_rule" "front" {
  name                  = "${local.name}-front"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.front.id
  labels                = { component = "cdn" }
}

resource "google_compute_url_map" "redirect" {
  name = "${local.name}-redirect"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "${local.name}-redirect"
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_forwarding_rule" "redirect" {
  #checkov:skip=CKV_GCP_92:Port 80 answers with the redirect to HTTPS and nothing else
  name                  = "${local.name}-redirect"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front.id
  port_range            = "80"
  target                = google_compute_target_http_proxy.redirect.id
  labels                = { component = "cdn" }
}

# Delegate to its name servers: output dns_name_servers.
resource "google_dns_managed_zone" "main" {
  name            = local.name
  dns_name        = "${var.domain}."
  description     = "What users reach in ${var.environment}"
  labels          = { component = "cdn" }
  deletion_policy = local.deletion_policy

  dnssec_config {
    state = "on"
  }

  cloud_logging_config {
    enable_logging = true
  }
}

locals {
  dns_zone = google_dns_managed_zone.main.name
}

resource "google_dns_record_set" "front" {
  managed_zone = local.dns_zone
  name         = "${local.edge_hosts.edge}."
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_global_address.front.address]
}

resource "google_dns_record_set" "origin" {
  managed_zone = local.dns_zone
  name         = "${local.edge_hosts.origin}."
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_global_address.edge.address]
}

resource "google_dns_record_set" "certificate" {
  for_each = google_certificate_manager_dns_authorization.edge

  managed_zone = local.dns_zone
  name         = each.value.dns_resource_record[0].name
  type         = each.value.dns_resource_record[0].type
  ttl          = 300
  rrdatas      = [each.value.dns_resource_record[0].data]
}

resource "google_dns_record_set" "caa" {
  managed_zone = local.dns_zone
  name         = "${local.edge_hosts.edge}."
  type         = "CAA"
  ttl          = 3600
  rrdatas      = ["0 issue \"pki.goog\""]
}

# Over an hour: an invalidation and a quiet night have fewer hits, and end.
resource "google_monitoring_alert_policy" "edge_hits" {
  display_name          = "${local.name}: edge-hits"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [google_monitoring_notification_channel.email.id]
  user_labels           = { component = "cdn" }

  conditions {
    display_name = "The CDN answers less by itself than the origin was sized for"

    condition_threshold {
      filter             = "resource.type = \"https_lb_rule\" AND resource.labels.url_map_name = \"${google_compute_url_map.front.name}\" AND metric.type = \"loadbalancing.googleapis.com/https/request_count\" AND metric.labels.cache_result = \"HIT\""
      denominator_filter = "resource.type = \"https_lb_rule\" AND resource.labels.url_map_name = \"${google_compute_url_map.front.name}\" AND metric.type = \"loadbalancing.googleapis.com/https/request_count\""
      comparison         = "COMPARISON_LT"
      threshold_value    = var.cdn.hit_ratio
      duration           = "0s"

      aggregations {
        alignment_period     = "3600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }

      denominator_aggregations {
        alignment_period     = "3600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    subject = "${local.name}: the CDN's hit ratio is below ${var.cdn.hit_ratio}"
    content = "What to do: ${var.observability.runbook_url}#cdn"
  }
}
