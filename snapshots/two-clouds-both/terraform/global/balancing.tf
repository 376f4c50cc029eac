# One pool a side. Users go to the side near them and stay there; when a side fails its looks, the others take its users.

resource "cloudflare_load_balancer_monitor" "ready" {
  account_id       = var.cdn.account_id
  description      = "${local.name}: the entry of a side answers"
  type             = "https"
  method           = "GET"
  path             = "/ready"
  port             = 443
  expected_codes   = "2xx"
  interval         = var.balancing.interval_s
  timeout          = var.balancing.timeout_s
  retries          = var.balancing.retries
  follow_redirects = false
  allow_insecure   = false
  # Shows the zone's certificate to origins that ask for one.
  probe_zone = "twin.example.com"
}

resource "cloudflare_load_balancer_pool" "side" {
  for_each = var.origins

  account_id      = var.cdn.account_id
  name            = "${local.name}-${each.key}"
  description     = "The side on ${each.key}"
  monitor         = cloudflare_load_balancer_monitor.ready.id
  minimum_origins = 1
  # Looked at from two regions, so that a broken path of one is no failure of the side.
  check_regions = ["ENAM", "WEU"]

  origins = [
    {
      name    = "entry"
      address = each.value # the record that the side keeps
      port    = 443
      weight  = 1
      enabled = true
      # Its certificate, its routes and its firewall know this name.
      header = { host = [each.value] }
    },
  ]

  notification_email = var.balancing.email
  notification_filter = {
    pool = { healthy = null } # both ways: down, and up again
  }
}

resource "cloudflare_load_balancer" "entry" {
  zone_id       = var.cdn.zone_id
  name          = var.cdn.host
  description   = "${local.name}: aws, gcp"
  enabled       = true
  proxied       = true
  default_pools = [for side in local.sides : cloudflare_load_balancer_pool.side[side].id]
  # Answers even when every look fails: an answer from a side that limps is better than none.
  fallback_pool = cloudflare_load_balancer_pool.side[local.sides[0]].id

  steering_policy = "geo"
  # The side near the user first, then the others.
  region_pools = { for region, side in local.nearest : region =>
    [for name in concat([side], [for other in local.sides : other if other != side]) : cloudflare_load_balancer_pool.side[name].id]
  }

  # A request that fails is tried on another side at once, before the looks notice.
  adaptive_routing = { failover_across_pools = true }

  # A user's rows are on one side only (docs/CLOUDS.md): the cookie keeps the user there.
  session_affinity     = "cookie"
  session_affinity_ttl = var.balancing.affinity_s
  session_affinity_attributes = {
    samesite               = "Lax"
    secure                 = "Always"
    zero_downtime_failover = "temporary" # back to the own side once it is well
  }
}

locals {
  # In the order of preference where nothing else decides.
  sides = ["aws", "gcp"]

  # Cloudflare's regions, by the side that is nearest.
  nearest = {
    WNAM = "aws"
    ENAM = "aws"
    NSAM = "aws"
    SSAM = "aws"
    OC   = "aws"
    WEU  = "gcp"
    EEU  = "gcp"
    NAF  = "gcp"
    SAF  = "gcp"
    ME   = "gcp"
    SAS  = "gcp"
    SEAS = "gcp"
    NEAS = "gcp"
  }
}
