//! What each tier of one environment needs, and why.
//!
//! Comes in: demand, catalog and blueprint, and what an earlier run committed. Goes out: a [`Sizing`] whose ledger holds
//! every quantity with its derivation. All formulas of the capacity model are below this module, one file per tier, in
//! the order compute, cache, database, stream, delivery. Promises: no formula elsewhere; monotone in load within a rung;
//! never below the redundancy minima; the same input gives the same ledger.

use std::collections::BTreeMap;

use crate::{
    blueprint::{ServiceKind, Spec},
    catalog::CloudCatalog,
    component::Component,
    constants::Constants,
    demand::{self, Demand},
    ledger::Ledger,
    sharding::map::ShardMap,
    sides::Side,
    units::Ratio,
};

pub(crate) mod abroad;
mod availability;
pub mod cache;
mod container;
mod context;
pub mod database;
mod datadog;
mod delivery;
mod document;
mod edge_cache;
mod edge_compute;
mod errors;
pub mod fleet;
mod function;
mod gateway;
pub mod ladder;
mod lake;
mod loadtest;
mod media;
mod network;
pub mod node;
mod nosql;
pub mod object_storage;
mod operation;
mod placement;
mod policy;
mod pooler;
mod qstash;
pub mod queueing;
pub mod quota;
pub mod rate_limit;
pub mod schedule;
mod side;
pub mod stream;
mod telemetry;
mod warehouse;
mod workflow;
pub mod workload;
pub mod zipf;

pub(crate) use context::Context;

/// What an environment is for. Follows its scale: the whole of the users is production, a tenth or more rehearses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The cheapest that works, one zone, may be lost.
    Development,
    /// As production in shape, without its redundancy.
    Rehearsal,
    /// Serves users: redundancy minima hold.
    Production,
}

impl Class {
    /// The class of an environment with this share of the users.
    pub fn of(scale: Ratio) -> Self {
        if scale.get() >= 1.0 {
            Self::Production
        } else if scale.get() >= 0.1 {
            Self::Rehearsal
        } else {
            Self::Development
        }
    }
}

/// What an earlier run committed for this environment: quantities by name, and the shard map.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// Numbers by quantity name.
    pub numbers: BTreeMap<String, f64>,
    /// Names by quantity name.
    pub texts: BTreeMap<String, String>,
    /// The shard map, if there was one.
    pub shard_map: Option<ShardMap>,
}

/// Everything that sizing one environment on one cloud needs.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Name of the project.
    pub project: &'a str,
    /// The environment's blueprint.
    pub spec: &'a Spec,
    /// Its share of users and data.
    pub scale: Ratio,
    /// Share of the load that this cloud carries; 1 where there is no other.
    pub share: Ratio,
    /// All sides of a project on several clouds.
    pub sides: &'a [Side],
    /// Its position among the environments, from 0.
    pub index: usize,
    /// Facts of its cloud.
    pub cloud: &'a CloudCatalog,
    /// Constants of the model.
    pub constants: &'a Constants,
    /// Its main region; the catalog knows it.
    pub region: &'a str,
    /// Choices of `platform:` with the architecture's defaults.
    pub choice: &'a BTreeMap<String, String>,
    /// Components of the architecture.
    pub components: &'a [Component],
    /// What an earlier run committed.
    pub committed: &'a Committed,
}

/// A remark about legal input: where it points, and what to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Path into the blueprint.
    pub path: String,
    /// One sentence.
    pub text: String,
}

/// One sized environment.
#[derive(Clone, Debug)]
pub struct Sizing {
    /// What it is for.
    pub class: Class,
    /// Its load.
    pub demand: Demand,
    /// Every quantity with its derivation.
    pub ledger: Ledger,
    /// Zones in use.
    pub zones: Vec<String>,
    /// Node pools that exist.
    pub pools: Vec<node::Pool>,
    /// Pods of every service that runs on a cluster.
    pub pods: Vec<workload::Pods>,
    /// Managed containers of every service that runs as such.
    pub containers: Vec<workload::Pods>,
    /// Services on machines of their own.
    pub fleets: Vec<fleet::Fleet>,
    /// Topics, dead letters included.
    pub topics: Vec<stream::Topic>,
    /// Keyspaces with their nodes.
    pub keyspaces: Vec<database::SizedKeyspace>,
    /// Service quotas that the plan touches.
    pub quotas: Vec<quota::Quota>,
    /// Which node owns what.
    pub shard_map: ShardMap,
    /// Warnings.
    pub remarks: Vec<Remark>,
    /// Pins that cannot stand: what follows from them is computed as if they were not there, and must not be used.
    pub mistakes: Vec<Remark>,
}

/// Sizes one environment on one cloud.
pub fn size(request: &Request<'_>) -> Sizing {
    let class = Class::of(request.scale);
    let load_scale = Ratio::new(request.scale.get() * request.share.get());
    let mut ledger = Ledger::with_pins(request.spec.pins.clone());
    let home = request.cloud.continent(request.region);
    let demand = demand::derive(
        request.spec,
        load_scale,
        home,
        request.constants,
        &mut ledger,
    );
    let zones = zones(request, class);
    let mut ctx = Context {
        spec: request.spec,
        class,
        scale: load_scale.get(),
        zones: zones.len(),
        demand: &demand,
        cloud: request.cloud,
        constants: request.constants,
        region: request.region.to_owned(),
        choice: request.choice,
        components: request.components,
        committed: request.committed,
        ledger: &mut ledger,
        remarks: Vec::new(),
        mistakes: Vec::new(),
    };
    let tiers = tiers(&mut ctx, request.index);
    side::size(&mut ctx, request.sides);
    contradictions(&mut ctx);
    let (mut remarks, mut mistakes) = (ctx.remarks, ctx.mistakes);
    mistakes.extend(ledger.refused_pins().map(|(name, why)| Remark {
        path: format!("pins.{name}"),
        text: why.to_owned(),
    }));
    let shard_map = placement::shard_map(request, &tiers.keyspaces, &ledger, &mut remarks);
    Sizing {
        class,
        ledger,
        zones,
        pools: tiers.pools,
        pods: tiers.pods,
        containers: tiers.containers,
        fleets: tiers.fleets,
        topics: tiers.topics,
        keyspaces: tiers.keyspaces,
        quotas: tiers.quotas,
        shard_map,
        remarks,
        mistakes,
        demand,
    }
}

struct Tiers {
    pods: Vec<workload::Pods>,
    containers: Vec<workload::Pods>,
    fleets: Vec<fleet::Fleet>,
    pools: Vec<node::Pool>,
    topics: Vec<stream::Topic>,
    keyspaces: Vec<database::SizedKeyspace>,
    quotas: Vec<quota::Quota>,
}

/// The provider-neutral order of evaluation (section 0); no step reads a later one.
fn tiers(ctx: &mut Context<'_>, index: usize) -> Tiers {
    rate_limit::check(ctx);
    stream::check(ctx);
    policy::objectives(ctx);
    media::size(ctx);
    let mut pods = workload::size(ctx);
    if ctx.has(Component::Gateway) {
        pods.push(gateway::size(ctx));
    }
    let containers = container::size(ctx);
    function::size(ctx);
    let fleets = fleet::size(ctx);
    abroad::size(ctx, index);
    database::data(ctx);
    database::statements(ctx);
    let uses_cache = (ctx.has(Component::Cache) || ctx.has(Component::EdgeCache))
        && ctx
            .spec
            .services
            .iter()
            .any(|service| service.cache.unwrap_or(service.kind == ServiceKind::Http));
    let effect = if uses_cache {
        cache::size(ctx)
    } else {
        cache::CacheEffect {
            hit: 0.0,
            cacheable: 0.0,
        }
    };
    let keyspaces = database::size(ctx, effect);
    pooler::size(ctx, &keyspaces);
    let topics = stream::topics(ctx.spec, stream::is_by_queue(ctx.choice));
    stream::size(ctx, &topics);
    nosql::size(ctx);
    document::size(ctx, effect);
    operation::own_brokers(ctx);
    let beside = node::Beside::of(ctx);
    let pools = if ctx.has(Component::Cluster) {
        node::size(ctx, &pods, &beside)
    } else {
        Vec::new()
    };
    delivery::size(ctx);
    edge_compute::size(ctx);
    availability::size(ctx);
    if ctx.has(Component::ObjectStorage) {
        object_storage::size(ctx);
    }
    warehouse::size(ctx);
    network::size(ctx, index);
    policy::rest(ctx);
    operation::size(ctx);
    rate_limit::calls(ctx);
    datadog::size(ctx);
    errors::size(ctx);
    qstash::size(ctx);
    workflow::size(ctx);
    lake::size(ctx);
    if ctx.has(Component::Cluster) {
        node::quota(ctx, &pods, &beside);
    }
    loadtest::size(ctx);
    let nodes = keyspaces.iter().map(|keyspace| keyspace.nodes.len()).sum();
    let quotas = quota::size(ctx, &pools, &containers, nodes);
    Tiers {
        quotas,
        pods,
        containers,
        fleets,
        pools,
        topics,
        keyspaces,
    }
}

/// Pins of all environments whose quantity is in none of them: their names are wrong.
pub fn unknown_pins(sizings: &[Sizing]) -> Vec<Remark> {
    let is_known = |name: &str| {
        sizings
            .iter()
            .any(|sizing| sizing.ledger.get(name).is_some())
    };
    let mut unknown: Vec<Remark> = Vec::new();
    for sizing in sizings {
        for name in sizing.ledger.unused_pins() {
            let path = format!("pins.{name}");
            if !is_known(name) && !unknown.iter().any(|known| known.path == path) {
                let hint = meant(name, sizing.ledger.names());
                let text = format!("no quantity is named {name}{hint}");
                unknown.push(Remark { path, text });
            }
        }
    }
    unknown
}

fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = crate::catalog::nearest(name, known);
    nearest
        .first()
        .map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"))
}

/// Three zones, or all the region has; one for development.
fn zones(request: &Request<'_>, class: Class) -> Vec<String> {
    let wanted = if class == Class::Development { 1 } else { 3 };
    let mut zones = request.cloud.zones(request.region);
    zones.truncate(wanted);
    zones
}

fn contradictions(ctx: &mut Context<'_>) {
    for (path, text) in demand::contradictions(ctx.spec, ctx.constants) {
        ctx.warn(&path, text);
    }
}

/// Smallest whole number that is not below `x`, with room for the last bit of an exact quotient.
pub fn ceil(x: f64) -> f64 {
    (x - 1e-9).ceil() + 0.0
}

/// Smallest multiple of `m` that is not below `x`.
pub fn ceil_to(x: f64, m: f64) -> f64 {
    ceil(x / m) * m
}

/// Smallest power of two that is not below `x` and not below 1.
pub fn pow2(x: f64) -> f64 {
    let mut power = 1.0;
    while power < x - 1e-9 {
        power *= 2.0;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_quotients_do_not_round_up() {
        assert_eq!(ceil(0.3 / 0.1), 3.0);
        assert_eq!(ceil_to(12.0, 3.0), 12.0);
        assert_eq!(ceil_to(13.0, 3.0), 15.0);
        assert_eq!(pow2(1.72), 2.0);
        assert_eq!(pow2(0.2), 1.0);
        assert_eq!(pow2(4.0), 4.0);
    }

    #[test]
    fn the_class_follows_the_scale() {
        assert_eq!(Class::of(Ratio::new(0.01)), Class::Development);
        assert_eq!(Class::of(Ratio::new(0.1)), Class::Rehearsal);
        assert_eq!(Class::of(Ratio::new(1.0)), Class::Production);
    }
}
