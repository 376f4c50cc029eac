//! Node pools: which machines, how many, and how far they may grow (capacity model, section 2.5).
//!
//! Comes in: the pods of all services. Goes out: the quantities `cluster.pools.<pool>.…`. The pools are `system`
//! (controllers and add-ons), `general` (pods that must not be interrupted), `spot` (workers that may be), `gpu` and
//! `gpu-spot`; only those that something runs on.

use crate::{
    catalog::NodeShape,
    ledger::{Unit, show},
    sizing::{Class, Context, ceil, ceil_to, workload::Pods},
};

mod quota;

pub(crate) use quota::quota;

/// vCPU of the largest machine that a pool is made of (C).
const LARGEST_VCPU: f64 = 32.0;

/// A node pool that exists.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Name; quantities are `cluster.pools.<name>.…`.
    pub name: &'static str,
    /// Whether its nodes may be reclaimed.
    pub spot: bool,
    /// Whether its nodes have an accelerator.
    pub gpu: bool,
    /// `amd64` or `arm64`.
    pub arch: String,
}

/// What is left of a node after the system's part and the daemons.
#[derive(Clone, Copy, Debug)]
struct Room {
    cpu_m: f64,
    memory_mib: f64,
    pods: f64,
}

/// Sizes all pools.
pub(crate) fn size(ctx: &mut Context<'_>, pods: &[Pods]) -> Vec<Pool> {
    let mut pools = vec![system(ctx)];
    let spot_share = spot_share(ctx);
    let (gpu, plain): (Vec<Pods>, Vec<Pods>) = pods.iter().cloned().partition(|pods| pods.gpu);
    let (steady, spot) = split(&plain, spot_share);
    if let Some(choice) = cheapest(ctx, "general", &steady) {
        pools.push(pool(
            ctx,
            "general",
            ctx.class == Class::Development,
            &choice,
            &steady,
        ));
    }
    if let Some(choice) = cheapest(ctx, "spot", &spot) {
        pools.push(pool(ctx, "spot", true, &choice, &spot));
    }
    pools.extend(accelerated(ctx, &gpu, spot_share));
    totals(ctx, pods, &pools);
    pools
}

fn spot_share(ctx: &mut Context<'_>) -> f64 {
    let stated = ctx.spec.spot.map(|share| share.get());
    if ctx.class == Class::Development && stated.is_none_or(|share| share > 0.0) {
        return ctx
            .ledger
            .add("platform.spot", 1.0, Unit::Ratio)
            .why("all that may be interrupted: the cheapest that works")
            .by("policy of a development environment", "9", &[])
            .number();
    }
    ctx.or_default(
        "platform.spot",
        stated,
        Unit::Ratio,
        0.0,
        "default: on demand only",
    )
}

/// Splits each service's pods into those on demand and those that may be interrupted.
fn split(pods: &[Pods], spot_share: f64) -> (Vec<Pods>, Vec<Pods>) {
    let part = |pods: &Pods, share: f64| Pods {
        peak: ceil(pods.peak * share),
        max: ceil(pods.max * share),
        floor: ceil(pods.floor * share),
        ..pods.clone()
    };
    let steady = pods.iter().map(|pods| {
        if pods.interruptible {
            part(pods, 1.0 - spot_share)
        } else {
            pods.clone()
        }
    });
    let spot = pods
        .iter()
        .filter(|pods| pods.interruptible)
        .map(|pods| part(pods, spot_share));
    (steady.collect(), spot.collect())
}

fn room(ctx: &mut Context<'_>, shape: &NodeShape) -> Room {
    let cpu = ctx.constant("node.daemonset_cpu_m");
    let memory = ctx.constant("node.daemonset_mem_mib");
    let pods = ctx.constant("node.daemonset_pods");
    Room {
        cpu_m: shape.cpu_alloc_m - cpu,
        memory_mib: shape.mem_alloc_mib - memory,
        pods: shape.max_pods - pods,
    }
}

/// Pods of one kind that one node holds.
fn per_node(room: Room, pods: &Pods) -> f64 {
    let by_cpu = (room.cpu_m / pods.cpu_m).floor();
    let by_memory = (room.memory_mib / pods.memory_mib).floor();
    by_cpu.min(by_memory).min(room.pods).max(0.0)
}

/// Nodes for the given numbers of pods: first fit, largest dominant share first. Infinite where a pod fits on none.
fn nodes_for(room: Room, pods: &[Pods], count: impl Fn(&Pods) -> f64) -> f64 {
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

/// The machine of a pool and what it was chosen over.
struct Choice {
    shape: NodeShape,
    rejected: Vec<(String, String)>,
}

/// Nodes of a pool at the peak: steady pools absorb the loss of a zone, reclaimable ones come up elsewhere.
fn nodes_at_peak(ctx: &mut Context<'_>, pool: &str, room: Room, pods: &[Pods]) -> f64 {
    if pool == "general" {
        return peak_nodes(ctx, room, pods);
    }
    ceil_to(nodes_for(room, pods, |pods| pods.peak), ctx.zones as f64)
}

/// Nodes of one pool at most: the stateless model of Netflix refuses more (section 2.5).
const MOST_NODES: f64 = 256.0;

/// A machine that holds the pods: its cost in whole micro-dollars an hour, so that equal costs are equal, and its nodes.
struct Candidate {
    cost: f64,
    nodes: f64,
    shape: NodeShape,
}

/// All machines that hold the pods and have a price, the cheapest first, fewer nodes where the cost is equal.
fn candidates(
    ctx: &mut Context<'_>,
    pool: &str,
    pods: &[Pods],
    shapes: &[NodeShape],
) -> Vec<Candidate> {
    let development = ctx.class == Class::Development;
    let on_spot = development || pool == "spot";
    let mut candidates = Vec::new();
    for shape in shapes
        .iter()
        .filter(|shape| development || !shape.burstable)
    {
        let room = room(ctx, shape);
        let nodes = nodes_at_peak(ctx, pool, room, pods);
        let price = if on_spot {
            shape.spot_hour.or(shape.usd_hour)
        } else {
            shape.usd_hour
        };
        if let (true, Some(price)) = (nodes.is_finite(), price) {
            candidates.push(Candidate {
                cost: (price * nodes * 1e6).round(),
                nodes,
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

/// The machine of a pool: least cost at the peak, of moderate size, at most 256 nodes. Where that many are not enough a larger
/// machine, and at last as few nodes as there can be, with a remark.
fn cheapest(ctx: &mut Context<'_>, pool: &str, pods: &[Pods]) -> Option<Choice> {
    if pods.iter().all(|pods| pods.max <= 0.0) {
        return None;
    }
    let shapes = ctx.cloud.general_node_shapes(&ctx.region);
    let mut candidates = candidates(ctx, pool, pods, &shapes);
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
            (
                one.shape.name.clone(),
                format!("{} nodes, {} USD/h", show(one.nodes), show(one.cost / 1e6)),
            )
        })
        .collect();
    let Some(Candidate { shape, .. }) = candidates.into_iter().next() else {
        ctx.warn(
            "services",
            format!(
                "no machine of {} holds the largest pod of pool {pool}",
                ctx.region
            ),
        );
        return None;
    };
    let quantity = format!("cluster.pools.{pool}.machine");
    let pinned = ctx
        .spec
        .pins
        .get(&quantity)
        .and_then(|pin| match &pin.value {
            crate::blueprint::PinValue::Text(name) => Some(name.clone()),
            crate::blueprint::PinValue::Number(_) => None,
        });
    let Some(name) = pinned else {
        return Some(Choice { shape, rejected });
    };
    let mut found = shapes.into_iter().find(|shape| shape.name == name);
    if found.is_none() {
        ctx.unknown_shape(&quantity, &name);
    }
    if let Some(pinned) = &found {
        let room = room(ctx, pinned);
        if pods.iter().any(|pods| per_node(room, pods) < 1.0) {
            let text = format!(
                "{name} does not hold the largest pod of pool {pool}; the computed one is used for what follows from it"
            );
            ctx.warn(&format!("pins.{quantity}"), text);
            found = None;
        }
    }
    Some(Choice {
        shape: found.unwrap_or(shape),
        rejected,
    })
}

fn pool(
    ctx: &mut Context<'_>,
    name: &'static str,
    spot: bool,
    choice: &Choice,
    pods: &[Pods],
) -> Pool {
    let shape = &choice.shape;
    let room = room(ctx, shape);
    let zones = ctx.zones as f64;
    let peak = nodes_at_peak(ctx, name, room, pods);
    let most = nodes_for(room, pods, |pods| pods.max);
    let floor = nodes_for(room, pods, |pods| pods.floor);
    // The rest of the zones alone carry what the autoscalers may ask for.
    let others = if ctx.absorbs_zone_loss() && zones > 1.0 {
        zones - 1.0
    } else {
        zones
    };
    let max_per_zone = ceil(most / others).max(1.0).max(ceil(peak / zones));
    let min_per_zone = if spot {
        0.0
    } else {
        (floor / zones).floor().max(1.0)
    };
    let fit = pods
        .iter()
        .map(|pods| per_node(room, pods))
        .fold(f64::INFINITY, f64::min);
    let facts = Facts {
        peak,
        min_per_zone,
        max_per_zone,
        per_node: fit,
    };
    let why = format!(
        "{} pods at the peak, {} a node; {} the {} of the autoscalers' maxima",
        show(pods.iter().map(|pods| pods.peak).sum()),
        show(fit),
        if others < zones {
            format!("{} of {} zones alone carry", show(others), show(zones))
        } else if zones > 1.0 {
            format!("its {} zones together carry", show(zones))
        } else {
            "its zone carries".to_owned()
        },
        show(pods.iter().map(|pods| pods.max).sum())
    );
    record(ctx, name, shape, &facts, &why);
    ctx.ledger
        .reject(&format!("cluster.pools.{name}.machine"), &choice.rejected);
    Pool {
        name,
        spot,
        gpu: false,
        arch: shape.arch.clone(),
    }
}

struct Facts {
    peak: f64,
    min_per_zone: f64,
    max_per_zone: f64,
    per_node: f64,
}

/// Why so many nodes of a pool are always there.
fn kept(pool: &str, min_per_zone: f64, zones: f64) -> String {
    if pool == "system" {
        return "controllers and add-ons never wait for a node".to_owned();
    }
    if min_per_zone == 0.0 {
        return "none is kept: the first pod that needs one waits for it".to_owned();
    }
    format!(
        "{} nodes in all: what the autoscalers' floors ask for",
        show(min_per_zone * zones)
    )
}

fn record(ctx: &mut Context<'_>, pool: &str, shape: &NodeShape, facts: &Facts, why: &str) {
    let name = |item: &str| format!("cluster.pools.{pool}.{item}");
    let zones = ctx.zones as f64;
    ctx.ledger
        .add(name("machine"), shape.name.clone(), Unit::Name)
        .why(why)
        .by("least cost over machine types", "2.5", &[])
        .graded(shape.grade);
    ctx.ledger
        .add(name("nodes"), facts.peak, Unit::Count)
        .why(why)
        .by(
            "first fit of the pods at the peak, whole zones",
            "2.5",
            &[&name("machine"), "node.daemonset_cpu_m"],
        );
    ctx.ledger
        .add(name("pods_per_node"), facts.per_node, Unit::Count)
        .why(format!("of the largest pod, on {}", shape.name))
        .by(
            "min(CPU, memory, pods) of what is left of a node",
            "2.5",
            &[&name("machine")],
        );
    ctx.ledger
        .add(name("min_per_zone"), facts.min_per_zone, Unit::Count)
        .why(kept(pool, facts.min_per_zone, zones))
        .by("nodes for the floors ÷ zones", "2.5", &[]);
    let max = ctx
        .ledger
        .add(name("max_per_zone"), facts.max_per_zone, Unit::Count)
        .why(format!(
            "{} nodes in all: {}",
            show(facts.max_per_zone * zones),
            if pool == "system" {
                "one more a zone while they are upgraded"
            } else {
                "the autoscalers' maxima"
            }
        ))
        .by(
            "nodes for the maxima ÷ (zones - 1)",
            "2.5",
            &[&name("nodes")],
        )
        .number();
    ctx.ledger
        .add(name("max_nodes"), max * zones, Unit::Count)
        .why(format!("{} a zone × {zones} zones", show(max)))
        .by("a zone's × zones", "2.5", &[&name("max_per_zone")]);
    ctx.ledger
        .add(
            name("cpu_limit"),
            ceil(max * zones * shape.vcpu),
            Unit::Vcpu,
        )
        .why(format!(
            "{} nodes × {} vCPU",
            show(max * zones),
            show(shape.vcpu)
        ))
        .by("nodes at most × vCPU", "2.5", &[&name("max_nodes")]);
    if shape.gpu.is_some() {
        ctx.ledger
            .add(name("gpus"), shape.gpu_count, Unit::Count)
            .why(format!("accelerators of one {}", shape.name))
            .by("of the machine type", "2.5", &[&name("machine")]);
    }
    ctx.policy_text(
        &name("disk_type"),
        "pd-balanced",
        "the boot disk: images and logs, no data",
    );
    let disk = if shape.gpu.is_some() {
        100.0
    } else if ctx.class == Class::Development {
        30.0
    } else {
        50.0
    };
    let why = if shape.gpu.is_some() {
        "images with the accelerator's libraries"
    } else {
        "images and logs of its pods"
    };
    ctx.policy(&name("disk_gib"), disk, Unit::Gib, why);
}

/// Controllers and add-ons: one node a zone, one more while it is upgraded.
fn system(ctx: &mut Context<'_>) -> Pool {
    let development = ctx.class == Class::Development;
    let shape = ctx
        .cloud
        .general_node_shapes(&ctx.region)
        .into_iter()
        .filter(|shape| {
            shape.vcpu >= 2.0 && shape.mem_gib >= 8.0 && (development || !shape.burstable)
        })
        .min_by(|a, b| {
            let price = |shape: &NodeShape| shape.usd_hour.unwrap_or(f64::INFINITY);
            price(a).total_cmp(&price(b)).then(a.name.cmp(&b.name))
        })
        .expect("the catalog has machines of 2 vCPU and 8 GiB for every region");
    let zones = ctx.zones as f64;
    let per_zone = if development { 2.0 } else { 1.0 };
    let room = room(ctx, &shape);
    let facts = Facts {
        peak: zones * per_zone,
        min_per_zone: per_zone,
        max_per_zone: per_zone + 1.0,
        per_node: room.pods,
    };
    let why = if development {
        "controllers and add-ons: two, so that one may be replaced"
    } else {
        "controllers and add-ons: one a zone, one more while it is upgraded"
    };
    record(ctx, "system", &shape, &facts, why);
    Pool {
        name: "system",
        spot: false,
        gpu: false,
        arch: shape.arch,
    }
}

/// Accelerator pools: the steady part on demand, the rest reclaimable; together the replicas at peak plus one zone.
fn accelerated(ctx: &mut Context<'_>, pods: &[Pods], spot_share: f64) -> Vec<Pool> {
    let wanted: f64 = pods.iter().map(|pods| pods.peak).sum();
    let Some(inference) = ctx.spec.inference.clone().filter(|_| wanted > 0.0) else {
        return Vec::new();
    };
    let Some(shape) = gpu_shape(ctx, &inference.gpu, pods) else {
        let known = ctx.cloud.gpus(&ctx.region).join(", ");
        ctx.warn(
            "inference.gpu",
            format!(
                "{} has no machine with one {}; it has {known}",
                ctx.region, inference.gpu
            ),
        );
        return Vec::new();
    };
    let zones = ctx.zones as f64;
    let floor: f64 = pods.iter().map(|pods| pods.floor).sum();
    let on_demand = ceil(wanted * (1.0 - spot_share));
    let mut pools = Vec::new();
    if on_demand > 0.0 {
        let per_zone = ceil(on_demand / zones);
        let most = if spot_share > 0.0 {
            per_zone
        } else {
            ceil((wanted + ceil(wanted / zones)) / zones)
        };
        let facts = Facts {
            peak: per_zone * zones,
            min_per_zone: (floor / zones).floor().min(per_zone),
            max_per_zone: most,
            per_node: 1.0,
        };
        let why = format!(
            "{} {} at the peak, {} % on demand; the trough keeps {} busy",
            show(wanted),
            inference.gpu,
            show(100.0 * (1.0 - spot_share)),
            show(floor)
        );
        record(ctx, "gpu", &shape, &facts, &why);
        pools.push(Pool {
            name: "gpu",
            spot: false,
            gpu: true,
            arch: shape.arch.clone(),
        });
    }
    if spot_share > 0.0 {
        let rest = wanted - on_demand + ceil(wanted / zones);
        let per_zone = ceil(rest / zones).max(1.0);
        let facts = Facts {
            peak: ceil_to(wanted - on_demand, zones),
            min_per_zone: 0.0,
            max_per_zone: per_zone,
            per_node: 1.0,
        };
        let why = if on_demand > 0.0 {
            format!(
                "the other {} % of {}, and one zone's more",
                show(100.0 * spot_share),
                show(wanted)
            )
        } else {
            format!(
                "all {} may be interrupted; and one zone's more",
                show(wanted)
            )
        };
        record(ctx, "gpu-spot", &shape, &facts, &why);
        pools.push(Pool {
            name: "gpu-spot",
            spot: true,
            gpu: true,
            arch: shape.arch,
        });
    }
    pools
}

fn gpu_shape(ctx: &mut Context<'_>, gpu: &str, pods: &[Pods]) -> Option<NodeShape> {
    let shapes = ctx.cloud.gpu_node_shapes(&ctx.region);
    let mut fitting: Vec<NodeShape> = shapes
        .into_iter()
        .filter(|shape| shape.gpu.as_deref() == Some(gpu) && shape.gpu_count == 1.0)
        .filter(|shape| {
            let room = room(ctx, shape);
            pods.iter().all(|pods| per_node(room, pods) >= 1.0)
        })
        .collect();
    fitting.sort_by(|a, b| {
        let price = |shape: &NodeShape| shape.usd_hour.unwrap_or(f64::INFINITY);
        price(a).total_cmp(&price(b)).then(a.name.cmp(&b.name))
    });
    fitting.into_iter().next()
}

/// What the address space and the quotas must hold: pods and nodes at their maximum.
fn totals(ctx: &mut Context<'_>, pods: &[Pods], pools: &[Pool]) {
    let names: Vec<String> = pools
        .iter()
        .map(|pool| format!("cluster.pools.{}.max_nodes", pool.name))
        .collect();
    let nodes: f64 = names.iter().map(|name| ctx.ledger.number(name)).sum();
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    let nodes = ctx
        .ledger
        .add("cluster.max_nodes", nodes, Unit::Count)
        .why("all pools at their maximum")
        .by("Σ nodes at most", "2.5", &inputs)
        .number();
    let max: f64 = pods.iter().map(|pods| pods.max).sum();
    let max = ctx
        .ledger
        .add("workloads.pods_max", max, Unit::Count)
        .why("services at the autoscalers' maximum")
        .by("Σ replicas.max", "2.5", &[])
        .number();
    let daemons = ctx.constant("node.daemonset_pods");
    ctx.ledger
        .add(
            "cluster.max_pods",
            max * 2.0 + 40.0 + daemons * nodes,
            Unit::Count,
        )
        .why(format!(
            "{} pods × 2 for a rollout + 40 add-ons + {daemons} daemons × {} nodes",
            show(max),
            show(nodes)
        ))
        .by(
            "2 × pods + add-ons + daemons × nodes",
            "2.5",
            &[
                "workloads.pods_max",
                "cluster.max_nodes",
                "node.daemonset_pods",
            ],
        );
}
