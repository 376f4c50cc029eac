//! Workers that take jobs from a queue, and those that run a model (capacity model, section 2.8).

use super::{Host, Pods, shared, staffing};
use crate::{
    blueprint::Service,
    ledger::{Unit, show},
    sizing::{Class, Context, ceil, ceil_to, rate_limit},
};

/// Jobs a second at the hourly peak, and seconds that one takes, of a service that states them.
pub(crate) fn stated_jobs(ctx: &mut Context<'_>, service: &Service) -> (f64, f64) {
    let jobs = jobs(ctx, service);
    (jobs.peak, jobs.seconds)
}

/// Jobs of a worker: rates at the hourly mean and peak, without the burst that its queue absorbs (section 2.8).
pub(crate) struct Jobs {
    pub(crate) mean: f64,
    pub(crate) peak: f64,
    pub(crate) seconds: f64,
}

/// Rates and duration of a service's jobs: so many a request, or so many uploaded objects a day in the shape of the week.
pub(crate) fn jobs(ctx: &mut Context<'_>, service: &Service) -> Jobs {
    let name = service.name.as_str();
    let duration = service.job_duration.map(|duration| duration.get());
    let seconds = ctx.service_input(name, "job_s", duration, Unit::Seconds, 1.0);
    match service.events_per_day {
        Some(events) => jobs_of_uploads(ctx, name, events.get()),
        None => jobs_of_requests(ctx, service),
    }
    let rate = |item: &str| ctx.ledger.number(&format!("{name}.jobs.{item}"));
    Jobs {
        mean: rate("mean"),
        peak: rate("peak"),
        seconds,
    }
}

/// Requests make jobs, and the clock does; a worker for which only the clock is stated has jobs of the clock alone.
fn jobs_of_requests(ctx: &mut Context<'_>, service: &Service) {
    let name = service.name.as_str();
    let clock = by_the_clock(ctx, service);
    let per_request = all_of_its_topic(ctx, service).map(|jobs| jobs.get());
    let default = if clock.is_some() { 0.0 } else { 0.01 };
    let per_request =
        ctx.service_input(name, "jobs_per_request", per_request, Unit::Ratio, default);
    let (of_requests, of_clock) = (
        format!("{name}.jobs_per_request"),
        format!("{name}.schedule.jobs_week"),
    );
    for (item, rate, of) in [
        ("mean", ctx.demand.mean, "demand.mean"),
        ("peak", ctx.demand.peak, "demand.peak"),
    ] {
        let mut jobs = rate * per_request;
        let mut why = format!("{} requests/s × {} jobs", show(rate), show(per_request));
        let mut inputs = vec![of, of_requests.as_str()];
        if let Some(clock) = &clock {
            let more = if item == "mean" {
                clock.mean
            } else {
                clock.peak
            };
            jobs += more;
            why = format!("{why}, and {} by the clock", show(more));
            inputs.push(&of_clock);
        }
        ctx.ledger
            .add(format!("{name}.jobs.{item}"), jobs, Unit::PerSecond)
            .why(why)
            .by(
                "λ · jobs per request; the queue absorbs the burst",
                "2.8",
                &inputs,
            );
    }
}

/// Jobs a second that come by the clock.
struct Clock {
    mean: f64,
    peak: f64,
}

/// Those of a service's schedule: on average over a week, and in an hour that has some.
fn by_the_clock(ctx: &mut Context<'_>, service: &Service) -> Option<Clock> {
    let cron = &service.schedule.as_ref()?.cron;
    let count = |many: usize| f64::from(u32::try_from(many).unwrap_or(u32::MAX));
    let week = ctx
        .ledger
        .add(
            format!("{}.schedule.jobs_week", service.name),
            count(cron.per_week()),
            Unit::Count,
        )
        .why(format!("as often as {} comes", cron.unix()))
        .by("times in the week that has most", "2.8", &[])
        .number();
    Some(Clock {
        mean: week / 604_800.0,
        peak: count(cron.per_hour()) / 3600.0,
    })
}

/// Jobs for each request: of a topic that several take from each gets every message, so what one states holds for all.
fn all_of_its_topic(ctx: &mut Context<'_>, service: &Service) -> Option<crate::units::Ratio> {
    let topic = service.topic.as_deref()?;
    let others = ctx.spec.services.iter();
    let stated = others.filter(|other| other.topic.as_deref() == Some(topic));
    let first = stated
        .filter_map(|other| Some((other.name.clone(), other.jobs_per_request?)))
        .next();
    let own = service.jobs_per_request;
    if let (Some(own), Some((other, first))) = (own, &first)
        && own != *first
    {
        let text = format!(
            "each consumer of {topic} gets every message: {other} states {first} jobs for a request, {} {own}; each is sized for what it states",
            service.name
        );
        ctx.warn(&format!("services.{}.jobs_per_request", service.name), text);
    }
    own.or(first.map(|(_, jobs)| jobs))
}

fn jobs_of_uploads(ctx: &mut Context<'_>, name: &str, events: f64) {
    let events = ctx.service_input(name, "events_per_day", Some(events), Unit::PerDay, 0.0);
    let (scale, growth) = (ctx.scale, ctx.demand.growth);
    let mean = events * scale * growth / 86_400.0;
    let from = format!("{name}.events_per_day");
    ctx.ledger
        .add(format!("{name}.jobs.mean"), mean, Unit::PerSecond)
        .why(format!(
            "{} objects a day × scale {} × growth {}",
            show(events),
            show(scale),
            show(growth)
        ))
        .by(
            "events a day · scale · growth ÷ 86 400",
            "7.3",
            &[&from, "environment.scale", "demand.growth"],
        );
    let ratio = ctx.demand.week.peak_to_mean();
    ctx.ledger
        .add(format!("{name}.jobs.peak"), mean * ratio, Unit::PerSecond)
        .why(format!(
            "{} objects/s on average × {}: people upload when they are there",
            show(mean),
            show(ratio)
        ))
        .by(
            "mean · peak ÷ mean of the week; the queue absorbs the burst",
            "7.3",
            &[&format!("{name}.jobs.mean"), "demand.peak_to_mean"],
        );
}

pub(super) fn worker(ctx: &mut Context<'_>, service: &Service, host: &Host) -> Pods {
    let name = service.name.as_str();
    let gpu = service.inference && ctx.spec.inference.is_some();
    let jobs = jobs(ctx, service);
    let deadline = service.deadline.map(|deadline| deadline.get());
    let deadline = ctx.service_input(name, "deadline_s", deadline, Unit::Seconds, 600.0);
    let cpu_m = host.cpu_m;
    let wanted = if gpu {
        inference_replicas(ctx, name, &jobs)
    } else {
        queue_workers(ctx, name, &jobs)
    };
    let limit = rate_limit::held(ctx, service, &jobs, deadline, 1.0);
    let peak = replicas(ctx, name, wanted, limit.as_ref());
    ctx.ledger
        .add(format!("{name}.replicas.max"), peak, Unit::Count)
        .why(format!(
            "{} at the busiest hour; the queue takes what is above",
            show(peak)
        ))
        .by(
            "workers at the busiest hour",
            "2.8",
            &[&format!("{name}.replicas.peak")],
        );
    let min = worker_min(ctx, name, peak);
    let staffing = staffing(ctx, service);
    shared(ctx, service, peak, peak, &staffing, host);
    triggers(ctx, name, &jobs, (peak, host.noun));
    lag_alarm(ctx, name, &jobs, deadline, limit.as_ref());
    let load = jobs.peak * jobs.seconds * cpu_m / 1000.0;
    Pods {
        service: service.name.clone(),
        cpu_m,
        memory_mib: host.memory_mib,
        peak,
        max: peak,
        load,
        gpu,
        interruptible: true,
        floor: min,
    }
}

/// Workers at the busiest hour: one a zone at least, and no more than a limit leaves work for.
fn replicas(
    ctx: &mut Context<'_>,
    name: &str,
    wanted: f64,
    limit: Option<&rate_limit::Limit>,
) -> f64 {
    let least = if ctx.class == Class::Production {
        ctx.zones as f64
    } else {
        1.0
    };
    let mut peak = wanted.max(least);
    let mut why = format!("{} wanted, at least {}", show(wanted), show(least));
    let (workers, of_limit) = (format!("{name}.workers"), format!("{name}.limit.workers"));
    let mut inputs = vec![workers.as_str()];
    if let Some(limit) = limit {
        peak = peak.min(limit.workers);
        why = format!(
            "{why}, at most {} by the limit of {}/s",
            show(limit.workers),
            show(limit.rate)
        );
        inputs.push(&of_limit);
    }
    ctx.ledger
        .add(format!("{name}.replicas.peak"), peak, Unit::Count)
        .why(why)
        .by("workers at the busiest hour", "2.8", &inputs)
        .number()
}

fn worker_min(ctx: &mut Context<'_>, name: &str, peak: f64) -> f64 {
    let zones = ctx.zones as f64;
    let trough = ctx.demand.week.trough_to_mean() / ctx.demand.week.peak_to_mean();
    let (min, why) = match ctx.class {
        Class::Production => (
            ceil_to(peak * trough, zones).max(zones).min(peak),
            format!("{} × trough {}, whole zones", show(peak), show(trough)),
        ),
        Class::Rehearsal | Class::Development => (0.0, "an idle queue costs nothing".to_owned()),
    };
    ctx.ledger
        .add(format!("{name}.replicas.min"), min, Unit::Count)
        .why(why)
        .by(
            "workers × trough ÷ peak, whole zones",
            "2.8",
            &[&format!("{name}.replicas.peak")],
        )
        .number()
}

/// Workers that keep up at the busiest hour and clear a backlog of ten minutes in time (section 2.8).
pub(crate) fn queue_workers(ctx: &mut Context<'_>, name: &str, jobs: &Jobs) -> f64 {
    let target = ctx.constant("async.target_utilization");
    let drain = ctx.constant("queue.drain_s");
    let busy = jobs.peak * jobs.seconds;
    let backlog = jobs.peak * 600.0;
    let keep_up = busy / target;
    let clear = busy + backlog * jobs.seconds / drain;
    let (bound, other) = if clear > keep_up {
        ("backlog", keep_up)
    } else {
        ("utilisation", clear)
    };
    ctx.ledger
        .add(
            format!("{name}.workers"),
            ceil(keep_up.max(clear)).max(1.0),
            Unit::Count,
        )
        .why(format!(
            "{} jobs/s × {} s; {bound} decides",
            show(jobs.peak),
            show(jobs.seconds)
        ))
        .by(
            "max(λS ÷ ρ, λS + B·S ÷ drain), B = 10 min of peak arrivals",
            "2.8",
            &[
                &format!("{name}.jobs.peak"),
                &format!("{name}.job_s"),
                "async.target_utilization",
                "queue.drain_s",
            ],
        )
        .decided_by(bound)
        .rejected(
            if bound == "backlog" {
                "utilisation"
            } else {
                "backlog"
            },
            format!("needs {}", show(other)),
        )
        .number()
}

/// Replicas of a language model by the roofline of its accelerator (section 2.8).
fn inference_replicas(ctx: &mut Context<'_>, name: &str, jobs: &Jobs) -> f64 {
    let inference = ctx
        .spec
        .inference
        .clone()
        .expect("only called where the blueprint has a model");
    let bandwidth_name = format!("gpu.bandwidth_gb_s.{}", inference.gpu);
    let bandwidth = ctx.constant(&bandwidth_name);
    let parameters = ctx.stated(
        "inference.parameters",
        inference.parameters.get(),
        Unit::Count,
    );
    let bits = ctx.stated("inference.bits", inference.bits.get(), Unit::Count);
    let tokens = ctx.stated(
        "inference.tokens_per_job",
        inference.tokens_per_job.get(),
        Unit::Count,
    );
    let weights_gb = parameters * bits / 8.0 / 1e9;
    let constants = [
        "gpu.roofline_efficiency",
        "gpu.batch",
        "gpu.batch_efficiency",
    ];
    let [efficiency, batch, batch_efficiency] = constants.map(|id| ctx.constant(id));
    let tps = ctx
        .ledger
        .add(
            format!("{name}.tokens_per_gpu"),
            efficiency * bandwidth / weights_gb * batch * batch_efficiency,
            Unit::PerSecond,
        )
        .why(format!(
            "{} × {} GB/s ÷ {} GB × {batch} × {batch_efficiency}",
            efficiency,
            show(bandwidth),
            show(weights_gb)
        ))
        .by(
            "efficiency · bandwidth ÷ weights · batch · batch efficiency",
            "2.8",
            &[
                &bandwidth_name,
                "inference.parameters",
                "inference.bits",
                constants[0],
                constants[1],
                constants[2],
            ],
        )
        .number();
    let wanted = ctx
        .ledger
        .add(
            format!("{name}.tokens_per_s"),
            jobs.peak * tokens,
            Unit::PerSecond,
        )
        .why(format!(
            "{} jobs/s × {} tokens",
            show(jobs.peak),
            show(tokens)
        ))
        .by(
            "jobs at the peak × tokens",
            "2.8",
            &[&format!("{name}.jobs.peak"), "inference.tokens_per_job"],
        )
        .number();
    let target = ctx.constant("gpu.target_utilization");
    ctx.ledger
        .add(
            format!("{name}.workers"),
            ceil(wanted / (tps * target)).max(1.0),
            Unit::Count,
        )
        .why(format!(
            "{} tokens/s ÷ ({} a GPU × {target})",
            show(wanted),
            show(tps)
        ))
        .by(
            "tokens/s ÷ (tokens/s of a GPU · utilisation)",
            "2.8",
            &[
                &format!("{name}.tokens_per_s"),
                &format!("{name}.tokens_per_gpu"),
                "gpu.target_utilization",
            ],
        )
        .number()
}

/// When the queue asks for another worker, and how long one may take to stop.
fn triggers(ctx: &mut Context<'_>, name: &str, jobs: &Jobs, workers: (f64, &str)) {
    let (peak, noun) = workers;
    // Little: jobs in flight of one worker; a threshold below them would scale on work that is already being done.
    let in_flight = jobs.peak * jobs.seconds / peak;
    // Twice what is in flight is queue, and still done well within the deadline.
    let threshold = ceil(2.0 * in_flight).max(1.0);
    ctx.ledger
        .add(format!("{name}.lag_threshold"), threshold, Unit::Count)
        .why(format!(
            "{} jobs in flight a {noun} (Little), twice that is queue",
            show(in_flight)
        ))
        .by(
            "2 × jobs in flight a pod",
            "2.8",
            &[
                &format!("{name}.jobs.peak"),
                &format!("{name}.job_s"),
                &format!("{name}.replicas.peak"),
            ],
        );
    ctx.policy(
        &format!("{name}.poll_s"),
        15.0,
        Unit::Seconds,
        "as often as the autoscaler looks",
    );
    ctx.policy(
        &format!("{name}.cooldown_s"),
        300.0,
        Unit::Seconds,
        "the autoscaler's own downscale window",
    );
    ctx.policy(
        &format!("{name}.scale_down.stabilization_s"),
        600.0,
        Unit::Seconds,
        "a worker that goes gives back its job: longer than two waves",
    );
    ctx.policy(
        &format!("{name}.scale_down.percent"),
        10.0,
        Unit::Percent,
        "in two minutes; slowly, for the next wave",
    );
    let grace = ceil(1.2 * jobs.seconds).clamp(30.0, 3600.0);
    ctx.ledger
        .add(format!("{name}.termination_grace_s"), grace, Unit::Seconds)
        .why(format!(
            "finish or give back the job in hand: {} s, a fifth more",
            show(jobs.seconds)
        ))
        .by(
            "1.2 × job time, 30 s to 1 h",
            "2.8",
            &[&format!("{name}.job_s")],
        );
}

/// Jobs that may wait before somebody is told: `<service>.lag_alarm`. Where a limit holds them up, those that are done within
/// the age that it lets them reach.
pub(crate) fn lag_alarm(
    ctx: &mut Context<'_>,
    name: &str,
    jobs: &Jobs,
    deadline: f64,
    limit: Option<&rate_limit::Limit>,
) {
    if let Some(limit) = limit {
        let rate = limit.rate.min(jobs.peak);
        ctx.ledger
            .add(
                format!("{name}.lag_alarm"),
                ceil(rate * limit.age_s).max(10.0),
                Unit::Count,
            )
            .why(format!(
                "{} jobs/s are done, and may wait for {} s",
                show(rate),
                show(limit.age_s)
            ))
            .by(
                "min(jobs, done at the limit) × age that is as expected",
                "2.8",
                &[
                    &format!("{name}.jobs.peak"),
                    &format!("{name}.limit.done"),
                    &format!("{name}.limit.age_alarm_s"),
                ],
            );
        return;
    }
    ctx.ledger
        .add(
            format!("{name}.lag_alarm"),
            ceil(jobs.peak * deadline).max(10.0),
            Unit::Count,
        )
        .why(format!(
            "{} jobs/s × {} s deadline",
            show(jobs.peak),
            show(deadline)
        ))
        .by(
            "jobs that arrive within the deadline",
            "2.8",
            &[&format!("{name}.jobs.peak"), &format!("{name}.deadline_s")],
        );
}
