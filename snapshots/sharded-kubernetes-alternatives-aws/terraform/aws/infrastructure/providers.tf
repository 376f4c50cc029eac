provider "aws" {
  region = var.region

  # A plan started with another environment's credentials stops here.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

# Reads DD_API_KEY and DD_APP_KEY from the environment: they are in no file and no state.
provider "datadog" {
  api_url = "https://api.${var.datadog.site}/"
}
