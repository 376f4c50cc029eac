region      = "us-central1"
cost_centre = "3500"

environments = {
  dev     = { project_id = "apex-dev" }
  staging = { project_id = "apex-staging" }
  prod    = { project_id = "apex-prod" }
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository          = "apex-example/apex"
repository_owner_id = "12345678" # fill in
