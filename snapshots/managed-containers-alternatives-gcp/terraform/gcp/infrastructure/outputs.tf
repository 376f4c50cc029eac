locals {
  # What only the cloud knows, as the services' environment has it.
  endpoints = { for key, value in merge(
    {
      ENVIRONMENT    = var.environment
      PROJECT_ID     = var.project_id
      REGION         = var.region
      API_HOST       = var.domain
      CACHE_ENDPOINT = "${google_memorystore_instance.main.endpoints[0].connections[0].psc_auto_connection[0].ip_address}:${google_memorystore_instance.main.endpoints[0].connections[0].psc_auto_connection[0].port}"
    },
    { for keyspace, database in local.databases : "DATABASE_HOST_${keyspace}" => database.host },
    { for keyspace, database in local.databases : "DATABASE_READ_HOSTS_${keyspace}" => join(",", database.read_hosts) },
    { for keyspace, database in local.databases : "DATABASE_PORT_${keyspace}" => tostring(database.port) },
    { for topic, spec in google_pubsub_topic.topic : "TOPIC_${topic}" => spec.name },
    { for queue, name in local.paced_names : "TASKS_${queue}" => name },
    { for queue, spec in local.paced_queues : "MAX_ATTEMPTS_${queue}" => tostring(var.services[spec.consumer].max_attempts) },
    local.document_endpoints,
    { for name, bucket in google_storage_bucket.main : "BUCKET_${name}" => bucket.name },
  ) : replace(upper(key), "-", "_") => value }
}

output "endpoints" {
  description = "What the services have in their environment."
  value       = local.endpoints
}

output "databases" {
  description = "Host, read hosts, port and name of each keyspace: for the migration and for a person with a client."
  value       = local.databases
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
