//! What the data lake holds and how much queries may read (capacity model, section 7.2).
//!
//! Comes in: `lake:` of the blueprint, or the objects that functions take. Goes out: the quantities `lake.…`; nothing
//! where the architecture has no lake.

use crate::{
    blueprint::{Service, ServiceKind},
    component::Component,
    ledger::{Unit, show},
    sizing::{Class, Context, ceil},
};

/// Mean size of an uploaded object where nobody states one (C).
const OBJECT_BYTES: f64 = 1e6;

/// Sizes the lake.
pub(crate) fn size(ctx: &mut Context<'_>) {
    if !ctx.has(Component::Lake) {
        return;
    }
    let ingest = ingest(ctx);
    let retention = retention(ctx);
    let compression = ctx.constant("lake.compression");
    ctx.ledger
        .add("lake.stored_gb", ingest * retention * compression, Unit::Gb)
        .why(format!(
            "{} GB a day × {} days × {compression}: columns compress",
            show(ingest),
            show(retention)
        ))
        .by(
            "ingest · retention · compression",
            "7.2",
            &[
                "lake.ingest_gb_day",
                "lake.retention_days",
                "lake.compression",
            ],
        );
    scans(ctx, ingest, retention);
    ages(ctx, retention);
}

/// GB a day before compression.
fn ingest(ctx: &mut Context<'_>) -> f64 {
    let (scale, growth) = (ctx.scale, ctx.demand.growth);
    if let Some(stated) = ctx.spec.lake.ingest_per_day {
        let gb = ctx.stated("lake.ingest_per_day", stated.get() / 1e9, Unit::Gb);
        return ctx
            .ledger
            .add("lake.ingest_gb_day", gb * scale * growth, Unit::Gb)
            .why(format!(
                "{} GB a day × scale {} × growth {}",
                show(gb),
                show(scale),
                show(growth)
            ))
            .by(
                "stated · scale · growth",
                "7.2",
                &["lake.ingest_per_day", "environment.scale", "demand.growth"],
            )
            .number();
    }
    let events: Vec<Service> = ctx
        .spec
        .services
        .iter()
        .filter(|service| service.kind == ServiceKind::Event)
        .cloned()
        .collect();
    let mut names = Vec::new();
    let mut gb = 0.0;
    for service in events {
        let name = &service.name;
        let bytes = service.object_size.map(|size| size.get());
        let bytes = ctx.service_input(name, "object_bytes", bytes, Unit::Bytes, OBJECT_BYTES);
        let rate = format!("{name}.jobs.mean");
        gb += ctx.ledger.number(&rate) * bytes * 86_400.0 / 1e9;
        names.extend([rate, format!("{name}.object_bytes")]);
    }
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    ctx.ledger
        .add("lake.ingest_gb_day", gb, Unit::Gb)
        .why("the objects that functions take in a day")
        .by("Σ objects/s · size · 86 400", "7.2", &inputs)
        .number()
}

/// Days that raw objects are kept.
fn retention(ctx: &mut Context<'_>) -> f64 {
    let stated = ctx.spec.lake.retention.map(|time| time.get() / 86_400.0);
    let days = ctx.or_default(
        "lake.retention",
        stated,
        Unit::Days,
        365.0,
        "default: a year of raw data to compute anything anew from",
    );
    let (days, why) = match ctx.class {
        Class::Production => (days, "as stated".to_owned()),
        Class::Rehearsal => (days.min(30.0), "a month of rehearsal data".to_owned()),
        Class::Development => (days.min(7.0), "a week is enough to try things".to_owned()),
    };
    ctx.ledger
        .add("lake.retention_days", ceil(days).max(1.0), Unit::Days)
        .why(why)
        .by(
            "stated, less where nobody's data is",
            "7.2",
            &["lake.retention"],
        )
        .number()
}

/// Bytes that queries read, and where one of them is stopped.
fn scans(ctx: &mut Context<'_>, ingest: f64, retention: f64) {
    let scale = ctx.scale;
    let pruning = ctx.constant("lake.pruning");
    // Without a statement: every day somebody asks for a month (C).
    let stated = ctx
        .spec
        .lake
        .scanned_per_day
        .map(|bytes| bytes.get() / 1e9 * scale);
    let scanned = stated.unwrap_or_else(|| ingest * retention.min(30.0));
    let scanned = ctx
        .ledger
        .add("lake.scanned_gb_day", scanned, Unit::Gb)
        .why(if stated.is_some() {
            "stated × scale, as if there were no partitions"
        } else {
            "a month of data once a day, as if there were no partitions"
        })
        .by(
            "stated · scale, or 30 days of ingest",
            "7.2",
            &["lake.ingest_gb_day", "environment.scale"],
        )
        .number();
    let pruned = ctx
        .ledger
        .add("lake.pruned_gb_day", scanned * pruning, Unit::Gb)
        .why(format!(
            "{} GB × {pruning}: partitions leave out the rest",
            show(scanned)
        ))
        .by(
            "scanned · pruning",
            "7.2",
            &["lake.scanned_gb_day", "lake.pruning"],
        )
        .number();
    // The least that the query service takes as a limit is 10 MB; a GB is a cent.
    let limit = ceil(pruned.max(1.0));
    ctx.ledger
        .add("lake.scan_limit_bytes", limit * 1e9, Unit::Bytes)
        .why(format!(
            "of one query: what a day's pruned queries read, {} GB; one without a filter reads more and is stopped",
            show(pruned)
        ))
        .by("pruned GB a day, at least 1 GB", "7.2", &["lake.pruned_gb_day"]);
    ctx.ledger
        .add(
            "lake.scan_quota_mib_day",
            ceil(limit * 3.0 * 1e9 / 1_048_576.0),
            Unit::Mib,
        )
        .why("of all queries of a day: three times what is usual")
        .by("3 × limit of a query", "7.2", &["lake.scan_limit_bytes"]);
}

/// When objects become cheaper and when they go.
fn ages(ctx: &mut Context<'_>, retention: f64) {
    // Infrequent-access classes are billed for 30 days at least: nothing moves that goes sooner.
    let moves = retention > 60.0;
    ctx.ledger
        .add(
            "lake.infrequent_days",
            if moves { 30.0 } else { retention },
            Unit::Days,
        )
        .why(if moves {
            "raw objects are read in their first month"
        } else {
            "gone before a cheaper class would pay"
        })
        .by(
            "30 days where retention is over 60",
            "7.2",
            &["lake.retention_days"],
        );
    ctx.policy(
        "lake.noncurrent_days",
        if ctx.class == Class::Production {
            30.0
        } else {
            1.0
        },
        Unit::Days,
        "what was overwritten or deleted by mistake can be brought back for so long",
    );
    ctx.policy(
        "lake.result_days",
        if ctx.class == Class::Production {
            30.0
        } else {
            7.0
        },
        Unit::Days,
        "results of queries: they can be computed again",
    );
}
