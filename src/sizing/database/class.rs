//! The class of the nodes of a keyspace, and how many readers stand beside each (capacity model, sections 3.2 and 3.3).
//!
//! Comes in: the load of one node. Goes out: a class, its readers and the I/O of the busiest copy. Promises: what is compared is what
//! the bill will have, all copies with their disks, so that within a rung a keyspace with more to do is never a cheaper one.

use super::{KeyspaceLoad, connection, own};
use crate::{
    catalog::{DatabaseShape, Service},
    component::Component,
    ledger::{Unit, show},
    sizing::{
        Class, Context, ceil, ceil_to,
        ladder::{self, Largest},
        schedule,
    },
};

/// What a node must have, before its class is known.
pub(super) struct Need {
    /// vCPU of the writer, or of a reader where it has more to do.
    vcpu: f64,
    /// All that is asked of the node and its readers.
    load: KeyspaceLoad,
    /// What stays on the writer.
    writer: KeyspaceLoad,
    /// What readers take off it; nothing where the writer carries all.
    readers: Option<Readers>,
    /// Connections that services open on it themselves; none where a pooler may stand between.
    clients: f64,
}

/// What the readers of a node carry together.
struct Readers {
    /// vCPU at the target utilisation.
    vcpu: f64,
    /// Reads of the disk, 1/s.
    read_iops: f64,
    /// I/O of one of them at most, 1/s, the writer's writes included.
    usable_iops: f64,
    /// How many there may be.
    most: f64,
}

/// Readers of a node, and I/O of the busiest copy.
#[derive(Clone, Copy)]
pub(super) struct Copies {
    pub(super) replicas: f64,
    pub(super) iops: f64,
}

impl Need {
    /// Statements running at once on the writer.
    pub(super) fn active(&self) -> f64 {
        self.writer.active()
    }

    /// Readers beside a writer of this many vCPU, one of which may be lost, and the I/O that leaves for each.
    fn copies(&self, vcpu: f64) -> Copies {
        let Some(readers) = &self.readers else {
            return Copies {
                replicas: 0.0,
                iops: self.writer.iops(),
            };
        };
        let room = (readers.usable_iops - self.load.write_iops).max(1.0);
        let wanted = (readers.vcpu / vcpu).max(readers.read_iops / room);
        let replicas = (ceil(wanted) + 1.0).min(readers.most);
        // Each writes what the writer does, and reads its part while one of them is lost.
        let of_reader = self.load.write_iops + readers.read_iops / (replicas - 1.0).max(1.0);
        Copies {
            replicas,
            iops: of_reader.max(self.writer.iops()),
        }
    }
}

/// Rung 1 uses at most half of the largest class, and rung 2 moves reads to replicas: beyond that half, and where one volume or
/// the connections of one node do not carry them (section 3.3).
pub(super) fn need(
    ctx: &mut Context<'_>,
    prefix: &str,
    load: &KeyspaceLoad,
    shapes: &[DatabaseShape],
) -> Need {
    let target = ctx.constant("db.target_utilization");
    let largest = ladder::largest(shapes);
    let own = ladder::own_writes(ctx);
    let whole = (load.read_vcpu + load.write_vcpu) / target;
    let (vcpu, writer, readers) = if needs_readers(load, whole, &largest) {
        let writer = load.with_reads(own);
        let readers = Readers {
            vcpu: load.read_vcpu * (1.0 - own) / target,
            read_iops: load.read_iops * (1.0 - own),
            usable_iops: largest.usable_iops(),
            most: largest.replicas,
        };
        // A node that stands in for the writer, and is large enough that the readers allowed are enough.
        let each = readers.vcpu / (largest.replicas - 1.0).max(1.0);
        let vcpu = ((writer.read_vcpu + writer.write_vcpu) / target).max(each);
        (vcpu, writer, Some(readers))
    } else {
        (whole, load.clone(), None)
    };
    let vcpu = ctx
        .ledger
        .add(format!("{prefix}.vcpu_needed"), vcpu, Unit::Vcpu)
        .why(if readers.is_some() {
            "reads go to replicas, less a tenth that must see their own write"
        } else {
            "the writer carries all"
        })
        .by(
            "(a_w + a_r) ÷ utilisation of one node",
            "3.3",
            &[
                &format!("{prefix}.read_vcpu"),
                &format!("{prefix}.write_vcpu"),
                "db.target_utilization",
            ],
        )
        .number();
    Need {
        vcpu,
        load: load.clone(),
        writer,
        readers,
        clients: own_clients(ctx, prefix, shapes),
    }
}

/// Without a cluster only the service itself pools connections: a class where it does not must grant what services open, as far as any does.
fn own_clients(ctx: &Context<'_>, prefix: &str, shapes: &[DatabaseShape]) -> f64 {
    if ctx.has(Component::Cluster) {
        return 0.0;
    }
    let keyspace = prefix.trim_start_matches("database.");
    let most = shapes.iter().map(granted).fold(0.0, f64::max);
    connection::clients(ctx, keyspace).1.min(most)
}

/// Connections for services: a tenth, and what is kept for people and replication, is not theirs.
fn granted(shape: &DatabaseShape) -> f64 {
    (shape.max_connections * 0.9 - 50.0).max(0.0)
}

fn needs_readers(load: &KeyspaceLoad, whole_vcpu: f64, largest: &Largest) -> bool {
    let by_cpu = whole_vcpu > largest.vcpu * 0.5 && load.read_vcpu >= load.write_vcpu;
    let by_volume = load.iops() > largest.usable_iops();
    let by_connections = load.active() > largest.usable_connections();
    by_cpu || by_volume || by_connections
}

/// GiB of disk that the data of a node asks for.
pub(super) fn disk_by_data(load: &KeyspaceLoad, factor: f64, shape: &DatabaseShape) -> f64 {
    ceil(load.data_gib * factor).max(shape.least_disk_gib)
}

/// I/O operations a second that are paid for: those that come with the disk, or more in thousands.
pub(super) fn provisioned_iops(shape: &DatabaseShape, disk_gib: f64, iops: f64) -> f64 {
    let included = shape.included_iops(disk_gib);
    if iops > included {
        ceil_to(iops, 1000.0).min(shape.max_iops)
    } else {
        included
    }
}

/// What a GiB, an operation a second and a GiB of backup cost a month; nothing where nobody sourced it.
struct Prices {
    disk: f64,
    iops: f64,
    backup: f64,
}

impl Prices {
    fn of(ctx: &Context<'_>) -> Self {
        let database = ctx.choice.get("database").map_or("", String::as_str);
        let usd = |service| {
            ctx.cloud
                .service(service, database, &ctx.region)
                .map_or(0.0, |price| price.value)
        };
        Self {
            disk: usd(Service::DatabaseDisk),
            iops: usd(Service::DatabaseIops),
            backup: usd(Service::DatabaseBackup),
        }
    }

    /// USD a month of one node of this class with its copies; infinite where the class has no price.
    fn month(&self, shape: &DatabaseShape, n_copies: f64, gib: f64, iops: f64) -> f64 {
        let n_disks = if shape.storage_is_shared() {
            1.0
        } else {
            n_copies
        };
        let extra = provisioned_iops(shape, gib, iops) - shape.included_iops(gib);
        schedule::instances(n_copies, shape.usd_hour.unwrap_or(f64::INFINITY))
            + n_disks * (gib * self.disk + extra * self.iops)
            + gib * self.backup
    }
}

/// The class whose node costs least with its standby, readers and disks; in production none that shares its processor.
fn cheapest(ctx: &mut Context<'_>, need: &Need, shapes: &[DatabaseShape]) -> Option<DatabaseShape> {
    let prices = Prices::of(ctx);
    let factor = ctx.constant("db.disk_factor");
    let candidates = shapes.iter().filter_map(|shape| {
        let copies = need.copies(shape.vcpu);
        let fits = shape.vcpu >= need.vcpu
            && shape.ram_gib >= need.load.ram_gib
            && (shape.pools || granted(shape) >= need.clients)
            && shape.max_iops * ladder::IOPS_SHARE >= copies.iops
            && (!shape.burstable || ctx.class == Class::Development);
        let gib = disk_by_data(&need.load, factor, shape).max(shape.disk_for_iops(copies.iops));
        let n_copies = 1.0 + own::copies_beside(ctx, copies.replicas);
        let usd = prices.month(shape, n_copies, gib, copies.iops);
        fits.then_some((usd, shape))
    });
    candidates
        .min_by(|(usd, shape), (other_usd, other)| {
            usd.total_cmp(other_usd)
                .then(shape.ram_gib.total_cmp(&other.ram_gib))
                .then(shape.class.cmp(&other.class))
        })
        .map(|(_, shape)| shape.clone())
}

/// The classes of the edition that the nodes which stand already have: all nodes of a keyspace are of one edition.
fn of_committed_edition(
    ctx: &Context<'_>,
    prefix: &str,
    shapes: &[DatabaseShape],
) -> Vec<DatabaseShape> {
    let edition = ctx
        .committed_text(&format!("{prefix}.nodes.s00.class"))
        .and_then(|class| shapes.iter().find(|shape| shape.class == class))
        .and_then(|shape| shape.edition.clone());
    shapes
        .iter()
        .filter(|shape| edition.is_none() || shape.edition == edition)
        .cloned()
        .collect()
}

/// The class of a node, or the largest with a remark; and its copies.
pub(super) fn choose(
    ctx: &mut Context<'_>,
    prefix: &str,
    need: &Need,
    shapes: &[DatabaseShape],
) -> (DatabaseShape, Copies) {
    let own = of_committed_edition(ctx, prefix, shapes);
    let found = cheapest(ctx, need, &own).or_else(|| cheapest(ctx, need, shapes));
    let (vcpu, ram_gib) = (need.vcpu, need.load.ram_gib);
    let shape = found
        .clone()
        .unwrap_or_else(|| ladder::largest_shape(shapes));
    if found.is_none() {
        let text = format!(
            "a node of {prefix} needs {}: state more shards",
            lacks(need, &shape).join(" and ")
        );
        ctx.warn("data.keyspaces", text);
    }
    let chosen = ctx
        .ledger
        .add(format!("{prefix}.class"), shape.class.clone(), Unit::Name)
        .why(format!(
            "{} vCPU and {} GiB for the working set: the cheapest that has both",
            show(vcpu),
            show(ram_gib)
        ))
        .by(
            "least cost of all copies with vCPU, memory and I/O",
            "3.3",
            &[
                &format!("{prefix}.vcpu_needed"),
                &format!("{prefix}.working_set_gib"),
            ],
        )
        .text()
        .to_owned();
    let shape = match shapes.iter().find(|shape| shape.class == chosen) {
        Some(shape) => shape.clone(),
        None => {
            let known = shapes.iter().map(|shape| shape.class.as_str());
            ctx.unknown_shape(&format!("{prefix}.class"), &chosen, known);
            shape
        }
    };
    facts(ctx, prefix, &shape);
    let copies = need.copies(shape.vcpu);
    (shape, copies)
}

/// What the largest class has too little of, each with what it has.
fn lacks(need: &Need, largest: &DatabaseShape) -> Vec<String> {
    let iops = need.copies(largest.vcpu).iops;
    [
        ("vCPU", need.vcpu, largest.vcpu),
        ("GiB of memory", need.load.ram_gib, largest.ram_gib),
        ("I/O a second", iops, largest.max_iops * ladder::IOPS_SHARE),
        ("clients", need.clients, granted(largest)),
    ]
    .into_iter()
    .filter(|(_, needed, has)| needed > has)
    .map(|(unit, needed, has)| {
        format!(
            "{} {unit}, of which the largest class {} carries {}",
            show(needed),
            largest.class,
            show(has)
        )
    })
    .collect()
}

fn facts(ctx: &mut Context<'_>, prefix: &str, shape: &DatabaseShape) {
    for (item, value, unit) in [
        ("vcpu", shape.vcpu, Unit::Vcpu),
        ("ram_gib", shape.ram_gib, Unit::Gib),
    ] {
        let name = format!("{prefix}.{item}");
        ctx.catalog_fact(&name, value, unit, &shape.source, shape.grade);
    }
    if let Some(edition) = &shape.edition {
        ctx.ledger
            .add(format!("{prefix}.edition"), edition.clone(), Unit::Name)
            .why(format!("{} is of this edition", shape.class))
            .by("edition of the class", "3.3", &[&format!("{prefix}.class")]);
    }
}
