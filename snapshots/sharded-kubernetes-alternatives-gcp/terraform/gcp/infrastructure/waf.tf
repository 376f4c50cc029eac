locals {
  # Where Cloud CDN's fetches from an origin come from: _cloud-eoips.googleusercontent.com.
  cdn_ranges = ["34.96.0.0/20", "34.127.192.0/18"]

  # In order of evaluation; the first match decides.
  waf_rules = ["sqli-v33-stable", "xss-v33-stable", "lfi-v33-stable", "rfi-v33-stable", "rce-v33-stable", "protocolattack-v33-stable", "cve-canary"]
}

# Attached to the backends by GCPBackendPolicy. Everything is refused but what comes from the CDN of cdn.tf, whose own
# policy has judged it already.
resource "google_compute_security_policy" "edge" {
  #checkov:skip=CKV_GCP_73:The policy in front, in cdn.tf, has the rule
  name   = "${local.name}-edge"
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

  rule {
    priority    = 2000
    description = "The CDN"
    action      = "allow"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = local.cdn_ranges
      }
    }
  }

  rule {
    priority    = 2147483647
    description = "Not by way of the CDN"
    action      = "deny(403)"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
