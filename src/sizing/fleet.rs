//! Machines of their own for workers: how many, of which types, on spot or not (capacity model, sections 2.8 and 7.5).
//!
//! Comes in: worker services that run on a fleet, and what live inputs ask of them. Goes out: for each service the
//! quantities of a worker (`<service>.jobs…`, `.deadline_s`, `.replicas.max`: here a replica is a machine) and
//! `<service>.fleet.…`. A service that states no jobs of its own transcodes the live inputs, a segment at a time.

use crate::{
    blueprint::{RunsOn, Service},
    catalog::NodeShape,
    ledger::{Grade, Unit, show},
    sizing::{Class, Context, ceil, ceil_to, node},
};

/// vCPU of the smallest and the largest machine that a fleet is made of (C): a job fits, and a loss is a small part.
const MODERATE_VCPU: std::ops::RangeInclusive<f64> = 8.0..=32.0;

/// Types that a fleet may be made of: more of them are more spot pools to draw from.
const MOST_TYPES: usize = 6;

/// A machine type of a fleet.
#[derive(Clone, Debug)]
pub struct FleetType {
    /// `c7g.4xlarge`
    pub name: String,
    /// `amd64` or `arm64`.
    pub arch: String,
}

/// A service that runs on machines of its own.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Name of the service.
    pub service: String,
    /// Types, the cheapest first.
    pub types: Vec<FleetType>,
}

/// Sizes all services that run on a fleet, in order.
pub(crate) fn size(ctx: &mut Context<'_>) -> Vec<Fleet> {
    let services: Vec<Service> = ctx
        .services_on(RunsOn::Fleet)
        .into_iter()
        .cloned()
        .collect();
    services
        .iter()
        .filter_map(|service| fleet(ctx, service))
        .collect()
}

/// Work of a fleet at its busiest: vCPU it keeps busy, and those it needs for that.
struct Work {
    /// Jobs a second.
    jobs: f64,
    /// Seconds that one job takes.
    seconds: f64,
    /// vCPU of one job.
    vcpu: f64,
    /// vCPU to have.
    needed: f64,
    /// Name of the quantity `needed` follows from.
    from: String,
}

fn fleet(ctx: &mut Context<'_>, service: &Service) -> Option<Fleet> {
    let name = service.name.as_str();
    let work = work(ctx, service);
    let deadline = service.deadline.map(|deadline| deadline.get());
    let default = 2.0 * ctx.ledger.number("media.segment_s");
    let deadline = ctx.service_input(name, "deadline_s", deadline, Unit::Seconds, default);
    let spot = node::spot_share(ctx);
    let types = types(ctx, name, &work, spot);
    let Some(shape) = types.first().cloned() else {
        let text = format!("no machine of {} holds a job of {name}", ctx.region);
        ctx.warn("services", text);
        return None;
    };
    let peak = machines(ctx, name, &work, &shape);
    bounds(ctx, name, peak, spot);
    queue(ctx, name, &work, &shape, deadline);
    groups(ctx, name, peak, spot);
    network(ctx, name, peak);
    let most = ctx.ledger.number(&format!("{name}.replicas.max"));
    crate::sizing::workload::connections(ctx, service, most, "machine");
    periods(ctx, name, &work);
    Some(Fleet {
        service: service.name.clone(),
        types: types
            .into_iter()
            .map(|shape| FleetType {
                name: shape.name,
                arch: shape.arch,
            })
            .collect(),
    })
}

/// Jobs of the live inputs, or those that the service states.
fn work(ctx: &mut Context<'_>, service: &Service) -> Work {
    let name = service.name.as_str();
    let stated = service.cpu.map(|cpu| cpu.get());
    let vcpu = ctx.service_input(name, "job_vcpu", stated, Unit::Vcpu, 8.0);
    if service.jobs_per_request.is_some() {
        return stated_jobs(ctx, service, vcpu);
    }
    let (inputs, segment) = (
        ctx.ledger.number("media.inputs"),
        ctx.ledger.number("media.segment_s"),
    );
    let jobs = inputs / segment;
    for item in ["mean", "peak"] {
        ctx.ledger
            .add(format!("{name}.jobs.{item}"), jobs, Unit::PerSecond)
            .why(format!(
                "{} inputs, a segment of {} s each",
                show(inputs),
                show(segment)
            ))
            .by(
                "inputs ÷ segment duration",
                "7.5",
                &["media.inputs", "media.segment_s"],
            );
    }
    let each = ctx.constant("video.vcpu_per_ladder");
    let seconds = ctx
        .ledger
        .add(
            format!("{name}.job_s"),
            each * segment / vcpu,
            Unit::Seconds,
        )
        .why(format!(
            "{} s of video × {} vCPU ÷ {} vCPU of a job",
            show(segment),
            show(each),
            show(vcpu)
        ))
        .by(
            "segment × vCPU of a ladder ÷ vCPU of a job",
            "7.5",
            &["media.segment_s", "video.vcpu_per_ladder"],
        )
        .number();
    if seconds > segment {
        let text = format!(
            "{name} takes {} s for a segment of {} s with {} vCPU: it falls behind life",
            show(seconds),
            show(segment),
            show(vcpu)
        );
        ctx.warn(&format!("services.{name}.cpu"), text);
    }
    Work {
        jobs,
        seconds,
        vcpu,
        needed: ctx.ledger.number("media.transcode.vcpu"),
        from: "media.transcode.vcpu".to_owned(),
    }
}

fn stated_jobs(ctx: &mut Context<'_>, service: &Service, vcpu: f64) -> Work {
    let name = service.name.as_str();
    let (jobs, seconds) = crate::sizing::workload::jobs(ctx, service);
    let target = ctx.constant("async.target_utilization");
    let from = format!("{name}.fleet.vcpu");
    let needed = ctx
        .ledger
        .add(&from, jobs * seconds * vcpu / target, Unit::Vcpu)
        .why(format!(
            "{} jobs/s × {} s × {} vCPU ÷ {target}",
            show(jobs),
            show(seconds),
            show(vcpu)
        ))
        .by(
            "λ · S · vCPU ÷ ρ",
            "2.8",
            &[
                &format!("{name}.jobs.peak"),
                &format!("{name}.job_s"),
                "async.target_utilization",
            ],
        )
        .number();
    Work {
        jobs,
        seconds,
        vcpu,
        needed,
        from,
    }
}

/// Machines of one size, the cheapest for all of the work first, then others of the same vCPU and at least its memory.
fn types(ctx: &mut Context<'_>, name: &str, work: &Work, spot: f64) -> Vec<NodeShape> {
    let shapes = ctx.cloud.fleet_node_shapes(&ctx.region);
    let price = |shape: &NodeShape| {
        let on_demand = shape.usd_hour?;
        Some((1.0 - spot) * on_demand + spot * shape.spot_hour.unwrap_or(on_demand))
    };
    let mut candidates: Vec<(f64, NodeShape)> = shapes
        .into_iter()
        .filter(|shape| !shape.burstable && MODERATE_VCPU.contains(&shape.vcpu))
        .filter(|shape| shape.vcpu >= work.vcpu)
        .filter_map(|shape| {
            let cost = price(&shape)? * ceil(work.needed / shape.vcpu);
            Some((cost, shape))
        })
        .collect();
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.name.cmp(&b.1.name)));
    let chosen = pinned(ctx, name, &candidates).or_else(|| {
        let (_, cheapest) = candidates.first()?;
        // The largest of those that cost the same: fewer machines, each with room for several jobs.
        let least = candidates.first()?.0 * 1.02;
        let family = cheapest.name.split(['.', '-']).next().map(str::to_owned);
        candidates
            .iter()
            .filter(|(cost, shape)| {
                *cost <= least
                    && shape.vcpu <= 2.0 * work.vcpu
                    && shape.name.split(['.', '-']).next().map(str::to_owned) == family
            })
            .max_by(|a, b| a.1.vcpu.total_cmp(&b.1.vcpu))
            .map(|(_, shape)| shape.clone())
    });
    let Some(chosen) = chosen else {
        return Vec::new();
    };
    let others = candidates
        .into_iter()
        .map(|(_, shape)| shape)
        .filter(|shape| {
            shape.vcpu == chosen.vcpu
                && shape.mem_gib >= chosen.mem_gib
                && shape.name != chosen.name
        })
        .take(MOST_TYPES - 1);
    std::iter::once(chosen.clone()).chain(others).collect()
}

/// The type that a person decided for.
fn pinned(ctx: &mut Context<'_>, name: &str, candidates: &[(f64, NodeShape)]) -> Option<NodeShape> {
    let quantity = format!("{name}.fleet.machine");
    let crate::blueprint::PinValue::Text(wanted) = &ctx.spec.pins.get(&quantity)?.value else {
        return None;
    };
    let found = candidates.iter().find(|(_, shape)| shape.name == *wanted);
    if found.is_none() {
        let known = candidates.iter().map(|(_, shape)| shape.name.as_str());
        ctx.unknown_shape(&quantity, &wanted.clone(), known);
    }
    found.map(|(_, shape)| shape.clone())
}

/// Machines at the busiest hour, in whole zones.
fn machines(ctx: &mut Context<'_>, name: &str, work: &Work, shape: &NodeShape) -> f64 {
    let zones = ctx.zones as f64;
    ctx.ledger
        .add(
            format!("{name}.fleet.machine"),
            shape.name.clone(),
            Unit::Name,
        )
        .why(format!(
            "the least cost of {} vCPU, with spot as far as it may be",
            show(work.needed)
        ))
        .by(
            "least cost over machine types",
            "2.5",
            &[&work.from, "platform.spot"],
        )
        .graded(shape.grade);
    ctx.ledger
        .add(format!("{name}.fleet.machine_vcpu"), shape.vcpu, Unit::Vcpu)
        .why(format!("of one {}", shape.name))
        .by(
            "of the machine type",
            "2.5",
            &[&format!("{name}.fleet.machine")],
        );
    let least = if ctx.class == Class::Production {
        zones.max(2.0)
    } else {
        1.0
    };
    ctx.ledger
        .add(
            format!("{name}.fleet.peak"),
            ceil_to(ceil(work.needed / shape.vcpu).max(least), zones),
            Unit::Count,
        )
        .why(format!(
            "{} vCPU ÷ {} of a {}, whole zones",
            show(work.needed),
            show(shape.vcpu),
            shape.name
        ))
        .by(
            "vCPU ÷ vCPU of a machine, whole zones",
            "7.5",
            &[&work.from, &format!("{name}.fleet.machine_vcpu")],
        )
        .number()
}

/// Floor, base on demand, share above it, and limit.
fn bounds(ctx: &mut Context<'_>, name: &str, peak: f64, spot: f64) {
    let zones = ctx.zones as f64;
    let trough = ctx.demand.week.trough_to_mean() / ctx.demand.week.peak_to_mean();
    let peak_name = format!("{name}.fleet.peak");
    let min = if ctx.class == Class::Development {
        0.0
    } else {
        ceil_to(peak * trough, zones).max(zones).min(peak)
    };
    let why = if min == 0.0 {
        "an idle queue costs nothing here".to_owned()
    } else {
        format!("{} × trough {}, whole zones", show(peak), show(trough))
    };
    ctx.ledger
        .add(format!("{name}.replicas.min"), min, Unit::Count)
        .why(why)
        .by(
            "machines × trough ÷ peak, whole zones",
            "2.4",
            &[&peak_name],
        );
    let max = ceil_to(peak * 1.1, zones);
    ctx.ledger
        .add(format!("{name}.replicas.max"), max, Unit::Count)
        .why(format!(
            "{} at the peak, a tenth more while reclaimed ones are replaced",
            show(peak)
        ))
        .by("1.1 × machines, whole zones", "7.5", &[&peak_name])
        .number();
    let base = if spot >= 1.0 { 0.0 } else { min };
    let why = if base == 0.0 {
        "all of it may be interrupted"
    } else {
        "what always runs is never taken away"
    };
    ctx.ledger
        .add(format!("{name}.fleet.on_demand_base"), base, Unit::Count)
        .why(why)
        .by(
            "the floor, unless all is spot",
            "9",
            &[&format!("{name}.replicas.min"), "platform.spot"],
        );
    ctx.ledger
        .add(
            format!("{name}.fleet.on_demand_percent"),
            (100.0 * (1.0 - spot)).round(),
            Unit::Percent,
        )
        .why(format!(
            "{} % of what is above the base may be reclaimed",
            show(100.0 * spot)
        ))
        .by("100 × (1 - spot share)", "9", &["platform.spot"]);
    split(ctx, name, max, base, spot);
}

/// Limits of the two groups where machines on demand and reclaimable ones are apart.
fn split(ctx: &mut Context<'_>, name: &str, max: f64, base: f64, spot: f64) {
    let max_name = format!("{name}.replicas.max");
    let min = ctx.ledger.number(&format!("{name}.replicas.min"));
    let above = ceil((max - base) * (1.0 - spot));
    let steady = base + above;
    let rows = [
        ("steady_min", base, "the base"),
        (
            "steady_max",
            steady,
            "the base, and its share of what is above",
        ),
        ("spot_min", min - base, "the rest of the floor"),
        ("spot_max", max - steady, "the rest of the limit"),
    ];
    for (item, value, why) in rows {
        ctx.ledger
            .add(format!("{name}.fleet.{item}"), value, Unit::Count)
            .why(why)
            .by(
                "base + (limit - base) × (1 - spot share); the rest",
                "9",
                &[
                    &max_name,
                    &format!("{name}.fleet.on_demand_base"),
                    "platform.spot",
                ],
            );
    }
}

/// Jobs for each machine, in hand and waiting, and when somebody must look.
fn queue(ctx: &mut Context<'_>, name: &str, work: &Work, shape: &NodeShape, deadline: f64) {
    let slots = ctx
        .ledger
        .add(
            format!("{name}.fleet.slots"),
            (shape.vcpu / work.vcpu).floor().max(1.0),
            Unit::Count,
        )
        .why(format!(
            "{} vCPU ÷ {} a job",
            show(shape.vcpu),
            show(work.vcpu)
        ))
        .by(
            "vCPU of a machine ÷ vCPU of a job",
            "7.5",
            &[
                &format!("{name}.fleet.machine_vcpu"),
                &format!("{name}.job_vcpu"),
            ],
        )
        .number();
    let target = ctx.constant("cpu.target_utilization");
    ctx.ledger
        .add(
            format!("{name}.fleet.backlog"),
            (slots * target * 100.0).round() / 100.0,
            Unit::Count,
        )
        .why(format!(
            "jobs in hand and waiting for each machine: {} at once, {} % busy; more that wait bring more machines",
            show(slots),
            show(100.0 * target)
        ))
        .by(
            "jobs in flight of a machine (Little) at its target utilisation",
            "2.8",
            &[&format!("{name}.fleet.slots"), "cpu.target_utilization"],
        );
    ctx.ledger
        .add(
            format!("{name}.lag_alarm"),
            ceil(work.jobs * deadline).max(10.0),
            Unit::Count,
        )
        .why(format!(
            "{} jobs/s × {} s deadline",
            show(work.jobs),
            show(deadline)
        ))
        .by(
            "jobs that arrive within the deadline",
            "2.8",
            &[&format!("{name}.jobs.peak"), &format!("{name}.deadline_s")],
        );
}

/// What the two groups have of the jobs, and of the machines that an event begins with.
fn groups(ctx: &mut Context<'_>, name: &str, peak: f64, spot: f64) {
    let number = |ctx: &Context<'_>, item: &str| ctx.ledger.number(&format!("{name}.{item}"));
    let max = number(ctx, "replicas.max").max(1.0);
    let backlog = number(ctx, "fleet.backlog");
    let base = number(ctx, "fleet.on_demand_base").min(peak);
    let steady = base + ceil((peak - base) * (1.0 - spot));
    let announced = ctx.surge_is_announced();
    for (group, machines) in [("steady", steady), ("spot", peak - steady)] {
        let most = number(ctx, &format!("fleet.{group}_max"));
        let share = most / max;
        // Each sees all jobs: its machines are asked to take its share of them.
        let each = if share > 0.0 {
            (backlog / share * 100.0).round() / 100.0
        } else {
            backlog
        };
        let max_name = format!("{name}.fleet.{group}_max");
        ctx.ledger
            .add(format!("{name}.fleet.{group}_backlog"), each, Unit::Count)
            .why(format!(
                "{} jobs a machine ÷ {} % of the machines: the rest is the other group's",
                show(backlog),
                show(100.0 * share)
            ))
            .by(
                "jobs of a machine ÷ share of the group",
                "2.8",
                &[&format!("{name}.fleet.backlog"), &max_name],
            );
        if announced {
            ctx.ledger
                .add(format!("{name}.fleet.{group}_event"), machines, Unit::Count)
                .why(format!(
                    "of {} machines that an event begins with",
                    show(peak)
                ))
                .by(
                    "base + (machines - base) × (1 - spot share); the rest",
                    "2.7",
                    &[&format!("{name}.fleet.peak"), "platform.spot"],
                );
        }
    }
}

/// What one machine sends at most: the renditions of its inputs, four times over.
fn network(ctx: &mut Context<'_>, name: &str, peak: f64) {
    let mbps = ctx.constant("video.ladder_mbps");
    let inputs = ctx.ledger.number("media.inputs");
    let bytes = ceil(4.0 * inputs / peak * mbps * 1e6 / 8.0);
    ctx.ledger
        .add(format!("{name}.fleet.network_bytes_s"), bytes, Unit::Bytes)
        .why(format!(
            "a second: renditions of {} inputs on {} machines, four times over",
            show(inputs),
            show(peak)
        ))
        .by(
            "4 × inputs ÷ machines × bit rate of a ladder ÷ 8",
            "7.5",
            &[
                "media.inputs",
                &format!("{name}.fleet.peak"),
                "video.ladder_mbps",
            ],
        )
        .graded(Grade::C);
}

fn periods(ctx: &mut Context<'_>, name: &str, work: &Work) {
    // A reclaimed machine has two minutes.
    let drain = ceil(1.2 * work.seconds).clamp(30.0, 3600.0);
    ctx.ledger
        .add(format!("{name}.termination_grace_s"), drain, Unit::Seconds)
        .why(format!(
            "finish or give back the job in hand: {} s, a fifth more",
            show(work.seconds)
        ))
        .by(
            "1.2 × job time, 30 s to 1 h",
            "2.8",
            &[&format!("{name}.job_s")],
        );
    ctx.policy(
        &format!("{name}.fleet.warmup_s"),
        120.0,
        Unit::Seconds,
        "boot, image, first job",
    );
    let disk = if ctx.class == Class::Development {
        30.0
    } else {
        50.0
    };
    ctx.ledger
        .add(format!("{name}.fleet.disk_gib"), disk, Unit::Gib)
        .why("system, image, and the segments in hand")
        .by("policy", "7.5", &[])
        .graded(Grade::C);
}
