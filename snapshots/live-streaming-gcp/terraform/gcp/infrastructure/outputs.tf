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
      MIGRATOR_IDENTITY  = google_service_account.migrator.email
      COLLECTOR_IDENTITY = google_service_account.collector.email
    },
    { for service, account in google_service_account.service : "${service}_IDENTITY" => account.email },
    { for keyspace, database in local.databases : "DATABASE_HOST_${keyspace}" => database.host },
    { for keyspace, database in local.databases : "DATABASE_READ_HOSTS_${keyspace}" => join(",", database.read_hosts) },
    { for account in google_service_account.pooler : "POOLER_IDENTITY" => account.email },
    { for topic, spec in google_pubsub_topic.topic : "TOPIC_${topic}" => spec.name },
    { for topic, subscription in google_pubsub_subscription.topic : "QUEUE_${topic}" => subscription.name },
    { for name, bucket in google_storage_bucket.main : "BUCKET_${name}" => bucket.name },
    {
      CHAT_INSTANCE    = google_bigtable_instance.chat.name
      CHAT_TABLE       = google_bigtable_table.chat.name
      CHAT_APP_PROFILE = google_bigtable_app_profile.chat.app_profile_id
      CHAT_ROOM_SHARDS = tostring(var.nosql.room_shards)
      CHAT_TTL_DAYS    = tostring(var.nosql.ttl_days)
    },
    { for secret, container in google_secret_manager_secret.secret : "SECRET_${secret}" => container.secret_id },
  ) : replace(upper(key), "-", "_") => value }
}

output "functions" {
  description = "Cloud Run services by the service they run, as scripts/deploy releases them."
  value       = { for name, function in google_cloud_run_v2_service.function : name => function.name }
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
