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

# Jobs by the clock: a message into the worker's own queue, so that it takes them as it takes all others. One that cannot be handed
# over lies with the queue's dead letters. A group for each schedule, for its metrics are by the group.
locals {
  schedules = {
    reporter = {
      queue     = "report"
      cron      = "30 3 * * ? *"
      time_zone = "Europe/Berlin"
      window    = 5  # minutes that it may be late; null: none, for it comes more than once an hour
      gap_hours = 24 # between two jobs at most; null: not the same every week
    }
  }
}

resource "aws_scheduler_schedule_group" "jobs" {
  for_each = local.schedules

  name = "${local.name}-${each.key}"

  tags = { component = "queue" }
}

data "aws_iam_policy_document" "assume_scheduler" {
  for_each = local.schedules

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_scheduler_schedule_group.jobs[each.key].arn]
    }
  }
}

data "aws_iam_policy_document" "scheduler" {
  for_each = local.schedules

  statement {
    sid     = "HandOver"
    actions = ["sqs:SendMessage"]
    resources = [
      aws_sqs_queue.topic[each.value.queue].arn,
      aws_sqs_queue.dead_letter[var.queue.topics[each.value.queue].dead_letter].arn,
    ]
  }

  # The messages, and the schedule itself.
  statement {
    sid       = "Encrypt"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main["data"].arn]
  }
}

resource "aws_iam_role" "scheduler" {
  for_each = local.schedules

  name                 = "${local.name}-clock-${each.key}"
  description          = "Puts jobs of ${each.key} into its queue by the clock"
  assume_role_policy   = data.aws_iam_policy_document.assume_scheduler[each.key].json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "scheduler" {
  for_each = local.schedules

  name   = "hand-over"
  role   = aws_iam_role.scheduler[each.key].id
  policy = data.aws_iam_policy_document.scheduler[each.key].json
}

resource "aws_scheduler_schedule" "jobs" {
  for_each = local.schedules

  name                         = each.key
  group_name                   = aws_scheduler_schedule_group.jobs[each.key].name
  description                  = "Jobs of ${each.key}"
  schedule_expression          = "cron(${each.value.cron})"
  schedule_expression_timezone = each.value.time_zone
  kms_key_arn                  = aws_kms_key.main["data"].arn

  flexible_time_window {
    mode                      = each.value.window == null ? "OFF" : "FLEXIBLE"
    maximum_window_in_minutes = each.value.window
  }

  target {
    arn      = aws_sqs_queue.topic[each.value.queue].arn
    role_arn = aws_iam_role.scheduler[each.key].arn
    # jsonencode would write the brackets as escapes, which the scheduler does not replace by the time.
    input = "{\"schedule\":\"${each.key}\",\"at\":\"<aws.scheduler.scheduled-time>\"}"

    # A queue that takes nothing for an hour is an incident of its own; then a person decides whether the job still makes sense.
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 185
    }

    dead_letter_config {
      arn = aws_sqs_queue.dead_letter[var.queue.topics[each.value.queue].dead_letter].arn
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

# A job that came and is not done is late in its queue, or with its dead letters, and has alarms there. This one says that none came:
# whole hours without one, two more than there ever are. Alarms look back a week at most.
resource "aws_cloudwatch_metric_alarm" "schedule" {
  for_each = { for name, schedule in local.schedules : name => schedule if coalesce(schedule.gap_hours, 168) <= 166 }

  alarm_name          = "${local.name}-schedule-${each.key}"
  alarm_description   = "docs/RUNBOOK.md#scheduled-jobs"
  namespace           = "AWS/Scheduler"
  metric_name         = "InvocationAttemptCount"
  dimensions          = { ScheduleGroup = aws_scheduler_schedule_group.jobs[each.key].name }
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 3600
  evaluation_periods  = each.value.gap_hours + 2
  datapoints_to_alarm = each.value.gap_hours + 2
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}
