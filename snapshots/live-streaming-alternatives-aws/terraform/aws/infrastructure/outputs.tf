locals {
  # What only the cloud knows, as the services' environment has it.
  endpoints = merge(
    {
      ENVIRONMENT = var.environment
      REGION      = var.region
    },
    { for keyspace, database in local.databases : "DATABASE_HOST_${upper(replace(keyspace, "-", "_"))}" => database.host },
    { for keyspace, database in local.databases : "DATABASE_READ_HOSTS_${upper(replace(keyspace, "-", "_"))}" => join(",", database.read_hosts) },
    local.document_endpoints,
    { for name, bucket in aws_s3_bucket.main : "BUCKET_${upper(replace(name, "-", "_"))}" => bucket.id },
    { CACHE_ENDPOINT = "${aws_elasticache_replication_group.main.configuration_endpoint_address}:6379" },
    { for name, user in aws_elasticache_user.service : "CACHE_USER_${upper(replace(name, "-", "_"))}" => user.user_id },
    { for name, queue in local.queues : "QUEUE_${upper(replace(name, "-", "_"))}" => queue.url },
    { for name, group in aws_lb_target_group.service : "TARGET_GROUP_${upper(replace(name, "-", "_"))}" => group.arn },
    { LOAD_BALANCER_SECURITY_GROUP = aws_security_group.load_balancer.id },
    { API_HOST = var.cdn.host },
    { for name, secret in aws_secretsmanager_secret.main : "SECRET_${upper(replace(name, "-", "_"))}" => secret.name },
    { for secret in aws_secretsmanager_secret.pooler : "SECRET_POOLER" => secret.name },
    { PROMETHEUS_REMOTE_WRITE_URL = "${aws_prometheus_workspace.main.prometheus_endpoint}api/v1/remote_write" },
  )
}

output "cluster_values" {
  description = "What only the cloud knows, for scripts/cluster-values and from there for the manifests."
  value = merge(
    {
      ENVIRONMENT      = var.environment
      ACCOUNT_ID       = var.account_id
      REGION           = var.region
      CLUSTER_LOCATION = var.region
      CLUSTER_NAME     = local.cluster.name
      NAMESPACE        = local.project
      REGISTRY         = "${var.account_id}.dkr.ecr.${var.region}.amazonaws.com/${local.project}/${var.environment}"
    },
    { for keyspace, database in local.databases : "DATABASE_HOST_${upper(replace(keyspace, "-", "_"))}" => database.host },
    { for keyspace, database in local.databases : "DATABASE_READ_HOSTS_${upper(replace(keyspace, "-", "_"))}" => join(",", database.read_hosts) },
    local.document_endpoints,
    { for name, bucket in aws_s3_bucket.main : "BUCKET_${upper(replace(name, "-", "_"))}" => bucket.id },
    { CACHE_ENDPOINT = "${aws_elasticache_replication_group.main.configuration_endpoint_address}:6379" },
    { for name, user in aws_elasticache_user.service : "CACHE_USER_${upper(replace(name, "-", "_"))}" => user.user_id },
    { for name, queue in local.queues : "QUEUE_${upper(replace(name, "-", "_"))}" => queue.url },
    { for name, group in aws_lb_target_group.service : "TARGET_GROUP_${upper(replace(name, "-", "_"))}" => group.arn },
    { LOAD_BALANCER_SECURITY_GROUP = aws_security_group.load_balancer.id },
    { API_HOST = var.cdn.host },
    { for name, secret in aws_secretsmanager_secret.main : "SECRET_${upper(replace(name, "-", "_"))}" => secret.name },
    { for secret in aws_secretsmanager_secret.pooler : "SECRET_POOLER" => secret.name },
    { PROMETHEUS_REMOTE_WRITE_URL = "${aws_prometheus_workspace.main.prometheus_endpoint}api/v1/remote_write" },
  )
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

output "image_repositories" {
  description = "Where each service's images are pushed to."
  value       = { for name, repository in aws_ecr_repository.service : name => repository.repository_url }
}
