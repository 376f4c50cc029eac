//! Retentions, periods and thresholds that follow from what an environment is for and from the objectives, not from load.

use crate::{
    blueprint::{Keyspace, RunsOn, ServiceKind, Strategy},
    ledger::{Unit, show},
    sizing::{Class, Context, abroad, ceil},
};

/// Objectives as quantities. Called first: everything after it may read them.
pub(crate) fn objectives(ctx: &mut Context<'_>) {
    let objectives = ctx.spec.objectives.clone();
    let stated = objectives
        .latency_p99
        .or(objectives.latency_p95)
        .map(|latency| latency.get() * 1000.0);
    let latency = ctx.or_default(
        "objectives.latency_p99_ms",
        stated,
        Unit::Millis,
        500.0,
        "default: 500 ms",
    );
    let percentile = if objectives.latency_p99.is_none() && objectives.latency_p95.is_some() {
        95.0
    } else {
        99.0
    };
    let availability = objectives.availability.map(|share| share.get());
    let default = if ctx.class == Class::Production {
        0.999
    } else {
        0.99
    };
    let availability = ctx.or_default(
        "objectives.availability",
        availability,
        Unit::Ratio,
        default,
        "default: 99.9 %, 99 % before production",
    );
    let errors = objectives.error_rate.map(|share| share.get());
    ctx.or_default(
        "objectives.error_rate",
        errors,
        Unit::Ratio,
        0.001,
        "default: 0.1 %",
    );
    let rpo = objectives.rpo.map(|time| time.get() / 60.0);
    ctx.or_default(
        "objectives.rpo_min",
        rpo,
        Unit::Minutes,
        5.0,
        "default: 5 min, what point-in-time recovery gives",
    );
    slo(ctx, latency, percentile, availability);
}

/// Error budgets and burn rates (section 8; SRE workbook, chapter 5).
fn slo(ctx: &mut Context<'_>, latency_ms: f64, percentile: f64, availability: f64) {
    let add = |ctx: &mut Context<'_>,
               name: &str,
               value: f64,
               unit: Unit,
               why: String,
               inputs: &[&str]| {
        ctx.ledger
            .add(name, value, unit)
            .why(why)
            .by("from the objectives", "8", inputs);
    };
    let from = ["objectives.latency_p99_ms"];
    add(
        ctx,
        "slo.latency_ms",
        latency_ms,
        Unit::Millis,
        format!(
            "the objective: {} % of requests within it",
            show(percentile)
        ),
        &from,
    );
    add(
        ctx,
        "slo.latency_s",
        latency_ms / 1000.0,
        Unit::Seconds,
        "the objective in seconds".to_owned(),
        &from,
    );
    add(
        ctx,
        "slo.latency_percentile",
        percentile,
        Unit::Count,
        "of the latency objective".to_owned(),
        &from,
    );
    let budget = tidy(1.0 - availability);
    let from = ["objectives.availability"];
    add(
        ctx,
        "slo.unavailability",
        budget,
        Unit::Ratio,
        format!("1 - {}", show_share(availability)),
        &from,
    );
    add(
        ctx,
        "slo.budget_minutes",
        tidy(budget * 43_800.0),
        Unit::Minutes,
        format!("{} of a month of 43 800 min", show_share(budget)),
        &from,
    );
    add(
        ctx,
        "slo.slow_share",
        tidy(1.0 - percentile / 100.0),
        Unit::Ratio,
        "requests above the latency objective".to_owned(),
        &["slo.latency_percentile"],
    );
    ctx.policy(
        "slo.late_share",
        0.01,
        Unit::Ratio,
        "of jobs that may miss their deadline",
    );
    let errors = ctx.ledger.number("objectives.error_rate");
    let slow = ctx.ledger.number("slo.slow_share");
    for (window, burn) in [("w1h", 14.4), ("w6h", 6.0), ("w1d", 3.0), ("w3d", 1.0)] {
        ctx.policy(
            &format!("slo.burn.{window}"),
            burn,
            Unit::Factor,
            "of the month's budget; SRE workbook, chapter 5",
        );
        for (item, share) in [
            ("errors", errors),
            ("latency", slow),
            ("availability", budget),
            ("jobs", 0.01),
        ] {
            // A generous objective times the burn rate would be a threshold that nothing reaches.
            let threshold = tidy((burn * share).min(0.9));
            let why = format!("burns {burn} × {}", show_share(share));
            add(
                ctx,
                &format!("slo.{item}.{window}"),
                threshold,
                Unit::Ratio,
                why,
                &[&format!("slo.burn.{window}")],
            );
        }
    }
    ctx.ledger
        .add("slo.burn_fast", 14.4, Unit::Factor)
        .why("2 % of the month's budget in an hour")
        .by("SRE workbook, ch. 5", "8", &[]);
    ctx.ledger
        .add("slo.burn_slow", 6.0, Unit::Factor)
        .why("5 % of the month's budget in six hours")
        .by("SRE workbook, ch. 5", "8", &[]);
}

/// Removes the last digits that binary fractions leave: 0.0005, not 0.0004999999999999449.
fn tidy(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

fn show_share(share: f64) -> String {
    format!("{} %", tidy(100.0 * share))
}

/// Everything that is chosen rather than computed. Called last.
pub(crate) fn rest(ctx: &mut Context<'_>) {
    retention(ctx);
    super::telemetry::size(ctx);
    controllers(ctx);
    recovery(ctx);
    for service in ctx.spec.services.clone() {
        let is_function = ctx.runs_on(&service) == RunsOn::Functions;
        if service.inference && is_function {
            let text = format!(
                "{} runs a model, and functions have no accelerator: it is sized by its duration alone",
                service.name
            );
            ctx.warn("services", text);
        } else if service.inference && ctx.spec.inference.is_some() {
            model_volume(ctx, &service.name);
        }
        let drains = !is_function; // a function ends with its request
        if service.kind == ServiceKind::Http && drains {
            let name = &service.name;
            let drain = ctx.ledger.number(&format!("{name}.pre_stop_s"))
                + ctx.ledger.number(&format!("{name}.request_timeout_s"));
            ctx.ledger
                .add(format!("{name}.drain_s"), drain, Unit::Seconds)
                .why("the load balancer lets open requests finish")
                .by(
                    "pre-stop + request timeout",
                    "2.6",
                    &[
                        &format!("{name}.pre_stop_s"),
                        &format!("{name}.request_timeout_s"),
                    ],
                );
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

fn retention(ctx: &mut Context<'_>) {
    let rows = [
        (
            "observability.log_days",
            [90.0, 30.0, 7.0],
            Unit::Days,
            if ctx.class == Class::Production {
                "logs: an incident is looked into within a quarter"
            } else {
                "logs: long enough to compare a release with the last ones"
            },
        ),
        (
            "observability.audit_log_days",
            [365.0, 90.0, 30.0],
            Unit::Days,
            if ctx.class == Class::Production {
                "who did what: a year"
            } else {
                "who did what: shorter than in production, nobody's data is here"
            },
        ),
        (
            "secrets.rotation_days",
            [90.0, 180.0, 365.0],
            Unit::Days,
            "a leaked value is of use for so long",
        ),
        (
            "registry.keep_images",
            [30.0, 10.0, 5.0],
            Unit::Count,
            "a month of daily releases to roll back to",
        ),
        (
            "registry.untagged_days",
            [14.0, 7.0, 3.0],
            Unit::Days,
            "layers of builds that failed",
        ),
        (
            "network.flow_log_days",
            [30.0, 14.0, 3.0],
            Unit::Days,
            "who talked to whom",
        ),
        (
            "secrets.length",
            [48.0, 48.0, 48.0],
            Unit::Count,
            "characters of a generated secret: over 256 bits",
        ),
    ];
    for (name, values, unit, why) in rows {
        let value = pick(ctx, values);
        ctx.policy(name, value, unit, why);
    }
}

fn controllers(ctx: &mut Context<'_>) {
    let production = ctx.class == Class::Production;
    let controllers = if production { 2.0 } else { 1.0 };
    ctx.policy(
        "addons.controllers",
        controllers,
        Unit::Count,
        if production {
            "a controller survives its node"
        } else {
            "a moment without a controller is bearable here"
        },
    );
    ctx.policy(
        "observability.memory_alarm",
        0.9,
        Unit::Ratio,
        "of the limit; above it the kernel decides",
    );
    ctx.policy(
        "observability.disk_alarm",
        0.85,
        Unit::Ratio,
        "of a machine's disk; images of the next releases are still to come",
    );
    ctx.policy(
        "observability.telling",
        0.9,
        Unit::Ratio,
        "of a fleet's machines; those that start do not tell of their jobs yet",
    );
    ctx.policy(
        "observability.connections_alarm",
        0.8,
        Unit::Ratio,
        "of max_connections",
    );
    ctx.policy(
        "observability.slot_lag_bytes",
        1e9,
        Unit::Bytes,
        "log that a stuck slot may hold back",
    );
    ctx.policy(
        "observability.log_alarm_bytes",
        1e10,
        Unit::Bytes,
        "log between checkpoints, 5 GB at most where the service sets it, and as much again that a stuck slot may hold back",
    );
    ranges(ctx);
    let query = ctx.ledger.number("database.query_ms") / 1000.0;
    ctx.ledger
        .add("observability.query_alarm_s", query, Unit::Seconds)
        .why("mean statement; above it the latency objective is in danger")
        .by("database.query_ms", "3.2", &["database.query_ms"]);
    abroad::query_alarms(ctx);
    ctx.policy(
        "observability.uptime_period_s",
        60.0,
        Unit::Seconds,
        "an outage is seen within two probes",
    );
}

fn recovery(ctx: &mut Context<'_>) {
    let days = pick(ctx, [35.0, 7.0, 1.0]);
    ctx.policy(
        "dr.retention_days",
        days,
        Unit::Days,
        "copies outside the region",
    );
    let backups = ctx.ledger.number("database.backup_days");
    ctx.ledger
        .add("dr.backup_retention", backups, Unit::Count)
        .why("one a day")
        .by("database.backup_days", "8", &["database.backup_days"]);
    let pitr = ctx.ledger.number("database.pitr_days");
    ctx.ledger
        .add("dr.log_retention_days", pitr, Unit::Days)
        .why("point in time")
        .by("database.pitr_days", "8", &["database.pitr_days"]);
    let deletion = pick(ctx, [30.0, 7.0, 7.0]);
    ctx.policy(
        "keys.deletion_days",
        deletion,
        Unit::Days,
        "a deleted key can be called back for so long",
    );
    ctx.policy(
        "keys.rotation_days",
        90.0,
        Unit::Days,
        "new material for what is written from then on",
    );
}

/// Room for the weights of a model, and for the next version beside them.
fn model_volume(ctx: &mut Context<'_>, name: &str) {
    let parameters = ctx.ledger.number("inference.parameters");
    let bits = ctx.ledger.number("inference.bits");
    let gib = ceil(2.0 * parameters * bits / 8.0 / 1_073_741_824.0).max(4.0);
    ctx.ledger
        .add(format!("{name}.model_gib"), gib, Unit::Gib)
        .why("the weights, and the next version beside them")
        .by(
            "2 × parameters × bits ÷ 8, at least 4 GiB",
            "2.8",
            &["inference.parameters", "inference.bits"],
        );
}

/// What is watched where ids are divided by ranges: a range may be hotter than its siblings, as no bucket is.
fn ranges(ctx: &mut Context<'_>) {
    let by_range = |keyspace: &Keyspace| keyspace.strategy == Strategy::Range;
    if !ctx.spec.data.keyspaces.iter().any(by_range) {
        return;
    }
    ctx.policy(
        "observability.hot_shard",
        1.5,
        Unit::Ratio,
        "of the mean of its keyspace: a node has room for half as much again, and a range is hot beyond it",
    );
    ctx.policy(
        "observability.directory_age_s",
        60.0,
        Unit::Seconds,
        "as long as routers keep an owner",
    );
}
