//! How many instances of a function run at once, how large each is and how long it may take (capacity model, section 7.3).
//!
//! Comes in: the demand, a service of the blueprint and what the cloud's functions can do. Goes out: the quantities
//! `<service>.…` and, over all of them, `functions.…`. Requests are sized for the busiest minute, jobs for the busiest
//! hour: their queue takes the minutes. Promises: never more instances than the account is asked for; monotone in load.

use crate::{
    blueprint::{RunsOn, Service, ServiceKind},
    catalog::FunctionLimits,
    ledger::{Unit, show},
    sizing::{
        Class, Context, ceil, pow2, rate_limit,
        workload::{
            self,
            worker::{self, Jobs},
        },
    },
};

/// The least that an event source may be held to.
const FEWEST: f64 = 2.0;

/// What one function has to carry: arrivals a second, and instances-worth of work at a time (Little).
struct Load {
    /// Mean over the week.
    mean: f64,
    /// Busiest minute of requests, busiest hour of jobs.
    peak: f64,
    /// Seconds of one request or job.
    seconds: f64,
    /// Of jobs, what keeps up and clears a backlog in time.
    workers: Option<f64>,
    /// Of jobs that are held to a rate, workers that it leaves work for.
    most: Option<f64>,
}

/// Sizes all services that run as functions, in order.
pub(crate) fn size(ctx: &mut Context<'_>) {
    let services: Vec<Service> = ctx
        .services_on(RunsOn::Functions)
        .into_iter()
        .cloned()
        .collect();
    if services.is_empty() {
        return;
    }
    let limits = ctx.cloud.functions();
    for service in &services {
        function(ctx, service, &limits);
    }
    total(ctx, &services, &limits);
}

fn function(ctx: &mut Context<'_>, service: &Service, limits: &FunctionLimits) {
    let vcpu = instance(ctx, service, limits);
    let load = match service.kind {
        ServiceKind::Http => requests(ctx, service, vcpu),
        ServiceKind::Worker | ServiceKind::Event => queued(ctx, service, limits),
    };
    let concurrency = concurrency(ctx, &service.name, &load);
    let each = requests_per_instance(ctx, service, limits, vcpu);
    let max = instances(ctx, &service.name, &load, concurrency, each);
    warm(ctx, service, &load, each, max);
    ramp(ctx, service, limits);
    let of_one = if each > 1.0 { "instance" } else { "execution" };
    workload::connections(ctx, service, max, of_one);
    alarms(ctx, service, &load, max);
}

/// Memory and CPU of an instance.
fn instance(ctx: &mut Context<'_>, service: &Service, limits: &FunctionLimits) -> f64 {
    let name = service.name.as_str();
    let wanted = match service.memory {
        Some(memory) => memory.get() / 1_048_576.0,
        None => ctx.constant("function.mem_mib"),
    };
    let memory = wanted
        .ceil()
        .clamp(limits.memory_min_mib, limits.memory_max_mib);
    let why = if service.memory.is_some() {
        format!("{} MiB stated", show(wanted))
    } else {
        "default of a function".to_owned()
    };
    ctx.ledger
        .add(format!("{name}.memory.request_mib"), memory, Unit::Mib)
        .why(why)
        .by(
            "stated or default, within what an instance may have",
            "7.3",
            &["function.mem_mib"],
        );
    let from = format!("{name}.memory.request_mib");
    let (vcpu, why, formula) = match limits.mib_per_vcpu {
        Some(mib) => (
            memory / mib,
            format!("CPU follows memory: one vCPU for {} MiB", show(mib)),
            "memory ÷ MiB of a vCPU",
        ),
        None => {
            let stated = service.cpu.map_or(1.0, |cpu| cpu.get());
            let vcpu = pow2(stated.max(memory / limits.mib_at_most_per_vcpu));
            (
                vcpu.min(limits.vcpu_max),
                format!(
                    "{} vCPU wanted; whole ones, 1, 2, 4 or 8, with at most {} MiB each",
                    show(stated),
                    show(limits.mib_at_most_per_vcpu)
                ),
                "power of two ≥ max(CPU, memory ÷ MiB a vCPU may have)",
            )
        }
    };
    ctx.ledger
        .add(format!("{name}.cpu.vcpu"), vcpu, Unit::Vcpu)
        .why(why)
        .by(formula, "7.3", &[&from])
        .number()
}

/// Arrivals and duration of a function that answers requests.
fn requests(ctx: &mut Context<'_>, service: &Service, vcpu: f64) -> Load {
    let name = service.name.as_str();
    let share = service.share.map(|share| share.get());
    let share = ctx.service_input(name, "share", share, Unit::Ratio, 1.0);
    let cpu_ms = workload::cpu_per_request(ctx, service);
    let seconds = duration(ctx, service, cpu_ms, vcpu);
    let rates = [
        ("mean", ctx.demand.mean, "demand.mean"),
        ("peak", ctx.demand.design, "demand.design"),
    ];
    for (item, rate, of) in rates {
        ctx.ledger
            .add(
                format!("{name}.requests.{item}"),
                rate * share,
                Unit::PerSecond,
            )
            .why(format!("{} requests/s × {}", show(rate), show(share)))
            .by("λ · share", "7.3", &[of, &format!("{name}.share")]);
    }
    let timeout = 30.0_f64.max(ceil(3.0 * seconds));
    ctx.ledger
        .add(format!("{name}.timeout_s"), timeout, Unit::Seconds)
        .why("the longest request that is waited for")
        .by(
            "3 × duration, at least 30 s",
            "7.3",
            &[&format!("{name}.duration_s")],
        );
    Load {
        mean: rates[0].1 * share,
        peak: rates[1].1 * share,
        seconds,
        workers: None,
        most: None,
    }
}

/// Wall-clock time of one request.
fn duration(ctx: &mut Context<'_>, service: &Service, cpu_ms: f64, vcpu: f64) -> f64 {
    let name = service.name.as_str();
    if let Some(stated) = service.duration {
        return ctx.service_input(name, "duration_s", Some(stated.get()), Unit::Seconds, 0.0);
    }
    let wait = ctx.constant("function.wait_ms");
    // One request uses one thread: more CPU than one does not make it faster.
    let seconds = (cpu_ms / vcpu.min(1.0) + wait) / 1000.0;
    ctx.ledger
        .add(format!("{name}.duration_s"), seconds, Unit::Seconds)
        .why(format!(
            "{} ms of CPU on {} vCPU and {} ms of waiting",
            show(cpu_ms),
            show(vcpu),
            show(wait)
        ))
        .by(
            "CPU time ÷ min(vCPU, 1) + waiting",
            "7.3",
            &[
                &format!("{name}.cpu_per_request_ms"),
                &format!("{name}.cpu.vcpu"),
                "function.wait_ms",
            ],
        )
        .number()
}

/// Arrivals and duration of a function that takes jobs from a queue, and how the queue hands them over.
fn queued(ctx: &mut Context<'_>, service: &Service, limits: &FunctionLimits) -> Load {
    let name = service.name.as_str();
    let jobs = worker::jobs(ctx, service);
    let deadline = service.deadline.map(|deadline| deadline.get());
    let deadline = ctx.service_input(name, "deadline_s", deadline, Unit::Seconds, 600.0);
    let workers = worker::queue_workers(ctx, name, &jobs);
    let limit = rate_limit::held(ctx, service, &jobs, deadline, FEWEST);
    worker::lag_alarm(ctx, name, &jobs, deadline, limit.as_ref());
    hand_over(ctx, name, &jobs, deadline, limits);
    if jobs.seconds > limits.job_s {
        let text = format!(
            "a job of {name} takes {} s, a function on this cloud at most {} s: run it on containers or pods",
            show(jobs.seconds),
            show(limits.job_s)
        );
        ctx.warn(&format!("services.{name}.job_duration"), text);
    }
    Load {
        mean: jobs.mean,
        peak: jobs.peak,
        seconds: jobs.seconds,
        workers: Some(workers),
        most: limit.map(|limit| limit.workers),
    }
}

/// Messages of one invocation, and how long it may take: three times what it usually does, within deadline and limit.
fn hand_over(
    ctx: &mut Context<'_>,
    name: &str,
    jobs: &Jobs,
    deadline: f64,
    limits: &FunctionLimits,
) {
    let from = format!("{name}.job_s");
    let batch = (10.0 / jobs.seconds.max(1e-3)).floor().clamp(1.0, 10.0);
    ctx.ledger
        .add(format!("{name}.batch"), batch, Unit::Count)
        .why(format!(
            "of {} s each: ten seconds of work, ten messages at most",
            show(jobs.seconds)
        ))
        .by("10 s ÷ job time, 1 to 10", "7.3", &[&from]);
    let usual = jobs.seconds * batch;
    let most = deadline.max(usual).min(limits.job_s);
    let timeout = ceil((3.0 * usual).max(30.0).min(most)).min(limits.job_s);
    ctx.ledger
        .add(format!("{name}.timeout_s"), timeout, Unit::Seconds)
        .why(format!(
            "{} s is usual, the deadline is {} s, the service's limit {} s",
            show(usual),
            show(deadline),
            show(limits.job_s)
        ))
        .by(
            "3 × batch × job time, at least 30 s, within deadline and limit",
            "7.3",
            &[
                &from,
                &format!("{name}.batch"),
                &format!("{name}.deadline_s"),
            ],
        );
}

/// Requests or jobs in work at a time, by Little's law.
fn concurrency(ctx: &mut Context<'_>, name: &str, load: &Load) -> f64 {
    let (seconds, rates) = if load.workers.is_some() {
        ("job_s", "jobs")
    } else {
        ("duration_s", "requests")
    };
    for (item, rate) in [("mean", load.mean), ("peak", load.peak)] {
        ctx.ledger
            .add(
                format!("{name}.concurrency.{item}"),
                rate * load.seconds,
                Unit::Count,
            )
            .why(format!("{}/s × {} s", show(rate), show(load.seconds)))
            .by(
                "λ · duration (Little)",
                "7.3",
                &[
                    &format!("{name}.{rates}.{item}"),
                    &format!("{name}.{seconds}"),
                ],
            );
    }
    let peak = load.peak * load.seconds;
    let factor = ctx.demand.surge_factor;
    if factor <= 1.0 {
        return peak;
    }
    // A queue spreads the hours of a day: what it has to keep up with is the surge of the mean.
    let (of, why) = if load.workers.is_some() {
        ("mean", "the queue spreads the hours of the day")
    } else {
        ("peak", "at the busiest minute of the surge")
    };
    let base = ctx.ledger.number(&format!("{name}.concurrency.{of}"));
    let surge = ctx
        .ledger
        .add(
            format!("{name}.concurrency.surge"),
            base * factor,
            Unit::Count,
        )
        .why(format!("{} × {}; {why}", show(base), show(factor)))
        .by(
            "surge · λ · duration",
            "7.3",
            &[&format!("{name}.concurrency.{of}"), "demand.surge_factor"],
        )
        .number();
    surge.max(peak)
}

/// Requests that one instance takes at a time.
fn requests_per_instance(
    ctx: &mut Context<'_>,
    service: &Service,
    limits: &FunctionLimits,
    vcpu: f64,
) -> f64 {
    let name = service.name.as_str();
    let target = ctx.constant("function.quota_utilization");
    let (each, why) = if service.kind != ServiceKind::Http {
        (1.0, "a job has an instance for itself".to_owned())
    } else if limits.requests_per_instance <= 1.0 {
        (1.0, "an instance takes one request at a time".to_owned())
    } else {
        let cpu_ms = ctx.ledger.number(&format!("{name}.cpu_per_request_ms"));
        let seconds = ctx.ledger.number(&format!("{name}.duration_s"));
        // In flight while the CPU is busy for its target share.
        let by_cpu = target * vcpu * seconds / (cpu_ms / 1000.0).max(1e-6);
        (
            by_cpu.floor().clamp(1.0, limits.requests_per_instance),
            format!(
                "{} vCPU at {target}, {} ms of CPU in {} s; at most {}",
                show(vcpu),
                show(cpu_ms),
                show(seconds),
                show(limits.requests_per_instance)
            ),
        )
    };
    ctx.ledger
        .add(format!("{name}.requests_per_instance"), each, Unit::Count)
        .why(why)
        .by(
            "min(limit, 0.7 · vCPU · duration ÷ CPU time)",
            "7.3",
            &[&format!("{name}.cpu.vcpu"), "function.quota_utilization"],
        )
        .number()
}

/// Most instances at a time: `<service>.replicas.max`.
fn instances(ctx: &mut Context<'_>, name: &str, load: &Load, concurrency: f64, each: f64) -> f64 {
    let target = ctx.constant("function.quota_utilization");
    let room = ceil(concurrency / (each * target)).max(1.0);
    // A backlog needs more than what keeps up.
    let (max, why) = match load.workers {
        Some(workers) if workers > room => (
            workers.max(FEWEST),
            format!("{} clear a backlog in time", show(workers)),
        ),
        Some(_) => (
            room.max(FEWEST),
            format!("{} at a time at {target} of the limit", show(concurrency)),
        ),
        None => (
            room,
            format!(
                "{} at a time ÷ ({} an instance × {target})",
                show(concurrency),
                show(each)
            ),
        ),
    };
    let of_limit = format!("{name}.limit.workers");
    let (peak, per_instance) = (
        format!("{name}.concurrency.peak"),
        format!("{name}.requests_per_instance"),
    );
    let mut inputs = vec![
        peak.as_str(),
        per_instance.as_str(),
        "function.quota_utilization",
    ];
    let (max, why) = match load.most {
        Some(most) if most < max => {
            inputs.push(&of_limit);
            (
                most,
                format!("{why}; its limit leaves work for {}", show(most)),
            )
        }
        _ => (max, why),
    };
    ctx.ledger
        .add(format!("{name}.replicas.max"), max, Unit::Count)
        .why(why)
        .by(
            "concurrency ÷ (requests an instance takes · 0.7), or what clears a backlog",
            "7.3",
            &inputs,
        )
        .number()
}

/// Instances that are kept warm: those of the base hour where a cold start breaks the objective.
fn warm(ctx: &mut Context<'_>, service: &Service, load: &Load, each: f64, max: f64) {
    let name = service.name.as_str();
    let runtime = service.runtime.as_deref().unwrap_or("node");
    let id = format!("function.cold_start_ms.{runtime}");
    let cold = ctx.constant(&id);
    let (objective, _) = ctx.latency();
    let trough = ctx.demand.week.trough_to_mean();
    let target = ctx.constant("function.quota_utilization");
    let base = load.mean * trough * load.seconds;
    let (warm, why) = if service.kind != ServiceKind::Http {
        (0.0, "a job waits for a cold start".to_owned())
    } else if cold <= objective {
        let why = format!(
            "a cold start of {} ms is within the objective of {} ms",
            show(cold),
            show(objective)
        );
        (0.0, why)
    } else if ctx.class != Class::Production {
        (0.0, "cold starts are bearable here".to_owned())
    } else {
        let why = format!(
            "a cold start takes {} ms, the objective is {} ms: the {} of the base hour stay warm",
            show(cold),
            show(objective),
            show(base)
        );
        (ceil(base / (each * target)).clamp(1.0, max), why)
    };
    ctx.ledger
        .add(format!("{name}.replicas.min"), warm, Unit::Count)
        .why(why)
        .by(
            "base hour's concurrency ÷ 0.7 where the cold start exceeds the objective",
            "7.3",
            &[&id, "slo.latency_ms", "demand.trough"],
        );
    ctx.policy(
        &format!("{name}.warm_target"),
        0.7,
        Unit::Ratio,
        "of the warm instances in use: more are warmed above it",
    );
}

/// Growth of concurrency in ten seconds of a surge, against what the cloud allows one function.
fn ramp(ctx: &mut Context<'_>, service: &Service, limits: &FunctionLimits) {
    let name = service.name.as_str();
    let Some(ramp_s) = ctx.demand.ramp_s else {
        return;
    };
    let number = |item: &str| {
        ctx.ledger
            .get(&format!("{name}.concurrency.{item}"))
            .map(crate::ledger::Quantity::number)
    };
    let (Some(surge), Some(peak)) = (number("surge"), number("peak")) else {
        return;
    };
    let growth = ((surge - peak) / ramp_s * 10.0).max(0.0);
    ctx.ledger
        .add(format!("{name}.ramp_10s"), growth, Unit::Count)
        .why(format!(
            "from {} to {} in {} s",
            show(peak),
            show(surge),
            show(ramp_s)
        ))
        .by(
            "(surge - peak) ÷ ramp × 10 s",
            "7.3",
            &[&format!("{name}.concurrency.surge"), "demand.ramp_s"],
        );
    if let Some(limit) = limits.ramp_10s
        && growth > limit
    {
        let text = format!(
            "{name} grows by {} executions in ten seconds of the surge, the cloud starts {} at most: the rest is throttled",
            show(growth),
            show(limit)
        );
        ctx.warn("traffic.surge", text);
    }
}

/// Thresholds: failures, time and concurrency against what was sized.
fn alarms(ctx: &mut Context<'_>, service: &Service, load: &Load, max: f64) {
    let name = service.name.as_str();
    let errors = ctx.ledger.number("objectives.error_rate");
    ctx.ledger
        .add(
            format!("{name}.alarms.errors_1m"),
            ceil(load.peak * 60.0 * errors * 10.0).max(1.0),
            Unit::Count,
        )
        .why(format!(
            "ten times the objective in a minute of {}/s",
            show(load.peak)
        ))
        .by(
            "peak × 60 s × error rate × 10",
            "8",
            &["objectives.error_rate"],
        );
    let timeout = ctx.ledger.number(&format!("{name}.timeout_s"));
    ctx.ledger
        .add(
            format!("{name}.alarms.duration_ms"),
            (timeout * 800.0).round(),
            Unit::Millis,
        )
        .why(format!("four fifths of the timeout of {} s", show(timeout)))
        .by("0.8 × timeout", "8", &[&format!("{name}.timeout_s")]);
    ctx.ledger
        .add(
            format!("{name}.alarms.concurrency"),
            (max * 0.9).floor().max(1.0),
            Unit::Count,
        )
        .why(format!(
            "nine tenths of {}; at all of them calls are refused",
            show(max)
        ))
        .by("0.9 × instances", "8", &[&format!("{name}.replicas.max")]);
}

/// What all functions ask of the account.
fn total(ctx: &mut Context<'_>, services: &[Service], limits: &FunctionLimits) {
    let names = |item: &str| -> Vec<String> {
        services
            .iter()
            .map(|service| format!("{}.{item}", service.name))
            .collect()
    };
    let sum = |ctx: &Context<'_>, names: &[String]| -> f64 {
        names.iter().map(|name| ctx.ledger.number(name)).sum()
    };
    let (peaks, maxima) = (names("concurrency.peak"), names("replicas.max"));
    let concurrency = sum(ctx, &peaks);
    let inputs: Vec<&str> = peaks.iter().map(String::as_str).collect();
    ctx.ledger
        .add("functions.concurrency", concurrency, Unit::Count)
        .why("requests and jobs of all functions in work at the peak")
        .by("Σ λ · duration", "7.3", &inputs);
    let all = sum(ctx, &maxima);
    let inputs: Vec<&str> = maxima.iter().map(String::as_str).collect();
    ctx.ledger
        .add("functions.instances", all, Unit::Count)
        .why("all functions at their maximum at once")
        .by("Σ instances", "7.3", &inputs);
    let need = all + limits.unreserved;
    ctx.ledger
        .add("functions.quota", need, Unit::Count)
        .why(format!(
            "{} reserved; the account keeps {} for others",
            show(all),
            show(limits.unreserved)
        ))
        .by(
            "Σ instances + what an account keeps",
            "7.3",
            &["functions.instances"],
        );
}
