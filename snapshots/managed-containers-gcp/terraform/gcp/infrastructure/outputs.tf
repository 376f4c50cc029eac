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
    { for name, bucket in google_storage_bucket.main : "BUCKET_${name}" => bucket.name },
  ) : replace(upper(key), "-", "_") => value }
}

output "endpoints" {
  description = "What the services have in their environment."
  value       = local.endpoints
}

output "functions" {
  description = "Cloud Run services by the service they run, as scripts/deploy releases them."
  value       = { for name, function in google_cloud_run_v2_service.function : name => function.name }
}

output "workflow" {
  description = "Workflow; a batch is started with {\"prefix\": \"…\"} (docs/RUNBOOK.md#workflow)."
  value       = google_workflows_workflow.main.id
}

output "databases" {
  description = "Host, read hosts, port and name of each keyspace: for the migration and for a person with a client."
  value       = local.databases
}

output "lake" {
  description = "Where questions are asked: dataset of BigQuery."
  value       = google_bigquery_dataset.lake.dataset_id
}

output "edge" {
  description = "Where users arrive."
  value       = "https://${var.domain} at ${google_compute_global_address.edge.address}"
}

output "dns_records" {
  description = "Records to make where the domain is managed: the host, and the proof for its certificate."
  value = {
    host        = { name = var.domain, type = "A", data = google_compute_global_address.edge.address }
    certificate = google_certificate_manager_dns_authorization.edge["edge"].dns_resource_record[0]
  }
}

output "release" {
  description = "Service account of the pipeline's release job."
  value       = google_service_account.release.email
}
