//! The stages in order: from a loaded blueprint to the tree of one cloud.
//!
//! Comes in: a [`Blueprint`], a [`Catalog`] and what the lock committed. Goes out: a [`Plan`] per cloud (the sizings, which
//! reports read) and, on demand, its [`Tree`]. Nothing here touches the disk.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::{
    blueprint::{Blueprint, Cloud, Problem},
    catalog::Catalog,
    compose::{self, architecture::Architecture},
    cost,
    render::{self, Tree, templates::Templates},
    sizing::{self, Committed, Sizing},
};

/// What a blueprint comes to on one cloud.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The cloud.
    pub cloud: Cloud,
    /// Its main region.
    pub region: String,
    /// Choices of `platform:` with defaults.
    pub choice: BTreeMap<String, String>,
    /// One sizing per environment, in the blueprint's order.
    pub sizings: Vec<Sizing>,
}

/// Committed quantities of each environment by `<cloud>/<environment>`.
pub type AllCommitted = BTreeMap<String, Committed>;

/// Key of an environment in [`AllCommitted`] and in the lock.
pub fn committed_key(cloud: Cloud, environment: &str) -> String {
    format!("{}/{environment}", cloud.name())
}

/// Sizes every environment on every cloud of the blueprint.
///
/// # Errors
/// What only catalog and architecture can tell is wrong: an unknown region, a choice the architecture does not have. All
/// at once, each with its path into the blueprint.
pub fn plan(
    blueprint: &Blueprint,
    architecture: &Architecture,
    catalog: &Catalog,
    committed: &AllCommitted,
) -> Result<Vec<Plan>, Vec<Problem>> {
    let mut plans = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    for &cloud in &blueprint.clouds {
        match plan_cloud(blueprint, architecture, catalog, committed, cloud) {
            Ok(plan) => plans.push(plan),
            Err(wrong) => problems.extend(
                wrong
                    .into_iter()
                    .filter(|problem| !problems.contains(problem))
                    .collect::<Vec<_>>(),
            ),
        }
    }
    if problems.is_empty() {
        Ok(plans)
    } else {
        Err(problems)
    }
}

fn plan_cloud(
    blueprint: &Blueprint,
    architecture: &Architecture,
    catalog: &Catalog,
    committed: &AllCommitted,
    cloud: Cloud,
) -> Result<Plan, Vec<Problem>> {
    let facts = catalog.cloud(cloud);
    let mut problems = Vec::new();
    let mut requests = Vec::new();
    for environment in &blueprint.environments {
        let stated = environment
            .spec
            .regions
            .get(&cloud)
            .and_then(|regions| regions.first());
        let region = stated.map_or_else(|| facts.default_region().to_owned(), Clone::clone);
        if let Err(unknown) = facts.region(&region) {
            problems.push(Problem::at("region", unknown.to_string()));
        }
        match architecture.choose(&environment.spec, cloud) {
            Ok(choice) => requests.push((environment, region, choice)),
            Err(wrong) => problems.extend(
                wrong
                    .into_iter()
                    .map(|(path, text)| Problem::at(path, text)),
            ),
        }
    }
    problems.dedup();
    if !problems.is_empty() {
        return Err(problems);
    }
    let nothing = Committed::default();
    let mut sizings = Vec::new();
    for (index, (environment, region, choice)) in requests.iter().enumerate() {
        let request = sizing::Request {
            project: &blueprint.name,
            spec: &environment.spec,
            scale: environment.scale,
            index,
            cloud: facts,
            constants: catalog.constants(),
            region,
            choice,
            components: &architecture.components,
            committed: committed
                .get(&committed_key(cloud, &environment.name))
                .unwrap_or(&nothing),
        };
        let mut sizing = sizing::size(&request);
        cost::price(&mut sizing, &request);
        sizings.push(sizing);
    }
    let (_, region, choice) = requests
        .pop()
        .expect("a blueprint has at least one environment");
    Ok(Plan {
        cloud,
        region,
        choice,
        sizings,
    })
}

/// Renders one plan. `folder` is the project's place below the root of its repository, empty for the root.
///
/// # Errors
/// A template that refers to a value that is not there, or two outputs on one path.
pub fn render(
    blueprint: &Blueprint,
    architecture: &Architecture,
    catalog: &Catalog,
    plan: &Plan,
    folder: &str,
    templates: &Templates,
) -> Result<Tree> {
    let composition = compose::build(&compose::Request {
        blueprint,
        architecture,
        cloud: catalog.cloud(plan.cloud),
        id: plan.cloud,
        region: &plan.region,
        folder,
        choice: &plan.choice,
        sizings: &plan.sizings,
    });
    render::render(&composition, templates)
}
