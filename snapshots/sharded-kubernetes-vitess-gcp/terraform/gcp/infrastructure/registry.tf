resource "google_artifact_registry_repository" "images" {
  repository_id   = local.name
  location        = var.region
  format          = "DOCKER"
  kms_key_name    = google_kms_crypto_key.purpose["registry"].id
  deletion_policy = local.deletion_policy
  labels          = { component = "registry" }

  docker_config {
    immutable_tags = true
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = var.registry.keep_images # a rollback reaches this far
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      older_than = "${var.registry.image_days * 86400}s"
    }
  }

  cleanup_policies {
    id     = "delete-untagged"
    action = "DELETE"

    condition {
      tag_state  = "UNTAGGED"
      older_than = "${var.registry.untagged_days * 86400}s"
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.user] # layers are encrypted from the first push on
}

resource "google_artifact_registry_repository_iam_member" "node" {
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.node.member
}

resource "google_artifact_registry_repository_iam_member" "release" {
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.release.member
}
