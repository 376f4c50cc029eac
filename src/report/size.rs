//! Every tier of an environment: what it needs, what bounds it, what was assumed.

use serde_json::{Value as Json, json};

use super::{table::Table, value};
use crate::{
    ledger::{Origin, Quantity, show},
    sizing::Sizing,
};

/// The sizing of one environment, for people. `all` lists every quantity instead of those that a reader asks for first.
pub fn text(sizing: &Sizing, environment: &str, cloud: &str, all: bool, width: usize) -> String {
    let mut out = format!("{environment} on {cloud}\n\n{}\n", headline(sizing));
    if all {
        let mut table = Table::default();
        for quantity in sizing.ledger.iter() {
            table.row([quantity.name.clone(), value(quantity), reason(quantity)]);
        }
        return out + &table.render(2, width);
    }
    for (title, rows) in tiers(sizing) {
        let mut table = Table::default();
        for name in rows {
            if let Some(quantity) = sizing.ledger.get(&name) {
                table.row([name, value(quantity), reason(quantity)]);
            }
        }
        out.push_str(&format!("{title}\n{}\n", table.render(2, width)));
    }
    out.push_str(&assumed(sizing, width));
    out
}

/// Two lines that say what the plan is.
pub fn headline(sizing: &Sizing) -> String {
    let number = |name: &str| sizing.ledger.get(name).map_or(0.0, Quantity::number);
    let mut lines = vec![format!(
        "  peak {} req/s ({} at the busiest minute) · {} GiB at the horizon",
        show(number("demand.peak")),
        show(number("demand.design")),
        show(number("database.data_gib"))
    )];
    let services = running(sizing)
        .into_iter()
        .map(|one| format!("{} {} {}", show(one.peak.ceil()), one.service, one.noun));
    let shards: usize = sizing
        .keyspaces
        .iter()
        .map(|keyspace| keyspace.nodes.len())
        .sum();
    let nodes = sizing.ledger.get("cluster.max_nodes");
    let nodes = nodes.map(|nodes| format!("{} nodes at most", show(nodes.number())));
    let databases = match shards {
        0 => None,
        1 => Some("1 database node".to_owned()),
        n => Some(format!("{n} database nodes")),
    };
    let parts: Vec<String> = services.chain(nodes).chain(databases).collect();
    lines.push(format!("  {}", parts.join(" · ")));
    if let Some(total) = sizing.ledger.get("cost.total") {
        let largest = largest_share(sizing, total.number());
        lines.push(format!(
            "  about {} USD/month{largest}",
            show(total.number())
        ));
    }
    lines.join("\n") + "\n"
}

/// The component that costs most, with its share of all.
fn largest_share(sizing: &Sizing, total: f64) -> String {
    let components = sizing.ledger.iter().filter_map(|quantity| {
        let name = quantity.name.strip_prefix("cost.components.")?;
        Some((name, quantity.number()))
    });
    let largest = components.max_by(|one, other| one.1.total_cmp(&other.1));
    match largest {
        Some((name, cost)) if total > 0.0 => {
            format!(", of it {name} {:.0} %", cost / total * 100.0)
        }
        _ => String::new(),
    }
}

/// A service, and what it runs in.
pub(super) struct Running<'a> {
    pub(super) service: &'a str,
    /// Of several: pods, containers, machines, instances.
    pub(super) noun: &'static str,
    /// How many at the peak of the horizon.
    peak: f64,
}

/// Every service with what it runs in: on the cluster, as containers, on machines of its own, as functions.
pub(super) fn running(sizing: &Sizing) -> Vec<Running<'_>> {
    let number = |name: &str| sizing.ledger.get(name).map_or(0.0, Quantity::number);
    let one = |service, noun, peak| Running {
        service,
        noun,
        peak,
    };
    let pods = sizing
        .pods
        .iter()
        .map(|pods| one(&pods.service, "pods", pods.peak));
    let containers = sizing.containers.iter();
    let containers = containers.map(|each| one(&each.service, "containers", each.peak));
    let fleets = sizing.fleets.iter().map(|fleet| {
        let peak = number(&format!("{}.fleet.peak", fleet.service));
        one(&fleet.service, "machines", peak)
    });
    let functions = sizing.ledger.iter().filter_map(|quantity| {
        let service = quantity.name.strip_suffix(".concurrency.peak")?;
        Some(one(service, "instances", quantity.number()))
    });
    pods.chain(containers)
        .chain(fleets)
        .chain(functions)
        .collect()
}

/// What a reader asks for first of a service.
const OF_A_SERVICE: &[&str] = &[
    "load",
    "requests.peak",
    "jobs.peak",
    "workers",
    "servers",
    "concurrency.peak",
    "concurrency.surge",
    "cpu.vcpu",
    "fleet.machine",
    "fleet.peak",
    "fleet.on_demand_percent",
    "replicas.min",
    "replicas.peak",
    "replicas.max",
    "cpu.target",
    "connections",
];

/// Title, prefix and items of a tier.
type Tier = (&'static str, &'static str, &'static [&'static str]);

/// What a reader asks for first of the tiers that there is one of at most.
const SINGLE: &[Tier] = &[
    (
        "gateway",
        "gateway",
        &["load", "replicas.min", "replicas.max"],
    ),
    ("pooler", "pooler", &["clients", "servers", "replicas"]),
    (
        "cache",
        "cache",
        &[
            "memory_gib",
            "sessions",
            "operations",
            "node",
            "shards",
            "replicas",
        ],
    ),
    (
        "edge cache",
        "edge_cache",
        &["operations_month", "primary", "budget_usd"],
    ),
    (
        "key-value store",
        "nosql",
        &[
            "writes.peak",
            "reads.peak",
            "room_shards",
            "billing",
            "wcu.peak",
            "rcu.peak",
            "nodes.min",
            "nodes.max",
            "gb",
        ],
    ),
    (
        "document database",
        "document",
        &[
            "tier",
            "shards",
            "nodes",
            "disk_gib",
            "working_set_gib",
            "connections",
        ],
    ),
    (
        "warehouse",
        "warehouse",
        &[
            "stored_gb",
            "scanned_tb_month",
            "base_rpu",
            "max_rpu",
            "freshness_s",
        ],
    ),
    (
        "lake",
        "lake",
        &["ingest_gb_day", "stored_gb", "scanned_gb_day"],
    ),
    (
        "workflow",
        "workflow",
        &["executions.peak", "transitions", "max_attempts"],
    ),
    (
        "stream",
        "stream",
        &["in_mb_s", "broker", "brokers", "vcpu", "disk_gib"],
    ),
];

/// As [`SINGLE`], what stands at the end.
const DELIVERY: &[Tier] = &[
    (
        "video",
        "media",
        &[
            "inputs",
            "viewers.peak",
            "egress_gbps",
            "origin_gbps",
            "gb_month",
            "transcode.vcpu",
        ],
    ),
    ("edge", "edge", &["gb_month", "egress_gbps", "origin_rps"]),
    ("edge compute", "edge_compute", &["requests_month"]),
    (
        "telemetry",
        "otel",
        &["traces_per_s", "sampling_percent", "replicas"],
    ),
];

/// What a reader asks for first, by tier.
pub(super) fn tiers(sizing: &Sizing) -> Vec<(String, Vec<String>)> {
    let names = |prefix: &str, items: &[&str]| {
        items
            .iter()
            .map(|item| format!("{prefix}.{item}"))
            .collect::<Vec<_>>()
    };
    let mut tiers = vec![(
        "demand".to_owned(),
        names(
            "demand",
            &["mau", "mean", "peak", "design", "surge", "reads", "writes"],
        ),
    )];
    for one in running(sizing) {
        tiers.push((one.service.to_owned(), names(one.service, OF_A_SERVICE)));
    }
    for pool in &sizing.pools {
        let items = ["machine", "nodes", "min_per_zone", "max_per_zone"];
        tiers.push((
            format!("node pool {}", pool.name),
            names(&format!("cluster.pools.{}", pool.name), &items),
        ));
    }
    for keyspace in &sizing.keyspaces {
        let items = [
            "data_gib",
            "shards",
            "outgrown",
            "class",
            "disk_gib",
            "replicas",
            "max_connections",
            "pooler",
        ];
        tiers.push((
            format!("keyspace {}", keyspace.name),
            names(&format!("database.{}", keyspace.name), &items),
        ));
    }
    let single = |(title, prefix, items): &Tier| ((*title).to_owned(), names(prefix, items));
    let pools = sizing.ledger.get("pooler.needed").is_some() && sizing.ledger.flag("pooler.needed");
    let stands = |(title, ..): &&Tier| *title != "pooler" || pools;
    tiers.extend(SINGLE.iter().filter(stands).map(single));
    for topic in &sizing.topics {
        tiers.push((
            format!("topic {}", topic.name),
            names(
                &format!("stream.topics.{}", topic.name),
                &["partitions", "consumers", "retention_h"],
            ),
        ));
    }
    tiers.extend(buckets(sizing));
    tiers.extend(DELIVERY.iter().map(single));
    tiers.retain(|(_, rows)| rows.iter().any(|name| sizing.ledger.get(name).is_some()));
    tiers
}

/// What each bucket takes and gives.
fn buckets(sizing: &Sizing) -> impl Iterator<Item = (String, Vec<String>)> {
    sizing.ledger.names().filter_map(|name| {
        let bucket = name
            .strip_prefix("object_storage.")?
            .strip_suffix(".put_rate")?;
        let items = ["put_rate", "get_rate", "gb"].into_iter();
        let names = items.map(|item| format!("object_storage.{bucket}.{item}"));
        Some((format!("bucket {bucket}"), names.collect()))
    })
}

fn reason(quantity: &Quantity) -> String {
    match &quantity.derivation.origin {
        _ if quantity.pinned.is_some() => "pinned".to_owned(),
        Origin::Stated(place) => format!("stated, {place}"),
        Origin::Assumed(source) => format!("assumed: {source}"),
        Origin::Catalog(source) => source.clone(),
        Origin::Computed if quantity.why.is_empty() => quantity.derivation.formula.clone(),
        Origin::Computed => quantity.why.clone(),
    }
}

/// Defaults that nobody stated.
fn assumed(sizing: &Sizing, width: usize) -> String {
    let mut table = Table::default();
    for quantity in sizing.ledger.iter() {
        if let Origin::Assumed(source) = &quantity.derivation.origin {
            table.row([quantity.name.clone(), value(quantity), source.clone()]);
        }
    }
    format!(
        "assumed, state them to replace them\n{}",
        table.render(2, width)
    )
}

/// The sizing of one environment, for machines.
pub fn json(sizing: &Sizing, environment: &str, cloud: &str) -> Json {
    let quantity = |quantity: &Quantity| {
        json!({
            "name": quantity.name,
            "value": quantity.value,
            "unit": quantity.unit.suffix().trim(),
            "why": reason(quantity),
            "section": quantity.derivation.section,
            "assumed": matches!(quantity.derivation.origin, Origin::Assumed(_)),
            "pinned": quantity.pinned,
        })
    };
    json!({
        "environment": environment,
        "cloud": cloud,
        "quantities": sizing.ledger.iter().map(quantity).collect::<Vec<_>>(),
    })
}
