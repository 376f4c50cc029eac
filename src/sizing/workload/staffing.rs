//! How many servers a load of requests needs: utilisation, queueing, the loss of a zone, latency (capacity model, sections 2.1 to 2.3).

use crate::{
    blueprint::Service,
    ledger::{Unit, show},
    sizing::{Context, ceil, queueing},
};

/// Servers for a load (section 2.2): the largest of utilisation, square-root staffing and the loss of a zone.
#[derive(Clone, Copy, Debug)]
pub struct Staffing {
    /// Target utilisation, 0 to 1.
    pub target: f64,
    /// Quality of service by tier (Netflix `_QOS`).
    pub beta: f64,
    /// Utilisation that the remaining zones may reach, and the number of zones; absent where pods come up elsewhere.
    pub absorb: Option<(f64, f64)>,
}

impl Staffing {
    /// Servers (vCPU) for `a` busy ones, and the name of the bound that decided.
    pub fn servers(&self, a: f64) -> (f64, &'static str) {
        let by_zone = self
            .absorb
            .map_or(0.0, |(fail, zones)| a / (fail * (zones - 1.0) / zones));
        let bounds = [
            (a / self.target, "utilisation"),
            (a + self.beta * a.sqrt(), "queueing"),
            (by_zone, "loss of a zone"),
        ];
        bounds
            .into_iter()
            .fold((0.0, "utilisation"), |best, bound| {
                if bound.0 > best.0 { bound } else { best }
            })
    }

    /// CPU target of the autoscaler in percent: what keeps the remaining zones below their limit (section 2.2).
    pub fn hpa_target(&self) -> f64 {
        let absorbing = self
            .absorb
            .map_or(1.0, |(fail, zones)| fail * (zones - 1.0) / zones);
        (100.0 * self.target.min(absorbing) + 1e-9).floor()
    }
}

/// Servers for a load, and the name of the bound that decided.
///
/// Latency is a bound like the others: the fewest whole servers that hold it, whatever the load asks for, so that more load never
/// needs fewer.
pub(super) fn servers_for(
    staffing: &Staffing,
    load: f64,
    s_ms: f64,
    (objective_ms, percentile): (f64, f64),
) -> (f64, &'static str) {
    let (by_load, bound) = staffing.servers(load);
    let by_latency = servers_for_latency(by_load, load, s_ms, objective_ms, percentile);
    if by_latency > by_load {
        (by_latency, "latency")
    } else {
        (by_load, bound)
    }
}

/// The fewest whole servers from `c` rounded down that hold the percentile of the response time (section 2.3). Where service alone is
/// slower than the objective, those that add no waiting.
fn servers_for_latency(c: f64, a: f64, s_ms: f64, objective_ms: f64, percentile: f64) -> f64 {
    let patience_ms = (objective_ms - s_ms).max(0.0);
    let most = ceil(10.0 * a.max(1.0));
    let holds = |servers: f64| queueing::wait(servers as u32, a, s_ms, percentile) <= patience_ms;
    // More servers never wait longer: double the step until it holds, then halve what is between. At least one more than are busy.
    let least = c.floor().max(a.floor() + 1.0);
    let (mut low, mut high, mut step) = (least, least, 1.0);
    while high < most && !holds(high) {
        low = high + 1.0;
        high = (high + step).min(most);
        step *= 2.0;
    }
    while low < high {
        let middle = ((low + high) / 2.0).floor();
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1.0;
        }
    }
    high
}

pub(crate) fn staffing(ctx: &mut Context<'_>, service: &Service) -> Staffing {
    let name = service.name.as_str();
    let tier = service.tier.unwrap_or(1);
    let target = match service.target_cpu {
        Some(target) => ctx.service_input(name, "target_cpu", Some(target.get()), Unit::Ratio, 0.7),
        None => ctx.constant("cpu.target_utilization"),
    };
    let beta = ctx.constant(&format!("cpu.beta.tier{tier}"));
    let absorb = ctx
        .absorbs_zone_loss()
        .then(|| (ctx.constant("cpu.zone_loss_utilization"), ctx.zones as f64));
    Staffing {
        target,
        beta,
        absorb,
    }
}

pub(crate) fn cpu_per_request(ctx: &mut Context<'_>, service: &Service) -> f64 {
    let name = service.name.as_str();
    let key = format!("{name}.cpu_per_request_ms");
    if let Some(stated) = service.cpu_per_request {
        return ctx.service_input(
            name,
            "cpu_per_request_ms",
            Some(stated.get() * 1000.0),
            Unit::Millis,
            0.0,
        );
    }
    // What a platform admits to one container is asked for before the containers are counted.
    if let Some(known) = ctx.ledger.get(&key) {
        return known.number();
    }
    let runtime = service.runtime.as_deref().unwrap_or("node");
    let constant = format!("cpu.ms_per_request.{runtime}");
    let value = ctx.constant(&constant);
    ctx.ledger
        .add(key, value, Unit::Millis)
        .by(format!("default of {runtime}"), "2.1", &[&constant])
        .number()
}

pub(super) fn servers(
    ctx: &mut Context<'_>,
    name: &str,
    staffing: &Staffing,
    load: f64,
    cpu_ms: f64,
) -> f64 {
    let latency = ctx.latency();
    let (servers, bound) = servers_for(staffing, load, cpu_ms, latency);
    if cpu_ms > latency.0 {
        let text = format!(
            "a request takes {} ms of CPU alone, the objective is {} ms: no number of pods meets it",
            show(cpu_ms),
            show(latency.0)
        );
        ctx.warn("objectives.latency_p99", text);
    }
    ctx.ledger
        .add(format!("{name}.servers"), servers, Unit::Vcpu)
        .why(format!("{} busy vCPU; {bound} decides", show(load)))
        .by(
            "max(a ÷ ρ, a + β√a, a ÷ (ρ_fail (z - 1) ÷ z)), more until the latency holds",
            "2.2",
            &[&format!("{name}.load")],
        )
        .decided_by(bound)
        .number()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIER_1: Staffing = Staffing {
        target: 0.7,
        beta: 1.761,
        absorb: Some((0.9, 3.0)),
    };

    /// Worked example 11.1: 144.1 and 576.4 requests/s at 12 ms.
    #[test]
    fn servers_of_the_worked_example() {
        let (servers, bound) = TIER_1.servers(1.73);
        assert!((servers - 4.05).abs() < 0.01);
        assert_eq!(bound, "queueing");
        let (servers, bound) = TIER_1.servers(6.917);
        assert!((servers - 11.55).abs() < 0.01, "{servers}");
        assert_eq!(bound, "queueing");
        // read as 200 000 users online
        let (servers, bound) = TIER_1.servers(475.25);
        assert!((servers - 792.1).abs() < 0.1);
        assert_eq!(bound, "loss of a zone");
    }

    #[test]
    fn absorbing_a_zone_lowers_the_target() {
        assert_eq!(TIER_1.hpa_target(), 60.0);
        assert_eq!(
            Staffing {
                absorb: None,
                ..TIER_1
            }
            .hpa_target(),
            70.0
        );
    }

    #[test]
    fn latency_asks_for_the_fewest_whole_servers_that_hold_it() {
        // Ten servers wait 20.66 ms, as section 2.3 pins.
        assert_eq!(servers_for_latency(8.5, 7.0, 20.0, 40.7, 0.99), 10.0);
        assert_eq!(servers_for_latency(8.5, 7.0, 20.0, 40.6, 0.99), 11.0);
        // Service alone is slower: as few as add no waiting.
        let nobody_waits = servers_for_latency(8.5, 7.0, 20.0, 20.0, 0.99);
        assert_eq!(
            servers_for_latency(8.5, 7.0, 20.0, 19.0, 0.99),
            nobody_waits
        );
    }
}
