//! The templates of sharding: map, DDL, routers, client libraries, the shard manager and the migration.

use std::collections::BTreeMap;

use super::{
    Manager, Project, Service,
    artifacts::{Row, only, row},
};
use crate::{component::Component, sizing::Sizing};

/// Rows of the artifact table below `templates/sharding/`.
pub(super) const TABLE: &[Row] = &[
    row(Component::Sharding, "sharding/clients/go/go.mod"),
    row(Component::Sharding, "sharding/clients/go/shard_router.go"),
    row(
        Component::Sharding,
        "sharding/clients/go/shard_router_test.go",
    ),
    row(
        Component::Sharding,
        "sharding/clients/java/ShardRouter.java",
    ),
    row(
        Component::Sharding,
        "sharding/clients/java/ShardRouterTest.java",
    ),
    row(
        Component::Sharding,
        "sharding/clients/python/shard_router.py",
    ),
    row(
        Component::Sharding,
        "sharding/clients/python/test_shard_router.py",
    ),
    row(
        Component::Sharding,
        "sharding/clients/typescript/shard-router.test.ts",
    ),
    row(
        Component::Sharding,
        "sharding/clients/typescript/shard-router.ts",
    ),
    row(Component::Sharding, "sharding/clients/vectors.json.j2"),
    only(
        Component::ShardManager,
        "sharding/clients/go/managed_map.go",
        has_manager,
    ),
    only(
        Component::ShardManager,
        "sharding/clients/go/managed_map_test.go",
        has_manager,
    ),
    only(
        Component::ShardManager,
        "sharding/clients/java/ManagedMap.java",
        has_manager,
    ),
    only(
        Component::ShardManager,
        "sharding/clients/java/ManagedMapTest.java",
        has_manager,
    ),
    only(
        Component::ShardManager,
        "sharding/clients/manager.json",
        has_manager,
    ),
    only(
        Component::ShardManager,
        "sharding/clients/python/managed_map.py",
        has_manager,
    ),
    only(
        Component::ShardManager,
        "sharding/clients/python/test_managed_map.py",
        has_manager,
    ),
    only(
        Component::ShardManager,
        "sharding/clients/typescript/managed-map.test.ts",
        has_manager,
    ),
    only(
        Component::ShardManager,
        "sharding/clients/typescript/managed-map.ts",
        has_manager,
    ),
    row(Component::Sharding, "sharding/ddl/10_functions.sql"),
    row(Component::Sharding, "sharding/ddl/12_map.sql"),
    row(Component::Sharding, "sharding/ddl/14_place.sql.j2"),
    row(Component::Sharding, "sharding/ddl/15_roles.sql.j2"),
    row(Component::Sharding, "sharding/ddl/20_{keyspace}.sql.j2"),
    only(
        Component::ShardManager,
        "sharding/manager/Dockerfile.j2",
        has_manager,
    ),
    row(Component::ShardManager, "sharding/manager/directory.sql.j2"),
    only(
        Component::ShardManager,
        "sharding/manager/manager.py",
        has_manager,
    ),
    row(Component::ShardManager, "sharding/manager/openapi.yaml.j2"),
    only(
        Component::ShardManager,
        "sharding/manager/requirements.txt.j2",
        has_manager,
    ),
    only(Component::Sharding, "sharding/migration/migrate", migrates),
    only(Component::Sharding, "sharding/migration/rehearse", migrates),
    only(
        Component::Sharding,
        "sharding/migration/shard/02_place.sql.j2",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/02_prune.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/02_tables.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/04_subscribe.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/05_copied.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/06_strays.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/06_touched.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/08_open.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/08_publish_back.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/09_finish.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/rollback_04.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/rollback_08.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/shard/rollback_08_drained.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/00_example_monolith.sql.j2",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/01_precheck.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/02_prepare.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/03_publish.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/03_same_map.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/05_lag.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/06_buckets.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/06_touched.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/06_track.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/06_untrack.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/07_reads.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/08_drained.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/08_fence.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/08_sequences.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/08_subscribe_back.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/09_finish.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/rollback_03.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/rollback_08_fence.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/source/rollback_08_open.sql",
        migrates,
    ),
    only(
        Component::Sharding,
        "sharding/migration/targets.sql",
        migrates,
    ),
    row(Component::Sharding, "sharding/operators/view.sql.j2"),
    only(
        Component::Sharding,
        "sharding/router/pgbouncer.ini.j2",
        is_managed,
    ),
    row(Component::Sharding, "sharding/shard-map.json.j2"),
    row(Component::Sharding, "sharding/shard-map.schema.json"),
    only(
        Component::ShardManager,
        "sharding/split/0_example_shard.sql",
        splits,
    ),
    only(
        Component::ShardManager,
        "sharding/split/1_point.sql",
        splits,
    ),
    only(
        Component::ShardManager,
        "sharding/split/2_close.sql",
        splits,
    ),
    only(
        Component::ShardManager,
        "sharding/split/3_hand_over.sql",
        splits,
    ),
];

/// What pools before the nodes, in the cluster.
pub(super) fn pooler(choice: &BTreeMap<String, String>) -> &'static str {
    match choice.get("router").map(String::as_str) {
        Some("pgdog") => "pgdog",
        _ => "pgbouncer",
    }
}

/// Databases on the cluster have the poolers of their operator.
fn is_managed(project: &Project, _: &str) -> bool {
    project.components.contains(&Component::Shards)
}

fn migrates(project: &Project, _: &str) -> bool {
    project.migration
}

fn splits(project: &Project, cloud: &str) -> bool {
    migrates(project, cloud) && has_manager(project, cloud)
}

/// Whether the blueprint has the service that keeps the directory.
pub(super) fn has_manager(project: &Project, _: &str) -> bool {
    project.manager.is_some()
}

/// The service that has the directory's name, and the first shard of the first keyspace that it reaches.
pub(super) fn manager(services: &[Service], sizing: &Sizing) -> Option<Manager> {
    let service = services
        .iter()
        .find(|one| one.name == "shard-manager" && one.is_pod())?;
    let keyspace = sizing.shard_map.keyspaces.get(service.keyspaces.first()?)?;
    let shard = keyspace.shards.first()?.name.clone();
    Some(Manager { shard })
}
