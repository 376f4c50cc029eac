# One queue for each topic; what fails too often goes to the dead-letter queue, and back from there by a person's redrive.

resource "aws_sqs_queue" "dead_letter" {
  for_each = { for name, topic in var.queue.topics : name => topic if topic.dead_letter == null }

  name                      = "${local.name}-${each.key}"
  message_retention_seconds = min(each.value.retention_hours * 3600, 1209600) # 14 days are the service's limit
  kms_master_key_id         = aws_kms_key.main["data"].arn

  tags = { component = "queue" }
}

resource "aws_sqs_queue" "topic" {
  for_each = { for name, topic in var.queue.topics : name => topic if topic.dead_letter != null }

  name                       = "${local.name}-${each.key}"
  message_retention_seconds  = min(each.value.retention_hours * 3600, 1209600)
  visibility_timeout_seconds = each.value.visibility_timeout_s
  receive_wait_time_seconds  = 20 # long polling: an empty queue costs three requests a minute a worker
  kms_master_key_id          = aws_kms_key.main["data"].arn

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter[each.value.dead_letter].arn
    maxReceiveCount     = each.value.max_attempts
  })

  tags = { component = "queue" }
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letter" {
  for_each = { for name, topic in var.queue.topics : topic.dead_letter => name if topic.dead_letter != null }

  queue_url = aws_sqs_queue.dead_letter[each.key].id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.topic[each.value].arn]
  })
}

locals {
  queues = merge(aws_sqs_queue.dead_letter, aws_sqs_queue.topic)
}

data "aws_iam_policy_document" "queue" {
  for_each = local.queues

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

resource "aws_sqs_queue_policy" "queue" {
  for_each = local.queues

  queue_url = each.value.id
  policy    = data.aws_iam_policy_document.queue[each.key].json
}
