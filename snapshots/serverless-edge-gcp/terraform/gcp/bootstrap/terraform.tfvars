region      = "us-central1"
cost_centre = "jor"

environments = {
  dev     = { project_id = "jor-dev" }     # fill in
  staging = { project_id = "jor-staging" } # fill in
  prod    = { project_id = "jor-prod" }    # fill in
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository          = "jor/jor"  # fill in
repository_owner_id = "12345678" # fill in
