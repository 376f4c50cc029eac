//! What Datadog alerts on: thresholds of its own beside those of the tiers.
//!
//! Comes in: objectives and targets. Goes out: quantities `datadog.…`; none where something else watches. Promises: what agents ask
//! for on a node is what its pods were not given.

use crate::{
    component::Component,
    ledger::{Grade, Unit, show},
    sizing::Context,
};

/// Whether Datadog watches.
pub(crate) fn is_chosen(ctx: &Context<'_>) -> bool {
    let choice = ctx.choice.get("monitoring");
    ctx.has(Component::Datadog) && choice.is_some_and(|choice| choice == "datadog")
}

/// Sizes thresholds, and the agent of a node or beside a task.
pub(crate) fn size(ctx: &mut Context<'_>) {
    if !is_chosen(ctx) {
        return;
    }
    let errors = ctx.ledger.number("objectives.error_rate");
    ctx.ledger
        .add("datadog.errors_share", errors * 10.0, Unit::Ratio)
        .why(format!(
            "ten times the objective of {} %",
            show(errors * 100.0)
        ))
        .by("10 × error objective", "8", &["objectives.error_rate"])
        .graded(Grade::C);
    ctx.policy(
        "datadog.cpu",
        90.0,
        Unit::Percent,
        "far above what it scales by: the scaler is at its maximum, or does not follow",
    );
    if let Some(hit) = ctx
        .ledger
        .get("cache.hit_alarm")
        .or_else(|| ctx.ledger.get("cache.hit"))
    {
        let (name, hit) = (hit.name.clone(), hit.number());
        ctx.ledger
            .add(
                "datadog.cache_hit",
                (hit * 1000.0).round() / 10.0,
                Unit::Percent,
            )
            .why("below it the database takes more reads than it was sized for")
            .by("hit ratio that sized the database", "4.3", &[&name]);
    }
    if ctx.has(Component::Cluster) {
        agents(ctx);
    }
    if ctx.has(Component::Containers) {
        ctx.policy(
            "datadog.agent.cpu_units",
            64.0,
            Unit::Count,
            "an agent of one task: traces of a few hundred requests a second",
        );
        sidecar(ctx, "datadog");
        ctx.policy(
            "datadog.agent.memory_mib",
            256.0,
            Unit::Mib,
            "an agent of one task: what Datadog asks for",
        );
    }
}

/// The agent of a node: what its two containers ask for, of what nodes keep free for it.
fn agents(ctx: &mut Context<'_>) {
    for (item, constant, unit) in [
        ("cpu_m", "node.datadog_cpu_m", Unit::MilliCpu),
        ("memory_mib", "node.datadog_mem_mib", Unit::Mib),
    ] {
        let all = ctx.constant(constant);
        for (container, parts, why) in [
            ("core", 2.0, "logs, metrics of the node and its pods, OTLP"),
            ("traces", 1.0, "counts and samples the traces of the node"),
        ] {
            ctx.ledger
                .add(
                    format!("datadog.node.{container}.{item}"),
                    all * parts / 3.0,
                    unit,
                )
                .why(why)
                .by(format!("all × {parts} ÷ 3"), "2.5", &[constant])
                .graded(Grade::C);
        }
    }
}

/// A collector beside each instance of a platform that has no node to put it on.
pub(crate) fn sidecar(ctx: &mut Context<'_>, whose: &str) {
    ctx.policy(
        &format!("{whose}.sidecar.vcpu"),
        1.0,
        Unit::Vcpu,
        "the least that a second container of an instance has without being throttled",
    );
    ctx.policy(
        &format!("{whose}.sidecar.memory_mib"),
        512.0,
        Unit::Mib,
        "the least that goes with a vCPU",
    );
}
