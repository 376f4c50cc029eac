provider "aws" {
  region = var.region

  # A plan started with another environment's credentials stops here.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}
