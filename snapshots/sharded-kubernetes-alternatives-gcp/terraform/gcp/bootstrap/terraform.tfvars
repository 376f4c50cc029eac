region      = "us-east4"
cost_centre = "4712"

environments = {
  prod = { project_id = "quasar-prod" }
}

billing_account = "012345-6789AB-CDEF01" # fill in

repository = "quasar-example/quasar"
issuer     = "https://jenkins.example.com/oidc" # fill in
