variable "environment" {
  description = "Name of the environment; part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["prod"], var.environment)
    error_message = "Must be one of prod."
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

variable "datadog" {
  description = "Datadog's agents: the organisation's site, and what the two containers of a node's agent ask for."
  type = object({
    site   = string # as in ../infrastructure
    core   = object({ cpu_m = number, memory_mib = number })
    traces = object({ cpu_m = number, memory_mib = number })
  })
  nullable = false
}
