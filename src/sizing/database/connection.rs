//! Connections that services open and what a node grants them (capacity model, section 3.2).

use super::{citus, own, vitess};
use crate::{
    blueprint::{Engine, Keyspace},
    catalog::DatabaseShape,
    component::Component,
    ledger::{Unit, show},
    sizing::{Class, Context, ceil, pooler},
};

/// Connections that services open and what a node grants them (section 3.2).
pub(super) fn connections(
    ctx: &mut Context<'_>,
    keyspace: &Keyspace,
    active: f64,
    shape: &DatabaseShape,
) {
    let prefix = format!("database.{}", keyspace.name);
    let (names, clients) = clients(ctx, &keyspace.name);
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    ctx.ledger
        .add(format!("{prefix}.connections"), clients, Unit::Count)
        .why(format!(
            "what {} services open at their maximum on each node",
            names.len()
        ))
        .by("Σ pods at the maximum × pool", "3.2", &inputs);
    let by = own::granted_by(ctx);
    let granted = ctx
        .ledger
        .add(
            format!("{prefix}.max_connections"),
            shape.max_connections,
            Unit::Count,
        )
        .why(format!(
            "{} for {} GiB; services open up to {}",
            by,
            show(shape.ram_gib),
            show(clients)
        ))
        .by(
            "by memory of the class",
            "3.2",
            &[&format!("{prefix}.ram_gib")],
        )
        .number();
    let reserved = reserved(ctx);
    ctx.ledger
        .add(
            format!("{prefix}.reserved_connections"),
            reserved,
            Unit::Count,
        )
        .why("superuser, replication, moves and people")
        .by("policy", "3.2", &[]);
    pool(ctx, &prefix, active, shape, clients, granted - reserved);
    if vitess::is_vitess(ctx) {
        vitess::pools(ctx, &prefix, granted - reserved);
    }
}

/// Quantities of the services that reach a keyspace, and the connections that they open on each of its nodes at their maximum.
pub(super) fn clients(ctx: &Context<'_>, keyspace: &str) -> (Vec<String>, f64) {
    let reaches = |service: &&crate::blueprint::Service| {
        service
            .keyspaces
            .as_ref()
            .is_none_or(|keyspaces| keyspaces.iter().any(|name| name == keyspace))
    };
    let names: Vec<String> = ctx
        .spec
        .services
        .iter()
        .filter(reaches)
        .map(|service| format!("{}.connections", service.name))
        .collect();
    let clients = names.iter().map(|name| ctx.ledger.number(name)).sum();
    (names, clients)
}

fn pool(
    ctx: &mut Context<'_>,
    prefix: &str,
    active: f64,
    shape: &DatabaseShape,
    clients: f64,
    available: f64,
) {
    let per_core = ctx.constant("db.pool_connections_per_core");
    let pool_node = ctx
        .ledger
        .add(
            format!("{prefix}.pool_node"),
            (per_core * shape.vcpu).max(10.0),
            Unit::Count,
        )
        .why(format!("{per_core} a vCPU keep {} busy", show(shape.vcpu)))
        .by(
            "max(10, 2 × vCPU)",
            "3.2",
            &[&format!("{prefix}.vcpu"), "db.pool_connections_per_core"],
        )
        .number();
    let routed = pooler::is_router(ctx);
    // A session of the coordinator keeps its connections to the nodes.
    let distributed = citus::is_citus(ctx);
    // Tablets are pools: what services open ends at the gates.
    let tablets = vitess::is_vitess(ctx);
    let needed =
        !distributed && (routed || tablets || wants_pool(ctx, clients, available, pool_node));
    let in_cluster = pools_in_cluster(ctx);
    let proxy = needed && !in_cluster && !tablets;
    ctx.ledger
        .add(format!("{prefix}.proxy"), proxy, Unit::Name)
        .why(if tablets {
            "services connect to the gates, and tablets pool what those ask".to_owned()
        } else if in_cluster {
            "PgBouncer in the cluster does it where it is needed".to_owned()
        } else {
            format!(
                "{} clients against {} connections; a node works on {} at once: the service pools them",
                show(clients),
                show(available),
                show(pool_node)
            )
        })
        .by(
            "clients > 0.8 max_connections or > 4 × pool",
            "3.2",
            &[
                &format!("{prefix}.connections"),
                &format!("{prefix}.max_connections"),
                &format!("{prefix}.pool_node"),
            ],
        );
    ctx.ledger
        .add(format!("{prefix}.pooler"), needed && in_cluster, Unit::Name)
        .why(format!(
            "{}{} clients against {} connections; a node works on {} at once",
            if routed {
                "PgDog stands before every node: "
            } else {
                ""
            },
            show(clients),
            show(available),
            show(pool_node)
        ))
        .by(
            "clients > 0.8 max_connections or > 4 × pool",
            "3.2",
            &[
                &format!("{prefix}.connections"),
                &format!("{prefix}.max_connections"),
                &format!("{prefix}.pool_node"),
            ],
        );
    let servers = if needed {
        // Room for twice what runs at once, so that a slow minute does not queue at the pooler.
        ceil((2.0 * active).max(pool_node)).min((0.8 * available).floor())
    } else {
        clients
    };
    ctx.ledger
        .add(format!("{prefix}.server_connections"), servers, Unit::Count)
        .why(if tablets {
            "what a tablet opens on its MySQL for reads, and again for transactions"
        } else if needed {
            "what the pooler opens on a node"
        } else {
            "no pooler: what services open"
        })
        .by(
            "max(pool, 2 × active), at most 0.8 of what is granted",
            "3.2",
            &[&format!("{prefix}.active"), &format!("{prefix}.pool_node")],
        );
}

/// Whether so many clients want a pool before a node. An idle connection of MySQL is a thread that sleeps, one of PostgreSQL a process:
/// there the processor counts too (section 3.2).
fn wants_pool(ctx: &Context<'_>, clients: f64, available: f64, pool_node: f64) -> bool {
    let by_processor = ctx.spec.data.engine == Engine::Postgresql && clients > 4.0 * pool_node;
    clients > 0.8 * available || by_processor
}

/// Whether a pool is PgBouncer's in the cluster; else it is the database service's.
fn pools_in_cluster(ctx: &Context<'_>) -> bool {
    ctx.has(Component::Workloads) && ctx.spec.data.engine == Engine::Postgresql
}

/// The classes that need no pool of the service's own, or come with one; all where there is none such.
pub(super) fn able(
    ctx: &mut Context<'_>,
    keyspace: &str,
    shapes: &[DatabaseShape],
) -> Vec<DatabaseShape> {
    let per_core = ctx.constant("db.pool_connections_per_core");
    let clients = clients(ctx, keyspace).1;
    let able = |shape: &&DatabaseShape| {
        let available = shape.max_connections - reserved(ctx);
        let pool_node = (per_core * shape.vcpu).max(10.0);
        shape.pools || pools_in_cluster(ctx) || !wants_pool(ctx, clients, available, pool_node)
    };
    let able: Vec<DatabaseShape> = shapes.iter().filter(able).cloned().collect();
    if able.is_empty() {
        shapes.to_vec()
    } else {
        able
    }
}

/// Connections kept for superusers, replication, moves and people.
fn reserved(ctx: &Context<'_>) -> f64 {
    if ctx.class == Class::Production {
        50.0
    } else {
        10.0
    }
}
