//! PgBouncer, or PgDog in its place, between services and database nodes (capacity model, section 3.2).
//!
//! Comes in: connections and pools of all keyspaces. Goes out: the quantities `pooler.…`; they exist in every environment,
//! `pooler.needed` says whether anything is deployed.

use crate::{
    ledger::{Unit, show},
    sizing::{
        Class, Context, ceil,
        database::{self, SizedKeyspace},
    },
};

/// Sizes the pooler that stands before all nodes.
pub(crate) fn size(ctx: &mut Context<'_>, keyspaces: &[SizedKeyspace]) {
    let flags: Vec<String> = keyspaces
        .iter()
        .map(|keyspace| format!("database.{}.pooler", keyspace.name))
        .collect();
    let inputs: Vec<&str> = flags.iter().map(String::as_str).collect();
    let own = database::is_self_run(ctx);
    let needed = !own && flags.iter().any(|name| ctx.ledger.flag(name));
    let routed = is_router(ctx);
    let tablets = database::is_vitess(ctx);
    ctx.ledger
        .add("pooler.needed", needed, Unit::Name)
        .why(if tablets {
            "tablets pool what the gates ask of them"
        } else if own {
            "the operator puts poolers before each node that wants them"
        } else if routed {
            "PgDog is the router: services connect to it"
        } else if needed {
            "services open more connections than a node works on"
        } else {
            "nodes carry the services' own connections"
        })
        .by("any keyspace asks for it", "3.2", &inputs);
    let statements = sum(ctx, keyspaces, "reads") + sum(ctx, keyspaces, "writes");
    let of_all: Vec<String> = keyspaces
        .iter()
        .flat_map(|keyspace| {
            ["reads", "writes"].map(|item| format!("database.{}.{item}", keyspace.name))
        })
        .collect();
    ctx.ledger
        .add("pooler.statements", statements, Unit::PerSecond)
        .why("reads and writes of all keyspaces")
        .by(
            "Σ reads + writes",
            "3.2",
            &of_all.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    let least = if ctx.class == Class::Production {
        ctx.zones as f64
    } else {
        1.0
    };
    let clients: f64 = keyspaces
        .iter()
        .map(|keyspace| {
            ctx.ledger
                .number(&format!("database.{}.connections", keyspace.name))
                * keyspace.nodes.len() as f64
        })
        .sum();
    let passed = ctx.constant("db.pgbouncer_statements");
    let held = ctx.constant("db.pgbouncer_clients");
    // Where one does not hold them all, the others do while it rolls.
    let by_clients = if clients > held {
        ceil(clients / held) + 1.0
    } else {
        1.0
    };
    let replicas = ctx
        .ledger
        .add(
            "pooler.replicas",
            ceil(statements / passed)
                .max(by_clients)
                .max(least),
            Unit::Count,
        )
        .why(format!(
            "{} statements/s at {} a process, {} clients at {} a process, at least {}",
            show(statements),
            show(passed),
            show(clients),
            show(held),
            show(least)
        ))
        .by(
            "max(statements ÷ those of a process, clients ÷ those of a process + 1), at least one a zone",
            "3.2",
            &[
                "pooler.statements",
                "db.pgbouncer_statements",
                "db.pgbouncer_clients",
            ],
        )
        .graded(crate::ledger::Grade::C)
        .number();
    let clients = ctx
        .ledger
        .add(
            "pooler.clients",
            clients.clamp(100.0, held),
            Unit::Count,
        )
        .why("all that services open, through one pooler while the others roll, as far as one holds them")
        .by("Σ connections × nodes, 100 to those of a process", "3.2", &["db.pgbouncer_clients"])
        .number();
    let busiest = keyspaces
        .iter()
        .map(|keyspace| {
            ctx.ledger
                .number(&format!("database.{}.server_connections", keyspace.name))
        })
        .fold(1.0, f64::max);
    for keyspace in keyspaces {
        let prefix = format!("database.{}", keyspace.name);
        let all = ctx.ledger.number(&format!("{prefix}.server_connections"));
        let granted = ctx.ledger.number(&format!("{prefix}.max_connections"));
        let wanted = ctx.constant("db.pooler_least_servers");
        let least = wanted.min((0.8 * granted / replicas).floor());
        ctx.ledger
            .add(
                format!("{prefix}.pool_servers"),
                ceil(all / replicas).max(least),
                Unit::Count,
            )
            .why(format!(
                "{} connections to a node over {} poolers, at least {} of each",
                show(all),
                show(replicas),
                show(least)
            ))
            .by(
                "server connections ÷ poolers, at least the least where the node grants it",
                "3.2",
                &[
                    &format!("{prefix}.server_connections"),
                    &format!("{prefix}.max_connections"),
                    "pooler.replicas",
                    "db.pooler_least_servers",
                ],
            );
    }
    let servers = ctx
        .ledger
        .add("pooler.servers", ceil(busiest / replicas), Unit::Count)
        .why(format!(
            "{} connections to a node over {} poolers",
            show(busiest),
            show(replicas)
        ))
        .by(
            "server connections of the busiest node ÷ poolers",
            "3.2",
            &["pooler.replicas"],
        )
        .number();
    let nodes: usize = keyspaces.iter().map(|keyspace| keyspace.nodes.len()).sum();
    let memory = ceil(2.0 * (2.0 * clients + 16.0 * servers * nodes as f64) / 1024.0).max(128.0);
    ctx.ledger
        .add("pooler.memory_mib", memory, Unit::Mib)
        .why("2 KiB a client, 16 KiB a server connection, doubled")
        .by(
            "2 × (2 KiB × clients + 16 KiB × servers), at least 128 MiB",
            "3.2",
            &["pooler.clients", "pooler.servers"],
        );
    let cpu = if ctx.class == Class::Production {
        500.0
    } else {
        100.0
    };
    ctx.policy(
        "pooler.cpu_request_m",
        cpu,
        Unit::MilliCpu,
        "one process is one thread",
    );
    ctx.policy("pooler.disruption", 1.0, Unit::Count, "one at a time");
    let rows = [
        (
            "reserve",
            5.0,
            Unit::Count,
            "connections to a node for those that wait too long",
        ),
        (
            "reserve_wait_s",
            3.0,
            Unit::Seconds,
            "how long a client waits before it may have one of those",
        ),
        (
            "query_wait_s",
            5.0,
            Unit::Seconds,
            "then the client is told instead of left waiting",
        ),
        (
            "server_lifetime_s",
            1800.0,
            Unit::Seconds,
            "a node that came back gets its connections within half an hour",
        ),
    ];
    for (name, value, unit, why) in rows {
        ctx.policy(&format!("pooler.{name}"), value, unit, why);
    }
}

/// Whether services reach every node by way of PgDog, whatever they open.
pub(crate) fn is_router(ctx: &Context<'_>) -> bool {
    let chosen = ctx.choice.get("router");
    chosen.is_some_and(|choice| choice == "pgdog")
}

fn sum(ctx: &Context<'_>, keyspaces: &[SizedKeyspace], item: &str) -> f64 {
    keyspaces
        .iter()
        .map(|keyspace| {
            ctx.ledger
                .number(&format!("database.{}.{item}", keyspace.name))
        })
        .sum()
}
