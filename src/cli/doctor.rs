//! `loadpath doctor`.

use anyhow::Result;
use clap::Args;

use super::{Exit, Output};

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {}

pub(super) fn run(_: &DoctorArgs, _: &super::Global, _: &Output) -> Result<Exit> {
    Ok(Exit::Success)
}
