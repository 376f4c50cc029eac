region      = "us-central1"
cost_centre = "jor"

environments = {
  prod = { project_id = "jor-prod" } # fill in
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository    = "jor/jor"  # fill in
repository_id = "12345678" # fill in
