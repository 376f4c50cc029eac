# Chat. A room's messages lie under room#0 … room#n in the order of time, so that one loud room is as many keys; a reader asks all of them
# and merges. What has expired goes by itself.

resource "aws_dynamodb_table" "chat" {
  # checkov:skip=CKV2_AWS_16: capacity is by request, or scaled below, as var.nosql.billing says
  name                        = "${local.name}-chat"
  billing_mode                = var.nosql.billing
  deletion_protection_enabled = var.protected
  hash_key                    = "room"    # <room>#<shard>
  range_key                   = "sent_at" # a ULID: milliseconds, then what keeps two of one apart

  read_capacity  = var.nosql.billing == "PROVISIONED" ? var.nosql.reads.least : null
  write_capacity = var.nosql.billing == "PROVISIONED" ? var.nosql.writes.least : null

  attribute {
    name = "room"
    type = "S"
  }
  attribute {
    name = "sent_at"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.nosql.pitr_days
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.main["data"].arn
  }

  # For moderation and search; copies in other regions need both images.
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  # A table that has seen no load splits its partitions while it sheds requests. This one has them before the event.
  warm_throughput {
    read_units_per_second  = var.nosql.reads.warm
    write_units_per_second = var.nosql.writes.warm
  }

  # A loop in a client is refused before it is paid for.
  dynamic "on_demand_throughput" {
    for_each = var.nosql.billing == "PAY_PER_REQUEST" ? [1] : []

    content {
      max_read_request_units  = var.nosql.reads.limit
      max_write_request_units = var.nosql.writes.limit
    }
  }

  tags = { component = "nosql" }

  lifecycle {
    ignore_changes = [read_capacity, write_capacity] # the autoscaler's, where capacity is provisioned
  }
}

locals {
  # Capacity that is provisioned follows the load between its floor and the peak; by request there is nothing to scale.
  nosql_capacity = var.nosql.billing == "PROVISIONED" ? {
    read  = { dimension = "dynamodb:table:ReadCapacityUnits", metric = "DynamoDBReadCapacityUtilization", min = var.nosql.reads.least, max = var.nosql.reads.provisioned }
    write = { dimension = "dynamodb:table:WriteCapacityUnits", metric = "DynamoDBWriteCapacityUtilization", min = var.nosql.writes.least, max = var.nosql.writes.provisioned }
  } : {}

  # Services that read and write messages.
  nosql_users = ["chat"]
}

resource "aws_appautoscaling_target" "nosql" {
  for_each = local.nosql_capacity

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.chat.name}"
  scalable_dimension = each.value.dimension
  min_capacity       = each.value.min
  max_capacity       = each.value.max
}

resource "aws_appautoscaling_policy" "nosql" {
  for_each = aws_appautoscaling_target.nosql

  name               = "utilisation"
  service_namespace  = each.value.service_namespace
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.scalable_dimension
  policy_type        = "TargetTrackingScaling"

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = local.nosql_capacity[each.key].metric
    }
  }
}

data "aws_iam_policy_document" "nosql" {
  statement {
    sid = "Messages"
    actions = [
      "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:DescribeTable",
      "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
    ]
    resources = [aws_dynamodb_table.chat.arn]
  }

  statement {
    sid       = "TableKey"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main["data"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "nosql" {
  for_each = toset(local.nosql_users)

  name   = "chat"
  role   = aws_iam_role.service[each.key].id
  policy = data.aws_iam_policy_document.nosql.json
}
