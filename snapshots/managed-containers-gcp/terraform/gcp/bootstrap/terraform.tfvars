region      = "us-central1"
cost_centre = "4713"

environments = {
  dev     = { project_id = "bytebridge-dev" }     # fill in
  staging = { project_id = "bytebridge-staging" } # fill in
  prod    = { project_id = "bytebridge-prod" }    # fill in
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository = "bytebridge/platform"
issuer     = "https://jenkins.example.com/oidc" # fill in
