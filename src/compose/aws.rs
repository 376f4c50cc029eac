//! The Terraform templates of AWS: which component each belongs to, and when it is emitted.

use super::{
    Project,
    artifacts::{Row, only, row},
    when::{has_abroad, has_cluster, has_volumes, is_watched, no_cluster},
};
use crate::component::Component;

/// Rows of the artifact table below `templates/terraform/aws/`.
pub(super) const TABLE: &[Row] = &[
    row(Component::Project, "terraform/aws/bootstrap/boundary.tf"),
    row(
        Component::Project,
        "terraform/aws/bootstrap/envs/{env}.tfvars.j2",
    ),
    row(Component::Project, "terraform/aws/bootstrap/outputs.tf.j2"),
    // Not of the component `pipeline`, whose files go to the root of the repository.
    only(
        Component::Project,
        "terraform/aws/bootstrap/pipeline.tf.j2",
        has_pipeline,
    ),
    row(Component::Project, "terraform/aws/bootstrap/state.tf.j2"),
    row(
        Component::Project,
        "terraform/aws/bootstrap/variables.tf.j2",
    ),
    row(Component::Project, "terraform/aws/bootstrap/versions.tf.j2"),
    row(
        Component::Project,
        "terraform/aws/infrastructure/backend.tf",
    ),
    only(
        Component::Shards,
        "terraform/aws/infrastructure/abroad.tf.j2",
        has_abroad,
    ),
    row(Component::Cache, "terraform/aws/infrastructure/cache.tf.j2"),
    row(Component::Cdn, "terraform/aws/infrastructure/cdn.tf.j2"),
    only(
        Component::Cluster,
        "terraform/aws/infrastructure/cluster-karpenter.tf",
        has_karpenter,
    ),
    row(
        Component::Cluster,
        "terraform/aws/infrastructure/cluster.tf.j2",
    ),
    row(
        Component::Containers,
        "terraform/aws/infrastructure/containers.tf.j2",
    ),
    row(Component::Cost, "terraform/aws/infrastructure/cost.tf"),
    row(
        Component::Datadog,
        "terraform/aws/infrastructure/datadog.tf.j2",
    ),
    row(
        Component::CloudnativePg,
        "terraform/aws/infrastructure/databases.tf.j2",
    ),
    row(
        Component::Vitess,
        "terraform/aws/infrastructure/databases.tf.j2",
    ),
    row(
        Component::DocumentDb,
        "terraform/aws/infrastructure/document-db.tf.j2",
    ),
    row(Component::Dr, "terraform/aws/infrastructure/dr.tf.j2"),
    row(
        Component::Cost,
        "terraform/aws/infrastructure/envs/{env}.infracost.yml.j2",
    ),
    row(
        Component::Project,
        "terraform/aws/infrastructure/envs/{env}.tfbackend.j2",
    ),
    row(
        Component::Project,
        "terraform/aws/infrastructure/envs/{env}.tfvars.j2",
    ),
    row(
        Component::EdgeCache,
        "terraform/aws/infrastructure/edge-cache.tf.j2",
    ),
    row(
        Component::EdgeCompute,
        "terraform/aws/infrastructure/edge-compute.tf.j2",
    ),
    only(
        Component::Cdn,
        "terraform/aws/infrastructure/files/cloudflare-origin-pull-ca.pem",
        behind_cloudflare,
    ),
    row(Component::Lake, "terraform/aws/infrastructure/lake.tf.j2"),
    row(
        Component::Workflow,
        "terraform/aws/infrastructure/workflow.tf.j2",
    ),
    row(
        Component::GrafanaCloud,
        "terraform/aws/infrastructure/grafana-cloud.tf.j2",
    ),
    row(Component::Fleet, "terraform/aws/infrastructure/fleet.tf.j2"),
    row(Component::Nosql, "terraform/aws/infrastructure/nosql.tf.j2"),
    row(
        Component::Functions,
        "terraform/aws/infrastructure/functions.tf.j2",
    ),
    row(
        Component::Identity,
        "terraform/aws/infrastructure/identity.tf.j2",
    ),
    row(Component::Keys, "terraform/aws/infrastructure/keys.tf.j2"),
    row(
        Component::LoadBalancer,
        "terraform/aws/infrastructure/load-balancer.tf.j2",
    ),
    row(
        Component::Project,
        "terraform/aws/infrastructure/locals.tf.j2",
    ),
    row(
        Component::Network,
        "terraform/aws/infrastructure/network.tf.j2",
    ),
    row(
        Component::Observability,
        "terraform/aws/infrastructure/observability.tf.j2",
    ),
    row(
        Component::ObjectStorage,
        "terraform/aws/infrastructure/object-storage.tf.j2",
    ),
    row(
        Component::Project,
        "terraform/aws/infrastructure/outputs.tf.j2",
    ),
    row(
        Component::Project,
        "terraform/aws/infrastructure/providers.tf.j2",
    ),
    row(
        Component::Qstash,
        "terraform/aws/infrastructure/qstash.tf.j2",
    ),
    row(Component::Queue, "terraform/aws/infrastructure/queue.tf.j2"),
    row(
        Component::Registry,
        "terraform/aws/infrastructure/registry.tf.j2",
    ),
    row(
        Component::Secrets,
        "terraform/aws/infrastructure/secrets.tf.j2",
    ),
    row(
        Component::Sentry,
        "terraform/aws/infrastructure/sentry.tf.j2",
    ),
    row(
        Component::Shards,
        "terraform/aws/infrastructure/shards.tf.j2",
    ),
    only(
        Component::Slo,
        "terraform/aws/infrastructure/slo.tf.j2",
        no_cluster,
    ),
    row(Component::Stream, "terraform/aws/infrastructure/stream.tf"),
    only(
        Component::Otel,
        "terraform/aws/infrastructure/telemetry.tf.j2",
        no_cluster,
    ),
    row(
        Component::Project,
        "terraform/aws/infrastructure/tests/promises.tftest.hcl.j2",
    ),
    row(
        Component::Project,
        "terraform/aws/infrastructure/variables.tf.j2",
    ),
    row(
        Component::Project,
        "terraform/aws/infrastructure/versions.tf.j2",
    ),
    row(
        Component::Warehouse,
        "terraform/aws/infrastructure/warehouse.tf.j2",
    ),
    row(Component::Waf, "terraform/aws/infrastructure/waf.tf.j2"),
    row(Component::Addons, "terraform/aws/platform/addons.tf.j2"),
    row(Component::Addons, "terraform/aws/platform/backend.tf"),
    only(
        Component::Addons,
        "terraform/aws/platform/charts/node-pools/Chart.yaml",
        owns_cluster,
    ),
    only(
        Component::Addons,
        "terraform/aws/platform/charts/node-pools/templates/node-pools.tpl.jx",
        owns_cluster,
    ),
    only(
        Component::Addons,
        "terraform/aws/platform/charts/volumes/Chart.yaml",
        has_volumes,
    ),
    only(
        Component::Addons,
        "terraform/aws/platform/charts/volumes/templates/volumes.tpl",
        has_volumes,
    ),
    only(
        Component::Addons,
        "terraform/aws/platform/charts/watcher/Chart.yaml",
        is_watched,
    ),
    only(
        Component::Addons,
        "terraform/aws/platform/charts/watcher/templates/watcher.tpl.jx",
        is_watched,
    ),
    row(
        Component::CloudnativePg,
        "terraform/aws/platform/databases.tf.j2",
    ),
    only(
        Component::Datadog,
        "terraform/aws/platform/datadog.tf.j2",
        has_cluster,
    ),
    row(Component::Vitess, "terraform/aws/platform/databases.tf.j2"),
    row(
        Component::Vitess,
        "terraform/aws/platform/charts/vitess/Chart.yaml",
    ),
    row(
        Component::Vitess,
        "terraform/aws/platform/charts/vitess/templates/crds.tpl",
    ),
    row(
        Component::Addons,
        "terraform/aws/platform/envs/{env}.tfbackend.j2",
    ),
    row(
        Component::Addons,
        "terraform/aws/platform/envs/{env}.tfvars.j2",
    ),
    row(Component::Addons, "terraform/aws/platform/locals.tf.j2"),
    only(
        Component::Addons,
        "terraform/aws/platform/node-pools.tf.j2",
        owns_cluster,
    ),
    row(Component::Addons, "terraform/aws/platform/providers.tf"),
    only(
        Component::Otel,
        "terraform/aws/platform/telemetry.tf.j2",
        has_addons,
    ),
    row(
        Component::Addons,
        "terraform/aws/platform/tests/promises.tftest.hcl.j2",
    ),
    row(Component::Addons, "terraform/aws/platform/variables.tf.j2"),
    row(Component::Addons, "terraform/aws/platform/versions.tf.j2"),
];

fn has_pipeline(project: &Project, _: &str) -> bool {
    project.components.contains(&Component::Pipeline)
}

fn has_addons(project: &Project, _: &str) -> bool {
    project.components.contains(&Component::Addons)
}

fn owns_cluster(project: &Project, _: &str) -> bool {
    !project.existing.contains_key("cluster")
}

fn has_karpenter(project: &Project, cloud: &str) -> bool {
    let standard = project
        .choice
        .get("kubernetes")
        .is_some_and(|choice| choice == "standard");
    standard && owns_cluster(project, cloud)
}

fn behind_cloudflare(project: &Project, _: &str) -> bool {
    project
        .choice
        .get("cdn")
        .is_some_and(|choice| choice == "cloudflare")
}
