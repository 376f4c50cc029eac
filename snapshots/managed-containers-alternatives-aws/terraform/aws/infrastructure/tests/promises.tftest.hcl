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
      domain_name           = "bytebridge.example.com"
      resource_record_name  = "_a.bytebridge.example.com."
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
    condition     = alltrue([for rule in concat(values(aws_vpc_security_group_ingress_rule.shard_from_service), values(aws_vpc_security_group_ingress_rule.cache_from_service)) : rule.cidr_ipv4 == null])
    error_message = "Data stores are opened to security groups, not to addresses."
  }
}

run "connection_budget_is_enforced" {
  command = plan

  variables {
    services = { for name, service in var.services : name => merge(service, { max = 100000, pool = 5, keyspaces = ["main"] }) }
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
    shards = merge(var.shards, { nodes = { "main-1" = values(var.shards.nodes)[0] } })
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

run "a_failed_release_goes_back_by_itself" {
  command = plan

  assert {
    condition     = alltrue([for service in aws_ecs_service.service : service.deployment_circuit_breaker[0].enable && service.deployment_circuit_breaker[0].rollback])
    error_message = "A release that does not come up would stay."
  }
  assert {
    condition     = alltrue([for service in aws_ecs_service.service : !service.network_configuration[0].assign_public_ip])
    error_message = "A task has a public address."
  }
  assert {
    condition     = alltrue([for name, target in aws_appautoscaling_target.service : target.max_capacity == var.services[name].max && target.min_capacity <= target.max_capacity])
    error_message = "The autoscaler's bounds are not those of the sizing."
  }
}

run "what_answers_requests_is_never_on_spot" {
  command = plan

  assert {
    condition = alltrue([for name, service in aws_ecs_service.service :
      local.container_kinds[name] != "http" || alltrue([for strategy in service.capacity_provider_strategy : strategy.capacity_provider == "FARGATE"])
    ])
    error_message = "A request would be cut when Spot takes its task back."
  }
}

run "containers_are_locked_down" {
  command = plan

  assert {
    condition     = local.container_defaults.readonlyRootFilesystem && local.container_defaults.user == "10001:10001" && local.container_defaults.linuxParameters.capabilities.drop == ["ALL"]
    error_message = "A container may write to its root or runs as root."
  }
}

run "fargate_sells_no_such_task" {
  command = plan

  variables {
    containers = merge(var.containers, { services = { for name, size in var.containers.services : name => merge(size, { cpu = 3000 }) } })
  }

  expect_failures = [var.containers]
}
