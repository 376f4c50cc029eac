//! What the plan needs of each service quota at its maximum.

use crate::{
    component::Component,
    ledger::{Origin, Unit, show},
    sizing::{Context, ceil, database, node::Pool, workload::Pods},
};

/// A quota of the cloud that the plan touches; quantities are `quotas.<id>.need` and `quotas.<id>.default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Capability id, as in the catalog.
    pub id: String,
    /// As the cloud calls it.
    pub title: String,
}

/// Records need and default of every quota that the cloud has and the plan touches.
pub(crate) fn size(
    ctx: &mut Context<'_>,
    pools: &[Pool],
    containers: &[Pods],
    nodes: usize,
) -> Vec<Quota> {
    let known = ctx.cloud.quotas();
    let mut quotas = Vec::new();
    for quota in known {
        let (need, why) = match container_need(ctx, &quota.id, containers) {
            Some(need) => need,
            None => need(ctx, &quota.id, pools, nodes),
        };
        if need <= 0.0 {
            continue;
        }
        let name = format!("quotas.{}", quota.id);
        ctx.ledger
            .add(format!("{name}.need"), need, Unit::Count)
            .why(why)
            .by("Σ at the maximum", "2.5", &[]);
        ctx.ledger
            .add(format!("{name}.default"), quota.default, Unit::Count)
            .why(quota.source.clone())
            .from(Origin::Catalog(quota.source))
            .graded(quota.grade);
        quotas.push(Quota {
            id: quota.id,
            title: quota.title,
        });
    }
    quotas
}

/// What managed containers need of a quota of theirs; nothing where it is not one.
fn container_need(ctx: &Context<'_>, id: &str, containers: &[Pods]) -> Option<(f64, String)> {
    let vcpu = |spot: bool| -> f64 {
        let of = |one: &Pods| one.max * one.cpu_m / 1000.0;
        let wanted = containers.iter().filter(|one| one.interruptible == spot);
        wanted.map(of).sum()
    };
    let share = ctx
        .ledger
        .get("containers.spot_percent")
        .map_or(0.0, crate::ledger::Quantity::number)
        / 100.0;
    // A rollout runs the old and the new ones side by side.
    let sides = 2.0;
    Some(match id {
        "container_vcpu" => (
            ceil(sides * (vcpu(false) + vcpu(true) * (1.0 - share))),
            "containers on demand at the maximum, twice during a rollout".to_owned(),
        ),
        "container_vcpu_spot" => (
            ceil(sides * vcpu(true) * share),
            "interruptible containers at the maximum, twice during a rollout".to_owned(),
        ),
        "container_instances" => (
            containers.iter().map(|one| one.max).fold(0.0, f64::max),
            "instances of the largest service at the maximum".to_owned(),
        ),
        _ => return None,
    })
}

fn need(ctx: &Context<'_>, id: &str, pools: &[Pool], nodes: usize) -> (f64, String) {
    let pool = |pool: &Pool, item: &str| {
        ctx.ledger
            .number(&format!("cluster.pools.{}.{item}", pool.name))
    };
    let over = |item: &str, wanted: &dyn Fn(&Pool) -> bool| -> f64 {
        pools
            .iter()
            .filter(|one| wanted(one))
            .map(|one| pool(one, item))
            .sum()
    };
    let number = |name: &str| {
        ctx.ledger
            .get(name)
            .map_or(0.0, crate::ledger::Quantity::number)
    };
    let fleets: Vec<&str> = ctx
        .services_on(crate::blueprint::RunsOn::Fleet)
        .into_iter()
        .map(|service| service.name.as_str())
        .collect();
    let fleet = |machines: &str, each: &str| -> f64 {
        let of = |name: &&str, item: &str| number(&format!("{name}.fleet.{item}"));
        fleets
            .iter()
            .map(|name| of(name, machines) * of(name, each))
            .sum()
    };
    let and_fleet = if fleets.is_empty() {
        ""
    } else {
        " and machines of the fleet"
    };
    let own_cdn = ctx.spec.domain.is_some()
        && ctx
            .choice
            .get("cdn")
            .is_some_and(|choice| choice == "cloud");
    let own_stream = ctx
        .choice
        .get("stream")
        .is_none_or(|choice| choice == "managed");
    let gpus = |spot: bool| -> f64 {
        let of = |one: &Pool| pool(one, "max_nodes") * pool(one, "gpus");
        pools
            .iter()
            .filter(|one| one.gpu && one.spot == spot)
            .map(of)
            .sum()
    };
    let copies = |ctx: &Context<'_>, keyspace: &str| {
        let prefix = format!("database.{keyspace}");
        1.0 + number(&format!("{prefix}.replicas"))
            + number(&format!("{prefix}.replicas_added"))
            + f64::from(ctx.ledger.flag(&format!("{prefix}.standby")))
    };
    match id {
        "vcpu_general" => (
            over("cpu_limit", &|one| !one.gpu && !one.spot) + fleet("steady_max", "machine_vcpu"),
            format!("nodes{and_fleet} on demand at the maximum"),
        ),
        "vcpu_general_spot" => (
            over("cpu_limit", &|one| !one.gpu && one.spot) + fleet("spot_max", "machine_vcpu"),
            format!("reclaimable nodes{and_fleet} at the maximum"),
        ),
        "cdn_gbps" if own_cdn && number("edge.egress_gbps") >= 1.0 => (
            number("edge.egress_gbps"),
            "the busiest hour at the edge: several distributions, or a contract".to_owned(),
        ),
        "cdn_rps" if own_cdn && number("media.requests_per_s") > 0.0 => (
            ctx.demand.surge_factor * number("demand.edge.design") + number("media.requests_per_s"),
            "requests at the edge in the busiest minute".to_owned(),
        ),
        "nosql_writes" => (
            number("nosql.wcu.warm").max(number("nosql.wcu.limit")),
            "chat writes up to the limit that the table has of its own".to_owned(),
        ),
        "nosql_reads" => (
            number("nosql.rcu.warm").max(number("nosql.rcu.limit")),
            "chat reads up to the limit that the table has of its own".to_owned(),
        ),
        "nosql_nodes" => (
            number("nosql.nodes.max"),
            "nodes of the chat store at their limit, each zone".to_owned(),
        ),
        "vcpu_gpu" => (
            over("cpu_limit", &|one| one.gpu && !one.spot),
            "accelerator nodes on demand".to_owned(),
        ),
        "vcpu_gpu_spot" => (
            over("cpu_limit", &|one| one.gpu && one.spot),
            "reclaimable accelerator nodes".to_owned(),
        ),
        "gpus" => (gpus(false), "accelerators on demand".to_owned()),
        "gpus_spot" => (gpus(true), "reclaimable accelerators".to_owned()),
        "gpus_all" => (gpus(false) + gpus(true), "all accelerators".to_owned()),
        // The quotas of Cloud SQL say nothing of AlloyDB, and of its own nobody gave a source.
        "database_instances" | "database_storage"
            if database::is_self_run(ctx)
                || ctx
                    .choice
                    .get("database")
                    .is_some_and(|choice| choice == "alloydb") =>
        {
            (0.0, String::new())
        }
        "database_instances" => {
            let all: f64 = ctx
                .spec
                .data
                .keyspaces
                .iter()
                .map(|keyspace| {
                    number(&format!("database.{}.shards", keyspace.name))
                        * copies(ctx, &keyspace.name)
                })
                .sum();
            (
                all,
                format!("{nodes} nodes with their standbys and replicas"),
            )
        }
        "database_storage" => {
            let all: f64 = ctx
                .spec
                .data
                .keyspaces
                .iter()
                .map(|keyspace| {
                    let prefix = format!("database.{}", keyspace.name);
                    number(&format!("{prefix}.shards"))
                        * number(&format!("{prefix}.disk_limit_gib"))
                })
                .sum();
            (all, "disks of all nodes at their limit".to_owned())
        }
        "cache_nodes" => (
            number("cache.shards") * (1.0 + number("cache.replicas")),
            "shards and their replicas".to_owned(),
        ),
        "document_targets" => (
            number("document.shards")
                * (number("document.nodes") + number("document.analytics_nodes")),
            "nodes of all shards of the document database".to_owned(),
        ),
        "edge_cache_commands" => {
            let commands = if ctx.caches_at_edge() {
                number("cache.operations")
            } else {
                0.0
            };
            (
                commands,
                "cache operations at the busiest minute".to_owned(),
            )
        }
        "stream_brokers" | "stream_vcpu" if !own_stream => (0.0, String::new()),
        "stream_brokers" => (number("stream.brokers"), "brokers".to_owned()),
        "stream_vcpu" => (number("stream.vcpu"), "vCPU of the log".to_owned()),
        "function_concurrency" => (
            number("functions.quota"),
            "functions at their maximum, and what the account keeps".to_owned(),
        ),
        "node_disk" => {
            let disks: f64 = pools
                .iter()
                .map(|one| pool(one, "max_nodes") * pool(one, "disk_gib"))
                .sum();
            let disks = disks + fleet("steady_max", "disk_gib") + fleet("spot_max", "disk_gib");
            (
                disks,
                format!("boot disks of all nodes{and_fleet} at the maximum"),
            )
        }
        "addresses" => {
            let nats = if ctx.ledger.flag("network.nat_per_zone") {
                number("cluster.zones")
            } else {
                1.0
            };
            (
                nats + 1.0,
                format!("{} ways out and the load balancer", show(nats)),
            )
        }
        "targets" => {
            // A function is one target, however many instances it has.
            let http = |service: &&crate::blueprint::Service| {
                service.kind == crate::blueprint::ServiceKind::Http
                    && ctx.runs_on(service) != crate::blueprint::RunsOn::Functions
            };
            let pods: f64 = ctx
                .spec
                .services
                .iter()
                .filter(http)
                .map(|service| number(&format!("{}.replicas.max", service.name)))
                .sum();
            let noun = if ctx.has(Component::Cluster) {
                "pods"
            } else {
                "containers"
            };
            (
                pods,
                format!("{noun} behind the load balancer at the maximum"),
            )
        }
        _ => (0.0, String::new()),
    }
}
