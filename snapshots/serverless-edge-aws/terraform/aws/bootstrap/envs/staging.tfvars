# terraform workspace select -or-create staging && terraform apply -var-file=envs/staging.tfvars

environment = "staging"
region      = "us-east-1"
account_id  = "111122223334" # fill in
repository  = "jor/jor"      # fill in
