# What users reach first: a Worker that answers what it has and signs what it asks the origin (edge/worker.js). Static files and
# media never get to it, nor get its signature: they have cache rules.

locals {
  edge_host    = var.domain
  edge_modules = toset(["key.js", "layers.js", "origin.js", "worker.js"])
}

# Holds `generation`: raising it empties every layer at once (docs/RUNBOOK.md#edge).
resource "cloudflare_workers_kv_namespace" "edge" {
  account_id = var.edge_compute.account_id
  title      = "${local.name}-edge"
}

resource "cloudflare_worker" "edge" {
  account_id = var.edge_compute.account_id
  name       = "${local.name}-edge"
  tags       = [for key, value in local.labels : "${key}=${value}"]

  observability = {
    enabled            = true
    head_sampling_rate = var.edge_compute.log_share
    logs               = { enabled = true, head_sampling_rate = var.edge_compute.log_share, invocation_logs = true }
  }

  # Reached by the routes below alone: no address of its own, no previews that anybody may open.
  subdomain = { enabled = false, previews_enabled = false }
}

# A version never changes: a new one is made, takes all traffic, and the old one stays at Cloudflare to go back to.
resource "cloudflare_worker_version" "edge" {
  account_id         = var.edge_compute.account_id
  worker_id          = cloudflare_worker.edge.id
  main_module        = "worker.js"
  compatibility_date = "2026-07-01" # a later one is a change of behaviour, to be tried in an environment first
  limits             = { cpu_ms = var.edge_compute.cpu_limit_ms }

  modules = [for name in local.edge_modules : {
    name         = name
    content_type = "application/javascript+module"
    content_file = "${path.module}/../../../edge/${name}"
  }]

  bindings = concat(
    [
      { name = "CONFIG", type = "kv_namespace", namespace_id = cloudflare_workers_kv_namespace.edge.id },
      # The value is put into the store by edge/secrets: it is in no file and no state.
      { name = "ORIGIN_SIGNATURE", type = "secrets_store_secret", store_id = var.edge_compute.secrets_store_id, secret_name = "${local.name}-origin-signature" },
      { name = "SETTINGS", type = "json", json = jsonencode(merge(var.edge_compute.settings, { shared_url = "https://${upstash_redis_database.main.endpoint}" })) },
    ],
    [{ name = "SHARED_TOKEN", type = "secrets_store_secret", store_id = var.edge_compute.secrets_store_id, secret_name = "${local.name}-edge-cache-token" }],
  )

  lifecycle {
    create_before_destroy = true
  }
}

resource "cloudflare_workers_deployment" "edge" {
  account_id  = var.edge_compute.account_id
  script_name = cloudflare_worker.edge.name
  strategy    = "percentage"
  versions    = [{ version_id = cloudflare_worker_version.edge.id, percentage = 100 }]
}

resource "cloudflare_workers_route" "edge" {
  zone_id = var.cdn.zone_id
  pattern = "${local.edge_host}/*"
  script  = cloudflare_worker.edge.name

  depends_on = [cloudflare_workers_deployment.edge] # a route to a Worker without a version answers with an error
}

# The more specific route wins, and one without a script asks the cache and then the origin.
resource "cloudflare_workers_route" "static" {
  zone_id = var.cdn.zone_id
  pattern = "${local.edge_host}/static/*"
}

# A route for this very host wins over the zone's for all hosts, whatever their paths: so media needs one too. The Worker of media is the zone's.
resource "cloudflare_workers_route" "edge_media" {
  zone_id = var.cdn.zone_id
  pattern = "${local.edge_host}/media/*"
  script  = one([for script in cloudflare_workers_script.media : script.script_name])
}
