region      = "us-central1"
cost_centre = "4714"

environments = {
  prod = { project_id = "quorum-prod" }
}

billing_account = "012345-6789AB-CDEF01" # fill in
