//! Vitess: MySQL on the cluster by tablets, and the gates before them (capacity model, section 3.4).
//!
//! Comes in: the load of all keyspaces, and the machine of each shard. Goes out: the quantities `vitess.…`, what of a machine MySQL and its
//! tablet have (`database.<keyspace>.nodes.<id>.{mysql_cpu_m,…}`), and the tablets of each cell. Promises: a cell is a zone of the
//! environment; what tablets open on a MySQL together is less than it grants.

use super::{KeyspaceLoad, SizedKeyspace};
use crate::{
    catalog::{DatabaseShape, NodeShape},
    ledger::{Grade, Unit, show},
    sizing::{Class, Context, ceil},
};

/// The choice of `platform.router`, and of `platform.database`, that is this.
pub const VITESS: &str = "vitess";

/// Its images are for this kind of processor.
pub(super) const ARCH: &str = "amd64";

/// Members of the topology service: one may be away.
pub(crate) const TOPOLOGY_MEMBERS: f64 = 3.0;

/// Whether MySQL is sharded by Vitess.
pub(crate) fn is_vitess(ctx: &Context<'_>) -> bool {
    ctx.choice
        .get("database")
        .is_some_and(|choice| choice == VITESS)
}

/// GiB of a shard where Vitess has its sweet spot.
pub(crate) fn shard_gib(ctx: &mut Context<'_>) -> f64 {
    ctx.constant("db.vitess_shard_gb") * 1e9 / 1_073_741_824.0
}

/// A machine with what is left to MySQL.
pub(super) fn for_mysql(ctx: &Context<'_>, shape: DatabaseShape) -> DatabaseShape {
    let vcpu = shape.vcpu * ctx.constants.get("db.vitess_mysql_share").value;
    let tablet_gib = (shape.vcpu - vcpu) * ctx.constants.get("db.vitess_gib_per_vcpu").value;
    DatabaseShape {
        vcpu,
        ram_gib: (shape.ram_gib - tablet_gib).max(0.0),
        source: format!("{}, less what vttablet has of one", shape.source),
        ..shape
    }
}

/// Name of the cell in this zone of the environment.
pub fn cell(slot: usize) -> String {
    format!("z{slot}")
}

/// Tablets of a shard in each cell, the first cells with one more where zones do not divide them.
pub(super) fn cells(ctx: &mut Context<'_>, prefix: &str) {
    let instances = ctx.ledger.number(&format!("{prefix}.instances"));
    let zones = ctx.zones as f64;
    for slot in 0..ctx.zones {
        let rest = instances - (instances / zones).floor() * zones;
        let tablets = (instances / zones).floor() + f64::from((slot as f64) < rest);
        ctx.ledger
            .add(
                format!("{prefix}.cells.{}.tablets", cell(slot)),
                tablets,
                Unit::Count,
            )
            .why(format!(
                "{} tablets of a shard over {} zones",
                show(instances),
                show(zones)
            ))
            .by(
                "tablets ÷ zones, the first with what is left over",
                "8",
                &[&format!("{prefix}.instances"), "cluster.zones"],
            );
    }
    // One of its replicas has a commit before it is acknowledged, where the loss of one more leaves one that may.
    let policy = if instances >= 3.0 {
        "semi_sync"
    } else {
        "none"
    };
    ctx.ledger
        .add(format!("{prefix}.durability"), policy, Unit::Name)
        .why(if instances >= 3.0 {
            "a commit is in the log of a replica before it is acknowledged"
        } else {
            "no replica could be away without stopping writes"
        })
        .by(
            "semi_sync from 3 tablets",
            "8",
            &[&format!("{prefix}.instances")],
        );
}

/// Connections that a tablet keeps on its MySQL: for reads, for transactions, for results that are streamed.
pub(super) fn pools(ctx: &mut Context<'_>, prefix: &str, available: f64) {
    let servers = ctx.ledger.number(&format!("{prefix}.server_connections"));
    let most = (0.4 * available).floor();
    for (item, value, why, formula) in [
        (
            "pool_reads",
            servers.min(most),
            "reads outside of transactions",
            "server connections, at most 0.4 of what is granted",
        ),
        (
            "pool_transactions",
            servers.min(most),
            "transactions that are open at once",
            "server connections, at most 0.4 of what is granted",
        ),
        (
            "pool_streams",
            ceil(servers.min(most) / 4.0).max(5.0),
            "large results, and rows that move to another shard",
            "a quarter, at least 5",
        ),
    ] {
        ctx.ledger
            .add(format!("{prefix}.{item}"), value, Unit::Count)
            .why(why)
            .by(
                formula,
                "3.2",
                &[
                    &format!("{prefix}.server_connections"),
                    &format!("{prefix}.max_connections"),
                ],
            );
    }
}

/// What MySQL and its tablet have of what a machine leaves to both.
pub(super) fn node(ctx: &mut Context<'_>, prefix: &str, id: &str, machine: &NodeShape) {
    let name = |item: &str| format!("{prefix}.nodes.{id}.{item}");
    let cpu_m = ctx.ledger.number(&name("cpu_request_m"));
    let memory = ctx.ledger.number(&name("memory_mib"));
    let share = ctx.constant("db.vitess_mysql_share");
    let per_vcpu = ctx.constant("db.vitess_gib_per_vcpu") * 1024.0;
    let pool = ctx.constant("db.vitess_buffer_pool");
    let mysql_m = (cpu_m * share).floor();
    let tablet_mib = (machine.vcpu * (1.0 - share) * per_vcpu).max(per_vcpu);
    let mysql_mib = memory - tablet_mib;
    let (cpu, ram) = (name("cpu_request_m"), name("memory_mib"));
    let (of_cpu, of_ram, of_pool) = (
        [&*cpu, "db.vitess_mysql_share"],
        [&*ram, "db.vitess_gib_per_vcpu"],
        [&*ram, "db.vitess_buffer_pool"],
    );
    for (item, value, unit, why, formula, inputs) in [
        (
            "mysql_cpu_m",
            mysql_m,
            Unit::MilliCpu,
            format!(
                "{} % of the machine; the rest is vttablet's",
                show(100.0 * share)
            ),
            "request × share of MySQL",
            of_cpu,
        ),
        (
            "tablet_cpu_m",
            cpu_m - mysql_m,
            Unit::MilliCpu,
            "what MySQL leaves".to_owned(),
            "request - MySQL",
            of_cpu,
        ),
        (
            "tablet_memory_mib",
            tablet_mib,
            Unit::Mib,
            format!("{} GiB for each of its vCPU", show(per_vcpu / 1024.0)),
            "vCPU of the machine × share of vttablet × GiB of one",
            of_ram,
        ),
        (
            "mysql_memory_mib",
            mysql_mib,
            Unit::Mib,
            "what vttablet leaves".to_owned(),
            "memory - vttablet",
            of_ram,
        ),
        (
            "buffer_pool_mib",
            (mysql_mib * pool).floor(),
            Unit::Mib,
            format!(
                "{} % of MySQL's memory; the rest are sessions and the log",
                show(100.0 * pool)
            ),
            "share × memory of MySQL",
            of_pool,
        ),
    ] {
        ctx.ledger
            .add(name(item), value, unit)
            .why(why)
            .by(formula, "3.2", &inputs)
            .graded(Grade::B);
    }
}

/// The gates that services connect to, and what keeps the topology; after all keyspaces have their nodes.
pub(super) fn control(ctx: &mut Context<'_>, keyspaces: &[(SizedKeyspace, KeyspaceLoad)]) {
    if !is_vitess(ctx) {
        return;
    }
    gates(ctx, keyspaces);
    let production = ctx.class == Class::Production;
    let pick =
        |production_value: f64, other: f64| if production { production_value } else { other };
    for (name, value, unit, why) in [
        (
            "vitess.etcd.cpu_m",
            200.0,
            Unit::MilliCpu,
            "the topology is read once and watched",
        ),
        (
            "vitess.etcd.memory_mib",
            512.0,
            Unit::Mib,
            "a topology of megabytes and its history",
        ),
        (
            "vitess.etcd.disk_gib",
            10.0,
            Unit::Gib,
            "a topology of megabytes and its log",
        ),
        (
            "vitess.vtctld.replicas",
            pick(2.0, 1.0),
            Unit::Count,
            "commands and moves go on while one of them rolls",
        ),
        (
            "vitess.vtctld.cpu_m",
            200.0,
            Unit::MilliCpu,
            "passes commands on",
        ),
        (
            "vitess.vtctld.memory_mib",
            256.0,
            Unit::Mib,
            "passes commands on",
        ),
        (
            "vitess.vtorc.cpu_m",
            100.0,
            Unit::MilliCpu,
            "asks the tablets of one shard how they are",
        ),
        (
            "vitess.vtorc.memory_mib",
            128.0,
            Unit::Mib,
            "the state of the tablets of one shard",
        ),
        (
            "vitess.backup.cpu_m",
            50.0,
            Unit::MilliCpu,
            "asks a tablet for its backup and waits",
        ),
        (
            "vitess.backup.memory_mib",
            128.0,
            Unit::Mib,
            "asks a tablet for its backup and waits",
        ),
    ] {
        ctx.policy(name, value, unit, why);
    }
}

fn gates(ctx: &mut Context<'_>, keyspaces: &[(SizedKeyspace, KeyspaceLoad)]) {
    let names: Vec<String> = keyspaces
        .iter()
        .flat_map(|(keyspace, _)| {
            ["reads", "writes"].map(|item| format!("database.{}.{item}", keyspace.name))
        })
        .collect();
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    let statements = keyspaces
        .iter()
        .map(|(_, load)| load.reads + load.writes)
        .sum::<f64>();
    ctx.ledger
        .add("vitess.gate.statements", statements, Unit::PerSecond)
        .why("reads and writes of all keyspaces")
        .by("Σ reads + writes", "3.4", &inputs);
    let target = ctx.constant("db.target_utilization");
    let production = ctx.class == Class::Production;
    let cpu_m = if production { 2000.0 } else { 500.0 };
    ctx.policy(
        "vitess.gate.cpu_m",
        cpu_m,
        Unit::MilliCpu,
        if production {
            "2 to 4 cores a gate are what Vitess' documentation plans"
        } else {
            "the least that plans statements without a wait"
        },
    );
    let per_vcpu = ctx.constant("db.vitess_gib_per_vcpu") * 1024.0;
    ctx.ledger
        .add(
            "vitess.gate.memory_mib",
            (cpu_m / 1000.0 * per_vcpu).max(512.0),
            Unit::Mib,
        )
        .why(format!(
            "{} GiB for each of its vCPU",
            show(per_vcpu / 1024.0)
        ))
        .by(
            "vCPU × GiB of one, at least 512 MiB",
            "3.4",
            &["vitess.gate.cpu_m", "db.vitess_gib_per_vcpu"],
        );
    let each = ctx.constant("db.vtgate_statements_per_vcpu") * target * cpu_m / 1000.0;
    let zones = ctx.zones as f64;
    let (carrying, lost) = if ctx.absorbs_zone_loss() {
        (zones - 1.0, ", one of them lost")
    } else {
        (zones, "")
    };
    let replicas = ctx
        .ledger
        .add(
            "vitess.gate.replicas",
            ceil(statements / each / carrying).max(1.0),
            Unit::Count,
        )
        .why(format!(
            "{} statements a second at {} a gate, over {} zones{lost}; at least one in each",
            show(statements),
            show(each),
            show(zones)
        ))
        .by(
            "statements ÷ (statements of a vCPU × vCPU × utilisation) ÷ zones that carry them",
            "3.4",
            &[
                "vitess.gate.statements",
                "vitess.gate.cpu_m",
                "db.vtgate_statements_per_vcpu",
                "db.target_utilization",
                "cluster.zones",
            ],
        )
        .graded(Grade::C)
        .number();
    ctx.ledger
        .add(
            "vitess.gate.max",
            ceil(replicas * 1.5).max(replicas + 1.0),
            Unit::Count,
        )
        .why("half as many again, at least one, in each zone")
        .by("1.5 × gates", "3.4", &["vitess.gate.replicas"]);
    ctx.ledger
        .add(
            "vitess.gate.cpu_target",
            (100.0 * target).round(),
            Unit::Percent,
        )
        .why("gates are sized for the same utilisation")
        .by("target utilisation", "3.4", &["db.target_utilization"]);
}

/// Machines of a pool in a zone while a keyspace is split: its old shards stand beside twice as many new ones.
pub(crate) fn while_splitting(ctx: &Context<'_>, instances: f64) -> f64 {
    if is_vitess(ctx) {
        ceil(instances * 1.5)
    } else {
        instances
    }
}

/// Busy vCPU of all gates.
pub(crate) fn gate_vcpu(ctx: &Context<'_>) -> f64 {
    ctx.ledger.number("vitess.gate.statements") / ctx.ledger.number("db.vtgate_statements_per_vcpu")
}

/// Pods that a Vitess has beside its tablets: name, how many, at most, 1/1000 vCPU and MiB of each.
pub(crate) fn beside(ctx: &Context<'_>) -> Vec<(&'static str, f64, f64, (f64, f64))> {
    let number = |name: &str| ctx.ledger.number(name);
    let size = |part: &str| {
        (
            number(&format!("vitess.{part}.cpu_m")),
            number(&format!("vitess.{part}.memory_mib")),
        )
    };
    let zones = ctx.zones as f64;
    let shards: f64 = ctx
        .spec
        .data
        .keyspaces
        .iter()
        .map(|keyspace| number(&format!("database.{}.shards", keyspace.name)))
        .sum();
    let replicas = number("vitess.gate.replicas") * zones;
    let vtctld = number("vitess.vtctld.replicas");
    vec![
        (
            "vtgate",
            replicas,
            number("vitess.gate.max") * zones,
            size("gate"),
        ),
        ("etcd", TOPOLOGY_MEMBERS, TOPOLOGY_MEMBERS, size("etcd")),
        ("vtctld", vtctld, vtctld, size("vtctld")),
        ("vtorc", shards, while_splitting(ctx, shards), size("vtorc")),
        // The operator, what reads the bucket for it, and backups on their way.
        ("vitess-operator", 2.0, 2.0, (100.0, 256.0)),
        ("backup", shards, shards, size("backup")),
    ]
}

/// Whether its images run on a machine.
pub(super) fn runs(machine: Option<&NodeShape>) -> bool {
    machine.is_some_and(|machine| machine.arch == ARCH)
}

/// Minutes without any backup of a shard after which somebody is told.
pub(super) fn backup_gap(ctx: &mut Context<'_>, minutes: f64) {
    ctx.ledger
        .add("database.backup_gap_min", 4.0 * minutes, Unit::Minutes)
        .why(format!(
            "one each {}: three that are missed are no accident",
            show(minutes)
        ))
        .by(
            "4 × minutes between two",
            "8",
            &["database.archive_timeout_min"],
        );
}

/// Minutes between two copies of the log: a job asks each shard for one, so minutes rather than seconds.
pub(super) fn log_minutes(objective: f64) -> f64 {
    objective.clamp(10.0, 60.0).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_copied_every_ten_minutes_at_the_most() {
        assert_eq!(log_minutes(1.0), 10.0);
        assert_eq!(log_minutes(30.5), 30.0);
        assert_eq!(log_minutes(1440.0), 60.0);
    }
}
