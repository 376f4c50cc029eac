//! The key-value store of chat: units, partitions, write shards of a hot room, nodes (capacity model, sections 7.4 and 7.9).
//!
//! Comes in: viewers and the messages they send. Goes out: the quantities `nosql.…` for stores that are bought by
//! requests and for those that are bought by nodes. The number of write shards never falls: what was written under a
//! suffix is looked for under it.

use crate::{
    component::Component,
    ledger::{Grade, Unit, show},
    sizing::{Class, Context, ceil, document},
};

/// Seconds of a month of 730 hours.
const MONTH_S: f64 = 2_628_000.0;

/// Units a second that one partition takes (`limits.dynamodb_partition_…`).
const PARTITION_WRITES: f64 = 1000.0;
const PARTITION_READS: f64 = 3000.0;
const PARTITION_GB: f64 = 10.0;

/// What an on-demand table takes from the start: a warm throughput cannot be below it.
const WARM_WRITES: f64 = 4000.0;
const WARM_READS: f64 = 12_000.0;

/// Mean over peak from which capacity that is provisioned costs less (section 7.4).
const BREAK_EVEN: f64 = 0.41;

/// Sizes the store; nothing in an architecture without one, or where its choice is none.
pub(crate) fn size(ctx: &mut Context<'_>) {
    let none = ctx
        .choice
        .get("nosql")
        .is_some_and(|choice| choice == "none");
    if !ctx.has(Component::Nosql) || none {
        return;
    }
    rates(ctx);
    lifetime(ctx);
    if document::is_chosen(ctx) {
        return;
    }
    units(ctx);
    storage(ctx);
    partitions(ctx);
    warm(ctx);
    nodes(ctx);
}

/// Messages and reads a second, at the peak, on a usual evening and on average.
fn rates(ctx: &mut Context<'_>) {
    let stated = ctx
        .spec
        .media
        .chat_messages_per_viewer
        .map(|rate| rate.get());
    let per_viewer = ctx.or_default(
        "media.chat_messages_per_viewer",
        stated,
        Unit::PerSecond,
        0.005,
        "default: a message in 200 s",
    );
    let period = ctx.constant("chat.read_period_s");
    for item in ["peak", "usual", "mean"] {
        let of = format!("media.viewers.{item}");
        let viewers = ctx.ledger.number(&of);
        ctx.ledger
            .add(
                format!("nosql.writes.{item}"),
                viewers * per_viewer,
                Unit::PerSecond,
            )
            .why(format!(
                "{} viewers × {} messages/s",
                show(viewers),
                show(per_viewer)
            ))
            .by(
                "viewers × messages of one",
                "7.4",
                &[&of, "media.chat_messages_per_viewer"],
            );
        ctx.ledger
            .add(
                format!("nosql.reads.{item}"),
                viewers / period,
                Unit::PerSecond,
            )
            .why(format!(
                "{} viewers, an item in {} s each",
                show(viewers),
                show(period)
            ))
            .by("viewers ÷ read period", "7.4", &[&of, "chat.read_period_s"]);
    }
}

/// Write and read units, eventually consistent, and what 70 % of a provisioned table would be.
fn units(ctx: &mut Context<'_>) {
    let bytes = ctx.constant("chat.item_bytes");
    let (per_write, per_read) = (ceil(bytes / 1024.0), 0.5 * ceil(bytes / 4096.0));
    for (kind, each, formula) in [
        ("wcu", per_write, "writes × ⌈kB⌉"),
        (
            "rcu",
            per_read,
            "reads × ⌈kB ÷ 4⌉ × 0.5, eventually consistent",
        ),
    ] {
        let rate = if kind == "wcu" { "writes" } else { "reads" };
        for item in ["peak", "usual", "mean"] {
            let of = format!("nosql.{rate}.{item}");
            let per_second = ctx.ledger.number(&of);
            ctx.ledger
                .add(
                    format!("nosql.{kind}.{item}"),
                    ceil(per_second * each).max(1.0),
                    Unit::Count,
                )
                .why(format!("{} {rate}/s × {each} units", show(per_second)))
                .by(formula, "7.4", &[&of, "chat.item_bytes"]);
        }
        for (item, of) in [("provisioned", "peak"), ("least", "usual")] {
            let of = format!("nosql.{kind}.{of}");
            let units = ctx.ledger.number(&of);
            ctx.ledger
                .add(
                    format!("nosql.{kind}.{item}"),
                    ceil(units / 0.7),
                    Unit::Count,
                )
                .why(format!("{} units ÷ 0.70", show(units)))
                .by("units ÷ 0.70", "7.4", &[&of]);
        }
    }
    for kind in ["wcu", "rcu"] {
        let of = format!("nosql.{kind}.provisioned");
        let units = 2.0 * ctx.ledger.number(&of);
        ctx.ledger
            .add(format!("nosql.{kind}.limit"), units, Unit::Count)
            .why("twice the peak at 70 %: beyond it a client is in a loop")
            .by("2 × units ÷ 0.70", "7.4", &[&of]);
    }
    ctx.policy(
        "nosql.latency_ms",
        20.0,
        Unit::Millis,
        "one request; the service answers in a few, far within the latency objective",
    );
    let share =
        ctx.ledger.number("nosql.writes.mean") / ctx.ledger.number("nosql.writes.peak").max(1e-9);
    let provisioned = share >= BREAK_EVEN;
    ctx.ledger
        .add(
            "nosql.billing",
            if provisioned {
                "PROVISIONED"
            } else {
                "PAY_PER_REQUEST"
            },
            Unit::Name,
        )
        .why(format!(
            "mean over peak is {}, and capacity for the peak pays from {BREAK_EVEN} on",
            show(share)
        ))
        .by(
            "on demand while mean ÷ peak < 0.41",
            "7.4",
            &["nosql.writes.mean", "nosql.writes.peak"],
        );
}

/// How long a message is there, and what they all take.
fn lifetime(ctx: &mut Context<'_>) {
    let days = match ctx.class {
        Class::Production => 30.0,
        Class::Rehearsal => 7.0,
        Class::Development => 1.0,
    };
    ctx.policy(
        "nosql.ttl_days",
        days,
        Unit::Days,
        "messages are read while an event lasts, and by moderators for some time after",
    );
    let (mean, bytes) = (
        ctx.ledger.number("nosql.writes.mean"),
        ctx.constant("chat.item_bytes"),
    );
    ctx.ledger
        .add("nosql.gb", mean * bytes * days * 86_400.0 / 1e9, Unit::Gb)
        .why(format!(
            "{} messages/s × {} B × {} days",
            show(mean),
            show(bytes),
            show(days)
        ))
        .by(
            "mean writes × item × lifetime",
            "7.4",
            &["nosql.writes.mean", "chat.item_bytes", "nosql.ttl_days"],
        );
}

/// Backups, and the requests of a month.
fn storage(ctx: &mut Context<'_>) {
    let days = ctx.ledger.number("nosql.ttl_days");
    ctx.policy(
        "nosql.pitr_days",
        days.min(35.0),
        Unit::Days,
        "time to notice a bad release or deleted rows",
    );
    ctx.policy(
        "nosql.backup_days",
        days.clamp(3.0, 35.0),
        Unit::Days,
        "daily backups, where there is no point in time to go back to",
    );
    let (mean, bytes) = (
        ctx.ledger.number("nosql.writes.mean"),
        ctx.constant("chat.item_bytes"),
    );
    let writes = mean * MONTH_S / 1e6;
    ctx.ledger
        .add("nosql.million_writes_month", writes, Unit::Count)
        .why(format!("{} writes/s over a month", show(mean)))
        .by("mean writes × a month", "7.4", &["nosql.writes.mean"]);
    let reads = ctx.ledger.number("nosql.reads.mean") * 0.5 * ceil(bytes / 4096.0) * MONTH_S / 1e6;
    ctx.ledger
        .add("nosql.million_reads_month", reads, Unit::Count)
        .why("eventually consistent read units of a month")
        .by("mean read units × a month", "7.4", &["nosql.reads.mean"]);
}

/// Partitions of the table, and suffixes over which the hottest room is spread.
fn partitions(ctx: &mut Context<'_>) {
    let (writes, reads, gb) = (
        ctx.ledger.number("nosql.wcu.peak"),
        ctx.ledger.number("nosql.rcu.peak"),
        ctx.ledger.number("nosql.gb"),
    );
    let by_rate = writes / PARTITION_WRITES + reads / PARTITION_READS;
    ctx.ledger
        .add(
            "nosql.partitions",
            ceil(by_rate.max(gb / PARTITION_GB)).max(1.0),
            Unit::Count,
        )
        .why(format!(
            "{} writes ÷ 1 000 + {} reads ÷ 3 000, or {} GB ÷ 10",
            show(writes),
            show(reads),
            show(gb)
        ))
        .by(
            "max(WCU ÷ 1 000 + RCU ÷ 3 000, GB ÷ 10)",
            "7.4",
            &["nosql.wcu.peak", "nosql.rcu.peak", "nosql.gb"],
        )
        .graded(Grade::A);
    let by_rate = ctx
        .ledger
        .add(
            "nosql.partitions_by_rate",
            ceil(by_rate).max(1.0),
            Unit::Count,
        )
        .why("what the rates alone ask for")
        .by(
            "WCU ÷ 1 000 + RCU ÷ 3 000",
            "7.4",
            &["nosql.wcu.peak", "nosql.rcu.peak"],
        )
        .number();
    let hot = ctx.constant("chat.hot_room_share");
    let needed = ceil((hot * writes / PARTITION_WRITES).max(hot * reads / PARTITION_READS))
        .max(ceil(hot * by_rate))
        .max(1.0);
    let kept = ctx.committed_number("nosql.room_shards").unwrap_or(1.0);
    ctx.ledger
        .add("nosql.room_shards", needed.max(kept), Unit::Count)
        .why(format!(
            "one room takes {} % of {} writes/s and {} reads/s; a key takes 1 000 and 3 000",
            show(100.0 * hot),
            show(writes),
            show(reads)
        ))
        .by(
            "⌈hot share × (WCU ÷ 1 000 + RCU ÷ 3 000)⌉, never fewer than before",
            "7.4",
            &["nosql.wcu.peak", "nosql.rcu.peak", "chat.hot_room_share"],
        );
}

/// What the table takes at once, before it has seen any load: an event does not wait until partitions have split.
fn warm(ctx: &mut Context<'_>) {
    for (kind, least) in [("wcu", WARM_WRITES), ("rcu", WARM_READS)] {
        let of = format!("nosql.{kind}.provisioned");
        let name = format!("nosql.{kind}.warm");
        let needed = ctx.ledger.number(&of).max(least);
        let kept = ctx.committed_number(&name).unwrap_or(least);
        ctx.ledger
            .add(&name, needed.max(kept), Unit::Count)
            .why(format!(
                "taken at once, without waiting for partitions to split; {} at least, and never less than before",
                show(least)
            ))
            .by("max(units ÷ 0.70, what a new table takes)", "7.4", &[&of]);
    }
}

/// Nodes of a store that is bought by them (section 7.9).
fn nodes(ctx: &mut Context<'_>) {
    let names = [
        "bigtable.reads_per_node",
        "bigtable.writes_per_node",
        "bigtable.gb_per_node",
    ];
    let [reads, writes, gb] = names.map(|id| ctx.constant(id));
    let row = ctx.constant("bigtable.hot_row_per_s");
    let least = if ctx.class == Class::Production {
        3.0
    } else {
        1.0
    };
    for (item, of) in [("max", "peak"), ("min", "usual")] {
        let (read, write, stored) = (
            ctx.ledger.number(&format!("nosql.reads.{of}")),
            ctx.ledger.number(&format!("nosql.writes.{of}")),
            ctx.ledger.number("nosql.gb"),
        );
        let nodes = (read / (reads * 0.7))
            .max(write / (writes * 0.7))
            .max(stored / gb / 0.7);
        let nodes = ceil(nodes).max(least);
        // The autoscaler needs room, and a limit of ten times its floor at most.
        let nodes = if item == "max" { nodes + least } else { nodes };
        ctx.ledger
            .add(format!("nosql.nodes.{item}"), nodes, Unit::Count)
            .why(format!(
                "{} reads/s ÷ {}, {} writes/s ÷ {}, {} GB ÷ {}, at 70 %; at least {}",
                show(read),
                show(reads),
                show(write),
                show(writes),
                show(stored),
                show(gb),
                show(least)
            ))
            .by(
                "max(reads ÷ 17 000, writes ÷ 14 000, GB ÷ 5 000) ÷ 0.7",
                "7.9",
                &[
                    &format!("nosql.reads.{of}"),
                    &format!("nosql.writes.{of}"),
                    "nosql.gb",
                    names[0],
                    names[1],
                    names[2],
                ],
            );
    }
    let clusters = if ctx.class == Class::Production {
        2.0
    } else {
        1.0
    };
    ctx.policy(
        "nosql.clusters",
        clusters,
        Unit::Count,
        "copies in zones of their own, each of which answers alone while the other is gone",
    );
    ctx.policy(
        "nosql.cpu_target",
        if clusters > 1.0 { 35.0 } else { 60.0 },
        Unit::Percent,
        "one cluster takes what both had, and stays below 70",
    );
    let hot = ctx.ledger.number("nosql.writes.peak") / ctx.ledger.number("nosql.room_shards");
    if hot > row {
        let text = format!(
            "a row of the hottest room takes {} writes/s, a node {}",
            show(hot),
            show(row)
        );
        ctx.warn("media.chat_messages_per_viewer", text);
    }
}
