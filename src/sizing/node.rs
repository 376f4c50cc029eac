//! Node pools: which machines, how many, and how far they may grow (capacity model, section 2.5).
//!
//! Comes in: the pods of all services, poolers and brokers. Goes out: the quantities `cluster.pools.<pool>.…`. The pools are `system`
//! (controllers and add-ons), `general` (pods that must not be interrupted), `spot` (workers that may be), `gpu` and
//! `gpu-spot`, and one for each class of databases that run here; only those that something runs on.

use crate::{
    catalog::NodeShape,
    ledger::{Unit, show},
    sizing::{Class, Context, ceil, ceil_to, workload::Pods},
};

mod beside;
mod choice;
mod database;
mod fit;
mod quota;

pub(crate) use beside::Beside;
use choice::{Choice, cheapest, disk_gib, reclaimable};
use fit::{Nodes, carrying_zones, nodes, per_node, room};
pub(crate) use fit::{daemon_constants, daemons};
pub(crate) use quota::quota;

/// A node pool that exists.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Name; quantities are `cluster.pools.<name>.…`.
    pub name: String,
    /// Whether its nodes may be reclaimed.
    pub spot: bool,
    /// Whether its nodes have an accelerator.
    pub gpu: bool,
    /// Whether its nodes hold instances of databases and nothing else.
    pub database: bool,
    /// `amd64` or `arm64`.
    pub arch: String,
}

/// Sizes all pools. Comes after the poolers and the brokers have their sizes.
pub(crate) fn size(ctx: &mut Context<'_>, pods: &[Pods], beside: &Beside) -> Vec<Pool> {
    let shapes = ctx.cloud.general_node_shapes(&ctx.region);
    let mut pools = vec![system(ctx, &shapes)];
    let spot_share = spot_share(ctx);
    let (gpu, plain): (Vec<Pods>, Vec<Pods>) = pods.iter().cloned().partition(|pods| pods.gpu);
    let (mut steady, spot) = split(&plain, spot_share);
    steady.extend(beside.all().cloned());
    if let Some(choice) = cheapest(ctx, "general", &steady, &shapes) {
        pools.push(pool(ctx, "general", &choice, &steady));
    }
    if let Some(choice) = cheapest(ctx, "spot", &spot, &shapes) {
        pools.push(pool(ctx, "spot", &choice, &spot));
    }
    pools.extend(accelerated(ctx, &gpu, spot_share));
    pools.extend(database::pools(ctx));
    totals(ctx, pods, beside, &pools);
    pools
}

/// Share of what may be interrupted that runs on reclaimable machines.
pub(crate) fn spot_share(ctx: &mut Context<'_>) -> f64 {
    if let Some(known) = ctx.ledger.get("platform.spot") {
        return known.number();
    }
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

fn pool(ctx: &mut Context<'_>, name: &str, choice: &Choice, pods: &[Pods]) -> Pool {
    let shape = &choice.shape;
    let room = room(ctx, shape);
    let zones = ctx.zones as f64;
    let spot = reclaimable(ctx, name);
    let nodes = nodes(ctx, (name, spot), room, pods);
    let others = carrying_zones(ctx);
    let fit = pods
        .iter()
        .map(|pods| per_node(room, pods))
        .fold(f64::INFINITY, f64::min);
    let facts = Facts {
        nodes,
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
        name: name.to_owned(),
        spot,
        gpu: false,
        database: false,
        arch: shape.arch.clone(),
    }
}

struct Facts {
    nodes: Nodes,
    per_node: f64,
}

/// Why so many nodes of a pool are always there.
fn kept(pool: &str, min_per_zone: f64, zones: f64) -> String {
    if pool == "system" {
        return "controllers and add-ons never wait for a node".to_owned();
    }
    if pool.starts_with("database-") {
        return "its instances are always there".to_owned();
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
    let machine = ctx
        .ledger
        .add(name("machine"), shape.name.clone(), Unit::Name)
        .why(why)
        .by("least cost over machine types", "2.5", &[])
        .graded(shape.grade)
        .text()
        .to_owned();
    if machine != shape.name {
        let mut known = ctx.cloud.general_node_shapes(&ctx.region);
        known.extend(ctx.cloud.gpu_node_shapes(&ctx.region));
        if !known.iter().any(|known| known.name == machine) {
            let known = known.iter().map(|known| known.name.as_str());
            ctx.unknown_shape(&name("machine"), &machine, known);
        }
    }
    let machine = name("machine");
    let mut inputs = vec![machine.as_str()];
    inputs.extend(daemon_constants(ctx).0);
    ctx.ledger
        .add(name("nodes"), facts.nodes.peak, Unit::Count)
        .why(why)
        .by(
            "first fit of the pods at the peak, whole zones",
            "2.5",
            &inputs,
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
        .add(name("min_per_zone"), facts.nodes.min_per_zone, Unit::Count)
        .why(kept(pool, facts.nodes.min_per_zone, zones))
        .by("nodes for the floors ÷ zones", "2.5", &[]);
    let max = ctx
        .ledger
        .add(name("max_per_zone"), facts.nodes.max_per_zone, Unit::Count)
        .why(format!(
            "{} nodes in all: {}",
            show(facts.nodes.max_per_zone * zones),
            if pool == "system" {
                "one more a zone while they are upgraded"
            } else if pool.starts_with("database-") {
                "its instances, one more a zone while one is replaced"
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
    let disk = disk_gib(ctx, shape);
    let why = if shape.gpu.is_some() {
        "images with the accelerator's libraries"
    } else {
        "images and logs of its pods"
    };
    ctx.policy(&name("disk_gib"), disk, Unit::Gib, why);
}

/// Controllers and add-ons: one node a zone, one more while it is upgraded.
fn system(ctx: &mut Context<'_>, shapes: &[NodeShape]) -> Pool {
    let development = ctx.class == Class::Development;
    let shape = shapes
        .iter()
        .filter(|shape| {
            shape.vcpu >= 2.0 && shape.mem_gib >= 8.0 && (development || !shape.burstable)
        })
        .min_by(|a, b| {
            let price = |shape: &NodeShape| shape.usd_hour.unwrap_or(f64::INFINITY);
            price(a).total_cmp(&price(b)).then(a.name.cmp(&b.name))
        })
        .expect("the catalog has machines of 2 vCPU and 8 GiB for every region")
        .clone();
    let zones = ctx.zones as f64;
    let per_zone = if development { 2.0 } else { 1.0 };
    let room = room(ctx, &shape);
    let facts = Facts {
        nodes: Nodes {
            peak: zones * per_zone,
            min_per_zone: per_zone,
            max_per_zone: per_zone + 1.0,
        },
        per_node: room.pods,
    };
    let why = if development {
        "controllers and add-ons: two, so that one may be replaced"
    } else {
        "controllers and add-ons: one a zone, one more while it is upgraded"
    };
    record(ctx, "system", &shape, &facts, why);
    Pool {
        name: "system".to_owned(),
        spot: false,
        gpu: false,
        database: false,
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
            nodes: Nodes {
                peak: per_zone * zones,
                min_per_zone: (floor / zones).floor().min(per_zone),
                max_per_zone: most,
            },
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
            name: "gpu".to_owned(),
            spot: false,
            gpu: true,
            database: false,
            arch: shape.arch.clone(),
        });
    }
    if spot_share > 0.0 {
        let rest = wanted - on_demand + ceil(wanted / zones);
        let per_zone = ceil(rest / zones).max(1.0);
        let facts = Facts {
            nodes: Nodes {
                peak: ceil_to(wanted - on_demand, zones),
                min_per_zone: 0.0,
                max_per_zone: per_zone,
            },
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
            name: "gpu-spot".to_owned(),
            spot: true,
            gpu: true,
            database: false,
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
fn totals(ctx: &mut Context<'_>, pods: &[Pods], beside: &Beside, pools: &[Pool]) {
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
    let beside = beside.all().chain(&beside.databases);
    let all = max + beside.map(|pods| pods.max).sum::<f64>();
    ctx.ledger
        .add(
            "cluster.max_pods",
            all * 2.0 + 40.0 + daemons * nodes,
            Unit::Count,
        )
        .why(format!(
            "{} pods × 2 for a rollout + 40 add-ons + {daemons} daemons × {} nodes",
            show(all),
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
