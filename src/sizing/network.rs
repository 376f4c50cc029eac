//! Address plan and quotas: fixed blocks that are checked against the sizing, never derived from it.
//!
//! A changed block rebuilds a network. So each environment has its own generous blocks, chosen by its position, and the
//! sizing only warns where they would not hold its maximum.

use crate::{
    catalog::AddressPlan,
    component::Component,
    ledger::{Unit, show},
    sizing::{Class, Context, abroad},
};

/// Chooses blocks for the environment at `index`, and checks that pods and nodes fit.
pub(crate) fn size(ctx: &mut Context<'_>, index: usize) {
    let plan = ctx.cloud.address_plan(index);
    ctx.ledger
        .add("network.cidr", plan.cidr.clone(), Unit::Name)
        .why("one /16 an environment; no two of a project overlap, on either cloud")
        .by("position of the environment", "8", &[]);
    if ctx.has(Component::Cluster) {
        pods(ctx, &plan);
    }
    abroad::remarks(ctx);
    let per_zone = ctx.class == Class::Production;
    ctx.ledger
        .add("network.nat_per_zone", per_zone, Unit::Name)
        .why(if per_zone {
            "the loss of a zone must not take the others' way out"
        } else {
            "one for all zones: its loss is bearable here"
        })
        .by("redundancy minimum", "8", &[]);
    let zones = ctx.zones as f64;
    ctx.ledger
        .add("cluster.zones", zones, Unit::Count)
        .why(match ctx.class {
            Class::Production => "the loss of one is survived",
            Class::Rehearsal => "as production, so that a zone's loss can be rehearsed",
            Class::Development => "no traffic between zones to pay for",
        })
        .by("by what the environment is for", "8", &[]);
    if ctx.has(Component::Cluster) {
        ctx.policy_text(
            "cluster.version",
            "1.35",
            "the add-ons are pinned for 1.33 to 1.36",
        );
    }
}

/// Pods have addresses apart from those of the nodes.
fn pods(ctx: &mut Context<'_>, plan: &AddressPlan) {
    ctx.ledger
        .add("network.pods_cidr", plan.pods_cidr.clone(), Unit::Name)
        .why("pods apart from nodes, fixed for good")
        .by("position of the environment", "8", &[]);
    ctx.ledger
        .add("network.pods_capacity", plan.pods_capacity, Unit::Count)
        .why("addresses for pods in that block")
        .by(
            "size of the block, as nodes take it",
            "8",
            &["network.pods_cidr"],
        );
    let pods = ctx.ledger.number("cluster.max_pods");
    if pods > plan.pods_capacity {
        let text = format!(
            "{} pods at the maximum, the pod block holds {}",
            show(pods),
            show(plan.pods_capacity)
        );
        ctx.warn("users", text);
    }
    nodes(ctx, plan);
}

/// Each node takes a part of the pods' block for itself.
fn nodes(ctx: &mut Context<'_>, plan: &AddressPlan) {
    ctx.ledger
        .add("network.nodes_capacity", plan.nodes_capacity, Unit::Count)
        .why("parts of that block, one a node")
        .by(
            "size of the block, as nodes take it",
            "8",
            &["network.pods_cidr"],
        );
    let nodes = ctx.ledger.number("cluster.max_nodes");
    if nodes > plan.nodes_capacity {
        let text = format!(
            "{} nodes at the maximum, the pod block holds {}",
            show(nodes),
            show(plan.nodes_capacity)
        );
        ctx.warn("users", text);
    }
}
