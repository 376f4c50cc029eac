# The load balancer itself is the Gateway of kubernetes/base; here is what it refers to by name, and what has to exist
# before the first request.

resource "google_compute_global_address" "edge" {
  name   = "${local.name}-edge"
  labels = { component = "load-balancer" }
  # DNS and the allow lists of partners hang on it.
  deletion_policy = local.deletion_policy
}
