variable "environment" {
  description = "Name of the environment whose account this is."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["prod"], var.environment)
    error_message = "Must be one of prod."
  }
}

variable "region" {
  description = "AWS region of the state bucket."
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

variable "repository" {
  description = "Repository whose pipeline may deploy, as owner/name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+$", var.repository))
    error_message = "Must be owner/name, without a wildcard."
  }
}
