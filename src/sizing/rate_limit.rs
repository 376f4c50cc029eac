//! Workers whose jobs call something that takes only so many a second: who holds them to it, how many workers that leaves
//! work for, and how long jobs wait for it (capacity model, section 2.8).
//!
//! Comes in: a service that states a `rate_limit`, and its jobs. Goes out: `<service>.rate_limit` and `<service>.limit.…`.
//! Promises: the limit is never passed as long as a job takes the time that it is stated to take; what a queue or the count
//! of workers cannot hold is refused; more jobs never give a shorter wait.

use super::{Context, Remark, ceil, stream, workload::worker::Jobs};
use crate::{
    blueprint::{RunsOn, Service, ServiceKind},
    component::Component,
    ledger::{Ledger, Unit, show},
};

const HOUR_S: f64 = 3600.0;

/// A limit that can be kept.
pub(crate) struct Limit {
    /// Jobs a second that are done while some wait.
    pub(crate) rate: f64,
    /// Workers that it leaves work for.
    pub(crate) workers: f64,
    /// Oldest job that is as expected, seconds.
    pub(crate) age_s: f64,
}

/// Who sees to it that no more are called.
enum Keeper {
    /// The queue calls, and waits in between: at most so many a second, where it has a limit of its own.
    Queue(Option<f64>),
    /// There are no more workers than may work at a time.
    Workers,
}

/// Records what the limit of a service does to its jobs; nothing where it states none, or one that cannot be kept.
/// `least` is the fewest workers that what runs it can be held to.
pub(crate) fn held(
    ctx: &mut Context<'_>,
    service: &Service,
    jobs: &Jobs,
    deadline: f64,
    least: f64,
) -> Option<Limit> {
    let name = service.name.as_str();
    let stated = service.rate_limit?.get();
    if beyond(ctx, service).is_some() {
        return None;
    }
    let rate = ctx.service_input(name, "rate_limit", Some(stated), Unit::PerSecond, stated);
    let keeper = keeper(ctx, service);
    if let Some(text) = refused(name, &keeper, rate, (jobs.seconds, least)) {
        let path = format!("services.{name}.rate_limit");
        ctx.mistakes.push(Remark { path, text });
        return None;
    }
    let by_queue = matches!(keeper, Keeper::Queue(_));
    ctx.ledger
        .add(format!("{name}.limit.by_queue"), by_queue, Unit::Name)
        .why(if by_queue {
            "the queue calls the worker, and waits in between"
        } else {
            "there are no more workers than may work at a time"
        })
        .by("who sees to it that no more are called", "2.8", &[]);
    let workers = workers(ctx, name, &keeper, (rate, jobs.seconds), least);
    let done = done(ctx, name, by_queue, (rate, jobs.seconds), workers);
    let age_s = waiting(ctx, name, jobs, done, deadline);
    Some(Limit {
        rate: done,
        workers,
        age_s,
    })
}

/// A queue that calls over HTTPS holds the rate itself, where the cloud has one and the worker is called; else the workers do.
fn keeper(ctx: &Context<'_>, service: &Service) -> Keeper {
    let called = matches!(ctx.runs_on(service), RunsOn::Functions | RunsOn::Containers)
        && service.kind == ServiceKind::Worker;
    let qstash = ctx.choice.get("queue").is_some_and(|one| one == "qstash");
    match ctx.cloud.queues().calls_per_s {
        _ if !called => Keeper::Workers,
        _ if qstash && ctx.has(Component::Qstash) => Keeper::Queue(None),
        Some(most) if stream::is_by_queue(ctx.choice) => Keeper::Queue(Some(most)),
        _ => Keeper::Workers,
    }
}

/// Refuses the limit of what nothing can hold to a rate.
pub(crate) fn check(ctx: &mut Context<'_>) {
    let limited = ctx.spec.services.iter();
    let limited = limited.filter(|service| service.rate_limit.is_some());
    let mistakes: Vec<Remark> = limited
        .filter_map(|service| {
            let path = format!("services.{}.rate_limit", service.name);
            beyond(ctx, service).map(|text| Remark { path, text })
        })
        .collect();
    ctx.mistakes.extend(mistakes);
}

/// Why nothing can hold a service to a rate, where nothing can.
fn beyond(ctx: &Context<'_>, service: &Service) -> Option<String> {
    let name = &service.name;
    let on = ctx.runs_on(service);
    if on == RunsOn::Fleet || service.inference {
        let what = if service.inference {
            "a model's worker"
        } else {
            "a machine of a fleet"
        };
        return Some(format!(
            "{what} takes as many jobs at a time as it can, so that {name} cannot be held to a rate; have a worker on containers, functions or pods make the calls"
        ));
    }
    if service.kind == ServiceKind::Event && ctx.has(Component::Workflow) {
        return Some(format!(
            "the workflow calls {name} once for each object, and holds it to no rate; have a worker with a topic of its own make the calls"
        ));
    }
    None
}

/// Why a limit cannot be kept, where it cannot.
fn refused(name: &str, keeper: &Keeper, rate: f64, (seconds, least): (f64, f64)) -> Option<String> {
    match keeper {
        Keeper::Queue(Some(most)) if rate > *most => Some(format!(
            "a queue calls at most {} times a second on this cloud, wanted at most that, or no limit",
            show(*most)
        )),
        Keeper::Workers if rate * seconds < least - 1e-9 => Some(format!(
            "jobs of {name} take {} s, so that {} at a time, the fewest that what runs it can be held to, {} {}/s; \
             a job that takes longer, for several calls, can be held to {}/s",
            show(seconds),
            show(least),
            if least > 1.0 { "are" } else { "is" },
            show(least / seconds),
            show(rate)
        )),
        _ => None,
    }
}

/// Workers that the limit leaves work for.
fn workers(
    ctx: &mut Context<'_>,
    name: &str,
    keeper: &Keeper,
    (rate, seconds): (f64, f64),
    least: f64,
) -> f64 {
    let busy = rate * seconds;
    let (workers, why, formula) = match keeper {
        Keeper::Queue(_) => {
            let target = ctx.constant("async.target_utilization");
            let why = format!(
                "{} in work at the limit of {}/s, at {target}; the queue calls no faster",
                show(busy),
                show(rate)
            );
            let formula = "limit · job time ÷ ρ: the queue holds the rate";
            (ceil(busy / target).max(least), why, formula)
        }
        Keeper::Workers => {
            let why = format!(
                "{} in work at the limit of {}/s, and never more workers than that",
                show(busy),
                show(rate)
            );
            let formula = "limit · job time, rounded down: the workers hold the rate";
            ((busy + 1e-9).floor(), why, formula)
        }
    };
    ctx.ledger
        .add(format!("{name}.limit.workers"), workers, Unit::Count)
        .why(why)
        .by(
            formula,
            "2.8",
            &[&format!("{name}.rate_limit"), &format!("{name}.job_s")],
        )
        .number()
}

/// Jobs a second that are done while some wait: whole workers may come to less than the limit.
fn done(
    ctx: &mut Context<'_>,
    name: &str,
    by_queue: bool,
    (rate, seconds): (f64, f64),
    workers: f64,
) -> f64 {
    let (done, why) = if by_queue {
        (rate, "as often as the queue calls".to_owned())
    } else {
        let why = format!("{} workers, {} s a job", show(workers), show(seconds));
        (rate.min(workers / seconds), why)
    };
    ctx.ledger
        .add(format!("{name}.limit.done"), done, Unit::PerSecond)
        .why(why)
        .by(
            "min(limit, workers ÷ job time)",
            "2.8",
            &[
                &format!("{name}.rate_limit"),
                &format!("{name}.limit.workers"),
                &format!("{name}.job_s"),
            ],
        )
        .number()
}

/// Whether a queue holds a service to its limit.
pub fn is_by_queue(ledger: &Ledger, service: &str) -> bool {
    let name = format!("{service}.limit.by_queue");
    ledger.get(&name).is_some() && ledger.flag(&name)
}

/// Calls that a queue which holds a rate has open at a time: as many as there are workers, within what it may be told.
pub(crate) fn calls(ctx: &mut Context<'_>) {
    let mut names = ctx.consumers();
    names.retain(|name| is_by_queue(ctx.ledger, name));
    for name in &names {
        let workers = format!("{name}.replicas.max");
        let (max, most) = (
            ctx.ledger.number(&workers),
            ctx.cloud.queues().calls_at_once,
        );
        ctx.ledger
            .add(
                format!("{name}.limit.at_once"),
                max.min(most.unwrap_or(max)),
                Unit::Count,
            )
            .why(format!("{} workers, one job each", show(max)))
            .by(
                "replicas.max, within what a queue may be told",
                "2.8",
                &[&workers],
            );
        let own = format!("{name}.max_attempts");
        let attempts = ctx.ledger.number(&own);
        ctx.ledger
            .add(
                format!("{name}.limit.attempts"),
                2.0 * attempts,
                Unit::Count,
            )
            .why(format!(
                "the worker itself gives up at attempt {}; as many again for one that fails at that",
                show(attempts)
            ))
            .by("2 × max_attempts", "2.8", &[&own]);
    }
}

/// How many jobs wait for the limit at worst, how long, and how long until none does. Goes out: the age of the oldest job
/// that is as expected.
fn waiting(ctx: &mut Context<'_>, name: &str, jobs: &Jobs, rate: f64, deadline: f64) -> f64 {
    let backlog = backlog(&arrivals(ctx, jobs.mean), rate);
    let inputs = [
        format!("{name}.jobs.mean"),
        format!("{name}.jobs.peak"),
        format!("{name}.limit.done"),
    ];
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let against = format!(
        "{} jobs/s on average, {} in the busiest hour, {} done at the limit",
        show(jobs.mean),
        show(jobs.peak),
        show(rate)
    );
    ctx.ledger
        .add(format!("{name}.limit.backlog"), ceil(backlog.most), Unit::Count)
        .why(against.clone())
        .by(
            "largest Σ (arrivals − done) · 3 600 s over the hours of two weeks that begin with none",
            "2.8",
            &inputs,
        );
    let lag = backlog.most / rate;
    ctx.ledger
        .add(format!("{name}.limit.lag_s"), ceil(lag), Unit::Seconds)
        .why(format!(
            "the {} that wait, {} a second",
            show(ceil(backlog.most)),
            show(rate)
        ))
        .by(
            "backlog ÷ jobs done a second",
            "2.8",
            &[
                &format!("{name}.limit.backlog"),
                &format!("{name}.limit.done"),
            ],
        );
    ctx.ledger
        .add(
            format!("{name}.limit.drain_s"),
            ceil(backlog.longest_s),
            Unit::Seconds,
        )
        .why(against)
        .by("longest time in which some wait", "2.8", &inputs);
    remark(ctx, name, jobs, rate, (lag, deadline, backlog.longest_s));
    let age = ceil(deadline.max(1.2 * lag));
    ctx.ledger
        .add(format!("{name}.limit.age_alarm_s"), age, Unit::Seconds)
        .why(format!(
            "a deadline of {} s, and {} s that the limit lets jobs wait in the busiest hours, a fifth more",
            show(deadline),
            show(ceil(lag))
        ))
        .by(
            "max(deadline, 1.2 × lag)",
            "2.8",
            &[&format!("{name}.deadline_s"), &format!("{name}.limit.lag_s")],
        )
        .number()
}

/// What a person should know of a limit before users do.
fn remark(
    ctx: &mut Context<'_>,
    name: &str,
    jobs: &Jobs,
    rate: f64,
    (lag, deadline, longest): (f64, f64, f64),
) {
    let text = if jobs.mean >= rate {
        format!(
            "{name} gets {} jobs/s on average and is held to {}/s: its queue never drains, grows by {} a day, and loses what is older than it keeps",
            show(jobs.mean),
            show(rate),
            show(ceil((jobs.mean - rate) * 24.0 * HOUR_S))
        )
    } else if lag > deadline {
        format!(
            "{name} gets {} jobs/s in the busiest hour and is held to {}/s: jobs wait up to {} s, past their deadline of {} s; {} s after the first had to wait none does",
            show(jobs.peak),
            show(rate),
            show(ceil(lag)),
            show(deadline),
            show(ceil(longest))
        )
    } else {
        return;
    };
    ctx.warn(&format!("services.{name}.rate_limit"), text);
}

/// Jobs a second in each hour of the week. A surge is not among them, as it is not where workers are counted: its jobs wait
/// for the workers before they wait for the limit.
fn arrivals(ctx: &Context<'_>, mean: f64) -> Vec<f64> {
    let hours = ctx.demand.week.hours().iter();
    hours.map(|of_mean| mean * of_mean).collect()
}

/// What waits over time.
#[derive(Debug, PartialEq)]
struct Backlog {
    /// Most jobs that wait.
    most: f64,
    /// Longest time in which some wait, seconds.
    longest_s: f64,
}

/// Two weeks of hours that begin with an empty queue: the second has what is left of the first.
fn backlog(arrivals: &[f64], rate: f64) -> Backlog {
    let (mut waiting, mut since): (f64, f64) = (0.0, 0.0);
    let mut worst = Backlog {
        most: 0.0,
        longest_s: 0.0,
    };
    for arriving in arrivals.iter().chain(arrivals) {
        let change = (arriving - rate) * HOUR_S;
        let left = waiting + change;
        if left > 0.0 {
            since += HOUR_S;
        } else if waiting > 0.0 {
            // Empty within the hour.
            since += HOUR_S * waiting / -change;
        }
        worst.longest_s = worst.longest_s.max(since);
        if left <= 0.0 {
            since = 0.0;
        }
        waiting = left.max(0.0);
        worst.most = worst.most.max(waiting);
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arrivals: &[f64], rate: f64, most: f64, longest_s: f64) {
        assert_eq!(backlog(arrivals, rate), Backlog { most, longest_s });
    }

    #[test]
    fn what_arrives_above_the_limit_waits_until_less_does() {
        // 2 h at 15/s against 10/s: 5 × 7 200 = 36 000 wait; then 6/s: 4/s less each second, empty after 9 000 s.
        check(
            &[4.0, 15.0, 15.0, 6.0, 6.0, 6.0, 6.0],
            10.0,
            36_000.0,
            16_200.0,
        );
    }

    #[test]
    fn what_stays_below_the_limit_never_waits() {
        check(&[4.0, 10.0, 9.0], 10.0, 0.0, 0.0);
    }

    #[test]
    fn a_week_that_does_not_drain_goes_on_in_the_next() {
        // 20 + 4 an hour against 10: 10 × 3 600 - 6 × 3 600 are left each time; the second round adds its 36 000 to 14 400.
        check(&[20.0, 4.0], 10.0, 50_400.0, 4.0 * 3600.0);
    }
}
