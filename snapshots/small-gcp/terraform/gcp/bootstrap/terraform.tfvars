region      = "us-central1"
cost_centre = "starter"

environments = {
  dev     = { project_id = "starter-dev" }     # fill in
  staging = { project_id = "starter-staging" } # fill in
  prod    = { project_id = "starter-prod" }    # fill in
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository          = "starter/starter" # fill in
repository_owner_id = "12345678"        # fill in
