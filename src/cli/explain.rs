//! `loadpath explain`: why a number is what it is.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value as Json, json};

use super::{BlueprintArgs, Exit, Global, Output, project, size};
use crate::{
    catalog,
    ledger::Ledger,
    pipeline::{self, AllCommitted},
    report::explain,
};

/// Show the derivation of a quantity as a tree
///
/// Quantities are named `<component>.<item>.<quantity>`; `loadpath size --all` lists them.
///
/// Examples:
///   loadpath explain api.replicas.max
///   loadpath explain database.content.shards --env staging
///   loadpath explain --all
///   loadpath explain --file terraform/gcp/infrastructure/envs/prod.tfvars:41
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct ExplainArgs {
    /// Name of the quantity
    #[arg(required_unless_present_any = ["all", "file"], conflicts_with_all = ["all", "file"])]
    quantity: Option<String>,
    #[command(flatten)]
    blueprint: BlueprintArgs,
    /// Environment; the one that serves users by default
    #[arg(long, env = "LOADPATH_ENV")]
    env: Option<String>,
    /// Explain every quantity
    #[arg(long, env = "LOADPATH_EXPLAIN_ALL")]
    all: bool,
    /// Explain the quantities on a line of a generated file
    #[arg(long, value_name = "FILE:LINE", env = "LOADPATH_EXPLAIN_FILE")]
    file: Option<String>,
}

pub(super) fn run(args: &ExplainArgs, global: &Global, output: &Output) -> Result<Exit> {
    let loaded = project::load(&args.blueprint, global, output)?;
    let plans = loaded.plan_quietly(&AllCommitted::new())?;
    let plan = &plans[0];
    let (environment, sizing) = size::environment(&loaded.blueprint, plan, args.env.as_deref())?;
    let mut wanted: Vec<(String, String, &Ledger)> = Vec::new();
    if let Some(name) = &args.quantity {
        if sizing.ledger.get(name).is_none() {
            let nearest = catalog::nearest(name, sizing.ledger.names());
            let hint = if nearest.is_empty() {
                "loadpath size --all lists them".to_owned()
            } else {
                format!("did you mean {}", nearest.join(", "))
            };
            bail!("no quantity `{name}` in {environment}\nhint: {hint}");
        }
        wanted.push((environment.to_owned(), name.clone(), &sizing.ledger));
    } else if args.all {
        wanted.extend(
            sizing
                .ledger
                .names()
                .map(|name| (environment.to_owned(), name.to_owned(), &sizing.ledger)),
        );
    } else if let Some(place) = &args.file {
        wanted = on_line(place, &loaded, &plans, global)?;
    }
    print(&wanted, output)?;
    Ok(Exit::Success)
}

fn print(wanted: &[(String, String, &Ledger)], output: &Output) -> Result<()> {
    if output.is_json() {
        let one = |(environment, name, ledger): &(String, String, &Ledger)| {
            explain::json(ledger, name)
                .map(|quantity| json!({ "environment": environment, "quantity": quantity }))
        };
        return output.json(&wanted.iter().filter_map(one).collect::<Vec<Json>>().into());
    }
    let trees: Vec<String> = wanted
        .iter()
        .filter_map(|(environment, name, ledger)| explain::tree(ledger, name, environment))
        .collect();
    output.result(&trees.join("\n"))
}

/// The quantities that a line of a generated file prints.
fn on_line<'a>(
    place: &str,
    loaded: &project::Loaded,
    plans: &'a [pipeline::Plan],
    global: &Global,
) -> Result<Vec<(String, String, &'a Ledger)>> {
    let parsed = place
        .rsplit_once(':')
        .and_then(|(file, line)| Some((file, line.parse::<usize>().ok()?)));
    let Some((file, line)) = parsed else {
        bail!(
            "`{place}` is not a file and a line\nhint: for example  terraform/gcp/infrastructure/envs/prod.tfvars:41"
        );
    };
    let file = file.trim_start_matches("./");
    let templates = project::templates(global)?;
    let tree = pipeline::render(&loaded.source(&templates, ""), plans)?;
    let Some(found) = tree.files.get(file) else {
        let hint = super::meant(file, tree.files.keys().map(String::as_str));
        bail!("`{file}` is not a generated file of this project{hint}");
    };
    // The file of a side shows that side's quantities; what stands before all shows the first one's.
    let is_of = |plan: &&pipeline::Plan| file.starts_with(&format!("{}/", plan.cloud.name()));
    let plan = plans.iter().find(is_of).unwrap_or(&plans[0]);
    // A comment stands above what it explains: a line without a number means the next one with one.
    let next = found
        .quantities
        .iter()
        .map(|quantity| quantity.line)
        .filter(|at| *at >= line)
        .min();
    let Some(next) = next.filter(|at| *at <= line + 1) else {
        bail!("line {line} of `{file}` prints no quantity");
    };
    let mut wanted = Vec::new();
    for quantity in found
        .quantities
        .iter()
        .filter(|quantity| quantity.line == next)
    {
        let idx = loaded
            .blueprint
            .environments
            .iter()
            .position(|one| one.name == quantity.environment);
        let known = wanted
            .iter()
            .any(|(_, name, _): &(String, String, &Ledger)| *name == quantity.name);
        if let (Some(idx), false) = (idx, known) {
            wanted.push((
                quantity.environment.clone(),
                quantity.name.clone(),
                &plan.sizings[idx].ledger,
            ));
        }
    }
    Ok(wanted)
}
