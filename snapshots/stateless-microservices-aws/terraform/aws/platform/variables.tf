variable "environment" {
  description = "Name of the environment; part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "Must be one of dev, staging, prod."
  }
}

variable "region" {
  description = "AWS region of the cluster."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "AWS account of the environment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "Must have 12 digits."
  }
}

variable "controllers" {
  description = "Of each controller: how many, and what one asks for."
  type = object({
    replicas   = number
    cpu_m      = number
    memory_mib = number
  })
  nullable = false

  validation {
    condition     = var.controllers.replicas >= 1 && var.controllers.replicas <= 3
    error_message = "1 to 3 replicas."
  }
}

variable "node_image" {
  description = "AMI alias of Karpenter's nodes. Pinned but in development: a new release replaces every node, so it is rolled like code."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^al2023@(latest|v[0-9]{8})$", var.node_image))
    error_message = "Must be al2023@latest or al2023@vYYYYMMDD."
  }
}

variable "node_zones" {
  description = "Zones in which nodes start."
  type        = set(string)
  nullable    = false
}

variable "node_pools" {
  description = "Pools of nodes that start and stop by what waits for one. Limits are the sizing's maximum; the number of nodes is the autoscaler's."
  type = map(object({
    arch           = string
    spot           = bool
    gpu            = bool
    dedicated      = bool
    instance_types = set(string)
    cpu_limit      = number
    disk_gib       = number
    weight         = number
  }))
  nullable = false

  validation {
    condition     = alltrue([for pool in var.node_pools : contains(["amd64", "arm64"], pool.arch)])
    error_message = "arch is amd64 or arm64."
  }
  validation {
    condition     = alltrue([for pool in var.node_pools : pool.weight >= 1 && pool.weight <= 100])
    error_message = "A weight is 1 to 100; the heaviest pool is asked first."
  }
}

variable "telemetry" {
  description = "OpenTelemetry gateway. Its pipelines are in observability/otel/; the share of ordinary traces kept differs by environment."
  type = object({
    replicas         = number
    cpu_m            = number
    memory_mib       = number
    sampling_percent = number
  })
  nullable = false

  validation {
    condition     = var.telemetry.sampling_percent > 0 && var.telemetry.sampling_percent <= 100
    error_message = "Above 0, at most 100."
  }
}

variable "probe" {
  description = "What is asked from within whether the public address answers, and how many ask."
  type = object({
    host     = string
    replicas = number
  })
  nullable = false
}

variable "gateway" {
  description = "Proxies of NGINX Gateway Fabric in front of the services."
  type = object({
    min_replicas        = number
    max_replicas        = number
    cpu_target          = number # percent
    cpu_m               = number
    memory_mib          = number
    pre_stop_s          = number
    termination_grace_s = number
  })
  nullable = false

  validation {
    condition     = var.gateway.min_replicas >= 1 && var.gateway.max_replicas >= var.gateway.min_replicas
    error_message = "At least one proxy, and no maximum below the minimum."
  }
}
