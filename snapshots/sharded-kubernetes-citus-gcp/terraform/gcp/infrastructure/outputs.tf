output "cluster_values" {
  description = "What only the cloud knows, as scripts/cluster-values writes it into kubernetes/overlays/<env>/cluster-values.env."
  value = { for key, value in merge(
    {
      ENVIRONMENT        = var.environment
      PROJECT_ID         = var.project_id
      REGION             = var.region
      NAMESPACE          = local.namespace
      CLUSTER_LOCATION   = local.cluster.location
      CLUSTER_NAME       = local.cluster.name
      REGISTRY           = google_artifact_registry_repository.images.registry_uri
      GATEWAY_ADDRESS    = google_compute_global_address.edge.name
      SECURITY_POLICY    = google_compute_security_policy.edge.name
      CERTIFICATE_MAP    = google_certificate_manager_certificate_map.edge.name
      SSL_POLICY         = google_compute_ssl_policy.edge.name
      API_HOST           = var.domain
      CACHE_ENDPOINT     = "${google_memorystore_instance.main.endpoints[0].connections[0].psc_auto_connection[0].ip_address}:${google_memorystore_instance.main.endpoints[0].connections[0].psc_auto_connection[0].port}"
      DATABASE_BACKUPS   = "gs://${google_storage_bucket.backups.name}/"
      DATABASES_IDENTITY = google_service_account.databases.email
      COLLECTOR_IDENTITY = google_service_account.collector.email
    },
    { for service, account in google_service_account.service : "${service}_IDENTITY" => account.email },
    { for secret, container in google_secret_manager_secret.secret : "SECRET_${secret}" => container.secret_id },
  ) : replace(upper(key), "-", "_") => value }
}

output "edge" {
  description = "Where users arrive."
  value       = "https://${var.domain} at ${google_compute_global_address.edge.address}"
}

output "origin_pull_policy" {
  description = "Name of the policy that asks Cloudflare for its certificate, if a CA was given; docs/RUNBOOK.md#origin-pulls attaches it."
  value       = one(google_network_security_server_tls_policy.origin_pull[*].name)
}
