variable "region" {
  description = "Region of the state buckets and their keys."
  type        = string
  nullable    = false
}

variable "cost_centre" {
  description = "Cost centre, as a label."
  type        = string
  nullable    = false
}

variable "environments" {
  description = "Google Cloud project of each environment."
  type        = map(object({ project_id = string }))
  nullable    = false

  validation {
    condition     = alltrue([for environment in var.environments : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", environment.project_id))])
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens and begins with a letter."
  }
}

variable "billing_account" {
  description = "Billing account of the projects: budgets belong to it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account looks like 012345-6789AB-CDEF01."
  }
}
