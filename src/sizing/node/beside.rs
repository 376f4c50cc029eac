//! Pods of the namespace that are no service: poolers, and brokers and databases where they run on the cluster.

use super::database;
use crate::{
    ledger::Quantity,
    sizing::{Context, workload::Pods},
};

/// What runs beside the services, on machines that are not reclaimed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    /// They roll as services do.
    pub(crate) poolers: Vec<Pods>,
    /// Brokers with the operator's helpers, as `kubernetes/base/kafka.yaml` asks for them; they roll in place.
    pub(crate) brokers: Vec<Pods>,
    /// Instances of databases, on machines of their own; they roll in place.
    pub(crate) databases: Vec<Pods>,
}

impl Beside {
    /// Reads their sizes; called after the poolers and the brokers have them.
    pub(crate) fn of(ctx: &Context<'_>) -> Self {
        Self {
            poolers: poolers(ctx),
            brokers: brokers(ctx),
            databases: database::pods(ctx),
        }
    }

    /// Those that share machines with the services.
    pub(super) fn all(&self) -> impl Iterator<Item = &Pods> {
        self.poolers.iter().chain(&self.brokers)
    }
}

/// So many pods at any hour, of 1/1000 vCPU and MiB each.
pub(super) fn always(name: &str, n_pods: f64, (cpu_m, memory_mib): (f64, f64)) -> Pods {
    Pods {
        service: name.to_owned(),
        cpu_m,
        memory_mib,
        peak: n_pods,
        max: n_pods,
        load: n_pods * cpu_m / 1000.0,
        gpu: false,
        interruptible: false,
        floor: n_pods,
    }
}

fn poolers(ctx: &Context<'_>) -> Vec<Pods> {
    if !ctx.ledger.flag("pooler.needed") {
        return database::poolers(ctx);
    }
    let cpu_m = ctx.ledger.number("pooler.cpu_request_m");
    let size = (cpu_m, ctx.ledger.number("pooler.memory_mib"));
    let pods = always("pooler", ctx.ledger.number("pooler.replicas"), size);
    // Processes that are busy, not those that are there for each zone.
    let busy =
        ctx.ledger.number("pooler.statements") / ctx.ledger.number("db.pgbouncer_statements");
    vec![Pods {
        load: busy * cpu_m / 1000.0,
        ..pods
    }]
}

fn brokers(ctx: &Context<'_>) -> Vec<Pods> {
    let Some(cpu_m) = ctx.ledger.get("stream.strimzi.cpu_request_m") else {
        return Vec::new();
    };
    let memory_mib = ctx.ledger.number("stream.strimzi.memory_gib") * 1024.0;
    let size = (Quantity::number(cpu_m), memory_mib);
    // A helper that is replaced is there twice.
    let helper = |name: &str, size: (f64, f64)| Pods {
        max: 2.0,
        ..always(name, 1.0, size)
    };
    vec![
        always("broker", ctx.ledger.number("stream.brokers"), size),
        helper("entity-operator", (200.0, 512.0)),
        helper("kafka-exporter", (50.0, 128.0)),
    ]
}
