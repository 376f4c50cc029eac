//! Error tracking: how much a service may send, and what is told (capacity model, section 8).

use crate::{
    component::Component,
    ledger::{Grade, Unit, show},
    sizing::{Context, ceil, ceil_to},
};

/// Sizes limits and alerts where errors are tracked.
pub(crate) fn size(ctx: &mut Context<'_>) {
    let tracked = ctx
        .choice
        .get("errors")
        .is_some_and(|choice| choice == "sentry");
    if !tracked || !ctx.has(Component::Sentry) {
        return;
    }
    ctx.policy(
        "sentry.resolve_h",
        720.0,
        Unit::Hours,
        "an error that is not seen for a month is gone",
    );
    let errors = ctx.ledger.number("objectives.error_rate");
    let names: Vec<String> = ctx
        .spec
        .services
        .iter()
        .map(|service| service.name.clone())
        .collect();
    for name in names {
        let rate = load(ctx, &name);
        let budget = rate * errors;
        // One issue that takes a tenth of the budget alone is worth a look (C).
        ctx.ledger
            .add(
                format!("{name}.errors.per_5m"),
                ceil(budget * 300.0 / 10.0).max(5.0),
                Unit::Count,
            )
            .why(format!(
                "a tenth of what {} % of {} a second may fail in 5 min, at least 5",
                show(100.0 * errors),
                show(rate)
            ))
            .by(
                "rate × error objective × 300 s ÷ 10",
                "8",
                &["objectives.error_rate", "demand.peak"],
            )
            .graded(Grade::C);
        ctx.ledger
            .add(
                format!("{name}.errors.events_per_minute"),
                ceil_to((budget * 60.0).max(60.0), 10.0),
                Unit::Count,
            )
            .why("as many as the objective allows to fail: beyond it more of the same says nothing new")
            .by(
                "rate × error objective × 60 s, at least 60",
                "8",
                &["objectives.error_rate", "demand.peak"],
            )
            .graded(Grade::C);
    }
}

/// Requests or jobs a second of the busiest hour.
fn load(ctx: &Context<'_>, name: &str) -> f64 {
    let jobs = ctx.ledger.get(&format!("{name}.jobs.peak"));
    let share = ctx.ledger.get(&format!("{name}.share"));
    let number = crate::ledger::Quantity::number;
    jobs.map_or_else(|| ctx.demand.peak * share.map_or(1.0, number), number)
}
