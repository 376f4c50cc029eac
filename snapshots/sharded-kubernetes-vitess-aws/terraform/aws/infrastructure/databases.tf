# What Vitess needs of AWS: a bucket for the backups of its shards, a copy of it in another region where the objectives ask for one, and
# the role that tablets act as. The tablets are the operator's: kubernetes/.

locals {
  backup_buckets = merge(
    { main = { region = var.region, key_arn = aws_kms_key.main["data"].arn } },
    { for key in aws_kms_key.replica : "replica" => { region = var.dr.region, key_arn = key.arn } },
  )
}

resource "aws_s3_bucket" "backups" {
  # checkov:skip=CKV_AWS_18: one role reads and writes it, and CloudTrail names who changes the bucket
  # checkov:skip=CKV_AWS_144: var.dr orders the copy in another region
  # checkov:skip=CKV2_AWS_62: nothing starts when a backup arrives
  for_each = local.backup_buckets

  region        = each.value.region
  bucket        = each.key == "main" ? "${local.bucket_prefix}-databases" : "${local.bucket_prefix}-databases-${each.key}"
  force_destroy = !var.protected

  tags = { component = "vitess" }
}

resource "aws_s3_bucket_public_access_block" "backups" {
  for_each = local.backup_buckets

  region = each.value.region
  bucket = aws_s3_bucket.backups[each.key].id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "backups" {
  for_each = local.backup_buckets

  region = each.value.region
  bucket = aws_s3_bucket.backups[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "backups" {
  for_each = local.backup_buckets

  region = each.value.region
  bucket = aws_s3_bucket.backups[each.key].id

  rule {
    # One call to KMS for many objects.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = each.value.key_arn
    }
  }
}

resource "aws_s3_bucket_versioning" "backups" {
  for_each = local.backup_buckets

  region = each.value.region
  bucket = aws_s3_bucket.backups[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

# Age deletes backups, and nothing else does; a deleted one can be brought back for a while.
resource "aws_s3_bucket_lifecycle_configuration" "backups" {
  for_each = local.backup_buckets

  region = each.value.region
  bucket = aws_s3_bucket.backups[each.key].id

  rule {
    id     = "deleted"
    status = "Enabled"

    filter {}

    expiration {
      expired_object_delete_marker = true
    }
    noncurrent_version_expiration {
      noncurrent_days = var.databases.deleted_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  rule {
    id     = "old"
    status = each.key == "main" ? "Enabled" : "Disabled"

    filter {}

    expiration {
      days = var.databases.kept_days
    }
  }

  # Nothing deletes copies but their age.
  rule {
    id     = "copies"
    status = each.key == "main" ? "Disabled" : "Enabled"

    filter {}

    expiration {
      days = var.databases.copy_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.backups] # non-current rules need versioning
}

data "aws_iam_policy_document" "backups" {
  for_each = local.backup_buckets

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.backups[each.key].arn, "${aws_s3_bucket.backups[each.key].arn}/*"]

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

resource "aws_s3_bucket_policy" "backups" {
  for_each = local.backup_buckets

  region = each.value.region
  bucket = aws_s3_bucket.backups[each.key].id
  policy = data.aws_iam_policy_document.backups[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.backups] # S3 refuses the two at once
}

# Tablets act as it, by pod identity (identity.tf): they make backups, read them to begin with, and delete what was left unfinished.
data "aws_iam_policy_document" "databases" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.backups["main"].arn]
  }

  statement {
    sid       = "Backups"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.backups["main"].arn}/*"]
  }

  statement {
    sid       = "BackupKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main["data"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "replication_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "replication" {
  for_each = { for name, bucket in local.backup_buckets : name => bucket if name != "main" }

  statement {
    sid       = "ReadBucket"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [aws_s3_bucket.backups["main"].arn]
  }

  statement {
    sid       = "ReadObjects"
    actions   = ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"]
    resources = ["${aws_s3_bucket.backups["main"].arn}/*"]
  }

  statement {
    sid       = "WriteCopies"
    actions   = ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]
    resources = ["${aws_s3_bucket.backups[each.key].arn}/*"]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.main["data"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "Encrypt"
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [each.value.key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${each.value.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "replication" {
  for_each = data.aws_iam_policy_document.replication

  name                 = "${local.name}-backup-copies"
  assume_role_policy   = data.aws_iam_policy_document.replication_trust.json
  permissions_boundary = local.permissions_boundary
}

resource "aws_iam_role_policy" "replication" {
  for_each = data.aws_iam_policy_document.replication

  name   = "access"
  role   = aws_iam_role.replication[each.key].id
  policy = each.value.json
}

resource "aws_s3_bucket_replication_configuration" "backups" {
  for_each = aws_iam_role.replication

  bucket = aws_s3_bucket.backups["main"].id
  role   = each.value.arn

  rule {
    id     = "all"
    status = "Enabled"

    filter {}

    # A backup that is deleted here, by age or by mistake, is still there.
    delete_marker_replication {
      status = "Disabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket        = aws_s3_bucket.backups[each.key].arn
      storage_class = "STANDARD_IA"

      encryption_configuration {
        replica_kms_key_id = local.backup_buckets[each.key].key_arn
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.backups] # copies are of versions
}
