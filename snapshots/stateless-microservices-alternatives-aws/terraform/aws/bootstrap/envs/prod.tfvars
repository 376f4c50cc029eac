# terraform workspace select -or-create prod && terraform apply -var-file=envs/prod.tfvars

environment    = "prod"
region         = "eu-west-1"
account_id     = "111122223333"                     # fill in
jenkins_issuer = "https://jenkins.example.com/oidc" # fill in
