//! What the namespace may hold: all services at their maximum, their rollouts, poolers and brokers.

use crate::{
    ledger::{Unit, show},
    sizing::{Context, ceil, workload::Pods},
};

/// CPU in 1/1000 vCPU, memory in MiB and number of pods.
#[derive(Clone, Copy, Default)]
struct Holding {
    cpu_m: f64,
    memory_mib: f64,
    pods: f64,
}

impl Holding {
    fn of(pods: f64, cpu_m: f64, memory_mib: f64) -> Self {
        Self {
            cpu_m: pods * cpu_m,
            memory_mib: pods * memory_mib,
            pods,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            cpu_m: self.cpu_m + other.cpu_m,
            memory_mib: self.memory_mib + other.memory_mib,
            pods: self.pods + other.pods,
        }
    }
}

/// Poolers with a rollout of theirs; nothing where none is deployed.
fn poolers(ctx: &Context<'_>) -> Holding {
    if !ctx.ledger.flag("pooler.needed") {
        return Holding::default();
    }
    Holding::of(
        ceil(ctx.ledger.number("pooler.replicas") * 1.25),
        ctx.ledger.number("pooler.cpu_request_m"),
        ctx.ledger.number("pooler.memory_mib"),
    )
}

/// Brokers in the namespace with the operator's helpers, as `kubernetes/base/kafka.yaml` asks for them; brokers roll in place.
fn brokers(ctx: &Context<'_>) -> Holding {
    if ctx.ledger.get("stream.strimzi.cpu_request_m").is_none() {
        return Holding::default();
    }
    let brokers = Holding::of(
        ctx.ledger.number("stream.brokers"),
        ctx.ledger.number("stream.strimzi.cpu_request_m"),
        ctx.ledger.number("stream.strimzi.memory_gib") * 1024.0,
    );
    let (entity_operator, exporter) = (
        Holding::of(2.0, 200.0, 512.0),
        Holding::of(2.0, 50.0, 128.0),
    );
    brokers.and(entity_operator).and(exporter)
}

/// What the namespace may hold: all services at their maximum and a rollout of each, poolers, and brokers where they run here.
///
/// Comes after the pooler and the brokers have their sizes.
pub(crate) fn quota(ctx: &mut Context<'_>, pods: &[Pods]) {
    let (poolers, brokers) = (poolers(ctx), brokers(ctx));
    let beside = poolers.and(brokers);
    let mut why =
        "services at their maximum, HTTP services a quarter more while they roll".to_owned();
    let mut inputs = vec!["workloads.pods_max"];
    if poolers.pods > 0.0 {
        why.push_str(&format!("; {} poolers", show(poolers.pods)));
        inputs.push("pooler.replicas");
    }
    if brokers.pods > 0.0 {
        why.push_str(&format!("; {} pods of the stream", show(brokers.pods)));
        inputs.push("stream.brokers");
    }
    let with_rollout = |pods: &Pods| {
        if pods.interruptible {
            pods.max
        } else {
            ceil(pods.max * 1.25)
        }
    };
    let sum = |figure: &dyn Fn(&Pods) -> f64| {
        pods.iter()
            .map(|pods| with_rollout(pods) * figure(pods))
            .sum::<f64>()
    };
    let items = [
        (
            "cpu",
            ceil(sum(&|pods| pods.cpu_m / 1000.0) + beside.cpu_m / 1000.0),
            Unit::Vcpu,
        ),
        (
            "memory_gib",
            ceil(sum(&|pods| pods.memory_mib / 1024.0) + beside.memory_mib / 1024.0),
            Unit::Gib,
        ),
        ("pods", ceil(sum(&|_| 1.0) + beside.pods), Unit::Count),
        (
            "gpu",
            pods.iter()
                .filter(|pods| pods.gpu)
                .map(|pods| pods.max)
                .sum(),
            Unit::Count,
        ),
    ];
    for (item, value, unit) in items {
        ctx.ledger
            .add(format!("workloads.quota.{item}"), value, unit)
            .why(if item == "gpu" {
                "of the services at their maximum".to_owned()
            } else {
                why.clone()
            })
            .by(
                "Σ maximum × request, 1.25 for rolling services",
                "2.5",
                &inputs,
            );
    }
}
