provider "aws" {
  region = var.region

  # A plan started with another environment's credentials stops here.
  allowed_account_ids = [var.account_id]
}

# A root of its own: a provider must not be configured from a cluster made in the same apply.
provider "helm" {
  kubernetes = {
    host                   = data.aws_eks_cluster.main.endpoint
    cluster_ca_certificate = base64decode(data.aws_eks_cluster.main.certificate_authority[0].data)

    # A token for each run, from the caller's own role: none is stored.
    exec = {
      api_version = "client.authentication.k8s.io/v1"
      command     = "aws"
      args        = ["eks", "get-token", "--cluster-name", data.aws_eks_cluster.main.name, "--region", var.region]
    }
  }
}
