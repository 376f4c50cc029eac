terraform {
  # 1.11: write-only arguments keep generated secrets out of the state.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.15" # aws_db_proxy.default_auth_scheme
    }
    mongodbatlas = {
      source  = "mongodb/mongodbatlas"
      version = "~> 2.7" # port mapping of Private Service Connect, sizes that Atlas scales
    }
    grafana = {
      source  = "grafana/grafana"
      version = "~> 4.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
  }
}
