region      = "europe-west1"
cost_centre = "2209"

environments = {
  prod = { project_id = "margin-prod" }
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository    = "margin-example/margin"
repository_id = "12345678" # fill in
