# Applied once per account, by a person, before anything else, in a workspace of its own:
#   terraform workspace select -or-create <env> && terraform apply -var-file=envs/<env>.tfvars
# It makes the bucket of every other state, so its own stays on disk; keep a copy in the bucket (docs/START.md).
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = {
      project       = local.project
      environment   = var.environment
      "cost-centre" = "4715"
      managed-by    = "terraform"
    }
  }
}
