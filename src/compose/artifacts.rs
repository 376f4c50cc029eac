//! Which template belongs to which component, and when it is emitted: one table.
//!
//! A template mirrors its output: `terraform/gcp/infrastructure/cache.tf.j2` gives `terraform/gcp/infrastructure/cache.tf`.
//! `{env}`, `{service}` and `{keyspace}` in a path give one file for each; `{project}` is the project's name.

use super::{Artifact, Ownership, Project};
use crate::component::Component;

/// When a template of a component that the project has is emitted.
type When = fn(&Project, &str) -> bool;

/// A row of the table: templates below `prefix` belong to `component`.
struct Row {
    component: Component,
    template: &'static str,
    when: When,
}

const fn row(component: Component, template: &'static str) -> Row {
    Row { component, template, when: always }
}

const fn only(component: Component, template: &'static str, when: When) -> Row {
    Row { component, template, when }
}

fn always(_: &Project, _: &str) -> bool {
    true
}

/// Every template that is output, below `templates/`.
const TABLE: &[Row] = &[row(Component::Project, "x"), only(Component::Project, "y", always)];

/// The artifacts of a project on one cloud, in the order of their paths.
pub(super) fn list(project: &Project, cloud: &str) -> Vec<Artifact> {
    let mut artifacts: Vec<Artifact> = TABLE
        .iter()
        .filter(|row| project.components.contains(&row.component) && (row.when)(project, cloud))
        .flat_map(|row| expand(project, row))
        .collect();
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}

/// One artifact for each environment, service or keyspace that the template's path asks for.
fn expand(project: &Project, row: &Row) -> Vec<Artifact> {
    let primary = project.environments.len() - 1;
    let mut artifacts = vec![Artifact {
        path: output(row.template).replace("{project}", &project.name),
        template: row.template.to_owned(),
        component: row.component,
        environment: primary,
        sized: is_sized(row.template),
        service: None,
        keyspace: None,
        ownership: if row.template.contains("/local/") { Ownership::Once } else { Ownership::Managed },
        executable: false,
    }];
    artifacts = each(artifacts, "{env}", &project.environments, |artifact, idx| artifact.environment = idx);
    let services: Vec<String> = project.services.iter().map(|service| service.name.clone()).collect();
    artifacts = each(artifacts, "{service}", &services, |artifact, idx| artifact.service = Some(idx));
    let keyspaces: Vec<String> = project.keyspaces.iter().map(|keyspace| keyspace.name.clone()).collect();
    each(artifacts, "{keyspace}", &keyspaces, |artifact, idx| artifact.keyspace = Some(idx))
}

fn each(artifacts: Vec<Artifact>, placeholder: &str, names: &[String], set: fn(&mut Artifact, usize)) -> Vec<Artifact> {
    artifacts
        .into_iter()
        .flat_map(|artifact| {
            if !artifact.path.contains(placeholder) {
                return vec![artifact];
            }
            let one = |(idx, name): (usize, &String)| {
                let mut artifact = Artifact { path: artifact.path.replace(placeholder, name), ..artifact.clone() };
                set(&mut artifact, idx);
                artifact
            };
            names.iter().enumerate().map(one).collect()
        })
        .collect()
}

/// Path of the output: without the suffix that marks a template.
fn output(template: &str) -> String {
    template.strip_suffix(".j2").or_else(|| template.strip_suffix(".jx")).unwrap_or(template).to_owned()
}

/// Whether a template sees the sizes of an environment. Structure does not: a change of load must not touch it.
fn is_sized(template: &str) -> bool {
    let sized = ["docs/", "loadtest/", "observability/", "sharding/shard-map.json", "sharding/migration/targets", "sharding/router/", "sharding/clients/vectors.json"];
    template.contains("{env}") || sized.iter().any(|prefix| template.starts_with(prefix))
}
