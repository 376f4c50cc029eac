region      = "us-central1"
cost_centre = "4713"

environments = {
  prod = { project_id = "bytebridge-prod" } # fill in
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository    = "bytebridge/platform"
repository_id = "12345678" # fill in
