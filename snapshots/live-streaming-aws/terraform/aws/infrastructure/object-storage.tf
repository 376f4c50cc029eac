# Buckets by purpose. Nobody outside reads them: what users see comes through CloudFront, by origin access control.

locals {
  buckets = {
    assets   = { delivered = true, events = false }
    uploads  = { delivered = false, events = true }
    segments = { delivered = true, events = false }
  }

  # Service => buckets whose objects it reads and writes.
  bucket_users = {
    web        = ["uploads"]
    ingest     = ["segments"]
    live       = ["segments"]
    transcoder = ["uploads", "segments"]
    uploads    = ["uploads"]
  }
}

resource "aws_s3_bucket" "main" {
  # checkov:skip=CKV_AWS_18: the CDN logs who reads, and only services with a role of their own write
  # checkov:skip=CKV_AWS_144: versions bring back what was overwritten; copies in another region are var.dr's to order
  # checkov:skip=CKV2_AWS_62: uploads tell EventBridge where something starts with them; nothing reacts to the others
  for_each = local.buckets

  bucket        = "${local.bucket_prefix}-${each.key}"
  force_destroy = !var.protected

  tags = { component = "object-storage" }
}

resource "aws_s3_bucket_public_access_block" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  rule {
    # One call to KMS for many objects.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main["objects"].arn
    }
  }
}

resource "aws_s3_bucket_versioning" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  rule {
    id     = "versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.object_storage.buckets[each.key].version_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # Below 128 KiB an object is not watched, and would pay for the move alone.
  rule {
    id     = "tier"
    status = var.object_storage.buckets[each.key].expire_days == null ? "Enabled" : "Disabled"

    filter {
      object_size_greater_than = 131072
    }

    transition {
      days          = var.object_storage.buckets[each.key].tier_days
      storage_class = "INTELLIGENT_TIERING"
    }
  }

  rule {
    id     = "expire"
    status = var.object_storage.buckets[each.key].expire_days == null ? "Disabled" : "Enabled"

    filter {}

    expiration {
      days = coalesce(var.object_storage.buckets[each.key].expire_days, 3650)
    }
  }

  depends_on = [aws_s3_bucket_versioning.main] # non-current rules need versioning
}

# Every event of the bucket, for rules of EventBridge to choose from.
resource "aws_s3_bucket_notification" "main" {
  for_each = { for name, bucket in local.buckets : name => bucket if bucket.events }

  bucket      = aws_s3_bucket.main[each.key].id
  eventbridge = true
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.buckets

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.main[each.key].arn, "${aws_s3_bucket.main[each.key].arn}/*"]

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

  # Origin access control: our distribution and no other. It may list, so that what is missing is answered with 404 and not with 403, and
  # kept for as short as that; nobody gets a list, for no path leads to the root (of the segments one does).
  dynamic "statement" {
    for_each = each.value.delivered ? [aws_cloudfront_distribution.main.arn] : []

    content {
      sid     = "CdnReads"
      actions = concat(["s3:GetObject"], each.key == "segments" ? [] : ["s3:ListBucket"])
      # What comes in of live inputs lies beside what goes out, under other keys.
      resources = each.key == "segments" ? ["${aws_s3_bucket.main[each.key].arn}/live/segments/*"] : [aws_s3_bucket.main[each.key].arn, "${aws_s3_bucket.main[each.key].arn}/*"]

      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceArn"
        values   = each.key == "segments" ? [aws_cloudfront_distribution.video.arn] : [statement.value]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id
  policy = data.aws_iam_policy_document.bucket[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.main] # S3 refuses the two at once
}

data "aws_iam_policy_document" "objects" {
  for_each = local.bucket_users

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [for name in each.value : aws_s3_bucket.main[name].arn]
  }

  statement {
    sid       = "Objects"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = [for name in each.value : "${aws_s3_bucket.main[name].arn}/*"]
  }

  statement {
    sid       = "ObjectKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main["objects"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "objects" {
  for_each = { for name, buckets in local.bucket_users : name => buckets if contains(keys(var.services), name) }

  name   = "objects"
  role   = aws_iam_role.service[each.key].id
  policy = data.aws_iam_policy_document.objects[each.key].json
}
