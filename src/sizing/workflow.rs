//! State machine over the functions that take uploaded objects, one after the other.
//!
//! Comes in: the sizes of these functions. Goes out: the quantities `workflow.…`; nothing where the architecture has no
//! workflow or nothing is uploaded.

use crate::{
    blueprint::{RunsOn, ServiceKind},
    component::Component,
    ledger::{Unit, show},
    sizing::{Context, ceil},
};

/// Attempts of one step, and the first and the longest pause between them, seconds.
const ATTEMPTS: [(&str, f64, Unit, &str); 4] = [
    (
        "max_attempts",
        6.0,
        Unit::Count,
        "pauses of 2, 4, 8 … s: a minute of throttling is waited for",
    ),
    (
        "retry_min_s",
        2.0,
        Unit::Seconds,
        "first pause, with full jitter",
    ),
    (
        "retry_max_s",
        60.0,
        Unit::Seconds,
        "longest pause between attempts",
    ),
    (
        "retry_factor",
        2.0,
        Unit::Factor,
        "each pause over the one before",
    ),
];

/// Sizes the workflow.
pub(crate) fn size(ctx: &mut Context<'_>) {
    let steps: Vec<String> = ctx
        .services_on(RunsOn::Functions)
        .into_iter()
        .filter(|service| service.kind == ServiceKind::Event)
        .map(|service| service.name.clone())
        .collect();
    let Some(first) = steps.first().filter(|_| ctx.has(Component::Workflow)) else {
        return;
    };
    for (item, value, unit, why) in ATTEMPTS {
        ctx.policy(&format!("workflow.{item}"), value, unit, why);
    }
    rates(ctx, first, steps.len());
    limits(ctx, &steps);
}

/// Executions and the transitions that they are billed by.
fn rates(ctx: &mut Context<'_>, first: &str, n_steps: usize) {
    for item in ["mean", "peak"] {
        let of = format!("{first}.jobs.{item}");
        let rate = ctx.ledger.number(&of);
        ctx.ledger
            .add(format!("workflow.executions.{item}"), rate, Unit::PerSecond)
            .why(format!("one for each object that {first} takes"))
            .by("objects/s", "7.3", &[&of]);
    }
    // Begin, choice and end beside the steps.
    let each = n_steps as f64 + 3.0;
    let mean = ctx.ledger.number("workflow.executions.mean");
    ctx.ledger
        .add("workflow.transitions", mean * each, Unit::PerSecond)
        .why(format!(
            "{} executions/s × {n_steps} steps, start, route and end",
            show(mean)
        ))
        .by(
            "executions/s × (steps + 3)",
            "7.3",
            &["workflow.executions.mean"],
        );
}

/// How many objects of a batch are worked on at a time, and when an execution has gone wrong.
fn limits(ctx: &mut Context<'_>, steps: &[String]) {
    let maxima: Vec<String> = steps
        .iter()
        .map(|step| format!("{step}.replicas.max"))
        .collect();
    let narrowest = maxima
        .iter()
        .map(|name| ctx.ledger.number(name))
        .fold(f64::INFINITY, f64::min);
    let inputs: Vec<&str> = maxima.iter().map(String::as_str).collect();
    ctx.ledger
        .add(
            "workflow.batch_concurrency",
            (narrowest / 2.0).floor().clamp(1.0, 1000.0),
            Unit::Count,
        )
        .why(format!(
            "half of the {} of the narrowest step: uploads of the day keep the other half",
            show(narrowest)
        ))
        .by("least instances of a step ÷ 2", "7.3", &inputs);
    let names: Vec<String> = steps.iter().map(|step| format!("{step}.job_s")).collect();
    let usual: f64 = names.iter().map(|name| ctx.ledger.number(name)).sum();
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    ctx.ledger
        .add(
            "workflow.alarms.duration_s",
            ceil(3.0 * usual),
            Unit::Seconds,
        )
        .why(format!("an execution usually takes {} s", show(usual)))
        .by("3 × Σ job time", "7.3", &inputs);
}
