//! Which template belongs to which component, and when it is emitted: one table.
//!
//! A template mirrors its output: `terraform/gcp/infrastructure/cache.tf.j2` gives `terraform/gcp/infrastructure/cache.tf`.
//! `{env}`, `{service}` and `{keyspace}` in a path give one file for each; `{project}` is the project's name.

use super::{
    Artifact, Ownership, Project, aws, database, gcp, global,
    output::{is_script, is_sized, output},
    sharding,
    when::{
        WHOLE, When, always, cloudflare, cloudfront, exchanges_tokens, github, gitlab, has_account,
        has_agents, has_chat, has_fleet, has_jobs, has_pod_workers, has_prometheus,
        has_prometheus_on_gcp, has_releases, has_video, jenkins, moves_chat, no_cluster, on_aws,
        on_gcp, one_mysql_each, one_node_each, one_postgresql_each, owns_zone, pooled,
        pooled_by_pgbouncer, pooled_by_pgdog, releases_beside_pods, runs_grafana,
        runs_grafana_on_aws, sharded, vercel, workers,
    },
};
use crate::component::Component;

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

/// Every template that is output, below `templates/`.
const TABLE: &[Row] = &[
    only(
        Component::Pipeline,
        ".github/workflows/{project}.yaml.jx",
        github,
    ),
    only(Component::Pipeline, ".gitlab-ci.yml.j2", gitlab),
    only(Component::Pipeline, "Jenkinsfile.j2", jenkins),
    only(Component::Cdn, "cdn/key.js", cloudfront),
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
    only(Component::DocumentDb, "database/mongodb/chat.js", has_chat),
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
    only(
        Component::Grafana,
        "observability/grafana/provisioning/dashboards/dashboards.yaml.j2",
        runs_grafana,
    ),
    only(
        Component::Grafana,
        "observability/grafana/provisioning/datasources/prometheus.yaml.j2",
        runs_grafana,
    ),
    only(
        Component::Grafana,
        "observability/grafana/provisioning/datasources/cloudwatch.yaml",
        runs_grafana_on_aws,
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
        .chain(database::TABLE)
        .chain(database::CITUS_TABLE)
        .chain(database::VITESS_TABLE)
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
    fn every_template_has_a_row() {
        // One that several components have is there for the one that a project has.
        let mut pairs: Vec<(&str, &str)> = [
            TABLE,
            sharding::TABLE,
            database::TABLE,
            database::CITUS_TABLE,
            database::VITESS_TABLE,
            aws::TABLE,
            gcp::TABLE,
            global::TABLE,
        ]
        .into_iter()
        .flatten()
        .map(|row| (row.template, row.component.name()))
        .collect();
        pairs.sort_unstable();
        let n_pairs = pairs.len();
        pairs.dedup();
        assert_eq!(pairs.len(), n_pairs, "a row is in the table twice");
        let rows: Vec<&str> = pairs.into_iter().map(|(template, _)| template).collect();
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
