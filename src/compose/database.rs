//! Databases that run on the cluster: what they cannot stand beside, and their templates.

use std::collections::BTreeMap;

use super::artifacts::{Row, row};
use crate::{
    blueprint::{Keyspace, Spec, Strategy},
    component::Component,
    sizing::{
        Sizing,
        database::{CITUS, SELF_RUN},
    },
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

/// Rows of Citus.
pub(super) const CITUS_TABLE: &[Row] = &[
    row(
        Component::Citus,
        "kubernetes/overlays/{env}/databases.env.j2",
    ),
    row(
        Component::Citus,
        "kubernetes/components/databases/images.yaml",
    ),
    row(Component::Citus, "sharding/citus/Dockerfile"),
    row(Component::Citus, "sharding/citus/citus.j2"),
];

/// What Citus cannot stand with.
fn refused_with_citus(spec: &Spec, database: &str) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    if database != SELF_RUN {
        wrong.push((
            "platform.router".to_owned(),
            format!(
                "`{CITUS}` is an extension that {database} does not have; wanted database {SELF_RUN}"
            ),
        ));
    }
    let hashed = |keyspace: &Keyspace| keyspace.strategy == Strategy::Hash;
    if spec.data.keyspaces.len() != 1 || !spec.data.keyspaces.iter().all(hashed) {
        wrong.push((
            "data.keyspaces".to_owned(),
            format!(
                "router `{CITUS}` spreads the tables of one keyspace over its nodes by a hash of their key; wanted one keyspace of strategy hash"
            ),
        ));
    }
    wrong
}

/// What a blueprint asks for that cannot stand together with databases on the cluster: a path into it and a sentence each.
pub(super) fn refused(spec: &Spec, chosen: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let choice = |key: &str| chosen.get(key).map_or("", String::as_str);
    let mut wrong = if choice("router") == CITUS {
        refused_with_citus(spec, choice("database"))
    } else {
        Vec::new()
    };
    if choice("database") != SELF_RUN {
        return wrong;
    }
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
                "`pgdog` does not stand before database `{SELF_RUN}`, whose operator has poolers; wanted application or {CITUS}"
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

/// Whether databases on the cluster have poolers of their own in any environment.
pub(super) fn pooled(sizings: &[Sizing]) -> bool {
    let pooled = |sizing: &Sizing| {
        sizing.keyspaces.iter().any(|keyspace| {
            let name = format!("database.{}.poolers", keyspace.name);
            sizing
                .ledger
                .get(&name)
                .is_some_and(|poolers| poolers.number() > 0.0)
        })
    };
    sizings.iter().any(pooled)
}
