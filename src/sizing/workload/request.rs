//! Deadlines of requests, and of pods that stop (capacity model, section 2.6).

use crate::{ledger::Unit, sizing::Context};

/// How long a request may take, and a pod to stop.
pub(super) fn size(ctx: &mut Context<'_>, name: &str) {
    ctx.policy(
        &format!("{name}.request_timeout_s"),
        30.0,
        Unit::Seconds,
        "the longest request that is waited for",
    );
    ctx.policy(
        &format!("{name}.pre_stop_s"),
        15.0,
        Unit::Seconds,
        "until the load balancer stops sending",
    );
    ctx.ledger
        .add(format!("{name}.termination_grace_s"), 50.0, Unit::Seconds)
        .why("15 s until the load balancer stops sending, the longest request of 30 s, 5 s more")
        .by(
            "pre-stop + request timeout + 5",
            "2.6",
            &[
                &format!("{name}.pre_stop_s"),
                &format!("{name}.request_timeout_s"),
            ],
        );
}
