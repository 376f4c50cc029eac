//! What the edge answers and what it lets through (capacity model, section 6).

use crate::{
    blueprint::Protocol,
    ledger::{Grade, Unit, show},
    sizing::{Class, Context, ceil, ceil_to},
};

/// Seconds of a month of 730 hours.
const MONTH_S: f64 = 2_628_000.0;

/// Sizes delivery: bytes, rates of a client, cache lifetimes.
pub(crate) fn size(ctx: &mut Context<'_>) {
    volume(ctx);
    clients(ctx);
    lifetimes(ctx);
}

/// Bytes of the month with those of live video, where there is some.
fn month_gb(ctx: &mut Context<'_>, bytes: f64) -> f64 {
    let Some(video) = ctx.ledger.get("media.gb_month") else {
        return web_gb(ctx, "edge.gb_month", bytes);
    };
    let video = video.number();
    let web = web_gb(ctx, "edge.web_gb_month", bytes);
    ctx.ledger
        .add("edge.gb_month", web + video, Unit::Gb)
        .why(format!(
            "{} GB of video, {} GB of pages",
            show(video),
            show(web)
        ))
        .by(
            "video + responses",
            "6",
            &["media.gb_month", "edge.web_gb_month"],
        );
    web
}

/// Bytes of pages: by the stated sizes of responses, else by page views and the weight of a page.
fn web_gb(ctx: &mut Context<'_>, name: &str, bytes: f64) -> f64 {
    let traffic = &ctx.spec.traffic;
    if traffic.response_dynamic.is_some() || traffic.response_static.is_some() {
        let mean = ctx.ledger.number("demand.edge.mean");
        return ctx
            .ledger
            .add(name, mean * bytes * MONTH_S / 1e9, Unit::Gb)
            .why(format!(
                "{} requests/s × {} kB × a month",
                show(mean),
                show(bytes / 1000.0)
            ))
            .by(
                "requests × response size",
                "6",
                &[
                    "demand.edge.mean",
                    "traffic.response_static",
                    "traffic.response_dynamic",
                ],
            )
            .number();
    }
    let names = [
        "load.sessions_per_dau",
        "load.interactions_per_session",
        "load.page_weight_mb",
        "load.browser_cache_fraction",
    ];
    let [sessions, interactions, weight_mb, cached] = names.map(|id| ctx.constant(id));
    let daily = ctx.ledger.number("demand.dau");
    let views = daily * sessions * interactions * MONTH_S / 86_400.0;
    ctx.ledger
        .add(name, views * weight_mb * (1.0 - cached) / 1000.0, Unit::Gb)
        .why(format!(
            "{} page views × {weight_mb} MB × {} that browsers have not kept",
            show(views),
            show(1.0 - cached)
        ))
        .by(
            "page views × page weight × (1 - browser cache)",
            "6",
            &["demand.dau", names[0], names[1], names[2], names[3]],
        )
        .number()
}

/// Bytes of the month, egress of the busiest hour, and what reaches the origin.
fn volume(ctx: &mut Context<'_>) {
    let traffic = &ctx.spec.traffic;
    let dynamic = traffic.response_dynamic.map(|size| size.get());
    let fixed = traffic.response_static.map(|size| size.get());
    let dynamic = ctx.or_default(
        "traffic.response_dynamic",
        dynamic,
        Unit::Bytes,
        12_000.0,
        "default: 12 kB",
    );
    let fixed = ctx.or_default(
        "traffic.response_static",
        fixed,
        Unit::Bytes,
        60_000.0,
        "default: 60 kB",
    );
    let share = ctx.demand.static_share;
    let bytes = share * fixed + (1.0 - share) * dynamic;
    let month = month_gb(ctx, bytes);
    let peak_to_mean = ctx.ledger.number("demand.peak_to_mean");
    let video = ctx
        .ledger
        .get("media.egress_gbps")
        .map_or(0.0, crate::ledger::Quantity::number);
    let mut why = format!(
        "{} GB in the mean hour × {} in the busiest",
        show(month / 730.0),
        show(peak_to_mean)
    );
    if video > 0.0 {
        why.push_str(&format!(", and {} Gbit/s of video", show(video)));
    }
    ctx.ledger
        .add(
            "edge.egress_gbps",
            month * peak_to_mean / MONTH_S * 8.0 + video,
            Unit::GbitPerSecond,
        )
        .why(why)
        .by(
            "GB in the busiest hour · 8 ÷ 3600",
            "6",
            &["edge.gb_month", "demand.peak_to_mean"],
        );
    let default = ctx.constant("cdn.hit_static");
    let hit = ctx.spec.objectives.cdn_hit.map(|hit| hit.get());
    let hit = ctx.or_default(
        "objectives.cdn_hit",
        hit,
        Unit::Ratio,
        default,
        "cdn.hit_static",
    );
    let design = ctx.ledger.number("demand.edge.design");
    let origin = design * (share * (1.0 - hit) + (1.0 - share));
    ctx.ledger
        .add("edge.origin_rps", origin, Unit::PerSecond)
        .why(format!(
            "all that is dynamic, and {} % of what is static",
            show(100.0 * (1.0 - hit))
        ))
        .by(
            "λ_static (1 - h) + λ_dynamic",
            "6",
            &[
                "demand.edge.design",
                "objectives.cdn_hit",
                "traffic.static_share",
            ],
        );
    hit_alarm(ctx, hit, share);
    ctx.ledger
        .add(
            "edge.origin_gb_month",
            month * (1.0 - hit * share * fixed / bytes),
            Unit::Gb,
        )
        .why("what the CDN fetches from the origin")
        .by(
            "GB × (1 - h of static bytes)",
            "6",
            &["edge.gb_month", "objectives.cdn_hit"],
        );
}

/// Share of all requests that the CDN has to answer by itself, or the origin gets more than it was sized for.
fn hit_alarm(ctx: &mut Context<'_>, hit: f64, share: f64) {
    let video = ctx.ledger.get("media.requests_per_s").is_some();
    let (ratio, why) = if video {
        (
            hit,
            "the objective: nearly all requests are for video".to_owned(),
        )
    } else {
        let why = format!(
            "{} % of the {} % that are static; the others are the origin's",
            show(100.0 * hit),
            show(100.0 * share)
        );
        (hit * share, why)
    };
    ctx.ledger
        .add(
            "edge.hit_alarm",
            (ratio * 1000.0).round() / 1000.0,
            Unit::Ratio,
        )
        .why(why)
        .by(
            "h × static share",
            "6",
            &["objectives.cdn_hit", "traffic.static_share"],
        );
    let percent = (ratio * 1000.0).round() / 10.0;
    ctx.ledger
        .add("edge.hit_percent", percent, Unit::Percent)
        .why("the same in percent")
        .by("ratio × 100", "6", &["edge.hit_alarm"]);
}

/// Rate limits of one client address: a busy user, many of them behind one address (section 7.11).
fn clients(ctx: &mut Context<'_>) {
    let daily = ctx.ledger.number("demand.requests_per_user");
    let sessions = ctx.constant("load.sessions_per_dau");
    let interactions = ctx.constant("load.interactions_per_session");
    // One view in two seconds is a fast reader; five of them share an address (C).
    let per_view = (daily / sessions / interactions).max(1.0);
    let edge = per_view / (1.0 - ctx.demand.static_share).max(0.05);
    let (ten_seconds, minute) = (edge * 5.0 * 5.0, per_view * 30.0 * 5.0);
    // Where the load tests run they are one client, at up to twice the design rate: refused, they would measure the firewall.
    let tests = match ctx.class {
        Class::Rehearsal => ceil(ctx.demand.design * 2.0),
        Class::Production | Class::Development => 0.0,
    };
    let limit = |usual: f64, seconds: f64, why: String| {
        let (usual, tested) = (ceil_to(usual, 10.0).max(50.0), tests * seconds);
        if tested > usual {
            let why = format!("load tests come from one address: {}/s", show(tests));
            return (ceil_to(tested, 10.0), why);
        }
        (usual, why)
    };
    let rows = [
        (
            "edge.client_rate_10s",
            limit(
                ten_seconds,
                10.0,
                format!(
                    "{} requests a view, a view in 2 s, 5 users behind one address",
                    show(edge)
                ),
            ),
        ),
        (
            "edge.client_rate_1m",
            limit(
                minute,
                60.0,
                format!(
                    "{} dynamic requests a view, 30 views, 5 users behind one address",
                    show(per_view)
                ),
            ),
        ),
        (
            "edge.client_rate_5m",
            limit(
                minute * 5.0,
                300.0,
                format!(
                    "{} dynamic requests a view, 150 views in 5 minutes, 5 users behind one address",
                    show(per_view)
                ),
            ),
        ),
        (
            "edge.write_rate_1m",
            (
                100.0,
                "one write in 3 s, 5 users behind one address".to_owned(),
            ),
        ),
    ];
    for (name, (value, why)) in rows {
        ctx.ledger
            .add(name, value, Unit::Count)
            .why(why)
            .by(
                "requests a view × views × users an address",
                "7.11",
                &[
                    "demand.requests_per_user",
                    "load.interactions_per_session",
                    "demand.design",
                ],
            )
            .graded(Grade::C);
    }
    let peak = ctx.demand.peak;
    let allowed = ceil(peak * 300.0 * ctx.demand.surge_factor);
    ctx.ledger
        .add("edge.requests_per_5m", allowed, Unit::Count)
        .why(format!(
            "{} requests/s × 300 s, surge included",
            show(peak * ctx.demand.surge_factor)
        ))
        .by(
            "peak × surge × 300 s",
            "7.11",
            &["demand.peak", "demand.surge_factor"],
        );
}

fn lifetimes(ctx: &mut Context<'_>) {
    let production = ctx.class == Class::Production;
    ctx.policy(
        "edge.static_ttl_s",
        31_536_000.0,
        Unit::Seconds,
        "static names carry a hash of their content",
    );
    ctx.policy(
        "edge.media_ttl_s",
        86_400.0,
        Unit::Seconds,
        "media may be replaced under its name",
    );
    ctx.policy(
        "edge.public_ttl_s",
        60.0,
        Unit::Seconds,
        "a minute of staleness takes most of a flash crowd",
    );
    ctx.policy(
        "edge.negative_ttl_s",
        10.0,
        Unit::Seconds,
        "a missing file is asked for again soon",
    );
    let sockets = ctx
        .spec
        .services
        .iter()
        .any(|service| service.protocol == Protocol::Websocket);
    let (idle, why) = if sockets {
        (
            600.0,
            "as long as a CDN keeps a silent WebSocket; clients send a ping each minute",
        )
    } else {
        (60.0, "longer than the slowest streamed answer")
    };
    ctx.policy("edge.idle_timeout_s", idle, Unit::Seconds, why);
    if sockets {
        ctx.policy(
            "edge.socket_s",
            86_400.0,
            Unit::Seconds,
            "a connection outlasts every event; its client then opens the next one",
        );
    }
    ctx.policy(
        "edge.origin_timeout_s",
        60.0,
        Unit::Seconds,
        "longer than the slowest streamed answer and than a playlist that waits for its next part",
    );
    let days = if production { 90.0 } else { 7.0 };
    ctx.policy(
        "edge.log_days",
        days,
        Unit::Days,
        if production {
            "access logs: an incident is looked into within a quarter"
        } else {
            "access logs: a week to look at what went wrong"
        },
    );
    let sample = if production { 100_000.0 } else { 1_000_000.0 };
    ctx.policy(
        "edge.log_sample_per_million",
        sample,
        Unit::Count,
        "of the load balancer's requests; all of them where there are few",
    );
    ctx.policy(
        "edge.waf_sensitivity",
        1.0,
        Unit::Count,
        "paranoia level 1: few false positives",
    );
}
