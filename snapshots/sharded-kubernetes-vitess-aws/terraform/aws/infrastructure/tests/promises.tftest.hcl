# What the composition promises, on mock providers: terraform test -var-file=envs/prod.tfvars

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f"] }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

# The real provider knows the names while planning, a mock does not.
override_resource {
  target          = aws_acm_certificate.main
  override_during = plan
  values = {
    domain_validation_options = [{
      domain_name           = "quarry.example.com"
      resource_record_name  = "_a.quarry.example.com."
      resource_record_type  = "CNAME"
      resource_record_value = "_b.acm-validations.aws."
    }]
  }
}

mock_provider "cloudflare" {
  mock_data "cloudflare_ip_ranges" {
    defaults = { ipv4_cidrs = ["198.51.100.0/24"] }
  }
}

# random stays real: Terraform cannot mock its ephemeral password, and it needs no credentials.

run "backups_outlive_the_region" {
  command = plan

  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.backups : block.block_public_policy && block.restrict_public_buckets])
    error_message = "Backups are public."
  }
  assert {
    condition     = !var.protected || alltrue([for name in ["main", "replica"] : !aws_s3_bucket.backups[name].force_destroy])
    error_message = "The backups of prod have no copy in the other region, or may be deleted with the bucket."
  }
  assert {
    condition     = aws_eks_cluster.main.deletion_protection
    error_message = "The cluster of prod, with its databases, can be deleted."
  }
}

run "only_the_cdn_reaches_the_origin" {
  command = plan

  assert {
    condition     = aws_vpc_security_group_ingress_rule.load_balancer.cidr_ipv4 == null
    error_message = "The load balancer answers someone else than Cloudflare."
  }
  assert {
    condition     = aws_lb_listener.entry.mutual_authentication[0].mode == (var.cdn.origin_pulls ? "verify" : "off")
    error_message = "Origin pulls are not what var.cdn says."
  }
}

run "the_api_endpoint_is_never_open_to_everyone" {
  command = plan

  variables {
    cluster = {
      version = "1.35", public_access_cidrs = ["0.0.0.0/0"], log_types = ["audit"], zonal_shift = false
      system  = { arch = "arm64", instance_types = ["m7g.large"], nodes = 3, disk_gib = 50 }, max_pods = 100
    }
  }

  expect_failures = [var.cluster]
}
