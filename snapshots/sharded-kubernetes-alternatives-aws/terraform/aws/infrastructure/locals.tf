locals {
  project = "quasar"
  name    = "${local.project}-${var.environment}"

  # Load balancers and caches take 32 and 40 characters: a longer name ends in a hash of the whole.
  short_name = length(local.name) <= 32 ? local.name : "${trimsuffix(substr(local.name, 0, 25), "-")}-${substr(sha1(local.name), 0, 6)}"

  # Bucket names are global: the account makes them ours.
  bucket_prefix = "${local.name}-${var.account_id}"

  tags = {
    "cost-centre" = "4712"
    project       = local.project
    environment   = var.environment
    managed-by    = "terraform"
  }

  # Made by the bootstrap root. The pipeline may only create roles that carry it.  permissions_boundary = "arn:aws:iam::${var.account_id}:policy/${local.name}-boundary"
}
