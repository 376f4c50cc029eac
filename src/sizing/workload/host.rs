//! What runs a service: pods or managed containers, how fast another one comes, how many requests one takes.

use crate::{
    ledger::Unit,
    sizing::{Context, ceil},
};

/// What one unit of a service is: a pod, or a managed container.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    /// What it is called: `pod`, `task`, `instance`.
    pub(crate) noun: &'static str,
    /// 1/1000 vCPU.
    pub(crate) cpu_m: f64,
    /// MiB.
    pub(crate) memory_mib: f64,
    /// From load to another one that is ready.
    pub(crate) lag: &'static Lag,
    /// Units that the requests in flight ask for, at so many each; absent where nobody counts them.
    pub(crate) by_requests: Option<Concurrency>,
    /// Whether none runs in development while nothing is asked for.
    pub(crate) scales_to_zero: bool,
}

/// Requests in flight, and how many of them one unit takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Concurrency {
    /// Requests that one unit is given at once.
    pub(crate) each: f64,
    /// Seconds that a request is in flight.
    pub(crate) response_s: f64,
    /// Utilisation that the unit's share is filled to, 0 to 1.
    pub(crate) target: f64,
}

impl Concurrency {
    /// Units for an arrival rate (section 7.3): ceil(λ · R ÷ (concurrency · ρ)).
    pub(super) fn units(&self, rate: f64) -> f64 {
        ceil(rate * self.response_s / (self.each * self.target))
    }
}

/// Seconds from load to another unit that is ready: where they are recorded and what they add up from (section 2.6).
#[derive(Debug)]
pub(crate) struct Lag {
    /// Name of the quantity.
    pub(crate) quantity: &'static str,
    /// Reason on the sizing sheet.
    pub(crate) why: &'static str,
    /// Formula.
    pub(crate) formula: &'static str,
}

/// Records the seconds from load to a ready unit, once (section 2.6).
pub(crate) fn record_lag(ctx: &mut Context<'_>, lag: &Lag, parts: &[&str]) {
    if ctx.ledger.get(lag.quantity).is_some() {
        return;
    }
    let seconds = parts.iter().map(|id| ctx.constant(id)).sum::<f64>();
    ctx.ledger
        .add(lag.quantity, seconds, Unit::Seconds)
        .why(lag.why)
        .by(lag.formula, "2.6", parts);
}
