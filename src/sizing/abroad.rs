//! Shards in further regions of the cloud: whose rows stand where, and how far that is (sharding by region).
//!
//! Comes in: where users are, the regions that the blueprint states, the map that an earlier run committed. Goes out: the
//! quantities `network.abroad.<region>.…`, and the region of each shard that is added. Promises: what stands in a region, and the
//! block of its network, stay.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    blueprint::{Keyspace, Spec, Strategy},
    catalog::CloudCatalog,
    component::Component,
    ledger::{Unit, show},
    sharding::map::ShardMap,
    sizing::{Class, Context},
};

/// Further regions of an environment that a network block is kept for.
const MOST_REGIONS: usize = 8;

/// Regions of the cloud by those of the users whose rows stand there, where that is not the main region: the first that is stated
/// on their continent.
///
/// None in development, which is the cheapest that works, and none where the network is one of others in one region.
pub(super) fn places(
    spec: &Spec,
    class: Class,
    cloud: &CloudCatalog,
    home: &str,
) -> BTreeMap<String, String> {
    let by_region = |keyspace: &Keyspace| keyspace.strategy == Strategy::Region;
    let adopted = cloud.networks_are_regional() && spec.existing.contains_key("network");
    if class == Class::Development || adopted || !spec.data.keyspaces.iter().any(by_region) {
        return BTreeMap::new();
    }
    let stated = stated(spec, home);
    let nearest = |continent: &String| {
        let region = stated
            .iter()
            .find(|region| cloud.continent(region) == continent)?;
        (region != home).then(|| (continent.clone(), region.clone()))
    };
    spec.users.locations.keys().filter_map(nearest).collect()
}

/// Regions that the blueprint states for the cloud with this main region, which comes first.
pub(super) fn stated<'a>(spec: &'a Spec, home: &str) -> &'a [String] {
    let lists = &mut spec.regions.values();
    lists
        .find(|list| list.first().is_some_and(|first| first == home))
        .map_or(&[], Vec::as_slice)
}

/// Regions in which shards of a map stand beside the main one.
pub(crate) fn inhabited(map: &ShardMap) -> BTreeSet<String> {
    map.shards()
        .filter_map(|(_, shard)| shard.cloud_region.clone())
        .collect()
}

/// Regions in which shards stand or will.
pub(crate) fn regions(ctx: &Context<'_>) -> BTreeSet<String> {
    let mut regions = ctx
        .committed
        .shard_map
        .as_ref()
        .map(inhabited)
        .unwrap_or_default();
    if ctx.has(Component::Sharding) {
        regions.extend(places(ctx.spec, ctx.class, ctx.cloud, &ctx.region).into_values());
    }
    regions
}

/// Block and distance of each region, for the environment at `index`.
pub(crate) fn size(ctx: &mut Context<'_>, index: usize) {
    let regions = regions(ctx);
    let name = |region: &str, item: &str| format!("network.abroad.{region}.{item}");
    let kept = |ctx: &Context<'_>, region: &String| ctx.committed_text(&name(region, "cidr"));
    let mut taken: BTreeSet<String> = regions
        .iter()
        .filter_map(|region| kept(ctx, region))
        .collect();
    for region in &regions {
        if ctx.cloud.networks_are_regional() {
            let free = (0..MOST_REGIONS)
                .map(|slot| ctx.cloud.block_abroad(index, slot))
                .find(|block| !taken.contains(block));
            let Some(block) = kept(ctx, region).or(free) else {
                let text = format!(
                    "an environment has blocks for {MOST_REGIONS} further regions, and none is left for {region}"
                );
                ctx.warn("region", text);
                continue;
            };
            taken.insert(block.clone());
            ctx.ledger
                .add(name(region, "cidr"), block, Unit::Name)
                .why("a /18 for the data of one further region, fixed for good; no two of a project overlap, on either cloud")
                .by("position of the environment", "8", &[]);
        }
        round_trip(ctx, region, &name(region, "rtt_ms"));
    }
}

fn round_trip(ctx: &mut Context<'_>, region: &str, name: &str) {
    let km = ctx.cloud.distance_km(&ctx.region, region).unwrap_or(0.0);
    let fibre = ctx.constant("net.fibre_km_per_ms_rtt");
    let inflation = ctx.constant("net.path_inflation");
    let why = format!("{} km from {}", show(km.round()), ctx.region);
    ctx.ledger
        .add(name, (km / fibre * inflation).round(), Unit::Millis)
        .why(why)
        .by(
            "distance ÷ 100 km/ms × path inflation",
            "6",
            &["net.fibre_km_per_ms_rtt", "net.path_inflation"],
        );
}

/// Round trip from the services to the farthest shard of a keyspace, ms; 0 where all are at home.
pub(crate) fn farthest_ms(ctx: &Context<'_>, keyspace: &Keyspace) -> f64 {
    if keyspace.strategy != Strategy::Region {
        return 0.0;
    }
    let rtt = |region: &String| {
        ctx.ledger
            .number(&format!("network.abroad.{region}.rtt_ms"))
    };
    regions(ctx).iter().map(rtt).fold(0.0, f64::max)
}

/// From when a statement on a shard in a further region is slow, as a service measures it.
pub(crate) fn query_alarms(ctx: &mut Context<'_>) {
    let home_ms = ctx.ledger.number("database.query_ms");
    for region in regions(ctx) {
        let rtt = format!("network.abroad.{region}.rtt_ms");
        let way_ms = ctx.ledger.number(&rtt);
        ctx.ledger
            .add(
                format!("network.abroad.{region}.query_alarm_s"),
                (home_ms + way_ms) / 1000.0,
                Unit::Seconds,
            )
            .why("mean statement, and the way to that region and back")
            .by(
                "database.query_ms + round trip",
                "3.2",
                &["database.query_ms", &rtt],
            );
    }
}

/// Says what the distance does to the latency objective, and which stated regions stay empty.
pub(crate) fn remarks(ctx: &mut Context<'_>) {
    let regions = regions(ctx);
    let (objective, _) = ctx.latency();
    let statements = ctx.constant("db.reads_per_request");
    for region in &regions {
        let rtt = ctx
            .ledger
            .number(&format!("network.abroad.{region}.rtt_ms"));
        if rtt * statements > objective {
            let text = format!(
                "{} statements one after the other on a shard in {region} take {} ms on the way from {}, more than the objective of {} ms: serve those users from there, or state what is true of them",
                show(statements),
                show(rtt * statements),
                ctx.region,
                show(objective)
            );
            ctx.warn("objectives.latency_p99", text);
        }
    }
    // Copies of a key-value store alone need no network.
    if ctx.ledger.get("nosql.billing").is_some() {
        return;
    }
    let empty: Vec<&str> = stated(ctx.spec, &ctx.region)
        .iter()
        .skip(1)
        .filter(|region| !regions.contains(*region))
        .map(String::as_str)
        .collect();
    if !empty.is_empty() && ctx.class == Class::Production {
        let text = format!(
            "nothing stands in {}: services are in `{}`, and only shards of a keyspace by region stand in another, that of their users' continent",
            empty.join(", "),
            ctx.region
        );
        ctx.warn("region", text);
    }
}
