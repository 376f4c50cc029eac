# What this root promises, tried without an account: tf test -var-file=envs/prod.tfvars
mock_provider "cloudflare" {}

run "every_side_is_looked_at_and_balanced" {
  command = plan

  assert {
    condition     = toset(keys(cloudflare_load_balancer_pool.side)) == toset(local.sides)
    error_message = "Not every side has a pool."
  }

  assert {
    condition     = toset(keys(var.balancing.weights)) == toset(local.sides)
    error_message = "Not every side has a weight."
  }

  assert {
    condition     = cloudflare_load_balancer.entry.proxied && cloudflare_load_balancer.entry.session_affinity == "cookie"
    error_message = "Users do not stay on their side."
  }

  assert {
    condition     = alltrue([for side, pool in cloudflare_load_balancer_pool.side : pool.origins[0].header.host[0] == var.origins[side]])
    error_message = "A side is asked for a name that its certificate does not have."
  }
}
