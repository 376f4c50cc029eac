# Only where the objectives ask for it: the bucket of the databases' log and backups has a copy in another region (databases.tf),
# encrypted with a key of that region.

data "aws_iam_policy_document" "replica_key" {
  # checkov:skip=CKV_AWS_109: a key policy's resource is the key it hangs on
  # checkov:skip=CKV_AWS_111: as above
  # checkov:skip=CKV_AWS_356: as above
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account_id}:root"]
    }
  }
}

resource "aws_kms_key" "replica" {
  count = var.dr == null ? 0 : 1

  region                  = var.dr.region
  description             = "${local.name}: copies of backups"
  enable_key_rotation     = true
  deletion_window_in_days = var.keys.deletion_days
  policy                  = data.aws_iam_policy_document.replica_key.json
}
