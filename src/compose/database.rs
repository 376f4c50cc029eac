//! Databases that run on the cluster: what they cannot stand beside, and their templates.

use std::collections::BTreeMap;

use super::{
    Cell, Project,
    artifacts::{Row, only, row},
};
use crate::{
    blueprint::{Engine, Keyspace, Spec, Strategy},
    component::Component,
    sizing::{
        Sizing,
        database::{CITUS, SELF_RUN, VITESS, cell},
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

/// Rows of Vitess.
pub(super) const VITESS_TABLE: &[Row] = &[
    row(Component::Vitess, "kubernetes/base/vitess-operator.yaml.j2"),
    row(Component::Vitess, "kubernetes/base/vitess.yaml.j2"),
    row(
        Component::Vitess,
        "kubernetes/components/vitess/cluster.yaml.j2",
    ),
    row(
        Component::Vitess,
        "kubernetes/components/vitess/kustomization.yaml.j2",
    ),
    row(
        Component::Vitess,
        "kubernetes/overlays/{env}/databases.env.j2",
    ),
    row(
        Component::Vitess,
        "kubernetes/overlays/{env}/vitess.yaml.j2",
    ),
    only(
        Component::Vitess,
        "sharding/vitess/sequences.sql.j2",
        counts,
    ),
    row(Component::Vitess, "sharding/vitess/source.yaml.j2"),
    row(Component::Vitess, "sharding/vitess/vitess.j2"),
    row(
        Component::Vitess,
        "sharding/vitess/vschema/{keyspace}.json.j2",
    ),
];

/// Whether ids of sharded keyspaces may be counted: in a keyspace of one shard.
fn counts(project: &Project, _: &str) -> bool {
    let any = |strategy: &str| {
        let mut keyspaces = project.keyspaces.iter();
        keyspaces.any(|keyspace| keyspace.strategy == strategy)
    };
    any("hash") && any("functional")
}

/// The choice of database that follows from a router, where none is stated: Vitess has MySQL of its own.
pub(super) fn follows(router: &str) -> Option<&'static str> {
    (router == VITESS).then_some(VITESS)
}

/// Whether the cluster runs the databases.
pub(super) fn own(chosen: &BTreeMap<String, String>) -> bool {
    chosen
        .get("database")
        .is_some_and(|choice| choice == SELF_RUN || choice == VITESS)
}

/// Zones with the tablets of each shard of a keyspace; none where it has no tablets.
pub(super) fn cells<'a>(prefix: &str, sizing: &'a Sizing) -> Vec<Cell<'a>> {
    let zones = sizing.zones.iter().enumerate();
    zones
        .map(|(slot, zone)| (cell(slot), zone))
        .filter(|(name, _)| {
            let tablets = format!("{prefix}.cells.{name}.tablets");
            sizing.ledger.get(&tablets).is_some()
        })
        .map(|(name, zone)| Cell {
            size: sizing.ledger.nested(&format!("{prefix}.cells.{name}")),
            zone: zone.clone(),
            name,
        })
        .collect()
}

/// What Vitess cannot stand with, and what it is needed for.
fn refused_with_vitess(spec: &Spec, chosen: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let choice = |key: &str| chosen.get(key).map_or("", String::as_str);
    let (router, database, monitoring) =
        (choice("router"), choice("database"), choice("monitoring"));
    let mut wrong = Vec::new();
    let mut refuse = |path: String, text: String| wrong.push((path, text));
    let mysql = spec.data.engine == Engine::Mysql;
    if router != VITESS {
        if database == VITESS {
            refuse(
                "platform.database".to_owned(),
                format!(
                    "database `{VITESS}` is found by router `{VITESS}`, which brings it; wanted platform.router: {VITESS}"
                ),
            );
        } else if mysql {
            refuse(
                "data.engine".to_owned(),
                format!(
                    "engine `mysql` is sharded here by Vitess alone; wanted platform.router: {VITESS}, or engine postgresql"
                ),
            );
        }
        return wrong;
    }
    if !mysql {
        refuse(
            "platform.router".to_owned(),
            format!("`{VITESS}` shards MySQL; wanted data.engine: mysql"),
        );
    }
    if database != VITESS {
        refuse(
            "platform.database".to_owned(),
            format!(
                "router `{VITESS}` runs MySQL in tablets of its own, not on {database}; wanted database {VITESS}, or none stated"
            ),
        );
    }
    if monitoring == "datadog" {
        refuse(
            "platform.monitoring".to_owned(),
            format!(
                "`datadog` has no monitors of the tablets of router `{VITESS}`; wanted cloud or grafana-cloud"
            ),
        );
    }
    for keyspace in &spec.data.keyspaces {
        let name = &keyspace.name;
        let reason = match keyspace.strategy {
            Strategy::Hash | Strategy::Functional => None,
            Strategy::Range => Some("has equal ranges of a hash, and no split points of the key"),
            Strategy::Region => {
                Some("runs in the region of the cluster, and `region` puts shards into others")
            }
            Strategy::Directory => {
                Some("finds a row by the hash of its key, and has no directory of keys")
            }
        };
        if let Some(reason) = reason {
            refuse(
                format!("data.keyspaces.{name}.strategy"),
                format!(
                    "router `{VITESS}` {reason}; wanted hash, or functional for a keyspace of one shard"
                ),
            );
        }
        let shards = keyspace.shards.unwrap_or(1);
        if !shards.is_power_of_two() {
            refuse(
                format!("data.keyspaces.{name}.shards"),
                format!(
                    "router `{VITESS}` splits a shard into two halves of its range; wanted a power of two, not {shards}"
                ),
            );
        }
    }
    wrong
}

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
    wrong.extend(refused_with_vitess(spec, chosen));
    let database = choice("database");
    if !own(chosen) {
        return wrong;
    }
    let mut refuse = |path: String, text: String| wrong.push((path, text));
    let kubernetes = choice("kubernetes");
    if kubernetes != "standard" {
        refuse(
            "platform.kubernetes".to_owned(),
            format!(
                "database `{database}` wants node pools of its own, which `{kubernetes}` does not have; wanted standard"
            ),
        );
    }
    if spec.existing.contains_key("cluster") {
        refuse(
            "existing.cluster".to_owned(),
            format!(
                "database `{database}` wants node pools of its own, and an adopted cluster has those of others; leave it out, or choose a managed database"
            ),
        );
    }
    if choice("router") == "pgdog" && database == SELF_RUN {
        refuse(
            "platform.router".to_owned(),
            format!(
                "`pgdog` does not stand before database `{SELF_RUN}`, whose operator has poolers; wanted application or {CITUS}"
            ),
        );
    }
    for keyspace in &spec.data.keyspaces {
        if keyspace.strategy == Strategy::Region && database == SELF_RUN {
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
