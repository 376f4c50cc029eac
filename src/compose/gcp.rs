//! The Terraform templates of Google Cloud: which component each belongs to.

use super::artifacts::Row;

/// Rows of the artifact table below `templates/terraform/gcp/`.
pub(super) const TABLE: &[Row] = &[];
