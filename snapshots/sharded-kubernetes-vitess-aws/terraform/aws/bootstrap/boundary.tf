# The most that any role of the project can be given.
data "aws_iam_policy_document" "boundary" {
  # checkov:skip=CKV_AWS_1: as below
  # checkov:skip=CKV_AWS_49: a boundary grants nothing; it caps what the roles' own policies grant
  # checkov:skip=CKV_AWS_107: as above
  # checkov:skip=CKV_AWS_108: as above
  # checkov:skip=CKV_AWS_109: as above
  # checkov:skip=CKV_AWS_110: as above
  # checkov:skip=CKV_AWS_111: as above
  # checkov:skip=CKV_AWS_356: as above
  statement {
    sid       = "Cap"
    actions   = ["*"]
    resources = ["*"]
  }

  statement {
    sid    = "NoIdentities"
    effect = "Deny"
    actions = [
      "iam:Attach*",
      "iam:Create*Role*",
      "iam:CreateAccessKey",
      "iam:CreateLoginProfile",
      "iam:CreatePolicy*",
      "iam:CreateUser",
      "iam:DeleteRolePermissionsBoundary",
      "iam:Put*",
      "iam:Update*",
      "organizations:*",
      "account:*",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "${local.name}-boundary"
  description = "Cap of every role of the project"
  policy      = data.aws_iam_policy_document.boundary.json
}
