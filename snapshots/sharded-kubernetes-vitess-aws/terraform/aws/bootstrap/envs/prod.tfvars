# terraform workspace select -or-create prod && terraform apply -var-file=envs/prod.tfvars

environment = "prod"
region      = "us-east-1"
account_id  = "111122223333" # fill in
repository  = "quarry-example/quarry"
