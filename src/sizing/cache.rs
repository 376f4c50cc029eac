//! Memory, shards and nodes of the cache (capacity model, section 4).
//!
//! Evaluated before the database: its hit ratio lowers the reads that the database must answer.

use crate::{
    blueprint::{Service, ServiceKind},
    catalog::CacheShape,
    ledger::{Grade, Origin, Unit, show},
    sizing::{Class, Context, ceil, edge_cache, zipf::Popularity},
};

/// What the database needs to know of the cache.
#[derive(Clone, Copy, Debug)]
pub struct CacheEffect {
    /// Hit ratio, 0 without a cache.
    pub hit: f64,
    /// Share of reads that may be answered from it.
    pub cacheable: f64,
}

impl CacheEffect {
    /// Share of reads that reach the database.
    pub fn miss(self) -> f64 {
        1.0 - self.hit * self.cacheable
    }
}

/// Sizes the cache, and says what it takes off the database.
pub(crate) fn size(ctx: &mut Context<'_>) -> CacheEffect {
    let (items, item_bytes) = contents(ctx);
    let (stored, hit) = stored_items(ctx, items);
    let memory_gib = memory(ctx, stored, item_bytes) + sessions(ctx);
    let operations = operations(ctx);
    if ctx.caches_at_edge() {
        edge_cache::size(ctx, memory_gib, operations);
    } else {
        let shape = node(ctx, memory_gib, operations, item_bytes);
        shards(ctx, &shape, memory_gib, operations, item_bytes);
    }
    policies(ctx, hit);
    let cacheable = cacheable(ctx);
    CacheEffect { hit, cacheable }
}

/// Share of reads that may be stale (section 4.3): all of a service that the blueprint marks with `cache: true`, else a part.
fn cacheable(ctx: &mut Context<'_>) -> f64 {
    let users = |service: &&Service| service.cache.unwrap_or(service.kind == ServiceKind::Http);
    let marked = ctx
        .spec
        .services
        .iter()
        .filter(users)
        .all(|service| service.cache == Some(true));
    let (share, origin, grade) = if marked {
        let text = "every service that uses the cache is marked `cache: true`";
        (1.0, Origin::Stated(text.to_owned()), None)
    } else {
        let text = "share of reads that may be stale";
        (0.6, Origin::Assumed(text.to_owned()), Some(Grade::C))
    };
    ctx.ledger
        .fact("cache.cacheable_share", share, Unit::Ratio, origin, grade)
}

fn contents(ctx: &mut Context<'_>) -> (f64, f64) {
    let stated = ctx
        .spec
        .cache
        .items
        .map(|items| items.get() * ctx.scale * ctx.demand.growth);
    let items = match stated {
        Some(items) => ctx
            .ledger
            .add("cache.items", items.max(1.0).round(), Unit::Count)
            .why(format!(
                "stated × scale {} × growth {}",
                show(ctx.scale),
                show(ctx.demand.growth)
            ))
            .by(
                "items × scale × growth",
                "4.1",
                &["environment.scale", "demand.growth"],
            )
            .number(),
        None => {
            let users = ctx.ledger.number("demand.mau");
            ctx.ledger
                .add("cache.items", (users * 5.0).max(1.0).round(), Unit::Count)
                .why("5 items a monthly user, assumed")
                .by("5 × monthly users", "4.1", &["demand.mau"])
                .graded(Grade::C)
                .number()
        }
    };
    let bytes = ctx.spec.cache.item_size.map(|size| size.get());
    let bytes = ctx.or_default(
        "cache.item_bytes",
        bytes,
        Unit::Bytes,
        2000.0,
        "default: 2 kB an item",
    );
    (items, bytes)
}

fn stored_items(ctx: &mut Context<'_>, items: f64) -> (f64, f64) {
    let alpha = ctx.constant("cache.zipf_alpha");
    let default = ctx.constant("cache.slo_hit");
    let target = ctx.spec.objectives.cache_hit.map(|hit| hit.get());
    let target = ctx.or_default(
        "objectives.cache_hit",
        target,
        Unit::Ratio,
        default,
        "cache.slo_hit",
    );
    let stored = Popularity::zipf(items, alpha).capacity(target);
    let stored = ctx
        .ledger
        .add("cache.stored_items", ceil(stored), Unit::Count)
        .why(format!(
            "hold {} % of reads over {} items (Zipf {alpha})",
            show(100.0 * target),
            show(items)
        ))
        .by(
            "Che approximation, solved for the hit ratio",
            "4.1",
            &["cache.items", "cache.zipf_alpha", "objectives.cache_hit"],
        )
        .number();
    ctx.ledger
        .add("cache.hit", target, Unit::Ratio)
        .why("the objective; memory is sized for it")
        .by("the objective", "4.1", &["objectives.cache_hit"]);
    ctx.ledger
        .add(
            "cache.cold_factor",
            1.0 / (1.0 - target.min(0.999)),
            Unit::Factor,
        )
        .why("reads of the database while the cache is cold")
        .by("1 ÷ (1 - h)", "4.4", &["cache.hit"]);
    (stored, target)
}

fn memory(ctx: &mut Context<'_>, stored: f64, item_bytes: f64) -> f64 {
    let constants = [
        "cache.item_overhead_bytes",
        "cache.fragmentation",
        "cache.reserved_memory",
    ];
    let [overhead, fragmentation, reserved] = constants.map(|id| ctx.constant(id));
    let gib = stored * (item_bytes + overhead) * fragmentation / (1.0 - reserved) / 1_073_741_824.0;
    ctx.ledger
        .add("cache.memory_gib", gib, Unit::Gib)
        .why(format!(
            "{} items × {} B × {fragmentation} ÷ {}",
            show(stored),
            show(item_bytes + overhead),
            show(1.0 - reserved)
        ))
        .by(
            "items · (size + overhead) · fragmentation ÷ (1 - reserved)",
            "4.2",
            &[
                "cache.stored_items",
                "cache.item_bytes",
                constants[0],
                constants[1],
                constants[2],
            ],
        )
        .number()
}

/// Memory of the sessions, all of them: what a popularity model may drop, a login may not. Nothing where they are elsewhere.
fn sessions(ctx: &mut Context<'_>) -> f64 {
    let Some(ttl) = ctx.spec.cache.session_ttl else {
        return 0.0;
    };
    let ttl = ctx.stated("cache.session_ttl_s", ttl.get(), Unit::Seconds);
    let size = ctx.spec.cache.session_size.map(|size| size.get());
    let bytes = ctx.or_default(
        "cache.session_bytes",
        size,
        Unit::Bytes,
        2000.0,
        "default: 2 kB a session",
    );
    let daily = ctx.ledger.number("demand.dau");
    let a_day = ctx.constant("load.sessions_per_dau");
    let alive = ctx
        .ledger
        .add(
            "cache.sessions",
            ceil(daily * a_day * ttl / 86_400.0).max(1.0),
            Unit::Count,
        )
        .why(format!(
            "{} daily users × {a_day} sessions × {} h that one lives",
            show(daily),
            show(ttl / 3600.0)
        ))
        .by(
            "daily users × sessions a day × life ÷ a day (Little)",
            "4.2",
            &["demand.dau", "load.sessions_per_dau", "cache.session_ttl_s"],
        )
        .number();
    let constants = [
        "cache.item_overhead_bytes",
        "cache.fragmentation",
        "cache.reserved_memory",
    ];
    let [overhead, fragmentation, reserved] = constants.map(|id| ctx.constant(id));
    let gib = alive * (bytes + overhead) * fragmentation / (1.0 - reserved) / 1_073_741_824.0;
    ctx.ledger
        .add("cache.session_gib", gib, Unit::Gib)
        .why(format!(
            "{} sessions × {} B × {fragmentation} ÷ {}",
            show(alive),
            show(bytes + overhead),
            show(1.0 - reserved)
        ))
        .by(
            "sessions · (size + overhead) · fragmentation ÷ (1 - reserved)",
            "4.2",
            &[
                "cache.sessions",
                "cache.session_bytes",
                constants[0],
                constants[1],
                constants[2],
            ],
        )
        .number()
}

/// Fewest masters: with sessions three in production, so that one that fails over keeps out a third of the users, not all.
fn least_masters(ctx: &Context<'_>) -> (f64, &'static str) {
    if ctx.spec.cache.session_ttl.is_some() && ctx.class == Class::Production {
        (3.0, "masters that share the sessions")
    } else {
        (1.0, "memory")
    }
}

fn operations(ctx: &mut Context<'_>) -> f64 {
    let surge = ctx.demand.surge_factor;
    if let Some(each) = ctx.spec.cache.operations_per_request {
        let each = ctx.stated("cache.operations_per_request", each.get(), Unit::Count);
        let design = ctx.demand.design * surge;
        return ctx
            .ledger
            .add("cache.operations", design * each, Unit::PerSecond)
            .why(format!(
                "{} requests/s × {} a request",
                show(design),
                show(each)
            ))
            .by(
                "design rate × operations a request, surge included",
                "4.2",
                &[
                    "demand.design",
                    "cache.operations_per_request",
                    "demand.surge_factor",
                ],
            )
            .number();
    }
    let reads = ctx.ledger.number("demand.reads") * surge;
    ctx.ledger
        .add("cache.operations", reads, Unit::PerSecond)
        .why("each read asks the cache first")
        .by(
            "reads at the busiest minute, surge included",
            "4.2",
            &["demand.reads", "demand.surge_factor"],
        )
        .number()
}

/// Shards that one node type needs, and the bound that decides.
fn needed(
    shape: &CacheShape,
    ctx: &mut Context<'_>,
    memory_gib: f64,
    operations: f64,
    item_bytes: f64,
) -> (f64, &'static str) {
    let per_core = ctx.constant("cache.ops_per_core");
    let target = ctx.constant("cache.target_utilization");
    let by_memory = ceil(memory_gib / shape.mem_gib);
    let by_operations = ceil(operations / (per_core * target));
    let by_network = shape.net_mbps.map_or(1.0, |mbps| {
        ceil(operations * item_bytes * 8.0 / (mbps * 1e6 * 0.7))
    });
    [
        (by_memory, "memory"),
        (by_operations, "operations"),
        (by_network, "network"),
    ]
    .into_iter()
    .fold(least_masters(ctx), |best, bound| {
        if bound.0 > best.0 { bound } else { best }
    })
}

/// The cheapest node type for the whole cache; in production none that shares its processor.
fn node(ctx: &mut Context<'_>, memory_gib: f64, operations: f64, item_bytes: f64) -> CacheShape {
    let shapes = ctx.cloud.cache_shapes(&ctx.region);
    let mut candidates: Vec<(f64, f64, CacheShape)> = Vec::new();
    for shape in shapes {
        if shape.burstable && ctx.class == Class::Production {
            continue;
        }
        let (shards, _) = needed(&shape, ctx, memory_gib, operations, item_bytes);
        if let Some(price) = shape.usd_hour {
            candidates.push((price * shards, shards, shape));
        }
    }
    candidates.sort_by(|a, b| {
        a.0.total_cmp(&b.0)
            .then(a.1.total_cmp(&b.1))
            .then(a.2.name.cmp(&b.2.name))
    });
    let rejected: Vec<(String, f64, f64)> = candidates
        .iter()
        .skip(1)
        .take(3)
        .map(|(cost, shards, shape)| (shape.name.clone(), *cost, *shards))
        .collect();
    let (_, _, mut shape) = candidates
        .into_iter()
        .next()
        .expect("the catalog has at least one cache node type for every region");
    let quantity = ctx
        .ledger
        .add("cache.node", shape.name.clone(), Unit::Name)
        .why(format!(
            "the cheapest for {} GiB and {} operations/s",
            show(memory_gib),
            show(operations)
        ))
        .by(
            "least cost over node types",
            "4.2",
            &["cache.memory_gib", "cache.operations"],
        );
    for (name, cost, shards) in rejected {
        quantity.rejected(
            name,
            format!("{} shards, {} USD/h", show(shards), show(cost)),
        );
    }
    let chosen = quantity.text().to_owned();
    if chosen != shape.name {
        // A person's pin: the rest follows their node type.
        let shapes = ctx.cloud.cache_shapes(&ctx.region);
        match shapes.iter().find(|shape| shape.name == chosen) {
            Some(pinned) => shape = pinned.clone(),
            None => {
                let known = shapes.iter().map(|shape| shape.name.as_str());
                ctx.unknown_shape("cache.node", &chosen, known);
            }
        }
    }
    ctx.ledger
        .add("cache.node_gib", shape.mem_gib, Unit::Gib)
        .why(format!("memory of one {}", shape.name))
        .from(Origin::Catalog(shape.source.clone()))
        .graded(shape.grade);
    shape
}

fn shards(
    ctx: &mut Context<'_>,
    shape: &CacheShape,
    memory_gib: f64,
    operations: f64,
    item_bytes: f64,
) {
    let (shards, bound) = needed(shape, ctx, memory_gib, operations, item_bytes);
    ctx.ledger
        .add("cache.shards", shards, Unit::Count)
        .why(format!(
            "{} GiB ÷ {} GiB a node; {} operations/s; {bound} decides",
            show(memory_gib),
            show(shape.mem_gib),
            show(operations)
        ))
        .by(
            "max(memory, operations, network)",
            "4.2",
            &[
                "cache.memory_gib",
                "cache.node_gib",
                "cache.operations",
                "cache.ops_per_core",
            ],
        )
        .decided_by(bound);
    let (replicas, why) = match ctx.class {
        Class::Production => (1.0, "one of each shard survives a zone"),
        Class::Rehearsal => (1.0, "failover is rehearsed here"),
        Class::Development => (0.0, "may be lost"),
    };
    ctx.ledger
        .add("cache.replicas", replicas, Unit::Count)
        .why(why)
        .by("redundancy minimum", "8", &[]);
}

fn policies(ctx: &mut Context<'_>, hit: f64) {
    let production = ctx.class == Class::Production;
    let days = if production { 1.0 } else { 0.0 };
    ctx.policy(
        "cache.snapshot_days",
        days,
        Unit::Days,
        if production {
            "a cache is rebuilt; a snapshot spares the warm-up"
        } else {
            "none: a cache is rebuilt"
        },
    );
    let floor = if production { hit } else { hit.min(0.5) };
    ctx.ledger
        .add("cache.hit_alarm", floor, Unit::Ratio)
        .why("below it the database takes more reads than it was sized for")
        .by(
            "the objective; half where little traffic keeps it cold",
            "4.3",
            &["cache.hit"],
        );
    ctx.policy(
        "cache.cpu_alarm",
        0.8,
        Unit::Ratio,
        "of the engine's one thread",
    );
    ctx.policy(
        "cache.memory_alarm",
        0.8,
        Unit::Ratio,
        "evictions begin above it",
    );
    let (policy, why) = if ctx.spec.cache.session_ttl.is_some() {
        (
            "volatile-ttl",
            "what ends soonest goes first: an answer kept for minutes, not a session that each use renews",
        )
    } else {
        (
            "allkeys-lru",
            "the popularity model assumes least recently used",
        )
    };
    ctx.policy_text("cache.maxmemory_policy", policy, why);
    let jitter = ctx.constant("cache.ttl_jitter");
    ctx.ledger
        .add("cache.ttl_jitter_percent", 100.0 * jitter, Unit::Percent)
        .why("so that entries do not expire together")
        .by("± jitter", "4.4", &["cache.ttl_jitter"]);
    ctx.policy(
        "cache.ttl_s",
        300.0,
        Unit::Seconds,
        "how stale an answer may be",
    );
}
