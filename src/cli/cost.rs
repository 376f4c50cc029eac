//! `loadpath cost`: by component and environment.

use anyhow::Result;
use clap::Args;

use super::{BlueprintArgs, Exit, Global, Output, project};
use crate::{pipeline::AllCommitted, report};

/// Show the monthly cost by component and environment
///
/// Examples:
///   loadpath cost
///   loadpath cost --set region=europe-west1
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct CostArgs {
    #[command(flatten)]
    blueprint: BlueprintArgs,
}

pub(super) fn run(args: &CostArgs, global: &Global, output: &Output) -> Result<Exit> {
    let loaded = project::load(&args.blueprint, global, output)?;
    let plans = loaded.plan_quietly(&AllCommitted::new())?;
    let names: Vec<&str> = loaded
        .blueprint
        .environments
        .iter()
        .map(|environment| environment.name.as_str())
        .collect();
    if output.is_json() {
        output.json(&report::cost::json(&plans, &names))?;
    } else {
        output.result(&report::cost::text(
            &plans,
            &names,
            loaded.catalog.as_of(),
            output.width(),
        ))?;
    }
    Ok(Exit::Success)
}
