# Terraform owns the load balancer, so that its address and firewall outlive any workload; pods join by TargetGroupBinding.
# There is no port 80: Cloudflare redirects at the edge and speaks TLS to the origin.

data "cloudflare_ip_ranges" "main" {}

# A prefix list counts by its maximum against the security group's 60 rules.
resource "aws_ec2_managed_prefix_list" "cloudflare" {
  name           = "${local.name}-cloudflare"
  address_family = "IPv4"
  max_entries    = 30

  dynamic "entry" {
    for_each = toset(data.cloudflare_ip_ranges.main.ipv4_cidrs)

    content {
      cidr = entry.value
    }
  }
}

resource "aws_security_group" "load_balancer" {
  name        = "${local.name}-load-balancer"
  description = "HTTPS from Cloudflare, to pods"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-load-balancer" }
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  security_group_id = aws_security_group.load_balancer.id
  description       = "HTTPS from Cloudflare"
  prefix_list_id    = aws_ec2_managed_prefix_list.cloudflare.id
  ip_protocol       = "tcp"
  from_port         = local.entry_port
  to_port           = local.entry_port
}

locals {
  entry_port = 443

  # The first service answers what no other one claims.
  routes = {
    api     = { priority = 1000, paths = ["/*"] }
    billing = { priority = 2, paths = ["/billing", "/billing/*"] }
  }

  public_services = { for name, service in var.services : name => service if contains(keys(local.routes), name) }

  # 32 characters at most: a longer name ends in a hash of the whole.
  target_group_names = { for name in keys(local.routes) : name =>
    length("${local.name}-${name}") <= 32 ? "${local.name}-${name}" : "${trimsuffix(substr("${local.name}-${name}", 0, 25), "-")}-${substr(sha1("${local.name}-${name}"), 0, 6)}"
  }
}

resource "aws_vpc_security_group_egress_rule" "load_balancer" {
  security_group_id            = aws_security_group.load_balancer.id
  description                  = "To the services"
  referenced_security_group_id = local.cluster.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_vpc_security_group_ingress_rule" "pods_from_load_balancer" {
  security_group_id            = local.cluster.security_group_id
  description                  = "Load balancer to the services"
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_s3_bucket" "entry" {
  # checkov:skip=CKV_AWS_18: this is the bucket for access logs
  # checkov:skip=CKV_AWS_144: access logs are not restored in another region
  # checkov:skip=CKV_AWS_145: load balancers can only write logs encrypted with S3's own key
  # checkov:skip=CKV2_AWS_62: nothing reacts to a new log file
  bucket        = "${local.bucket_prefix}-entry"
  force_destroy = !var.protected
}

resource "aws_s3_bucket_public_access_block" "entry" {
  bucket = aws_s3_bucket.entry.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "entry" {
  bucket = aws_s3_bucket.entry.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "entry" {
  bucket = aws_s3_bucket.entry.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "entry" {
  bucket = aws_s3_bucket.entry.id

  rule {
    id     = "expire-logs"
    status = "Enabled"

    filter {
      prefix = "alb/"
    }

    expiration {
      days = var.load_balancer.log_days
    }
    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "abort-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.entry] # non-current rules need versioning
}

data "aws_iam_policy_document" "entry" {
  statement {
    sid       = "LoadBalancerLogs"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.entry.arn}/alb/AWSLogs/${var.account_id}/*"]

    principals {
      type        = "Service"
      identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:aws:elasticloadbalancing:${var.region}:${var.account_id}:loadbalancer/*"]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.entry.arn, "${aws_s3_bucket.entry.arn}/*"]

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

resource "aws_s3_bucket_policy" "entry" {
  bucket = aws_s3_bucket.entry.id
  policy = data.aws_iam_policy_document.entry.json

  depends_on = [aws_s3_bucket_public_access_block.entry] # S3 refuses the two at once
}

# Authenticated origin pulls, once var.cdn.origin_pulls is on: the listener only talks to a client that shows Cloudflare's certificate.
# That proves Cloudflare, not our zone: any customer of theirs has it. A certificate of our own would, and
# would put its private key into the state; the host name in Cloudflare's rules and the WAF cover the rest.
resource "aws_s3_object" "origin_pull_ca" {
  bucket = aws_s3_bucket.entry.id
  key    = "trust/cloudflare-origin-pull-ca.pem"
  source = "${path.module}/files/cloudflare-origin-pull-ca.pem"
  etag   = filemd5("${path.module}/files/cloudflare-origin-pull-ca.pem")

  depends_on = [aws_s3_bucket_versioning.entry] # the trust store names a version
}

resource "aws_lb_trust_store" "cloudflare" {
  name                                     = local.short_name
  ca_certificates_bundle_s3_bucket         = aws_s3_object.origin_pull_ca.bucket
  ca_certificates_bundle_s3_key            = aws_s3_object.origin_pull_ca.key
  ca_certificates_bundle_s3_object_version = aws_s3_object.origin_pull_ca.version_id
}

resource "aws_acm_certificate" "main" {
  domain_name       = var.cdn.host
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "cloudflare_dns_record" "validation" {
  for_each = { for option in aws_acm_certificate.main.domain_validation_options : option.domain_name => option }

  zone_id = var.cdn.zone_id
  name    = trimsuffix(each.value.resource_record_name, ".")
  type    = each.value.resource_record_type
  content = trimsuffix(each.value.resource_record_value, ".")
  ttl     = 60
  proxied = false
  comment = "ACM renews by it: do not remove"
}

resource "aws_acm_certificate_validation" "main" {
  certificate_arn         = aws_acm_certificate.main.arn
  validation_record_fqdns = [for record in cloudflare_dns_record.validation : record.name]
}

resource "aws_lb" "main" {
  # checkov:skip=CKV2_AWS_76: see waf.tf, the rule group is there
  # checkov:skip=CKV_AWS_150: deletion protection by environment; the tests hold production to it
  name                       = local.short_name
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = local.subnet_ids.public
  security_groups            = [aws_security_group.load_balancer.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.protected
  enable_zonal_shift         = var.load_balancer.zonal_shift
  idle_timeout               = var.load_balancer.idle_timeout_s

  access_logs {
    bucket  = aws_s3_bucket.entry.id
    prefix  = "alb"
    enabled = true
  }

  tags = { component = "load-balancer" }

  # The load balancer tests that it may write before it exists.
  depends_on = [aws_s3_bucket_policy.entry]
}

resource "aws_lb_target_group" "service" {
  # checkov:skip=CKV_AWS_378: TLS ends here; the way on stays inside the VPC, between two security groups
  for_each = local.public_services

  name        = local.target_group_names[each.key]
  vpc_id      = local.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = 8080
  # The latency check of the sizing assumes it; round robin would need more pods.
  load_balancing_algorithm_type = "least_outstanding_requests"
  deregistration_delay          = each.value.drain_s

  health_check {
    path                = "/ready"
    interval            = 10
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 3
    matcher             = "200"
  }
}

resource "aws_lb_listener" "entry" {
  load_balancer_arn = aws_lb.main.arn
  port              = local.entry_port
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
  certificate_arn   = aws_acm_certificate_validation.main.certificate_arn

  mutual_authentication {
    mode            = var.cdn.origin_pulls ? "verify" : "off"
    trust_store_arn = var.cdn.origin_pulls ? aws_lb_trust_store.cloudflare.arn : null
  }

  # Unknown host names and paths get nothing.
  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "service" {
  for_each = local.public_services

  listener_arn = aws_lb_listener.entry.arn
  priority     = local.routes[each.key].priority

  condition {
    host_header {
      values = [var.cdn.host]
    }
  }

  condition {
    path_pattern {
      values = local.routes[each.key].paths
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service[each.key].arn
  }
}
