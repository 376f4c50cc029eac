# What happens to an uploaded object, step by step: each function takes what the one before it answered. An upload starts it; with
# { "prefix": "…" } as its input it takes every object below a prefix of the uploads again.

locals {
  # Throttling and what Lambda itself got wrong: worth another try. An error of the function's own code is tried again as well, for
  # most are of something it called.
  workflow_retry = [{
    ErrorEquals     = ["States.ALL"]
    IntervalSeconds = var.workflow.retry_min_s
    MaxDelaySeconds = var.workflow.retry_max_s
    BackoffRate     = var.workflow.retry_factor
    MaxAttempts     = var.workflow.max_attempts
    JitterStrategy  = "FULL"
  }]

  workflow_steps = {
    ingest = {
      Type           = "Task"
      Resource       = "arn:aws:states:::lambda:invoke"
      TimeoutSeconds = local.function_services["ingest"].timeout_s
      Parameters     = { FunctionName = aws_lambda_alias.live["ingest"].arn, "Payload.$" = "$" }
      OutputPath     = "$.Payload"
      Retry          = local.workflow_retry
      Catch          = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.error", Next = "keep" }]
      Next           = "process"
    }
    process = {
      Type           = "Task"
      Resource       = "arn:aws:states:::lambda:invoke"
      TimeoutSeconds = local.function_services["process"].timeout_s
      Parameters     = { FunctionName = aws_lambda_alias.live["process"].arn, "Payload.$" = "$" }
      OutputPath     = "$.Payload"
      Retry          = local.workflow_retry
      Catch          = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.error", Next = "keep" }]
      Next           = "publish"
    }
    publish = {
      Type           = "Task"
      Resource       = "arn:aws:states:::lambda:invoke"
      TimeoutSeconds = local.function_services["publish"].timeout_s
      Parameters     = { FunctionName = aws_lambda_alias.live["publish"].arn, "Payload.$" = "$" }
      OutputPath     = "$.Payload"
      Retry          = local.workflow_retry
      Catch          = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.error", Next = "keep" }]
      Next           = "done"
    }
  }

  # What could not be done is kept with its error and what the execution began with: started with it once more, it is done from the
  # first step on. A redrive would begin at the state `failed`, and fail.
  workflow_ends = {
    keep = {
      Type       = "Task"
      Resource   = "arn:aws:states:::sqs:sendMessage"
      Parameters = { QueueUrl = aws_sqs_queue.workflow_failed.url, MessageBody = { "input.$" = "$$.Execution.Input", "error.$" = "$.error" } }
      ResultPath = null
      Retry      = local.workflow_retry
      Next       = "failed"
    }
    failed = { Type = "Fail", Error = "StepFailed", Cause = "A step failed for good: docs/RUNBOOK.md#workflow" }
    done   = { Type = "Succeed" }
  }

  workflow_definition = {
    Comment = "ingest → process → publish"
    StartAt = "route"
    # No time for all of it: each step has one, and a batch takes as long as it has objects.
    States = merge(local.workflow_steps, local.workflow_ends, {
      route = {
        Type    = "Choice"
        Choices = [{ Variable = "$.prefix", IsPresent = true, Next = "batch" }]
        Default = "ingest"
      }
      # A child execution for each object: a batch of millions is no longer history than one of ten.
      batch = {
        Type           = "Map"
        MaxConcurrency = var.workflow.batch_concurrency
        ItemReader = {
          Resource   = "arn:aws:states:::s3:listObjectsV2"
          Parameters = { Bucket = aws_s3_bucket.main["uploads"].id, "Prefix.$" = "$.prefix" }
        }
        # The shape of an upload's event, so that the steps see no difference.
        ItemSelector = { detail = { bucket = { name = aws_s3_bucket.main["uploads"].id }, object = { "key.$" = "$$.Map.Item.Value.Key" } } }
        ItemProcessor = {
          ProcessorConfig = { Mode = "DISTRIBUTED", ExecutionType = "STANDARD" }
          StartAt         = "ingest"
          States          = merge(local.workflow_steps, local.workflow_ends)
        }
        ToleratedFailurePercentage = 100 # each failure is kept; the rest of the batch goes on
        ResultPath                 = null
        Next                       = "done"
      }
    })
  }

  workflow_arn = "arn:aws:states:${var.region}:${var.account_id}:stateMachine:${local.name}"
}

resource "aws_cloudwatch_log_group" "workflow" {
  # Names that begin like this do not count against the account's policy of log deliveries.
  name              = "/aws/vendedlogs/states/${local.name}"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

resource "aws_sqs_queue" "workflow_failed" {
  name                      = "${local.name}-workflow-failed"
  message_retention_seconds = 1209600 # 14 days, the most there is
  kms_master_key_id         = aws_kms_key.main["functions"].arn

  tags = { component = "workflow" }
}

data "aws_iam_policy_document" "workflow_failed" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.workflow_failed.arn]

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

  # Uploads that could not start the workflow for a day.
  statement {
    sid       = "Uploads"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.workflow_failed.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.workflow.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "workflow_failed" {
  queue_url = aws_sqs_queue.workflow_failed.id
  policy    = data.aws_iam_policy_document.workflow_failed.json
}

data "aws_iam_policy_document" "workflow_trust" {
  for_each = { workflow = "states.amazonaws.com", workflow-start = "events.amazonaws.com" }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "workflow" {
  # checkov:skip=CKV_AWS_356: X-Ray and log deliveries have no resource-level permissions
  # checkov:skip=CKV_AWS_111: as above
  statement {
    sid       = "Steps"
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_alias.live["ingest"].arn, aws_lambda_alias.live["process"].arn, aws_lambda_alias.live["publish"].arn]
  }

  statement {
    sid       = "KeepFailures"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.workflow_failed.arn]
  }

  statement {
    sid       = "ListUploads"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.main["uploads"].arn]
  }

  # A batch runs its objects as executions of itself.
  statement {
    sid       = "Batch"
    actions   = ["states:StartExecution"]
    resources = [local.workflow_arn]
  }

  statement {
    sid       = "FollowBatch"
    actions   = ["states:DescribeExecution", "states:RedriveExecution", "states:StopExecution"]
    resources = ["${replace(local.workflow_arn, ":stateMachine:", ":execution:")}/*"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main["functions"].arn]
  }

  statement {
    sid       = "WriteTraces"
    actions   = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }

  statement {
    sid = "DeliverLogs"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "workflow_start" {
  statement {
    sid       = "Start"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.main.arn]
  }
}

locals {
  workflow_policies = {
    workflow       = data.aws_iam_policy_document.workflow.json
    workflow-start = data.aws_iam_policy_document.workflow_start.json
  }
}

resource "aws_iam_role" "workflow" {
  for_each = data.aws_iam_policy_document.workflow_trust

  name                 = "${local.name}-${each.key}"
  assume_role_policy   = each.value.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "workflow" {
  for_each = local.workflow_policies

  name   = "access"
  role   = aws_iam_role.workflow[each.key].id
  policy = each.value
}

# Standard, not express: an execution may take longer than five minutes, and each step is done once.
resource "aws_sfn_state_machine" "main" {
  name       = local.name
  type       = "STANDARD"
  role_arn   = aws_iam_role.workflow["workflow"].arn
  definition = jsonencode(local.workflow_definition)

  encryption_configuration {
    type                              = "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id                        = aws_kms_key.main["functions"].arn
    kms_data_key_reuse_period_seconds = 300
  }

  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.workflow.arn}:*"
    level                  = "ERROR"
    include_execution_data = true # names of objects, not what is in them
  }

  tracing_configuration {
    enabled = true
  }

  tags = { component = "workflow" }
}

resource "aws_cloudwatch_event_rule" "workflow" {
  name        = "${local.name}-workflow"
  description = "Uploaded objects"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = { bucket = { name = [aws_s3_bucket.main["uploads"].id] } }
  })
}

# EventBridge holds back what may not start yet and tries again for a day: a burst is spread by itself.
resource "aws_cloudwatch_event_target" "workflow" {
  rule     = aws_cloudwatch_event_rule.workflow.name
  arn      = aws_sfn_state_machine.main.arn
  role_arn = aws_iam_role.workflow["workflow-start"].arn

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.workflow_failed.arn
  }
}
