# terraform workspace select -or-create dev && terraform apply -var-file=envs/dev.tfvars

environment = "dev"
region      = "us-east-1"
account_id  = "111122223333" # fill in
repository  = "jor/jor"      # fill in
