region      = "us-central1"
cost_centre = "2208"

environments = {
  dev     = { project_id = "quill-dev" }
  staging = { project_id = "quill-staging" }
  prod    = { project_id = "quill-prod" }
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository          = "quill-example/quill"
repository_owner_id = "12345678" # fill in
