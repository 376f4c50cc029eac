output "entry" {
  description = "What users reach."
  value       = "https://${cloudflare_load_balancer.entry.name}"
}

output "pools" {
  description = "Pool of each side, for taking one out by hand."
  value       = { for side, pool in cloudflare_load_balancer_pool.side : side => pool.id }
}
