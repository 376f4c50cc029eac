//! Rates, stages and virtual users of the load tests, from the demand.

use crate::{
    component::Component,
    ledger::{Quantity, Unit, show},
    sizing::{Context, ceil},
};

/// Sizes the smoke, baseline, soak, stress and spike tests.
pub(crate) fn size(ctx: &mut Context<'_>) {
    let (mean, peak, design) = (ctx.demand.mean, ctx.demand.peak, ctx.demand.design);
    let surge = ctx.demand.surge();
    let row =
        |ctx: &mut Context<'_>, name: &str, value: f64, unit: Unit, why: &str, input: &str| {
            ctx.ledger
                .add(format!("loadtest.{name}"), value, unit)
                .why(why)
                .by("from the demand", "1.4", &[input]);
        };
    row(
        ctx,
        "baseline.rate",
        ceil(peak),
        Unit::PerSecond,
        "the busiest hour",
        "demand.peak",
    );
    row(
        ctx,
        "baseline.duration_min",
        30.0,
        Unit::Minutes,
        "caches and pools are warm after ten",
        "demand.peak",
    );
    row(
        ctx,
        "soak.rate",
        ceil(mean),
        Unit::PerSecond,
        "the mean of the week",
        "demand.mean",
    );
    row(
        ctx,
        "soak.duration_h",
        8.0,
        Unit::Hours,
        "leaks, full disks and expiring credentials show",
        "demand.mean",
    );
    row(
        ctx,
        "stress.start_rate",
        ceil(design / 2.0),
        Unit::PerSecond,
        "half of the design rate",
        "demand.design",
    );
    row(
        ctx,
        "stress.design_rate",
        ceil(design),
        Unit::PerSecond,
        "the objectives must hold up to here",
        "demand.design",
    );
    row(
        ctx,
        "stress.top_rate",
        ceil(design * 2.0),
        Unit::PerSecond,
        "twice the design rate: where does it bend",
        "demand.design",
    );
    row(
        ctx,
        "stress.ramp_min",
        5.0,
        Unit::Minutes,
        "slower than the autoscaler's lag",
        "workloads.scaling_lag_s",
    );
    row(
        ctx,
        "stress.hold_min",
        10.0,
        Unit::Minutes,
        "several rounds of the autoscaler",
        "workloads.scaling_lag_s",
    );
    row(
        ctx,
        "stress.error_rate",
        0.05,
        Unit::Ratio,
        "beyond it the test only harms",
        "objectives.error_rate",
    );
    row(
        ctx,
        "spike.base_rate",
        ceil(peak),
        Unit::PerSecond,
        "the busiest hour",
        "demand.peak",
    );
    let why = format!("× {} of the busiest minute", show(ctx.demand.surge_factor));
    row(
        ctx,
        "spike.rate",
        ceil(surge),
        Unit::PerSecond,
        &why,
        "demand.surge",
    );
    let ramp = ctx.ledger.number("demand.ramp_s");
    row(
        ctx,
        "spike.ramp_s",
        ramp,
        Unit::Seconds,
        "as traffic.surge says",
        "demand.ramp_s",
    );
    row(
        ctx,
        "spike.hold_min",
        10.0,
        Unit::Minutes,
        "until new nodes have long come",
        "workloads.scaling_lag_s",
    );
    row(
        ctx,
        "spike.recover_min",
        2.0,
        Unit::Minutes,
        "as fast as a crowd leaves",
        "demand.ramp_s",
    );
    let errors = tidy((10.0 * ctx.ledger.number("objectives.error_rate")).min(0.05));
    row(
        ctx,
        "spike.error_rate",
        errors,
        Unit::Ratio,
        "ten times the objective while pods come up",
        "objectives.error_rate",
    );
    smoke(ctx, peak);
    row(
        ctx,
        "smoke.duration_s",
        50.0,
        Unit::Seconds,
        "a minute with its start",
        "demand.peak",
    );
    row(
        ctx,
        "smoke.vus",
        10.0,
        Unit::Count,
        "enough for answers of a second",
        "demand.peak",
    );
    for (test, rate) in [
        ("baseline", "baseline.rate"),
        ("soak", "soak.rate"),
        ("stress", "stress.top_rate"),
        ("spike", "spike.rate"),
    ] {
        users(ctx, test, rate);
    }
    runners(ctx);
    mix(ctx);
    viewers(ctx);
    chat(ctx);
    jobs(ctx);
}

/// The smoke test's rate: it runs before users see a release, from one address, and past what the firewall lets one client do
/// it would only measure the firewall.
fn smoke(ctx: &mut Context<'_>, peak: f64) {
    let wanted = (peak / 100.0).round().clamp(1.0, 50.0);
    let limit = ctx.ledger.get("edge.client_rate_1m");
    let most = limit.map_or(f64::INFINITY, |a_minute| {
        (a_minute.number() / 60.0 * 0.8).floor().max(1.0)
    });
    let (why, input) = if most < wanted {
        (
            "four fifths of what the firewall lets one address do",
            "edge.client_rate_1m",
        )
    } else {
        ("a hundredth of the peak", "demand.peak")
    };
    ctx.ledger
        .add("loadtest.smoke.rate", wanted.min(most), Unit::PerSecond)
        .why(why)
        .by("min(peak ÷ 100, 0.8 · client rate ÷ 60)", "1.4", &[input]);
}

/// Network of a load generator, Gbit/s of which 70 % are used (C).
const GENERATOR_GBPS: f64 = 10.0;

/// People who watch: steps up to the peak, and how many of them one generator plays.
fn viewers(ctx: &mut Context<'_>) {
    if ctx.ledger.get("media.viewers.peak").is_none() || !ctx.has(Component::ObjectStorage) {
        return;
    }
    let name = |item: &str| format!("loadtest.viewers.{item}");
    let (usual, peak) = (
        ctx.ledger.number("media.viewers.usual"),
        ctx.ledger.number("media.viewers.peak"),
    );
    for (item, value, why, from) in [
        ("usual", usual, "a usual evening", "media.viewers.usual"),
        (
            "half",
            peak / 2.0,
            "half of the peak: does it bend",
            "media.viewers.peak",
        ),
        ("peak", peak, "the event", "media.viewers.peak"),
    ] {
        ctx.ledger
            .add(name(item), ceil(value), Unit::Count)
            .why(why)
            .by("from the viewers", "7.5", &[from]);
    }
    event_times(ctx, "viewers");
    let (mbps, part) = (
        ctx.ledger.number("media.bitrate"),
        ctx.ledger.number("media.part_s"),
    );
    let by_network = GENERATOR_GBPS * 0.7 * 1000.0 / mbps;
    let by_requests = 5_000.0 * part / 2.0;
    let each = by_network.min(by_requests).min(10_000.0).floor().max(1.0);
    let each = ctx
        .ledger
        .add(name("per_runner"), each, Unit::Count)
        .why(format!(
            "{} by 70 % of {GENERATOR_GBPS} Gbit/s at {} Mbit/s each, {} by 5 000 requests a second, 10 000 by memory",
            show(by_network.floor()),
            show(mbps),
            show(by_requests)
        ))
        .by(
            "min(network ÷ bit rate, requests × part ÷ 2, users)",
            "7.5",
            &["media.bitrate", "media.part_s"],
        )
        .graded(crate::ledger::Grade::C)
        .number();
    ctx.ledger
        .add(name("runners"), ceil(peak / each).max(1.0), Unit::Count)
        .why(format!(
            "{} viewers, {} a generator",
            show(peak),
            show(each)
        ))
        .by(
            "viewers ÷ viewers of a generator",
            "7.5",
            &["media.viewers.peak", &name("per_runner")],
        );
    ctx.ledger
        .add(name("part_ms"), part * 1000.0, Unit::Millis)
        .why("a part that takes longer to come than to play stops the picture")
        .by("part duration", "7.5", &["media.part_s"]);
}

/// How steeply people come to an event, and how long they stay in the test.
fn event_times(ctx: &mut Context<'_>, test: &str) {
    let ramp = ctx.ledger.number("demand.ramp_s");
    ctx.ledger
        .add(format!("loadtest.{test}.ramp_s"), ramp, Unit::Seconds)
        .why("as traffic.surge says")
        .by("from the demand", "1.4", &["demand.ramp_s"]);
    ctx.policy(
        &format!("loadtest.{test}.hold_min"),
        10.0,
        Unit::Minutes,
        "until new machines have long come, at each step",
    );
}

/// Connections that stay open, and messages that are written.
fn chat(ctx: &mut Context<'_>) {
    if ctx.ledger.get("nosql.writes.peak").is_none() {
        return;
    }
    let name = |item: &str| format!("loadtest.chat.{item}");
    for (item, from, unit, why) in [
        (
            "rate",
            "nosql.writes.usual",
            Unit::PerSecond,
            "a usual evening",
        ),
        (
            "top_rate",
            "nosql.writes.peak",
            Unit::PerSecond,
            "the event",
        ),
        (
            "connections",
            "media.viewers.peak",
            Unit::Count,
            "everybody who watches",
        ),
    ] {
        let value = ceil(ctx.ledger.number(from)).max(1.0);
        ctx.ledger
            .add(name(item), value, unit)
            .why(why)
            .by("from the viewers", "7.6", &[from]);
    }
    event_times(ctx, "chat");
    users(ctx, "chat", "chat.top_rate");
    let (connections, rate) = (
        ctx.ledger.number(&name("connections")),
        ctx.ledger.number(&name("top_rate")),
    );
    ctx.ledger
        .add(
            name("runners"),
            ceil((connections / 10_000.0).max(rate / 5_000.0)).max(1.0),
            Unit::Count,
        )
        .why(format!(
            "{} connections at 10 000, {} messages/s at 5 000 a generator",
            show(connections),
            show(rate)
        ))
        .by(
            "max(connections ÷ 10 000, rate ÷ 5 000)",
            "7.6",
            &[&name("connections"), &name("top_rate")],
        )
        .graded(crate::ledger::Grade::C);
    ctx.policy(
        &name("ping_ms"),
        60_000.0,
        Unit::Millis,
        "far within the time after which a silent connection is closed",
    );
    ctx.policy(
        &name("delivery_ms"),
        1000.0,
        Unit::Millis,
        "from one who writes to all who read: a second still is a conversation",
    );
}

/// Users that follow jobs of one topic at a time: what a generator has over beside its requests (C).
const FOLLOWERS: f64 = 200.0;

/// The test of jobs: how many are started, and how many of them are followed to their end.
fn jobs(ctx: &mut Context<'_>) {
    let mut workers = ctx.consumers();
    // No request starts what only the clock does.
    workers.retain(|name| {
        let clock = ctx.ledger.get(&format!("{name}.schedule.jobs_week"));
        clock.is_none() || ctx.ledger.number(&format!("{name}.jobs_per_request")) > 0.0
    });
    if workers.is_empty() {
        return;
    }
    ctx.policy(
        "loadtest.jobs.hold_min",
        10.0,
        Unit::Minutes,
        "workers have started and stopped a few times",
    );
    ctx.policy(
        "loadtest.jobs.burst_min",
        2.0,
        Unit::Minutes,
        "a backlog that is worth clearing",
    );
    let success = tidy(1.0 - ctx.ledger.number("objectives.error_rate"));
    ctx.ledger
        .add("loadtest.jobs.success", success, Unit::Ratio)
        .why("what is not done counts as an error")
        .by("1 − error objective", "8", &["objectives.error_rate"]);
    for name in workers {
        started(ctx, &name);
        followed(ctx, &name);
    }
}

/// Jobs that a worker's test starts in a minute. Above a limit they would only wait, past any deadline.
fn started(ctx: &mut Context<'_>, name: &str) {
    let (peak_name, limit_name) = (format!("{name}.jobs.peak"), format!("{name}.rate_limit"));
    let peak = ctx.ledger.number(&peak_name);
    let limit = ctx.ledger.get(&limit_name).map(Quantity::number);
    let most = limit.map_or(f64::INFINITY, |limit| (60.0 * limit).floor().max(1.0));
    let inputs: &[&str] = match limit {
        Some(_) => &[&peak_name, &limit_name],
        None => &[&peak_name],
    };
    let held = limit.map_or_else(String::new, |limit| {
        format!("; at most the {} a second that it is held to", show(limit))
    });
    let rate = ceil(60.0 * peak).max(1.0);
    ctx.ledger
        .add(format!("{name}.loadtest.rate"), rate.min(most), Unit::Count)
        .why(format!(
            "a minute: {} a second in the busiest hour{held}",
            show(peak)
        ))
        .by("60 × jobs a second", "2.8", inputs);
    ctx.ledger
        .add(
            format!("{name}.loadtest.burst"),
            (2.0 * rate).min(most),
            Unit::Count,
        )
        .why(format!(
            "twice the busiest hour: what its workers cannot take at once waits{held}"
        ))
        .by("2 × rate", "2.8", inputs);
}

/// How many of them are followed, how often they are looked at, and by how many users.
fn followed(ctx: &mut Context<'_>, name: &str) {
    let (burst_name, deadline_name) = (
        format!("{name}.loadtest.burst"),
        format!("{name}.deadline_s"),
    );
    let burst = ctx.ledger.number(&burst_name) / 60.0;
    let deadline = ctx.ledger.number(&deadline_name);
    let latency = ctx.ledger.number("slo.latency_ms") / 1000.0;
    let share = (FOLLOWERS / (burst * deadline)).clamp(0.001, 1.0);
    let share = (share * 1000.0).floor() / 1000.0;
    let inputs = [burst_name.as_str(), deadline_name.as_str()];
    ctx.ledger
        .add(
            format!("{name}.loadtest.followed"),
            tidy(share),
            Unit::Ratio,
        )
        .why(format!(
            "of {} a second, for at most {} s each: {} users at a time",
            show(burst),
            show(deadline),
            show(FOLLOWERS)
        ))
        .by("200 ÷ (burst × deadline), at most all", "1.5", &inputs);
    ctx.ledger
        .add(
            format!("{name}.loadtest.poll_s"),
            (deadline / 60.0).clamp(0.5, 10.0),
            Unit::Seconds,
        )
        .why("a sixtieth of the deadline: near enough, and little load")
        .by("deadline ÷ 60", "1.5", &[&deadline_name]);
    let users = ceil(burst * (5.0 * latency + share * deadline)) + 10.0;
    ctx.ledger
        .add(format!("{name}.loadtest.vus"), users, Unit::Count)
        .why("Little: five times the latency objective for each, the deadline for those that are followed")
        .by("burst × (5 × latency + followed × deadline) + 10", "1.5", &inputs);
}

fn tidy(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// Virtual users by Little's law, and five times as many for slow answers.
fn users(ctx: &mut Context<'_>, test: &str, rate: &str) {
    let rate_name = format!("loadtest.{rate}");
    let rate = ctx.ledger.number(&rate_name);
    let latency = ctx.ledger.number("slo.latency_ms");
    let vus = ceil(rate * latency / 1000.0).max(1.0);
    let inputs = [rate_name.as_str(), "slo.latency_ms"];
    ctx.ledger
        .add(format!("loadtest.{test}.vus"), vus, Unit::Count)
        .why(format!("Little: {}/s × {} ms", show(rate), show(latency)))
        .by("rate × latency objective", "1.5", &inputs);
    ctx.ledger
        .add(
            format!("loadtest.{test}.max_vus"),
            5.0 * vus + 10.0,
            Unit::Count,
        )
        .why("five times over for slow answers")
        .by("5 × users + 10", "1.5", &inputs);
}

/// Load generators: one carries 10 000 virtual users or 5 000 requests a second (C).
fn runners(ctx: &mut Context<'_>) {
    let users = ctx.ledger.number("loadtest.spike.max_vus");
    let rate = ctx.ledger.number("loadtest.spike.rate");
    let runners = ceil((users / 10_000.0).max(rate / 5_000.0)).max(1.0);
    ctx.ledger
        .add("loadtest.spike.runners", runners, Unit::Count)
        .why(format!(
            "{} users at 10 000, {} requests/s at 5 000 a generator",
            show(users),
            show(rate)
        ))
        .by(
            "max(users ÷ 10 000, rate ÷ 5 000)",
            "1.5",
            &["loadtest.spike.max_vus", "loadtest.spike.rate"],
        )
        .graded(crate::ledger::Grade::C);
    let rows = [
        (
            "runner.vcpu",
            2.0,
            Unit::Vcpu,
            "of a generator: 5 000 requests a second",
        ),
        (
            "runner.memory_gib",
            4.0,
            Unit::Gib,
            "of a generator: 10 000 users of about 400 kB",
        ),
        (
            "graceful_stop_s",
            30.0,
            Unit::Seconds,
            "the longest request that is waited for",
        ),
        (
            "smoke.graceful_stop_s",
            10.0,
            Unit::Seconds,
            "a smoke test is over within its minute",
        ),
        (
            "stress.patience_s",
            60.0,
            Unit::Seconds,
            "errors of the first minute stop nothing: pods start",
        ),
    ];
    for (name, value, unit, why) in rows {
        ctx.policy(&format!("loadtest.{name}"), value, unit, why);
    }
}

/// Cumulative shares of the request mix.
fn mix(ctx: &mut Context<'_>) {
    let jobs: f64 = ctx
        .spec
        .services
        .iter()
        .filter_map(|service| service.jobs_per_request.map(|jobs| jobs.get()))
        .sum();
    let reads = ctx
        .demand
        .read_share
        .unwrap_or(0.9)
        .min(1.0 - jobs.min(1.0));
    ctx.ledger
        .add("loadtest.mix.reads", tidy(reads), Unit::Ratio)
        .why("requests that only read")
        .by("traffic.read_share", "3.1", &[]);
    ctx.ledger
        .add(
            "loadtest.mix.until_jobs",
            tidy(1.0 - jobs.min(1.0 - reads)),
            Unit::Ratio,
        )
        .why("the rest starts a job")
        .by("1 - jobs a request", "2.8", &[]);
}
