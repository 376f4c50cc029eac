//! Which machine a pool is made of: the one that costs least over the week (capacity model, section 2.5).
//!
//! Comes in: the pods of a pool and the machines of the region. Goes out: a machine, and what it was chosen over. Promises: what is
//! compared is what the bill will have, so that a pool with more pods is never a cheaper one.

use super::fit::{self, Nodes, per_node, room};
use crate::{
    catalog::{NodeShape, Service},
    ledger::show,
    sizing::{Class, Context, schedule, workload::Pods},
};

/// vCPU of the largest machine that a pool is made of (C).
const LARGEST_VCPU: f64 = 32.0;

/// Nodes of one pool at most: the stateless model of Netflix refuses more (section 2.5).
const MOST_NODES: f64 = 256.0;

/// The machine of a pool and what it was chosen over.
pub(super) struct Choice {
    pub(super) shape: NodeShape,
    pub(super) rejected: Vec<(String, String)>,
}

/// A machine that holds the pods: its cost in whole cents a month, so that equal costs are equal, and its nodes at the peak.
struct Candidate {
    cost: f64,
    nodes: f64,
    shape: NodeShape,
}

/// Whether a pool's nodes may be reclaimed: all of a development environment's may.
pub(super) fn reclaimable(ctx: &Context<'_>, pool: &str) -> bool {
    ctx.class == Class::Development || pool == "spot"
}

/// Price of a machine of a pool, USD an hour.
fn price(shape: &NodeShape, reclaimable: bool) -> Option<f64> {
    if reclaimable {
        shape.spot_hour.or(shape.usd_hour)
    } else {
        shape.usd_hour
    }
}

/// GiB of the boot disk of a node.
pub(super) fn disk_gib(ctx: &Context<'_>, shape: &NodeShape) -> f64 {
    match (shape.gpu.is_some(), ctx.class) {
        (true, _) => 100.0,
        (false, Class::Development) => 30.0,
        (false, Class::Rehearsal | Class::Production) => 50.0,
    }
}

/// USD a month and GiB of a boot disk; nothing where nobody sourced it.
fn disk_usd(ctx: &Context<'_>) -> f64 {
    ctx.cloud
        .service(Service::NodeDisk, "", &ctx.region)
        .map_or(0.0, |price| price.value)
}

/// USD a month of a pool whose nodes follow the week, as the bill has it; a node costs so much an hour, and so much a month.
fn month(ctx: &Context<'_>, nodes: &Nodes, usd_hour: f64, usd_month: f64) -> f64 {
    let floor = nodes.min_per_zone * ctx.zones as f64;
    let mean = schedule::mean_nodes(ctx.demand.week.hours(), floor, nodes.peak);
    schedule::instances(mean, usd_hour) + mean * usd_month
}

/// All machines that hold the pods and have a price, the cheapest first, fewer nodes where the cost is equal.
fn candidates(
    ctx: &mut Context<'_>,
    pool: &str,
    pods: &[Pods],
    shapes: &[NodeShape],
) -> Vec<Candidate> {
    let development = ctx.class == Class::Development;
    let reclaimable = reclaimable(ctx, pool);
    let disk_usd = disk_usd(ctx);
    let mut candidates = Vec::new();
    for shape in shapes
        .iter()
        .filter(|shape| development || !shape.burstable)
    {
        let room = room(ctx, shape);
        let nodes = fit::nodes(ctx, (pool, reclaimable), room, pods);
        if let (true, Some(price)) = (nodes.peak.is_finite(), price(shape, reclaimable)) {
            let usd = month(ctx, &nodes, price, disk_usd * disk_gib(ctx, shape));
            candidates.push(Candidate {
                cost: (usd * 100.0).round(),
                nodes: nodes.peak,
                shape: shape.clone(),
            });
        }
    }
    candidates.sort_by(|a, b| {
        a.cost
            .total_cmp(&b.cost)
            .then(a.nodes.total_cmp(&b.nodes))
            .then(a.shape.name.cmp(&b.shape.name))
    });
    candidates
}

/// The machine of a pool: least cost over the week, of moderate size, at most 256 nodes. Where that many are not enough a larger
/// machine, and at last as few nodes as there can be, with a remark.
pub(super) fn cheapest(
    ctx: &mut Context<'_>,
    pool: &str,
    pods: &[Pods],
    shapes: &[NodeShape],
) -> Option<Choice> {
    if pods.iter().all(|pods| pods.max <= 0.0) {
        return None;
    }
    let mut candidates = candidates(ctx, pool, pods, shapes);
    // A larger machine takes too many pods with it when it fails, and saves nothing.
    let moderate = |one: &Candidate| one.nodes <= MOST_NODES && one.shape.vcpu <= LARGEST_VCPU;
    if candidates.iter().any(moderate) {
        candidates.retain(moderate);
    } else if candidates.iter().any(|one| one.nodes <= MOST_NODES) {
        candidates.retain(|one| one.nodes <= MOST_NODES);
    } else {
        candidates.sort_by(|a, b| a.nodes.total_cmp(&b.nodes).then(a.cost.total_cmp(&b.cost)));
        if let Some(fewest) = candidates.first() {
            let text = format!(
                "pool {pool} needs {} {}, and more than {MOST_NODES} nodes in a pool are not advised: split the services over clusters",
                show(fewest.nodes),
                fewest.shape.name
            );
            ctx.warn("services", text);
        }
    }
    let rejected: Vec<(String, String)> = candidates
        .iter()
        .skip(1)
        .take(4)
        .map(|one| {
            let (nodes, usd) = (show(one.nodes), show(one.cost / 100.0));
            (
                one.shape.name.clone(),
                format!("{nodes} nodes at the peak, {usd} USD/month"),
            )
        })
        .collect();
    let Some(Candidate { shape, .. }) = candidates.into_iter().next() else {
        let text = format!(
            "no machine of {} holds the largest pod of pool {pool}",
            ctx.region
        );
        ctx.warn("services", text);
        return None;
    };
    let shape = pinned(ctx, pool, pods, shapes).unwrap_or(shape);
    Some(Choice { shape, rejected })
}

/// A person's choice of the machine, where it exists and holds the pods.
fn pinned(
    ctx: &mut Context<'_>,
    pool: &str,
    pods: &[Pods],
    shapes: &[NodeShape],
) -> Option<NodeShape> {
    let quantity = format!("cluster.pools.{pool}.machine");
    let name = match ctx.spec.pins.get(&quantity).map(|pin| &pin.value) {
        Some(crate::blueprint::PinValue::Text(name)) => name.clone(),
        _ => return None,
    };
    // A machine that there is not is refused where the pool is recorded.
    let shape = shapes.iter().find(|shape| shape.name == name)?.clone();
    let room = room(ctx, &shape);
    if pods.iter().any(|pods| per_node(room, pods) < 1.0) {
        let text = format!(
            "{name} does not hold the largest pod of pool {pool}; the computed one is used for what follows from it"
        );
        ctx.warn(&format!("pins.{quantity}"), text);
        return None;
    }
    Some(shape)
}
