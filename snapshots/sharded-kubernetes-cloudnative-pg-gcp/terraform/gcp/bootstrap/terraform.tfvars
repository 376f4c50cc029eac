region      = "us-central1"
cost_centre = "4713"

environments = {
  prod = { project_id = "quire-prod" }
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository          = "quire-example/quire"
repository_owner_id = "12345678" # fill in
