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
    condition     = google_memorystore_instance.main.authorization_mode == "IAM_AUTH" && google_memorystore_instance.main.transit_encryption_mode == "SERVER_AUTHENTICATION"
    error_message = "The cache must ask for IAM and TLS."
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
    shards   = { for keyspace, spec in var.shards : keyspace => merge(spec, { pool = 0, proxied = false }) }
  }

  expect_failures = [google_sql_database_instance.shard]
}

run "address_space" {
  command = plan

  variables {
    cluster = merge(var.cluster, { pools = { for name, pool in var.cluster.pools : name => merge(pool, { max_per_zone = 2000 }) } })
  }

  expect_failures = [google_container_cluster.main]
}
