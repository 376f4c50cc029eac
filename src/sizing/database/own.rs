//! Databases that run on the cluster: instances, what one asks for, its settings and its backups (capacity model, section 3).
//!
//! Comes in: the class of each node, which is a machine of the cluster. Goes out: the quantities `database.<keyspace>.instances` and
//! `database.<keyspace>.nodes.<id>.{pool,cpu_request_m,memory_mib,…}`. Promises: an instance fills its machine, so that nothing else
//! competes with it, and a node that exists never asks for less than before.

use super::{citus, vitess};
use crate::{
    blueprint::Keyspace,
    catalog::{DatabaseShape, NodeShape},
    ledger::{Unit, show},
    sizing::{Class, Context, ceil, node},
};

/// The choice of `platform.database` whose nodes run on the cluster, PostgreSQL.
pub const SELF_RUN: &str = "cloudnative-pg";

/// MiB in a GiB.
const MIB: f64 = 1024.0;

/// Instances of production: a primary, and two standbys of which one has every commit and one may be away.
const INSTANCES: f64 = 3.0;

/// 1/1000 vCPU of the container beside an instance that ships its log and its backups.
const SIDECAR_CPU_M: f64 = 100.0;

/// MiB of the same.
const SIDECAR_MIB: f64 = 256.0;

/// Whether the databases run on the cluster.
pub(crate) fn is_self_run(ctx: &Context<'_>) -> bool {
    ctx.choice
        .get("database")
        .is_some_and(|choice| choice == SELF_RUN || choice == vitess::VITESS)
}

/// Classes of the chosen service; on the cluster with the memory that is left to an instance.
pub(crate) fn shapes(ctx: &Context<'_>, known: Vec<DatabaseShape>) -> Vec<DatabaseShape> {
    if !is_self_run(ctx) {
        return known;
    }
    let (citus, vitess) = (citus::is_citus(ctx), vitess::is_vitess(ctx));
    let runs = |shape: &DatabaseShape| {
        let machine = ctx.cloud.node_shape(&ctx.region, &shape.class);
        match &machine {
            _ if vitess => vitess::runs(machine.as_ref()),
            Some(machine) if citus => machine.arch == citus::ARCH,
            _ => !citus,
        }
    };
    let daemons = node::daemon_constants(ctx).1.into_iter();
    let daemons: f64 = daemons.map(|id| ctx.constants.get(id).value).sum();
    let beside = (daemons + SIDECAR_MIB) / MIB;
    known
        .into_iter()
        .filter(runs)
        .map(|shape| DatabaseShape {
            ram_gib: (shape.ram_gib - beside).max(0.0),
            ..shape
        })
        .map(|shape| {
            if vitess {
                vitess::for_mysql(ctx, shape)
            } else {
                shape
            }
        })
        .collect()
}

/// Who says how many connections a node grants.
pub(super) fn granted_by(ctx: &Context<'_>) -> &'static str {
    if is_self_run(ctx) {
        "as many as a managed service grants"
    } else {
        "the engine's own figure"
    }
}

/// Copies of a node beside its writer: the standby and the readers, or what the operator keeps.
pub(super) fn copies_beside(ctx: &Context<'_>, replicas: f64) -> f64 {
    let production = ctx.class == Class::Production;
    if is_self_run(ctx) {
        let least = if production { INSTANCES - 1.0 } else { 0.0 };
        return replicas.max(least);
    }
    f64::from(production) + replicas
}

/// Policies of all databases on the cluster.
pub(super) fn policies(ctx: &mut Context<'_>) {
    if !is_self_run(ctx) {
        return;
    }
    ctx.policy(
        "database.sidecar_cpu_m",
        SIDECAR_CPU_M,
        Unit::MilliCpu,
        if vitess::is_vitess(ctx) {
            "exports the metrics of MySQL"
        } else {
            "compresses and ships the log"
        },
    );
    ctx.policy(
        "database.sidecar_memory_mib",
        SIDECAR_MIB,
        Unit::Mib,
        if vitess::is_vitess(ctx) {
            "metrics of MySQL, and parts of a backup on their way"
        } else {
            "parts of a backup on their way"
        },
    );
    let every = if ctx.class == Class::Development {
        1.0
    } else {
        7.0
    };
    ctx.policy(
        "database.base_backup_days",
        every,
        Unit::Days,
        "between two base backups the log is kept and replayed",
    );
    let days = ctx.ledger.number("database.backup_days");
    ctx.ledger
        .add(
            "database.base_backups",
            ceil(days / every) + 1.0,
            Unit::Count,
        )
        .why(format!(
            "one in {} days, and the one before the first of {} days",
            show(every),
            show(days)
        ))
        .by(
            "ceil(days kept ÷ days between) + 1",
            "8",
            &["database.backup_days", "database.base_backup_days"],
        );
    ctx.ledger
        .add(
            "database.backup_age_s",
            (every + 1.0) * 86_400.0,
            Unit::Seconds,
        )
        .why(format!(
            "one in {} days, and a day for a person to look",
            show(every)
        ))
        .by(
            "(days between + 1) × 86 400",
            "8",
            &["database.base_backup_days"],
        );
    let objective = ctx.ledger.number("objectives.rpo_min");
    let (minutes, formula) = if vitess::is_vitess(ctx) {
        (
            vitess::log_minutes(objective),
            "recovery point, 10 to 60 min",
        )
    } else {
        (
            objective.clamp(1.0, 5.0).floor(),
            "recovery point, 1 to 5 min",
        )
    };
    ctx.ledger
        .add("database.archive_timeout_min", minutes, Unit::Minutes)
        .why("a segment of the log leaves at least so often: what the loss of all instances costs")
        .by(formula, "8", &["objectives.rpo_min"]);
    if vitess::is_vitess(ctx) {
        vitess::backup_gap(ctx, minutes);
        backups_kept(ctx, days, every);
    }
}

/// Days after which a bucket deletes a copy, where nothing else does: the oldest log that is wanted continues a whole backup.
fn backups_kept(ctx: &mut Context<'_>, days: f64, every: f64) {
    ctx.ledger
        .add("database.backup_expiry_days", days + every, Unit::Days)
        .why(format!(
            "{} days, and the {} before the first of them that its log continues",
            show(days),
            show(every)
        ))
        .by(
            "days kept + days between",
            "8",
            &["database.backup_days", "database.base_backup_days"],
        );
}

/// Instances of the nodes of a keyspace, and where they may be.
pub(super) fn redundancy(ctx: &mut Context<'_>, prefix: &str, replicas: f64) {
    if !is_self_run(ctx) {
        return;
    }
    let production = ctx.class == Class::Production;
    let instances = 1.0 + copies_beside(ctx, replicas);
    let why = if replicas > 0.0 {
        "the writer and its readers, which stand by for it"
    } else if production {
        "a primary and two standbys: one has each commit, one may be away"
    } else {
        "may be down for a restore"
    };
    let instances = ctx
        .ledger
        .add(format!("{prefix}.instances"), instances, Unit::Count)
        .why(why)
        .by(
            "max(3 in production, 1 + readers)",
            "8",
            &[&format!("{prefix}.replicas")],
        )
        .number();
    ctx.ledger
        .add(format!("{prefix}.standbys"), instances - 1.0, Unit::Count)
        .why("all instances but the primary")
        .by("instances - 1", "8", &[&format!("{prefix}.instances")]);
    let synchronous = f64::from(instances >= INSTANCES);
    ctx.ledger
        .add(format!("{prefix}.synchronous"), synchronous, Unit::Count)
        .why(if synchronous > 0.0 {
            "a commit is on one standby before it is acknowledged"
        } else {
            "no standby could be away without stopping writes"
        })
        .by(
            "1 where a second standby may be lost",
            "8",
            &[&format!("{prefix}.instances")],
        );
    let spread = if instances <= ctx.zones as f64 {
        ("required", "each instance in a zone of its own")
    } else {
        ("preferred", "more instances than zones: spread over them")
    };
    ctx.ledger
        .add(format!("{prefix}.spread"), spread.0, Unit::Name)
        .why(spread.1)
        .by(
            "instances ≤ zones",
            "8",
            &[&format!("{prefix}.instances"), "cluster.zones"],
        );
    if vitess::is_vitess(ctx) {
        vitess::cells(ctx, prefix);
    }
}

/// What the volumes of a keyspace are given beside their size: nothing, or I/O that does not come with it.
pub(super) fn volume(ctx: &mut Context<'_>, prefix: &str, shape: &DatabaseShape) {
    if !is_self_run(ctx) {
        return;
    }
    let provisioned = ctx.ledger.number(&format!("{prefix}.storage_iops"));
    let included = shape.included_iops(ctx.ledger.number(&format!("{prefix}.disk_gib")));
    let (class, why) = if provisioned > included {
        (
            format!("database-{provisioned}"),
            format!(
                "{} I/O a second, where {} come with a volume",
                show(provisioned),
                show(included)
            ),
        )
    } else {
        (
            "database".to_owned(),
            "the I/O that comes with a volume is enough".to_owned(),
        )
    };
    ctx.ledger
        .add(format!("{prefix}.volume_class"), class, Unit::Name)
        .why(why)
        .by(
            "database-<I/O> where more is bought than comes with the disk",
            "3.2",
            &[&format!("{prefix}.storage_iops")],
        );
}

/// What stands before the nodes of a keyspace: poolers of each.
pub(super) fn poolers(ctx: &mut Context<'_>, keyspace: &Keyspace) {
    if !is_self_run(ctx) || vitess::is_vitess(ctx) {
        return;
    }
    let prefix = format!("database.{}", keyspace.name);
    let wanted = ctx.ledger.flag(&format!("{prefix}.pooler"));
    let least = if ctx.class == Class::Production {
        2.0
    } else {
        1.0
    };
    let poolers = if wanted { least } else { 0.0 };
    let poolers = ctx
        .ledger
        .add(format!("{prefix}.poolers"), poolers, Unit::Count)
        .why(if wanted {
            "before each node; one serves while the other rolls"
        } else {
            "nodes carry the services' own connections"
        })
        .by("redundancy minimum", "8", &[&format!("{prefix}.pooler")])
        .number();
    let servers = ctx.ledger.number(&format!("{prefix}.server_connections"));
    let clients = ctx.ledger.number(&format!("{prefix}.connections"));
    ctx.ledger
        .add(
            format!("{prefix}.pool_size"),
            ceil(servers / poolers.max(1.0)),
            Unit::Count,
        )
        .why(format!(
            "{} connections to a node over its poolers",
            show(servers)
        ))
        .by(
            "server connections ÷ poolers",
            "3.2",
            &[
                &format!("{prefix}.server_connections"),
                &format!("{prefix}.poolers"),
            ],
        );
    ctx.ledger
        .add(
            format!("{prefix}.pool_clients"),
            clients.max(100.0),
            Unit::Count,
        )
        .why("all that services open, through one pooler while the other rolls")
        .by(
            "connections of the services, at least 100",
            "3.2",
            &[&format!("{prefix}.connections")],
        );
}

/// What an instance of a node asks of its machine, and the settings that follow from its memory.
pub(super) fn node(ctx: &mut Context<'_>, prefix: &str, id: &str) {
    if !is_self_run(ctx) {
        return;
    }
    let name = |item: &str| format!("{prefix}.nodes.{id}.{item}");
    let class = ctx.ledger.text(&name("class")).to_owned();
    let Some(machine) = ctx.cloud.node_shape(&ctx.region, &class) else {
        return;
    };
    ctx.ledger
        .add(name("pool"), pool(&class), Unit::Name)
        .why("machines of its class, which hold nothing but instances")
        .by("database-<class>", "2.5", &[&name("class")]);
    let (cpu_m, memory) = requests(ctx, &machine);
    let (by_cpu, by_memory) = node::daemon_constants(ctx);
    let of_class = name("class");
    let left_by = |daemons: Vec<&'static str>, sidecar: &'static str| {
        [vec![of_class.as_str()], daemons, vec![sidecar]].concat()
    };
    let by_cpu = left_by(by_cpu, "database.sidecar_cpu_m");
    let by_memory = left_by(by_memory, "database.sidecar_memory_mib");
    ctx.ledger
        .add(name("cpu_request_m"), cpu_m, Unit::MilliCpu)
        .why(format!(
            "all of a {class} that the system, its daemons and the sidecar leave"
        ))
        .by("allocatable - daemons - sidecar", "2.5", &by_cpu);
    let memory = ctx
        .ledger
        .add(name("memory_mib"), memory, Unit::Mib)
        .why(format!(
            "all of a {class} that the system, its daemons and the sidecar leave"
        ))
        .by("allocatable - daemons - sidecar", "2.5", &by_memory)
        .number();
    if vitess::is_vitess(ctx) {
        return vitess::node(ctx, prefix, id, &machine);
    }
    let quarter = (memory / 4.0).floor();
    for (item, value, why, formula) in [
        (
            "shared_buffers_mib",
            quarter,
            "a quarter of the memory; the page cache has the rest",
            "memory ÷ 4",
        ),
        (
            "cache_mib",
            quarter * 3.0,
            "what the planner takes to be cached: both caches",
            "memory × 3 ÷ 4",
        ),
        (
            "maintenance_mib",
            (memory / 16.0).floor().min(2048.0),
            "vacuum and the building of an index; at most 2 GiB",
            "min(memory ÷ 16, 2 GiB)",
        ),
    ] {
        ctx.ledger.add(name(item), value, Unit::Mib).why(why).by(
            formula,
            "3.2",
            &[&name("memory_mib")],
        );
    }
}

/// Name of the pool that has machines of a class.
pub(crate) fn pool(class: &str) -> String {
    format!("database-{}", class.replace('.', "-"))
}

/// 1/1000 vCPU and MiB that one instance may have of a machine.
fn requests(ctx: &mut Context<'_>, machine: &NodeShape) -> (f64, f64) {
    let daemons = node::daemons(ctx);
    (
        (machine.cpu_alloc_m - daemons.cpu_m - SIDECAR_CPU_M).floor(),
        (machine.mem_alloc_mib - daemons.memory_mib - SIDECAR_MIB).floor(),
    )
}
