output "state_buckets" {
  description = "State bucket of each environment, for envs/<env>.tfbackend."
  value       = { for environment, bucket in google_storage_bucket.state : environment => bucket.name }
}

output "pipeline" {
  description = "What the pipeline's jobs authenticate with, by environment."
  value = {
    for environment, provider in google_iam_workload_identity_pool_provider.pipeline : environment => {
      pool     = google_iam_workload_identity_pool.pipeline[environment].name # pipeline.pool in envs/<env>.tfvars
      provider = provider.name
      plan     = google_service_account.plan[environment].email
      apply    = google_service_account.apply[environment].email
    }
  }
}
