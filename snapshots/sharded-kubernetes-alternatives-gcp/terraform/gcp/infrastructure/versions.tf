terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source = "hashicorp/google"
      # 7.33 brought `deletion_policy`, which guards keys and data in prod.
      version = "~> 7.33"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = "~> 7.33"
    }
    datadog = {
      source  = "DataDog/datadog"
      version = "~> 4.0"
    }
  }
}
