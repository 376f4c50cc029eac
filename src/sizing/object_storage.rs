//! Objects, requests and prefixes of the buckets, and how long versions stay (capacity model, section 7.1).
//!
//! Comes in: the write rate of the services that reach a bucket, and what events bring. Goes out: for each bucket
//! `object_storage.<bucket>.…`. Called after delivery, whose misses the buckets answer.

use crate::{
    blueprint::{Bucket, Service, ServiceKind, Spec},
    ledger::{Grade, Unit, show},
    sizing::{Class, Context, ceil},
};

/// Seconds of a month of 730 hours.
const MONTH_S: f64 = 2_628_000.0;

/// The buckets that a blueprint asks for: what the CDN serves always, the others where a service reaches them.
pub fn buckets(spec: &Spec) -> Vec<Bucket> {
    let asked = |bucket: &Bucket| match bucket {
        Bucket::Assets => true,
        Bucket::Uploads => reached(spec, Bucket::Uploads),
        Bucket::Segments => reached(spec, Bucket::Segments) || spec.media.live_inputs.is_some(),
    };
    Bucket::ALL.iter().copied().filter(asked).collect()
}

fn reached(spec: &Spec, bucket: Bucket) -> bool {
    spec.services
        .iter()
        .any(|service| service.buckets.contains(&bucket))
}

/// Sizes every bucket.
pub(crate) fn size(ctx: &mut Context<'_>) {
    for bucket in buckets(ctx.spec) {
        lifecycle(ctx, bucket);
        if bucket == Bucket::Segments && ctx.ledger.get("media.inputs").is_some() {
            segments(ctx);
            continue;
        }
        requests(ctx, bucket);
        stored(ctx, bucket);
    }
}

/// Objects a second that services put into a bucket: (mean, peak).
fn written(ctx: &Context<'_>, bucket: Bucket) -> (f64, f64) {
    let writes = 1.0 - ctx.demand.read_share.unwrap_or(3.0 / 3.3);
    let (mut mean, mut peak) = (0.0, 0.0);
    let reaching = || {
        ctx.spec
            .services
            .iter()
            .filter(|service| service.buckets.contains(&bucket))
    };
    // Whoever takes every object that arrives says how many there are.
    let counted = reaching().any(|service| service.kind == ServiceKind::Event);
    for service in reaching() {
        match service.kind {
            ServiceKind::Http if counted => {}
            ServiceKind::Http => {
                let share = service.share.map_or(1.0, |share| share.get()) * writes;
                mean += ctx.demand.mean * share;
                peak += ctx.demand.surge() * share;
            }
            ServiceKind::Worker | ServiceKind::Event => {
                let rate = events(ctx, service);
                mean += rate;
                peak += rate * ctx.ledger.number("demand.peak_to_mean");
            }
        }
    }
    (mean, peak)
}

/// Objects a second that an event service takes in, or that a worker leaves.
fn events(ctx: &Context<'_>, service: &Service) -> f64 {
    match (service.events_per_day, service.jobs_per_request) {
        (Some(events), _) => events.get() * ctx.scale * ctx.demand.growth / 86_400.0,
        (None, Some(jobs)) => ctx.demand.mean * jobs.get(),
        (None, None) => 0.0,
    }
}

/// Renditions of a live input: 1080p, 720p, 480p and 360p.
const RENDITIONS: f64 = 4.0;

/// What live inputs write, part by part and segment by segment, and what the CDN fetches of it.
fn segments(ctx: &mut Context<'_>) {
    let name = |item: &str| format!("object_storage.segments.{item}");
    let inputs = ctx.ledger.number("media.inputs");
    let (segment, part) = (
        ctx.ledger.number("media.segment_s"),
        ctx.ledger.number("media.part_s"),
    );
    let puts = inputs * RENDITIONS * (1.0 / segment + 1.0 / part);
    for item in ["objects_per_s", "put_rate"] {
        ctx.ledger
            .add(name(item), puts, Unit::PerSecond)
            .why(format!(
                "{} inputs × {RENDITIONS} renditions, a part every {} s and a segment every {} s",
                show(inputs),
                show(part),
                show(segment)
            ))
            .by(
                "inputs × renditions × (1 ÷ segment + 1 ÷ part)",
                "7.5",
                &["media.inputs", "media.segment_s", "media.part_s"],
            )
            .graded(Grade::C);
    }
    let gets = ctx.ledger.number("media.playlists.peak");
    ctx.ledger
        .add(name("get_rate"), gets, Unit::PerSecond)
        .why("a part with each playlist that the CDN asks for")
        .by(
            "as many parts as playlists",
            "7.5",
            &["media.playlists.peak"],
        );
    prefixes(ctx, Bucket::Segments, puts, gets);
    let ladder = ctx.constant("video.ladder_mbps");
    let days = ctx.ledger.number(&name("expire_days"));
    let gb = 2.0 * inputs * ladder / 8.0 * days * 86.4;
    ctx.ledger
        .add(name("gb"), gb, Unit::Gb)
        .why(format!(
            "{} inputs × {ladder} Mbit/s for {days} days, once in parts and once in segments",
            show(inputs)
        ))
        .by(
            "2 × inputs × ladder × days",
            "7.5",
            &["media.inputs", "video.ladder_mbps", &name("expire_days")],
        );
}

fn requests(ctx: &mut Context<'_>, bucket: Bucket) {
    let name = |item: &str| format!("object_storage.{}.{item}", bucket.name());
    let (mean, peak) = written(ctx, bucket);
    ctx.ledger
        .add(name("objects_per_s"), mean, Unit::PerSecond)
        .why("each write of a service that reaches the bucket puts one object")
        .by(
            "λ_mean × share × (1 - read share), and what events bring",
            "7.1",
            &["demand.mean"],
        )
        .graded(Grade::C);
    ctx.ledger
        .add(name("put_rate"), peak, Unit::PerSecond)
        .why("the same in the busiest minute")
        .by("PUT per write", "7.1", &["demand.surge"])
        .graded(Grade::C);
    let (gets, why, from) = if bucket.is_delivered() {
        let misses = ctx.ledger.number("demand.edge.design")
            * ctx.demand.surge_factor
            * ctx.demand.static_share
            * (1.0 - ctx.ledger.number("objectives.cdn_hit"));
        (misses, "what the CDN has not", "demand.edge.design")
    } else {
        (peak, "each upload is read once", "demand.surge")
    };
    ctx.ledger
        .add(name("get_rate"), gets, Unit::PerSecond)
        .why(why)
        .by("GET per CDN miss", "7.1", &[from, "objectives.cdn_hit"]);
    prefixes(ctx, bucket, peak, gets);
}

/// Prefixes over which the keys of a bucket have to be spread.
fn prefixes(ctx: &mut Context<'_>, bucket: Bucket, puts: f64, gets: f64) {
    let puts_limit = ctx.constant("object.prefix_put_s");
    let gets_limit = ctx.constant("object.prefix_get_s");
    let prefixes = ceil(puts / puts_limit)
        .max(ceil(gets / gets_limit))
        .max(1.0);
    ctx.ledger
        .add(
            format!("object_storage.{}.prefixes", bucket.name()),
            prefixes,
            Unit::Count,
        )
        .why(format!(
            "{} PUT/s at {puts_limit} a prefix, {} GET/s at {gets_limit}",
            show(puts),
            show(gets)
        ))
        .by(
            "rate ÷ limit of a prefix",
            "7.1",
            &["object.prefix_put_s", "object.prefix_get_s"],
        );
}

/// Objects · size, for as long as they are kept or the horizon lasts.
fn stored(ctx: &mut Context<'_>, bucket: Bucket) {
    let name = |item: &str| format!("object_storage.{}.{item}", bucket.name());
    let size = ctx
        .spec
        .services
        .iter()
        .filter(|service| service.buckets.contains(&bucket))
        .find_map(|service| service.object_size)
        .map_or_else(
            || ctx.ledger.number("traffic.response_static"),
            |size| size.get(),
        );
    let kept = ctx.ledger.number(&name("expire_days"));
    let horizon = ctx.spec.users.horizon.map_or(12.0, |months| months.get());
    let months = if kept > 0.0 {
        horizon.min(kept * 86_400.0 / MONTH_S)
    } else {
        horizon
    };
    let rate = ctx.ledger.number(&name("objects_per_s"));
    ctx.ledger
        .add(name("gb"), rate * MONTH_S * months * size / 1e9, Unit::Gb)
        .why(format!(
            "{} objects/s of {} kB for {} months",
            show(rate),
            show(size / 1000.0),
            show(months)
        ))
        .by(
            "objects · size",
            "7.1",
            &[&name("objects_per_s"), "traffic.response_static"],
        )
        .graded(Grade::C);
}

/// How long what was replaced, or is no longer of use, stays.
fn lifecycle(ctx: &mut Context<'_>, bucket: Bucket) {
    let name = |item: &str| format!("object_storage.{}.{item}", bucket.name());
    let production = ctx.class == Class::Production;
    let versions = match (bucket, production) {
        (Bucket::Segments, _) => 1.0,
        (_, true) => 30.0,
        (_, false) => 3.0,
    };
    ctx.policy(
        &name("version_days"),
        versions,
        Unit::Days,
        "what was overwritten or deleted can be called back for so long",
    );
    let (expire, why) = match (bucket, production) {
        (Bucket::Assets, _) => (0.0, "never: pages of old releases still name them"),
        (Bucket::Uploads, true) => (0.0, "never: they are the users'"),
        (Bucket::Uploads, false) => (30.0, "nobody's data is here"),
        (Bucket::Segments, true) => (2.0, "as far back as a viewer may wind"),
        (Bucket::Segments, false) => (1.0, "as far back as a test looks"),
    };
    ctx.policy(&name("expire_days"), expire, Unit::Days, why);
    ctx.policy(
        &name("tier_days"),
        30.0,
        Unit::Days,
        "what is not asked for any more moves to the tier that its use pays for",
    );
}
