//! What the namespace may hold: all services at their maximum, their rollouts, poolers, brokers and databases.

use crate::{
    ledger::{Unit, show},
    sizing::{Context, ceil, database, node::Beside, workload::Pods},
};

/// What the namespace may hold: all services at their maximum and a rollout of each, poolers, and brokers where they run here.
///
/// Comes after the pooler and the brokers have their sizes.
pub(crate) fn quota(ctx: &mut Context<'_>, pods: &[Pods], beside: &Beside) {
    let count = |pods: &[Pods]| pods.iter().map(|pods| pods.max).sum::<f64>();
    let mut why =
        "services at their maximum, HTTP services a quarter more while they roll".to_owned();
    let mut inputs = vec!["workloads.pods_max"];
    if database::is_vitess(ctx) {
        why.push_str(&format!(
            "; {} gates and helpers of Vitess",
            show(count(&beside.poolers))
        ));
        inputs.push("vitess.gate.max");
    } else if !beside.poolers.is_empty() {
        why.push_str(&format!("; {} poolers", show(count(&beside.poolers))));
        inputs.push("pooler.replicas");
    }
    if !beside.brokers.is_empty() {
        why.push_str(&format!(
            "; {} pods of the stream",
            show(count(&beside.brokers))
        ));
        inputs.push("stream.brokers");
    }
    if !beside.databases.is_empty() {
        why.push_str(&format!(
            "; {} instances of databases",
            show(count(&beside.databases))
        ));
    }
    // Brokers and databases roll in place, one after the other.
    let with_rollout = |pods: &Pods| {
        if pods.interruptible {
            pods.max
        } else {
            ceil(pods.max * 1.25)
        }
    };
    let rolling = pods.iter().chain(&beside.poolers);
    let held: Vec<(&Pods, f64)> = rolling
        .map(|pods| (pods, with_rollout(pods)))
        .chain(
            beside
                .brokers
                .iter()
                .chain(&beside.databases)
                .map(|pods| (pods, pods.max)),
        )
        .collect();
    let sum = |figure: &dyn Fn(&Pods) -> f64| {
        held.iter()
            .map(|(pods, n_pods)| n_pods * figure(pods))
            .sum::<f64>()
    };
    let items = [
        ("cpu", ceil(sum(&|pods| pods.cpu_m / 1000.0)), Unit::Vcpu),
        (
            "memory_gib",
            ceil(sum(&|pods| pods.memory_mib / 1024.0)),
            Unit::Gib,
        ),
        ("pods", ceil(sum(&|_| 1.0)), Unit::Count),
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
