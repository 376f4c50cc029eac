# The composition's promises. Run for each environment: terraform test -var-file=envs/<env>.tfvars

mock_provider "google" {
  override_during = plan

  mock_data "google_project" {
    defaults = { number = "100000000001" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { member = "serviceAccount:service-100000000001@gs-project-accounts.iam.gserviceaccount.com" }
  }

  mock_resource "google_certificate_manager_dns_authorization" {
    defaults = {
      dns_resource_record = [{ name = "_acme-challenge.example.com.", type = "CNAME", data = "0123.authorize.certificatemanager.goog." }]
    }
  }

  mock_resource "google_memorystore_instance" {
    defaults = {
      endpoints = [{
        connections = [{
          psc_auto_connection = [{
            connection_type = "CONNECTION_TYPE_DISCOVERY", forwarding_rule = "", ip_address = "10.0.32.2", network = "", port = 6379
            project_id      = "", psc_connection_id = "", service_attachment = ""
          }]
        }]
      }]
    }
  }
}

mock_provider "google-beta" {
  override_during = plan
}

mock_provider "cloudflare" {
  mock_data "cloudflare_ip_ranges" {
    defaults = { ipv4_cidrs = ["192.0.2.0/24"], ipv6_cidrs = ["2001:db8::/32"] }
  }
}

run "every_environment" {
  command = plan

  assert {
    condition     = length(google_alloydb_cluster.shard) == sum([for keyspace in var.shards : length(keyspace.nodes)])
    error_message = "There is not one cluster for each node of the shard map."
  }

  assert {
    condition     = alltrue([for cluster in google_alloydb_cluster.shard : cluster.deletion_protection == var.protected])
    error_message = "Deletion protection does not follow var.protected."
  }

  assert {
    condition     = google_memorystore_instance.main.authorization_mode == "IAM_AUTH" && google_memorystore_instance.main.transit_encryption_mode == "SERVER_AUTHENTICATION"
    error_message = "The cache must ask for IAM and TLS."
  }

  assert {
    condition     = one([for rule in google_compute_security_policy.edge.rule : rule.action if rule.priority == 2147483647]) == "deny(403)"
    error_message = "The origin must refuse what no rule allows."
  }

  assert {
    condition     = google_container_cluster.main.deletion_protection == var.protected
    error_message = "Deletion protection of the cluster does not follow var.protected."
  }

  assert {
    condition     = alltrue([for id in values(local.account_ids) : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", id))])
    error_message = "A service account's id is not one that Google accepts."
  }

  assert {
    condition     = alltrue([for key in keys(output.cluster_values) : can(regex("^[A-Z][A-Z0-9_]*$", key))])
    error_message = "A key of cluster_values is not the name of an environment variable."
  }
}

run "connection_budget" {
  command = plan

  variables {
    services = { for service, spec in var.services : service => merge(spec, { pods_max = 10000, pool_size = 10, keyspaces = keys(var.shards), consumes = [] }) }
    shards   = { for keyspace, spec in var.shards : keyspace => merge(spec, { pool = 0 }) }
  }

  expect_failures = [google_alloydb_instance.primary]
}

run "origin_pulls" {
  command = plan

  variables {
    load_balancer = { origin_pull_ca_pem = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----" }
  }

  assert {
    condition     = length(google_network_security_server_tls_policy.origin_pull) == 1 && alltrue([for settings in cloudflare_authenticated_origin_pulls_settings.main : settings.enabled])
    error_message = "Cloudflare shows a certificate that nobody looks at, or the other way round."
  }
}
