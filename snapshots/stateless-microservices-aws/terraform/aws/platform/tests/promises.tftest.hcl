# What the add-ons promise, on mock providers: terraform test

mock_provider "helm" {}

mock_provider "aws" {
  mock_data "aws_eks_cluster" {
    defaults = {
      endpoint              = "https://cluster.example.com"
      certificate_authority = [{ data = "Y2VydGlmaWNhdGU=" }]
      vpc_config            = [{ cluster_security_group_id = "sg-0123456789abcdef0", vpc_id = "vpc-0123456789abcdef0" }]
    }
  }
  mock_data "aws_prometheus_workspaces" {
    defaults = { workspace_ids = ["ws-00000000-0000-0000-0000-000000000000"] }
  }
}

variables {
  environment = "prod"
  region      = "us-east-1"
  account_id  = "111122223333"
  controllers = { replicas = 2, cpu_m = 100, memory_mib = 256 }
  node_image  = "al2023@v20260709"
  node_zones  = ["us-east-1a"]
  node_pools = {
    general = { arch = "arm64", spot = false, gpu = false, dedicated = false, instance_types = ["m7g.2xlarge"], cpu_limit = 32, disk_gib = 50, weight = 10 }
    gpu     = { arch = "amd64", spot = true, gpu = true, dedicated = false, instance_types = ["g6.xlarge"], cpu_limit = 48, disk_gib = 100, weight = 20 }
  }
  gateway   = { min_replicas = 3, max_replicas = 5, cpu_target = 70, cpu_m = 500, memory_mib = 256, pre_stop_s = 15, termination_grace_s = 50 }
  telemetry = { replicas = 2, cpu_m = 200, memory_mib = 512, sampling_percent = 5 }
  probe     = { host = "quill.example.com", replicas = 2 }
}

run "every_chart_is_pinned" {
  command = plan

  assert {
    condition = alltrue([for release in [
      helm_release.external_secrets,
      helm_release.load_balancer_controller,
      helm_release.keda,
      helm_release.nginx_gateway,
      helm_release.telemetry,
      helm_release.agent,
      helm_release.metrics_server,
      helm_release.karpenter,
      helm_release.karpenter_crd,
      helm_release.nvidia_device_plugin[0],
    ] : can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", release.version))])
    error_message = "A chart without an exact version changes by itself."
  }
}

run "device_plugin_follows_the_gpu_pool" {
  command = plan

  variables {
    node_pools = { general = { arch = "arm64", spot = false, gpu = false, dedicated = false, instance_types = ["m7g.2xlarge"], cpu_limit = 32, disk_gib = 50, weight = 10 } }
  }

  assert {
    condition     = length(helm_release.nvidia_device_plugin) == 0
    error_message = "No GPU pool, no device plugin."
  }
}

run "unknown_architecture_is_refused" {
  command = plan

  variables {
    node_pools = { general = { arch = "riscv", spot = true, gpu = false, dedicated = false, instance_types = ["m7g.large"], cpu_limit = 8, disk_gib = 50, weight = 10 } }
  }

  expect_failures = [var.node_pools]
}
