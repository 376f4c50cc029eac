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
    let pods = sizing
        .pods
        .iter()
        .map(|pods| format!("{} {} pods", show(pods.peak), pods.service));
    let shards: usize = sizing
        .keyspaces
        .iter()
        .map(|keyspace| keyspace.nodes.len())
        .sum();
    let nodes = format!("{} nodes at most", show(number("cluster.max_nodes")));
    let databases = match shards {
        1 => "1 database node".to_owned(),
        n => format!("{n} database nodes"),
    };
    let parts: Vec<String> = pods.chain([nodes, databases]).collect();
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
    for pods in &sizing.pods {
        let items = [
            "load",
            "jobs.peak",
            "workers",
            "servers",
            "replicas.min",
            "replicas.peak",
            "replicas.max",
            "cpu.target",
            "connections",
        ];
        tiers.push((pods.service.clone(), names(&pods.service, &items)));
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
    tiers.push((
        "cache".to_owned(),
        names("cache", &["memory_gib", "node", "shards", "replicas"]),
    ));
    tiers.push((
        "stream".to_owned(),
        names(
            "stream",
            &["in_mb_s", "broker", "brokers", "vcpu", "disk_gib"],
        ),
    ));
    for topic in &sizing.topics {
        tiers.push((
            format!("topic {}", topic.name),
            names(
                &format!("stream.topics.{}", topic.name),
                &["partitions", "consumers", "retention_h"],
            ),
        ));
    }
    tiers.push((
        "edge".to_owned(),
        names("edge", &["gb_month", "egress_gbps", "origin_rps"]),
    ));
    tiers.retain(|(_, rows)| rows.iter().any(|name| sizing.ledger.get(name).is_some()));
    tiers
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
