resource "aws_cloudwatch_log_group" "cluster" {
  # EKS writes to exactly this name, and would make it without an end or a key.
  name              = "/aws/eks/${local.name}/cluster"
  retention_in_days = var.observability.audit_log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

data "aws_iam_policy_document" "cluster_trust" {
  statement {
    actions = ["sts:AssumeRole"]

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
    "AmazonEKSClusterPolicy",
  ])

  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
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
  depends_on = [aws_cloudwatch_log_group.cluster, aws_iam_role_policy_attachment.cluster]
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

# Nodes: one role for the system group and for what Karpenter starts, so that EKS's own access entry covers both.
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
    "AmazonSSMManagedInstanceCore",
  ])

  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_launch_template" "system" {
  name                   = "${local.name}-system"
  update_default_version = true

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type = "gp3"
      volume_size = var.cluster.system.disk_gib
      encrypted   = true
      kms_key_id  = aws_kms_key.main["cluster"].arn
    }
  }

  metadata_options {
    http_tokens = "required"
    # Pods have pod identity; they must not reach the node's credentials.
    http_put_response_hop_limit = 1
  }

  tag_specifications {
    resource_type = "instance"
    tags          = merge(local.tags, { Name = "${local.name}-system" })
  }

  tag_specifications {
    resource_type = "volume"
    tags          = local.tags
  }
}

resource "aws_eks_node_group" "system" {
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "system"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = values(local.node_subnets)
  version         = aws_eks_cluster.main.version
  ami_type        = var.cluster.system.arch == "arm64" ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD"
  instance_types  = var.cluster.system.instance_types

  launch_template {
    id      = aws_launch_template.system.id
    version = aws_launch_template.system.latest_version
  }

  # Nothing scales this group: Karpenter runs on it and cannot start the nodes it runs on.
  scaling_config {
    min_size     = var.cluster.system.nodes
    desired_size = var.cluster.system.nodes
    max_size     = var.cluster.system.nodes + 1
  }

  labels = { pool = "system" }

  update_config {
    max_unavailable = 1
  }

  node_repair_config {
    enabled = true
  }

  taint {
    key    = "CriticalAddonsOnly"
    value  = "true"
    effect = "NO_SCHEDULE"
  }

  # A node without network, registry or rights joins as NotReady and fails the group.
  depends_on = [aws_iam_role_policy_attachment.node, aws_eks_addon.before_nodes, aws_route.nat]
}

# Add-ons take the version that EKS defaults to for the cluster's Kubernetes version, and move with it.
locals {
  addons_before_nodes = {
    kube-proxy             = null
    eks-pod-identity-agent = null
    vpc-cni = jsonencode({
      enableNetworkPolicy = "true"
      env = {
        ENABLE_PREFIX_DELEGATION = "true"
        # Pods live in their own subnets; leaving the VPC they go through NAT, not through the node's address.
        AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG = "true"
        AWS_VPC_K8S_CNI_EXTERNALSNAT       = "true"
        ENI_CONFIG_LABEL_DEF               = "topology.kubernetes.io/zone"
      }
      eniConfig = {
        create  = true
        region  = var.region
        subnets = { for zone, id in local.pod_subnets : zone => { id = id, securityGroups = [aws_eks_cluster.main.vpc_config[0].cluster_security_group_id] } }
      }
    })
  }
  addons_after_nodes = {
    coredns            = jsonencode({ autoScaling = { enabled = true } })
    aws-ebs-csi-driver = jsonencode({ controller = { tolerations = [{ key = "CriticalAddonsOnly", operator = "Exists" }] } })
  }
  # Add-ons with cloud permissions: service account, and AWS's own policy for it.
  addon_roles = {
    vpc-cni            = { service_account = "aws-node", policy = "AmazonEKS_CNI_Policy" }
    aws-ebs-csi-driver = { service_account = "ebs-csi-controller-sa", policy = "service-role/AmazonEBSCSIDriverPolicy" }
  }
}

data "aws_eks_addon_version" "main" {
  for_each = merge(local.addons_before_nodes, local.addons_after_nodes)

  addon_name         = each.key
  kubernetes_version = aws_eks_cluster.main.version
}

resource "aws_iam_role" "addon" {
  for_each = local.addon_roles

  name                 = "${local.name}-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.pod_identity_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy_attachment" "addon" {
  for_each = local.addon_roles

  role       = aws_iam_role.addon[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/${each.value.policy}"
}

# The driver encrypts volumes with our key, which AWS's policy does not know.
data "aws_iam_policy_document" "volume_key" {
  statement {
    sid       = "UseKey"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = [aws_kms_key.main["cluster"].arn, aws_kms_key.main["data"].arn]
  }

  statement {
    sid       = "GrantToVolumes"
    actions   = ["kms:CreateGrant"]
    resources = [aws_kms_key.main["cluster"].arn, aws_kms_key.main["data"].arn]

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role_policy" "volume_key" {
  name   = "volume-key"
  role   = aws_iam_role.addon["aws-ebs-csi-driver"].id
  policy = data.aws_iam_policy_document.volume_key.json
}

resource "aws_eks_addon" "before_nodes" {
  for_each = local.addons_before_nodes

  cluster_name                = aws_eks_cluster.main.name
  addon_name                  = each.key
  addon_version               = data.aws_eks_addon_version.main[each.key].version
  configuration_values        = each.value
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = { for name, role in local.addon_roles : name => role if name == each.key }

    content {
      role_arn        = aws_iam_role.addon[pod_identity_association.key].arn
      service_account = pod_identity_association.value.service_account
    }
  }
}

resource "aws_eks_addon" "after_nodes" {
  for_each = local.addons_after_nodes

  cluster_name                = aws_eks_cluster.main.name
  addon_name                  = each.key
  addon_version               = data.aws_eks_addon_version.main[each.key].version
  configuration_values        = each.value
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = { for name, role in local.addon_roles : name => role if name == each.key }

    content {
      role_arn        = aws_iam_role.addon[pod_identity_association.key].arn
      service_account = pod_identity_association.value.service_account
    }
  }

  # Their pods need a node to become healthy on.
  depends_on = [aws_eks_node_group.system]
}

check "pod_addresses" {
  assert {
    # A node takes whole /28 prefixes, and one more while it warms up.
    condition     = length(var.network.node_zones) * 1024 >= ceil(var.cluster.max_pods / 16) + 256
    error_message = "The pod subnets hold too few /28 prefixes for ${var.cluster.max_pods} pods."
  }
}
