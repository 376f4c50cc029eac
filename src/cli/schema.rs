//! `loadpath schema`: what editors complete and check blueprints with.

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::{Exit, Output};
use crate::{blueprint, report::format};

/// Print the JSON Schema of blueprints, or of what a command prints for machines
///
/// Examples, the first for the first line of a blueprint:
///   loadpath schema > .loadpath/blueprint.schema.json
///   loadpath schema check
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct SchemaArgs {
    /// What the schema is of
    #[arg(value_enum, default_value_t = Of::Blueprint, env = "LOADPATH_SCHEMA_OF")]
    of: Of,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    /// Blueprints.
    Blueprint,
    /// What `check --format json` prints.
    Check,
}

pub(super) fn run(args: &SchemaArgs, output: &Output) -> Result<Exit> {
    output.json(&match args.of {
        Of::Blueprint => blueprint::schema(),
        Of::Check => format::schema(),
    })?;
    Ok(Exit::Success)
}
