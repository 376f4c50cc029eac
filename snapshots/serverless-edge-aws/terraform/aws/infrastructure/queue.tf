# One queue for each consumer of a topic: where there are several, the topic fills them all, and none sees what another has done. What fails
# too often goes to the queue's dead letters, and back from there by a person's redrive.

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

  # What fills several queues, by name: those queues.
  fans = {
    for source in distinct([for topic in var.queue.topics : topic.source if topic.source != null]) :
    source => [for name, topic in var.queue.topics : name if topic.source == source]
  }
  # Queue, or its dead letters for what cannot be handed over => who fills it.
  queue_sources = merge(
    { for name, topic in var.queue.topics : name => topic.source if topic.source != null },
    { for name, topic in var.queue.topics : topic.dead_letter => topic.source if topic.source != null },
  )
}

resource "aws_sns_topic" "fan" {
  for_each = local.fans

  name              = "${local.name}-${each.key}"
  kms_master_key_id = aws_kms_key.main["data"].arn

  tags = { component = "queue" }
}

data "aws_iam_policy_document" "fan" {
  for_each = aws_sns_topic.fan

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
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

  # Who may publish is in the roles of this account; nobody else's are let in.
  statement {
    sid       = "OwnAccount"
    actions   = ["sns:Publish"]
    resources = [each.value.arn]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account_id}:root"]
    }
  }
}

resource "aws_sns_topic_policy" "fan" {
  for_each = aws_sns_topic.fan

  arn    = each.value.arn
  policy = data.aws_iam_policy_document.fan[each.key].json
}

# The message alone, as a queue that is written to directly has it.
resource "aws_sns_topic_subscription" "queue" {
  for_each = { for name, topic in var.queue.topics : name => topic if topic.source != null }

  topic_arn            = aws_sns_topic.fan[each.value.source].arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.topic[each.key].arn
  raw_message_delivery = true
  redrive_policy       = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letter[each.value.dead_letter].arn })

  depends_on = [aws_sqs_queue_policy.queue] # it is confirmed by a first message
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

  dynamic "statement" {
    for_each = { for name, source in local.queue_sources : name => source if name == each.key }

    content {
      sid       = "Topic"
      actions   = ["sqs:SendMessage"]
      resources = [each.value.arn]

      principals {
        type        = "Service"
        identifiers = ["sns.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [aws_sns_topic.fan[statement.value].arn]
      }
    }
  }
}

resource "aws_sqs_queue_policy" "queue" {
  for_each = local.queues

  queue_url = each.value.id
  policy    = data.aws_iam_policy_document.queue[each.key].json
}
