//! Scripts at the edge (capacity model, sections 4.3, 4.4 and 6): how often they run, how long they keep what, and what each
//! layer in front of the databases lets through.

use crate::{
    component::Component,
    ledger::{Grade, Unit, show},
    sizing::{Class, Context},
};

/// Seconds of a month of 730 hours.
const MONTH_S: f64 = 2_628_000.0;

/// Sizes the scripts where the architecture has them.
pub(crate) fn size(ctx: &mut Context<'_>) {
    if !ctx.has(Component::EdgeCompute) {
        return;
    }
    runs(ctx);
    lifetimes(ctx);
    layers(ctx);
}

/// Runs of a month: what is static is answered before a script runs.
fn runs(ctx: &mut Context<'_>) {
    let mean = ctx.demand.mean;
    ctx.ledger
        .add(
            "edge_compute.requests_month",
            mean * MONTH_S / 1e6,
            Unit::Count,
        )
        .why(format!(
            "million: {} dynamic requests/s; what is static is answered before a script runs",
            show(mean)
        ))
        .by("λ_mean × a month", "6", &["demand.mean"]);
    let cpu = ctx.constant("edge.worker_cpu_ms");
    let limit = (cpu * 25.0).max(10.0);
    ctx.ledger
        .add("edge_compute.cpu_limit_ms", limit, Unit::Millis)
        .why(format!(
            "{} ms a request, and room for the slowest; a loop ends here",
            show(cpu)
        ))
        .by("25 × CPU of a request", "6", &["edge.worker_cpu_ms"])
        .graded(Grade::C);
    let peak = ctx.demand.peak;
    let share = if ctx.class == Class::Production {
        (25.0 / peak.max(0.01)).clamp(0.001, 1.0)
    } else {
        1.0
    };
    let share = (share * 1000.0).ceil() / 1000.0;
    ctx.ledger
        .add("edge_compute.log_share", share, Unit::Ratio)
        .why(format!(
            "{} of {} runs/s at the peak leave a log line",
            show(peak * share),
            show(peak)
        ))
        .by("25 ÷ peak, at least 0.1 %", "8", &["demand.peak"]);
}

/// One lifetime for each layer, the shorter the nearer to the user: a purge then reaches everybody within the sum of them.
fn lifetimes(ctx: &mut Context<'_>) {
    let edge = ctx.ledger.number("edge.public_ttl_s");
    let shared = ctx
        .ledger
        .get("cache.ttl_s")
        .map_or(300.0, crate::ledger::Quantity::number);
    ctx.policy(
        "edge_compute.browser_ttl_s",
        0.0,
        Unit::Seconds,
        "a browser asks again each time: nothing can purge it",
    );
    ctx.ledger
        .add("edge_compute.colo_ttl_s", edge, Unit::Seconds)
        .why("as public answers at the edge: a minute takes most of a flash crowd")
        .by("edge.public_ttl_s", "4.4", &["edge.public_ttl_s"]);
    ctx.ledger
        .add("edge_compute.shared_ttl_s", shared, Unit::Seconds)
        .why("as the cache: what a data centre has lost it finds there")
        .by("cache.ttl_s", "4.4", &["cache.ttl_s"]);
    ctx.policy(
        "edge_compute.stale_s",
        86_400.0,
        Unit::Seconds,
        "while the origin is away the edge answers with what it has, for a day",
    );
    ctx.policy(
        "edge_compute.timeout_ms",
        150.0,
        Unit::Millis,
        "a shared cache that answers later than the origin would is of no use",
    );
    let jitter = ctx.constant("cache.ttl_jitter");
    ctx.ledger
        .add("edge_compute.jitter", jitter, Unit::Ratio)
        .why("so that entries do not expire together")
        .by("± jitter", "4.4", &["cache.ttl_jitter"]);
    let beta = ctx.constant("cache.xfetch_beta");
    ctx.ledger
        .add("edge_compute.early_beta", beta, Unit::Count)
        .why("one request recomputes before the lifetime ends (XFetch)")
        .by("β = 1", "4.4", &["cache.xfetch_beta"]);
    ctx.policy(
        "edge_compute.signature_s",
        300.0,
        Unit::Seconds,
        "how long a signed request to the origin holds: clocks may differ, a copied one is soon of no use",
    );
}

/// What each layer answers, of all that users ask for, and what it lets through.
fn layers(ctx: &mut Context<'_>) {
    let edge = ctx.ledger.number("demand.edge.design");
    let origin = ctx.ledger.number("edge.origin_rps");
    let answered = 1.0 - origin / edge.max(1e-9);
    ctx.ledger
        .add("layers.edge", answered, Unit::Ratio)
        .why(format!(
            "of {} requests/s at the busiest minute {} pass",
            show(edge),
            show(origin)
        ))
        .by(
            "1 - origin ÷ edge requests",
            "6",
            &["edge.origin_rps", "demand.edge.design"],
        );
    let reads = ctx.ledger.number("demand.reads");
    let hit = ctx
        .ledger
        .get("cache.hit")
        .map_or(0.0, crate::ledger::Quantity::number);
    let share = ctx
        .ledger
        .get("cache.cacheable_share")
        .map_or(0.0, crate::ledger::Quantity::number);
    let passed = reads * (1.0 - hit * share);
    ctx.ledger
        .add("layers.cache", hit * share, Unit::Ratio)
        .why(format!(
            "of {} reads/s {} pass to the databases",
            show(reads),
            show(passed)
        ))
        .by(
            "hit ratio × cacheable share",
            "4.3",
            &["cache.hit", "cache.cacheable_share", "demand.reads"],
        );
    ctx.ledger
        .add("layers.database_reads", passed, Unit::PerSecond)
        .why(format!(
            "{} % of reads miss every layer; {} with a cold cache",
            show(100.0 * (1.0 - hit * share)),
            show(reads)
        ))
        .by("reads × (1 - h)", "4.3", &["demand.reads", "layers.cache"]);
}
