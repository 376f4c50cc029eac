resource "aws_cloudwatch_log_group" "cluster" {
  # EKS writes to exactly this name, and would make it without an end or a key.
  name              = "/aws/eks/${local.name}/cluster"
  retention_in_days = var.observability.audit_log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

data "aws_iam_policy_document" "cluster_trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "cluster" {
  name                 = "${local.name}-cluster"
  assume_role_policy   = data.aws_iam_policy_document.cluster_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy_attachment" "cluster" {
  for_each = toset([
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
  ])

  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

# Auto Mode starts nodes by the cluster's role; their volumes are encrypted with our key, which AWS's policies do not know.
data "aws_iam_policy_document" "cluster_key" {
  statement {
    sid       = "NodeVolumes"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = [aws_kms_key.main["cluster"].arn]
  }

  statement {
    sid       = "GrantToVolumes"
    actions   = ["kms:CreateGrant"]
    resources = [aws_kms_key.main["cluster"].arn]

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role_policy" "cluster_key" {
  name   = "node-volumes"
  role   = aws_iam_role.cluster.id
  policy = data.aws_iam_policy_document.cluster_key.json
}

resource "aws_eks_cluster" "main" {
  # checkov:skip=CKV_AWS_37: prod logs all five types; the others what an audit needs
  # checkov:skip=CKV_AWS_339: the tool's list of versions ends before the ones that var.cluster allows
  name                          = local.name
  version                       = var.cluster.version
  role_arn                      = aws_iam_role.cluster.arn
  enabled_cluster_log_types     = var.cluster.log_types
  deletion_protection           = var.protected
  bootstrap_self_managed_addons = false

  access_config {
    authentication_mode = "API"
    # Whoever runs the first apply gets no silent, irrevocable admin; access entries below are the whole list.
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.main["cluster"].arn
    }
  }

  kubernetes_network_config {
    # Apart from the VPC and the pod blocks of every environment; fixed for the cluster's life.
    service_ipv4_cidr = "172.20.0.0/16"

    elastic_load_balancing {
      enabled = true
    }
  }

  # Auto Mode brings node lifecycle, networking, DNS, volumes and pod identity; all three parts are on or off together.
  compute_config {
    enabled       = true
    node_pools    = ["system"]
    node_role_arn = aws_iam_role.node.arn
  }

  storage_config {
    block_storage {
      enabled = true
    }
  }

  upgrade_policy {
    # Extended support costs six times as much; staying on a supported version is the plan.
    support_type = "STANDARD"
  }

  vpc_config {
    subnet_ids              = local.subnet_ids.nodes
    endpoint_private_access = true
    endpoint_public_access  = length(var.cluster.public_access_cidrs) > 0
    public_access_cidrs     = length(var.cluster.public_access_cidrs) > 0 ? var.cluster.public_access_cidrs : null
  }

  zonal_shift_config {
    enabled = var.cluster.zonal_shift
  }

  # Destroyed earlier, the role could not remove the cluster's network interfaces.
  depends_on = [aws_cloudwatch_log_group.cluster, aws_iam_role_policy_attachment.cluster, aws_iam_role_policy.cluster_key]
}

locals {
  cluster = {
    name              = aws_eks_cluster.main.name
    arn               = aws_eks_cluster.main.arn
    security_group_id = aws_eks_cluster.main.vpc_config[0].cluster_security_group_id
  }
}

resource "aws_eks_access_entry" "admin" {
  for_each = var.cluster.admin_role_arns

  cluster_name  = aws_eks_cluster.main.name
  principal_arn = each.value
}

resource "aws_eks_access_policy_association" "admin" {
  for_each = aws_eks_access_entry.admin

  cluster_name  = aws_eks_cluster.main.name
  principal_arn = each.value.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

# Nodes of every pool have this role; EKS makes its access entry.
data "aws_iam_policy_document" "node_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "node" {
  name                 = "${local.name}-node"
  assume_role_policy   = data.aws_iam_policy_document.node_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset([
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKSWorkerNodeMinimalPolicy",
  ])

  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}
