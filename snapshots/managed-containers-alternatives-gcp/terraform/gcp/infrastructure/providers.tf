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

# Reads MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET, a service account of the organization, from the environment: they are in no
# file and no state.
provider "mongodbatlas" {}

# Reads GRAFANA_AUTH, the token of a service account of the stack, from the environment: it is in no file and no state.
provider "grafana" {
  url = var.grafana.url
}
