provider "google" {
  project        = var.project_id
  region         = var.region
  default_labels = local.labels

  # The budget API bills its quota to a project; without these a person's own credentials are refused.
  billing_project       = var.project_id
  user_project_override = true
}

# Only for google_project_service_identity, which has no counterpart in the main provider.
provider "google-beta" {
  project        = var.project_id
  region         = var.region
  default_labels = local.labels
}

# CLOUDFLARE_API_TOKEN: Zone DNS, Zone Settings, Zone WAF and Cache Rules edit, on one zone.
provider "cloudflare" {}

provider "upstash" {
  email   = var.upstash_email
  api_key = var.upstash_api_key
}

# Reads VERCEL_API_TOKEN from the environment.
provider "vercel" {
  team = var.edge_compute.team
}
