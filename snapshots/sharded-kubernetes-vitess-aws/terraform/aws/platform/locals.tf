# What the infrastructure root made is found by its name: both sides compute it from the blueprint.
data "aws_eks_cluster" "main" {
  name = local.name
}

locals {
  project = "quarry"
  name    = "${local.project}-${var.environment}"

  # The system nodes are tainted for controllers; nodes that come and go carry the services.
  on_system_nodes = [{ key = "CriticalAddonsOnly", operator = "Exists" }]

  # What a controller asks for. Memory has a limit, the processor none: throttling costs more than it saves.
  controller = {
    requests = { cpu = "${var.controllers.cpu_m}m", memory = "${var.controllers.memory_mib}Mi" }
    limits   = { memory = "${var.controllers.memory_mib}Mi" }
  }
}
