resource "aws_ecr_repository" "service" {
  for_each = setunion(keys(var.services))

  name                 = "${local.project}/${var.environment}/${each.key}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !var.protected

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.main["secrets"].arn
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "service" {
  for_each = aws_ecr_repository.service

  repository = each.value.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "Layers of failed pushes"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = var.registry.untagged_days }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "What a rollback may need"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = var.registry.keep_images }
        action       = { type = "expire" }
      },
    ]
  })
}
