//! The document database: tier, shards, disk, connections (capacity model, sections 3.1 and 3.2, of a replica set).
//!
//! Comes in: what chat writes and reads, or the documents beside the relational data. Goes out: the quantities
//! `document.…`; nothing where another store is chosen. Promised: shards never become fewer, and a tier holds its
//! working set, its busiest minute, its disk and its connections. Reads are the primary's: the other nodes are there to
//! take over. I/O operations are not sized: nobody sourced what a disk of a tier takes.

use crate::{
    blueprint::{Protocol, Service, ServiceKind},
    catalog::DocumentTier,
    component::Component,
    ledger::{Grade, Unit, show},
    sizing::{Class, Context, cache::CacheEffect, ceil, pow2},
};

mod backup;

const GIB: f64 = 1_073_741_824.0;

/// The first tier whose processors are its own, and that may be a shard.
const FIRST_STEADY: &str = "M30";

/// Share of a node's connections that clients may take: deploys open new ones before the old are gone.
const CONNECTION_TARGET: f64 = 0.8;

/// Connections that a client opens to each node beside its pool: two that watch it.
const WATCHING: f64 = 2.0;

/// What the cluster as a whole has to carry.
struct Need {
    vcpu: f64,
    /// RAM whose usual share of caches holds the working set: the engine's and, compressed, the file system's.
    ram_gib: f64,
    disk_gib: f64,
    connections: f64,
}

impl Need {
    /// How many times a tier it asks for by what shards divide, and what it is that decides.
    fn divisible(&self, tier: &DocumentTier) -> (f64, &'static str) {
        largest([
            (self.vcpu / tier.vcpu, "processors"),
            (self.ram_gib / tier.ram_gib, "working set"),
            (self.disk_gib / tier.max_disk_gib, "disk"),
        ])
    }

    /// The same of one shard. Every client is connected to every node, however many there are.
    fn over(&self, tier: &DocumentTier, shards: f64) -> (f64, &'static str) {
        let (times, bound) = self.divisible(tier);
        let connections = self.connections / (tier.connections * CONNECTION_TARGET);
        largest([(times / shards, bound), (connections, "connections")])
    }
}

/// The tightest of some bounds.
fn largest<const N: usize>(bounds: [(f64, &'static str); N]) -> (f64, &'static str) {
    let tightest = |a: (f64, &'static str), b: (f64, &'static str)| if b.0 > a.0 { b } else { a };
    bounds.into_iter().fold((0.0, "nothing"), tightest)
}

/// Whether documents are kept at MongoDB Atlas.
pub(crate) fn is_chosen(ctx: &Context<'_>) -> bool {
    let chosen = ctx.choice.get("nosql");
    ctx.has(Component::DocumentDb) && chosen.is_some_and(|choice| choice == "mongodb-atlas")
}

/// Sizes the cluster.
pub(crate) fn size(ctx: &mut Context<'_>, effect: CacheEffect) {
    if !is_chosen(ctx) {
        return;
    }
    let is_chat = ctx.ledger.get("nosql.writes.peak").is_some();
    if is_chat {
        chat(ctx);
    } else {
        documents(ctx, effect);
    }
    pool(ctx);
    let need = need(ctx);
    let shards = cluster(ctx, &need);
    if is_chat {
        room_shards(ctx, shards);
    }
    nodes(ctx);
    backup::size(ctx);
    alarms(ctx);
    ctx.policy_text(
        "document.version",
        "8.0",
        "the newest release with a fixed lifetime; Atlas brings its patches",
    );
    let region = ctx.cloud.document_region(&ctx.region);
    ctx.policy_text("document.region", &region, "as Atlas calls the region");
}

/// Messages: what the chat part counted, with the three entries that each has in indexes.
fn chat(ctx: &mut Context<'_>) {
    for (name, of) in [
        ("document.reads", "nosql.reads.peak"),
        ("document.writes", "nosql.writes.peak"),
        ("document.writes_mean", "nosql.writes.mean"),
    ] {
        let rate = ctx.ledger.number(of);
        ctx.ledger
            .add(name, rate, Unit::PerSecond)
            .why("messages of chat")
            .by(of, "7.4", &[of]);
    }
    let (gb, bytes) = (
        ctx.ledger.number("nosql.gb"),
        ctx.constant("chat.item_bytes"),
    );
    data(ctx, gb * 1e9 / GIB, bytes, &["nosql.gb"]);
}

/// Documents beside the relational data: requests read and write them, jobs write their results.
fn documents(ctx: &mut Context<'_>, effect: CacheEffect) {
    let spec = ctx.spec.documents.clone();
    let each = |ctx: &mut Context<'_>, name: &str, stated: Option<f64>, default: f64| {
        ctx.or_default(
            &format!("documents.{name}"),
            stated,
            Unit::Count,
            default,
            "default of documents",
        )
    };
    let reads = each(
        ctx,
        "reads_per_request",
        spec.reads_per_request.map(|count| count.get()),
        1.0,
    );
    let writes = each(
        ctx,
        "writes_per_request",
        spec.writes_per_request.map(|count| count.get()),
        0.1,
    );
    let (peak, mean, miss) = (
        ctx.ledger.number("demand.surge"),
        ctx.ledger.number("demand.mean"),
        effect.miss(),
    );
    let jobs = job_rates(ctx);
    ctx.ledger
        .add("document.reads", peak * reads * miss, Unit::PerSecond)
        .why(format!(
            "{} requests/s × {} a request, {} % of which no cache answers",
            show(peak),
            show(reads),
            show(100.0 * miss)
        ))
        .by(
            "surge × reads a request × misses of the cache",
            "3.1",
            &["demand.surge", "documents.reads_per_request"],
        );
    for (name, of, rate, jobs_at) in [
        ("document.writes", "demand.surge", peak, "peak"),
        ("document.writes_mean", "demand.mean", mean, "mean"),
    ] {
        let names: Vec<String> = jobs
            .iter()
            .map(|job| format!("{job}.jobs.{jobs_at}"))
            .collect();
        let results: f64 = names.iter().map(|name| ctx.ledger.number(name)).sum();
        let inputs: Vec<&str> = [of, "documents.writes_per_request"]
            .into_iter()
            .chain(names.iter().map(String::as_str))
            .collect();
        ctx.ledger
            .add(name, rate * writes + results, Unit::PerSecond)
            .why(format!(
                "{} requests/s × {} a request + {} results of jobs",
                show(rate),
                show(writes),
                show(results)
            ))
            .by(
                "requests × writes a request + a write a job",
                "3.1",
                &inputs,
            );
    }
    let (gib, inputs) = stored(ctx);
    let bytes = ctx.or_default(
        "documents.item_size",
        spec.item_size.map(|size| size.get()),
        Unit::Bytes,
        8000.0,
        "default of documents: 8 kB",
    );
    data(ctx, gib, bytes, inputs);
}

/// Services whose jobs end with a document.
fn job_rates(ctx: &Context<'_>) -> Vec<String> {
    let services = ctx.spec.services.iter();
    services
        .filter(|service| service.kind != ServiceKind::Http)
        .map(|service| service.name.clone())
        .collect()
}

/// GiB at the horizon, before compression, and what they follow from.
fn stored(ctx: &mut Context<'_>) -> (f64, &'static [&'static str]) {
    let Some(size) = ctx.spec.documents.size else {
        return (
            ctx.ledger.number("database.data_gib"),
            &["database.data_gib"],
        );
    };
    let gib = ctx.stated("documents.size", size.get() / GIB, Unit::Gib);
    (
        gib * ctx.scale * ctx.demand.growth,
        &["documents.size", "environment.scale", "demand.growth"],
    )
}

/// Bytes of documents and of their indexes, and what of both has to be in memory.
fn data(ctx: &mut Context<'_>, gib: f64, item_bytes: f64, inputs: &[&str]) {
    let items = gib * GIB / item_bytes;
    ctx.ledger
        .add("document.data_gib", gib, Unit::Gib)
        .why("documents at the horizon, before compression")
        .by("size today × scale × growth", "3.1", inputs);
    let entry = ctx.constant("document.index_bytes");
    let index = ctx
        .ledger
        .add("document.index_gib", items * entry / GIB, Unit::Gib)
        .why(format!(
            "{} documents of {} B × {} B in indexes",
            show(items),
            show(item_bytes),
            show(entry)
        ))
        .by(
            "documents × bytes in indexes",
            "3.1",
            &["document.data_gib", "document.index_bytes"],
        )
        .number();
    let hot = ctx.constant("db.working_set_fraction");
    ctx.ledger
        .add("document.working_set_gib", gib * hot + index, Unit::Gib)
        .why(format!(
            "{} % of {} GiB, and all indexes",
            show(100.0 * hot),
            show(gib)
        ))
        .by(
            "hot share × data + indexes",
            "3.1",
            &[
                "document.data_gib",
                "db.working_set_fraction",
                "document.index_gib",
            ],
        );
    memory(ctx);
    let compression = ctx.constant("document.compression");
    let hours = if ctx.class == Class::Development {
        2.0
    } else {
        24.0
    };
    ctx.policy(
        "document.oplog_hours",
        hours,
        Unit::Hours,
        "a node that was away for so long catches up without a copy of everything",
    );
    let writes = ctx.ledger.number("document.writes_mean");
    let oplog = writes * item_bytes * compression * hours * 3600.0 / GIB;
    let factor = ctx.constant("db.disk_factor");
    ctx.ledger
        .add(
            "document.disk_needed_gib",
            (gib * compression + index + oplog) * factor,
            Unit::Gib,
        )
        .why(format!(
            "({} GiB × {compression} + {} GiB of indexes + {} GiB of what was written in {} h) × {factor}",
            show(gib),
            show(index),
            show(oplog),
            show(hours)
        ))
        .by(
            "(data × compression + indexes + log of writes) × disk factor",
            "3.2",
            &[
                "document.data_gib",
                "document.compression",
                "document.index_gib",
                "document.writes_mean",
                "document.oplog_hours",
                "db.disk_factor",
            ],
        );
}

fn memory(ctx: &mut Context<'_>) {
    let (hot, share) = (
        ctx.ledger.number("document.working_set_gib"),
        ctx.constant("db.cache_fraction_of_ram"),
    );
    ctx.ledger
        .add("document.ram_gib", hot / share, Unit::Gib)
        .why(format!(
            "{} GiB ÷ {share}: half of a node's memory is the engine's cache, and the file system caches with most of the rest",
            show(hot)
        ))
        .by(
            "working set ÷ share of the caches",
            "3.2",
            &["document.working_set_gib", "db.cache_fraction_of_ram"],
        );
}

/// Services that read and write documents: the ones with chat, or all that answer or work.
fn users(ctx: &Context<'_>) -> Vec<String> {
    let all = &ctx.spec.services;
    let chats = all
        .iter()
        .any(|service| service.protocol == Protocol::Websocket);
    let is_user = |service: &&Service| !chats || service.protocol == Protocol::Websocket;
    all.iter()
        .filter(is_user)
        .map(|service| service.name.clone())
        .collect()
}

/// Connections that a replica of a service keeps to each node (Little), and what all of them may open.
fn pool(ctx: &mut Context<'_>) {
    let users = users(ctx);
    let names: Vec<String> = users
        .iter()
        .map(|service| format!("{service}.replicas.max"))
        .collect();
    let replicas: f64 = names.iter().map(|name| ctx.ledger.number(name)).sum();
    let (reads, writes) = (
        ctx.ledger.number("document.reads"),
        ctx.ledger.number("document.writes"),
    );
    let (read_ms, write_ms, least) = (
        ctx.constant("db.read_latency_ms"),
        ctx.constant("db.write_latency_ms"),
        ctx.constant("db.pool_per_pod"),
    );
    let active = (reads * read_ms + writes * write_ms) / 1000.0;
    let pool = ctx
        .ledger
        .add(
            "document.pool",
            ceil(2.0 * active / replicas.max(1.0)).max(least),
            Unit::Count,
        )
        .why(format!(
            "{} operations at once over {} replicas, twice that for bursts, {} at least",
            show(active),
            show(replicas),
            show(least)
        ))
        .by(
            "2 × (reads × 2 ms + writes × 8 ms) ÷ replicas",
            "3.2",
            &[
                "document.reads",
                "document.writes",
                "db.read_latency_ms",
                "db.write_latency_ms",
                "db.pool_per_pod",
            ],
        )
        .number();
    let inputs: Vec<&str> = ["document.pool"]
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .collect();
    ctx.ledger
        .add(
            "document.connections",
            replicas * (pool + WATCHING),
            Unit::Count,
        )
        .why(format!(
            "{} replicas at the maximum × ({} + two that watch) to each node",
            show(replicas),
            show(pool)
        ))
        .by("replicas × (pool + 2)", "3.2", &inputs);
}

/// What the whole cluster has to carry at the busiest minute.
fn need(ctx: &mut Context<'_>) -> Need {
    let (reads, writes) = (
        ctx.ledger.number("document.reads"),
        ctx.ledger.number("document.writes"),
    );
    let (read_ms, write_ms, target) = (
        ctx.constant("db.read_cpu_ms"),
        ctx.constant("db.write_cpu_ms"),
        ctx.constant("db.target_utilization"),
    );
    let vcpu = ctx
        .ledger
        .add(
            "document.vcpu",
            (reads * read_ms + writes * write_ms) / 1000.0 / target,
            Unit::Vcpu,
        )
        .why(format!(
            "({} reads/s × {read_ms} ms + {} writes/s × {write_ms} ms) ÷ {target}: a document found by an index costs what a row does",
            show(reads),
            show(writes)
        ))
        .by(
            "(reads × CPU + writes × CPU) ÷ target",
            "3.1",
            &[
                "document.reads",
                "document.writes",
                "db.read_cpu_ms",
                "db.write_cpu_ms",
                "db.target_utilization",
            ],
        )
        .number();
    Need {
        vcpu,
        ram_gib: ctx.ledger.number("document.ram_gib"),
        disk_gib: ctx.ledger.number("document.disk_needed_gib"),
        connections: ctx.ledger.number("document.connections"),
    }
}

/// Chooses tier and shards: one shard of the smallest tier that holds it, or as many of the largest as it takes.
fn cluster(ctx: &mut Context<'_>, need: &Need) -> f64 {
    let all = ctx.cloud.document_tiers(&ctx.region);
    let steady = |tier: &&DocumentTier| ctx.class == Class::Development || is_steady(&all, tier);
    let tiers: Vec<DocumentTier> = all.iter().filter(steady).cloned().collect();
    let last = tiers.last().expect("the table of tiers has rows");
    let kept = ctx.committed_number("document.shards").unwrap_or(1.0);
    let shards = ceil(need.divisible(last).0).max(kept).max(1.0);
    let fits = |tier: &&DocumentTier| {
        need.over(tier, shards).0 <= 1.0 && (shards <= 1.0 || is_steady(&all, tier))
    };
    let mut tier = tiers.iter().find(fits).unwrap_or(last);
    let bound = need.over(tier, shards).1;
    let least = if ctx.class == Class::Development {
        "the smallest"
    } else {
        "the smallest whose processors are its own"
    };
    let chosen = ctx
        .ledger
        .add("document.tier", tier.name.clone(), Unit::Name)
        .why(format!(
            "{} vCPU, {} GiB of RAM, {} connections a node: {bound} decides; {least} at least",
            show(tier.vcpu),
            show(tier.ram_gib),
            show(tier.connections)
        ))
        .by(
            "the smallest tier for which each bound holds",
            "3.2",
            &[
                "document.vcpu",
                "document.ram_gib",
                "document.disk_needed_gib",
                "document.connections",
            ],
        )
        .graded(tier.grade)
        .text()
        .to_owned();
    // A person's pin: the rest follows their tier.
    if chosen != tier.name {
        match all.iter().find(|tier| tier.name == chosen) {
            Some(pinned) => tier = pinned,
            None => {
                let known = all.iter().map(|tier| tier.name.as_str());
                ctx.unknown_shape("document.tier", &chosen, known);
            }
        }
    }
    let times = need.divisible(tier).0;
    let needed = ceil(times).max(kept).max(1.0);
    let shards = ctx
        .ledger
        .add("document.shards", needed, Unit::Count)
        .why(format!(
            "{} times what one of {} holds, and never fewer than before",
            show(times),
            tier.name
        ))
        .by(
            "⌈the tightest bound⌉, never fewer",
            "3.2",
            &["document.tier"],
        )
        .number();
    grows(ctx, &all, tier);
    holds(ctx, need, tier, shards);
    shards
}

fn is_steady(all: &[DocumentTier], tier: &DocumentTier) -> bool {
    let place = |name: &str| all.iter().position(|one| one.name == name);
    place(&tier.name) >= place(FIRST_STEADY)
}

/// How far the cluster may grow by itself: one tier.
fn grows(ctx: &mut Context<'_>, all: &[DocumentTier], tier: &DocumentTier) {
    let place = all.iter().position(|one| one.name == tier.name);
    let next = place.and_then(|place| all.get(place + 1)).unwrap_or(tier);
    let scales = ctx.class != Class::Development && is_steady(all, tier) && next.name != tier.name;
    ctx.ledger
        .add("document.scales", scales, Unit::Name)
        .why(if scales {
            "a forecast that was too low costs a tier, not an outage"
        } else {
            "there is no next tier, or nobody waits for it"
        })
        .by("policy", "8", &["document.tier"]);
    let most = if scales { next } else { tier };
    ctx.ledger
        .add("document.tier_max", most.name.clone(), Unit::Name)
        .why("one tier above the sized one: what is more is a new forecast")
        .by("the next tier", "3.2", &["document.tier"])
        .graded(tier.grade);
}

/// Disk of a shard and what its nodes take at most.
fn holds(ctx: &mut Context<'_>, need: &Need, tier: &DocumentTier, shards: f64) {
    let disk = (need.disk_gib / shards)
        .max(tier.disk_gib)
        .min(tier.max_disk_gib);
    ctx.ledger
        .add("document.disk_gib", ceil(disk), Unit::Gib)
        .why(format!(
            "{} GiB over {} shards, {} that the tier has at least",
            show(need.disk_gib),
            show(shards),
            show(tier.disk_gib)
        ))
        .by(
            "max(needed ÷ shards, of the tier)",
            "3.2",
            &[
                "document.disk_needed_gib",
                "document.shards",
                "document.tier",
            ],
        );
    ctx.catalog_fact(
        "document.connections_limit",
        tier.connections,
        Unit::Count,
        "MongoDB Atlas documentation, Atlas service limits",
        Grade::B,
    );
    let (over, bound) = need.over(tier, shards);
    if over > 1.0 {
        ctx.warn(
            "platform.nosql",
            format!(
                "no tier of the document database holds its {bound}: {} times what {} has",
                show(over),
                tier.name
            ),
        );
    }
}

/// Suffixes of a room: as many as reach each shard several times over, so that the balancer can spread the loudest one.
fn room_shards(ctx: &mut Context<'_>, shards: f64) {
    let hot = ctx.constant("chat.hot_room_share");
    let needed = if shards > 1.0 {
        pow2(4.0 * shards * hot)
    } else {
        1.0
    };
    let kept = ctx.committed_number("nosql.room_shards").unwrap_or(1.0);
    ctx.ledger
        .add("nosql.room_shards", needed.max(kept), Unit::Count)
        .why(format!(
            "one room takes {} % of all; on one shard it needs no suffixes",
            show(100.0 * hot)
        ))
        .by(
            "4 × shards × hot share to a power of two, never fewer than before",
            "7.4",
            &["document.shards", "chat.hot_room_share"],
        );
}

/// Nodes of a shard: three over the zones, and one more that only long queries read.
fn nodes(ctx: &mut Context<'_>) {
    ctx.policy(
        "document.nodes",
        3.0,
        Unit::Count,
        "a majority is left without any one of them; Atlas puts each into a zone of its own",
    );
    let brings = |service: &Service| service.kind == ServiceKind::Event;
    let has_lake = ctx.has(Component::Lake)
        && (ctx.spec.lake.ingest_per_day.is_some() || ctx.spec.services.iter().any(brings));
    let reads_apart = ctx.class == Class::Production && has_lake;
    ctx.policy(
        "document.analytics_nodes",
        f64::from(reads_apart),
        Unit::Count,
        "queries over everything read a node of their own, where there is a lake to fill",
    );
}

/// Thresholds of the alerts.
fn alarms(ctx: &mut Context<'_>) {
    let target = ctx.constant("db.target_utilization");
    ctx.ledger
        .add(
            "document.alarms.cpu_percent",
            100.0 * (target + 0.2),
            Unit::Percent,
        )
        .why(format!(
            "a fifth above the {} % that the busiest minute was sized for",
            show(100.0 * target)
        ))
        .by("target + 0.2", "8", &["db.target_utilization"]);
    let limit = ctx.ledger.number("document.connections_limit");
    let sized = ctx.ledger.number("document.connections");
    ctx.ledger
        .add(
            "document.alarms.connections",
            (sized * 1.1).max(0.5 * limit).min(0.9 * limit),
            Unit::Count,
        )
        .why(format!(
            "{} are what all replicas open, a node takes {}",
            show(sized),
            show(limit)
        ))
        .by(
            "a tenth above the sized ones, from half to nine tenths of the limit",
            "8",
            &["document.connections", "document.connections_limit"],
        );
    for (name, value, unit, why) in [
        (
            "disk_percent",
            92.0,
            Unit::Percent,
            "the disk grows by itself at 90: above it, it did not",
        ),
        (
            "lag_s",
            30.0,
            Unit::Seconds,
            "what was written would be lost with the primary, were it not for the majority that acknowledges",
        ),
        (
            "scanned_per_returned",
            1000.0,
            Unit::Count,
            "a query without an index",
        ),
    ] {
        ctx.policy(&format!("document.alarms.{name}"), value, unit, why);
    }
}
