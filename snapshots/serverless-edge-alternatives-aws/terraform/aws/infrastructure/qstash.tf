# Jobs by QStash: a producer hands one in over HTTPS, and QStash calls the consumer until it answers. What it is told about retries
# goes with each message (qstash/publish.js); what fails too often stays at QStash until a person looks (docs/RUNBOOK.md#jobs).

locals {
  # Who is called with the messages of a topic.
  qstash_consumers = {
    notification = ["notifier", "auditor"]
    upload       = ["thumbnailer"]
    report       = ["reporter"]
  }

  # What a producer tells QStash with each message.
  qstash_topics = { for name, topic in var.qstash.topics : name => merge(topic, { name = "${local.name}-${name}" }) }

  # Who reads which secret: producers the token, consumers the keys. Nobody needs both but who hands jobs on.
  qstash_readers = {
    web         = ["token"]
    notifier    = ["keys"]
    auditor     = ["keys"]
    thumbnailer = ["keys"]
    reporter    = ["keys"]
  }
  qstash_secrets = {
    token = "Where jobs are handed in, and the token of who may"
    keys  = "What QStash signs its calls with: the current key and the next one"
  }
}

resource "upstash_qstash_topic_v2" "topic" {
  for_each = local.qstash_consumers

  name      = "${local.name}-${each.key}"
  endpoints = [for consumer in each.value : aws_lambda_function_url.consumer[consumer].function_url]
}

# Jobs by the clock: messages of the same topic. One that is not done after its retries lies with QStash's dead letters.
locals {
  schedules = {
    reporter = { topic = "report", cron = "CRON_TZ=Europe/Berlin 30 3 * * *" }
  }
}

resource "upstash_qstash_schedule_v2" "jobs" {
  for_each = local.schedules

  destination  = upstash_qstash_topic_v2.topic[each.value.topic].name
  cron         = each.value.cron
  method       = "POST"
  content_type = "application/json"
  body         = jsonencode({ schedule = each.key })
  retries      = var.qstash.topics[each.value.topic].retries
}

# An address of its own for each consumer: through the load balancer, the rules for users would count QStash as one of them.
resource "aws_lambda_function_url" "consumer" {
  # checkov:skip=CKV_AWS_258: QStash has no identity at AWS; it signs each call, and the consumer looks at nothing else before (qstash/receive.js)
  for_each = toset(flatten(values(local.qstash_consumers)))

  function_name      = aws_lambda_alias.live[each.key].function_name
  qualifier          = aws_lambda_alias.live[each.key].name
  authorization_type = "NONE"
}

resource "aws_lambda_permission" "consumer_url" {
  # checkov:skip=CKV_AWS_301: as above; what it may cost is bounded by the function's concurrency
  for_each = aws_lambda_function_url.consumer

  statement_id           = "QstashUrl"
  action                 = "lambda:InvokeFunctionUrl"
  principal              = "*"
  function_url_auth_type = "NONE"
  function_name          = each.value.function_name
  qualifier              = each.value.qualifier
}

resource "aws_lambda_permission" "consumer" {
  # checkov:skip=CKV_AWS_301: as above
  for_each = aws_lambda_function_url.consumer

  statement_id             = "Qstash"
  action                   = "lambda:InvokeFunction"
  principal                = "*"
  invoked_via_function_url = true
  function_name            = each.value.function_name
  qualifier                = each.value.qualifier
}

# Values are put in by qstash/secrets: they are in no file and no state.
resource "aws_secretsmanager_secret" "qstash" {
  # checkov:skip=CKV2_AWS_57: made and rotated at Upstash, then copied by qstash/secrets
  for_each = local.qstash_secrets

  name                    = "${local.project}/${var.environment}/qstash-${each.key}"
  description             = each.value
  kms_key_id              = aws_kms_key.main["secrets"].arn
  recovery_window_in_days = var.keys.recovery_days
}

data "aws_iam_policy_document" "qstash" {
  for_each = local.qstash_readers

  statement {
    sid       = "Qstash"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [for secret in each.value : aws_secretsmanager_secret.qstash[secret].arn]
  }

  statement {
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

resource "aws_iam_role_policy" "qstash" {
  for_each = local.qstash_readers

  name   = "qstash"
  role   = aws_iam_role.service[each.key].id
  policy = data.aws_iam_policy_document.qstash[each.key].json
}
