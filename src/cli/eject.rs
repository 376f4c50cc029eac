//! `loadpath eject`: the generated project without its generator.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;

use super::{Exit, Global, Output, own};
use crate::reconcile::Project;

/// Comments that only the tool can follow.
const TRACES: &[&str] = &[" Reasons: loadpath explain <quantity>"];

/// Remove every trace of loadpath; the project stands alone from then on
///
/// Removes .loadpath/ with all that later runs would merge with, and the comments that point to the tool. The
/// blueprint and all other files stay. Whatever still names loadpath afterwards is listed, with its line.
///
/// Examples:
///   loadpath eject --dry-run
///   loadpath eject
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct EjectArgs {
    /// Project folder; that of the blueprint found here or upwards by default
    #[arg(short, long, value_name = "DIR", env = "LOADPATH_OUTPUT")]
    output: Option<PathBuf>,
    /// Say what would happen, and change nothing
    #[arg(long, env = "LOADPATH_DRY_RUN")]
    dry_run: bool,
}

pub(super) fn run(args: &EjectArgs, _: &Global, output: &Output) -> Result<Exit> {
    let folder = own::folder(args.output.as_ref())?;
    let project = if args.dry_run {
        Project::open(&folder)?
    } else {
        Project::open_for_writing(&folder)?
    };
    let Some(lock) = project.lock() else {
        bail!(
            "`{}` was never generated\nhint: there is nothing to remove",
            folder.display()
        );
    };
    let (mut cleaned, mut mentions) = (Vec::new(), Vec::new());
    for path in lock.files.keys() {
        let file = folder.join(path);
        // What is no text, or is gone, has no trace in it.
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        let clean = without_traces(&text);
        mentions.extend(named(path, &clean));
        if clean != text {
            if !args.dry_run {
                replace(&file, &clean)?;
            }
            cleaned.push(path.clone());
        }
    }
    mentions.retain(|mention| {
        !mention.starts_with(".loadpath/") && !mention.starts_with(".gitattributes")
    });
    if !args.dry_run {
        remove(&folder)?;
    }
    if output.is_json() {
        output
            .json(&json!({ "cleaned": cleaned, "mentions": mentions, "dry_run": args.dry_run }))?;
        return Ok(Exit::Success);
    }
    let would = if args.dry_run { "would be " } else { "" };
    output.note(&format!(
        "  .loadpath/ {would}removed, comments {would}removed from {} files",
        cleaned.len()
    ));
    if !mentions.is_empty() {
        output.note(&format!("  {} lines still name loadpath:", mentions.len()));
        output.result(
            &mentions
                .iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>(),
        )?;
    }
    Ok(Exit::Success)
}

fn without_traces(text: &str) -> String {
    TRACES
        .iter()
        .fold(text.to_owned(), |text, trace| text.replace(trace, ""))
}

/// Lines of a text that name the tool, as `path:line: text`.
fn named(path: &str, text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains("loadpath"));
    lines
        .map(|(at, line)| format!("{path}:{}: {}", at + 1, line.trim()))
        .collect()
}

/// Writes beside the file, then renames; permissions stay.
fn replace(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension("ejected");
    let permissions = fs::metadata(path).map(|metadata| metadata.permissions());
    let written = permissions
        .and_then(|permissions| {
            fs::write(&beside, text).and_then(|()| fs::set_permissions(&beside, permissions))
        })
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.with_context(|| format!("cannot write `{}`", path.display()))
}

/// Removes the folder last, so that a run cut short can be repeated.
fn remove(folder: &Path) -> Result<()> {
    let attributes = folder.join(".gitattributes");
    if fs::read_to_string(&attributes)
        .is_ok_and(|text| text.starts_with("# What loadpath remembers"))
    {
        fs::remove_file(&attributes).context("cannot remove `.gitattributes`")?;
    }
    fs::remove_dir_all(folder.join(".loadpath")).context("cannot remove `.loadpath`")
}
