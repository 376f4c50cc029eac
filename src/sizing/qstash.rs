//! Jobs by QStash (capacity model, section 5): how often it tries again, and how many messages a month it delivers.

use crate::{
    component::Component,
    ledger::{Unit, show},
    sizing::{Context, ceil, stream},
};

/// Seconds of a month of 730 hours.
const MONTH_S: f64 = 2_628_000.0;

/// Sizes the deliveries of each consumer where jobs go by QStash.
pub(crate) fn size(ctx: &mut Context<'_>) {
    let chosen = ctx
        .choice
        .get("queue")
        .is_some_and(|choice| choice == "qstash");
    if !chosen || !ctx.has(Component::Qstash) {
        return;
    }
    let consumers = ctx.consumers();
    for name in &consumers {
        let attempts = ctx.ledger.number(&format!("{name}.max_attempts"));
        ctx.ledger
            .add(
                format!("{name}.qstash.retries"),
                attempts - 1.0,
                Unit::Count,
            )
            .why(format!(
                "{} attempts, the first of which is no retry; then it is a dead letter",
                show(attempts)
            ))
            .by("attempts − 1", "5", &[&format!("{name}.max_attempts")]);
    }
    for topic in stream::topics(ctx.spec, false) {
        if topic.consumer().is_some() {
            parallelism(ctx, &topic);
        }
    }
    month(ctx, &consumers);
}

/// Calls of a topic's consumers that may be open at once: QStash counts those of all together.
fn parallelism(ctx: &mut Context<'_>, topic: &stream::Topic) {
    let names = names_of(topic, "replicas.max");
    let most: f64 = names.iter().map(|name| ctx.ledger.number(name)).sum();
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    ctx.ledger
        .add(
            format!("stream.topics.{}.parallelism", topic.name),
            most,
            Unit::Count,
        )
        .why(format!(
            "as many calls at once as {} may run",
            topic.consumers.join(" and ")
        ))
        .by("Σ replicas.max of its consumers", "5", &inputs);
    let held = names_of(topic, "rate_limit");
    if let Some(limit) = held.iter().find_map(|name| ctx.ledger.get(name)) {
        let (rate, name) = (limit.number(), held[0].clone());
        // Whole calls in whole seconds: 1.5 a second are three in two.
        let is_whole = |period: &f64| rate * period >= 1.0 && (rate * period).fract() < 1e-9;
        let period = (1..=10).map(f64::from).find(is_whole);
        let period = period.unwrap_or_else(|| ceil(1.0 / rate));
        ctx.ledger
            .add(
                format!("stream.topics.{}.calls", topic.name),
                (rate * period + 1e-9).floor().max(1.0),
                Unit::Count,
            )
            .why(format!("{} a second, in {} s", show(rate), show(period)))
            .by("limit × period, rounded down", "5", &[&name]);
        ctx.ledger
            .add(
                format!("stream.topics.{}.period_s", topic.name),
                period,
                Unit::Seconds,
            )
            .why(format!("whole calls at {} a second", show(rate)))
            .by(
                "least of 1 to 10 s with whole calls, else 1 ÷ limit",
                "5",
                &[&name],
            );
    }
}

/// A quantity of each consumer of a topic.
fn names_of(topic: &stream::Topic, item: &str) -> Vec<String> {
    let names = topic.consumers.iter();
    names.map(|name| format!("{name}.{item}")).collect()
}

/// Messages of a mean month: one for each job, and one more for each that is tried again.
fn month(ctx: &mut Context<'_>, consumers: &[String]) {
    if consumers.is_empty() {
        return;
    }
    let names: Vec<String> = consumers
        .iter()
        .map(|name| format!("{name}.jobs.mean"))
        .collect();
    let jobs: f64 = names.iter().map(|name| ctx.ledger.number(name)).sum();
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    ctx.ledger
        .add(
            "qstash.messages_month",
            (jobs * MONTH_S / 1e6).max(0.001),
            Unit::Count,
        )
        .why(format!(
            "million: {} jobs a second on average, delivered once each",
            show(jobs)
        ))
        .by("jobs × a month", "5", &inputs);
}
