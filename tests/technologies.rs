//! What the story of each architecture names is in its output, and where.
//!
//! A row is a technology, the example and cloud that has it, the file it is in, and the words that nobody writes without
//! meaning it.

mod trees;

use std::collections::BTreeSet;

use loadpath::{blueprint::Cloud, compose::architecture};
use trees::{Case, cases};

/// Technology, case, end of the path, words that the file has.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // ---- stateless-microservices
    ("sessions in Valkey in cluster mode", "stateless-microservices-aws", "aws/infrastructure/cache.tf", &["aws_elasticache_replication_group", "num_node_groups", "replicas_per_node_group"]),
    ("sessions in Valkey in cluster mode", "stateless-microservices-gcp", "gcp/infrastructure/cache.tf", &["google_memorystore_instance", "shard_count", "replica_count"]),
    ("NGINX Gateway Fabric", "stateless-microservices-aws", "aws/platform/addons.tf", &["nginx-gateway-fabric"]),
    ("NGINX Gateway Fabric", "stateless-microservices-gcp", "gcp/platform/addons.tf", &["nginx-gateway-fabric"]),
    ("gRPC with health checks", "stateless-microservices-aws", "kubernetes/base/services/billing.yaml", &["grpc:"]),
    ("gRPC with health checks", "stateless-microservices-gcp", "kubernetes/base/services/auth.yaml", &["grpc:"]),
    ("gRPC with balanced connections", "stateless-microservices-aws", "kubernetes/base/services/content.yaml", &["clusterIP: None"]),
    ("five services: analytics", "stateless-microservices-aws", "kubernetes/base/services/analytics.yaml", &["kind: Deployment"]),
    ("five services: generation", "stateless-microservices-gcp", "kubernetes/base/services/generation.yaml", &["kind: Deployment"]),
    ("range shards with split points", "stateless-microservices-aws", "sharding/shard-map.json", &["\"range\"", "\"ranges\""]),
    ("shard manager: API contract", "stateless-microservices-aws", "sharding/manager/openapi.yaml", &["openapi: 3.1", "ETag", "epoch"]),
    ("shard manager: directory table", "stateless-microservices-gcp", "sharding/manager/directory.sql", &["CREATE TABLE", "epoch"]),
    ("CloudFront over S3", "stateless-microservices-aws", "aws/infrastructure/cdn.tf", &["aws_cloudfront_distribution", "aws_cloudfront_origin_access_control"]),
    ("CDN hit ratio as an alarm", "stateless-microservices-aws", "aws/infrastructure/cdn.tf", &["aws_cloudfront_monitoring_subscription", "CacheHitRate"]),
    ("CDN hit ratio as an alarm", "stateless-microservices-gcp", "gcp/infrastructure/cdn.tf", &["cache_result", "denominator_filter"]),
    ("Cloud CDN over Cloud Storage", "stateless-microservices-gcp", "gcp/infrastructure/cdn.tf", &["google_compute_backend_bucket", "enable_cdn"]),
    ("invalidation", "stateless-microservices-aws", "cdn/purge", &["create-invalidation"]),
    ("k6 baseline in the pipeline", "stateless-microservices-aws", ".github/workflows/quill.yaml", &["baseline.js", "stress.js", "soak.js"]),
    ("warehouse: Redshift Serverless", "stateless-microservices-aws", "aws/infrastructure/warehouse.tf", &["aws_redshiftserverless_workgroup"]),
    ("warehouse: BigQuery fed by Datastream", "stateless-microservices-gcp", "gcp/infrastructure/warehouse.tf", &["google_bigquery_dataset", "google_datastream_stream"]),
    ("shard manager: the program", "stateless-microservices-gcp", "sharding/manager/manager.py", &["ETag", "epoch"]),
    ("range split", "stateless-microservices-aws", "docs/RUNBOOK.md", &["sharding/split"]),
    ("key normalisation at CloudFront", "stateless-microservices-aws", "aws/infrastructure/cdn.tf", &["aws_cloudfront_function", "cloudfront-js-2.0", "cdn/key.js"]),
    ("secrets that are due", "stateless-microservices-aws", "aws/infrastructure/secrets.tf", &["aws_scheduler_schedule", "rotation_days"]),
    ("secrets that are due", "stateless-microservices-gcp", "gcp/infrastructure/secrets.tf", &["google_pubsub_subscription", "SECRET_ROTATE", "google_monitoring_alert_policy"]),
    ("backups that fail are heard of", "stateless-microservices-aws", "aws/infrastructure/dr.tf", &["aws_backup_vault", "copy_action", "Copy Job State Change"]),
    ("backups that fail are heard of", "stateless-microservices-gcp", "gcp/infrastructure/dr.tf", &["google_gke_backup_backup_plan", "backup_completion_times"]),
    ("usage file for Infracost", "live-streaming-aws", "infrastructure/envs/prod.infracost.yml", &["aws_cloudfront_distribution.video", "monthly_https_requests", "aws_dynamodb_table.chat"]),
    ("usage file for Infracost", "serverless-edge-gcp", "infrastructure/envs/prod.infracost.yml", &["google_cloud_run_v2_service.function", "google_pubsub_topic.topic"]),
    ("scaling ahead of an event has its controller", "live-streaming-aws", "aws/platform/addons.tf", &["\"keda\""]),
    ("scaling ahead of an event has its controller", "live-streaming-gcp", "gcp/platform/addons.tf", &["helm_release\" \"keda\""]),
    // ---- sharded-kubernetes on databases of its own
    ("CloudNativePG: instances over zones, one of which has each commit", "sharded-kubernetes-cloudnative-pg-aws", "overlays/prod/databases.yaml", &["kind: Cluster", "instances: 3", "failoverQuorum: true", "podAntiAffinityType: required"]),
    ("CloudNativePG: instances over zones, one of which has each commit", "sharded-kubernetes-cloudnative-pg-gcp", "overlays/prod/databases.yaml", &["kind: Cluster", "instances: 3", "failoverQuorum: true", "podAntiAffinityType: required"]),
    ("CloudNativePG: operator and backups", "sharded-kubernetes-cloudnative-pg-aws", "aws/platform/databases.tf", &["\"cloudnative-pg\"", "plugin-barman-cloud", "cert-manager"]),
    ("CloudNativePG: operator and backups", "sharded-kubernetes-cloudnative-pg-gcp", "gcp/platform/databases.tf", &["\"cloudnative-pg\"", "plugin-barman-cloud", "cert-manager"]),
    ("CloudNativePG: log and backups in S3, copied to another region", "sharded-kubernetes-cloudnative-pg-aws", "aws/infrastructure/databases.tf", &["aws_s3_bucket_replication_configuration", "kms:ViaService"]),
    ("CloudNativePG: log and backups in Cloud Storage", "sharded-kubernetes-cloudnative-pg-gcp", "gcp/infrastructure/databases.tf", &["google_storage_bucket", "backup_region"]),
    ("CloudNativePG: passwords that nobody has seen", "sharded-kubernetes-cloudnative-pg-gcp", "kubernetes/base/databases.yaml", &["kind: Password", "CreatedOnce"]),
    ("CloudNativePG: poolers", "sharded-kubernetes-cloudnative-pg-aws", "overlays/prod/databases.yaml", &["kind: Pooler", "poolMode: transaction"]),
    ("CloudNativePG: nodes for instances alone", "sharded-kubernetes-cloudnative-pg-aws", "charts/node-pools/templates/node-pools.tpl", &["expireAfter: Never", "WhenEmpty"]),
    ("CloudNativePG: alerts", "sharded-kubernetes-cloudnative-pg-gcp", "observability/prometheus/rules.yaml", &["DatabasePrimary", "LogNotArchived", "BackupOld"]),
    ("CloudNativePG: restore and upgrade", "sharded-kubernetes-cloudnative-pg-aws", "docs/RUNBOOK.md", &["recoveryTarget", "pg_upgrade"]),
    ("Citus: coordinator and workers", "sharded-kubernetes-citus-aws", "overlays/prod/databases.yaml", &["quorum/citus: coordinator", "quorum/citus: worker", "citus.shard_count"]),
    ("Citus: coordinator and workers", "sharded-kubernetes-citus-gcp", "overlays/prod/databases.yaml", &["quorum/citus: coordinator", "quorum/citus: worker", "citus.shard_count"]),
    ("Citus: distributed by key, co-located, and reference tables", "sharded-kubernetes-citus-gcp", "sharding/citus/citus", &["create_distributed_table", "colocate_with", "create_reference_table"]),
    ("Citus: a node more, and rows that move to it", "sharded-kubernetes-citus-aws", "sharding/citus/citus", &["citus_add_node", "citus_rebalance_start", "citus_drain_node"]),
    ("Citus: image for CloudNativePG", "sharded-kubernetes-citus-aws", "sharding/citus/Dockerfile", &["cloudnative-pg/postgresql", "postgresql-17-citus"]),
    ("Citus: nodes trust one another by certificate", "sharded-kubernetes-citus-gcp", "components/databases/cluster.yaml", &["shared_preload_libraries: [citus]", "cert map=citus"]),
    ("Vitess: tablets over zones, gates in each, keyspaces of equal ranges", "sharded-kubernetes-vitess-aws", "overlays/prod/vitess.yaml", &["kind: VitessCluster", "durabilityPolicy: semi_sync", "parts: 4", "autoscaler:", "innodb_buffer_pool_size"]),
    ("Vitess: tablets over zones, gates in each, keyspaces of equal ranges", "sharded-kubernetes-vitess-gcp", "overlays/prod/vitess.yaml", &["kind: VitessCluster", "durabilityPolicy: semi_sync", "parts: 4", "autoscaler:", "innodb_buffer_pool_size"]),
    ("Vitess: operator, and its kinds of the same release", "sharded-kubernetes-vitess-aws", "kubernetes/base/vitess-operator.yaml", &["planetscale/vitess-operator:v2.17.1", "WATCH_NAMESPACE", "kind: Role"]),
    ("Vitess: operator, and its kinds of the same release", "sharded-kubernetes-vitess-gcp", "gcp/platform/databases.tf", &["vitess_operator = \"2.17.1\"", "cert-manager"]),
    ("Vitess: VSchema with xxhash and sequences", "sharded-kubernetes-vitess-gcp", "vschema/parcels.json", &["\"xxhash\"", "auto_increment", "carriers.parcels_ids"]),
    ("Vitess: shards split and tables moved in, with a way back", "sharded-kubernetes-vitess-aws", "sharding/vitess/vitess", &["Reshard", "MoveTables", "VDiff", "switchtraffic", "reversetraffic", "cancel"]),
    ("Vitess: backups of shards and of their log", "sharded-kubernetes-vitess-gcp", "overlays/prod/vitess.yaml", &["vtctldclient", "incremental-from-pos", "gcs:"]),
    ("Vitess: logins that nobody has seen, by TLS", "sharded-kubernetes-vitess-aws", "kubernetes/base/vitess.yaml", &["users.json", "CreatedOnce", "kind: Certificate"]),
    ("Vitess: alerts", "sharded-kubernetes-vitess-aws", "observability/prometheus/rules.yaml", &["vtgate_healthcheck_connections", "vttablet_heartbeat_current_lag_ns", "BackupOld"]),
    // ---- managed-containers
    ("ECS Fargate scaled on CPU and requests", "managed-containers-aws", "aws/infrastructure/containers.tf", &["aws_ecs_service", "deployment_circuit_breaker", "FARGATE_SPOT", "ECSServiceAverageCPUUtilization", "ALBRequestCountPerTarget"]),
    ("Cloud Run", "managed-containers-gcp", "gcp/infrastructure/containers.tf", &["google_cloud_run_v2_service", "max_instance_request_concurrency"]),
    ("Aurora PostgreSQL with reader autoscaling", "managed-containers-aws", "aws/infrastructure/shards.tf", &["aws_rds_cluster", "RDSReaderAverageCPUUtilization"]),
    ("AlloyDB", "managed-containers-gcp", "gcp/infrastructure/shards.tf", &["google_alloydb_cluster", "READ_POOL"]),
    ("ElastiCache", "managed-containers-aws", "aws/infrastructure/cache.tf", &["aws_elasticache"]),
    ("object events to Lambda", "managed-containers-aws", "aws/infrastructure/workflow.tf", &["aws_cloudwatch_event_rule", "Object Created", "lambda:invoke"]),
    ("object events to Cloud Run functions", "managed-containers-gcp", "gcp/infrastructure/workflow.tf", &["google_eventarc_trigger", "object.v1.finalized"]),
    ("lake: Glue and Athena", "managed-containers-aws", "aws/infrastructure/lake.tf", &["aws_glue_catalog_table", "aws_athena_workgroup", "bytes_scanned_cutoff_per_query", "curated"]),
    ("lake: BigLake and BigQuery", "managed-containers-gcp", "gcp/infrastructure/lake.tf", &["google_bigquery_table", "connection_id", "curated"]),
    ("Step Functions with retries and catches", "managed-containers-aws", "aws/infrastructure/workflow.tf", &["aws_sfn_state_machine", "Retry", "Catch"]),
    ("Workflows", "managed-containers-gcp", "gcp/infrastructure/workflow.tf", &["google_workflows_workflow"]),
    ("Datadog", "managed-containers-aws", "aws/infrastructure/datadog.tf", &["datadog_monitor", "datadog_service_level_objective", "datadog_dashboard"]),
    ("Datadog", "managed-containers-gcp", "gcp/infrastructure/datadog.tf", &["datadog_monitor", "datadog_service_level_objective", "datadog_dashboard"]),
    ("WAF", "managed-containers-aws", "aws/infrastructure/waf.tf", &["aws_wafv2_web_acl"]),
    ("least-privilege role per service", "managed-containers-aws", "aws/infrastructure/identity.tf", &["aws_iam_role", "ecs-tasks.amazonaws.com"]),
    ("migration: PostgreSQL to Aurora", "managed-containers-aws", "migration/postgresql/migrate", &["psql"]),
    ("Datadog", "sharded-kubernetes-alternatives-aws", "aws/platform/datadog.tf", &["helm_release", "otlp", "kubeStateMetricsCore"]),
    ("Datadog", "sharded-kubernetes-alternatives-gcp", "gcp/platform/datadog.tf", &["helm_release", "otlp", "autopilot"]),
    ("Grafana Cloud", "stateless-microservices-alternatives-aws", "aws/infrastructure/grafana-cloud.tf", &["grafana_rule_group", "grafana_dashboard", "target_datasource_uid"]),
    ("Grafana Cloud", "stateless-microservices-alternatives-gcp", "gcp/infrastructure/grafana_cloud.tf", &["grafana_rule_group", "grafana_dashboard", "target_datasource_uid"]),
    ("Grafana Cloud", "managed-containers-alternatives-aws", "aws/infrastructure/grafana-cloud.tf", &["grafana_contact_point", "grafana_dashboard"]),
    ("Grafana Cloud", "managed-containers-alternatives-gcp", "gcp/infrastructure/grafana_cloud.tf", &["grafana_contact_point", "grafana_dashboard"]),
    ("MongoDB Atlas", "managed-containers-alternatives-aws", "aws/infrastructure/document-db.tf", &["mongodbatlas_advanced_cluster", "mongodbatlas_encryption_at_rest", "aws_vpc_endpoint", "mongodbatlas_cloud_backup_schedule", "mongodbatlas_alert_configuration", "aws_iam_type"]),
    ("MongoDB Atlas", "managed-containers-alternatives-gcp", "gcp/infrastructure/document_db.tf", &["mongodbatlas_advanced_cluster", "port_mapping_enabled", "google_compute_forwarding_rule", "google_cloud_kms_config", "oidc_auth_type"]),
    ("Jenkins", "managed-containers-aws", "Jenkinsfile", &["pipeline {", "stage("]),
    ("Jenkins", "managed-containers-gcp", "Jenkinsfile", &["pipeline {", "stage("]),
    // ---- live-streaming
    ("ALB", "live-streaming-aws", "aws/infrastructure/load-balancer.tf", &["aws_lb_listener"]),
    ("EKS services: chat", "live-streaming-aws", "kubernetes/base/services/chat.yaml", &["kind: Deployment"]),
    ("GKE services: ingest", "live-streaming-gcp", "kubernetes/base/services/ingest.yaml", &["kind: Deployment"]),
    ("transcoding fleet on spot", "live-streaming-aws", "aws/infrastructure/fleet.tf", &["mixed_instances_policy", "price-capacity-optimized", "capacity_rebalance", "aws_autoscaling_policy"]),
    ("transcoding fleet on spot", "live-streaming-gcp", "gcp/infrastructure/fleet.tf", &["google_compute_region_instance_group_manager", "SPOT", "google_compute_region_autoscaler"]),
    ("metrics of the fleet's jobs", "live-streaming-aws", "aws/infrastructure/fleet.tf", &["telemetry.service", "aps:RemoteWrite"]),
    ("metrics of the fleet's jobs", "live-streaming-gcp", "gcp/infrastructure/fleet.tf", &["telemetry.service", "machine.yaml"]),
    ("objectives of the fleet's jobs", "live-streaming-aws", "observability/prometheus/rules.yaml", &["slo:jobs:ratio_1h{service=\"transcoder\"}", "WorkerSilent", "MachineDiskFull"]),
    ("Lambda for uploads", "live-streaming-aws", "aws/infrastructure/functions.tf", &["aws_lambda_function"]),
    ("functions for uploads", "live-streaming-gcp", "gcp/infrastructure/functions.tf", &["google_cloud_run_v2_service", "OBJECT_FINALIZE"]),
    ("migration: single-AZ MySQL to multi-AZ", "live-streaming-aws", "migration/mysql/migrate", &["mysqldump", "--source-data=2", "rds_set_external_%s(", "sql_log_bin"]),
    ("load test of jobs, asked of who makes them", "live-streaming-gcp", "loadtest/requests.json", &["/ingest/v1/transcoding"]),
    ("a way from chat to its store", "live-streaming-aws", "kubernetes/base/services/chat.yaml", &["/chat: \"true\""]),
    ("a way from chat to its store", "live-streaming-aws", "kubernetes/base/network-policies.yaml", &["name: to-chat"]),
    ("a bucket for what comes in", "live-streaming-aws", "aws/infrastructure/object-storage.tf", &["ingest     = [\"segments\"]", "/live/segments/*"]),
    ("profiles of machines made by the pipeline", "live-streaming-aws", "aws/bootstrap/pipeline.tf", &["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"]),
    ("media in, past rules about text", "live-streaming-aws", "aws/infrastructure/waf.tf", &["scope_down_statement", "/ingest/"]),
    ("alarm on the hits of video", "live-streaming-aws", "aws/infrastructure/cdn.tf", &["{ DistributionId = aws_cloudfront_distribution.video.id"]),
    ("load test of viewers", "live-streaming-gcp", "loadtest/viewers.js", &["_HLS_msn"]),
    ("load test of chat", "live-streaming-aws", "loadtest/chat.js", &["WebSocket"]),
    ("RDS MySQL multi-AZ with read replicas", "live-streaming-aws", "aws/infrastructure/shards.tf", &["\"mysql\"", "multi_az", "replicate_source_db"]),
    ("Cloud SQL MySQL", "live-streaming-gcp", "gcp/infrastructure/shards.tf", &["MYSQL_", "REGIONAL"]),
    ("DynamoDB chat with TTL", "live-streaming-aws", "aws/infrastructure/nosql.tf", &["aws_dynamodb_table", "ttl", "point_in_time_recovery"]),
    ("MongoDB chat with TTL", "live-streaming-alternatives-aws", "database/mongodb/chat.js", &["expireAfterSeconds", "shardCollection"]),
    ("migration: chat to documents", "live-streaming-alternatives-aws", "migration/chat/move", &["mongoimport", "--upsertFields room,sent_at,_id"]),
    ("Bigtable chat", "live-streaming-gcp", "gcp/infrastructure/nosql.tf", &["google_bigtable_table", "google_bigtable_gc_policy"]),
    ("segments on S3", "live-streaming-aws", "terraform/aws/infrastructure/envs/prod.tfvars", &["segments"]),
    ("CDN with TTLs for LL-HLS", "live-streaming-aws", "aws/infrastructure/cdn.tf", &["_HLS_msn", ".m3u8"]),
    ("CDN with TTLs for LL-HLS", "live-streaming-gcp", "gcp/infrastructure/cdn.tf", &["_HLS_msn", "playlist", "segment_ttl_s"]),
    ("CloudWatch alarms", "live-streaming-aws", "aws/infrastructure/observability.tf", &["aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard"]),
    ("Cloud Monitoring alarms", "live-streaming-gcp", "gcp/infrastructure/observability.tf", &["google_monitoring_alert_policy", "google_monitoring_dashboard"]),
    ("Grafana", "live-streaming-aws", "observability/grafana/capacity.json", &["panels"]),
    ("migration: chat to the key-value store", "live-streaming-aws", "migration/chat/move", &["dynamodb"]),
    ("migration: chat to the key-value store", "live-streaming-gcp", "migration/chat/move", &["cbt -project"]),
    ("announced events", "live-streaming-aws", "kubernetes/overlays/prod/sizing.yaml", &["type: cron"]),
    // ---- serverless-edge
    ("Cloudflare Workers", "serverless-edge-aws", "aws/infrastructure/edge-compute.tf", &["cloudflare_worker"]),
    ("Cloudflare Workers", "serverless-edge-gcp", "gcp/infrastructure/edge_compute.tf", &["cloudflare_worker"]),
    ("Lambda", "serverless-edge-aws", "aws/infrastructure/functions.tf", &["aws_lambda_alias", "reserved_concurrent_executions"]),
    ("Cloud Run", "serverless-edge-gcp", "gcp/infrastructure/functions.tf", &["google_cloud_run_v2_service"]),
    ("Upstash Redis", "serverless-edge-aws", "aws/infrastructure/edge-cache.tf", &["upstash_redis_database"]),
    ("layered TTLs with jitter and stale-while-revalidate", "serverless-edge-aws", "edge/worker.js", &["jitter", "stale"]),
    ("SQS with dead letters", "serverless-edge-aws", "aws/infrastructure/queue.tf", &["aws_sqs_queue", "redrive"]),
    ("Pub/Sub with dead letters", "serverless-edge-gcp", "gcp/infrastructure/queue.tf", &["google_pubsub_subscription", "dead_letter_policy"]),
    ("a topic with several consumers", "serverless-edge-aws", "aws/infrastructure/queue.tf", &["aws_sns_topic", "aws_sns_topic_subscription", "raw_message_delivery", "aws_sqs_queue_policy"]),
    ("a topic with several consumers", "serverless-edge-aws", "terraform/aws/infrastructure/envs/prod.tfvars", &["notification-auditor = {", "source      = \"notification\""]),
    ("a topic with several consumers", "serverless-edge-gcp", "gcp/infrastructure/queue.tf", &["notification-auditor ", "topic = \"notification\" }", "local.topic_retention_hours"]),
    ("a topic with several consumers", "serverless-edge-alternatives-aws", "aws/infrastructure/qstash.tf", &["notification = [\"notifier\", \"auditor\"]"]),
    ("a topic with several groups", "stateless-microservices-alternatives-aws", "observability/prometheus/rules.yaml", &["consumergroup=\"publisher\"", "consumergroup=\"indexer\""]),
    ("EventBridge Scheduler", "serverless-edge-aws", "aws/infrastructure/queue.tf", &["aws_scheduler_schedule", "cron(${each.value.cron})", "\"30 3 * * ? *\"", "Europe/Berlin", "flexible_time_window", "dead_letter_config", "scheduled-time>\\\"}"]),
    ("Cloud Scheduler", "serverless-edge-gcp", "gcp/infrastructure/queue.tf", &["google_cloud_scheduler_job", "\"30 3 * * *\"", "Europe/Berlin", "pubsub.googleapis.com/v1", "condition_matched_log"]),
    ("Cloud Scheduler to Cloud Tasks", "managed-containers-alternatives-gcp", "gcp/infrastructure/queue.tf", &["google_cloud_scheduler_job", "cloudtasks.googleapis.com/v2"]),
    ("schedules of QStash", "serverless-edge-alternatives-gcp", "gcp/infrastructure/qstash.tf", &["upstash_qstash_schedule_v2", "CRON_TZ=Europe/Berlin 30 3 * * *"]),
    ("Cloud Tasks at a rate", "serverless-edge-gcp", "gcp/infrastructure/queue.tf", &["google_cloud_tasks_queue", "max_dispatches_per_second", "roles/cloudtasks.enqueuer", "oidc_token"]),
    ("Cloud Tasks at a rate", "managed-containers-alternatives-gcp", "gcp/infrastructure/queue.tf", &["google_cloud_tasks_queue", "google_cloud_run_v2_service.service[\"indexer\"]"]),
    ("a worker at a rate", "serverless-edge-aws", "terraform/aws/infrastructure/envs/prod.tfvars", &["its limit leaves work for 11"]),
    ("QStash at a rate", "serverless-edge-alternatives-aws", "terraform/aws/infrastructure/envs/prod.tfvars", &["period_s = "]),
    ("one database per domain", "serverless-edge-aws", "terraform/aws/infrastructure/envs/prod.tfvars", &["accounts", "products", "billing", "analytics"]),
    ("pooled serverless database", "serverless-edge-aws", "aws/infrastructure/shards.tf", &["serverlessv2_scaling_configuration", "aws_db_proxy"]),
    ("Vercel", "serverless-edge-alternatives-aws", "aws/infrastructure/edge-compute.tf", &["vercel_project"]),
    ("QStash", "serverless-edge-alternatives-gcp", "gcp/infrastructure/qstash.tf", &["qstash_topics", "qstash_consumers"]),
    ("Sentry", "serverless-edge-aws", "aws/infrastructure/sentry.tf", &["sentry_project"]),
    ("objectives as alerts", "serverless-edge-aws", "aws/infrastructure/slo.tf", &["aws_cloudwatch_metric_alarm", "burn"]),
    ("objectives as alerts", "serverless-edge-gcp", "gcp/infrastructure/slo.tf", &["google_monitoring_slo", "burn"]),
    ("OpenTelemetry without a cluster", "serverless-edge-aws", "aws/infrastructure/telemetry.tf", &["opentelemetry-collector-contrib", "tail_sampling", "aws_appautoscaling_policy", "OTEL_EXPORTER_OTLP_ENDPOINT"]),
    ("OpenTelemetry without a cluster", "serverless-edge-gcp", "gcp/infrastructure/telemetry.tf", &["opentelemetry-collector-contrib", "tail_sampling", "roles/run.invoker"]),
    ("tail sampling", "serverless-edge-aws", "observability/otel/gateway.yaml", &["tail_sampling", "memory_limiter", "awsxray", "awsemf", "aws_cloud_map"]),
    ("collector beside each instance", "serverless-edge-gcp", "gcp/infrastructure/functions.tf", &["name  = \"collector\"", "COLLECTOR_CONFIG"]),
    ("load test of jobs", "serverless-edge-aws", "loadtest/jobs.js", &["ramping-arrival-rate"]),
    // ---- two clouds
    ("pools, monitors and failover", "two-clouds-both", "terraform/global/balancing.tf", &["cloudflare_load_balancer_pool", "cloudflare_load_balancer_monitor", "fallback_pool"]),
    ("what is not replicated", "two-clouds-both", "docs/CLOUDS.md", &["replicated"]),
];

#[test]
fn what_an_architecture_is_named_for_is_there() {
    let mut missing = Vec::new();
    for (technology, case, path, words) in TABLE {
        let Some(Case { tree, .. }) = cases().iter().find(|one| one.name == *case) else {
            missing.push(format!("{technology}: there is no example {case}"));
            continue;
        };
        let found = tree.files.iter().find(|(name, _)| name.ends_with(path));
        match found {
            None => missing.push(format!("{technology}: {case} has no {path}")),
            Some((name, file)) => {
                let lost = words.iter().filter(|word| !file.text.contains(**word));
                missing.extend(
                    lost.map(|word| format!("{technology}: {case}/{name} has no `{word}`")),
                );
            }
        }
    }
    assert!(
        missing.is_empty(),
        "{} missing:\n{}",
        missing.len(),
        missing.join("\n")
    );
}

#[test]
fn each_value_of_a_choice_is_in_an_example_on_each_cloud_that_has_it() {
    let mut shown = BTreeSet::new();
    for plan in cases().iter().flat_map(|case| &case.plans) {
        let chosen = plan.choice.iter();
        shown.extend(chosen.map(|(key, value)| (plan.cloud, key.as_str(), value.as_str())));
    }
    let mut missing = BTreeSet::new();
    for architecture in &architecture::all() {
        for cloud in [Cloud::Aws, Cloud::Gcp] {
            for key in architecture.choices() {
                let legal = architecture.legal(key, cloud).iter();
                let unseen = legal.filter(|value| !shown.contains(&(cloud, key, value.as_str())));
                missing.extend(unseen.map(|value| format!("{key}: {value} on {}", cloud.name())));
            }
        }
    }
    assert!(missing.is_empty(), "in no example: {missing:?}");
}
