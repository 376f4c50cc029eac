//! What Datadog alerts on: thresholds of its own beside those of the tiers.
//!
//! Comes in: objectives and targets. Goes out: quantities `datadog.…`; none where something else watches.

use crate::{
    component::Component,
    ledger::{Grade, Unit, show},
    sizing::Context,
};

/// Sizes thresholds and the agent beside a task.
pub(crate) fn size(ctx: &mut Context<'_>) {
    let chosen = ctx
        .choice
        .get("monitoring")
        .is_some_and(|choice| choice == "datadog");
    if !chosen || !ctx.has(Component::Datadog) {
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
