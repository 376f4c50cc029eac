provider "aws" {
  region = var.region

  # A plan started with another environment's credentials stops here.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

# Reads GRAFANA_AUTH, the token of a service account of the stack, from the environment: it is in no file and no state.
provider "grafana" {
  url = var.grafana.url
}
