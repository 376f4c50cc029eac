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
    { for name, shard in local.shards : "SHARD_HOST_${upper(replace(name, "-", "_"))}" => shard.address },
    { for name, shard in local.shards : "SHARD_READ_HOST_${upper(replace(name, "-", "_"))}" => shard.read_address if var.shards.nodes[name].replicas > 0 },
    { CACHE_ENDPOINT = "${aws_elasticache_replication_group.main.configuration_endpoint_address}:6379" },
    { for name, user in aws_elasticache_user.service : "CACHE_USER_${upper(replace(name, "-", "_"))}" => user.user_id },
    { for name, bucket in aws_s3_bucket.main : "BUCKET_${upper(replace(name, "-", "_"))}" => bucket.id },
    { for name, group in aws_lb_target_group.service : "TARGET_GROUP_${upper(replace(name, "-", "_"))}" => group.arn },
    { LOAD_BALANCER_SECURITY_GROUP = aws_security_group.load_balancer.id },
    { API_HOST = var.cdn.host },
    { for name, secret in aws_secretsmanager_secret.main : "SECRET_${upper(replace(name, "-", "_"))}" => secret.name },
    { for secret in aws_secretsmanager_secret.pooler : "SECRET_POOLER" => secret.name },
  )
}

output "shards" {
  description = "Endpoints of each node by its name in the shard map, for the migration."
  value       = { for name, shard in local.shards : name => { address = shard.address, read_address = shard.read_address, port = shard.port, keyspace = var.shards.nodes[name].keyspace } }
}

output "entry" {
  description = "Where users come in."
  value       = "https://${var.cdn.host}"
}

output "image_repositories" {
  description = "Where each service's images are pushed to."
  value       = { for name, repository in aws_ecr_repository.service : name => repository.repository_url }
}
