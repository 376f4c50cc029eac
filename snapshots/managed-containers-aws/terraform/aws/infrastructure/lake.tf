# The data lake: raw as it came, clean after the first pass, curated for questions. Athena reads them by the catalog.

locals {
  # What functions write: one row for each object. Columns are added at the end, here and in the function that writes them.
  lake_columns = {
    raw = [
      { name = "id", type = "string" },
      { name = "received_at", type = "timestamp" },
      { name = "source", type = "string" },
      { name = "body", type = "string" },
    ]
    clean = [
      { name = "id", type = "string" },
      { name = "received_at", type = "timestamp" },
      { name = "source", type = "string" },
      { name = "kind", type = "string" },
      { name = "attributes", type = "map<string,string>" },
    ]
    curated = [
      { name = "id", type = "string" },
      { name = "occurred_at", type = "timestamp" },
      { name = "kind", type = "string" },
      { name = "subject", type = "string" },
      { name = "measure", type = "double" },
      { name = "attributes", type = "map<string,string>" },
    ]
  }

  lake_buckets = toset(["raw", "clean", "curated", "results"])
}

resource "aws_s3_bucket" "lake" {
  # checkov:skip=CKV_AWS_18: CloudTrail has every query, and only the functions' own roles write
  # checkov:skip=CKV_AWS_144: clean and curated are computed from raw, and raw from the uploads
  # checkov:skip=CKV2_AWS_62: nothing reacts to what is in the lake
  for_each = local.lake_buckets

  bucket        = "${local.bucket_prefix}-lake-${each.key}"
  force_destroy = !var.protected

  tags = { component = "lake" }
}

resource "aws_s3_bucket_public_access_block" "lake" {
  for_each = local.lake_buckets

  bucket = aws_s3_bucket.lake[each.key].id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "lake" {
  for_each = local.lake_buckets

  bucket = aws_s3_bucket.lake[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  for_each = local.lake_buckets

  bucket = aws_s3_bucket.lake[each.key].id

  rule {
    # One call to KMS for many objects.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main["lake"].arn
    }
  }
}

resource "aws_s3_bucket_versioning" "lake" {
  for_each = local.lake_buckets

  bucket = aws_s3_bucket.lake[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  for_each = local.lake_buckets

  bucket = aws_s3_bucket.lake[each.key].id

  rule {
    id     = "versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.lake.noncurrent_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # Curated stays: it is what questions are asked of, and the smallest.
  dynamic "rule" {
    for_each = { for zone, days in { raw = var.lake.retention_days, clean = var.lake.retention_days, results = var.lake.result_days } : zone => days if zone == each.key }

    content {
      id     = "expire"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  dynamic "rule" {
    for_each = each.key == "raw" && var.lake.infrequent_days < var.lake.retention_days ? [var.lake.infrequent_days] : []

    content {
      id     = "cool"
      status = "Enabled"

      filter {
        object_size_greater_than = 131072 # below, the move costs more than it saves
      }

      transition {
        days          = rule.value
        storage_class = "STANDARD_IA"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.lake] # non-current rules need versioning
}

data "aws_iam_policy_document" "lake_bucket" {
  for_each = local.lake_buckets

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.lake[each.key].arn, "${aws_s3_bucket.lake[each.key].arn}/*"]

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

resource "aws_s3_bucket_policy" "lake" {
  for_each = local.lake_buckets

  bucket = aws_s3_bucket.lake[each.key].id
  policy = data.aws_iam_policy_document.lake_bucket[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.lake] # S3 refuses the two at once
}

resource "aws_glue_catalog_database" "lake" {
  name        = replace("${local.name}_lake", "-", "_")
  description = "Zones of the data lake"
}

# Partitions follow from the path, dt=2026-01-31/: no crawler to run or to pay, and a new day is there at once.
resource "aws_glue_catalog_table" "lake" {
  for_each = local.lake_columns

  name          = each.key
  database_name = aws_glue_catalog_database.lake.name
  description   = "Zone ${each.key}"
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    classification              = each.key == "raw" ? "json" : "parquet"
    "projection.enabled"        = "true"
    "projection.dt.type"        = "date"
    "projection.dt.format"      = "yyyy-MM-dd"
    "projection.dt.range"       = each.key == "curated" ? "NOW-10YEARS,NOW" : "NOW-${var.lake.retention_days}DAYS,NOW"
    "storage.location.template" = "s3://${aws_s3_bucket.lake[each.key].id}/dt=$${dt}/"
  }

  partition_keys {
    name = "dt"
    type = "string"
  }

  storage_descriptor {
    location      = "s3://${aws_s3_bucket.lake[each.key].id}/"
    input_format  = each.key == "raw" ? "org.apache.hadoop.mapred.TextInputFormat" : "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = each.key == "raw" ? "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat" : "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    ser_de_info {
      serialization_library = each.key == "raw" ? "org.openx.data.jsonserde.JsonSerDe" : "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }

    dynamic "columns" {
      for_each = each.value

      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }
}

# A query without a filter on dt reads everything: it is stopped where the sizing says.
resource "aws_athena_workgroup" "lake" {
  name          = "${local.name}-lake"
  description   = "Queries of the data lake"
  force_destroy = !var.protected

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.lake.scan_limit_bytes

    result_configuration {
      output_location       = "s3://${aws_s3_bucket.lake["results"].id}/"
      expected_bucket_owner = var.account_id

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = aws_kms_key.main["lake"].arn
      }
    }
  }

  tags = { component = "lake" }
}

data "aws_iam_policy_document" "lake" {
  statement {
    sid       = "Objects"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = [for zone in keys(local.lake_columns) : "${aws_s3_bucket.lake[zone].arn}/dt=*"]
  }

  statement {
    sid       = "LakeKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main["lake"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "lake" {
  for_each = toset(["ingest", "process", "publish"])

  name   = "lake"
  role   = aws_iam_role.service[each.key].id
  policy = data.aws_iam_policy_document.lake.json
}
