//! Collectors of traces and metrics: what they hold, how many there are, and what they keep.
//!
//! Comes in: the rate of requests and jobs, the latency objective. Goes out: quantities `otel.…`; `otel.task.…` and
//! `otel.sidecar.…` where no cluster runs them.

use crate::{
    component::Component,
    ledger::{Grade, Unit, show},
    sizing::{Class, Context, ceil},
};

/// Sizes the gateway that judges whole traces, wherever it runs.
pub(crate) fn size(ctx: &mut Context<'_>) {
    let production = ctx.class == Class::Production;
    let (peak, design) = (ctx.demand.peak, ctx.demand.design);
    // Traces a second that a person or a store can still use; errors and slow requests are always kept (C).
    let percent = (100.0 * 25.0 / peak.max(0.01)).clamp(0.1, 100.0);
    let percent = if percent >= 1.0 {
        percent.floor()
    } else {
        (percent * 10.0).floor().max(1.0) / 10.0
    };
    let percent = if production { percent.min(10.0) } else { 100.0 };
    ctx.ledger
        .add("otel.sampling_percent", percent, Unit::Percent)
        .why(format!(
            "{} of {} traces/s at the peak; errors and slow requests always",
            show(peak * percent / 100.0),
            show(peak)
        ))
        .by("25 ÷ peak, 0.1 % to 10 %", "8", &["demand.peak"]);
    ctx.ledger
        .add("otel.sampling_ratio", percent / 100.0, Unit::Ratio)
        .why("the same as a share")
        .by("percent ÷ 100", "8", &["otel.sampling_percent"]);
    let latency = ctx.ledger.number("slo.latency_ms");
    ctx.ledger
        .add("otel.slow_ms", latency, Unit::Millis)
        .why("the latency objective")
        .by("objective", "8", &["slo.latency_ms"]);
    ctx.policy(
        "otel.decision_wait_s",
        10.0,
        Unit::Seconds,
        "until the last span of a trace has come",
    );
    let jobs: f64 = ctx.jobs_peak();
    let traces = ctx
        .ledger
        .add("otel.traces_per_s", ceil(design + jobs), Unit::PerSecond)
        .why(format!(
            "{} requests/s and {} jobs/s",
            show(design),
            show(jobs)
        ))
        .by("design rate + jobs", "8", &["demand.design"])
        .number();
    let held = ctx
        .ledger
        .add(
            "otel.num_traces",
            ceil(traces * 15.0).max(1000.0),
            Unit::Count,
        )
        .why(format!("{} traces/s × 10 s × 1.5", show(traces)))
        .by(
            "traces/s × decision wait × 1.5",
            "8",
            &["otel.traces_per_s", "otel.decision_wait_s"],
        )
        .number();
    let replicas = replicas(ctx, traces);
    for (item, total, unit) in [
        ("num_traces", held, Unit::Count),
        ("traces_per_s", traces, Unit::PerSecond),
    ] {
        ctx.ledger
            .add(format!("otel.replica.{item}"), ceil(total / replicas), unit)
            .why(format!("{} over {} replicas", show(total), show(replicas)))
            .by(
                "total ÷ replicas: all spans of a trace go to one",
                "8",
                &[&format!("otel.{item}"), "otel.replicas"],
            );
    }
    // 30 kB a held trace of ten spans, doubled for what is in flight (C).
    let memory = crate::sizing::ceil_to(
        (2.0 * held / replicas * 30_000.0 / 1_048_576.0).max(512.0),
        128.0,
    );
    ctx.ledger
        .add("otel.memory_mib", memory, Unit::Mib)
        .why(format!(
            "{} traces of 30 kB held by {} replicas, doubled",
            show(held),
            show(replicas)
        ))
        .by(
            "2 × traces × 30 kB ÷ replicas, at least 512 MiB",
            "8",
            &["otel.num_traces", "otel.replicas"],
        )
        .graded(Grade::C);
    kept(ctx);
    let by_cloud = ctx
        .choice
        .get("monitoring")
        .is_some_and(|choice| choice == "cloud");
    if by_cloud && ctx.has(Component::Otel) && !ctx.has(Component::Cluster) {
        tasks(ctx, replicas);
    }
}

/// Gateways at the design rate. A gateway of one core takes 10 000 spans a second at ten spans a trace (C).
fn replicas(ctx: &mut Context<'_>, traces: f64) -> f64 {
    let least = if ctx.class == Class::Production {
        ctx.zones.min(2) as f64
    } else {
        1.0
    };
    let (passes, seen) = if hands_over(ctx) {
        (2.0, ", each taken in by one and judged by another,")
    } else {
        (1.0, "")
    };
    ctx.ledger
        .add(
            "otel.replicas",
            ceil(passes * traces / 1000.0).max(least),
            Unit::Count,
        )
        .why(format!(
            "{} traces/s{seen} at 1 000 a replica, at least {}",
            show(traces),
            show(least)
        ))
        .by("passes × traces ÷ 1 000", "8", &["otel.traces_per_s"])
        .graded(Grade::C)
        .number()
}

/// Whether gateways hand traces to one another: no agent before them does, and they have addresses of their own.
fn hands_over(ctx: &Context<'_>) -> bool {
    !ctx.has(Component::Cluster) && ctx.cloud.containers().has_addresses
}

/// Traces that are stored.
fn kept(ctx: &mut Context<'_>) {
    let number = |name: &str| ctx.ledger.number(name);
    let late = 1.0 - number("slo.latency_percentile") / 100.0;
    let share = number("otel.sampling_ratio") + number("objectives.error_rate") + late;
    let rate = ctx.demand.mean * share.min(1.0);
    ctx.ledger
        .add("otel.kept_per_s", rate, Unit::PerSecond)
        .why(format!(
            "{} % of {} requests/s: the sampled share, and as many failed and slow ones as the objectives allow",
            show(100.0 * share.min(1.0)),
            show(ctx.demand.mean)
        ))
        .by(
            "mean × (sampled + errors + slow)",
            "8",
            &[
                "demand.mean",
                "otel.sampling_ratio",
                "objectives.error_rate",
                "slo.latency_percentile",
            ],
        )
        .graded(Grade::C);
}

/// Gateways as managed containers: a core each, memory as a legal pair with it, and as many as the hour asks for.
fn tasks(ctx: &mut Context<'_>, most: f64) {
    let gib = ctx.ledger.number("otel.memory_mib") / 1024.0;
    let (vcpu, memory) = ctx.cloud.containers().fit(1.0, gib);
    ctx.ledger
        .add("otel.task.vcpu", vcpu, Unit::Vcpu)
        .why("a core takes 10 000 spans a second")
        .by("least legal vCPU and memory", "2.4", &["otel.memory_mib"])
        .graded(Grade::C);
    ctx.ledger
        .add("otel.task.cpu_units", 1024.0 * vcpu, Unit::Count)
        .why("1 024 units a vCPU")
        .by("vCPU × 1 024", "2.4", &["otel.task.vcpu"]);
    ctx.ledger
        .add("otel.task.memory_mib", 1024.0 * memory, Unit::Mib)
        .why(format!(
            "{} MiB of held traces, the next legal size",
            show(1024.0 * gib)
        ))
        .by("least legal vCPU and memory", "2.4", &["otel.memory_mib"]);
    let (mean, design) = (ctx.demand.mean, ctx.demand.design);
    let least = if ctx.class == Class::Production {
        ctx.zones.min(2) as f64
    } else {
        1.0
    };
    let min = ceil(most * mean / design.max(1e-9)).clamp(least, most);
    ctx.ledger
        .add("otel.task.min", min, Unit::Count)
        .why(format!("the average hour's share of {}", show(most)))
        .by(
            "replicas × mean ÷ design",
            "8",
            &["otel.replicas", "demand.mean", "demand.design"],
        );
    ctx.ledger
        .add("otel.task.max", 2.0 * most, Unit::Count)
        .why("twice the design rate: what is measured under an incident is worth most")
        .by("2 × replicas", "8", &["otel.replicas"])
        .graded(Grade::C);
    ctx.policy(
        "otel.task.cpu_target",
        60.0,
        Unit::Percent,
        "room for a burst while another one starts",
    );
    ctx.policy(
        "otel.task.scale_in_s",
        900.0,
        Unit::Seconds,
        "what leaves takes traces along that it has not judged: seldom",
    );
    ctx.policy(
        "otel.task.discovery_s",
        15.0,
        Unit::Seconds,
        "until a new one is given its share of the traces",
    );
    super::datadog::sidecar(ctx, "otel");
}
