variable "project_id" {
  description = "Google Cloud project of the environment."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Region of the cluster."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Environment: part of the cluster's name, and an attribute of every trace and metric."
  type        = string
  nullable    = false
}

variable "controllers" {
  description = "Each controller: how many, of which one leads, and what one gets."
  type = object({
    replicas      = number
    cpu_request_m = number
    memory_mib    = number
  })
  nullable = false
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
