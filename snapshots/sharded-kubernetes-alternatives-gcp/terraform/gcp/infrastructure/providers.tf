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

# Reads DD_API_KEY and DD_APP_KEY from the environment: they are in no file and no state.
provider "datadog" {
  api_url = "https://api.${var.datadog.site}/"
}
