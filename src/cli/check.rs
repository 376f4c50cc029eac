//! `loadpath check`: is what is committed what the blueprint says?

use anyhow::Result;
use clap::Args;

use super::{BlueprintArgs, Exit, Global, Output, project};
use crate::pipeline::AllCommitted;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    blueprint: BlueprintArgs,
}

pub(super) fn run(args: &CheckArgs, global: &Global, output: &Output) -> Result<Exit> {
    let loaded = project::load(&args.blueprint, global, output)?;
    let _ = loaded.plan(&AllCommitted::new(), output)?;
    Ok(Exit::Success)
}
