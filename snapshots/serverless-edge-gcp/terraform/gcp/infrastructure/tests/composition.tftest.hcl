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
    condition     = alltrue([for instance in google_sql_database_instance.shard : !instance.settings[0].ip_configuration[0].ipv4_enabled])
    error_message = "A database has a public address."
  }

  assert {
    condition     = length(google_sql_database_instance.shard) == sum([for keyspace in var.shards : length(keyspace.nodes)])
    error_message = "There is not one instance for each node of the shard map."
  }

  assert {
    condition     = alltrue([for instance in google_sql_database_instance.shard : instance.deletion_protection == var.protected])
    error_message = "Deletion protection does not follow var.protected."
  }

  assert {
    condition     = one([for rule in google_compute_security_policy.edge.rule : rule.action if rule.priority == 2147483647]) == "deny(403)"
    error_message = "The origin must refuse what no rule allows."
  }

  assert {
    condition     = alltrue([for topic, letter in local.queue_dead_letters : length(google_pubsub_subscription.topic[topic].dead_letter_policy) == 1])
    error_message = "A message that nobody can handle would come back for ever."
  }

  assert {
    condition     = alltrue([for id in values(local.account_ids) : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", id))])
    error_message = "A service account's id is not one that Google accepts."
  }

  assert {
    condition     = alltrue([for key in keys(output.endpoints) : can(regex("^[A-Z][A-Z0-9_]*$", key))])
    error_message = "A key of endpoints is not the name of an environment variable."
  }

  assert {
    condition     = alltrue([for keyspace, database in local.databases : output.endpoints[upper(replace("DATABASE_PORT_${keyspace}", "-", "_"))] == tostring(database.port)])
    error_message = "A service is not told the port of its pool."
  }

  assert {
    condition     = length(google_secret_manager_secret_version.first) == length(var.secrets)
    error_message = "A service reads a secret that has no value."
  }
}

run "connection_budget" {
  command = plan

  variables {
    services = { for service, spec in var.services : service => merge(spec, { pods_max = 10000, pool_size = 10, keyspaces = keys(var.shards), consumes = [] }) }
    shards   = { for keyspace, spec in var.shards : keyspace => merge(spec, { pool = 0, proxied = false }) }
  }

  expect_failures = [google_sql_database_instance.shard]
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
