# Run for each environment: terraform test -var-file=envs/<env>.tfvars

# Not mocked: an ephemeral token cannot be.
override_data {
  target = data.google_container_cluster.main
  values = {
    control_plane_endpoints_config = [{
      dns_endpoint_config = [{
        allow_external_traffic    = true
        enable_k8s_certs_via_dns  = false
        enable_k8s_tokens_via_dns = false
        endpoint                  = "gke-0123456789.us-east4.gke.goog"
      }]
      ip_endpoints_config = []
    }]
  }
}

mock_provider "helm" {}

run "pinned" {
  command = plan

  assert {
    condition     = alltrue([for chart in local.charts : can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", chart.version))])
    error_message = "A chart's version is not pinned."
  }
}
