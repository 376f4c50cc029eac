//! Backups of the document database, from the objectives: how often, how long, and where else.

use crate::{
    ledger::Unit,
    sizing::{Class, Context},
};

/// Hours between snapshots that are on offer.
const INTERVALS_H: [f64; 5] = [1.0, 2.0, 4.0, 6.0, 12.0];

/// Records the schedule.
pub(super) fn size(ctx: &mut Context<'_>) {
    let rpo = ctx.ledger.number("objectives.rpo_min");
    let rto = ctx
        .spec
        .objectives
        .rto
        .map_or(4.0, |time| time.get() / 3600.0);
    let development = ctx.class == Class::Development;
    let continuous = !development && rpo < 60.0;
    ctx.ledger
        .add("document.backup.continuous", continuous, Unit::Name)
        .why("snapshots come by the hour: an objective below it takes the log of writes too")
        .by("rpo < 60 min", "8", &["objectives.rpo_min"]);
    // What is replayed over a snapshot counts as time to recover.
    let wanted = if continuous { rto } else { rpo / 60.0 };
    let interval = INTERVALS_H
        .into_iter()
        .rev()
        .find(|hours| *hours <= wanted)
        .unwrap_or(1.0);
    let interval = if development { 12.0 } else { interval };
    ctx.ledger
        .add("document.backup.interval_h", interval, Unit::Hours)
        .why(if continuous {
            "the log of fewer hours than may pass is replayed over the last one"
        } else {
            "no more is lost than was written since the last one"
        })
        .by(
            "the longest on offer within the objective",
            "8",
            &["objectives.rpo_min"],
        );
    let window = ctx.ledger.number("database.pitr_days");
    ctx.ledger
        .add("document.backup.window_days", window, Unit::Days)
        .why("any moment of these days, as of the relational data")
        .by("database.pitr_days", "8", &["database.pitr_days"]);
    let months = match ctx.class {
        Class::Production => 12.0,
        Class::Rehearsal | Class::Development => 1.0,
    };
    ctx.policy(
        "document.backup.months",
        months,
        Unit::Count,
        "one of each month: what is found out late",
    );
    let region = ctx
        .cloud
        .document_region(&ctx.cloud.backup_region(&ctx.region));
    ctx.policy_text(
        "document.backup.region",
        &region,
        "where copies outlive the region, as Atlas calls it",
    );
}
