//! The Terraform templates of AWS: which component each belongs to.

use super::artifacts::Row;

/// Rows of the artifact table below `templates/terraform/aws/`.
pub(super) const TABLE: &[Row] = &[];
