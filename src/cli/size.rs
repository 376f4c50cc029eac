//! `loadpath size`: every tier and quantity, with what bounds it and what was assumed.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::Value as Json;

use super::{BlueprintArgs, Exit, Global, Output, project};
use crate::{
    blueprint::Blueprint,
    catalog,
    pipeline::{AllCommitted, Plan},
    report,
    sizing::Sizing,
};

/// Size every tier of an environment and say why
///
/// Examples:
///   loadpath size
///   loadpath size --env dev --all
///   loadpath size --set users.monthly_active=3M --horizon '24 months'
///   loadpath size --set users.monthly_active=3M --write
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct SizeArgs {
    #[command(flatten)]
    blueprint: BlueprintArgs,
    /// Environment; the one that serves users by default
    #[arg(long, env = "LOADPATH_ENV")]
    env: Option<String>,
    /// Size for this far ahead instead of `users.horizon`
    #[arg(long, value_name = "MONTHS", env = "LOADPATH_HORIZON")]
    horizon: Option<String>,
    /// List every quantity
    #[arg(long, env = "LOADPATH_SIZE_ALL")]
    all: bool,
    /// Write the values of --set into the blueprint; comments and order stay
    #[arg(
        long,
        requires = "sets",
        conflicts_with = "horizon",
        env = "LOADPATH_WRITE"
    )]
    write: bool,
}

pub(super) fn run(args: &SizeArgs, global: &Global, output: &Output) -> Result<Exit> {
    let mut blueprint = args.blueprint.clone();
    blueprint.sets.extend(
        args.horizon
            .iter()
            .map(|horizon| format!("users.horizon={horizon}")),
    );
    let (loaded, edit) = project::load_writing(&blueprint, args.write, global, output)?;
    let plans = loaded.plan(&AllCommitted::new(), output)?;
    let mut text = String::new();
    let mut json = Vec::new();
    for plan in &plans {
        let (environment, sizing) = environment(&loaded.blueprint, plan, args.env.as_deref())?;
        text.push_str(&report::size::text(
            sizing,
            environment,
            plan.cloud.name(),
            args.all,
            output.width(),
        ));
        json.push(report::size::json(sizing, environment, plan.cloud.name()));
    }
    if output.is_json() {
        output.json(&Json::from(json))?;
    } else {
        output.result(&text)?;
    }
    if let Some(edit) = edit.filter(project::Edit::is_change) {
        edit.write()?;
    }
    Ok(Exit::Success)
}

/// The sizing of the named environment, or of the primary one.
pub(super) fn environment<'a>(
    blueprint: &'a Blueprint,
    plan: &'a Plan,
    name: Option<&str>,
) -> Result<(&'a str, &'a Sizing)> {
    let idx = match name {
        None => blueprint.environments.len() - 1,
        Some(name) => match blueprint
            .environments
            .iter()
            .position(|environment| environment.name == name)
        {
            Some(idx) => idx,
            None => {
                let known: Vec<&str> = blueprint
                    .environments
                    .iter()
                    .map(|environment| environment.name.as_str())
                    .collect();
                let nearest = catalog::nearest(name, known.iter().copied());
                let hint = nearest
                    .first()
                    .map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`"));
                bail!(
                    "no environment `{name}`; there are {}{hint}",
                    known.join(", ")
                );
            }
        },
    };
    Ok((&blueprint.environments[idx].name, &plan.sizings[idx]))
}
