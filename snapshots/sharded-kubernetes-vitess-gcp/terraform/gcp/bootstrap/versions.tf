# Applied once, by a person: the state is local until the first apply has made its bucket. docs/START.md then moves it:
#   terraform init -migrate-state -backend-config=bucket=<output state_buckets.prod> -backend-config=prefix=bootstrap
# after uncommenting the backend.
terraform {
  required_version = ">= 1.11"

  # backend "gcs" {}

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.33" # deletion_policy
    }
  }
}

provider "google" {
  region = var.region

  default_labels = {
    project     = "quarry"
    component   = "bootstrap"
    cost-centre = var.cost_centre
    managed-by  = "terraform"
  }
}
