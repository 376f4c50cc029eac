locals {
  # What only the cloud knows, as the services' environment has it.
  endpoints = merge(
    {
      ENVIRONMENT = var.environment
      REGION      = var.region
    },
    { for keyspace, database in local.databases : "DATABASE_HOST_${upper(replace(keyspace, "-", "_"))}" => database.host },
    { for keyspace, database in local.databases : "DATABASE_READ_HOSTS_${upper(replace(keyspace, "-", "_"))}" => join(",", database.read_hosts) },
    { for name, bucket in aws_s3_bucket.main : "BUCKET_${upper(replace(name, "-", "_"))}" => bucket.id },
    { for name, queue in local.queues : "QUEUE_${upper(replace(name, "-", "_"))}" => queue.url },
    { for name, topic in aws_sns_topic.fan : "TOPIC_${upper(replace(name, "-", "_"))}" => topic.arn },
    { API_HOST = var.cdn.host },
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

output "databases" {
  description = "Host, read hosts, port and name of each keyspace: for the migration and for a person with a client."
  value       = local.databases
}

output "entry" {
  description = "Where users come in."
  value       = "https://${var.cdn.host}"
}

output "name_servers" {
  description = "Where the owner of the domain delegates this environment's host name to."
  value       = aws_route53_zone.main.name_servers
}

output "distributions" {
  description = "What cdn/purge takes as DISTRIBUTION_ID."
  value = {
    site = aws_cloudfront_distribution.main.id
  }
}

output "image_repositories" {
  description = "Where each service's images are pushed to."
  value       = { for name, repository in aws_ecr_repository.service : name => repository.repository_url }
}
