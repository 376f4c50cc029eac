output "cluster_values" {
  description = "What only the cloud knows, as scripts/cluster-values writes it into kubernetes/overlays/<env>/cluster-values.env."
  value = { for key, value in merge(
    {
      ENVIRONMENT       = var.environment
      PROJECT_ID        = var.project_id
      REGION            = var.region
      NAMESPACE         = local.namespace
      CLUSTER_LOCATION  = local.cluster.location
      CLUSTER_NAME      = local.cluster.name
      REGISTRY          = google_artifact_registry_repository.images.registry_uri
      GATEWAY_ADDRESS   = google_compute_global_address.edge.name
      SECURITY_POLICY   = google_compute_security_policy.edge.name
      CERTIFICATE_MAP   = google_certificate_manager_certificate_map.edge.name
      SSL_POLICY        = google_compute_ssl_policy.edge.name
      API_HOST          = var.domain
      CACHE_ENDPOINT    = "${google_memorystore_instance.main.endpoints[0].connections[0].psc_auto_connection[0].ip_address}:${google_memorystore_instance.main.endpoints[0].connections[0].psc_auto_connection[0].port}"
      MIGRATOR_IDENTITY = google_service_account.migrator.email
    },
    { for service, account in google_service_account.service : "${service}_IDENTITY" => account.email },
    { for shard, address in local.shard_addresses : "SHARD_HOST_${shard}" => address },
    { for shard, address in local.shard_read_addresses : "SHARD_READ_HOST_${shard}" => address },
    { for account in google_service_account.pooler : "POOLER_IDENTITY" => account.email },
    { for secret, container in google_secret_manager_secret.secret : "SECRET_${secret}" => container.secret_id },
  ) : replace(upper(key), "-", "_") => value }
}

output "shards" {
  description = "Addresses of each node by its name in the shard map, for the migration and the operators' view."
  value       = { for name, shard in local.shards : name => { address = local.shard_addresses[name], read_address = lookup(local.shard_read_addresses, name, null), port = 5432, keyspace = shard.keyspace } }
}

output "edge" {
  description = "Where users arrive."
  value       = "https://${var.domain} at ${google_compute_global_address.front.address}"
}

output "dns_name_servers" {
  description = "Name servers that the parent domain has to delegate to."
  value       = google_dns_managed_zone.main.name_servers
}

output "release" {
  description = "Service account of the pipeline's release job."
  value       = google_service_account.release.email
}
