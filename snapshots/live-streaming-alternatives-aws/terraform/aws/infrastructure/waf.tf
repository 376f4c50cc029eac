# Second line behind Cloudflare. Every request comes from one of Cloudflare's addresses, so rules must look at
# CF-Connecting-IP; AWS's IP reputation groups only look at the source address and would judge Cloudflare.

locals {
  waf_managed_groups = {
    AWSManagedRulesCommonRuleSet         = { priority = 20, count = ["SizeRestrictions_BODY"] } # what people write and send exceeds 8 KiB
    AWSManagedRulesKnownBadInputsRuleSet = { priority = 30, count = [] }
    AWSManagedRulesSQLiRuleSet           = { priority = 40, count = [] }
  }
}

resource "aws_wafv2_web_acl" "main" {
  # checkov:skip=CKV_AWS_192: AWSManagedRulesKnownBadInputsRuleSet is there; the tool does not read dynamic blocks
  name        = local.name
  description = "Behind Cloudflare, in front of the load balancer"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  rule {
    name     = "client-rate"
    priority = 10

    action {
      dynamic "block" {
        for_each = var.waf.preview ? [] : [1]

        content {}
      }
      dynamic "count" {
        for_each = var.waf.preview ? [1] : []

        content {}
      }
    }

    statement {
      rate_based_statement {
        limit                 = var.waf.client_rate_5m
        evaluation_window_sec = 300
        aggregate_key_type    = "FORWARDED_IP"

        forwarded_ip_config {
          header_name       = "CF-Connecting-IP"
          fallback_behavior = "MATCH"
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "client-rate"
      sampled_requests_enabled   = true
    }
  }

  dynamic "rule" {
    for_each = local.waf_managed_groups

    content {
      name     = rule.key
      priority = rule.value.priority

      override_action {
        dynamic "none" {
          for_each = var.waf.preview ? [] : [1]

          content {}
        }
        dynamic "count" {
          for_each = var.waf.preview ? [1] : []

          content {}
        }
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.key

          # Where media come in: to rules about text a body of it looks like anything, sooner or later.
          dynamic "scope_down_statement" {
            for_each = rule.key == "AWSManagedRulesAmazonIpReputationList" ? [] : [1]

            content {
              not_statement {
                statement {
                  byte_match_statement {
                    search_string         = "/ingest/"
                    positional_constraint = "STARTS_WITH"

                    field_to_match {
                      uri_path {}
                    }
                    text_transformation {
                      priority = 0
                      type     = "NONE"
                    }
                  }
                }
              }
            }
          }

          dynamic "rule_action_override" {
            for_each = rule.value.count

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = true
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = local.name
    sampled_requests_enabled   = true
  }

  tags = { component = "waf" }
}

resource "aws_wafv2_web_acl_association" "main" {
  resource_arn = aws_lb.main.arn
  web_acl_arn  = aws_wafv2_web_acl.main.arn
}

resource "aws_cloudwatch_log_group" "waf" {
  # WAF only accepts names with this beginning.
  name              = "aws-waf-logs-${local.name}"
  retention_in_days = var.observability.log_days
  kms_key_id        = aws_kms_key.main["logs"].arn
}

resource "aws_wafv2_web_acl_logging_configuration" "main" {
  resource_arn            = aws_wafv2_web_acl.main.arn
  log_destination_configs = [aws_cloudwatch_log_group.waf.arn]

  redacted_fields {
    single_header {
      name = "authorization"
    }
  }
  redacted_fields {
    single_header {
      name = "cookie"
    }
  }

  # What passed is in the access log already.
  logging_filter {
    default_behavior = "DROP"

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }
      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }
}
