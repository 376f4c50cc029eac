//! When a template of a component that the project has is emitted: what the tables of artifacts ask of a project and a cloud.

use super::Project;
use crate::component::Component;

/// When a template of a component that the project has is emitted.
pub(super) type When = fn(&Project, &str) -> bool;

/// Stands for a cloud where something belongs to all of them.
pub(super) const WHOLE: &str = "global";

pub(super) fn always(_: &Project, _: &str) -> bool {
    true
}

pub(super) fn on_aws(_: &Project, cloud: &str) -> bool {
    cloud == "aws"
}

pub(super) fn on_gcp(_: &Project, cloud: &str) -> bool {
    cloud == "gcp"
}

fn has(project: &Project, component: Component) -> bool {
    project.components.contains(&component)
}

pub(super) fn has_fleet(project: &Project, _: &str) -> bool {
    has(project, Component::Fleet)
}

/// A Grafana of one's own, which is told by files what Grafana Cloud is told by Terraform.
pub(super) fn runs_grafana(project: &Project, _: &str) -> bool {
    !has(project, Component::GrafanaCloud)
}

/// The same, where machines of a fleet are looked at.
pub(super) fn runs_grafana_on_aws(project: &Project, cloud: &str) -> bool {
    runs_grafana(project, cloud) && has_fleet(project, cloud) && on_aws(project, cloud)
}

/// A shard of some environment stands in another region than the rest.
pub(super) fn has_abroad(project: &Project, _: &str) -> bool {
    project.abroad
}

pub(super) fn has_video(project: &Project, _: &str) -> bool {
    project.video
}

/// People write to one another over connections that stay open, and into a store.
pub(super) fn has_chat(project: &Project, _: &str) -> bool {
    let keeps = has(project, Component::Nosql) || has(project, Component::DocumentDb);
    !project.sockets.is_empty() && keeps
}

/// Messages of people leave a MySQL for a store that has a tool to take them in.
pub(super) fn moves_chat(project: &Project, cloud: &str) -> bool {
    let to = project.choice.get("nosql").map(String::as_str);
    project.engine == "mysql"
        && has_chat(project, cloud)
        && matches!(to, Some("cloud" | "mongodb-atlas"))
}

pub(super) fn has_pod_workers(project: &Project, _: &str) -> bool {
    project.pods.iter().any(|service| service.kind == "worker")
}

/// A cluster, and services that it does not run.
pub(super) fn releases_beside_pods(project: &Project, _: &str) -> bool {
    let is_beside = |runs_on: &str| runs_on == "fleet" || runs_on == "functions";
    has(project, Component::Cluster)
        && project
            .services
            .iter()
            .any(|service| is_beside(&service.runs_on))
}

/// Scripts that talk to the cloud itself ask for the account first.
pub(super) fn has_account(project: &Project, cloud: &str) -> bool {
    no_cluster(project, cloud) || releases_beside_pods(project, cloud)
}

pub(super) fn no_cluster(project: &Project, _: &str) -> bool {
    !has(project, Component::Cluster)
}

/// Prometheus is where the cluster's collector writes to; Datadog's agents write to none.
pub(super) fn has_prometheus(project: &Project, _: &str) -> bool {
    has(project, Component::Cluster) && !has(project, Component::Datadog)
}

pub(super) fn has_cluster(project: &Project, _: &str) -> bool {
    has(project, Component::Cluster)
}

/// Somebody outside of the cloud watches, whose agents need a key.
pub(super) fn is_watched(project: &Project, _: &str) -> bool {
    has(project, Component::Datadog) || has(project, Component::GrafanaCloud)
}

/// A collector near what sends: on each node, or beside each instance of Cloud Run.
pub(super) fn has_agents(project: &Project, cloud: &str) -> bool {
    has(project, Component::Cluster) || on_gcp(project, cloud)
}

/// Rules that the cluster itself evaluates.
pub(super) fn has_prometheus_on_gcp(project: &Project, cloud: &str) -> bool {
    has_prometheus(project, cloud)
        && !has(project, Component::GrafanaCloud)
        && on_gcp(project, cloud)
}

/// Whether a release is something that is rolled out over what runs.
pub(super) fn has_releases(project: &Project, _: &str) -> bool {
    let served = [
        Component::Workloads,
        Component::Containers,
        Component::Functions,
    ];
    served.iter().any(|&component| has(project, component))
}

/// Whether services hand work to others that take it when they can.
pub(super) fn has_jobs(project: &Project, _: &str) -> bool {
    let mut topics = project.topics.iter();
    topics.any(|topic| topic.consumer.is_some() && !topic.by_clock)
}

fn chosen(project: &Project, key: &str, value: &str) -> bool {
    project
        .choice
        .get(key)
        .is_some_and(|choice| choice == value)
}

pub(super) fn github(project: &Project, _: &str) -> bool {
    chosen(project, "pipeline", "github-actions")
}

pub(super) fn gitlab(project: &Project, _: &str) -> bool {
    chosen(project, "pipeline", "gitlab")
}

pub(super) fn jenkins(project: &Project, _: &str) -> bool {
    chosen(project, "pipeline", "jenkins")
}

/// Whether jobs of the pipeline become service accounts of Google by their own token, without a step that does it for them.
pub(super) fn exchanges_tokens(project: &Project, cloud: &str) -> bool {
    let state = match project.sides.first() {
        Some(first) if cloud == WHOLE => &first.cloud,
        _ => cloud,
    };
    state == "gcp" && (gitlab(project, cloud) || jenkins(project, cloud))
}

pub(super) fn cloudflare(project: &Project, cloud: &str) -> bool {
    chosen(project, "cdn", "cloudflare") && owns_zone(project, cloud)
}

pub(super) fn cloudfront(project: &Project, cloud: &str) -> bool {
    chosen(project, "cdn", "cloud") && on_aws(project, cloud)
}

/// A side of a project on several clouds leaves what stands before it to the whole.
pub(super) fn owns_zone(project: &Project, cloud: &str) -> bool {
    project.sides.is_empty() || cloud == WHOLE
}

pub(super) fn workers(project: &Project, _: &str) -> bool {
    chosen(project, "edge", "cloudflare-workers")
}

pub(super) fn vercel(project: &Project, _: &str) -> bool {
    chosen(project, "edge", "vercel")
}

pub(super) fn sharded(project: &Project, _: &str) -> bool {
    project.components.contains(&Component::Sharding)
}

/// A database for each keyspace, without a shard map before it.
pub(super) fn one_node_each(project: &Project, cloud: &str) -> bool {
    project.components.contains(&Component::Shards) && !sharded(project, cloud)
}

pub(super) fn one_postgresql_each(project: &Project, cloud: &str) -> bool {
    one_node_each(project, cloud) && project.engine == "postgresql"
}

pub(super) fn one_mysql_each(project: &Project, cloud: &str) -> bool {
    one_node_each(project, cloud) && project.engine == "mysql"
}

pub(super) fn pooled(project: &Project, _: &str) -> bool {
    project.pooler
}

pub(super) fn pooled_by_pgbouncer(project: &Project, _: &str) -> bool {
    project.pooler && project.pooler_program == "pgbouncer"
}

pub(super) fn pooled_by_pgdog(project: &Project, _: &str) -> bool {
    project.pooler && project.pooler_program == "pgdog"
}

/// Whether pods keep data on volumes: databases and brokers that the cluster runs.
pub(super) fn has_volumes(project: &Project, _: &str) -> bool {
    project.own_databases || has(project, Component::Strimzi)
}
