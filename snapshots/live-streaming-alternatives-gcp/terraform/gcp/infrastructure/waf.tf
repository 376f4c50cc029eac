locals {
  # A rule takes ten ranges at most.
  cloudflare_ranges = chunklist(sort(concat(data.cloudflare_ip_ranges.current.ipv4_cidrs, data.cloudflare_ip_ranges.current.ipv6_cidrs)), 10)

  # In order of evaluation; the first match decides.
  waf_rules = ["sqli-v33-stable", "xss-v33-stable", "lfi-v33-stable", "rfi-v33-stable", "rce-v33-stable", "protocolattack-v33-stable", "cve-canary"]
}

# Attached to the backends by GCPBackendPolicy. Everything is refused but what comes from Cloudflare, and of that what
# looks like an attack or comes too fast.
resource "google_compute_security_policy" "edge" {
  #checkov:skip=CKV_GCP_73:cve-canary is among local.waf_rules, where the scanner does not look
  name   = "${local.name}-edge"
  type   = "CLOUD_ARMOR"
  labels = { component = "waf" }

  advanced_options_config {
    json_parsing            = "STANDARD"
    log_level               = "VERBOSE"
    user_ip_request_headers = ["CF-Connecting-IP"] # the client, not Cloudflare's address, is what is counted
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

  dynamic "rule" {
    for_each = local.cloudflare_ranges

    content {
      priority    = 2000 + rule.key
      description = "Cloudflare, within the rate of one client"
      action      = "throttle"

      match {
        versioned_expr = "SRC_IPS_V1"

        config {
          src_ip_ranges = rule.value
        }
      }

      rate_limit_options {
        conform_action = "allow"
        exceed_action  = "deny(429)"
        enforce_on_key = "USER_IP"

        rate_limit_threshold {
          count        = var.waf.requests_per_client_1m
          interval_sec = 60
        }
      }
    }
  }

  rule {
    priority    = 2147483647
    description = "Not by way of Cloudflare"
    action      = "deny(403)"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
