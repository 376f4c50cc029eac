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
      domain_name           = "jor.example.com"
      resource_record_name  = "_a.jor.example.com."
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

run "prod_is_protected" {
  command = plan

  assert {
    condition = alltrue([for shard in aws_rds_cluster.shard :
      shard.deletion_protection && !shard.skip_final_snapshot && shard.backup_retention_period >= 7
    ])
    error_message = "A shard of prod may be lost."
  }
  assert {
    condition     = aws_lb.main.enable_deletion_protection
    error_message = "The entry of prod can be deleted."
  }
}

run "databases_are_private_and_encrypted" {
  command = plan

  assert {
    condition     = alltrue([for shard in aws_rds_cluster.shard : shard.storage_encrypted && shard.manage_master_user_password])
    error_message = "A shard is public, unencrypted or has a password in the state."
  }
  assert {
    condition     = alltrue([for rule in concat(values(aws_vpc_security_group_ingress_rule.shard_from_function), values(aws_vpc_security_group_ingress_rule.cache_from_function)) : rule.cidr_ipv4 == null])
    error_message = "Data stores are opened to security groups, not to addresses."
  }
}

run "connection_budget_is_enforced" {
  command = plan

  variables {
    services = { for name, service in var.services : name => merge(service, { max = 100000, pool = 5, keyspaces = ["accounts"] }) }
    shards   = merge(var.shards, { pooler = false, nodes = { for name, node in var.shards.nodes : name => merge(node, { max_connections = 400, proxy = false }) } })
  }

  expect_failures = [aws_rds_cluster.shard]
}

run "readers_have_an_address_where_there_are_some" {
  command = plan

  variables {
    shards = merge(var.shards, { nodes = { for name, node in var.shards.nodes : name => merge(node, { standby = false, replicas = 0, replicas_added = 0, proxy = true }) } })
  }

  assert {
    condition     = length(aws_db_proxy.shard) == length(var.shards.nodes) && length(aws_db_proxy_endpoint.readers) == 0
    error_message = "A proxy has an endpoint for readers that are not there: RDS refuses it."
  }
}

run "a_shard_is_named_after_its_keyspace" {
  command = plan

  variables {
    shards = merge(var.shards, { nodes = { "accounts-1" = values(var.shards.nodes)[0] } })
  }

  expect_failures = [var.shards]
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

run "functions_have_their_share_and_no_more" {
  command = plan

  assert {
    condition     = alltrue([for name, function in aws_lambda_function.service : function.reserved_concurrent_executions == var.services[name].max])
    error_message = "A function could take instances, and open connections, that nobody counted."
  }
  assert {
    condition     = alltrue([for function in aws_lambda_function.service : function.package_type == "Image" && function.tracing_config[0].mode == "Active" && function.publish])
    error_message = "A function is not released by image and version, or leaves no traces."
  }
}

run "a_message_is_hidden_for_as_long_as_it_is_worked_on" {
  command = plan

  variables {
    functions = { services = { for name, service in var.functions.services : name => merge(service, { timeout_s = 900, visibility_timeout_s = 30 }) } }
  }

  expect_failures = [var.functions]
}
