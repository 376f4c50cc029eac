//! The data plane of the gateway in front of the services of a cluster: how many proxies, and what one gets (section 2).
//!
//! Comes in: the demand. Goes out: the quantities `gateway.…`, and the pods for the node pools to carry.

use crate::{
    ledger::{Grade, Unit, show},
    sizing::{Class, Context, ceil, ceil_to, workload::Pods},
};

/// Milliseconds of the reference vCPU that proxying takes over serving a small file: two connections, TLS inside, logs (C).
const OVER_STATIC: f64 = 10.0;

/// Sizes it.
pub(crate) fn size(ctx: &mut Context<'_>) -> Pods {
    let static_ms = ctx.constant("cpu.ms_per_request.nginx_static");
    let cpu_ms = ctx
        .ledger
        .add(
            "gateway.cpu_per_request_ms",
            static_ms * OVER_STATIC,
            Unit::Millis,
        )
        .why("ten times what a small file costs: two connections, headers, a log line")
        .by(
            "10 × static file",
            "2.1",
            &["cpu.ms_per_request.nginx_static"],
        )
        .graded(Grade::C)
        .number();
    let load = |rate: f64| rate * cpu_ms / 1000.0;
    let (peak_load, surge_load) = (load(ctx.demand.design), load(ctx.demand.surge()));
    ctx.ledger
        .add("gateway.load", peak_load, Unit::Vcpu)
        .why(format!(
            "{} requests/s × {} ms",
            show(ctx.demand.design),
            show(cpu_ms)
        ))
        .by(
            "λ · S on the reference vCPU",
            "2.1",
            &["demand.design", "gateway.cpu_per_request_ms"],
        );
    let (cpu_m, memory_mib) = if ctx.class == Class::Production {
        (500.0, 256.0)
    } else {
        (100.0, 128.0)
    };
    ctx.policy(
        "gateway.cpu_request_m",
        cpu_m,
        Unit::MilliCpu,
        "a proxy is bound by its connections before its processor",
    );
    ctx.policy(
        "gateway.memory_mib",
        memory_mib,
        Unit::Mib,
        "configuration of all routes, and buffers of what is in flight",
    );
    let (min, max) = replicas(ctx, peak_load, surge_load, cpu_m);
    timeouts(ctx);
    Pods {
        service: "gateway".to_owned(),
        cpu_m,
        memory_mib,
        peak: min,
        max,
        load: peak_load,
        gpu: false,
        interruptible: false,
        floor: min,
    }
}

fn replicas(ctx: &mut Context<'_>, peak: f64, surge: f64, cpu_m: f64) -> (f64, f64) {
    let target = ctx.constant("cpu.target_utilization");
    let zones = ctx.zones as f64;
    let least = if ctx.class == Class::Development {
        1.0
    } else {
        zones
    };
    let pods = |load: f64| ceil_to(ceil(load / target / (cpu_m / 1000.0)).max(least), least);
    ctx.ledger
        .add("gateway.cpu_target", 100.0 * target, Unit::Percent)
        .why("target utilisation")
        .by("100 ρ", "2.2", &["cpu.target_utilization"]);
    let min = ctx
        .ledger
        .add("gateway.replicas.min", pods(peak), Unit::Count)
        .why(format!(
            "{} vCPU busy at {} %, at least one a zone",
            show(peak),
            show(100.0 * target)
        ))
        .by(
            "max(z, a ÷ ρ ÷ request)",
            "2.4",
            &[
                "gateway.load",
                "gateway.cpu_request_m",
                "cpu.target_utilization",
            ],
        )
        .number();
    let factor = ctx.constant("hpa.max_surge");
    let max = ctx
        .ledger
        .add(
            "gateway.replicas.max",
            ceil(min * factor).max(pods(surge)),
            Unit::Count,
        )
        .why("the surge, or half as many again")
        .by(
            "max(1.5 × floor, pods for the surge)",
            "2.4",
            &["gateway.replicas.min", "hpa.max_surge", "demand.surge"],
        )
        .number();
    (min, max)
}

/// What the load balancer waits for: the slowest service behind.
fn timeouts(ctx: &mut Context<'_>) {
    let slowest = ctx
        .spec
        .services
        .iter()
        .filter_map(|service| {
            ctx.ledger
                .get(&format!("{}.request_timeout_s", service.name))
        })
        .map(crate::ledger::Quantity::number)
        .fold(1.0, f64::max);
    ctx.ledger
        .add("gateway.request_timeout_s", slowest, Unit::Seconds)
        .why("the slowest service behind it")
        .by("max of the services", "2.6", &[]);
    ctx.policy(
        "gateway.pre_stop_s",
        15.0,
        Unit::Seconds,
        "until the load balancer stops sending",
    );
    ctx.ledger
        .add("gateway.drain_s", slowest + 5.0, Unit::Seconds)
        .why("a proxy that goes finishes what it has begun")
        .by(
            "request timeout + 5 s",
            "2.6",
            &["gateway.request_timeout_s"],
        );
    let (ahead, drain) = (
        ctx.ledger.number("gateway.pre_stop_s"),
        ctx.ledger.number("gateway.drain_s"),
    );
    ctx.ledger
        .add("gateway.termination_grace_s", ahead + drain, Unit::Seconds)
        .why(format!(
            "{ahead} s until the load balancer stops sending, {drain} s to finish what it has begun"
        ))
        .by(
            "pre-stop + drain",
            "2.6",
            &["gateway.pre_stop_s", "gateway.drain_s"],
        );
}
