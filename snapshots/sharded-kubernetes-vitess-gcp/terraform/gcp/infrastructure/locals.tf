data "google_project" "current" {}

locals {
  name = "quarry-${var.environment}"

  labels = merge(var.tags, {
    project     = "quarry"
    environment = var.environment
    managed-by  = "terraform"
  })

  # PREVENT makes the provider refuse the deletion itself, also when the block is taken out of the code.
  deletion_policy = var.protected ? "PREVENT" : "DELETE"

  # Namespace and Kubernetes service accounts of the workloads: kubernetes/base uses the same names.
  namespace = "quarry"
}
