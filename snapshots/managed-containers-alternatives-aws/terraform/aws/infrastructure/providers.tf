provider "aws" {
  region = var.region

  # A plan started with another environment's credentials stops here.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

# Reads MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET, a service account of the organization, from the environment: they are in no
# file and no state.
provider "mongodbatlas" {}

# Reads GRAFANA_AUTH, the token of a service account of the stack, from the environment: it is in no file and no state.
provider "grafana" {
  url = var.grafana.url
}
