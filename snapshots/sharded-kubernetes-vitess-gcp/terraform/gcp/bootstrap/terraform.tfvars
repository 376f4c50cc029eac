region      = "us-central1"
cost_centre = "4715"

environments = {
  prod = { project_id = "quarry-prod" }
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository          = "quarry-example/quarry"
repository_owner_id = "12345678" # fill in
