locals {
  # What only the cloud knows, as the services' environment has it.
  endpoints = merge(
    {
      ENVIRONMENT = var.environment
      REGION      = var.region
    },
    { for keyspace, database in local.databases : "DATABASE_HOST_${upper(replace(keyspace, "-", "_"))}" => database.host },
    { for keyspace, database in local.databases : "DATABASE_READ_HOSTS_${upper(replace(keyspace, "-", "_"))}" => join(",", database.read_hosts) },
    { CACHE_ENDPOINT = "${aws_elasticache_replication_group.main.configuration_endpoint_address}:6379" },
    { for name, user in aws_elasticache_user.service : "CACHE_USER_${upper(replace(name, "-", "_"))}" => user.user_id },
    { for name, queue in local.queues : "QUEUE_${upper(replace(name, "-", "_"))}" => queue.url },
    { for name, bucket in aws_s3_bucket.main : "BUCKET_${upper(replace(name, "-", "_"))}" => bucket.id },
    { for zone, bucket in aws_s3_bucket.lake : "LAKE_${upper(zone)}" => bucket.id if zone != "results" },
    { API_HOST = var.load_balancer.host },
    { for name, secret in aws_secretsmanager_secret.main : "SECRET_${upper(replace(name, "-", "_"))}" => secret.name },
  )
}

output "endpoints" {
  description = "What the services have in their environment."
  value       = local.endpoints
}

output "functions" {
  description = "Functions by service, as scripts/deploy releases them: publish a version, then move the alias `live`."
  value       = { for name, function in aws_lambda_function.service : name => function.function_name }
}

output "workflow" {
  description = "State machine; a batch is started with {\"prefix\": \"…\"} (docs/RUNBOOK.md#workflow)."
  value       = aws_sfn_state_machine.main.arn
}

output "databases" {
  description = "Host, read hosts, port and name of each keyspace: for the migration and for a person with a client."
  value       = local.databases
}

output "lake" {
  description = "Where questions are asked: workgroup and database of Athena."
  value       = { workgroup = aws_athena_workgroup.lake.name, database = aws_glue_catalog_database.lake.name }
}

output "entry" {
  description = "Where users come in."
  value       = "https://${var.load_balancer.host}"
}

output "name_servers" {
  description = "Where the owner of the domain delegates this environment's host name to."
  value       = aws_route53_zone.main.name_servers
}

output "image_repositories" {
  description = "Where each service's images are pushed to."
  value       = { for name, repository in aws_ecr_repository.service : name => repository.repository_url }
}
