//! The stages in order: from a loaded blueprint to the tree of one cloud.
//!
//! Comes in: a [`Blueprint`], a [`Catalog`] and what the lock committed. Goes out: a [`Plan`] per cloud (the sizings, which
//! reports read) and, on demand, its [`Tree`]. Nothing here touches the disk.

mod tolerance;

use std::{borrow::Cow, collections::BTreeMap};

use anyhow::Result;

use crate::{
    blueprint::{Blueprint, Cloud, Problem},
    catalog::Catalog,
    compose::{self, architecture::Architecture},
    render::{self, Tree, templates::Templates},
    sides::{self, Side},
    sizing::{self, Committed, Sizing},
};

pub use self::tolerance::is_tolerant;

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
    /// What this cloud carries of a project on several; none where it carries all.
    pub side: Option<Side>,
    /// All sides of such a project.
    pub sides: Vec<Side>,
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
/// What only catalog and architecture can tell is wrong: an unknown region, a choice the architecture does not have, a pin of nothing or
/// of a machine that there is not. All at once, each with its path into the blueprint.
pub fn plan(
    blueprint: &Blueprint,
    architecture: &Architecture,
    catalog: &Catalog,
    committed: &AllCommitted,
) -> Result<Vec<Plan>, Vec<Problem>> {
    let mut plans = Vec::new();
    let balances = |cloud: &Cloud| {
        let legal = architecture.legal("cdn", *cloud);
        legal.iter().any(|choice| choice == "cloudflare")
    };
    let has_cloudflare = blueprint.clouds.iter().all(balances);
    let mut problems = sides::problems(blueprint, &architecture.components, has_cloudflare);
    if !problems.is_empty() {
        return Err(problems);
    }
    let sides = sides::divide(blueprint, catalog);
    for (idx, &cloud) in blueprint.clouds.iter().enumerate() {
        let side = sides.get(idx).cloned();
        let own = own_blueprint(blueprint, side.as_ref(), catalog);
        match plan_cloud(&own, architecture, catalog, committed, (cloud, &sides)) {
            Ok(plan) => plans.push(Plan {
                side,
                sides: sides.clone(),
                ..plan
            }),
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

/// What a cloud of the project is asked for: everything, or a side's part.
fn own_blueprint<'a>(
    blueprint: &'a Blueprint,
    side: Option<&Side>,
    catalog: &Catalog,
) -> Cow<'a, Blueprint> {
    side.map_or(Cow::Borrowed(blueprint), |side| {
        Cow::Owned(sides::blueprint(blueprint, side, catalog.constants()))
    })
}

fn plan_cloud(
    blueprint: &Blueprint,
    architecture: &Architecture,
    catalog: &Catalog,
    committed: &AllCommitted,
    (cloud, sides): (Cloud, &[Side]),
) -> Result<Plan, Vec<Problem>> {
    let facts = catalog.cloud(cloud);
    let mut problems = Vec::new();
    let mut requests = Vec::new();
    for environment in &blueprint.environments {
        let region = sides::region(&environment.spec, cloud, facts);
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
            share: environment.share,
            sides,
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
        sizings.push(tolerance::size(&request));
    }
    let mut mistakes = sizing::unknown_pins(&sizings);
    mistakes.extend(sizings.iter().flat_map(|sizing| sizing.mistakes.clone()));
    for mistake in mistakes {
        // One place in the blueprint, whatever it comes to in each environment.
        if !problems
            .iter()
            .any(|known: &Problem| known.path == mistake.path)
        {
            problems.push(Problem::at(mistake.path, mistake.text));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (_, region, choice) = requests
        .pop()
        .expect("a blueprint has at least one environment");
    Ok(Plan {
        cloud,
        region,
        choice,
        sizings,
        side: None,
        sides: Vec::new(),
    })
}

/// Everything that rendering needs beside the plans.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The blueprint.
    pub blueprint: &'a Blueprint,
    /// Its architecture.
    pub architecture: &'a Architecture,
    /// The catalog.
    pub catalog: &'a Catalog,
    /// The templates.
    pub templates: &'a Templates,
    /// The project's place below the root of its repository, empty for the root.
    pub folder: &'a str,
}

/// Renders all plans into one tree. On several clouds each side is a whole project in a folder of its cloud's name, and what
/// balances them stands beside.
///
/// # Errors
/// A template that refers to a value that is not there, or two outputs on one path.
pub fn render(source: &Source<'_>, plans: &[Plan]) -> Result<Tree> {
    let [plan] = plans else {
        return render_sides(source, plans);
    };
    render_cloud(source, source.blueprint, plan, source.folder)
}

fn render_sides(source: &Source<'_>, plans: &[Plan]) -> Result<Tree> {
    let mut tree = render_whole(source, plans)?;
    for plan in plans {
        let own = own_blueprint(source.blueprint, plan.side.as_ref(), source.catalog);
        let name = plan.cloud.name();
        let folder = [source.folder, name]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("/");
        let side = render_cloud(source, &own, plan, &folder)?;
        tree = render::join(tree, render::below(side, name))?;
    }
    Ok(tree)
}

/// What stands before the sides.
fn render_whole(source: &Source<'_>, plans: &[Plan]) -> Result<Tree> {
    let first = &plans[0];
    let request = compose::Request {
        side: None,
        ..request(source, source.blueprint, first, source.folder)
    };
    render::render(&compose::build_whole(&request), source.templates)
}

fn render_cloud(
    source: &Source<'_>,
    blueprint: &Blueprint,
    plan: &Plan,
    folder: &str,
) -> Result<Tree> {
    let composition = compose::build(&request(source, blueprint, plan, folder));
    render::render(&composition, source.templates)
}

/// What composing one cloud needs.
pub fn request<'a>(
    source: &Source<'a>,
    blueprint: &'a Blueprint,
    plan: &'a Plan,
    folder: &'a str,
) -> compose::Request<'a> {
    compose::Request {
        blueprint,
        architecture: source.architecture,
        cloud: source.catalog.cloud(plan.cloud),
        id: plan.cloud,
        region: &plan.region,
        folder,
        choice: &plan.choice,
        side: plan.side.as_ref(),
        sides: &plan.sides,
        sizings: &plan.sizings,
    }
}
