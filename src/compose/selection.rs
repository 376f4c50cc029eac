//! Which components of an architecture a project has: what its blueprint uses and its choices ask for.

use super::{
    Service,
    build::{Request, gpu},
    part::by_qstash,
};
use crate::{
    blueprint::{self, Spec},
    component::Component,
    sizing::{
        Sizing,
        database::{CITUS, SELF_RUN, VITESS},
    },
};

/// How users come in. Without a domain there is no certificate, and nothing public is served without one.
pub(super) fn entry(request: &Request<'_>, spec: &Spec) -> &'static str {
    let has_cdn = request.architecture.components.contains(&Component::Cdn);
    let choice = request.choice.get("cdn").map_or("", String::as_str);
    match (spec.domain.is_some(), choice) {
        (false, _) => "internal",
        (true, "cloudflare") if has_cdn => "cloudflare",
        (true, "cloud") if has_cdn => "cloud",
        _ => "public",
    }
}

/// The architecture's components that this blueprint uses.
pub(super) fn components(
    request: &Request<'_>,
    spec: &Spec,
    sizing: &Sizing,
    services: &[Service],
) -> Vec<Component> {
    let chosen = |key: &str, value: &str| {
        request
            .choice
            .get(key)
            .is_some_and(|choice| choice == value)
    };
    let topics = !sizing.topics.is_empty();
    let qstash = by_qstash(request);
    let cached = services.iter().any(|service| service.cache);
    let used = |component: &Component| match component {
        Component::Containers | Component::Functions | Component::Fleet => services
            .iter()
            .any(|service| service.runs_on == component.name()),
        Component::Workflow => services
            .iter()
            .any(|service| service.runs_on == "functions" && service.kind == "event"),
        Component::ShardManager => spec
            .data
            .keyspaces
            .iter()
            .any(|keyspace| keyspace.strategy == blueprint::Strategy::Range),
        Component::Lake => {
            spec.lake.ingest_per_day.is_some()
                || services.iter().any(|service| service.kind == "event")
        }
        Component::Gpu => gpu(spec, sizing).is_some(),
        Component::Cache => cached && !chosen("edge_cache", "upstash"),
        Component::EdgeCache => cached && chosen("edge_cache", "upstash"),
        // A script at the edge runs on the network that answers for the domain.
        Component::EdgeCompute => spec.domain.is_some() && chosen("cdn", "cloudflare"),
        Component::Datadog => chosen("monitoring", "datadog"),
        // Datadog's agents are collectors of their own; without a cluster, services send to Grafana Cloud themselves.
        Component::Otel => {
            let clustered = request
                .architecture
                .components
                .contains(&Component::Cluster);
            chosen("monitoring", "cloud") || clustered && !chosen("monitoring", "datadog")
        }
        Component::GrafanaCloud => chosen("monitoring", "grafana-cloud"),
        // Its dashboards are Terraform's, and there is no Prometheus for others to read.
        Component::Grafana => !chosen("monitoring", "datadog"),
        Component::Sentry => chosen("errors", "sentry"),
        Component::Shards => !chosen("database", SELF_RUN) && !chosen("database", VITESS),
        Component::CloudnativePg => chosen("database", SELF_RUN),
        // Its own metadata say where a row is.
        Component::Sharding => !chosen("router", CITUS) && !chosen("router", VITESS),
        Component::Citus => chosen("router", CITUS),
        Component::Vitess => chosen("router", VITESS),
        // Datastream verifies a certificate that AlloyDB does not hand out.
        Component::Warehouse => !chosen("database", "alloydb"),
        Component::Stream => topics && chosen("stream", "managed"),
        Component::Strimzi => topics && chosen("stream", "strimzi"),
        Component::Queue => {
            topics && !qstash && (chosen("stream", "queue") || chosen("queue", "cloud"))
        }
        Component::Qstash => topics && qstash,
        Component::Cdn => !["internal", "public"].contains(&entry(request, spec)),
        Component::Nosql => !chosen("nosql", "none") && !chosen("nosql", "mongodb-atlas"),
        Component::DocumentDb => chosen("nosql", "mongodb-atlas"),
        Component::Pipeline => !chosen("pipeline", "none"),
        _ => true,
    };
    request
        .architecture
        .components
        .iter()
        .copied()
        .filter(used)
        .collect()
}
