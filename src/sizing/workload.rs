//! How many pods a service needs (capacity model, sections 2.1 to 2.4, 2.6 to 2.8).
//!
//! Comes in: the demand and a service of the blueprint. Goes out: the quantities `<service>.…` of the ledger. HTTP
//! services are sized for the busiest minute, workers for the busiest hour: their queue takes the minutes.

use crate::{
    blueprint::{RunsOn, Service, ServiceKind},
    ledger::{Unit, show},
    sizing::{Class, Context, ceil, ceil_to},
};

mod host;
mod request;
mod socket;
mod staffing;
pub(crate) mod worker;

pub(crate) use host::{Concurrency, Host, Lag, record_lag};
pub use staffing::Staffing;
pub(crate) use staffing::{cpu_per_request, staffing};
use staffing::{servers, servers_for};
pub(crate) use worker::stated_jobs as jobs;

/// What the node pools need to know of a service.
#[derive(Clone, Debug)]
pub struct Pods {
    /// Name of the service.
    pub service: String,
    /// CPU request, 1/1000 vCPU.
    pub cpu_m: f64,
    /// Memory request, MiB.
    pub memory_mib: f64,
    /// Pods at the peak of the horizon.
    pub peak: f64,
    /// Pods that the autoscaler may ask for.
    pub max: f64,
    /// Busy vCPU at the design rate, on the reference vCPU.
    pub load: f64,
    /// Whether each pod takes one accelerator.
    pub gpu: bool,
    /// Whether a pod may be interrupted.
    pub interruptible: bool,
    /// Hours of the week at the floor to the hours at the peak, for cost.
    pub floor: f64,
}

const POD_LAG: Lag = Lag {
    quantity: "workloads.scaling_lag_s",
    why: "metrics, autoscaler, pod and, without room, a node",
    formula: "metrics lag + sync + pod start + node start",
};

/// Constants of [`POD_LAG`].
const POD_LAG_PARTS: [&str; 4] = [
    "hpa.metrics_lag_s",
    "hpa.sync_s",
    "lag.pod_start_s",
    "lag.node_start_s",
];

/// Sizes all services that run as pods, in order.
pub(crate) fn size(ctx: &mut Context<'_>) -> Vec<Pods> {
    let services: Vec<Service> = ctx.services_on(RunsOn::Pods).into_iter().cloned().collect();
    services.iter().map(|service| pods(ctx, service)).collect()
}

fn pods(ctx: &mut Context<'_>, service: &Service) -> Pods {
    let gpu = service.inference && ctx.spec.inference.is_some();
    let host = Host {
        noun: "pod",
        cpu_m: cpu_request(ctx, service, if gpu { 2000.0 } else { 1000.0 }),
        memory_mib: memory_request(ctx, service),
        lag: &POD_LAG,
        by_requests: None,
        scales_to_zero: false,
    };
    if service.kind == ServiceKind::Http {
        record_lag(ctx, &POD_LAG, &POD_LAG_PARTS);
    }
    sized(ctx, service, &host)
}

/// Sizes one service on what runs it.
pub(crate) fn sized(ctx: &mut Context<'_>, service: &Service, host: &Host) -> Pods {
    match service.kind {
        ServiceKind::Http => http(ctx, service, host),
        ServiceKind::Worker | ServiceKind::Event => worker::worker(ctx, service, host),
    }
}

fn http(ctx: &mut Context<'_>, service: &Service, host: &Host) -> Pods {
    let name = service.name.as_str();
    let staffing = staffing(ctx, service);
    let share = ctx.service_input(
        name,
        "share",
        service.share.map(|share| share.get()),
        Unit::Ratio,
        1.0,
    );
    let cpu_ms = cpu_per_request(ctx, service);
    let (design, inputs) = request::rate(ctx, service, share);
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let load = ctx
        .ledger
        .add(format!("{name}.load"), design * cpu_ms / 1000.0, Unit::Vcpu)
        .why(format!("{} requests/s × {} ms", show(design), show(cpu_ms)))
        .by("λ · S on the reference vCPU", "2.1", &inputs)
        .number();
    let servers = servers(ctx, name, &staffing, load, cpu_ms);
    socket::size(ctx, service);
    let peak = peak_pods(ctx, name, servers, host, &staffing, design);
    let surge = surge_pods(
        ctx,
        name,
        &staffing,
        &Work {
            load,
            cpu_ms,
            design,
        },
        host,
    );
    let max = http_max(ctx, name, peak, surge, host);
    let min = http_min(ctx, name, peak, surge, host);
    shared(ctx, service, peak, max, &staffing, host);
    scaling(ctx, name, min, host);
    request::size(ctx, name);
    Pods {
        service: service.name.clone(),
        cpu_m: host.cpu_m,
        memory_mib: host.memory_mib,
        peak,
        max,
        load,
        gpu: false,
        interruptible: false,
        floor: min,
    }
}

/// What a service has to do at the design rate: busy vCPU, milliseconds of one a request, requests a second.
struct Work {
    load: f64,
    cpu_ms: f64,
    design: f64,
}

pub(crate) fn cpu_request(ctx: &mut Context<'_>, service: &Service, default_m: f64) -> f64 {
    let name = service.name.as_str();
    let key = format!("{name}.cpu.request_m");
    let (value, why) = match service.cpu {
        Some(cpu) => (cpu.get() * 1000.0, "stated"),
        None => (
            default_m * ctx.constant("pod.cpu_request"),
            "default of a pod",
        ),
    };
    ctx.ledger
        .add(key, value.round(), Unit::MilliCpu)
        .why(why)
        .by(why, "2.4", &["pod.cpu_request"])
        .number()
}

pub(crate) fn memory_request(ctx: &mut Context<'_>, service: &Service) -> f64 {
    let name = service.name.as_str();
    let key = format!("{name}.memory.request_mib");
    let (value, why) = match service.memory {
        Some(memory) => (memory.get() / 1_048_576.0, "stated"),
        None => (ctx.constant("pod.mem_mib"), "default of a pod"),
    };
    ctx.ledger
        .add(key, value.ceil(), Unit::Mib)
        .why(why)
        .by(why, "2.4", &["pod.mem_mib"])
        .number()
}

/// Least pods of a service: one a zone in production, two where there are fewer than three zones.
fn least_pods(ctx: &Context<'_>) -> f64 {
    match ctx.class {
        Class::Production => (ctx.zones as f64).max(2.0),
        Class::Rehearsal => ctx.zones as f64,
        Class::Development => 1.0,
    }
}

fn peak_pods(
    ctx: &mut Context<'_>,
    name: &str,
    servers: f64,
    host: &Host,
    staffing: &Staffing,
    rate: f64,
) -> f64 {
    let zones = ctx.zones as f64;
    let by_cpu = ceil(servers * 1000.0 / host.cpu_m);
    let by_requests = host
        .by_requests
        .map_or(0.0, |requests| requests.units(rate));
    let pods = ceil_to(by_cpu.max(by_requests).max(least_pods(ctx)), zones);
    let target = staffing.hpa_target();
    if by_requests > by_cpu {
        return by_concurrency(ctx, name, pods, host);
    }
    let usual = format!("{name}.sockets.usual");
    let sockets = recorded(ctx, &usual);
    if sockets > pods {
        return ctx
            .ledger
            .add(format!("{name}.replicas.peak"), sockets, Unit::Count)
            .why("what holds everybody's connections; processors ask for fewer")
            .by("pods of the connections", "7.6", &[&usual])
            .number();
    }
    ctx.ledger
        .add(format!("{name}.replicas.peak"), pods, Unit::Count)
        .why(format!(
            "{} vCPU at {target} % ÷ {} vCPU a {}, whole zones",
            show(servers),
            show(host.cpu_m / 1000.0),
            host.noun
        ))
        .by(
            "servers ÷ CPU request, in whole zones",
            "2.4",
            &[&format!("{name}.servers"), &format!("{name}.cpu.request_m")],
        )
        .number()
}

/// Units at the peak where requests in flight ask for more of them than processors do.
fn by_concurrency(ctx: &mut Context<'_>, name: &str, units: f64, host: &Host) -> f64 {
    let each = host.by_requests.map_or(0.0, |requests| requests.each);
    ctx.ledger
        .add(format!("{name}.replicas.peak"), units, Unit::Count)
        .why(format!(
            "requests in flight at {} a {}, whole zones",
            show(each),
            host.noun
        ))
        .by(
            "λ · R ÷ (concurrency · ρ), in whole zones",
            "7.3",
            &["demand.design", &format!("{name}.concurrency")],
        )
        .number()
}

/// A quantity, or zero where there is none.
fn recorded(ctx: &Context<'_>, name: &str) -> f64 {
    ctx.ledger
        .get(name)
        .map_or(0.0, crate::ledger::Quantity::number)
}

fn surge_pods(
    ctx: &mut Context<'_>,
    name: &str,
    staffing: &Staffing,
    work: &Work,
    host: &Host,
) -> Option<f64> {
    let factor = ctx.demand.surge_factor;
    if factor <= 1.0 {
        return None;
    }
    let surge_load = work.load * factor;
    let (servers, bound) = servers_for(staffing, surge_load, work.cpu_ms, ctx.latency());
    let by_requests = host
        .by_requests
        .map_or(0.0, |requests| requests.units(work.design * factor));
    let pods = ceil_to(
        ceil(servers * 1000.0 / host.cpu_m)
            .max(by_requests)
            .max(least_pods(ctx)),
        ctx.zones as f64,
    );
    let sockets = recorded(ctx, &format!("{name}.sockets.surge"));
    let bound = if sockets > pods {
        "open connections"
    } else {
        bound
    };
    let pods = ctx
        .ledger
        .add(
            format!("{name}.replicas.surge"),
            pods.max(sockets),
            Unit::Count,
        )
        .why(format!(
            "{} busy vCPU in the surge; {bound} decides",
            show(surge_load)
        ))
        .by(
            "as the peak, at surge × λ",
            "1.2",
            &[&format!("{name}.load"), "demand.surge_factor"],
        )
        .number();
    Some(pods)
}

fn http_max(ctx: &mut Context<'_>, name: &str, peak: f64, surge: Option<f64>, host: &Host) -> f64 {
    let factor = ctx.constant("hpa.max_surge");
    let usual = ceil(peak * factor);
    let peak_name = format!("{name}.replicas.peak");
    let surge_name = format!("{name}.replicas.surge");
    match surge {
        Some(surge) if surge > usual => ctx
            .ledger
            .add(format!("{name}.replicas.max"), surge, Unit::Count)
            .why(format!(
                "{} {}s for the surge; {} at the daily peak",
                show(surge),
                host.noun,
                show(peak)
            ))
            .by("pods of the surge", "1.2", &[&surge_name])
            .number(),
        _ => ctx
            .ledger
            .add(format!("{name}.replicas.max"), usual, Unit::Count)
            .why(format!(
                "{} {}s at the peak of {} requests/s × {}",
                show(peak),
                host.noun,
                show(ctx.demand.design),
                show(factor)
            ))
            .by("pods × surge room", "2.4", &[&peak_name, "hpa.max_surge"])
            .number(),
    }
}

fn http_min(ctx: &mut Context<'_>, name: &str, peak: f64, surge: Option<f64>, host: &Host) -> f64 {
    let zones = ctx.zones as f64;
    if host.scales_to_zero && ctx.class == Class::Development {
        return idle(ctx, name, host);
    }
    let trough = ctx.demand.week.trough_to_mean() / ctx.demand.week.peak_to_mean();
    let usual = ceil_to(peak * trough, zones).max(zones);
    if let Some(connected) = socket::floor(ctx, name, usual) {
        return connected;
    }
    let peak_name = format!("{name}.replicas.peak");
    let announced = ctx.surge_is_announced();
    let (Some(surge), false, Some(ramp_s)) = (surge, announced, ctx.demand.ramp_s) else {
        return ctx
            .ledger
            .add(format!("{name}.replicas.min"), usual, Unit::Count)
            .why(format!(
                "{} {}s × trough {}, at least one a zone",
                show(peak),
                host.noun,
                show(trough)
            ))
            .by(
                "pods × trough ÷ peak, whole zones",
                "2.4",
                &[&peak_name, "demand.trough", "demand.peak"],
            )
            .number();
    };
    let lag = ctx.ledger.number(host.lag.quantity);
    let factor = ctx.demand.surge_factor;
    let prewarm = factor.min(1.0 + (factor - 1.0) * lag / ramp_s);
    let floor = surge.min(ceil_to(peak * prewarm, zones)).max(usual);
    ctx.ledger
        .add(format!("{name}.replicas.min"), floor, Unit::Count)
        .why(format!(
            "{} {}s × {}: a surge × {} in {} s outruns {} s of scaling",
            show(peak),
            host.noun,
            show(prewarm),
            show(factor),
            show(ramp_s),
            show(lag)
        ))
        .by(
            "pods × min(S, 1 + (S - 1) · lag ÷ ramp)",
            "2.7",
            &[
                &peak_name,
                "demand.surge_factor",
                "demand.ramp_s",
                host.lag.quantity,
            ],
        )
        .number()
}

/// Nothing runs where nothing is asked for.
fn idle(ctx: &mut Context<'_>, name: &str, host: &Host) -> f64 {
    ctx.ledger
        .add(format!("{name}.replicas.min"), 0.0, Unit::Count)
        .why(format!(
            "no {} runs while nobody asks; the first request waits for one",
            host.noun
        ))
        .by("the cheapest that works", "2.4", &[])
        .number()
}

/// What every service has: target, disruption budget, connections, deadlines.
fn shared(
    ctx: &mut Context<'_>,
    service: &Service,
    peak: f64,
    max: f64,
    staffing: &Staffing,
    host: &Host,
) {
    let name = service.name.as_str();
    let zones = ctx.zones as f64;
    let target = staffing.hpa_target();
    let why = if staffing.absorb.is_some() && target < 100.0 * staffing.target {
        format!(
            "{} % less what the loss of one of {} zones adds: 90 % in the rest",
            show(100.0 * staffing.target),
            zones
        )
    } else {
        format!(
            "target utilisation; {}s come up elsewhere after the loss of a zone",
            host.noun
        )
    };
    ctx.ledger
        .add(format!("{name}.cpu.target"), target, Unit::Percent)
        .why(why)
        .by(
            "min(100 ρ, 100 ρ_fail (z - 1) ÷ z)",
            "2.2",
            &["cpu.target_utilization"],
        );
    let disruption = (peak / zones / 2.0).floor().max(1.0);
    ctx.ledger
        .add(format!("{name}.disruption"), disruption, Unit::Count)
        .why(format!("{} {}s ÷ {zones} zones ÷ 2", show(peak), host.noun))
        .by(
            "max(1, pods ÷ z ÷ 2)",
            "2.4",
            &[&format!("{name}.replicas.peak")],
        );
    connections(ctx, service, max, host.noun);
}

/// Connections that a service may open to one database node at its maximum: `<service>.pool` and `<service>.connections`.
///
/// `unit` is what a replica of it is called: a pod, a task, an execution.
pub(crate) fn connections(ctx: &mut Context<'_>, service: &Service, max: f64, unit: &str) {
    let name = service.name.as_str();
    let reaches = service
        .keyspaces
        .as_ref()
        .is_none_or(|keyspaces| !keyspaces.is_empty());
    let default = if reaches {
        ctx.constant("db.pool_per_pod")
    } else {
        0.0
    };
    // A worker holds one job, and one statement of it, at a time.
    let default = match (service.kind, unit) {
        // One request at a time, and one statement of it.
        (_, "execution") => default.min(1.0),
        (ServiceKind::Http, _) => default,
        (ServiceKind::Worker | ServiceKind::Event, _) => default.min(2.0),
    };
    let pool = ctx.service_input(
        name,
        "pool_stated",
        service.pool.map(|pool| pool.get()),
        Unit::Count,
        default,
    );
    ctx.ledger
        .add(format!("{name}.pool"), pool, Unit::Count)
        .why(format!("connections of one {unit} to one database node"))
        .by("stated, or the default", "3.2", &["db.pool_per_pod"]);
    ctx.ledger
        .add(format!("{name}.connections"), max * pool, Unit::Count)
        .why(format!(
            "{} {unit}s × {} connections",
            show(max),
            show(pool)
        ))
        .by(
            "replicas at the maximum × pool",
            "3.2",
            &[&format!("{name}.replicas.max"), &format!("{name}.pool")],
        );
}

/// Behaviour of the autoscaler from its lag (sections 2.6, 2.7).
fn scaling(ctx: &mut Context<'_>, name: &str, min: f64, host: &Host) {
    let lag = ctx.ledger.number(host.lag.quantity);
    let sync = ctx.constant("hpa.sync_s");
    let zones = ctx.zones as f64;
    let down = ctx.constant("hpa.downscale_stabilization_s");
    ctx.ledger
        .add(format!("{name}.scale_up.percent"), 100.0, Unit::Percent)
        .why(format!(
            "{} s from load to a ready {}: double at once rather than creep",
            show(lag),
            host.noun
        ))
        .by("double each sync", "2.6", &[host.lag.quantity]);
    ctx.ledger
        .add(
            format!("{name}.scale_up.pods"),
            zones.max(ceil(min / 4.0)),
            Unit::Count,
        )
        .why("a quarter of the floor, at least one a zone")
        .by(
            "max(z, floor ÷ 4)",
            "2.6",
            &[&format!("{name}.replicas.min")],
        );
    ctx.ledger
        .add(format!("{name}.scale_up.period_s"), sync, Unit::Seconds)
        .why("one sync of the autoscaler")
        .by("sync", "2.6", &["hpa.sync_s"]);
    ctx.ledger
        .add(
            format!("{name}.scale_down.stabilization_s"),
            down,
            Unit::Seconds,
        )
        .why("the autoscaler's own default")
        .by("stabilisation", "2.6", &["hpa.downscale_stabilization_s"]);
    ctx.policy(
        &format!("{name}.scale_down.percent"),
        10.0,
        Unit::Percent,
        "a minute; slowly, for the next wave",
    );
}
