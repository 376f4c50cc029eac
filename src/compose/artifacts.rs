//! Which template belongs to which component, and when it is emitted: one table.
//!
//! A template mirrors its output: `terraform/gcp/infrastructure/cache.tf.j2` gives `terraform/gcp/infrastructure/cache.tf`.
//! `{env}`, `{service}` and `{keyspace}` in a path give one file for each; `{project}` is the project's name.

use super::{
    Artifact, Ownership, Project, aws, gcp, global,
    output::{is_script, is_sized, output},
    sharding,
};
use crate::component::Component;

/// When a template of a component that the project has is emitted.
pub(super) type When = fn(&Project, &str) -> bool;

/// Stands for a cloud where something belongs to all of them.
const WHOLE: &str = "global";

/// A row of a table: the template belongs to the component.
pub(super) struct Row {
    component: Component,
    template: &'static str,
    when: When,
}

pub(super) const fn row(component: Component, template: &'static str) -> Row {
    Row {
        component,
        template,
        when: always,
    }
}

pub(super) const fn only(component: Component, template: &'static str, when: When) -> Row {
    Row {
        component,
        template,
        when,
    }
}

fn always(_: &Project, _: &str) -> bool {
    true
}

/// Every template that is output, below `templates/`.
const TABLE: &[Row] = &[
    only(
        Component::Pipeline,
        ".github/workflows/{project}.yaml.jx",
        github,
    ),
    only(Component::Pipeline, ".gitlab-ci.yml.j2", gitlab),
    only(Component::Pipeline, "Jenkinsfile.j2", jenkins),
    only(Component::Cdn, "cdn/purge.j2", owns_zone),
    only(Component::Cdn, "cdn/rules.json.j2", cloudflare),
    only(Component::Cdn, "cdn/worker.js", cloudflare),
    only(Component::EdgeCompute, "edge/edge.test.js", workers),
    row(Component::EdgeCache, "edge/hits.js.j2"),
    row(Component::EdgeCompute, "edge/key.js"),
    only(Component::EdgeCompute, "edge/layers.js", workers),
    only(Component::EdgeCompute, "edge/middleware.js", vercel),
    only(Component::EdgeCompute, "edge/middleware.test.js", vercel),
    row(Component::EdgeCompute, "edge/origin.js"),
    row(Component::EdgeCompute, "edge/package.json.j2"),
    row(Component::EdgeCompute, "edge/secrets.j2"),
    row(Component::EdgeCompute, "edge/verify.js"),
    only(Component::EdgeCompute, "edge/vercel.json", vercel),
    only(Component::EdgeCompute, "edge/worker.js", workers),
    only(
        Component::Workloads,
        "kubernetes/base/gateway.yaml.j2",
        on_gcp,
    ),
    row(Component::Gateway, "kubernetes/base/entry.yaml.j2"),
    row(Component::Strimzi, "kubernetes/base/kafka.yaml.j2"),
    row(
        Component::Workloads,
        "kubernetes/base/kustomization.yaml.j2",
    ),
    row(Component::Workloads, "kubernetes/base/namespace.yaml.j2"),
    row(
        Component::Workloads,
        "kubernetes/base/network-policies.yaml.j2",
    ),
    only(
        Component::Workloads,
        "kubernetes/base/scaling.yaml.j2",
        has_pod_workers,
    ),
    row(Component::Workloads, "kubernetes/base/secrets.yaml.j2"),
    row(
        Component::Workloads,
        "kubernetes/base/services/{service}.yaml.j2",
    ),
    only(
        Component::Workloads,
        "kubernetes/base/target-group-bindings.yaml.j2",
        on_aws,
    ),
    only(
        Component::Workloads,
        "kubernetes/components/pooler/kustomization.yaml.j2",
        pooled,
    ),
    only(
        Component::Workloads,
        "kubernetes/components/pooler/pooler.yaml.j2",
        pooled,
    ),
    row(
        Component::Workloads,
        "kubernetes/overlays/{env}/cluster-values.env.j2",
    ),
    row(
        Component::Workloads,
        "kubernetes/overlays/{env}/kustomization.yaml.j2",
    ),
    row(
        Component::Workloads,
        "kubernetes/overlays/{env}/local/kustomization.yaml",
    ),
    row(
        Component::Workloads,
        "kubernetes/overlays/{env}/network.yaml.j2",
    ),
    only(
        Component::Workloads,
        "kubernetes/overlays/{env}/pgbouncer.ini.j2",
        pooled_by_pgbouncer,
    ),
    only(
        Component::Workloads,
        "kubernetes/overlays/{env}/pgdog.toml.j2",
        pooled_by_pgdog,
    ),
    only(
        Component::Workloads,
        "kubernetes/overlays/{env}/users.toml.j2",
        pooled_by_pgdog,
    ),
    row(
        Component::Workloads,
        "kubernetes/overlays/{env}/replacements.yaml.j2",
    ),
    only(
        Component::Workloads,
        "kubernetes/overlays/{env}/databases.env.j2",
        one_node_each,
    ),
    only(
        Component::Workloads,
        "kubernetes/overlays/{env}/router.env.j2",
        sharded,
    ),
    only(
        Component::Slo,
        "kubernetes/overlays/{env}/rules.yaml.j2",
        has_prometheus_on_gcp,
    ),
    row(
        Component::Sharding,
        "kubernetes/overlays/{env}/shard-map.json.j2",
    ),
    row(
        Component::Workloads,
        "kubernetes/overlays/{env}/sizing.yaml.j2",
    ),
    only(
        Component::Shards,
        "database/mysql/{keyspace}.sql.j2",
        one_mysql_each,
    ),
    only(
        Component::Shards,
        "database/postgresql/{keyspace}.sql.j2",
        one_postgresql_each,
    ),
    row(Component::Loadtest, "loadtest/baseline.js.j2"),
    only(Component::Loadtest, "loadtest/jobs.js.j2", has_jobs),
    row(Component::Loadtest, "loadtest/lib.js.j2"),
    row(Component::Loadtest, "loadtest/requests.json.j2"),
    row(Component::Loadtest, "loadtest/soak.js.j2"),
    row(Component::Loadtest, "loadtest/spike.js.j2"),
    row(Component::Loadtest, "loadtest/stress.js.j2"),
    row(Component::Loadtest, "loadtest/testrun.yaml.j2"),
    only(
        Component::Loadtest,
        "loadtest/testrun-chat.yaml.j2",
        has_chat,
    ),
    only(
        Component::Loadtest,
        "loadtest/testrun-viewers.yaml.j2",
        has_video,
    ),
    only(Component::Loadtest, "loadtest/channels.json", has_video),
    only(Component::Loadtest, "loadtest/player.js", has_video),
    only(Component::Loadtest, "loadtest/chat.js.j2", has_chat),
    only(Component::Loadtest, "loadtest/viewers.js.j2", has_video),
    row(Component::Loadtest, "loadtest/users.json.j2"),
    row(Component::Docs, "docs/ARCHITECTURE.md.j2"),
    row(Component::Docs, "docs/CAPACITY.md.j2"),
    row(Component::Quotas, "docs/QUOTAS.md.j2"),
    row(Component::Docs, "docs/RUNBOOK.md.j2"),
    row(Component::Docs, "docs/START.md.j2"),
    only(Component::Migration, "migration/chat/move.j2", moves_chat),
    only(
        Component::Migration,
        "migration/mysql/01_check.sql",
        one_mysql_each,
    ),
    only(
        Component::Migration,
        "migration/mysql/05_rows.sql",
        one_mysql_each,
    ),
    only(
        Component::Migration,
        "migration/mysql/06_fence.sql",
        one_mysql_each,
    ),
    only(
        Component::Migration,
        "migration/mysql/06_open.sql",
        one_mysql_each,
    ),
    only(
        Component::Migration,
        "migration/mysql/migrate.j2",
        one_mysql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/01_check.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/02_publish.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/03_subscribe.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/04_copied.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/04_lag.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/05_rows.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/06_drained.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/06_fence.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/06_open.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/06_sequences.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/07_follows.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/07_unsubscribe.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/08_unpublish.sql",
        one_postgresql_each,
    ),
    only(
        Component::Migration,
        "migration/postgresql/migrate.j2",
        one_postgresql_each,
    ),
    row(Component::Grafana, "observability/grafana/capacity.json.jx"),
    row(
        Component::Grafana,
        "observability/grafana/provisioning/dashboards/dashboards.yaml.j2",
    ),
    row(
        Component::Grafana,
        "observability/grafana/provisioning/datasources/prometheus.yaml.j2",
    ),
    only(
        Component::Grafana,
        "observability/grafana/provisioning/datasources/cloudwatch.yaml",
        has_fleet_on_aws,
    ),
    only(
        Component::Grafana,
        "observability/grafana/live.json.jx",
        has_fleet,
    ),
    row(Component::Grafana, "observability/grafana/red.json.jx"),
    row(Component::Grafana, "observability/grafana/use.json.jx"),
    only(
        Component::Otel,
        "observability/otel/agent.yaml.j2",
        has_agents,
    ),
    row(Component::Otel, "observability/otel/gateway.yaml.j2"),
    only(
        Component::Otel,
        "observability/otel/machine.yaml.j2",
        has_fleet,
    ),
    only(
        Component::Slo,
        "observability/prometheus/rules.test.yaml.j2",
        has_prometheus,
    ),
    only(
        Component::Slo,
        "observability/prometheus/rules.yaml.j2",
        has_prometheus,
    ),
    row(Component::Qstash, "qstash/package.json"),
    row(Component::Qstash, "qstash/publish.js"),
    row(Component::Qstash, "qstash/qstash.test.js"),
    row(Component::Qstash, "qstash/receive.js"),
    row(Component::Qstash, "qstash/secrets.j2"),
    only(Component::Project, "scripts/account.j2", has_account),
    row(Component::Project, "scripts/apply.j2"),
    row(Component::Project, "scripts/check.j2"),
    row(Component::Workloads, "scripts/cluster-values.j2"),
    row(Component::Workloads, "scripts/connect.j2"),
    only(
        Component::Project,
        "scripts/credentials.j2",
        exchanges_tokens,
    ),
    only(Component::Project, "scripts/deploy.j2", has_releases),
    only(Component::Containers, "scripts/migrate.j2", no_cluster),
    row(Component::Loadtest, "scripts/load.j2"),
    only(
        Component::ShardManager,
        "scripts/manager-image.j2",
        sharding::has_manager,
    ),
    only(Component::Functions, "scripts/first-images.j2", on_aws),
    row(Component::Project, "scripts/plan.j2"),
    only(
        Component::Project,
        "scripts/release.j2",
        releases_beside_pods,
    ),
    only(Component::Project, "scripts/rollback.j2", has_releases),
    row(Component::Project, "scripts/smoke.j2"),
    only(Component::Warehouse, "warehouse/source.sql.j2", on_gcp),
    row(Component::Warehouse, "warehouse/views.j2"),
];

fn on_aws(_: &Project, cloud: &str) -> bool {
    cloud == "aws"
}

fn on_gcp(_: &Project, cloud: &str) -> bool {
    cloud == "gcp"
}

fn has(project: &Project, component: Component) -> bool {
    project.components.contains(&component)
}

fn has_fleet(project: &Project, _: &str) -> bool {
    has(project, Component::Fleet)
}

fn has_fleet_on_aws(project: &Project, cloud: &str) -> bool {
    has_fleet(project, cloud) && on_aws(project, cloud)
}

fn has_video(project: &Project, _: &str) -> bool {
    project.video
}

/// People write to one another over connections that stay open, and into a store.
fn has_chat(project: &Project, _: &str) -> bool {
    !project.sockets.is_empty() && has(project, Component::Nosql)
}

/// Messages of people leave a MySQL for the store of the cloud.
fn moves_chat(project: &Project, cloud: &str) -> bool {
    let to = project.choice.get("nosql").map(String::as_str);
    project.engine == "mysql" && has_chat(project, cloud) && to == Some("cloud")
}

fn has_pod_workers(project: &Project, _: &str) -> bool {
    project.pods.iter().any(|service| service.kind == "worker")
}

/// A cluster, and services that it does not run.
fn releases_beside_pods(project: &Project, _: &str) -> bool {
    let is_beside = |runs_on: &str| runs_on == "fleet" || runs_on == "functions";
    has(project, Component::Cluster)
        && project
            .services
            .iter()
            .any(|service| is_beside(&service.runs_on))
}

/// Scripts that talk to the cloud itself ask for the account first.
fn has_account(project: &Project, cloud: &str) -> bool {
    no_cluster(project, cloud) || releases_beside_pods(project, cloud)
}

fn no_cluster(project: &Project, _: &str) -> bool {
    !has(project, Component::Cluster)
}

/// Prometheus is where the cluster's collector writes to.
fn has_prometheus(project: &Project, _: &str) -> bool {
    has(project, Component::Cluster)
}

/// A collector near what sends: on each node, or beside each instance of Cloud Run.
fn has_agents(project: &Project, cloud: &str) -> bool {
    has(project, Component::Cluster) || on_gcp(project, cloud)
}

fn has_prometheus_on_gcp(project: &Project, cloud: &str) -> bool {
    has_prometheus(project, cloud) && on_gcp(project, cloud)
}

/// Whether a release is something that is rolled out over what runs.
fn has_releases(project: &Project, _: &str) -> bool {
    let served = [
        Component::Workloads,
        Component::Containers,
        Component::Functions,
    ];
    served.iter().any(|&component| has(project, component))
}

/// Whether services hand work to others that take it when they can.
fn has_jobs(project: &Project, _: &str) -> bool {
    !project.topics.is_empty()
}

fn chosen(project: &Project, key: &str, value: &str) -> bool {
    project
        .choice
        .get(key)
        .is_some_and(|choice| choice == value)
}

fn github(project: &Project, _: &str) -> bool {
    chosen(project, "pipeline", "github-actions")
}

fn gitlab(project: &Project, _: &str) -> bool {
    chosen(project, "pipeline", "gitlab")
}

fn jenkins(project: &Project, _: &str) -> bool {
    chosen(project, "pipeline", "jenkins")
}

/// Whether jobs of the pipeline become service accounts of Google by their own token, without a step that does it for them.
fn exchanges_tokens(project: &Project, cloud: &str) -> bool {
    let state = match project.sides.first() {
        Some(first) if cloud == WHOLE => &first.cloud,
        _ => cloud,
    };
    state == "gcp" && (gitlab(project, cloud) || jenkins(project, cloud))
}

fn cloudflare(project: &Project, cloud: &str) -> bool {
    chosen(project, "cdn", "cloudflare") && owns_zone(project, cloud)
}

/// A side of a project on several clouds leaves what stands before it to the whole.
fn owns_zone(project: &Project, cloud: &str) -> bool {
    project.sides.is_empty() || cloud == WHOLE
}

fn workers(project: &Project, _: &str) -> bool {
    chosen(project, "edge", "cloudflare-workers")
}

fn vercel(project: &Project, _: &str) -> bool {
    chosen(project, "edge", "vercel")
}

fn sharded(project: &Project, _: &str) -> bool {
    project.components.contains(&Component::Sharding)
}

/// A database for each keyspace, without a shard map before it.
fn one_node_each(project: &Project, cloud: &str) -> bool {
    project.components.contains(&Component::Shards) && !sharded(project, cloud)
}

fn one_postgresql_each(project: &Project, cloud: &str) -> bool {
    one_node_each(project, cloud) && project.engine == "postgresql"
}

fn one_mysql_each(project: &Project, cloud: &str) -> bool {
    one_node_each(project, cloud) && project.engine == "mysql"
}

fn pooled(project: &Project, _: &str) -> bool {
    project.pooler
}

fn pooled_by_pgbouncer(project: &Project, _: &str) -> bool {
    project.pooler && project.pooler_program == "pgbouncer"
}

fn pooled_by_pgdog(project: &Project, _: &str) -> bool {
    project.pooler && project.pooler_program == "pgdog"
}

/// The artifacts of a project on one cloud, in the order of their paths.
pub(super) fn list(project: &Project, cloud: &str) -> Vec<Artifact> {
    let own = if cloud == "aws" {
        aws::TABLE
    } else {
        gcp::TABLE
    };
    let mut artifacts: Vec<Artifact> = TABLE
        .iter()
        .chain(sharding::TABLE)
        .chain(own)
        .filter(|row| project.components.contains(&row.component) && (row.when)(project, cloud))
        .flat_map(|row| expand(project, row))
        .collect();
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}

/// What stands before the sides of a project on several clouds.
pub(super) fn whole(project: &Project) -> Vec<Artifact> {
    // Its state and its pipeline work as a side's do.
    let shared = [
        "cdn/",
        ".github/",
        ".gitlab",
        "Jenkinsfile",
        "scripts/apply",
        "scripts/credentials",
        "scripts/plan",
    ];
    let is_shared = |row: &&Row| shared.iter().any(|start| row.template.starts_with(start));
    let before_all = TABLE.iter().filter(is_shared);
    let mut artifacts: Vec<Artifact> = before_all
        .filter(|row| (row.when)(project, WHOLE))
        .chain(global::TABLE)
        .flat_map(|row| expand(project, row))
        .collect();
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}

/// Whether a service that runs pipelines looks for this file, and at the root of the repository alone.
fn is_pipeline(path: &str) -> bool {
    path.starts_with(".github/") || path.starts_with(".gitlab") || path == "Jenkinsfile"
}

/// One artifact for each environment, service or keyspace that the template's path asks for.
fn expand(project: &Project, row: &Row) -> Vec<Artifact> {
    let primary = project.environments.len() - 1;
    let mut artifacts = vec![Artifact {
        path: output(row.template).replace("{project}", &project.own_name),
        template: row.template.to_owned(),
        component: row.component,
        environment: primary,
        sized: is_sized(row.template),
        service: None,
        keyspace: None,
        ownership: if row.template.contains("/local/") {
            Ownership::Once
        } else {
            Ownership::Managed
        },
        executable: is_script(row.template),
    }];
    let is_part = project.own_name != project.name && !artifacts[0].path.starts_with(".github/");
    if is_pipeline(&artifacts[0].path) && !project.folder.is_empty() && !is_part {
        // Pipelines only work at the root of the repository; there a side's is included, or named as a script.
        let up = "../".repeat(project.folder.split('/').count());
        artifacts[0].path.insert_str(0, &up);
    }
    artifacts = each(
        artifacts,
        "{env}",
        &project.environments,
        |artifact, idx| artifact.environment = idx,
    );
    let services: Vec<String> = project
        .services
        .iter()
        .map(|service| service.name.clone())
        .collect();
    artifacts = each(artifacts, "{service}", &services, |artifact, idx| {
        artifact.service = Some(idx);
    });
    // A manifest is of what runs on the cluster.
    artifacts.retain(|artifact| {
        let is_pod = |idx: usize| project.services[idx].is_pod();
        artifact.service.is_none_or(is_pod) || !artifact.template.starts_with("kubernetes/")
    });
    let keyspaces: Vec<String> = project
        .keyspaces
        .iter()
        .map(|keyspace| keyspace.name.clone())
        .collect();
    each(artifacts, "{keyspace}", &keyspaces, |artifact, idx| {
        artifact.keyspace = Some(idx);
    })
}

fn each(
    artifacts: Vec<Artifact>,
    placeholder: &str,
    names: &[String],
    set: fn(&mut Artifact, usize),
) -> Vec<Artifact> {
    artifacts
        .into_iter()
        .flat_map(|artifact| {
            if !artifact.path.contains(placeholder) {
                return vec![artifact];
            }
            let one = |(idx, name): (usize, &String)| {
                let mut artifact = Artifact {
                    path: artifact.path.replace(placeholder, name),
                    ..artifact.clone()
                };
                set(&mut artifact, idx);
                artifact
            };
            names.iter().enumerate().map(one).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_has_one_row() {
        let mut rows: Vec<&str> = [
            TABLE,
            sharding::TABLE,
            aws::TABLE,
            gcp::TABLE,
            global::TABLE,
        ]
        .into_iter()
        .flatten()
        .map(|row| row.template)
        .collect();
        rows.sort_unstable();
        let n_rows = rows.len();
        rows.dedup();
        assert_eq!(rows.len(), n_rows, "a template is in the table twice");
        let outputs: Vec<&str> = crate::render::templates::all()
            .map(|(path, _)| path)
            .filter(|path| !path.split('/').any(|part| part.starts_with('_')))
            .collect();
        let missing: Vec<&&str> = outputs.iter().filter(|path| !rows.contains(path)).collect();
        assert!(
            missing.is_empty(),
            "templates that no row emits: {missing:?}"
        );
        let unknown: Vec<&&str> = rows.iter().filter(|path| !outputs.contains(path)).collect();
        assert!(unknown.is_empty(), "rows without a template: {unknown:?}");
    }
}
