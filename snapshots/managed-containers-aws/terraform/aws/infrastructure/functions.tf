# Services as functions. An image each, as everywhere in this project: one build, one scan, one digest that moves from environment
# to environment. What a release changes, the image and the version behind the alias `live`, is the pipeline's; all else is here.

locals {
  # Secrets by the service that reads them: by name, with its own role. They are in no file and no configuration.
  function_secrets = {
    ingest  = []
    process = []
    publish = []
  }

  function_services = { for name, size in var.functions.services : name => merge(size, var.services[name]) }
  # Only those that reach a database or the cache have an address in the network: the others start faster without one.
  private_functions = { for name, service in local.function_services : name => service if length(service.keyspaces) > 0 || service.cache }
  function_arns     = { for name in keys(local.function_services) : name => "arn:aws:lambda:${var.region}:${var.account_id}:function:${local.name}-${name}" }

  # Of what the project has, what the function uses.
  function_environment = { for name, service in local.function_services : name => merge(
    { SERVICE = name },
    length(service.produces) > 0 ? { PRODUCE_TOPICS = join(",", service.produces) } : {},
    { for key, value in local.endpoints : key => value if alltrue([for prefix, uses in {
      CACHE_    = service.cache
      SHARD_    = length(service.keyspaces) > 0
      DATABASE_ = length(service.keyspaces) > 0
      QUEUE_    = length(service.produces) > 0
      BUCKET_   = contains(keys(local.bucket_users), name)
      SECRET_   = length(local.function_secrets[name]) > 0
    } : !startswith(key, prefix) || uses]) && !startswith(key, "TARGET_GROUP_") && !startswith(key, "LOAD_BALANCER_") && !startswith(key, "PROMETHEUS_") },
  ) }
}

# Made before the function: Lambda would make it without an end or a key.
resource "aws_cloudwatch_log_group" "function" {
  for_each = local.function_services

  name              = "/${local.name}/functions/${each.key}"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

# Calls that nobody waits for (a schedule, another service) and that failed three times. What comes from a queue has that queue's own.
resource "aws_sqs_queue" "function_failed" {
  name                      = "${local.name}-functions-failed"
  message_retention_seconds = 1209600 # 14 days, the most there is
  kms_master_key_id         = aws_kms_key.main["functions"].arn

  tags = { component = "functions" }
}

locals {
  function_queues = merge(
    { "functions-failed" = aws_sqs_queue.function_failed },
  )
}

data "aws_iam_policy_document" "function_queue" {
  for_each = local.function_queues

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "function_queue" {
  for_each = local.function_queues

  queue_url = each.value.id
  policy    = data.aws_iam_policy_document.function_queue[each.key].json
}

# What every function may do because it runs: its log, its traces, its failures, its secrets. What it reaches is in identity.tf.
data "aws_iam_policy_document" "function" {
  # checkov:skip=CKV_AWS_356: X-Ray's write actions and those on network interfaces have no resource-level permissions
  # checkov:skip=CKV_AWS_111: as above
  for_each = local.function_services

  statement {
    sid       = "WriteOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
  }

  statement {
    sid       = "WriteTraces"
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources = ["*"]
  }

  statement {
    sid       = "KeepFailures"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.function_failed.arn]
  }

  statement {
    sid       = "OwnKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main["functions"].arn]
  }

  dynamic "statement" {
    for_each = length(local.function_secrets[each.key]) > 0 ? [local.function_secrets[each.key]] : []

    content {
      sid       = "ReadOwnSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [for secret in statement.value : aws_secretsmanager_secret.main[secret].arn]
    }
  }

  dynamic "statement" {
    for_each = length(local.function_secrets[each.key]) > 0 ? [1] : []

    content {
      sid       = "Decrypt"
      actions   = ["kms:Decrypt"]
      resources = [aws_kms_key.main["secrets"].arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${var.region}.amazonaws.com"]
      }
    }
  }

  # Lambda itself makes the interfaces; the code of the function may not.
  dynamic "statement" {
    for_each = contains(keys(local.private_functions), each.key) ? [1] : []

    content {
      sid = "NetworkInterfaces"
      actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = contains(keys(local.private_functions), each.key) ? [1] : []

    content {
      sid       = "NotFromItsCode"
      effect    = "Deny"
      actions   = ["ec2:*"]
      resources = ["*"]

      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = [local.function_arns[each.key]]
      }
    }
  }
}

resource "aws_iam_role_policy" "function" {
  for_each = local.function_services

  name   = "run"
  role   = aws_iam_role.service[each.key].id
  policy = data.aws_iam_policy_document.function[each.key].json
}

data "aws_iam_policy_document" "function_image" {
  for_each = local.function_services

  statement {
    sid     = "PullByFunction"
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "aws:sourceArn"
      values   = [local.function_arns[each.key], "${local.function_arns[each.key]}:*"]
    }
  }
}

resource "aws_ecr_repository_policy" "function" {
  for_each = local.function_services

  repository = aws_ecr_repository.service[each.key].name
  policy     = data.aws_iam_policy_document.function_image[each.key].json
}

resource "aws_security_group" "function" {
  # checkov:skip=CKV2_AWS_5: the functions below carry it; the tool does not follow for_each
  for_each = local.private_functions

  name        = "${local.name}-fn-${each.key}"
  description = "Function ${each.key}"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-fn-${each.key}" }
}

# The cloud's own interfaces, by endpoints or NAT, and whoever a function calls outside: TLS alone.
resource "aws_vpc_security_group_egress_rule" "function_tls" {
  for_each = aws_security_group.function

  security_group_id = each.value.id
  description       = "TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_function" {
  for_each = aws_security_group.function

  security_group_id            = aws_security_group.endpoints.id
  description                  = each.key
  referenced_security_group_id = each.value.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_ingress_rule" "shard_from_function" {
  for_each = { for name, service in local.private_functions : name => service if length(service.keyspaces) > 0 }

  security_group_id            = aws_security_group.shard.id
  description                  = each.key
  referenced_security_group_id = aws_security_group.function[each.key].id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "function_to_shard" {
  for_each = { for name, service in local.private_functions : name => service if length(service.keyspaces) > 0 }

  security_group_id            = aws_security_group.function[each.key].id
  description                  = "To the databases"
  referenced_security_group_id = aws_security_group.shard.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "cache_from_function" {
  for_each = { for name, service in local.private_functions : name => service if service.cache }

  security_group_id            = aws_security_group.cache.id
  description                  = each.key
  referenced_security_group_id = aws_security_group.function[each.key].id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_vpc_security_group_egress_rule" "function_to_cache" {
  for_each = { for name, service in local.private_functions : name => service if service.cache }

  security_group_id            = aws_security_group.function[each.key].id
  description                  = "To the cache"
  referenced_security_group_id = aws_security_group.cache.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_lambda_function" "service" {
  # checkov:skip=CKV_AWS_117: in the network where it reaches a database or the cache; the others have nothing to reach there
  # checkov:skip=CKV_AWS_272: Lambda's code signing knows zip files alone; images are immutable and released by digest
  for_each = local.function_services

  function_name = "${local.name}-${each.key}"
  description   = "Service ${each.key}"
  role          = aws_iam_role.service[each.key].arn
  package_type  = "Image"
  architectures = ["arm64"] # a fifth cheaper, and what the pipeline builds
  # The runtime's bare base image until the first release, put there by scripts/first-images: Lambda makes no function without one.
  image_uri   = "${aws_ecr_repository.service[each.key].repository_url}:bootstrap"
  publish     = true
  memory_size = each.value.memory_mib
  timeout     = each.value.timeout_s
  kms_key_arn = aws_kms_key.main["functions"].arn

  # Its share of the account, and the most connections that the databases see of it.
  reserved_concurrent_executions = each.value.max

  environment {
    variables = local.function_environment[each.key]
  }

  dynamic "vpc_config" {
    for_each = contains(keys(local.private_functions), each.key) ? [aws_security_group.function[each.key].id] : []

    content {
      subnet_ids         = local.subnet_ids.tasks
      security_group_ids = [vpc_config.value]
    }
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.function_failed.arn
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }

  tracing_config {
    mode = "Active"
  }

  tags = { component = "functions" }

  lifecycle {
    # A release is the pipeline's: it sets the image and publishes a version.
    ignore_changes = [image_uri]

    precondition {
      condition     = length(join("", [for key, value in local.function_environment[each.key] : "${key}${value}"])) <= 4096
      error_message = "${each.key}: Lambda takes 4 kB of environment; name fewer keyspaces in the service."
    }
  }

  # Lambda tests role and image before it makes the function.
  depends_on = [aws_iam_role_policy.function, aws_ecr_repository_policy.function]
}

# Who calls a function calls this; a rollback is one step, and a release may go to a share of the calls first.
resource "aws_lambda_alias" "live" {
  for_each = aws_lambda_function.service

  name             = "live"
  description      = "What answers"
  function_name    = each.value.function_name
  function_version = each.value.version

  lifecycle {
    # As above: the pipeline moves it.
    ignore_changes = [function_version, routing_config]
  }
}
