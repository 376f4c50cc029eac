//! `loadpath verify`.

use anyhow::Result;
use clap::Args;

use super::{Exit, Output};

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {}

pub(super) fn run(_: &VerifyArgs, _: &Output) -> Result<Exit> {
    Ok(Exit::Success)
}
