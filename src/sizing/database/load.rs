//! What one keyspace asks of its nodes: bytes, statements, CPU, I/O (capacity model, sections 3.1 and 3.2).

use super::KeyspaceLoad;
use crate::{
    blueprint::{Keyspace, ServiceKind, Strategy},
    ledger::{Grade, Unit, show},
    sizing::{Context, abroad, cache::CacheEffect, ceil_to},
};

/// Bytes of a row with its share of the indexes (C: nobody states them).
const ROW_BYTES: f64 = 1000.0;

/// Records reads and writes of the whole system; before the cache, which is evaluated first (section 0).
pub(crate) fn statements(ctx: &mut Context<'_>) {
    let reads = ctx.constant("db.reads_per_request");
    let writes = ctx.constant("db.writes_per_request");
    let (reads, writes) = match ctx.demand.read_share {
        Some(share) => ((reads + writes) * share, (reads + writes) * (1.0 - share)),
        None => (reads, writes),
    };
    let design = ctx.demand.design;
    ctx.ledger
        .add("demand.reads", design * reads, Unit::PerSecond)
        .why(format!(
            "{} requests/s × {} a request",
            show(design),
            show(reads)
        ))
        .by(
            "design rate × statements a request",
            "3.1",
            &["demand.design", "db.reads_per_request"],
        );
    let jobs = job_writes(ctx);
    let names: Vec<&str> = ["demand.design", "db.writes_per_request"]
        .into_iter()
        .chain(jobs.iter().map(|(name, _)| name.as_str()))
        .collect();
    let results: f64 = jobs.iter().map(|(_, rate)| rate).sum();
    ctx.ledger
        .add("demand.writes", design * writes + results, Unit::PerSecond)
        .why(format!(
            "{} requests/s × {} a request + {} results of jobs",
            show(design),
            show(writes),
            show(results)
        ))
        .by(
            "design rate × statements a request + a write a job",
            "3.1",
            &names,
        );
}

/// Each job that reaches the database ends with a write of its result (11.1): name of the rate, and the rate.
fn job_writes(ctx: &Context<'_>) -> Vec<(String, f64)> {
    let writes = |service: &&crate::blueprint::Service| {
        service.kind != ServiceKind::Http
            && service
                .keyspaces
                .as_ref()
                .is_none_or(|keyspaces| !keyspaces.is_empty())
    };
    ctx.spec
        .services
        .iter()
        .filter(writes)
        .map(|service| {
            let name = format!("{}.jobs.peak", service.name);
            let rate = ctx.ledger.number(&name);
            (name, rate)
        })
        .collect()
}

/// Bytes now and at the horizon, before the split into keyspaces (section 3.1).
pub(crate) fn data(ctx: &mut Context<'_>) {
    let size = ctx
        .spec
        .data
        .size
        .map_or(1_073_741_824.0, |size| size.get())
        / 1_073_741_824.0;
    let size = if ctx.spec.data.size.is_some() {
        ctx.stated("data.size", size, Unit::Gib)
    } else {
        ctx.or_default("data.size", None, Unit::Gib, size, "default: 1 GiB")
    };
    let scale = ctx.scale;
    let now = ctx
        .ledger
        .add("database.data_now_gib", size * scale, Unit::Gib)
        .why(format!("{} GiB × scale {}", show(size), show(scale)))
        .by("size × scale", "3.1", &["data.size", "environment.scale"])
        .number();
    let growth = ctx.demand.growth;
    let months = ctx.ledger.number("users.horizon");
    match ctx.spec.data.growth {
        Some(monthly) => {
            let monthly = ctx.stated(
                "data.growth",
                monthly.get() / 1_073_741_824.0,
                Unit::GibPerMonth,
            );
            ctx.ledger
                .add(
                    "database.data_gib",
                    now + monthly * scale * months,
                    Unit::Gib,
                )
                .why(format!(
                    "{} now + {} GiB/month × {}",
                    show(now),
                    show(monthly * scale),
                    show(months)
                ))
                .by(
                    "now + growth × horizon",
                    "3.1",
                    &["database.data_now_gib", "data.growth", "users.horizon"],
                );
        }
        None => {
            ctx.ledger
                .add("database.data_gib", now * growth, Unit::Gib)
                .why(format!(
                    "{} GiB now × {}, with its users",
                    show(now),
                    show(growth)
                ))
                .by(
                    "now × growth of users",
                    "3.1",
                    &["database.data_now_gib", "demand.growth"],
                );
        }
    }
}

pub(super) fn load(ctx: &mut Context<'_>, keyspace: &Keyspace, cache: CacheEffect) -> KeyspaceLoad {
    let prefix = format!("database.{}", keyspace.name);
    let share = ctx
        .ledger
        .add(format!("{prefix}.share"), keyspace.share.get(), Unit::Ratio)
        .by("share of bytes, reads and writes", "3.4", &[])
        .number();
    let (now, horizon) = (
        ctx.ledger.number("database.data_now_gib"),
        ctx.ledger.number("database.data_gib"),
    );
    for (item, total, of) in [
        ("data_now_gib", now, "database.data_now_gib"),
        ("data_gib", horizon, "database.data_gib"),
    ] {
        ctx.ledger
            .add(format!("{prefix}.{item}"), total * share, Unit::Gib)
            .why(format!("{} % of {} GiB", show(100.0 * share), show(total)))
            .by("data × share", "3.1", &[of, &format!("{prefix}.share")]);
    }
    let data_gib = horizon * share;
    ids(ctx, keyspace, data_gib);
    let ram_gib = working_set(ctx, keyspace, data_gib);
    let (reads, writes) = keyspace_statements(ctx, &prefix, share, cache);
    let (read_vcpu, write_vcpu) = cpu(ctx, &prefix, reads, writes);
    let (read_iops, write_iops) = iops(ctx, &prefix, reads, writes);
    let far_s = abroad::farthest_ms(ctx, keyspace) / 1000.0;
    let read_s = ctx.constant("db.read_latency_ms") / 1000.0 + far_s;
    let write_s = ctx.constant("db.write_latency_ms") / 1000.0 + far_s;
    ctx.ledger
        .add(
            format!("{prefix}.active"),
            reads * read_s + writes * write_s,
            Unit::Count,
        )
        .why(if far_s > 0.0 {
            "statements that hold a connection at once, by Little's law: those to the farthest region for the round trip as well"
        } else {
            "statements that run at once, by Little's law"
        })
        .by(
            "reads × 2 ms + writes × 8 ms",
            "3.2",
            &[
                &format!("{prefix}.reads"),
                &format!("{prefix}.writes"),
                "db.read_latency_ms",
                "db.write_latency_ms",
            ],
        );
    KeyspaceLoad {
        name: keyspace.name.clone(),
        data_gib,
        ram_gib,
        reads,
        writes,
        read_vcpu,
        write_vcpu,
        read_iops,
        write_iops,
        active_reads: reads * read_s,
        active_writes: writes * write_s,
    }
}

/// Ids of a range keyspace at the horizon: what its first boundaries divide. A committed map keeps its own.
fn ids(ctx: &mut Context<'_>, keyspace: &Keyspace, data_gib: f64) {
    if keyspace.strategy != Strategy::Range {
        return;
    }
    let prefix = format!("database.{}", keyspace.name);
    let rows = data_gib * 1_073_741_824.0 / ROW_BYTES;
    ctx.ledger
        .add(
            format!("{prefix}.ids"),
            ceil_to(rows, 1000.0).max(1000.0),
            Unit::Count,
        )
        .why(format!(
            "assumed: {} GiB at the horizon in rows of 1 kB with their indexes, ids without gaps",
            show(data_gib)
        ))
        .by(
            "data ÷ 1 kB, whole thousands",
            "3.4",
            &[&format!("{prefix}.data_gib")],
        )
        .graded(Grade::C);
}

/// Memory that keeps the working set (section 3.2).
fn working_set(ctx: &mut Context<'_>, keyspace: &Keyspace, data_gib: f64) -> f64 {
    let prefix = format!("database.{}", keyspace.name);
    let of_ram = ctx.constant("db.cache_fraction_of_ram");
    let months = ctx.ledger.number("users.horizon").max(1.0);
    let (hot_gib, why, input) = match (ctx.spec.data.hot_share, keyspace.append_mostly) {
        (Some(hot), _) => {
            let hot = ctx.stated("data.hot_share", hot.get(), Unit::Ratio);
            (
                data_gib * hot,
                format!("{} GiB × {}", show(data_gib), show(hot)),
                "data.hot_share",
            )
        }
        (None, true) => {
            let now = ctx.ledger.number(&format!("{prefix}.data_now_gib"));
            // Younger than 90 days: three months of growth, or all of it.
            let recent = ((data_gib - now) * 3.0 / months).clamp(0.0, data_gib);
            (
                recent,
                format!("{} GiB of the last 90 days", show(recent)),
                "database.data_gib",
            )
        }
        (None, false) => {
            let fraction = ctx.constant("db.working_set_fraction");
            (
                data_gib * fraction,
                format!("{} GiB × {}", show(data_gib), show(fraction)),
                "db.working_set_fraction",
            )
        }
    };
    ctx.ledger
        .add(
            format!("{prefix}.working_set_gib"),
            hot_gib / of_ram,
            Unit::Gib,
        )
        .why(format!("{why} ÷ {of_ram} for the working set"))
        .by(
            "hot data ÷ cache fraction of memory",
            "3.2",
            &[
                &format!("{prefix}.data_gib"),
                input,
                "db.cache_fraction_of_ram",
            ],
        )
        .number()
}

fn keyspace_statements(
    ctx: &mut Context<'_>,
    prefix: &str,
    share: f64,
    cache: CacheEffect,
) -> (f64, f64) {
    let surge = ctx.demand.surge_factor;
    let miss = cache.miss();
    let all_reads = ctx.ledger.number("demand.reads") * surge * share;
    let inputs = [
        "demand.reads",
        "demand.surge_factor",
        &format!("{prefix}.share"),
        "cache.hit",
        "cache.cacheable_share",
    ];
    let inputs: &[&str] = if cache.hit > 0.0 {
        &inputs
    } else {
        &inputs[..3]
    };
    let reads = ctx
        .ledger
        .add(format!("{prefix}.reads"), all_reads * miss, Unit::PerSecond)
        .why(format!(
            "{} reads/s × {} that the cache leaves",
            show(all_reads),
            show(miss)
        ))
        .by("reads · surge · share · (1 - h · cacheable)", "4.3", inputs)
        .number();
    let writes = ctx.ledger.number("demand.writes") * surge * share;
    let writes = ctx
        .ledger
        .add(format!("{prefix}.writes"), writes, Unit::PerSecond)
        .why(format!("{} writes/s", show(writes)))
        .by(
            "writes · surge · share",
            "3.1",
            &[
                "demand.writes",
                "demand.surge_factor",
                &format!("{prefix}.share"),
            ],
        )
        .number();
    (reads, writes)
}

fn cpu(ctx: &mut Context<'_>, prefix: &str, reads: f64, writes: f64) -> (f64, f64) {
    let maintenance = ctx.constant("db.maintenance_factor");
    let mut busy = |item: &str, rate: f64, constant: &str| {
        let ms = ctx.constant(constant);
        ctx.ledger
            .add(
                format!("{prefix}.{item}_vcpu"),
                rate * ms / 1000.0 * maintenance,
                Unit::Vcpu,
            )
            .why(format!("{}/s × {ms} ms × {maintenance}", show(rate)))
            .by(
                "rate · CPU time · maintenance",
                "3.1",
                &[
                    &format!("{prefix}.{item}s"),
                    constant,
                    "db.maintenance_factor",
                ],
            )
            .number()
    };
    (
        busy("read", reads, "db.read_cpu_ms"),
        busy("write", writes, "db.write_cpu_ms"),
    )
}

fn iops(ctx: &mut Context<'_>, prefix: &str, reads: f64, writes: f64) -> (f64, f64) {
    let pages = ctx.constant("db.pages_per_read");
    let hit = ctx.constant("db.buffer_hit");
    let per_write = ctx.constant("db.ios_per_write");
    let (read, write) = (reads * pages * (1.0 - hit), writes * per_write);
    ctx.ledger
        .add(format!("{prefix}.iops"), read + write, Unit::PerSecond)
        .why(format!(
            "{} reads/s × {pages} pages × {} missed + {} writes/s × {per_write}",
            show(reads),
            show(1.0 - hit),
            show(writes)
        ))
        .by(
            "reads · pages · (1 - buffer hit) + writes · I/O a write",
            "3.2",
            &[
                &format!("{prefix}.reads"),
                &format!("{prefix}.writes"),
                "db.pages_per_read",
                "db.buffer_hit",
                "db.ios_per_write",
            ],
        );
    (read, write)
}
