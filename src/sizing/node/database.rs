//! Pools for databases that run on the cluster: one for each class, whose machines hold one instance each.
//!
//! Comes in: the classes and instances of all nodes. Goes out: the quantities `cluster.pools.database-<class>.…`. Promises: a pool
//! holds all its instances, and one more a zone while a machine is replaced.

use std::collections::BTreeMap;

use super::{Facts, Pool, fit::Nodes, record};
use crate::sizing::{Context, ceil, database, workload::Pods};

/// Instances of one class: in all, and in the zones with the fewest and the most.
#[derive(Clone, Copy, Default)]
struct Instances {
    all: f64,
    least: f64,
    most: f64,
}

/// Class of each node, and its instances; none where the databases do not run here.
fn nodes(ctx: &Context<'_>) -> Vec<(String, String, f64)> {
    if !database::is_self_run(ctx) {
        return Vec::new();
    }
    let of = |keyspace: &crate::blueprint::Keyspace| {
        let prefix = format!("database.{}", keyspace.name);
        let instances = ctx.ledger.number(&format!("{prefix}.instances"));
        let shards = ctx.ledger.number(&format!("{prefix}.shards")) as usize;
        let coordinator = format!("{prefix}.nodes.{}", database::COORDINATOR);
        let coordinator = database::is_citus(ctx).then_some((coordinator, instances));
        (0..shards)
            .map(move |idx| (format!("{prefix}.nodes.s{idx:02}"), instances))
            .chain(coordinator)
    };
    let all = ctx.spec.data.keyspaces.iter().flat_map(of);
    all.map(|(node, instances)| {
        let class = ctx.ledger.text(&format!("{node}.class")).to_owned();
        (node, class, instances)
    })
    .collect()
}

/// The pools of all classes, by name.
pub(super) fn pools(ctx: &mut Context<'_>) -> Vec<Pool> {
    let zones = ctx.zones as f64;
    let mut classes: BTreeMap<String, Instances> = BTreeMap::new();
    for (_, class, instances) in nodes(ctx) {
        let sum = classes.entry(class).or_default();
        sum.all += instances;
        sum.least += (instances / zones).floor();
        sum.most += ceil(instances / zones);
    }
    let mut pools = Vec::new();
    for (class, instances) in classes {
        let Some(shape) = ctx.cloud.node_shape(&ctx.region, &class) else {
            continue;
        };
        let facts = Facts {
            nodes: Nodes {
                peak: instances.all,
                min_per_zone: instances.least,
                max_per_zone: database::while_splitting(ctx, instances.most) + 1.0,
            },
            per_node: 1.0,
        };
        let why = "the class of its databases: one instance a machine, one more a zone while one is replaced";
        let name = database::pool(&class);
        record(ctx, &name, &shape, &facts, why);
        pools.push(Pool {
            name,
            spot: false,
            gpu: false,
            database: true,
            arch: shape.arch,
        });
    }
    pools
}

/// Instances as pods of the namespace, with what runs beside each, and the poolers before them.
pub(super) fn pods(ctx: &Context<'_>) -> Vec<Pods> {
    let beside = |item: &str| ctx.ledger.number(&format!("database.sidecar_{item}"));
    let instance = |(node, _, instances): (String, String, f64)| Pods {
        service: node.clone(),
        cpu_m: ctx.ledger.number(&format!("{node}.cpu_request_m")) + beside("cpu_m"),
        memory_mib: ctx.ledger.number(&format!("{node}.memory_mib")) + beside("memory_mib"),
        peak: instances,
        max: instances,
        load: 0.0,
        gpu: false,
        interruptible: false,
        floor: instances,
    };
    let mut pods: Vec<Pods> = nodes(ctx).into_iter().map(instance).collect();
    let more: Vec<Pods> = pods
        .iter()
        .filter_map(|one| {
            let more = database::while_splitting(ctx, one.max) - one.max;
            (more > 0.0).then(|| Pods {
                service: format!("{}.splitting", one.service),
                peak: 0.0,
                max: more,
                floor: 0.0,
                ..one.clone()
            })
        })
        .collect();
    pods.extend(more);
    pods
}

/// Gates, topology and helpers of Vitess, which run where services do.
fn vitess(ctx: &Context<'_>) -> Vec<Pods> {
    let busy = database::gate_vcpu(ctx);
    database::beside(ctx)
        .into_iter()
        .map(|(name, n_pods, most, each)| {
            let pods = super::beside::always(name, n_pods, each);
            let load = if name == "vtgate" { busy } else { pods.load };
            Pods {
                max: most,
                load,
                ..pods
            }
        })
        .collect()
}

/// Poolers of every node that has some, which run where services do.
pub(super) fn poolers(ctx: &Context<'_>) -> Vec<Pods> {
    let size = ("pooler.cpu_request_m", "pooler.memory_mib");
    if database::is_vitess(ctx) {
        return vitess(ctx);
    }
    let all = nodes(ctx).into_iter().filter_map(|(node, _, _)| {
        let keyspace = node.split(".nodes.").next()?.to_owned();
        let poolers = ctx.ledger.number(&format!("{keyspace}.poolers"));
        (poolers > 0.0).then(|| {
            let each = (ctx.ledger.number(size.0), ctx.ledger.number(size.1));
            super::beside::always(&format!("{node}.pooler"), poolers, each)
        })
    });
    all.collect()
}
