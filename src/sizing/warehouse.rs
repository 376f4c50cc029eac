//! What queries over all shards need: bytes stored by column, bytes scanned, compute (capacity model, sections 7.2 and 7.11).
//!
//! Comes in: the data of all keyspaces at the horizon. Goes out: the quantities `warehouse.…`.

use crate::{
    component::Component,
    ledger::{Grade, Unit, show},
    sizing::{Class, Context, ceil, ceil_to},
};

/// Sizes it where there is one. Called after the database, whose data it copies.
pub(crate) fn size(ctx: &mut Context<'_>) {
    if !ctx.has(Component::Warehouse) {
        return;
    }
    let database = ctx.choice.get("database").map(String::as_str);
    if database == Some("alloydb") {
        let text = "no warehouse is made: Datastream checks a certificate that AlloyDB does not hand out; `cloud-sql` has one";
        ctx.warn("platform.database", text.to_owned());
        return;
    }
    let data = ctx.ledger.number("database.data_gib");
    let compression = ctx.constant("lake.compression");
    let stored = ctx
        .ledger
        .add(
            "warehouse.stored_gb",
            data * 1.073_741_824 * compression,
            Unit::Gb,
        )
        .why(format!("{} GiB × {compression} by column", show(data)))
        .by(
            "data at the horizon × compression",
            "7.2",
            &["database.data_gib", "lake.compression"],
        )
        .number();
    let pruning = ctx.constant("lake.pruning");
    let queries = if ctx.class == Class::Production {
        300.0
    } else {
        10.0
    };
    ctx.policy(
        "warehouse.queries_per_day",
        queries,
        Unit::PerDay,
        "dashboards and people; one over all shards each",
    );
    ctx.ledger
        .add(
            "warehouse.scanned_tb_month",
            stored * pruning * queries * 30.4 / 1000.0,
            Unit::Count,
        )
        .why(format!(
            "{} GB × {pruning} that partitions leave × {queries} queries a day, a month in TB",
            show(stored)
        ))
        .by(
            "stored × pruning × queries × days",
            "7.2",
            &[
                "warehouse.stored_gb",
                "lake.pruning",
                "warehouse.queries_per_day",
            ],
        )
        .graded(Grade::C);
    compute(ctx, stored * pruning, queries);
}

/// Units of 16 GB that hold what a query touches, in steps of eight; hours of them that the queries take.
fn compute(ctx: &mut Context<'_>, touched: f64, queries: f64) {
    let per_unit = ctx.constant("warehouse.gb_per_rpu");
    let base = ctx
        .ledger
        .add(
            "warehouse.base_rpu",
            ceil_to((touched / per_unit).max(8.0), 8.0).min(512.0),
            Unit::Count,
        )
        .why(format!(
            "{} GB that a query touches at {per_unit} GB a unit, in steps of 8",
            show(touched)
        ))
        .by(
            "stored × pruning ÷ memory of a unit",
            "7.11",
            &[
                "warehouse.stored_gb",
                "lake.pruning",
                "warehouse.gb_per_rpu",
            ],
        )
        .number();
    ctx.ledger
        .add("warehouse.max_rpu", base * 4.0, Unit::Count)
        .why("four queries of that size at once")
        .by("4 × base", "7.11", &["warehouse.base_rpu"])
        .graded(Grade::C);
    // A unit scans a quarter of a GB a second, and no query is billed for less than a minute (C).
    let seconds = (touched / (0.25 * base)).max(60.0);
    let hours = ctx
        .ledger
        .add(
            "warehouse.rpu_hours_month",
            ceil(base * seconds * queries * 30.4 / 3600.0),
            Unit::Count,
        )
        .why(format!(
            "{} units × {} s × {queries} queries a day",
            show(base),
            show(seconds)
        ))
        .by(
            "units × seconds of a query × queries",
            "7.11",
            &["warehouse.base_rpu", "warehouse.queries_per_day"],
        )
        .graded(Grade::C)
        .number();
    ctx.ledger
        .add("warehouse.rpu_hours_limit", ceil(hours * 1.5), Unit::Count)
        .why("half as much again, then somebody is told")
        .by("1.5 × expected", "7.11", &["warehouse.rpu_hours_month"]);
    ctx.policy(
        "warehouse.freshness_s",
        900.0,
        Unit::Seconds,
        "analytics may be a quarter of an hour behind",
    );
}
