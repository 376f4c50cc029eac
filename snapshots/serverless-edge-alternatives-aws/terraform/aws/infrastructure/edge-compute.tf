# What users reach first: Vercel, whose middleware gives requests that mean the same one address and signs them (edge/middleware.js).
# The zone stands behind it, before the origin: its name is origin.<host>.

resource "vercel_project" "edge" {
  name         = "${local.name}-edge"
  framework    = null # middleware and nothing else
  node_version = "22.x"

  # Not connected to the repository: a push would reach every environment at once. What is deployed is what the plan showed.
  vercel_authentication = { deployment_type = "standard_protection" } # a deployment's own address is the team's alone
}

data "vercel_project_directory" "edge" {
  path = "${path.module}/../../../edge"
}

# A deployment never changes: a new one is made and serves, and the old one stays at Vercel to go back to (scripts/rollback).
resource "vercel_deployment" "edge" {
  project_id  = vercel_project.edge.id
  files       = data.vercel_project_directory.edge.files
  path_prefix = data.vercel_project_directory.edge.path
  production  = true

  depends_on = [vercel_project_environment_variable.origin] # read when it is built
}

# ORIGIN_SIGNATURE stands beside it: edge/secrets puts it there, so that it is in no file and no state.
resource "vercel_project_environment_variable" "origin" {
  project_id = vercel_project.edge.id
  key        = "ORIGIN"
  value      = "origin.${local.edge_host}"
  target     = ["production"]
  sensitive  = false
  comment    = "where the middleware sends requests"
}

resource "vercel_project_domain" "edge" {
  project_id = vercel_project.edge.id
  domain     = local.edge_host
}

locals {
  edge_host = var.cdn.host
}

resource "cloudflare_dns_record" "vercel" {
  zone_id = var.cdn.zone_id
  name    = local.edge_host
  type    = "CNAME"
  content = "cname.vercel-dns.com"
  ttl     = 300
  proxied = false # Vercel makes the certificate, and sees the client's address
}

# Clients are counted here: behind it every request comes from Vercel.
resource "vercel_firewall_config" "edge" {
  project_id = vercel_project.edge.id
  enabled    = true

  managed_rulesets {
    bot_protection {
      action = "challenge"
      active = true
    }
  }

  rules {
    rule {
      name        = "client"
      description = "Several users behind one address, each as busy as they get"
      active      = true

      action = {
        action = "rate_limit"
        rate_limit = {
          action = "deny"
          algo   = "fixed_window"
          keys   = ["ip"]
          limit  = var.edge_compute.rate_limit
          window = 10
        }
      }
      condition_group = [{ conditions = [{ type = "path", op = "pre", value = "/" }] }]
    }
  }
}
