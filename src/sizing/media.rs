//! Live video: who watches, what that sends, and what transcodes it (capacity model, section 7.5).
//!
//! Comes in: people online at the peak, the bit rate of a viewer, live inputs. Goes out: the quantities `media.…`: viewers at
//! the peak and on average, bytes of the month, requests for playlists and segments, vCPU that transcode. Viewers are
//! those of the horizon; live inputs are taken as stated, as channels do not multiply with the people who watch them.

use crate::{
    component::Component,
    demand::traffic,
    ledger::{Grade, Unit, show},
    sizing::{Context, ceil},
};

/// Seconds of a month of 730 hours.
const MONTH_S: f64 = 2_628_000.0;

/// Sizes what viewers and inputs ask for; nothing in an architecture that transcodes nothing.
pub(crate) fn size(ctx: &mut Context<'_>) {
    if !ctx.has(Component::Fleet) {
        return;
    }
    viewers(ctx);
    volume(ctx);
    requests(ctx);
    transcoding(ctx);
    event(ctx);
}

/// People who watch: at the peak, on a usual evening and on average over the week.
fn viewers(ctx: &mut Context<'_>) {
    let (scale, growth) = (ctx.scale, ctx.demand.growth);
    let (peak, why, from) = match ctx.spec.users.peak_concurrent {
        Some(stated) => {
            let stated = ctx.stated("users.peak_concurrent", stated.get(), Unit::Count);
            let why = format!(
                "{} × scale {} × growth {}",
                show(stated),
                show(scale),
                show(growth)
            );
            (stated * scale * growth, why, "users.peak_concurrent")
        }
        None => (
            ctx.ledger.number("demand.users_online"),
            "everybody who is online".to_owned(),
            "demand.users_online",
        ),
    };
    let peak = ctx
        .ledger
        .add("media.viewers.peak", peak, Unit::Count)
        .why(why)
        .by(
            "people online at the peak of the horizon",
            "7.5",
            &[from, "environment.scale", "demand.growth"],
        )
        .number();
    let surge = ctx.demand.surge_factor;
    let usual = if traffic::surges_by_itself(ctx.spec) {
        peak / surge
    } else {
        peak
    };
    ctx.ledger
        .add("media.viewers.usual", usual, Unit::Count)
        .why("a usual evening, without an event")
        .by(
            "viewers at the peak ÷ surge",
            "7.5",
            &["media.viewers.peak", "demand.surge_factor"],
        );
    let week = traffic::surged(&ctx.demand.week, ctx.spec, surge);
    let peak_to_mean = ctx
        .ledger
        .add("media.peak_to_mean", week.peak_to_mean(), Unit::Factor)
        .why("busiest hour over the mean of the week, with its events")
        .by(
            "largest ÷ mean of the week",
            "1.2",
            &["traffic.shape", "demand.surge_factor"],
        )
        .number();
    ctx.ledger
        .add("media.viewers.mean", peak / peak_to_mean, Unit::Count)
        .why(format!("{} ÷ {}", show(peak), show(peak_to_mean)))
        .by(
            "viewers at the peak ÷ peak to mean",
            "7.5",
            &["media.viewers.peak", "media.peak_to_mean"],
        );
}

/// Bytes that leave the CDN, and those it fetches.
fn volume(ctx: &mut Context<'_>) {
    let default = ctx.constant("video.bitrate_mbps");
    let stated = ctx.spec.media.bitrate.map(|rate| rate.get() / 1e6);
    let mbps = ctx.or_default(
        "media.bitrate",
        stated,
        Unit::MbitPerSecond,
        default,
        "video.bitrate_mbps",
    );
    let (peak, mean) = (
        ctx.ledger.number("media.viewers.peak"),
        ctx.ledger.number("media.viewers.mean"),
    );
    let egress = ctx
        .ledger
        .add(
            "media.egress_gbps",
            peak * mbps / 1000.0,
            Unit::GbitPerSecond,
        )
        .why(format!("{} viewers × {} Mbit/s", show(peak), show(mbps)))
        .by(
            "viewers × bit rate",
            "7.5",
            &["media.viewers.peak", "media.bitrate"],
        )
        .number();
    let gb = ctx
        .ledger
        .add(
            "media.gb_month",
            mean * mbps / 8.0 * MONTH_S / 1000.0,
            Unit::Gb,
        )
        .why(format!(
            "{} viewers on average × {} Mbit/s × a month",
            show(mean),
            show(mbps)
        ))
        .by(
            "mean viewers × bit rate ÷ 8 × a month",
            "7.5",
            &["media.viewers.mean", "media.bitrate"],
        )
        .number();
    let hit = ctx.constant("cdn.hit_video");
    let missed = show(100.0 * (1.0 - hit));
    for (name, value, unit, from) in [
        (
            "media.origin_gbps",
            egress * (1.0 - hit),
            Unit::GbitPerSecond,
            "media.egress_gbps",
        ),
        (
            "media.origin_gb_month",
            gb * (1.0 - hit),
            Unit::Gb,
            "media.gb_month",
        ),
    ] {
        ctx.ledger
            .add(name, value, unit)
            .why(format!("{missed} % that the CDN has not kept"))
            .by("× (1 - h of video)", "7.5", &[from, "cdn.hit_video"]);
    }
}

/// What a player asks for: the playlist and the newest part each time, and a whole segment for those who are behind.
fn requests(ctx: &mut Context<'_>) {
    let (segment, part) = (
        ctx.constant("video.segment_s"),
        ctx.constant("video.part_s"),
    );
    let peak = ctx.ledger.number("media.viewers.peak");
    ctx.ledger
        .add("media.requests_per_s", peak * 2.0 / part, Unit::PerSecond)
        .why(format!(
            "{} viewers, a playlist and a part every {} s",
            show(peak),
            show(part)
        ))
        .by(
            "viewers × 2 ÷ part duration",
            "7.5",
            &["media.viewers.peak", "video.part_s"],
        )
        .graded(Grade::C);
    playlists(ctx, part);
    let rows = [
        (
            "media.segment_s",
            segment,
            Unit::Seconds,
            "target duration: what a player that does not speak low latency waits for",
        ),
        (
            "media.part_s",
            part,
            Unit::Seconds,
            "partial segments: how far behind life a viewer is, three of them",
        ),
        (
            "edge.playlist_ttl_s",
            part,
            Unit::Seconds,
            "a live playlist is another one with every part",
        ),
        (
            "edge.playlist_max_ttl_s",
            6.0 * segment,
            Unit::Seconds,
            "answers to blocking reloads never change: six target durations",
        ),
        (
            "edge.segment_ttl_s",
            31_536_000.0,
            Unit::Seconds,
            "a segment never changes under its name",
        ),
        (
            "edge.segment_negative_ttl_s",
            part,
            Unit::Seconds,
            "a segment that is asked for too early is there a part later",
        ),
    ];
    for (name, value, unit, why) in rows {
        ctx.ledger.add(name, value, unit).why(why).by(
            "from the durations of parts and segments",
            "7.5",
            &["video.segment_s", "video.part_s"],
        );
    }
}

/// Playlists that the CDN asks the service behind it for: half of what viewers ask, less what it has kept.
fn playlists(ctx: &mut Context<'_>, part: f64) {
    let hit = ctx.constant("cdn.hit_video");
    for item in ["usual", "peak"] {
        let of = format!("media.viewers.{item}");
        let viewers = ctx.ledger.number(&of);
        ctx.ledger
            .add(
                format!("media.playlists.{item}"),
                viewers / part * (1.0 - hit),
                Unit::PerSecond,
            )
            .why(format!(
                "{} viewers, a playlist every {} s, {} % of them not in the CDN",
                show(viewers),
                show(part),
                show(100.0 * (1.0 - hit))
            ))
            .by(
                "viewers ÷ part duration × (1 - h of video)",
                "7.5",
                &[&of, "video.part_s", "cdn.hit_video"],
            )
            .graded(Grade::C);
    }
}

/// vCPU that turn every live input into its ladder of renditions.
fn transcoding(ctx: &mut Context<'_>) {
    let stated = ctx.spec.media.live_inputs.map(|inputs| inputs.get());
    let stated = ctx.or_default(
        "media.live_inputs",
        stated,
        Unit::Count,
        1.0,
        "default: one live input",
    );
    let inputs = ctx
        .ledger
        .add(
            "media.inputs",
            ceil(stated * ctx.scale).max(1.0),
            Unit::Count,
        )
        .why(format!("{} × scale {}", show(stated), show(ctx.scale)))
        .by(
            "live inputs × scale",
            "7.5",
            &["media.live_inputs", "environment.scale"],
        )
        .number();
    let each = ctx.constant("video.vcpu_per_ladder");
    let busy = ctx
        .ledger
        .add("media.transcode.load", inputs * each, Unit::Vcpu)
        .why(format!(
            "{} inputs × {} vCPU for four renditions",
            show(inputs),
            show(each)
        ))
        .by(
            "inputs × vCPU of a ladder",
            "7.5",
            &["media.inputs", "video.vcpu_per_ladder"],
        )
        .number();
    let target = ctx.constant("cpu.target_utilization");
    ctx.ledger
        .add("media.transcode.vcpu", busy / target, Unit::Vcpu)
        .why(format!("{} busy vCPU ÷ {}", show(busy), show(target)))
        .by(
            "busy vCPU ÷ target utilisation",
            "7.5",
            &["media.transcode.load", "cpu.target_utilization"],
        );
}

/// When an announced event is scaled for: half an hour ahead, in the solar time of the main region (section 2.7).
fn event(ctx: &mut Context<'_>) {
    if !ctx.surge_is_announced() {
        return;
    }
    let lon = ctx
        .cloud
        .region(&ctx.region)
        .map_or(0.0, |region| region.lon);
    // POSIX counts to the west.
    let west = -(lon / 15.0).round() as i64;
    let zone = if west == 0 {
        "Etc/UTC".to_owned()
    } else {
        format!("Etc/GMT{west:+}")
    };
    ctx.policy_text(
        "event.time_zone",
        &zone,
        "by the longitude of the main region; an event has the zone of its audience",
    );
    for (name, value, why) in [
        (
            "event.start",
            "30 18 * * 6",
            "half an hour before Saturday's event at 19:00",
        ),
        ("event.end", "30 22 * * 6", "half an hour after it ends"),
    ] {
        ctx.policy_text(name, value, why);
    }
    ctx.policy(
        "event.duration_s",
        14_400.0,
        Unit::Seconds,
        "three hours, and half an hour on both sides",
    );
}
