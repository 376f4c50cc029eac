# Redis near every user: writes go to the primary region, reads to the nearest copy, over HTTPS with a token. Whoever has the token
# has the cache, so it stands in the secret store alone; Terraform computes it, so that the state has it too (docs/START.md).

resource "upstash_redis_database" "main" {
  database_name  = local.name
  region         = "global"
  primary_region = var.edge_cache.primary_region
  read_regions   = var.edge_cache.read_regions

  tls        = true
  eviction   = true # a cache: what is least used makes room
  auto_scale = false
  budget     = var.edge_cache.budget_usd
  prod_pack  = var.edge_cache.production
}

resource "aws_secretsmanager_secret" "edge_cache" {
  # checkov:skip=CKV2_AWS_57: rotated at Upstash, with var.edge_cache.token_version
  name                    = "${local.project}/${var.environment}/edge-cache"
  description             = "Address and token of the cache near users"
  kms_key_id              = aws_kms_key.main["secrets"].arn
  recovery_window_in_days = var.keys.recovery_days
}

resource "aws_secretsmanager_secret_version" "edge_cache" {
  secret_id                = aws_secretsmanager_secret.edge_cache.id
  secret_string_wo         = jsonencode({ url = "https://${upstash_redis_database.main.endpoint}", token = upstash_redis_database.main.rest_token })
  secret_string_wo_version = var.edge_cache.token_version
}

data "aws_iam_policy_document" "edge_cache" {
  statement {
    sid       = "EdgeCacheToken"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.edge_cache.arn]
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

resource "aws_iam_role_policy" "edge_cache" {
  for_each = { for name, service in var.services : name => service if service.cache }

  name   = "edge-cache"
  role   = aws_iam_role.service[each.key].id
  policy = data.aws_iam_policy_document.edge_cache.json
}

# Counted by the services that ask it (edge/hits.js): Upstash has no metric in this account.
resource "aws_cloudwatch_metric_alarm" "edge_cache_hits" {
  alarm_name          = "${local.name}-edge-cache-hits"
  alarm_description   = "docs/RUNBOOK.md#cache"
  comparison_operator = "LessThanThreshold"
  threshold           = var.edge_cache.alarms.hit_ratio
  evaluation_periods  = var.observability.alarm_s / 60
  datapoints_to_alarm = var.observability.alarm_s / 60
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "ratio"
    label       = "Hit ratio"
    expression  = "hits / (hits + misses)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { hits = "EdgeCacheHits", misses = "EdgeCacheMisses" }

    content {
      id = metric_query.key

      metric {
        namespace   = local.name
        metric_name = metric_query.value
        period      = 60
        stat        = "Sum"
      }
    }
  }
}
