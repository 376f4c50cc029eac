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

variable "collector" {
  description = "OpenTelemetry gateway."
  type = object({
    replicas         = number
    cpu_request_m    = number
    memory_mib       = number
    sampling_percent = number # of traces that neither failed nor were slow
    slow_ms          = number # the latency objective
    decision_wait_s  = number # until all spans of a trace are there
    num_traces       = number # held meanwhile
    traces_per_s     = number
  })
  nullable = false

  validation {
    condition     = var.collector.num_traces >= var.collector.traces_per_s * var.collector.decision_wait_s / var.collector.replicas
    error_message = "collector.num_traces is less than what arrives until the decision: traces would be cut."
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

variable "grafana" {
  description = "The stack at Grafana Cloud: where it takes traces and metrics."
  type = object({
    otlp_endpoint = string # as in ../infrastructure
  })
  nullable = false

  validation {
    condition     = startswith(var.grafana.otlp_endpoint, "https://")
    error_message = "Grafana Cloud is reached by TLS alone."
  }
}
