//! Database nodes by keyspace (capacity model, section 3.1 to 3.2); whether and how far it shards is `ladder`.
//!
//! Comes in: demand, the cache's effect, the pods' connections. Goes out: the quantities `database.<keyspace>.…` and, for
//! each node, `database.<keyspace>.nodes.<id>.…`. Promises: a node that exists never gets a smaller class or disk because
//! others were added.

use crate::{
    blueprint::{Keyspace, Strategy},
    catalog::DatabaseShape,
    component::Component,
    ledger::{Unit, show},
    sharding::map::apportion,
    sizing::{Class, Context, abroad, cache::CacheEffect, ceil_to, ladder},
};

mod citus;
mod class;
mod connection;
mod load;
mod own;
mod vitess;

pub(crate) use citus::is_citus;
pub use citus::{CITUS, COORDINATOR};
pub(crate) use load::{data, statements};
pub use own::SELF_RUN;
pub(crate) use own::{is_self_run, pool, shapes};
pub use vitess::VITESS;
pub use vitess::cell;
pub(crate) use vitess::{
    TOPOLOGY_MEMBERS, beside, gate_vcpu, is_vitess, shard_gib, while_splitting,
};

/// Load of one keyspace at the busiest minute of the surge, and its bytes.
#[derive(Clone, Debug)]
pub struct KeyspaceLoad {
    /// Name of the keyspace.
    pub name: String,
    /// GiB at the horizon.
    pub data_gib: f64,
    /// GiB of memory for its working set.
    pub ram_gib: f64,
    /// Reads that reach the database, 1/s.
    pub reads: f64,
    /// Writes, 1/s.
    pub writes: f64,
    /// Busy vCPU for reads.
    pub read_vcpu: f64,
    /// Busy vCPU for writes.
    pub write_vcpu: f64,
    /// Reads of the disk, 1/s.
    pub read_iops: f64,
    /// Writes of the disk, 1/s.
    pub write_iops: f64,
    /// Reads running at once (Little).
    pub active_reads: f64,
    /// Writes running at once (Little).
    pub active_writes: f64,
}

impl KeyspaceLoad {
    /// The same keyspace with every quantity multiplied: what it is after growth, or on one of `n` shards.
    pub fn times(&self, factor: f64) -> Self {
        Self {
            name: self.name.clone(),
            data_gib: self.data_gib * factor,
            ram_gib: self.ram_gib * factor,
            reads: self.reads * factor,
            writes: self.writes * factor,
            read_vcpu: self.read_vcpu * factor,
            write_vcpu: self.write_vcpu * factor,
            read_iops: self.read_iops * factor,
            write_iops: self.write_iops * factor,
            active_reads: self.active_reads * factor,
            active_writes: self.active_writes * factor,
        }
    }

    /// The same keyspace with only this share of its reads: what stays on the writer once readers take the rest.
    pub fn with_reads(&self, share: f64) -> Self {
        Self {
            reads: self.reads * share,
            read_vcpu: self.read_vcpu * share,
            read_iops: self.read_iops * share,
            active_reads: self.active_reads * share,
            ..self.clone()
        }
    }

    /// Reads and writes of the disk, 1/s.
    pub fn iops(&self) -> f64 {
        self.read_iops + self.write_iops
    }

    /// Statements running at once.
    pub fn active(&self) -> f64 {
        self.active_reads + self.active_writes
    }
}

/// A sized keyspace: its nodes by id.
#[derive(Clone, Debug)]
pub struct SizedKeyspace {
    /// Name.
    pub name: String,
    /// Node ids in order: `s00`, `s01`.
    pub nodes: Vec<String>,
}

/// Sizes every keyspace, in order.
pub(crate) fn size(ctx: &mut Context<'_>, cache: CacheEffect) -> Vec<SizedKeyspace> {
    policies(ctx);
    own::policies(ctx);
    let keyspaces = ctx.spec.data.keyspaces.clone();
    let shapes = ctx.database_shapes();
    let sized: Vec<(SizedKeyspace, KeyspaceLoad)> = keyspaces
        .iter()
        .map(|keyspace| {
            let load = load::load(ctx, keyspace, cache);
            let shapes = sold_abroad(ctx, keyspace, &shapes);
            let shards = ladder::shards(ctx, keyspace, &load, &shapes, cache);
            let nodes = (0..shards as usize)
                .map(|idx| format!("s{idx:02}"))
                .collect::<Vec<_>>();
            node(ctx, keyspace, &load.times(1.0 / shards), &shapes, &nodes);
            citus::coordinator(ctx, &load, &shapes);
            let sized = SizedKeyspace {
                name: keyspace.name.clone(),
                nodes,
            };
            (sized, load)
        })
        .collect();
    vitess::control(ctx, &sized);
    point_in_time(ctx, &keyspaces, &shapes);
    sized.into_iter().map(|(keyspace, _)| keyspace).collect()
}

/// The classes that every region has in which shards of a keyspace stand: one class for all of them.
fn sold_abroad(
    ctx: &mut Context<'_>,
    keyspace: &Keyspace,
    shapes: &[DatabaseShape],
) -> Vec<DatabaseShape> {
    let mut left = shapes.to_vec();
    if keyspace.strategy != Strategy::Region {
        return left;
    }
    for region in abroad::regions(ctx) {
        let there = ctx.database_shapes_in(&region);
        let sold = |shape: &DatabaseShape| there.iter().any(|other| other.class == shape.class);
        if left.iter().any(sold) {
            left.retain(sold);
        } else {
            let text = format!(
                "no class of database is sold in {region} and in {} as well",
                ctx.region
            );
            ctx.warn("region", text);
        }
    }
    left
}

/// Days of point-in-time recovery: what the environment wants, as far as all its classes have it.
fn point_in_time(ctx: &mut Context<'_>, keyspaces: &[Keyspace], shapes: &[DatabaseShape]) {
    let wanted = match ctx.class {
        // Every backup has the log since.
        _ if is_self_run(ctx) => ctx.ledger.number("database.backup_days"),
        Class::Production => 14.0,
        Class::Rehearsal => 7.0,
        Class::Development => 1.0,
    };
    let limit = keyspaces
        .iter()
        .filter_map(|keyspace| {
            let class = ctx
                .ledger
                .text(&format!("database.{}.class", keyspace.name));
            shapes.iter().find(|shape| shape.class == class)
        })
        .map(|shape| shape.max_pitr_days)
        .fold(f64::INFINITY, f64::min);
    let why = if limit < wanted {
        "as far back as the smallest edition goes"
    } else {
        "time to notice; more costs log storage"
    };
    ctx.ledger
        .add("database.pitr_days", wanted.min(limit), Unit::Days)
        .why(why)
        .by("min(wanted, limit of the classes)", "8", &[]);
}

/// How much more than an even part the fullest node has: ranges leave it more (section 3.4, C), and a region has what
/// its people bring, over the shards that are there.
fn skew(ctx: &mut Context<'_>, keyspace: &Keyspace, n_nodes: usize) -> f64 {
    let even = 1.0 / n_nodes as f64;
    let fullest = match keyspace.strategy {
        Strategy::Range if n_nodes > 1 => 1.5 * even,
        Strategy::Region if !ctx.spec.users.locations.is_empty() => {
            let regions = super::placement::regions(ctx.spec);
            let mut counts = vec![0; regions.len()];
            apportion(&mut counts, &regions, n_nodes as u32);
            let part =
                |((_, share), count): (&(String, f64), &u32)| share / f64::from((*count).max(1));
            regions.iter().zip(&counts).map(part).fold(0.0, f64::max)
        }
        _ => even,
    };
    ctx.ledger
        .add(
            format!("database.{}.fullest_node", keyspace.name),
            fullest,
            Unit::Ratio,
        )
        .why(match keyspace.strategy {
            Strategy::Region => "the region with the most people for its shards",
            Strategy::Range => "the range that most rows fall into: half more than an even part",
            _ => "an even part",
        })
        .by("largest part of the keyspace that one node has", "3.4", &[]);
    fullest / even
}

/// Class, disk, replicas and connections of the nodes of a keyspace, each for its part of the load.
fn node(
    ctx: &mut Context<'_>,
    keyspace: &Keyspace,
    load: &KeyspaceLoad,
    shapes: &[DatabaseShape],
    nodes: &[String],
) {
    let prefix = format!("database.{}", keyspace.name);
    let skew = skew(ctx, keyspace, nodes.len());
    let load = load.times(skew);
    let need = class::need(ctx, &prefix, &load, shapes);
    let able = connection::able(ctx, &keyspace.name, shapes);
    let (shape, copies) = class::choose(ctx, &prefix, &need, &able);
    let disk = disk(ctx, &prefix, &load, copies.iops, &shape);
    redundancy(ctx, &prefix, copies.replicas);
    own::redundancy(ctx, &prefix, copies.replicas);
    own::volume(ctx, &prefix, &shape);
    readers_by_load(ctx, &prefix, copies.replicas, &shape);
    capacity_units(ctx, &prefix, &load, &shape);
    connection::connections(ctx, keyspace, need.active(), &shape);
    own::poolers(ctx, keyspace);
    for id in nodes {
        node_quantities(ctx, &prefix, id, &shape, shapes, disk);
        own::node(ctx, &prefix, id);
    }
}

fn disk(
    ctx: &mut Context<'_>,
    prefix: &str,
    load: &KeyspaceLoad,
    iops: f64,
    shape: &DatabaseShape,
) -> f64 {
    let factor = ctx.constant("db.disk_factor");
    let by_data = class::disk_by_data(load, factor, shape);
    let by_iops = shape.disk_for_iops(iops);
    let why = if by_iops > by_data {
        format!("{} I/O a second come with no smaller one", show(iops))
    } else {
        format!(
            "{} GiB a node at the horizon × {factor}, at least {}",
            show(load.data_gib),
            show(shape.least_disk_gib)
        )
    };
    let disk = ctx
        .ledger
        .add(
            format!("{prefix}.disk_gib"),
            by_data.max(by_iops),
            Unit::Gib,
        )
        .why(why)
        .by(
            "data at the horizon × disk factor ÷ shards; what the I/O asks for",
            "3.2",
            &[
                &format!("{prefix}.data_gib"),
                "db.disk_factor",
                &format!("{prefix}.iops"),
            ],
        )
        .number();
    ctx.ledger
        .add(
            format!("{prefix}.disk_limit_gib"),
            (disk * 2.0).min(shape.max_storage_gib),
            Unit::Gib,
        )
        .why("twice that: where growth by itself stops and a person looks")
        .by("2 × disk", "3.2", &[&format!("{prefix}.disk_gib")]);
    let included = shape.included_iops(disk);
    let provisioned = class::provisioned_iops(shape, disk, iops);
    ctx.ledger
        .add(
            format!("{prefix}.storage_iops"),
            provisioned,
            Unit::PerSecond,
        )
        .why(format!(
            "{}/s needed on a node; {} come with {} GiB",
            show(iops),
            show(included),
            show(disk)
        ))
        .by(
            "max(needed, included)",
            "3.2",
            &[&format!("{prefix}.iops"), &format!("{prefix}.disk_gib")],
        );
    disk
}

fn redundancy(ctx: &mut Context<'_>, prefix: &str, replicas: f64) {
    let standby = ctx.class == Class::Production;
    let why = if standby && is_self_run(ctx) {
        "a primary and standbys in other zones"
    } else if standby {
        "a writer and a standby in another zone"
    } else {
        "may be down for a restore"
    };
    ctx.ledger
        .add(format!("{prefix}.standby"), standby, Unit::Name)
        .why(why)
        .by("redundancy minimum", "8", &[]);
    let why = if replicas > 0.0 {
        "readers for what the writer leaves, one may be lost"
    } else {
        "the writer carries all reads"
    };
    ctx.ledger
        .add(format!("{prefix}.replicas"), replicas, Unit::Count)
        .why(why)
        .by(
            "ceil(a_r ÷ utilisation ÷ vCPU of a node) + 1",
            "3.3",
            &[&format!("{prefix}.read_vcpu")],
        );
}

/// Readers that the service may add to those that are sized (section 3.3).
fn readers_by_load(ctx: &mut Context<'_>, prefix: &str, replicas: f64, shape: &DatabaseShape) {
    // On a shared storage a first reader may come by load; a pool of readers with disks of their own is there or is not, and the nodes
    // of a shard map have readers by name.
    let pool = replicas > 0.0 && !ctx.has(Component::Sharding);
    let scales = shape.scales_readers
        && ctx.class == Class::Production
        && (shape.storage_is_shared() || pool);
    let standby = f64::from(ctx.class == Class::Production);
    let more = if scales {
        replicas
            .max(2.0)
            .min(shape.max_replicas - standby - replicas)
            .max(0.0)
    } else {
        0.0
    };
    ctx.ledger
        .add(format!("{prefix}.replicas_added"), more, Unit::Count)
        .why(if scales {
            "as many again as are sized, at least two: what comes beyond the plan is read by them; what the plan knows stands \
             already, for a new reader takes some ten minutes"
        } else {
            "readers are as many as are sized"
        })
        .by(
            "max(2, readers), as far as the service goes",
            "3.3",
            &[&format!("{prefix}.replicas")],
        );
    let target = ctx.constant("db.target_utilization");
    ctx.ledger
        .add(
            format!("{prefix}.reader_cpu_target"),
            (100.0 * target).round(),
            Unit::Percent,
        )
        .why("readers are sized for the same utilisation")
        .by("target utilisation", "3.3", &["db.target_utilization"]);
}

/// Between which capacity units an instance scales, where it is bought by them (section 3.2).
fn capacity_units(ctx: &mut Context<'_>, prefix: &str, load: &KeyspaceLoad, shape: &DatabaseShape) {
    let Some(most) = shape.capacity_units else {
        return;
    };
    let (least, why) = match ctx.class {
        Class::Production => {
            let working_set = ceil_to(load.ram_gib / 2.0, 0.5);
            let least = working_set.max(2.0).min(most);
            (
                least,
                format!(
                    "{} GiB of working set stay in memory at 2 GiB a unit, at least 2 for advanced insights",
                    show(load.ram_gib)
                ),
            )
        }
        Class::Rehearsal => (0.5, "the least that does not pause".to_owned()),
        Class::Development => (0.0, "pauses while nobody connects".to_owned()),
    };
    ctx.ledger
        .add(format!("{prefix}.min_acu"), least, Unit::Count)
        .why(why)
        .by(
            "working set ÷ 2 GiB, halves",
            "3.2",
            &[&format!("{prefix}.working_set_gib")],
        );
    ctx.ledger
        .add(format!("{prefix}.max_acu"), most, Unit::Count)
        .why(format!(
            "{} vCPU and {} GiB at 0.25 vCPU and 2 GiB a unit",
            show(shape.vcpu),
            show(shape.ram_gib)
        ))
        .by(
            "least units with vCPU and memory",
            "3.3",
            &[&format!("{prefix}.class")],
        );
}

/// One node: what all have, and never less than what it was given before.
fn node_quantities(
    ctx: &mut Context<'_>,
    prefix: &str,
    id: &str,
    shape: &DatabaseShape,
    shapes: &[DatabaseShape],
    disk: f64,
) {
    let name = |item: &str| format!("{prefix}.nodes.{id}.{item}");
    let kept = ctx
        .committed_text(&name("class"))
        .and_then(|class| shapes.iter().find(|candidate| candidate.class == class))
        .filter(|committed| committed.ram_gib > shape.ram_gib || committed.vcpu > shape.vcpu)
        .cloned();
    let (shape, why) = match kept {
        Some(kept) => (
            kept,
            format!("{} is enough now; a node keeps what it has", shape.class),
        ),
        None => (shape.clone(), format!("as {prefix}.class")),
    };
    let class = ctx
        .ledger
        .add(name("class"), shape.class.clone(), Unit::Name)
        .why(why)
        .by(
            "class of the keyspace; never smaller than before",
            "3.4",
            &[&format!("{prefix}.class")],
        )
        .text()
        .to_owned();
    if !shapes.iter().any(|known| known.class == class) {
        let known = shapes.iter().map(|known| known.class.as_str());
        ctx.unknown_shape(&name("class"), &class, known);
    }
    let connections = shapes
        .iter()
        .find(|shape| shape.class == class)
        .map_or(shape.max_connections, |s| s.max_connections);
    let by = own::granted_by(ctx);
    ctx.ledger
        .add(name("max_connections"), connections, Unit::Count)
        .why(format!("{by} for its memory"))
        .by(
            "by memory of the class",
            "3.2",
            &[&format!("{prefix}.max_connections")],
        );
    if let Some(units) = shape.capacity_units {
        ctx.ledger
            .add(name("max_acu"), units, Unit::Count)
            .why(format!("as {prefix}.max_acu; never fewer than before"))
            .by(
                "units of the node's class",
                "3.4",
                &[&format!("{prefix}.max_acu")],
            );
    }
    let before = ctx.committed_number(&name("disk_gib")).unwrap_or(0.0);
    let (disk, why) = if before > disk {
        (before, "a disk never shrinks".to_owned())
    } else {
        (disk, format!("as {prefix}.disk_gib"))
    };
    let disk = ctx
        .ledger
        .add(name("disk_gib"), disk, Unit::Gib)
        .why(why)
        .by(
            "disk of the keyspace; never smaller than before",
            "3.4",
            &[&format!("{prefix}.disk_gib")],
        )
        .number();
    ctx.ledger
        .add(
            name("disk_limit_gib"),
            (disk * 2.0).min(shape.max_storage_gib),
            Unit::Gib,
        )
        .why("twice its disk")
        .by("2 × disk", "3.2", &[&name("disk_gib")]);
}

fn policies(ctx: &mut Context<'_>) {
    let production = ctx.class == Class::Production;
    let pick = |production_value: f64, rehearsal: f64, development: f64| match ctx.class {
        Class::Production => production_value,
        Class::Rehearsal => rehearsal,
        Class::Development => development,
    };
    let (backup, monitoring) = (pick(30.0, 7.0, 2.0), pick(60.0, 60.0, 0.0));
    ctx.policy(
        "database.backup_days",
        backup,
        Unit::Days,
        "time to notice a bad release or a deleted row",
    );
    ctx.policy(
        "database.monitoring_interval_s",
        monitoring,
        Unit::Seconds,
        "operating system metrics of the node",
    );
    let insights = if production { "advanced" } else { "standard" };
    ctx.policy_text(
        "database.insights",
        insights,
        if production {
            "fifteen months of statements"
        } else {
            "a week of statements, at no charge"
        },
    );
    ctx.policy(
        "database.cpu_alarm",
        0.8,
        Unit::Ratio,
        "sized for 0.6; above this a failover would not carry it",
    );
    ctx.policy(
        "database.storage_alarm",
        0.9,
        Unit::Ratio,
        "the last tenth is for a person to act in",
    );
    ctx.policy(
        "database.memory_alarm",
        0.9,
        Unit::Ratio,
        "the working set no longer fits",
    );
    ctx.policy(
        "database.connections_alarm",
        0.8,
        Unit::Ratio,
        "of max_connections; services retry above it",
    );
    ctx.policy(
        "database.disk_queue_alarm",
        64.0,
        Unit::Count,
        "operations that wait for the volume: beyond it each statement waits",
    );
    ctx.policy(
        "database.replica_lag_s",
        30.0,
        Unit::Seconds,
        "reads that must see their own write stay on the writer; the rest tolerates it",
    );
    let (latency, _) = ctx.latency();
    let reads = ctx.constant("db.reads_per_request");
    let alarm = (latency / reads / 10.0).round().max(1.0);
    let alarm = if production { alarm } else { alarm.max(20.0) };
    ctx.ledger
        .add("database.performance_alarm_ms", alarm, Unit::Millis)
        .why(format!(
            "{} ms ÷ {reads} reads a request, a tenth of it in storage",
            show(latency)
        ))
        .by(
            "latency ÷ reads a request ÷ 10",
            "3.2",
            &["objectives.latency_p99_ms", "db.reads_per_request"],
        );
    ctx.ledger
        .add(
            "database.query_ms",
            (latency / reads / 2.0).round().max(1.0),
            Unit::Millis,
        )
        .why(format!(
            "half of {} ms over {reads} reads a request",
            show(latency)
        ))
        .by(
            "latency ÷ reads a request ÷ 2",
            "3.2",
            &["objectives.latency_p99_ms", "db.reads_per_request"],
        );
}
