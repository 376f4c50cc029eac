region      = "us-central1"
cost_centre = "3510"

environments = {
  prod = { project_id = "vivid-prod" }
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository    = "vivid-example/vivid"
repository_id = "12345678" # fill in
