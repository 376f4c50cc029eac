# Settings and rule sets belong to the zone as a whole, so an environment has a zone of its own: two states that own
# one zone undo each other.

data "cloudflare_ip_ranges" "current" {}

locals {
  # A missing file is asked for again soon, a failed answer at once.
  error_ttls = [
    { status_code_range = { from = 400, to = 499 }, value = var.cdn.negative_ttl_s },
    { status_code_range = { from = 500, to = 599 }, value = 0 },
  ]

  zone_settings = {
    always_use_https         = "on"
    automatic_https_rewrites = "on"
    brotli                   = "on"
    browser_check            = "on"
    http3                    = "on"
    min_tls_version          = "1.2"
    ssl                      = "strict"
    tls_1_3                  = "on"
    "0rtt"                   = "off" # early data can be replayed, and not every request is safe to repeat
  }
}

resource "cloudflare_zone_setting" "main" {
  for_each = local.zone_settings

  zone_id    = var.cdn.zone_id
  setting_id = each.key
  value      = each.value
}

resource "cloudflare_zone_setting" "hsts" {
  zone_id    = var.cdn.zone_id
  setting_id = "security_header"

  value = {
    strict_transport_security = {
      enabled            = true
      max_age            = var.cdn.hsts_s
      include_subdomains = true
      nosniff            = true
      preload            = false # a decision for the whole domain, hard to take back
    }
  }
}

resource "cloudflare_zone_dnssec" "main" {
  zone_id = var.cdn.zone_id
  status  = "active"
}

resource "cloudflare_tiered_cache" "main" {
  zone_id = var.cdn.zone_id
  value   = "on"
}

resource "cloudflare_authenticated_origin_pulls_settings" "main" {
  zone_id = var.cdn.zone_id
  enabled = var.load_balancer.origin_pull_ca_pem != null
}

resource "cloudflare_dns_record" "edge" {
  zone_id = var.cdn.zone_id
  name    = var.domain
  type    = "A"
  content = google_compute_global_address.edge.address
  proxied = true
  ttl     = 1 # automatic, the only value of a proxied record
}

resource "cloudflare_dns_record" "certificate" {
  zone_id = var.cdn.zone_id
  name    = trimsuffix(google_certificate_manager_dns_authorization.edge["edge"].dns_resource_record[0].name, ".")
  type    = google_certificate_manager_dns_authorization.edge["edge"].dns_resource_record[0].type
  content = trimsuffix(google_certificate_manager_dns_authorization.edge["edge"].dns_resource_record[0].data, ".")
  proxied = false # the certificate authority has to see the record itself
  ttl     = 300
}

resource "cloudflare_dns_record" "caa" {
  zone_id = var.cdn.zone_id
  name    = var.domain
  type    = "CAA"
  ttl     = 3600

  data = {
    flags = 0
    tag   = "issue"
    value = "pki.goog" # the origin's certificate; Cloudflare adds its own authorities to the answer
  }
}

resource "cloudflare_ruleset" "cache" {
  zone_id = var.cdn.zone_id
  name    = "${local.name} cache"
  kind    = "zone"
  phase   = "http_request_cache_settings"

  # The last rule that matches wins. The same as cdn/rules.json, in its order.
  rules = [
    {
      ref         = "dynamic"
      description = "What the services answer is cached only as they say"
      expression  = "(http.host eq \"${var.domain}\")"
      action      = "set_cache_settings"
      action_parameters = {
        cache       = true
        edge_ttl    = { mode = "bypass_by_default" }
        browser_ttl = { mode = "respect_origin" }
      }
    },
    {
      ref         = "static"
      description = "File names carry a hash of the content: a new version has a new name"
      expression  = "(http.host eq \"${var.domain}\" and starts_with(http.request.uri.path, \"/static/\"))"
      action      = "set_cache_settings"
      action_parameters = {
        cache       = true
        edge_ttl    = { mode = "override_origin", default = var.cdn.static_ttl_s, status_code_ttl = local.error_ttls }
        browser_ttl = { mode = "override_origin", default = var.cdn.static_ttl_s }
        cache_key   = { custom_key = { query_string = { exclude = { all = true } } } }
        serve_stale = { disable_stale_while_updating = false }
      }
    },
    {
      ref         = "media"
      description = "May be replaced under its name; width and quality are part of the key"
      expression  = "(http.host eq \"${var.domain}\" and starts_with(http.request.uri.path, \"/media/\"))"
      action      = "set_cache_settings"
      action_parameters = {
        cache       = true
        edge_ttl    = { mode = "override_origin", default = var.cdn.media_ttl_s, status_code_ttl = local.error_ttls }
        browser_ttl = { mode = "respect_origin" }
        cache_key   = { custom_key = { query_string = { include = { list = ["q", "w"] } } } }
        serve_stale = { disable_stale_while_updating = false }
      }
    },
    {
      ref               = "never"
      description       = "Writes and signed-in API calls never touch the cache"
      expression        = "(http.host eq \"${var.domain}\" and (not http.request.method in {\"GET\" \"HEAD\"} or any(http.request.headers.names[*] == \"authorization\")))"
      action            = "set_cache_settings"
      action_parameters = { cache = false }
    },
  ]
}

# Requests that mean the same get one key, see cdn/worker.js. Only media: what is static has one key whatever is asked.
resource "cloudflare_workers_script" "media" {
  account_id         = var.cdn.account_id
  script_name        = "${local.name}-media"
  main_module        = "worker.js"
  content            = file("${path.module}/../../../cdn/worker.js")
  compatibility_date = "2026-07-01" # a later one is a change of behaviour, to be tried in dev
}

resource "cloudflare_workers_route" "media" {
  zone_id = var.cdn.zone_id
  pattern = "${var.domain}/media/*"
  script  = cloudflare_workers_script.media.script_name
}

resource "cloudflare_ruleset" "waf" {
  zone_id = var.cdn.zone_id
  name    = "${local.name} managed rules"
  kind    = "zone"
  phase   = "http_request_firewall_managed"

  rules = [
    {
      ref               = "managed"
      description       = "Cloudflare Managed Ruleset"
      expression        = "true"
      action            = "execute"
      action_parameters = { id = "efb7b8c949ac4650a09736fc376e9aee" } # the same in every account
    },
    {
      ref               = "owasp"
      description       = "Cloudflare OWASP Core Ruleset"
      expression        = "true"
      action            = "execute"
      action_parameters = { id = "4814384a9e5d4991b9815dcfc25d2f1f" }
    },
  ]
}

resource "cloudflare_ruleset" "rate" {
  zone_id = var.cdn.zone_id
  name    = "${local.name} rate limit"
  kind    = "zone"
  phase   = "http_ratelimit"

  rules = [
    {
      ref         = "client"
      description = "One client address, cached answers not counted"
      expression  = "(http.host eq \"${var.domain}\")"
      action      = "block"
      ratelimit = {
        characteristics     = ["cf.colo.id", "ip.src"] # the first is obligatory: counters are kept by data centre
        period              = 10
        requests_per_period = var.cdn.requests_per_client_10s
        mitigation_timeout  = 10
        requests_to_origin  = true
      }
    },
  ]
}
