region      = "europe-west4"
cost_centre = "twin"

environments = {
  dev     = { project_id = "twin-dev" }     # fill in
  staging = { project_id = "twin-staging" } # fill in
  prod    = { project_id = "twin-prod" }    # fill in
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository          = "twin/twin" # fill in
repository_owner_id = "12345678"  # fill in
