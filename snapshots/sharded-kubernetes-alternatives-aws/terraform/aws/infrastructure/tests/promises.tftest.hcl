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
      domain_name           = "quasar.example.com"
      resource_record_name  = "_a.quasar.example.com."
      resource_record_type  = "CNAME"
      resource_record_value = "_b.acm-validations.aws."
    }]
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
    condition     = aws_eks_cluster.main.deletion_protection
    error_message = "The cluster of prod can be deleted."
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
    condition     = aws_vpc_security_group_ingress_rule.shard.cidr_ipv4 == null && aws_vpc_security_group_ingress_rule.cache.cidr_ipv4 == null
    error_message = "Data stores are opened to security groups, not to addresses."
  }
}

run "a_node_stands_where_its_keys_and_its_alarms_do" {
  command = plan

  # The real provider knows ARNs only later, a mock never: these say where they belong.
  override_resource {
    target          = aws_kms_key.main
    override_during = plan
    values          = { arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
  }
  override_resource {
    target          = aws_sns_topic.alerts
    override_during = plan
    values          = { arn = "arn:aws:sns:us-east-1:123456789012:alerts" }
  }
  override_resource {
    target          = aws_kms_key.abroad["eu-central-1/data"]
    override_during = plan
    values          = { arn = "arn:aws:kms:eu-central-1:123456789012:key/1" }
  }
  override_resource {
    target          = aws_kms_key.abroad["eu-central-1/secrets"]
    override_during = plan
    values          = { arn = "arn:aws:kms:eu-central-1:123456789012:key/1" }
  }
  override_resource {
    target          = aws_sns_topic.abroad["eu-central-1"]
    override_during = plan
    values          = { arn = "arn:aws:sns:eu-central-1:123456789012:alerts" }
  }

  assert {
    condition     = alltrue([for name, shard in aws_rds_cluster.shard : shard.region == coalesce(var.shards.nodes[name].region, var.region)])
    error_message = "A node stands in another region than the shard map says."
  }
  assert {
    condition = alltrue(flatten([for shard in aws_rds_cluster.shard : [
      for key in [shard.kms_key_id, shard.master_user_secret_kms_key_id, shard.performance_insights_kms_key_id] : split(":", key)[3] == shard.region
    ]]))
    error_message = "A node is encrypted with a key of another region."
  }
  assert {
    condition = alltrue([for region in setsubtract([for shard in aws_rds_cluster.shard : shard.region], [var.region]) :
      aws_db_subnet_group.abroad[region].region == region && aws_security_group.abroad[region].region == region
      && alltrue([for zone in keys(var.abroad[region].zones) : aws_subnet.abroad[zone].region == region])
    ])
    error_message = "A region with nodes has no network of its own."
  }
  assert {
    condition = alltrue([for name, instance in local.shard_instances :
      aws_cloudwatch_metric_alarm.main["${name}-cpu"].region == aws_rds_cluster.shard[instance.node].region
    ])
    error_message = "An alarm of a node stands where its metric is not."
  }
  assert {
    condition     = alltrue(flatten([for alarm in aws_cloudwatch_metric_alarm.main : [for topic in alarm.alarm_actions : split(":", topic)[3] == alarm.region]]))
    error_message = "An alarm tells a topic of another region."
  }
}

run "a_node_stands_in_no_region_that_nobody_prepared" {
  command = plan

  variables {
    shards = merge(var.shards, { nodes = { for name, node in var.shards.nodes : name => merge(node, { region = "mx-central-1" }) } })
  }

  expect_failures = [var.shards]
}

run "connection_budget_is_enforced" {
  command = plan

  variables {
    services = { for name, service in var.services : name => merge(service, { max = 100000, pool = 5, keyspaces = ["users"] }) }
    shards   = merge(var.shards, { pooler = false, nodes = { for name, node in var.shards.nodes : name => merge(node, { max_connections = 400 }) } })
  }

  expect_failures = [aws_rds_cluster.shard]
}

run "a_shard_is_named_after_its_keyspace" {
  command = plan

  variables {
    shards = merge(var.shards, { nodes = { "users-1" = values(var.shards.nodes)[0] } })
  }

  expect_failures = [var.shards]
}

run "only_the_cdn_reaches_the_origin" {
  command = plan

  assert {
    condition     = aws_lb.main.internal && aws_vpc_security_group_ingress_rule.load_balancer.cidr_ipv4 == null
    error_message = "The load balancer answers someone else than CloudFront."
  }
}

run "the_api_endpoint_is_never_open_to_everyone" {
  command = plan

  variables {
    cluster = {
      version = "1.35", public_access_cidrs = ["0.0.0.0/0"], log_types = ["audit"], zonal_shift = false
    }
  }

  expect_failures = [var.cluster]
}
