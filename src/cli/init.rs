//! `loadpath init`.

use anyhow::Result;
use clap::Args;

use super::{Exit, Output};

#[derive(Debug, Args)]
pub(super) struct InitArgs {}

pub(super) fn run(_: &InitArgs, _: &super::Global, _: &Output) -> Result<Exit> {
    Ok(Exit::Success)
}
