provider "google" {
  project = var.project_id
}

# Lives for an hour, and neither the plan nor the state keeps it.
ephemeral "google_client_config" "current" {}

# Made by ../infrastructure, in an apply of its own: a provider must not be configured from a cluster of the same apply.
data "google_container_cluster" "main" {
  name     = local.name
  location = var.region
}

locals {
  # The DNS endpoint has a certificate of a public authority: no CA to carry along.
  endpoint = data.google_container_cluster.main.control_plane_endpoints_config[0].dns_endpoint_config[0].endpoint
}

provider "helm" {
  kubernetes = {
    host  = "https://${local.endpoint}"
    token = ephemeral.google_client_config.current.access_token
  }
}
