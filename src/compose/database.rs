//! Databases that run on the cluster: what they cannot stand beside, and their templates.

use std::collections::BTreeMap;

use super::artifacts::{Row, row};
use crate::{
    blueprint::{Spec, Strategy},
    component::Component,
    sizing::database::SELF_RUN,
};

/// Rows of the artifact table of CloudNativePG.
pub(super) const TABLE: &[Row] = &[
    row(
        Component::CloudnativePg,
        "kubernetes/base/databases.yaml.j2",
    ),
    row(
        Component::CloudnativePg,
        "kubernetes/components/databases/cluster.yaml.j2",
    ),
    row(
        Component::CloudnativePg,
        "kubernetes/components/databases/kustomization.yaml.j2",
    ),
    row(
        Component::CloudnativePg,
        "kubernetes/overlays/{env}/databases.yaml.j2",
    ),
];

/// What a blueprint asks for that cannot stand together with databases on the cluster: a path into it and a sentence each.
pub(super) fn refused(spec: &Spec, chosen: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let choice = |key: &str| chosen.get(key).map_or("", String::as_str);
    if choice("database") != SELF_RUN {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    let mut refuse = |path: String, text: String| wrong.push((path, text));
    let kubernetes = choice("kubernetes");
    if kubernetes != "standard" {
        refuse(
            "platform.kubernetes".to_owned(),
            format!(
                "database `{SELF_RUN}` wants node pools of its own, which `{kubernetes}` does not have; wanted standard"
            ),
        );
    }
    if spec.existing.contains_key("cluster") {
        refuse(
            "existing.cluster".to_owned(),
            format!(
                "database `{SELF_RUN}` wants node pools of its own, and an adopted cluster has those of others; leave it out, or choose a managed database"
            ),
        );
    }
    if choice("router") == "pgdog" {
        refuse(
            "platform.router".to_owned(),
            format!(
                "`pgdog` does not stand before database `{SELF_RUN}`, whose operator has poolers; wanted application"
            ),
        );
    }
    for keyspace in &spec.data.keyspaces {
        if keyspace.strategy == Strategy::Region {
            refuse(
                format!("data.keyspaces.{}.strategy", keyspace.name),
                format!(
                    "database `{SELF_RUN}` runs in the region of the cluster, and strategy `region` puts shards into others; wanted hash, range, directory or functional"
                ),
            );
        }
    }
    wrong
}
