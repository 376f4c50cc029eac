//! What stands before the clouds of a project on several: the zone, balancing and failover.

use super::artifacts::{Row, row};
use crate::component::Component;

/// Rows of the artifact table of the whole.
pub(super) const TABLE: &[Row] = &[
    row(Component::Docs, "docs/CLOUDS.md.j2"),
    row(Component::Cdn, "terraform/global/backend.tf.j2"),
    row(Component::Cdn, "terraform/global/balancing.tf.j2"),
    row(Component::Cdn, "terraform/global/envs/{env}.tfbackend.j2"),
    row(Component::Cdn, "terraform/global/envs/{env}.tfvars.j2"),
    row(Component::Cdn, "terraform/global/outputs.tf"),
    row(Component::Cdn, "terraform/global/providers.tf"),
    row(
        Component::Cdn,
        "terraform/global/tests/balancing.tftest.hcl.j2",
    ),
    row(Component::Cdn, "terraform/global/variables.tf.j2"),
    row(Component::Cdn, "terraform/global/versions.tf"),
    row(Component::Cdn, "terraform/global/zone.tf.j2"),
];
