//! Vertical, replicas, cache, functional separation, and only then sharding (capacity model, sections 3.3 and 3.4).
//!
//! Comes in: the load of one keyspace and the classes there are. Goes out: the number of shards, with the limit that
//! decided, what each rung left behind failed on, and when shards come where they are not needed yet.

use crate::{
    blueprint::{Keyspace, Strategy},
    catalog::DatabaseShape,
    component::Component,
    ledger::{Grade, Origin, Unit, show},
    sizing::{
        Context,
        cache::CacheEffect,
        database::{self, KeyspaceLoad},
        pow2,
    },
};

/// The largest figures of any class: what one node can have.
#[derive(Clone, Copy, Debug)]
pub struct Largest {
    /// vCPU.
    pub vcpu: f64,
    /// GiB of memory.
    pub ram_gib: f64,
    /// GiB of storage.
    pub storage_gib: f64,
    /// Connections.
    pub connections: f64,
    /// I/O operations a second.
    pub iops: f64,
    /// Read replicas.
    pub replicas: f64,
}

/// Shards of a keyspace at most: each has at least 16 of the buckets that a map may have.
const MOST_SHARDS: f64 = 1024.0;

/// Share of a volume's I/O that is used (section 3.4).
pub const IOPS_SHARE: f64 = 0.7;

impl Largest {
    /// I/O operations a second that may be asked of one node.
    pub fn usable_iops(&self) -> f64 {
        self.iops * IOPS_SHARE
    }

    /// Statements that may run at once on one node.
    pub fn usable_connections(&self) -> f64 {
        self.connections * 0.5
    }
}

/// Share of the reads that must see their own write and stay on the writer (section 3.3, C).
pub(crate) fn own_writes(ctx: &mut Context<'_>) -> f64 {
    ctx.ledger.fact(
        "db.read_your_writes_share",
        0.1,
        Unit::Ratio,
        Origin::Assumed("reads that must see their own write".to_owned()),
        Some(Grade::C),
    )
}

/// The largest figures among the classes.
pub fn largest(shapes: &[DatabaseShape]) -> Largest {
    let most = |figure: fn(&DatabaseShape) -> f64| shapes.iter().map(figure).fold(0.0, f64::max);
    Largest {
        vcpu: most(|shape| shape.vcpu),
        ram_gib: most(|shape| shape.ram_gib),
        storage_gib: most(|shape| shape.max_storage_gib),
        connections: most(|shape| shape.max_connections),
        iops: most(|shape| shape.max_iops),
        replicas: most(|shape| shape.max_replicas),
    }
}

/// The class with the most memory.
pub fn largest_shape(shapes: &[DatabaseShape]) -> DatabaseShape {
    let by_memory = |a: &&DatabaseShape, b: &&DatabaseShape| a.ram_gib.total_cmp(&b.ram_gib);
    shapes
        .iter()
        .max_by(by_memory)
        .expect("the catalog has database classes for every region")
        .clone()
}

/// Shards that each limit asks for, before rounding (section 3.4). Replicas come before shards: what they take off the
/// writer asks for none, and they have a limit of their own.
fn bounds(
    ctx: &mut Context<'_>,
    load: &KeyspaceLoad,
    largest: &Largest,
) -> [(&'static str, f64); 6] {
    let soft_gib = soft_gib(ctx);
    let target = ctx.constant("db.target_utilization");
    let headroom = ctx.constant("db.shard_write_headroom");
    let own = own_writes(ctx);
    let writer = load.with_reads(own);
    let readers = (largest.replicas - 1.0).max(1.0) * largest.vcpu * target;
    [
        ("size", load.data_gib / soft_gib.min(largest.storage_gib)),
        (
            "writes",
            load.write_vcpu / target / (largest.vcpu * headroom),
        ),
        ("reads", load.read_vcpu * (1.0 - own) / readers),
        ("memory", load.ram_gib / (largest.ram_gib * 0.8)),
        (
            "connections",
            writer.active() / largest.usable_connections(),
        ),
        ("iops", writer.iops() / largest.usable_iops()),
    ]
}

/// GiB that can be restored from a backup in the time the objectives give: the only soft limit of a node.
fn soft_gib(ctx: &mut Context<'_>) -> f64 {
    if let Some(known) = ctx.ledger.get("database.soft_gib") {
        return known.number();
    }
    let rate = ctx.constant("db.restore_mb_s");
    let default = ctx.constant("db.restore_h");
    let stated = ctx.spec.objectives.rto.map(|rto| rto.get() / 3600.0);
    let hours = ctx.or_default(
        "objectives.rto_h",
        stated,
        Unit::Hours,
        default,
        "db.restore_h",
    );
    let restorable = hours * 3600.0 * rate * 1e6 / 1_073_741_824.0;
    if database::is_vitess(ctx) {
        return vitess_gib(ctx, restorable);
    }
    ctx.ledger
        .add("database.soft_gib", restorable, Unit::Gib)
        .why(format!(
            "restored in {} h at {} MB/s",
            show(hours),
            show(rate)
        ))
        .by(
            "hours · 3600 · restore rate",
            "3.4",
            &["objectives.rto_h", "db.restore_mb_s"],
        )
        .number()
}

/// Vitess has shards of a size that is copied, checked and split in an hour or two, where that is less than what can be restored in time.
fn vitess_gib(ctx: &mut Context<'_>, restorable: f64) -> f64 {
    let sweet = database::shard_gib(ctx);
    ctx.ledger
        .add("database.soft_gib", sweet.min(restorable), Unit::Gib)
        .why(format!(
            "{} GiB are the sweet spot of a shard of Vitess; {} can be restored in time",
            show(sweet),
            show(restorable)
        ))
        .by(
            "min(250 GB, hours · 3600 · restore rate)",
            "3.4",
            &["db.vitess_shard_gb", "objectives.rto_h", "db.restore_mb_s"],
        )
        .number()
}

/// Number of shards of a keyspace, in the ledger with its load path.
pub(crate) fn shards(
    ctx: &mut Context<'_>,
    keyspace: &Keyspace,
    load: &KeyspaceLoad,
    shapes: &[DatabaseShape],
    cache: CacheEffect,
) -> f64 {
    let prefix = format!("database.{}", keyspace.name);
    let largest = largest(shapes);
    let bounds = bounds(ctx, load, &largest);
    let mut names = Vec::new();
    for (bound, value) in bounds {
        let name = format!("{prefix}.shards_by_{bound}");
        let why = bound_why(
            bound,
            load,
            &largest,
            ctx.ledger.number("database.soft_gib"),
        );
        ctx.ledger
            .add(&name, value, Unit::Factor)
            .by(bound_formula(bound), "3.4", bound_inputs(bound))
            .why(why);
        names.push(name);
    }
    let (decides, most) =
        bounds.iter().copied().fold(
            ("size", 0.0),
            |best, bound| if bound.1 > best.1 { bound } else { best },
        );
    let (later_decides, later) = bounds
        .iter()
        .map(|&(bound, value)| (bound, value * lead_time_factor(ctx, bound)))
        .fold(
            ("size", 0.0),
            |best, bound| if bound.1 > best.1 { bound } else { best },
        );
    let (decides, asked) = if most > 1.0 || later <= 1.0 {
        (decides, most)
    } else {
        (later_decides, later)
    };
    let automatic = if keyspace.strategy == Strategy::Functional || !ctx.has(Component::Sharding) {
        1.0
    } else {
        at_most(ctx, &keyspace.name, pow2(asked))
    };
    let committed = ctx
        .committed_number(&format!("{prefix}.shards"))
        .unwrap_or(1.0);
    let (wanted, why) = explain(keyspace, automatic, (most, asked), decides, load);
    let shards = if ctx.has(Component::Sharding) {
        wanted.max(locations(ctx, keyspace)).max(committed).max(1.0)
    } else {
        one_node(ctx, &keyspace.name, (decides, most), wanted)
    };
    let quantity = ctx
        .ledger
        .add(format!("{prefix}.shards"), shards, Unit::Count)
        .why(if shards > wanted {
            format!("{why}; shards are added, never taken away")
        } else {
            why
        });
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    quantity
        .by(
            "pow2(max over limits); a stated number as it is",
            "3.4",
            &inputs,
        )
        .decided_by(format!("{prefix}.shards_by_{decides}"));
    for (rung, reason) in rungs(load, &largest, &bounds, cache) {
        quantity.rejected(rung, reason);
    }
    let shards = quantity.number().round().clamp(1.0, MOST_SHARDS);
    when(ctx, &prefix, most, decides, shards);
    shards
}

/// An architecture without a shard map keeps a keyspace on one node, with a remark where that is not enough.
fn one_node(
    ctx: &mut Context<'_>,
    keyspace: &str,
    (decides, most): (&str, f64),
    wanted: f64,
) -> f64 {
    if most > 1.0 || wanted > 1.0 {
        let text = format!(
            "keyspace {keyspace} asks for {} nodes ({decides} asks for {}), and this architecture keeps it on one: split it by domain \
             (`strategy: functional`), move content to object storage, or take an architecture that shards",
            show(wanted.max(pow2(most))),
            show(most)
        );
        ctx.warn("data.keyspaces", text);
    }
    1.0
}

/// As many shards as a map can have, with a remark where that is not enough.
fn at_most(ctx: &mut Context<'_>, keyspace: &str, shards: f64) -> f64 {
    if shards > MOST_SHARDS {
        let text = format!(
            "keyspace {keyspace} asks for {} shards and gets {}: split it, or move content to object storage",
            show(shards),
            show(MOST_SHARDS)
        );
        ctx.warn("data.keyspaces", text);
    }
    shards.min(MOST_SHARDS)
}

/// A region keyspace has at least one shard in each of its places.
fn locations(ctx: &Context<'_>, keyspace: &Keyspace) -> f64 {
    if keyspace.strategy == Strategy::Region {
        ctx.spec.users.locations.len().max(1) as f64
    } else {
        1.0
    }
}

fn explain(
    keyspace: &Keyspace,
    automatic: f64,
    (most, asked): (f64, f64),
    decides: &str,
    load: &KeyspaceLoad,
) -> (f64, String) {
    if let Some(stated) = keyspace.shards {
        return (
            f64::from(stated),
            format!(
                "stated; {} would carry it: {decides} asks for {}",
                show(automatic),
                show(most)
            ),
        );
    }
    let why = if most > 1.0 {
        format!(
            "{decides} asks for {}: {} GiB at the horizon",
            show(most),
            show(load.data_gib)
        )
    } else if automatic > 1.0 {
        format!(
            "{decides} asks for {} six months after the horizon",
            show(asked)
        )
    } else {
        format!(
            "one node carries it: {decides} is the nearest limit, {} % used",
            show(100.0 * most)
        )
    };
    (automatic, why)
}

/// What growth adds in the six months after the horizon that a split needs to be prepared in (C): to bytes by their own
/// growth where it is stated, to all else, and to bytes without it, by the growth of users.
fn lead_time_factor(ctx: &Context<'_>, bound: &str) -> f64 {
    let now = ctx.ledger.number("database.data_now_gib");
    let horizon = ctx.ledger.number("database.data_gib");
    let months = ctx.ledger.number("users.horizon").max(1.0);
    let of_bytes = matches!(bound, "size" | "memory");
    if of_bytes && ctx.spec.data.growth.is_some() {
        if horizon <= 0.0 {
            return 1.0;
        }
        return 1.0 + (horizon - now) / months * 6.0 / horizon;
    }
    let Some(growth) = ctx.spec.users.growth else {
        return 1.0;
    };
    let later = (1.0 + growth.rate)
        .powf((months + 6.0) / growth.months)
        .min(ctx.ledger.number("users.growth_limit"));
    (later / ctx.demand.growth).max(1.0)
}

fn bound_formula(bound: &str) -> &'static str {
    match bound {
        "size" => "data at the horizon ÷ min(restorable in time, storage of a node)",
        "writes" => "a_w ÷ utilisation ÷ (vCPU of the largest class · 0.5)",
        "reads" => {
            "a_r of the readers ÷ utilisation ÷ (vCPU of the largest class · readers allowed but one)"
        }
        "memory" => "working set ÷ (memory of the largest class · 0.8)",
        "connections" => {
            "running statements of the writer ÷ (connections of the largest class · 0.5)"
        }
        _ => "I/O of the writer ÷ (I/O of the largest volume · 0.7)",
    }
}

fn bound_inputs(bound: &str) -> &'static [&'static str] {
    match bound {
        "size" => &["database.data_gib", "database.soft_gib"],
        "writes" => &[
            "demand.writes",
            "db.write_cpu_ms",
            "db.target_utilization",
            "db.shard_write_headroom",
        ],
        "reads" => &[
            "demand.reads",
            "db.read_cpu_ms",
            "db.target_utilization",
            "db.read_your_writes_share",
        ],
        "memory" => &["database.data_gib", "db.cache_fraction_of_ram"],
        "connections" => &[
            "demand.reads",
            "demand.writes",
            "db.read_your_writes_share",
            "db.read_latency_ms",
            "db.write_latency_ms",
        ],
        _ => &[
            "demand.reads",
            "demand.writes",
            "db.read_your_writes_share",
            "db.pages_per_read",
            "db.ios_per_write",
        ],
    }
}

fn bound_why(bound: &str, load: &KeyspaceLoad, largest: &Largest, soft_gib: f64) -> String {
    match bound {
        "size" => format!(
            "{} GiB at the horizon ÷ {} GiB",
            show(load.data_gib),
            show(soft_gib.min(largest.storage_gib))
        ),
        "writes" => format!(
            "{} busy vCPU ÷ 0.6 vs {} vCPU × 0.5",
            show(load.write_vcpu),
            show(largest.vcpu)
        ),
        "reads" => format!(
            "{} busy vCPU vs {} readers of {} vCPU, one of them lost",
            show(load.read_vcpu),
            show(largest.replicas),
            show(largest.vcpu)
        ),
        "memory" => format!(
            "{} GiB vs {} GiB × 0.8",
            show(load.ram_gib),
            show(largest.ram_gib)
        ),
        "connections" => format!(
            "{} running, a tenth of the reads among them, vs {} × 0.5",
            show(load.active()),
            show(largest.connections)
        ),
        _ => format!(
            "{}/s, a tenth of the reads among them, vs {}/s × 0.7",
            show(load.iops()),
            show(largest.iops)
        ),
    }
}

/// What each rung before sharding fails on, or that it holds.
fn rungs(
    load: &KeyspaceLoad,
    largest: &Largest,
    bounds: &[(&'static str, f64); 6],
    cache: CacheEffect,
) -> Vec<(&'static str, String)> {
    let over: Vec<&str> = bounds
        .iter()
        .filter(|(_, value)| *value > 1.0)
        .map(|(name, _)| *name)
        .collect();
    let whole = (load.read_vcpu + load.write_vcpu) / 0.6;
    let vertical = if !over.is_empty() {
        format!("fails on {}", over.join(", "))
    } else if whole > largest.vcpu * 0.5 {
        format!("{} vCPU are over half of the largest class", show(whole))
    } else {
        format!(
            "holds: {} vCPU, {} GiB memory, {} GiB data",
            show(whole),
            show(load.ram_gib),
            show(load.data_gib)
        )
    };
    let fails = |helps: &str| {
        if over.is_empty() {
            "not needed".to_owned()
        } else {
            format!("{helps}, not {}", over.join(", "))
        }
    };
    vec![
        ("vertical", vertical),
        ("replicas", fails("takes reads")),
        (
            "cache",
            if cache.hit > 0.0 {
                format!(
                    "takes {} % of reads already",
                    show(100.0 * (1.0 - cache.miss()))
                )
            } else {
                fails("takes reads")
            },
        ),
        (
            "functional separation",
            if over.is_empty() {
                "not needed".to_owned()
            } else {
                "content of over 100 kB an item belongs in object storage".to_owned()
            },
        ),
    ]
}

/// The month in which the first limit is reached on the present number of shards, as far as growth is stated.
fn when(ctx: &mut Context<'_>, prefix: &str, most: f64, decides: &str, shards: f64) {
    let months = ctx.ledger.number("users.horizon").max(1.0);
    let now = ctx.ledger.number("database.data_now_gib");
    let horizon = ctx.ledger.number("database.data_gib");
    let ratio = if horizon > 0.0 { now / horizon } else { 1.0 };
    let at = |month: f64| -> f64 {
        let factor = if ctx.spec.data.growth.is_some() || ctx.spec.users.growth.is_none() {
            ratio + (1.0 - ratio) * month / months
        } else {
            let growth = ctx
                .spec
                .users
                .growth
                .map_or(1.0, |g| (1.0 + g.rate).powf(month / g.months));
            growth / ctx.demand.growth
        };
        most * factor
    };
    let reached = (0..=120).map(f64::from).find(|&month| at(month) > shards);
    let text = match reached {
        Some(month) => format!("month {} ({decides})", show(month)),
        None => format!("not within 10 years ({decides} is the nearest limit)"),
    };
    ctx.ledger
        .add(format!("{prefix}.outgrown"), text, Unit::Name)
        .why("when this number of shards is reached, at the stated growth")
        .by(
            "first month with a limit over the shards",
            "3.4",
            &[&format!("{prefix}.shards"), "demand.growth"],
        );
}
