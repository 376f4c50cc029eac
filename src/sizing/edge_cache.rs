//! A cache that is near every user (capacity model, section 4): which regions keep a copy, what it may cost a month.
//!
//! Items, memory and operations are those of the cache; what is bought is operations and memory, not nodes.

use crate::{
    ledger::{Unit, show},
    sizing::{Class, Context, ceil_to},
};

/// Seconds of a month of 730 hours.
const MONTH_S: f64 = 2_628_000.0;

/// Chooses regions and a budget for a cache of this much memory and these operations a second at the peak.
pub(crate) fn size(ctx: &mut Context<'_>, memory_gib: f64, operations: f64) {
    regions(ctx);
    month(ctx, operations);
    budget(ctx, memory_gib);
    let production = ctx.class == Class::Production;
    ctx.ledger
        .add("edge_cache.production", production, Unit::Name)
        .why(if production {
            "zones, encryption at rest and a signed availability: the provider's package for production"
        } else {
            "may be lost"
        })
        .by("by what the environment is for", "8", &[]);
}

/// Writes go to the region that is nearest to the services; in production the other continents of the users have a copy to read.
fn regions(ctx: &mut Context<'_>) {
    let (primary, continent) = ctx.cloud.edge_cache_home(&ctx.region);
    ctx.ledger
        .add("edge_cache.primary", primary.clone(), Unit::Name)
        .why(format!(
            "the nearest to {}, where writes come from",
            ctx.region
        ))
        .by("least distance", "4.2", &[]);
    if ctx.class != Class::Production {
        return;
    }
    let mut read: Vec<(String, String, f64)> = Vec::new();
    for (place, share) in super::placement::regions(ctx.spec) {
        if place == continent {
            continue;
        }
        let Some(region) = ctx.cloud.edge_cache_region(&place) else {
            continue;
        };
        if region != primary {
            read.push((region, place, share));
        }
    }
    for (region, place, share) in read {
        ctx.ledger
            .add(format!("edge_cache.read.{region}"), share, Unit::Ratio)
            .why(format!("{} % of users are in {place}", show(100.0 * share)))
            .by("share of users", "1.2", &[]);
    }
}

/// Operations of a mean month.
fn month(ctx: &mut Context<'_>, operations: f64) {
    let (mean, design) = (ctx.demand.mean, ctx.demand.design.max(1e-9));
    let surge = ctx.demand.surge_factor;
    let month = operations / surge * mean / design * MONTH_S;
    ctx.ledger
        .add(
            "edge_cache.operations_month",
            (month / 1e6).max(0.001),
            Unit::Count,
        )
        .why(format!(
            "million: {} a second at the busiest minute, {} % of it on average",
            show(operations),
            show(100.0 * mean / design / surge)
        ))
        .by(
            "operations × mean ÷ design rate × a month",
            "4.2",
            &["cache.operations", "demand.mean", "demand.design"],
        );
    let Some(most) = ctx.cloud.edge_cache_price("redis.commands_s") else {
        return;
    };
    if operations > most.value {
        let text = format!(
            "{} cache operations/s; one database below the Enterprise plan takes {}: agree on a contract first, or state edge_cache: cloud",
            show(operations),
            show(most.value)
        );
        ctx.warn("platform.edge_cache", text);
    }
}

/// What stops a runaway: the month at pay-as-you-go prices and half of it again.
fn budget(ctx: &mut Context<'_>, memory_gib: f64) {
    let price = |id: &str| ctx.cloud.edge_cache_price(id).map(|price| price.value);
    let Some((commands, gb)) = price("redis.100k_commands").zip(price("redis.gb")) else {
        return;
    };
    let millions = ctx.ledger.number("edge_cache.operations_month");
    let usd = millions * 10.0 * commands + memory_gib * gb;
    ctx.ledger
        .add(
            "edge_cache.budget_usd",
            ceil_to(1.5 * usd, 10.0).max(20.0),
            Unit::UsdPerMonth,
        )
        .why(format!(
            "half more than {} for {} million operations and {} GiB at list prices; beyond it the provider stops answering",
            show(usd),
            show(millions),
            show(memory_gib)
        ))
        .by(
            "1.5 × (operations × price + memory × price)",
            "9",
            &["edge_cache.operations_month", "cache.memory_gib"],
        );
}
