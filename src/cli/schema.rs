//! `loadpath schema`: what editors complete and check blueprints with.

use anyhow::Result;
use clap::Args;

use super::{Exit, Output};
use crate::blueprint;

/// Print the JSON Schema of blueprints
///
/// Example, for the first line of a blueprint:
///   loadpath schema > .loadpath/blueprint.schema.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct SchemaArgs {}

pub(super) fn run(_: &SchemaArgs, output: &Output) -> Result<Exit> {
    output.json(&blueprint::schema())?;
    Ok(Exit::Success)
}
