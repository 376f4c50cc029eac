//! What is signed and what is engineered (capacity model, section 8): two numbers that are never mixed.
//!
//! Comes in: the objective, what the architecture has, and what the edge answers by itself. Goes out: the quantities
//! `availability.…`. The floor is the product of what providers sign for what every request needs; it is a threshold for
//! refunds, no prediction. What a request can do without (a cache with the database behind it, a queue for deferred work)
//! is no part of it.

use crate::{
    blueprint::RunsOn,
    catalog::Sla,
    component::Component,
    ledger::{Grade, Unit, show},
    sizing::Context,
};

/// Minutes of a month of 730 hours.
const MONTH_MIN: f64 = 43_800.0;

/// Records the floor, the estimate, and what would change the floor.
pub(crate) fn size(ctx: &mut Context<'_>) {
    let Some(floor) = floor(ctx) else { return };
    let engineered = engineered(ctx);
    compare(ctx, floor, engineered);
}

/// What every request needs, outermost first.
fn dependencies(ctx: &Context<'_>) -> Vec<(&'static str, Sla)> {
    let chosen = |key: &str, value: &str| ctx.choice.get(key).is_some_and(|choice| choice == value);
    let mut needed = Vec::new();
    if ctx.has(Component::Cdn) && ctx.spec.domain.is_some() {
        let cdn = if chosen("cdn", "cloudflare") {
            Sla::Cloudflare
        } else {
            Sla::CloudCdn
        };
        needed.push(("cdn", cdn));
    }
    if ctx.has(Component::LoadBalancer) {
        needed.push(("load-balancer", Sla::LoadBalancer));
    }
    let answers = |what: RunsOn| {
        ctx.services_on(what)
            .iter()
            .any(|service| service.kind == crate::blueprint::ServiceKind::Http)
    };
    for (name, what, sla) in [
        ("machines", RunsOn::Pods, Sla::Machines),
        ("containers", RunsOn::Containers, Sla::Containers),
        ("functions", RunsOn::Functions, Sla::Functions),
    ] {
        if answers(what) {
            needed.push((name, sla));
        }
    }
    if ctx.has(Component::Shards) {
        needed.push(("database", Sla::Database));
    }
    needed
}

/// The product of what is signed; nothing where one of them is unknown.
fn floor(ctx: &mut Context<'_>) -> Option<f64> {
    let database = ctx.choice.get("database").cloned().unwrap_or_default();
    let mut names = Vec::new();
    let mut product = 1.0;
    for (name, what) in dependencies(ctx) {
        let signed = ctx.cloud.sla(what, &database)?;
        let name = format!("availability.sla.{name}");
        ctx.catalog_fact(
            &name,
            signed.value,
            Unit::Ratio,
            &signed.source,
            signed.grade,
        );
        product *= signed.value;
        names.push(name);
    }
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    let parts: Vec<String> = names
        .iter()
        .filter_map(|name| name.rsplit('.').next().map(str::to_owned))
        .collect();
    ctx.ledger
        .add("availability.floor", digits(product), Unit::Ratio)
        .why(format!("{} in series, as signed", parts.join(" × ")))
        .by("Π of what every request needs", "8", &inputs)
        .graded(Grade::B);
    ctx.ledger
        .add(
            "availability.floor_minutes",
            digits((1.0 - product) * MONTH_MIN),
            Unit::Minutes,
        )
        .why("a month may be down for so long before anybody refunds")
        .by("(1 - floor) × 43 800", "8", &["availability.floor"]);
    Some(product)
}

/// The estimate: origin in series, and behind an edge that answers what it has while the origin does not.
fn engineered(ctx: &mut Context<'_>) -> f64 {
    let ids: Vec<String> = dependencies(ctx)
        .into_iter()
        .map(|(name, _)| format!("availability.engineered.{name}"))
        .collect();
    let (mut edge, mut origin) = (1.0, 1.0);
    for id in &ids {
        let one = ctx.constant(id);
        if id.ends_with(".cdn") {
            edge *= one;
        } else {
            origin *= one;
        }
    }
    let effect = ctx.constant("availability.failover_effect");
    let alone = if ids.iter().any(|id| id.ends_with(".cdn")) {
        let hit = ctx.ledger.number("objectives.cdn_hit");
        ctx.demand.static_share * hit * effect
    } else {
        0.0
    };
    let inputs: Vec<&str> = ids
        .iter()
        .map(String::as_str)
        .chain(["availability.failover_effect"])
        .collect();
    ctx.ledger
        .add(
            "availability.engineered.all",
            digits(edge * (origin + (1.0 - origin) * alone)),
            Unit::Ratio,
        )
        .why(format!(
            "zones redundant, {} % of requests answered by the edge while the origin is away",
            show(100.0 * alone)
        ))
        .by(
            "A_cdn · (A_origin + (1 - A_origin) · share that the edge answers)",
            "8",
            &inputs,
        )
        .graded(Grade::C)
        .number()
}

fn compare(ctx: &mut Context<'_>, floor: f64, engineered: f64) {
    let objective = ctx.ledger.number("objectives.availability");
    let stated = ctx.spec.objectives.availability.is_some();
    let holds = floor >= objective;
    let text = if holds {
        format!(
            "{} % is signed for by the providers of one region",
            percent(objective)
        )
    } else {
        format!(
            "what is signed for one region multiplies to {} %, {} min a month without a refund; {} % is engineered (estimate {} %), never signed; {}",
            percent(floor),
            show((1.0 - floor) * MONTH_MIN),
            percent(objective),
            percent(engineered),
            remedy(ctx, floor)
        )
    };
    if stated && !holds && ctx.class == super::Class::Production {
        ctx.warn("objectives.availability", text.clone());
    }
    ctx.ledger
        .add("availability.signed", holds, Unit::Name)
        .why(text)
        .by(
            "floor ≥ objective",
            "8",
            &["availability.floor", "objectives.availability"],
        );
}

/// What would change the floor: two independent regions behind what they share.
fn remedy(ctx: &Context<'_>, floor: f64) -> String {
    let shared = ctx
        .ledger
        .get("availability.sla.cdn")
        .map_or(1.0, crate::ledger::Quantity::number);
    let two = shared * (1.0 - (1.0 - floor / shared).powi(2));
    let bound = if shared < 1.0 {
        format!(" (the one CDN in front signs {} %)", percent(shared))
    } else {
        String::new()
    };
    format!(
        "a second independent region makes it {} %{bound}; fewer things that every request needs make it more",
        percent(two)
    )
}

/// A share in hundredths with the digits that tell three nines from four.
fn percent(share: f64) -> String {
    format!("{}", (share * 1e6).floor() / 1e4)
}

/// Eight digits: products of signed shares have no more that mean something.
fn digits(value: f64) -> f64 {
    (value * 1e8).round() / 1e8
}
