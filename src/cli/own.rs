//! `loadpath own`: what of the generated files is a person's.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use serde_json::json;

use super::{Exit, Global, Output, project};
use crate::{
    reconcile::{self, Entry, Project},
    report::finding::Hinted as _,
    syntax::Language,
};

/// Take a generated file, or a block of it, into your own hands
///
/// What is yours is never changed again; the rest of the file still gets every update. A block is named by its dotted
/// name: `resource.aws_s3_bucket.main`, `cache.memory_gib`, `spec.template`. A region between the comments
/// `loadpath:keep begin` and `loadpath:keep end` is yours as well. Without a path, lists what is owned.
///
/// Examples:
///   loadpath own scripts/plan
///   loadpath own terraform/gcp/infrastructure/envs/prod.tfvars#cache
///   loadpath own --release scripts/plan
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct OwnArgs {
    /// File in the project, with `#` and the name of a block where not all of it is meant
    #[arg(value_name = "PATH[#BLOCK]")]
    path: Option<String>,
    /// Give it back: the next generate treats it as an edit
    #[arg(long, requires = "path", env = "LOADPATH_RELEASE")]
    release: bool,
    /// Project folder; that of the blueprint found here or upwards by default
    #[arg(short, long, value_name = "DIR", env = "LOADPATH_OUTPUT")]
    output: Option<PathBuf>,
}

/// The folder given, or that of the nearest blueprint.
pub(super) fn folder(given: Option<&PathBuf>) -> Result<PathBuf> {
    if let Some(folder) = given {
        return Ok(folder.clone());
    }
    let blueprint = project::find(None)?;
    let parent = blueprint
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    Ok(parent.map_or_else(|| PathBuf::from("."), PathBuf::from))
}

pub(super) fn run(args: &OwnArgs, _: &Global, output: &Output) -> Result<Exit> {
    let folder = folder(args.output.as_ref())?;
    let Some(path) = &args.path else {
        return list(&Project::open(&folder)?, output);
    };
    let (path, block) = path
        .split_once('#')
        .map_or((path.as_str(), None), |(path, block)| (path, Some(block)));
    let project = Project::open_for_writing(&folder)?;
    if let Some(block) = block
        && !args.release
    {
        check_block(&folder.join(path), path, block)?;
    }
    let names = [block.unwrap_or(Entry::WHOLE).to_owned()];
    let (add, remove): (&[String], &[String]) = if args.release {
        (&[], &names)
    } else {
        (&names, &[])
    };
    let is_change = reconcile::own(&project, path, add, remove)?;
    let what = block.map_or_else(|| path.to_owned(), |block| format!("{path}#{block}"));
    output.note(&match (is_change, args.release) {
        (true, false) => format!("  {what} is yours"),
        (true, true) => format!("  {what} is generated again"),
        (false, false) => format!("  {what} was yours already"),
        (false, true) => format!("  {what} was not yours"),
    });
    Ok(Exit::Success)
}

fn check_block(file: &std::path::Path, path: &str, block: &str) -> Result<()> {
    let Some(language) = Language::of(path) else {
        let failure = Err(anyhow!("`{path}` has no blocks that loadpath knows"));
        return failure.hint(format!("take all of it: loadpath own {path}\n      or a region: between the comments `loadpath:keep begin` and `loadpath:keep end`"));
    };
    let text = fs::read_to_string(file).with_context(|| format!("cannot read `{path}`"))?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if language.find(&lines, block).is_none() {
        bail!(
            "`{path}` has no block `{block}`\nhint: a name with dots, such as resource.aws_s3_bucket.main or spec.replicas"
        );
    }
    Ok(())
}

fn list(project: &Project, output: &Output) -> Result<Exit> {
    let files = project.lock().into_iter().flat_map(|lock| &lock.files);
    let name = |path: &str, own: &str| {
        if own == Entry::WHOLE {
            path.to_owned()
        } else {
            format!("{path}#{own}")
        }
    };
    let owned: Vec<String> = files
        .flat_map(|(path, entry)| entry.own.iter().map(move |own| name(path, own)))
        .collect();
    if output.is_json() {
        output.json(&json!(owned))?;
    } else {
        output.result(
            &owned
                .iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>(),
        )?;
    }
    Ok(Exit::Success)
}
