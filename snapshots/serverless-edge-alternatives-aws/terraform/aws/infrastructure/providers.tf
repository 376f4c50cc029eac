provider "aws" {
  region = var.region

  # A plan started with another environment's credentials stops here.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

# Reads CLOUDFLARE_API_TOKEN from the environment: the token is in no file and no state.
provider "cloudflare" {}

provider "upstash" {
  email   = var.upstash_email
  api_key = var.upstash_api_key
}

# Reads VERCEL_API_TOKEN from the environment.
provider "vercel" {
  team = var.edge_compute.team
}
