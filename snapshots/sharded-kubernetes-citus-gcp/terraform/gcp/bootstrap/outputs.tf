output "state_buckets" {
  description = "State bucket of each environment, for envs/<env>.tfbackend."
  value       = { for environment, bucket in google_storage_bucket.state : environment => bucket.name }
}
