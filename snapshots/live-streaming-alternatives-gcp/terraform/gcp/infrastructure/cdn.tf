data "cloudflare_ip_ranges" "current" {}

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

locals {
  worker_file = "${path.module}/../../../cdn/worker.js"
}

# Everything here belongs to the zone and exists once: the environment with manages_zone keeps it.
locals {
  zone = var.cdn.manages_zone ? { main = var.cdn.zone_id } : {}

  # The hosts of this project: what else the zone serves is not ours to rule.
  our_hosts = "(http.host eq \"vivid.example.com\" or ends_with(http.host, \".vivid.example.com\"))"

  # A missing file is asked for again soon, a failed answer at once.
  error_ttls = [
    { status_code_range = { from = 400, to = 499 }, value = var.cdn.negative_ttl_s },
    { status_code_range = { from = 500, to = 599 }, value = 0 },
  ]

  zone_settings = {
    ssl                      = "strict"
    browser_check            = "on"
    min_tls_version          = "1.2"
    tls_1_3                  = "on"
    always_use_https         = "on"
    automatic_https_rewrites = "on"
    http3                    = "on"
    brotli                   = "on"
    "0rtt"                   = "off" # early data can be replayed, and the API has writes
  }

  # Cloudflare's own rule sets have the same identifiers in every account.
  managed_rulesets = {
    cloudflare = "efb7b8c949ac4650a09736fc376e9aee"
    owasp      = "4814384a9e5d4991b9815dcfc25d2f1f"
  }
}

resource "cloudflare_zone_setting" "main" {
  for_each = var.cdn.manages_zone ? local.zone_settings : {}

  zone_id    = var.cdn.zone_id
  setting_id = each.key
  value      = each.value
}

resource "cloudflare_zone_setting" "hsts" {
  for_each = local.zone

  zone_id    = each.value
  setting_id = "security_header"
  value = {
    strict_transport_security = {
      enabled            = true
      include_subdomains = true
      max_age            = var.cdn.hsts_s
      nosniff            = true
      preload            = false # a one-way street, for the owner of the domain to take
    }
  }
}

# Holds once the registrar has the DS record that the zone's page shows.
resource "cloudflare_zone_dnssec" "main" {
  for_each = local.zone

  zone_id = each.value
  status  = "active"
}

# Cloudflare shows the shared certificate; whether an origin asks for it is the origin's switch.
resource "cloudflare_authenticated_origin_pulls_settings" "main" {
  for_each = local.zone

  zone_id = each.value
  enabled = true
}

# Edge locations ask an upper tier before they ask the origin.
resource "cloudflare_argo_tiered_caching" "main" {
  for_each = local.zone

  zone_id = each.value
  value   = "on"
}

resource "cloudflare_tiered_cache" "main" {
  for_each = local.zone

  zone_id = each.value
  value   = "on"

  depends_on = [cloudflare_argo_tiered_caching.main] # the smart topology refines it
}

resource "cloudflare_ruleset" "cache" {
  for_each = local.zone

  zone_id = each.value
  name    = "cache"
  kind    = "zone"
  phase   = "http_request_cache_settings"

  # The last matching rule wins. The same as cdn/rules.json, in its order.
  rules = [
    {
      ref         = "dynamic"
      description = "What the services answer is cached only as they say"
      expression  = local.our_hosts
      action      = "set_cache_settings"
      action_parameters = {
        cache       = true
        edge_ttl    = { mode = "respect_origin" }
        browser_ttl = { mode = "respect_origin" }
      }
    },
    {
      ref         = "static"
      description = "Names hold a hash of the content: one object whatever the query string says"
      expression  = "${local.our_hosts} and starts_with(http.request.uri.path, \"/static/\")"
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
      expression  = "${local.our_hosts} and starts_with(http.request.uri.path, \"/media/\")"
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
      ref         = "playlist"
      description = "One playlist for all viewers: which part a player waits for is part of the key"
      expression  = "${local.our_hosts} and starts_with(http.request.uri.path, \"/live/\") and ends_with(http.request.uri.path, \".m3u8\")"
      action      = "set_cache_settings"
      action_parameters = {
        cache       = true
        edge_ttl    = { mode = "override_origin", default = var.cdn.video.playlist_ttl_s, status_code_ttl = local.error_ttls }
        browser_ttl = { mode = "respect_origin" }
        cache_key   = { custom_key = { query_string = { include = { list = ["_HLS_msn", "_HLS_part", "_HLS_skip"] } } } }
        serve_stale = { disable_stale_while_updating = true }
      }
    },
    {
      ref         = "segments"
      description = "A segment never changes under its name: one object whatever the query string says"
      expression  = "${local.our_hosts} and starts_with(http.request.uri.path, \"/live/segments/\") and http.request.uri.path.extension in {\"m4s\" \"mp4\" \"ts\"}"
      action      = "set_cache_settings"
      action_parameters = {
        cache = true
        edge_ttl = {
          mode    = "override_origin"
          default = var.cdn.video.segment_ttl_s
          # A part that is asked for too early is there a part later.
          status_code_ttl = [
            { status_code_range = { from = 400, to = 499 }, value = var.cdn.video.negative_ttl_s },
            { status_code_range = { from = 500, to = 599 }, value = 0 },
          ]
        }
        browser_ttl = { mode = "override_origin", default = var.cdn.video.segment_ttl_s }
        cache_key   = { custom_key = { query_string = { exclude = { all = true } } } }
      }
    },
    {
      ref               = "never"
      description       = "Answers belong to one user, also those that forget to say so"
      expression        = "${local.our_hosts} and (not http.request.method in {\"GET\" \"HEAD\"} or len(http.request.headers[\"authorization\"]) > 0)"
      action            = "set_cache_settings"
      action_parameters = { cache = false }
    },
  ]
}

# Requests that mean the same get one key, see cdn/worker.js. Only media: what is static has one key whatever is asked.
resource "cloudflare_workers_script" "media" {
  for_each = local.zone

  account_id         = var.cdn.account_id
  script_name        = "${local.name}-media"
  main_module        = "worker.js"
  content            = file(local.worker_file)
  compatibility_date = "2026-07-01" # a later one is a change of behaviour, to be tried on a zone of its own
}

resource "cloudflare_workers_route" "media" {
  for_each = local.zone

  zone_id = each.value
  pattern = "*vivid.example.com/media/*" # every environment's host, as the cache rules
  script  = cloudflare_workers_script.media[each.key].script_name
}

resource "cloudflare_ruleset" "waf" {
  for_each = local.zone

  zone_id = each.value
  name    = "managed rules"
  kind    = "zone"
  phase   = "http_request_firewall_managed"

  rules = [
    for name, id in local.managed_rulesets : {
      ref         = name
      description = "Managed rules: ${name}"
      # Not where media come in: to rules about text a body of it looks like anything, sooner or later.
      expression = "${local.our_hosts} and not starts_with(http.request.uri.path, \"/ingest/\")"
      action     = "execute"
      action_parameters = {
        id        = id
        overrides = var.waf.preview ? { action = "log" } : null
      }
    }
  ]
}
resource "cloudflare_ruleset" "rate_limit" {
  for_each = local.zone

  zone_id = each.value
  name    = "rate limit"
  kind    = "zone"
  phase   = "http_ratelimit"

  rules = [
    {
      ref         = "client"
      description = "Several users behind one address, each as busy as they get"
      expression  = local.our_hosts
      action      = "block"
      ratelimit = {
        # Counted per data centre: a client's requests all go to one.
        characteristics     = ["cf.colo.id", "ip.src"]
        period              = 10
        requests_per_period = var.cdn.client_rate_10s
        # What the cache answers costs nobody anything.
        requests_to_origin = true
        mitigation_timeout = var.cdn.block_s
      }
    },
  ]
}
