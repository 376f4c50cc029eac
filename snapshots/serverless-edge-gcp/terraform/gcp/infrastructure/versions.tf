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
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
    upstash = {
      source  = "upstash/upstash"
      version = "~> 2.0"
    }
    sentry = {
      source  = "jianyuan/sentry"
      version = "~> 0.15"
    }
  }
}
