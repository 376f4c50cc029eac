# A zone of this environment's own host name: whoever has the domain delegates the name to its name servers (docs/START.md).
resource "aws_route53_zone" "main" {
  # checkov:skip=CKV2_AWS_38: signing needs a key in us-east-1 and a record with the parent, which is the domain owner's
  # checkov:skip=CKV2_AWS_39: what is asked for is in CloudFront's log
  name          = var.cdn.host
  force_destroy = !var.protected
}

locals {
  dns_zone_id = aws_route53_zone.main.zone_id
}

resource "aws_route53_record" "entry" {
  for_each = toset(["A", "AAAA"])

  zone_id = local.dns_zone_id
  name    = var.cdn.host
  type    = each.key

  alias {
    name                   = aws_cloudfront_distribution.main.domain_name
    zone_id                = aws_cloudfront_distribution.main.hosted_zone_id
    evaluate_target_health = false
  }
}

# CloudFront only takes certificates of us-east-1. The record that proves the name is the same in every region.
resource "aws_acm_certificate" "edge" {
  region                    = "us-east-1"
  domain_name               = var.cdn.host
  subject_alternative_names = ["live.${var.cdn.host}"]
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_acm_certificate_validation" "edge" {
  region                  = "us-east-1"
  certificate_arn         = aws_acm_certificate.edge.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]
}

# What CloudFront calls the load balancer: its firewall lets in nobody else.
resource "aws_route53_record" "origin" {
  zone_id = local.dns_zone_id
  name    = "origin.${var.cdn.host}"
  type    = "A"

  alias {
    name                   = aws_lb.main.dns_name
    zone_id                = aws_lb.main.zone_id
    evaluate_target_health = false
  }
}

locals {
  # The first matching path wins.
  cached_paths = {
    "/static/*" = { policy = "static", ttl_s = var.cdn.static_ttl_s, query = [] }
    "/media/*"  = { policy = "media", ttl_s = var.cdn.media_ttl_s, query = ["q", "w"] }
  }
}

resource "aws_cloudfront_cache_policy" "path" {
  for_each = { for path, rule in local.cached_paths : rule.policy => rule }

  name        = "${local.name}-${each.key}"
  comment     = "Whatever the origin says"
  min_ttl     = each.value.ttl_s
  default_ttl = each.value.ttl_s
  max_ttl     = each.value.ttl_s

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true

    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = length(each.value.query) > 0 ? "whitelist" : "none"

      dynamic "query_strings" {
        for_each = length(each.value.query) > 0 ? [each.value.query] : []

        content {
          items = query_strings.value
        }
      }
    }
  }
}

# What the services answer is cached only as they say, and never across users: the authorization header is part of the key.
resource "aws_cloudfront_cache_policy" "dynamic" {
  name        = "${local.name}-dynamic"
  comment     = "As the origin says"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = var.cdn.static_ttl_s

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true

    cookies_config {
      cookie_behavior = "all"
    }
    headers_config {
      header_behavior = "whitelist"

      headers {
        items = ["Authorization", "Host", "Origin"]
      }
    }
    query_strings_config {
      query_string_behavior = "all"
    }
  }
}

# What a service reads of a request (the agent, the language, the trace, headers of its own) reaches it: CloudFront drops what no policy
# names. Sec-WebSocket-Key is among it, without which there is no handshake. An answer that differs by such a header must not be public to caches, for it is no part of the key.
data "aws_cloudfront_origin_request_policy" "all_viewer" {
  name = "Managed-AllViewer"
}

# Each order of a query's parameters, and each campaign that a visitor comes from, would be an object of its own.
resource "aws_cloudfront_function" "key" {
  name    = "${local.name}-key"
  comment = "One cache key for requests that mean the same"
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = file("${path.module}/../../../cdn/key.js")
}

data "aws_cloudfront_cache_policy" "disabled" {
  name = "Managed-CachingDisabled"
}

resource "aws_cloudfront_response_headers_policy" "main" {
  # checkov:skip=CKV_AWS_259: the age differs by environment, and preload is a one-way street for the owner of the domain to take
  name    = local.name
  comment = "What every answer says to browsers"

  security_headers_config {
    content_type_options {
      override = true
    }
    frame_options {
      frame_option = "DENY"
      override     = false
    }
    referrer_policy {
      referrer_policy = "strict-origin-when-cross-origin"
      override        = false
    }
    strict_transport_security {
      access_control_max_age_sec = var.cdn.hsts_s
      include_subdomains         = true
      override                   = true
    }
  }
}

# CloudFront signs what it asks of the buckets; their policies let in nobody else.
resource "aws_cloudfront_origin_access_control" "bucket" {
  name                              = local.name
  description                       = "Buckets of ${local.name}"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "main" {
  # checkov:skip=CKV_AWS_86: logged by a delivery below, which the tool does not know
  # checkov:skip=CKV_AWS_305: the first service answers "/"
  # checkov:skip=CKV_AWS_310: one origin, over the zones of a region; a second one is another region's project
  # checkov:skip=CKV_AWS_374: users are everywhere
  # checkov:skip=CKV2_AWS_47: AWSManagedRulesKnownBadInputsRuleSet is in waf.tf; the tool does not read dynamic blocks
  comment         = local.name
  enabled         = true
  aliases         = [var.cdn.host]
  http_version    = "http2and3"
  is_ipv6_enabled = true
  web_acl_id      = aws_wafv2_web_acl.main.arn

  origin {
    origin_id   = "load-balancer"
    domain_name = aws_route53_record.origin.name

    # Misses of every edge location meet here before they reach the origin.
    origin_shield {
      enabled              = true
      origin_shield_region = var.region
    }

    custom_origin_config {
      http_port                = 80
      https_port               = 443
      origin_protocol_policy   = "https-only"
      origin_ssl_protocols     = ["TLSv1.2"]
      origin_read_timeout      = var.cdn.origin_timeout_s
      origin_keepalive_timeout = 30 # half of the load balancer's: it closes none that CloudFront still uses
    }
  }

  dynamic "origin" {
    for_each = { for name, bucket in local.buckets : name => aws_s3_bucket.main[name].bucket_regional_domain_name if bucket.delivered && name != "segments" }

    content {
      origin_id                = origin.key
      domain_name              = origin.value
      origin_access_control_id = aws_cloudfront_origin_access_control.bucket.id

      origin_shield {
        enabled              = true
        origin_shield_region = var.region
      }
    }
  }

  default_cache_behavior {
    target_origin_id           = "load-balancer"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = aws_cloudfront_cache_policy.dynamic.id
    origin_request_policy_id   = data.aws_cloudfront_origin_request_policy.all_viewer.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.main.id
    compress                   = true

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.key.arn
    }
  }

  # A connection that stays open is no answer to keep: the handshake goes through with its headers.
  dynamic "ordered_cache_behavior" {
    for_each = toset(["/chat", "/chat/*"])

    content {
      path_pattern             = ordered_cache_behavior.key
      target_origin_id         = "load-balancer"
      viewer_protocol_policy   = "https-only"
      allowed_methods          = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
      cached_methods           = ["GET", "HEAD"]
      cache_policy_id          = data.aws_cloudfront_cache_policy.disabled.id
      origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all_viewer.id
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.cached_paths

    content {
      path_pattern               = ordered_cache_behavior.key
      target_origin_id           = "assets"
      viewer_protocol_policy     = "redirect-to-https"
      allowed_methods            = ["GET", "HEAD"]
      cached_methods             = ["GET", "HEAD"]
      cache_policy_id            = aws_cloudfront_cache_policy.path[ordered_cache_behavior.value.policy].id
      response_headers_policy_id = aws_cloudfront_response_headers_policy.main.id
      compress                   = true

      # A path that ignores the query has one key anyway.
      dynamic "function_association" {
        for_each = length(ordered_cache_behavior.value.query) > 0 ? [aws_cloudfront_function.key.arn] : []

        content {
          event_type   = "viewer-request"
          function_arn = function_association.value
        }
      }
    }
  }

  # A missing file is asked for again soon, a failed answer at once.
  dynamic "custom_error_response" {
    for_each = { 404 = var.cdn.negative_ttl_s, 500 = 0, 502 = 0, 503 = 0, 504 = 0 }

    content {
      error_code            = custom_error_response.key
      error_caching_min_ttl = custom_error_response.value
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate_validation.edge.certificate_arn
    minimum_protocol_version = "TLSv1.2_2021"
    ssl_support_method       = "sni-only"
  }

  tags = { component = "cdn" }
}

# Access logs into the bucket of the load balancer's. Deliveries of CloudFront live in us-east-1.
resource "aws_cloudwatch_log_delivery_source" "edge" {
  region       = "us-east-1"
  name         = local.name
  log_type     = "ACCESS_LOGS"
  resource_arn = aws_cloudfront_distribution.main.arn
}

resource "aws_cloudwatch_log_delivery_destination" "edge" {
  region        = "us-east-1"
  name          = local.name
  output_format = "json"

  delivery_destination_configuration {
    destination_resource_arn = "${aws_s3_bucket.entry.arn}/cdn"
  }
}

resource "aws_cloudwatch_log_delivery" "edge" {
  region                   = "us-east-1"
  delivery_source_name     = aws_cloudwatch_log_delivery_source.edge.name
  delivery_destination_arn = aws_cloudwatch_log_delivery_destination.edge.arn
}

# The hit ratio is one of CloudFront's additional metrics. All of them are in us-east-1, and so must be who hears of an alarm.
resource "aws_cloudfront_monitoring_subscription" "main" {
  distribution_id = aws_cloudfront_distribution.main.id

  monitoring_subscription {
    realtime_metrics_subscription_config {
      realtime_metrics_subscription_status = "Enabled"
    }
  }
}

locals {
  edge_alert_regions = toset(var.region == "us-east-1" ? [] : ["us-east-1"])
  edge_alert_topic   = one(concat([for topic in aws_sns_topic.edge_alerts : topic.arn], var.region == "us-east-1" ? [aws_sns_topic.alerts.arn] : []))
}

resource "aws_kms_key" "edge_alerts" {
  for_each = local.edge_alert_regions

  region                  = each.key
  description             = "${local.name}: alarm notifications of the CDN"
  enable_key_rotation     = true
  deletion_window_in_days = var.keys.deletion_days
  policy                  = data.aws_iam_policy_document.key["alerts"].json
}

resource "aws_sns_topic" "edge_alerts" {
  for_each = local.edge_alert_regions

  region            = each.key
  name              = "${local.name}-edge-alerts"
  kms_master_key_id = aws_kms_key.edge_alerts[each.key].arn
}

data "aws_iam_policy_document" "edge_alerts" {
  for_each = aws_sns_topic.edge_alerts

  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [each.value.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "edge_alerts" {
  for_each = aws_sns_topic.edge_alerts

  region = each.value.region
  arn    = each.value.arn
  policy = data.aws_iam_policy_document.edge_alerts[each.key].json
}

resource "aws_sns_topic_subscription" "edge_email" {
  for_each = aws_sns_topic.edge_alerts

  region    = each.value.region
  topic_arn = each.value.arn
  protocol  = "email"
  endpoint  = var.observability.alert_email
}

# Over an hour: a purge and a quiet night have fewer hits, and end. What is sized for hits is video; the site's own answers are for one user.
resource "aws_cloudwatch_metric_alarm" "edge_hits" {
  region              = "us-east-1"
  alarm_name          = "${local.name}-edge-hits"
  alarm_description   = "docs/RUNBOOK.md#cdn"
  namespace           = "AWS/CloudFront"
  metric_name         = "CacheHitRate"
  dimensions          = { DistributionId = aws_cloudfront_distribution.video.id, Region = "Global" }
  statistic           = "Average"
  comparison_operator = "LessThanThreshold"
  threshold           = var.cdn.hit_percent
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.edge_alert_topic]
  ok_actions          = [local.edge_alert_topic]

  depends_on = [aws_cloudfront_monitoring_subscription.video]
}

# Video on a distribution of its own. A viewer asks for two objects with every part: a web ACL would bill each of them, and its rate rule
# would take a household in front of two screens for an attack. Nothing that comes here has a body, a cookie or a user.
locals {
  video_host = "live.${var.cdn.host}"

  # HLS and its low-latency form. A playlist is another one with every part; what it names never changes.
  video_paths = {
    "/live/*.m3u8" = {
      policy = "playlist"
      origin = "load-balancer"
      min_s  = 0
      ttl_s  = var.cdn.video.playlist_ttl_s
      max_s  = var.cdn.video.playlist_max_ttl_s
      # Which segment and part a player waits for, and whether it takes a delta: anything else in a query is noise.
      query    = ["_HLS_msn", "_HLS_part", "_HLS_skip"]
      compress = true
    }
    "/live/segments/*" = {
      policy   = "segment"
      origin   = "segments"
      min_s    = var.cdn.video.segment_ttl_s
      ttl_s    = var.cdn.video.segment_ttl_s
      max_s    = var.cdn.video.segment_ttl_s
      query    = []
      compress = false # .m4s, .mp4 and .ts are as small as they get
    }
  }
}

resource "aws_cloudfront_cache_policy" "video" {
  for_each = { for rule in local.video_paths : rule.policy => rule }

  name        = "${local.name}-video-${each.key}"
  comment     = "One object for all viewers"
  min_ttl     = each.value.min_s
  default_ttl = each.value.ttl_s
  max_ttl     = each.value.max_s

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = each.value.compress
    enable_accept_encoding_gzip   = each.value.compress

    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = length(each.value.query) > 0 ? "whitelist" : "none"

      dynamic "query_strings" {
        for_each = length(each.value.query) > 0 ? [each.value.query] : []

        content {
          items = query_strings.value
        }
      }
    }
  }
}

# The page with the player is on the main host.
resource "aws_cloudfront_response_headers_policy" "video" {
  # checkov:skip=CKV_AWS_259: as the main host's: the age differs by environment
  name    = "${local.name}-video"
  comment = "Players of the main host may read"

  cors_config {
    access_control_allow_credentials = false
    access_control_max_age_sec       = 86400
    origin_override                  = true

    access_control_allow_headers {
      items = ["Range"]
    }
    access_control_allow_methods {
      items = ["GET", "HEAD", "OPTIONS"]
    }
    access_control_allow_origins {
      items = ["https://${var.cdn.host}"]
    }
  }
  security_headers_config {
    content_type_options {
      override = true
    }
    strict_transport_security {
      access_control_max_age_sec = var.cdn.hsts_s
      include_subdomains         = true
      override                   = true
    }
  }
}

# A player that asks for a range may have to ask first whether it may: S3 answers that to those who say where they come from.
resource "aws_s3_bucket_cors_configuration" "segments" {
  bucket = aws_s3_bucket.main["segments"].id

  cors_rule {
    allowed_headers = ["Range"]
    allowed_methods = ["GET", "HEAD"]
    allowed_origins = ["https://${var.cdn.host}"]
    max_age_seconds = 86400
  }
}

data "aws_cloudfront_origin_request_policy" "cors" {
  name = "Managed-CORS-S3Origin"
}

resource "aws_cloudfront_distribution" "video" {
  # checkov:skip=CKV_AWS_68: see above; the buckets take reads alone, and playlists reach one service that knows no user
  # checkov:skip=CKV2_AWS_47: as above
  # checkov:skip=CKV_AWS_86: two lines a second of every viewer: what players report says more; counts are metrics
  # checkov:skip=CKV_AWS_305: there is no page here
  # checkov:skip=CKV_AWS_310: one origin, over the zones of a region; a second one is another region's project
  # checkov:skip=CKV_AWS_374: users are everywhere
  comment         = "${local.name} video"
  enabled         = true
  aliases         = [local.video_host]
  http_version    = "http2and3"
  is_ipv6_enabled = true

  origin {
    origin_id                = "segments"
    domain_name              = aws_s3_bucket.main["segments"].bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.bucket.id

    # A part is fetched from the bucket once, whatever the number of viewers.
    origin_shield {
      enabled              = true
      origin_shield_region = var.region
    }
  }

  origin {
    origin_id   = "load-balancer"
    domain_name = aws_route53_record.origin.name

    # A hundred thousand players that wait for the same part are one request that waits.
    origin_shield {
      enabled              = true
      origin_shield_region = var.region
    }

    custom_origin_config {
      http_port                = 80
      https_port               = 443
      origin_protocol_policy   = "https-only"
      origin_ssl_protocols     = ["TLSv1.2"]
      origin_read_timeout      = var.cdn.origin_timeout_s
      origin_keepalive_timeout = 30 # half of the load balancer's: it closes none that CloudFront still uses
    }
  }

  # What is neither a playlist nor named by one is not there: a bucket that may not be listed says so.
  default_cache_behavior {
    target_origin_id           = "segments"
    viewer_protocol_policy     = "https-only"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = aws_cloudfront_cache_policy.video["segment"].id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.video.id
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.video_paths

    content {
      path_pattern               = ordered_cache_behavior.key
      target_origin_id           = ordered_cache_behavior.value.origin
      viewer_protocol_policy     = "https-only"
      allowed_methods            = ["GET", "HEAD", "OPTIONS"]
      cached_methods             = ["GET", "HEAD"]
      cache_policy_id            = aws_cloudfront_cache_policy.video[ordered_cache_behavior.value.policy].id
      origin_request_policy_id   = ordered_cache_behavior.value.origin == "segments" ? data.aws_cloudfront_origin_request_policy.cors.id : null
      response_headers_policy_id = aws_cloudfront_response_headers_policy.video.id
      compress                   = ordered_cache_behavior.value.compress
    }
  }

  # A part that is asked for too early is there a part later. A bucket that may not be listed answers 403 for it.
  dynamic "custom_error_response" {
    for_each = { 403 = var.cdn.video.negative_ttl_s, 404 = var.cdn.video.negative_ttl_s, 500 = 0, 502 = 0, 503 = 0, 504 = 0 }

    content {
      error_code            = custom_error_response.key
      error_caching_min_ttl = custom_error_response.value
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate_validation.edge.certificate_arn
    minimum_protocol_version = "TLSv1.2_2021"
    ssl_support_method       = "sni-only"
  }

  tags = { component = "cdn" }
}

# The hit ratio is among the metrics that have to be asked for.
resource "aws_cloudfront_monitoring_subscription" "video" {
  distribution_id = aws_cloudfront_distribution.video.id

  monitoring_subscription {
    realtime_metrics_subscription_config {
      realtime_metrics_subscription_status = "Enabled"
    }
  }
}

resource "aws_route53_record" "video" {
  for_each = toset(["A", "AAAA"])

  zone_id = local.dns_zone_id
  name    = local.video_host
  type    = each.key

  alias {
    name                   = aws_cloudfront_distribution.video.domain_name
    zone_id                = aws_cloudfront_distribution.video.hosted_zone_id
    evaluate_target_health = false
  }
}
