//! How many nodes of one machine hold how many pods (capacity model, section 2.5).
//!
//! Comes in: a machine and the pods of a pool. Goes out: its nodes at the peak, at the autoscalers' maxima and always. Promises: more
//! pods never need fewer nodes, and at the peak a steady pool carries the loss of a zone.

use crate::{
    catalog::NodeShape,
    sizing::{Context, ceil, ceil_to, datadog, workload::Pods},
};

/// What is left of a node after the system's part and the daemons.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) cpu_m: f64,
    pub(super) memory_mib: f64,
    pub(super) pods: f64,
}

/// What a pod has on every node, and so no other may ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Daemons {
    /// 1/1000 vCPU.
    pub(crate) cpu_m: f64,
    /// MiB.
    pub(crate) memory_mib: f64,
}

/// Constants that the room of daemons is made of: processor, then memory.
pub(crate) fn daemon_constants(ctx: &Context<'_>) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut ids = (vec!["node.daemonset_cpu_m"], vec!["node.daemonset_mem_mib"]);
    if datadog::is_chosen(ctx) {
        ids.0.push("node.datadog_cpu_m");
        ids.1.push("node.datadog_mem_mib");
    }
    ids
}

/// Daemons of one node; Datadog's agent is one more.
pub(crate) fn daemons(ctx: &mut Context<'_>) -> Daemons {
    let (cpu, memory) = daemon_constants(ctx);
    Daemons {
        cpu_m: cpu.into_iter().map(|id| ctx.constant(id)).sum(),
        memory_mib: memory.into_iter().map(|id| ctx.constant(id)).sum(),
    }
}

pub(super) fn room(ctx: &mut Context<'_>, shape: &NodeShape) -> Room {
    let daemons = daemons(ctx);
    let pods = ctx.constant("node.daemonset_pods");
    Room {
        cpu_m: shape.cpu_alloc_m - daemons.cpu_m,
        memory_mib: shape.mem_alloc_mib - daemons.memory_mib,
        pods: shape.max_pods - pods,
    }
}

/// Pods of one kind that one node holds.
pub(super) fn per_node(room: Room, pods: &Pods) -> f64 {
    let by_cpu = (room.cpu_m / pods.cpu_m).floor();
    let by_memory = (room.memory_mib / pods.memory_mib).floor();
    by_cpu.min(by_memory).min(room.pods).max(0.0)
}

/// Nodes for the given numbers of pods: first fit, largest dominant share first. Infinite where a pod fits on none.
pub(super) fn nodes_for(room: Room, pods: &[Pods], count: impl Fn(&Pods) -> f64) -> f64 {
    let share = |pods: &Pods| (pods.cpu_m / room.cpu_m).max(pods.memory_mib / room.memory_mib);
    let mut order: Vec<&Pods> = pods.iter().collect();
    order.sort_by(|a, b| {
        share(b)
            .total_cmp(&share(a))
            .then(a.service.cmp(&b.service))
    });
    // Nodes with equal room are one group, so that thousands of pods cost no more than a few.
    let mut groups: Vec<(Room, f64)> = Vec::new();
    for pods in order {
        let mut left = count(pods);
        let mut idx = 0;
        while left > 0.0 && idx < groups.len() {
            let (free, n_nodes) = groups[idx];
            let fit = per_node(free, pods);
            if fit >= 1.0 {
                let used = (left / fit).floor().min(n_nodes);
                let rest = if used < n_nodes {
                    (left - used * fit).max(0.0)
                } else {
                    0.0
                };
                left -= used * fit + rest;
                groups[idx].1 -= used + f64::from(rest > 0.0);
                groups.push((take(free, pods, fit), used));
                if rest > 0.0 {
                    groups.push((take(free, pods, rest), 1.0));
                }
            }
            idx += 1;
        }
        if left > 0.0 {
            let fit = per_node(room, pods);
            if fit < 1.0 {
                return f64::INFINITY;
            }
            let full = (left / fit).floor();
            groups.push((take(room, pods, fit), full));
            let rest = left - full * fit;
            if rest > 0.0 {
                groups.push((take(room, pods, rest), 1.0));
            }
        }
        groups.retain(|(_, n_nodes)| *n_nodes > 0.0);
    }
    groups.iter().map(|(_, n_nodes)| n_nodes).sum()
}

fn take(room: Room, pods: &Pods, n_pods: f64) -> Room {
    Room {
        cpu_m: room.cpu_m - n_pods * pods.cpu_m,
        memory_mib: room.memory_mib - n_pods * pods.memory_mib,
        pods: room.pods - n_pods,
    }
}

/// Nodes at the peak in whole zones, more until the loss of a zone is absorbed.
fn peak_nodes(ctx: &mut Context<'_>, room: Room, pods: &[Pods]) -> f64 {
    let zones = ctx.zones as f64;
    let nodes = ceil_to(nodes_for(room, pods, |pods| pods.peak), zones).max(zones);
    if !ctx.absorbs_zone_loss() || zones < 2.0 || !nodes.is_finite() {
        return nodes;
    }
    let fail = ctx.constant("cpu.zone_loss_utilization");
    let needed = nodes_for(room, pods, |pods| {
        ceil(pods.load * 1000.0 / (fail * pods.cpu_m)).min(pods.peak)
    });
    nodes.max(ceil_to(needed * zones / (zones - 1.0), zones))
}

/// Nodes of a pool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nodes {
    /// At the peak, in whole zones; infinite where a pod fits on none.
    pub(super) peak: f64,
    /// Always there, in one zone.
    pub(super) min_per_zone: f64,
    /// At most, in one zone.
    pub(super) max_per_zone: f64,
}

/// Nodes of a pool of one machine: steady pools absorb the loss of a zone, those that may be reclaimed come up elsewhere and keep none.
pub(super) fn nodes(
    ctx: &mut Context<'_>,
    (pool, reclaimable): (&str, bool),
    room: Room,
    pods: &[Pods],
) -> Nodes {
    let zones = ctx.zones as f64;
    let peak = if pool == "general" {
        peak_nodes(ctx, room, pods)
    } else {
        ceil_to(nodes_for(room, pods, |pods| pods.peak), zones)
    };
    let most = nodes_for(room, pods, |pods| pods.max);
    let min_per_zone = if reclaimable {
        0.0
    } else {
        (nodes_for(room, pods, |pods| pods.floor) / zones)
            .floor()
            .max(1.0)
    };
    Nodes {
        peak,
        min_per_zone,
        max_per_zone: ceil(most / carrying_zones(ctx))
            .max(1.0)
            .max(ceil(peak / zones)),
    }
}

/// Zones that alone carry what the autoscalers may ask for: all but one where the loss of a zone is absorbed.
pub(super) fn carrying_zones(ctx: &Context<'_>) -> f64 {
    let zones = ctx.zones as f64;
    if ctx.absorbs_zone_loss() && zones > 1.0 {
        zones - 1.0
    } else {
        zones
    }
}
