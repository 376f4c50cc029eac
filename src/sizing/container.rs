//! How many managed containers a service needs (capacity model, sections 2.4, 2.7 and 7.3).
//!
//! Comes in: the demand, a service of the blueprint, what the cloud's container platform can do. Goes out: the same
//! quantities as for pods, `<service>.replicas.…` and on, with the container as the pod; and what its autoscaler holds to.

use crate::{
    blueprint::{RunsOn, Service, ServiceKind},
    catalog::ContainerPlatform,
    ledger::{Grade, Unit, show},
    sizing::{
        Context, ceil,
        workload::{self, Concurrency, Host, Lag, Pods},
    },
};

const LAG: Lag = Lag {
    quantity: "containers.scaling_lag_s",
    why: "from load to another container that answers",
    formula: "metrics and alarm, or scaler, + start",
};

/// Sizes all services that run as managed containers, in order.
pub(crate) fn size(ctx: &mut Context<'_>) -> Vec<Pods> {
    let services: Vec<Service> = ctx
        .services_on(RunsOn::Containers)
        .into_iter()
        .cloned()
        .collect();
    if services.is_empty() {
        return Vec::new();
    }
    let platform = ctx.cloud.containers();
    workload::record_lag(ctx, &LAG, platform.lag);
    spot(ctx, &platform);
    services
        .iter()
        .map(|service| container(ctx, service, &platform))
        .collect()
}

fn container(ctx: &mut Context<'_>, service: &Service, platform: &ContainerPlatform) -> Pods {
    let (cpu_m, memory_mib) = pair(ctx, service, platform);
    let http = service.kind == ServiceKind::Http;
    let host = Host {
        noun: platform.noun,
        cpu_m,
        memory_mib,
        lag: &LAG,
        by_requests: platform
            .concurrency
            .filter(|_| http)
            .map(|most| concurrency(ctx, service, most, cpu_m)),
        scales_to_zero: platform.scales_to_zero,
    };
    let sized = workload::sized(ctx, service, &host);
    if http {
        per_target(ctx, service, &host);
    }
    cooldowns(ctx, &service.name);
    Pods {
        interruptible: sized.interruptible && platform.has_spot,
        ..sized
    }
}

/// The legal pair of processors and memory that holds what is asked for.
fn pair(ctx: &mut Context<'_>, service: &Service, platform: &ContainerPlatform) -> (f64, f64) {
    let name = service.name.as_str();
    let wanted_vcpu = match service.cpu {
        Some(cpu) => cpu.get(),
        None => ctx.constant("pod.cpu_request"),
    };
    let wanted_gib = match service.memory {
        Some(memory) => memory.get() / 1_073_741_824.0,
        None => ctx.constant("pod.mem_mib") / 1024.0,
    };
    let (vcpu, gib) = platform.fit(wanted_vcpu, wanted_gib);
    if vcpu < wanted_vcpu - 1e-9 || gib < wanted_gib - 1e-9 {
        let text = format!(
            "{} vCPU and {} GiB are more than one {} may have: it gets {} and {}",
            show(wanted_vcpu),
            show(wanted_gib),
            platform.noun,
            show(vcpu),
            show(gib)
        );
        ctx.warn(&format!("services.{name}.memory"), text);
    }
    let why = |wanted: f64, unit: &str| {
        format!(
            "{} {unit} asked for; the least legal pair that holds both",
            show(wanted)
        )
    };
    let cpu_m = ctx
        .ledger
        .add(
            format!("{name}.cpu.request_m"),
            vcpu * 1000.0,
            Unit::MilliCpu,
        )
        .why(why(wanted_vcpu, "vCPU"))
        .by("least legal vCPU and memory", "2.4", &["pod.cpu_request"])
        .number();
    ctx.ledger
        .add(format!("{name}.cpu.units"), vcpu * 1024.0, Unit::Count)
        .why(why(wanted_vcpu, "vCPU"))
        .by("1 024 a vCPU", "2.4", &[&format!("{name}.cpu.request_m")]);
    ctx.ledger
        .add(format!("{name}.cpu.vcpu"), vcpu, Unit::Vcpu)
        .why(why(wanted_vcpu, "vCPU"))
        .by("1 000 m a vCPU", "2.4", &[&format!("{name}.cpu.request_m")]);
    let memory_mib = ctx
        .ledger
        .add(
            format!("{name}.memory.request_mib"),
            gib * 1024.0,
            Unit::Mib,
        )
        .why(why(wanted_gib, "GiB"))
        .by("least legal vCPU and memory", "2.4", &["pod.mem_mib"])
        .number();
    (cpu_m, memory_mib)
}

/// Requests that one container is given at once (section 7.3), fewer where they would share its processors until the
/// latency objective is missed: n requests on v vCPU take n · S ÷ v each.
fn concurrency(ctx: &mut Context<'_>, service: &Service, most: f64, cpu_m: f64) -> Concurrency {
    let name = service.name.as_str();
    let service_s = workload::cpu_per_request(ctx, service) / 1000.0;
    let target = workload::staffing(ctx, service).target;
    let response_s = ctx.ledger.number("slo.latency_ms") / 1000.0;
    let vcpu = cpu_m / 1000.0;
    let by_rate = target * vcpu / service_s;
    let by_latency = vcpu * response_s / service_s;
    let each = by_rate.min(by_latency).floor().clamp(1.0, most);
    let bound = if each >= most {
        "the platform's default"
    } else if by_latency < by_rate {
        "latency"
    } else {
        "processors"
    };
    ctx.ledger
        .add(format!("{name}.concurrency"), each, Unit::Count)
        .why(format!(
            "{} vCPU, {} ms of one a request; {bound} decides",
            show(vcpu),
            show(1000.0 * service_s)
        ))
        .by(
            "min(80, ρ · vCPU ÷ S, vCPU · R ÷ S)",
            "7.3",
            &[
                &format!("{name}.cpu.request_m"),
                &format!("{name}.cpu_per_request_ms"),
                "slo.latency_ms",
            ],
        )
        .graded(Grade::B)
        .decided_by(bound);
    Concurrency {
        each,
        response_s,
        target,
    }
}

/// Requests a minute that keep one container at its processor target: a signal that comes before the processors'.
fn per_target(ctx: &mut Context<'_>, service: &Service, host: &Host) {
    let name = service.name.as_str();
    let target = ctx.ledger.number(&format!("{name}.cpu.target"));
    let cpu_ms = ctx.ledger.number(&format!("{name}.cpu_per_request_ms"));
    let rate = target / 100.0 * host.cpu_m / cpu_ms.max(1e-3);
    ctx.ledger
        .add(
            format!("{name}.requests_per_minute"),
            ceil(60.0 * rate),
            Unit::Count,
        )
        .why(format!(
            "{} requests/s keep a {} at {} %",
            show(rate),
            host.noun,
            show(target)
        ))
        .by(
            "60 s × target × vCPU ÷ S",
            "2.2",
            &[
                &format!("{name}.cpu.target"),
                &format!("{name}.cpu.request_m"),
                &format!("{name}.cpu_per_request_ms"),
            ],
        );
}

/// How long the autoscaler waits after it has acted.
fn cooldowns(ctx: &mut Context<'_>, name: &str) {
    let lag = ctx.ledger.number(LAG.quantity);
    ctx.ledger
        .add(
            format!("{name}.scale_out_s"),
            ceil(lag / 2.0),
            Unit::Seconds,
        )
        .why(format!(
            "half of the {} s until the last ones answer: a steep ramp must not wait for them",
            show(lag)
        ))
        .by("lag ÷ 2", "2.6", &[LAG.quantity]);
    let down = ctx.constant("hpa.downscale_stabilization_s");
    ctx.ledger
        .add(format!("{name}.scale_in_s"), down, Unit::Seconds)
        .why("as pods: the next wave may be near")
        .by("stabilisation", "2.6", &["hpa.downscale_stabilization_s"]);
}

/// Share of the interruptible containers that runs on capacity which can be taken back.
fn spot(ctx: &mut Context<'_>, platform: &ContainerPlatform) {
    if !platform.has_spot {
        return;
    }
    let stated = ctx.spec.spot.map(|share| share.get());
    let stated = ctx.or_default(
        "platform.spot",
        stated,
        Unit::Ratio,
        0.7,
        "default: 70 % of what may be interrupted",
    );
    let share = stated.min(0.7);
    let percent = ctx
        .ledger
        .add(
            "containers.spot_percent",
            (100.0 * share).round(),
            Unit::Count,
        )
        .why("of the workers above the first ones; their queue gives back what was interrupted")
        .by("stated, at most 70 %", "9", &["platform.spot"])
        .number();
    ctx.ledger
        .add("containers.steady_percent", 100.0 - percent, Unit::Count)
        .why("the rest is not interrupted")
        .by("100 - spot", "9", &["containers.spot_percent"]);
}
