//! Deadlines of requests, and of pods that stop (capacity model, section 2.6).

use crate::{
    blueprint::{Bucket, Service},
    ledger::Unit,
    sizing::Context,
};

/// Requests a second of a service at the design rate, and what its load follows from: its share of them all, and the
/// playlists where it keeps the segments that they name. A service that makes jobs of what it puts there takes inputs
/// in, and answers none.
pub(super) fn rate(ctx: &Context<'_>, service: &Service, share: f64) -> (f64, Vec<String>) {
    let name = &service.name;
    let mut inputs = vec![
        "demand.design".to_owned(),
        format!("{name}.share"),
        format!("{name}.cpu_per_request_ms"),
    ];
    let mut rate = ctx.demand.design * share;
    let playlists = "media.playlists.usual";
    let answers = service.buckets.contains(&Bucket::Segments) && service.produces.is_empty();
    if answers && ctx.ledger.get(playlists).is_some() {
        // A CDN that is not the cloud's own has no way into the bucket: each part is asked of the service too.
        let own = ctx.choice.get("cdn").is_some_and(|cdn| cdn == "cloud");
        rate += ctx.ledger.number(playlists) * if own { 1.0 } else { 2.0 };
        inputs.push(playlists.to_owned());
    }
    (rate, inputs)
}

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
