//! Periods and limits of running the system: maintenance, retries, alarms, recovery of what was deleted.
//!
//! They follow from what an environment is for and from the shape of the week, not from load.

use crate::{
    blueprint::ServiceKind,
    ledger::{Quantity, Unit, show},
    sizing::{Class, Context, ceil, database},
};

/// Records them all. Called after every tier.
pub(crate) fn size(ctx: &mut Context<'_>) {
    maintenance(ctx);
    edge(ctx);
    recovery(ctx);
    controllers(ctx);
    for service in ctx.spec.services.clone() {
        if service.kind != ServiceKind::Http {
            deliveries(ctx, &service.name);
        }
    }
}

/// By what the environment is for: production, rehearsal, development.
fn pick(ctx: &Context<'_>, values: [f64; 3]) -> f64 {
    match ctx.class {
        Class::Production => values[0],
        Class::Rehearsal => values[1],
        Class::Development => values[2],
    }
}

/// The quietest six hours of the weekend that do not pass midnight, in the time of the main region.
fn maintenance(ctx: &mut Context<'_>) {
    let hours = ctx.demand.week.hours();
    let load = |first: usize| -> f64 {
        [5, 6]
            .iter()
            .flat_map(|day| (first..first + 6).map(move |hour| day * 24 + hour))
            .map(|idx| hours[idx])
            .sum()
    };
    let quietest = (0..=18)
        .min_by(|a, b| load(*a).total_cmp(&load(*b)))
        .unwrap_or(0);
    ctx.ledger
        .add("maintenance.hour", quietest as f64, Unit::Count)
        .why("begin of the quietest six hours of the weekend")
        .by(
            "least load over Saturday and Sunday, within a day",
            "1.2",
            &["traffic.shape"],
        );
    ctx.policy(
        "maintenance.window_h",
        6.0,
        Unit::Hours,
        "long enough for a rolling upgrade of the nodes",
    );
    ctx.policy_text(
        "cluster.release_channel",
        "REGULAR",
        "versions that others have run for weeks",
    );
}

fn edge(ctx: &mut Context<'_>) {
    let preview = ctx.class == Class::Development;
    let why = "count only, so that a new rule is seen before it denies";
    let why = if preview {
        why
    } else {
        "deny: the rules have been seen in the smallest environment"
    };
    ctx.ledger
        .add("edge.waf_preview", preview, Unit::Name)
        .why(why)
        .by("policy", "8", &[]);
    let hsts = pick(ctx, [31_536_000.0, 86_400.0, 86_400.0]);
    ctx.policy(
        "edge.hsts_s",
        hsts,
        Unit::Seconds,
        "a year where it is settled, a day where names still move",
    );
    ctx.policy(
        "edge.block_s",
        60.0,
        Unit::Seconds,
        "how long a client over its rate is refused",
    );
    let sample = pick(ctx, [0.1, 1.0, 1.0]);
    ctx.policy(
        "edge.log_sample",
        sample,
        Unit::Ratio,
        "of requests; all of them where there are few",
    );
    let (peak, errors) = (ctx.demand.peak, ctx.ledger.number("objectives.error_rate"));
    ctx.ledger
        .add(
            "edge.errors_alarm",
            ceil(peak * 60.0 * errors * 10.0).max(1.0),
            Unit::Count,
        )
        .why(format!(
            "ten times the objective in a minute of {} requests/s",
            show(peak)
        ))
        .by(
            "peak × 60 s × error rate × 10",
            "8",
            &["demand.peak", "objectives.error_rate"],
        );
    ctx.policy(
        "observability.alarm_s",
        300.0,
        Unit::Seconds,
        "how long a threshold must be exceeded: not one slow minute",
    );
    let goal = ctx.ledger.number("slo.latency_percentile") / 100.0;
    ctx.ledger
        .add("slo.latency_goal", goal, Unit::Ratio)
        .why("share of requests within the latency objective")
        .by("percentile ÷ 100", "8", &["slo.latency_percentile"]);
}

fn recovery(ctx: &mut Context<'_>) {
    let rows = [
        (
            "registry.image_days",
            [90.0, 30.0, 14.0],
            "older images are deleted",
        ),
        (
            "secrets.destroy_days",
            [7.0, 1.0, 1.0],
            "a destroyed version can be brought back",
        ),
        (
            "secrets.recovery_days",
            [30.0, 7.0, 7.0],
            "a deleted secret can be brought back",
        ),
        (
            "dr.lock_days",
            [7.0, 1.0, 1.0],
            "copies that nobody can delete",
        ),
        (
            "database.final_backup_days",
            [30.0, 7.0, 1.0],
            "kept after an instance is deleted",
        ),
    ];
    for (name, values, why) in rows {
        let value = pick(ctx, values);
        ctx.policy(name, value, Unit::Days, why);
    }
    let copies = ctx.class == Class::Production;
    let why = if copies {
        "survives the loss of the region"
    } else {
        "may be lost with its region"
    };
    ctx.ledger
        .add("dr.enabled", copies, Unit::Name)
        .why(why)
        .by("redundancy minimum", "8", &[]);
    ctx.policy(
        "database.slow_statement_ms",
        1000.0,
        Unit::Millis,
        "logged: far above the latency objective",
    );
    if database::is_vitess(ctx) {
        let seconds = ctx.ledger.number("database.slow_statement_ms") / 1000.0;
        ctx.ledger
            .add("database.slow_statement_s", seconds, Unit::Seconds)
            .why("logged: far above the latency objective")
            .by("ms ÷ 1000", "8", &["database.slow_statement_ms"]);
    }
    ctx.policy(
        "database.idle_transaction_ms",
        60_000.0,
        Unit::Millis,
        "an open transaction holds back vacuum and locks",
    );
}

fn controllers(ctx: &mut Context<'_>) {
    ctx.policy(
        "addons.cpu_request_m",
        100.0,
        Unit::MilliCpu,
        "of each controller: they work when something changes",
    );
    ctx.policy(
        "addons.memory_mib",
        256.0,
        Unit::Mib,
        "of each controller: its cache of the cluster's objects",
    );
    let cpu = pick(ctx, [500.0, 250.0, 100.0]);
    ctx.policy(
        "otel.cpu_request_m",
        cpu,
        Unit::MilliCpu,
        "of each replica of the telemetry gateway",
    );
    collectors(ctx);
}

/// How often metrics are read, and what the collectors hold before they send it on.
fn collectors(ctx: &mut Context<'_>) {
    let rows = [
        (
            "monitoring.interval_s",
            30.0,
            Unit::Seconds,
            "two looks in the shortest window of any rule",
        ),
        (
            "otel.check_s",
            1.0,
            Unit::Seconds,
            "memory grows no faster than that is seen",
        ),
        (
            "otel.memory_percent",
            80.0,
            Unit::Percent,
            "of the container's limit: refused rather than killed",
        ),
        (
            "otel.spike_percent",
            20.0,
            Unit::Percent,
            "of the limit, for what arrives between two checks",
        ),
        (
            "otel.agent.batch",
            500.0,
            Unit::Count,
            "spans or points that leave a node together",
        ),
        (
            "otel.agent.batch_s",
            1.0,
            Unit::Seconds,
            "what is lost with a node at most",
        ),
        (
            "otel.gateway.batch",
            200.0,
            Unit::Count,
            "points of one request to the backend, its limit",
        ),
        (
            "otel.gateway.batch_s",
            5.0,
            Unit::Seconds,
            "few requests to the backend, and still nearly now",
        ),
        (
            "otel.gateway.discovery_s",
            5.0,
            Unit::Seconds,
            "how long the start waits for the machine's own description",
        ),
        (
            "otel.gateway.queue",
            2000.0,
            Unit::Count,
            "batches that wait while the backend does not answer",
        ),
    ];
    for (name, value, unit, why) in rows {
        ctx.policy(name, value, unit, why);
    }
}

/// How a queue hands a job to a worker, and how often.
fn deliveries(ctx: &mut Context<'_>, name: &str) {
    let job = ctx.ledger.number(&format!("{name}.job_s"));
    let from = format!("{name}.job_s");
    // A function ends by its timeout; a message that comes back before that would be worked on twice.
    let timeout = format!("{name}.timeout_s");
    let limit = ctx.ledger.get(&timeout).map(Quantity::number);
    let (ack, visibility, from, whys) = match limit {
        Some(limit) => (
            limit,
            6.0 * limit,
            timeout,
            [
                format!("an invocation ends after {} s", show(limit)),
                format!(
                    "an invocation ends after {} s; six times that, for retries of the source itself",
                    show(limit)
                ),
            ],
        ),
        None => (
            1.5 * job,
            2.0 * job,
            from,
            [
                format!(
                    "a job takes {} s; half more before it is given to another worker",
                    show(job)
                ),
                format!(
                    "a job takes {} s; twice that before another worker sees it",
                    show(job)
                ),
            ],
        ),
    };
    let [ack_why, visibility_why] = whys;
    ctx.ledger
        .add(
            format!("{name}.ack_deadline_s"),
            ceil(ack).clamp(10.0, 600.0),
            Unit::Seconds,
        )
        .why(ack_why)
        .by(
            "timeout of a function, else 1.5 × job time; 10 s to 10 min",
            "2.8",
            &[&from],
        );
    ctx.ledger
        .add(
            format!("{name}.visibility_timeout_s"),
            ceil(visibility).clamp(30.0, 43_200.0),
            Unit::Seconds,
        )
        .why(visibility_why)
        .by(
            "6 × timeout of a function, else 2 × job time; 30 s to 12 h",
            "2.8",
            &[&from],
        );
    ctx.policy(
        &format!("{name}.max_attempts"),
        5.0,
        Unit::Count,
        "then a person looks: the dead-letter topic",
    );
    ctx.policy(
        &format!("{name}.retry_min_s"),
        10.0,
        Unit::Seconds,
        "first retry",
    );
    ctx.policy(
        &format!("{name}.retry_max_s"),
        600.0,
        Unit::Seconds,
        "longest pause between retries",
    );
}

/// Brokers that run on the cluster instead of being bought.
pub(crate) fn own_brokers(ctx: &mut Context<'_>) {
    if ctx
        .choice
        .get("stream")
        .is_none_or(|choice| choice != "strimzi")
        || ctx.ledger.get("stream.brokers").is_none()
    {
        return;
    }
    let cpu = pick(ctx, [1000.0, 500.0, 250.0]);
    ctx.policy(
        "stream.strimzi.cpu_request_m",
        cpu,
        Unit::MilliCpu,
        "of a broker",
    );
    let memory = pick(ctx, [4.0, 2.0, 1.0]);
    ctx.policy(
        "stream.strimzi.memory_gib",
        memory,
        Unit::Gib,
        "of a broker: a heap, and page cache for the newest messages",
    );
    ctx.ledger
        .add("stream.strimzi.heap_mib", memory * 1024.0 / 4.0, Unit::Mib)
        .why("a quarter of the memory; the page cache does the rest")
        .by("memory ÷ 4", "5", &["stream.strimzi.memory_gib"]);
}
