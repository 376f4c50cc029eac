//! How requests find the sides of a project on several clouds, and how fast a lost side is noticed.
//!
//! Comes in: the sides with their shares. Goes out: quantities `sides.…`; none on one cloud.

use crate::{ledger::Unit, sides::Side, sizing::Context};

/// Looks at a side: two retries within the shortest interval that all of Cloudflare's paid plans have.
const INTERVAL_S: f64 = 60.0;
const TIMEOUT_S: f64 = 5.0;
const RETRIES: f64 = 2.0;
/// A day: as long as a session is used, and short enough that shares follow the weights again.
const AFFINITY_S: f64 = 86_400.0;

/// Records weights, looks and affinity.
pub(crate) fn size(ctx: &mut Context<'_>, sides: &[Side]) {
    if sides.is_empty() {
        return;
    }
    let looks = "looks at a side: down after all tries of one, within sides.failover_s everywhere";
    ctx.policy("sides.interval_s", INTERVAL_S, Unit::Seconds, looks);
    ctx.policy(
        "sides.timeout_s",
        TIMEOUT_S,
        Unit::Seconds,
        "an entry that needs longer serves nobody",
    );
    ctx.policy(
        "sides.retries",
        RETRIES,
        Unit::Count,
        "tries at once, so that one lost packet moves nobody",
    );
    ctx.policy(
        "sides.affinity_s",
        AFFINITY_S,
        Unit::Seconds,
        "a user's rows are on one side: a session stays there",
    );
    for side in sides {
        let share = side.share.get();
        let why = if side.continents.is_empty() {
            format!("equal parts of {} sides", sides.len())
        } else {
            format!("users of {}", side.continents.join(", "))
        };
        // Cloudflare takes two decimals; the last side of three has what the others leave.
        let name = format!("sides.{}.weight", side.cloud.name());
        ctx.ledger
            .add(name, (share * 100.0).round() / 100.0, Unit::Ratio)
            .why(why)
            .by("share of the load", "1.1", &[]);
    }
    let above = ctx.constant("sides.survive_availability");
    ctx.constant("sides.failover_s");
    let carries_all = ctx.ledger.number("objectives.availability") > above;
    let why = if carries_all {
        "the objective is more than one cloud signs: each side carries all users while the other is lost"
    } else {
        "the objective holds without the other side"
    };
    ctx.ledger
        .add("sides.carries_all", carries_all, Unit::Name)
        .why(why)
        .by(
            "objective > what one cloud signs",
            "8",
            &["objectives.availability", "sides.survive_availability"],
        );
}
