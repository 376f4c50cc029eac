//! Connections that stay open: how many pods hold those of everybody online (capacity model, section 7.6).

use crate::{
    blueprint::{Protocol, Service},
    ledger::{Unit, show},
    sizing::{Context, ceil_to},
};

/// Pods that hold the connections of everybody online, on a usual evening and in the surge (section 7.6).
pub(super) fn size(ctx: &mut Context<'_>, service: &Service) {
    if service.protocol != Protocol::Websocket {
        return;
    }
    let name = service.name.as_str();
    let each = ctx.constant("ws.connections_per_pod");
    let zones = ctx.zones as f64;
    for (item, from) in [
        ("usual", "media.viewers.usual"),
        ("surge", "media.viewers.peak"),
    ] {
        let people = super::recorded(ctx, from);
        ctx.ledger
            .add(
                format!("{name}.sockets.{item}"),
                ceil_to(people / each / 0.7, zones),
                Unit::Count,
            )
            .why(format!(
                "{} connections, {} a pod, 70 % full",
                show(people),
                show(each)
            ))
            .by(
                "connections ÷ connections of a pod ÷ 0.7, whole zones",
                "7.6",
                &[from, "ws.connections_per_pod"],
            );
    }
}

/// The floor of a service whose connections ask for more pods than its requests do. A pod that is full of silent
/// connections is idle to an autoscaler that looks at its CPU.
pub(super) fn floor(ctx: &mut Context<'_>, name: &str, usual: f64) -> Option<f64> {
    let sockets = format!("{name}.sockets.usual");
    let connected = super::recorded(ctx, &sockets);
    if connected <= usual {
        return None;
    }
    let pods = ctx
        .ledger
        .add(format!("{name}.replicas.min"), connected, Unit::Count)
        .why("connections of a usual evening: silent ones do not show in the CPU that is scaled by")
        .by("connections ÷ those of a pod", "7.6", &[&sockets])
        .number();
    Some(pods)
}
