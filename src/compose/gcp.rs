//! The Terraform templates of Google Cloud: which component each belongs to.

use super::{
    artifacts::{Row, only, row},
    when::{has_cluster, is_watched, no_cluster},
};
use crate::component::Component;

/// Rows of the artifact table below `templates/terraform/gcp/`.
pub(super) const TABLE: &[Row] = &[
    row(Component::Project, "terraform/gcp/bootstrap/main.tf.j2"),
    row(Component::Project, "terraform/gcp/bootstrap/outputs.tf.j2"),
    row(
        Component::Pipeline,
        "terraform/gcp/bootstrap/pipeline.tf.j2",
    ),
    row(
        Component::Project,
        "terraform/gcp/bootstrap/terraform.tfvars.j2",
    ),
    row(
        Component::Project,
        "terraform/gcp/bootstrap/variables.tf.j2",
    ),
    row(Component::Project, "terraform/gcp/bootstrap/versions.tf.j2"),
    row(
        Component::Project,
        "terraform/gcp/infrastructure/backend.tf",
    ),
    row(Component::Cache, "terraform/gcp/infrastructure/cache.tf.j2"),
    row(Component::Cdn, "terraform/gcp/infrastructure/cdn.tf.j2"),
    row(
        Component::Cluster,
        "terraform/gcp/infrastructure/cluster.tf.j2",
    ),
    row(
        Component::Containers,
        "terraform/gcp/infrastructure/containers.tf.j2",
    ),
    row(Component::Cost, "terraform/gcp/infrastructure/cost.tf.j2"),
    row(
        Component::Datadog,
        "terraform/gcp/infrastructure/datadog.tf.j2",
    ),
    row(
        Component::CloudnativePg,
        "terraform/gcp/infrastructure/databases.tf.j2",
    ),
    row(
        Component::Vitess,
        "terraform/gcp/infrastructure/databases.tf.j2",
    ),
    only(
        Component::Dr,
        "terraform/gcp/infrastructure/dr.tf.j2",
        has_cluster,
    ),
    row(
        Component::Cost,
        "terraform/gcp/infrastructure/envs/{env}.infracost.yml.j2",
    ),
    row(
        Component::Project,
        "terraform/gcp/infrastructure/envs/{env}.tfbackend.j2",
    ),
    row(
        Component::Project,
        "terraform/gcp/infrastructure/envs/{env}.tfvars.j2",
    ),
    row(
        Component::GrafanaCloud,
        "terraform/gcp/infrastructure/grafana_cloud.tf.j2",
    ),
    row(Component::Fleet, "terraform/gcp/infrastructure/fleet.tf.j2"),
    row(Component::Nosql, "terraform/gcp/infrastructure/nosql.tf.j2"),
    row(
        Component::DocumentDb,
        "terraform/gcp/infrastructure/document_db.tf.j2",
    ),
    row(
        Component::EdgeCache,
        "terraform/gcp/infrastructure/edge_cache.tf.j2",
    ),
    row(
        Component::EdgeCompute,
        "terraform/gcp/infrastructure/edge_compute.tf.j2",
    ),
    row(Component::Lake, "terraform/gcp/infrastructure/lake.tf.j2"),
    row(
        Component::Workflow,
        "terraform/gcp/infrastructure/workflow.tf.j2",
    ),
    row(
        Component::Functions,
        "terraform/gcp/infrastructure/functions.tf.j2",
    ),
    row(
        Component::Identity,
        "terraform/gcp/infrastructure/identity.tf.j2",
    ),
    row(Component::Keys, "terraform/gcp/infrastructure/keys.tf.j2"),
    row(
        Component::LoadBalancer,
        "terraform/gcp/infrastructure/load_balancer.tf.j2",
    ),
    row(
        Component::Project,
        "terraform/gcp/infrastructure/locals.tf.j2",
    ),
    row(
        Component::Network,
        "terraform/gcp/infrastructure/network.tf.j2",
    ),
    row(
        Component::ObjectStorage,
        "terraform/gcp/infrastructure/object-storage.tf.j2",
    ),
    row(
        Component::Observability,
        "terraform/gcp/infrastructure/observability.tf.j2",
    ),
    row(
        Component::Project,
        "terraform/gcp/infrastructure/outputs.tf.j2",
    ),
    row(
        Component::Project,
        "terraform/gcp/infrastructure/providers.tf.j2",
    ),
    row(
        Component::Qstash,
        "terraform/gcp/infrastructure/qstash.tf.j2",
    ),
    row(Component::Queue, "terraform/gcp/infrastructure/queue.tf.j2"),
    row(
        Component::Registry,
        "terraform/gcp/infrastructure/registry.tf.j2",
    ),
    row(
        Component::Secrets,
        "terraform/gcp/infrastructure/secrets.tf.j2",
    ),
    row(
        Component::Sentry,
        "terraform/gcp/infrastructure/sentry.tf.j2",
    ),
    row(
        Component::Shards,
        "terraform/gcp/infrastructure/shards.tf.j2",
    ),
    row(Component::Slo, "terraform/gcp/infrastructure/slo.tf.j2"),
    row(
        Component::Stream,
        "terraform/gcp/infrastructure/stream.tf.j2",
    ),
    only(
        Component::Otel,
        "terraform/gcp/infrastructure/telemetry.tf.j2",
        no_cluster,
    ),
    row(
        Component::Project,
        "terraform/gcp/infrastructure/tests/composition.tftest.hcl.j2",
    ),
    row(
        Component::Project,
        "terraform/gcp/infrastructure/variables.tf.j2",
    ),
    row(
        Component::Project,
        "terraform/gcp/infrastructure/versions.tf.j2",
    ),
    row(
        Component::Warehouse,
        "terraform/gcp/infrastructure/warehouse.tf.j2",
    ),
    row(Component::Waf, "terraform/gcp/infrastructure/waf.tf.j2"),
    row(Component::Addons, "terraform/gcp/platform/addons.tf.j2"),
    row(Component::Addons, "terraform/gcp/platform/backend.tf"),
    row(
        Component::CloudnativePg,
        "terraform/gcp/platform/charts/volumes/Chart.yaml",
    ),
    row(
        Component::Vitess,
        "terraform/gcp/platform/charts/volumes/Chart.yaml",
    ),
    row(
        Component::CloudnativePg,
        "terraform/gcp/platform/charts/volumes/templates/volumes.tpl",
    ),
    only(
        Component::Addons,
        "terraform/gcp/platform/charts/watcher/Chart.yaml",
        is_watched,
    ),
    only(
        Component::Addons,
        "terraform/gcp/platform/charts/watcher/templates/watcher.tpl.jx",
        is_watched,
    ),
    row(
        Component::Vitess,
        "terraform/gcp/platform/charts/volumes/templates/volumes.tpl",
    ),
    row(
        Component::CloudnativePg,
        "terraform/gcp/platform/databases.tf.j2",
    ),
    only(
        Component::Datadog,
        "terraform/gcp/platform/datadog.tf.j2",
        has_cluster,
    ),
    row(Component::Vitess, "terraform/gcp/platform/databases.tf.j2"),
    row(
        Component::Vitess,
        "terraform/gcp/platform/charts/vitess/Chart.yaml",
    ),
    row(
        Component::Vitess,
        "terraform/gcp/platform/charts/vitess/templates/crds.tpl",
    ),
    row(
        Component::Addons,
        "terraform/gcp/platform/envs/{env}.tfbackend.j2",
    ),
    row(
        Component::Addons,
        "terraform/gcp/platform/envs/{env}.tfvars.j2",
    ),
    row(Component::Addons, "terraform/gcp/platform/providers.tf.j2"),
    row(
        Component::Addons,
        "terraform/gcp/platform/tests/addons.tftest.hcl.j2",
    ),
    row(Component::Addons, "terraform/gcp/platform/variables.tf.j2"),
    row(Component::Addons, "terraform/gcp/platform/versions.tf.j2"),
];
