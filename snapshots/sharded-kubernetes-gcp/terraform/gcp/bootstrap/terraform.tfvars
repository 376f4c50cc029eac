region      = "us-central1"
cost_centre = "4711"

environments = {
  dev     = { project_id = "quantum-dev" }
  staging = { project_id = "quantum-staging" }
  prod    = { project_id = "quantum-prod" }
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository          = "quantum-example/quantum"
repository_owner_id = "12345678" # fill in
