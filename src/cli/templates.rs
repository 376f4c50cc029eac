//! `loadpath templates`: take a template to own it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Exit, Global, Output, project};
use crate::render::templates;

/// Export the built-in templates, or compare an overlay with them
///
/// A template that is changed in a folder is given back with --templates DIR, and lies over the built-in one.
///
/// Examples:
///   loadpath templates export mine/ --only kubernetes/base
///   loadpath templates diff --templates mine/
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct TemplatesArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write built-in templates to a folder, to be changed and given back with --templates
    Export {
        /// Folder; files that exist are left alone
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Only templates whose path begins with this
        #[arg(long, value_name = "PREFIX", env = "LOADPATH_ONLY_TEMPLATES")]
        only: Option<String>,
    },
    /// Show how the overlay of --templates differs from the built-in templates
    Diff,
}

pub(super) fn run(args: &TemplatesArgs, global: &Global, output: &Output) -> Result<Exit> {
    match &args.action {
        Action::Export { folder, only } => export(folder, only.as_deref(), output),
        Action::Diff => diff(global, output),
    }
}

fn export(folder: &Path, only: Option<&str>, output: &Output) -> Result<Exit> {
    let (mut written, mut left) = (0, 0);
    for (name, text) in templates::all() {
        if only.is_some_and(|prefix| !name.starts_with(prefix)) {
            continue;
        }
        let path = folder.join(name);
        if path.exists() {
            left += 1;
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("cannot create `{}`", parent.display()))?;
        }
        std::fs::write(&path, text)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        written += 1;
    }
    if written + left == 0 {
        bail!("no template begins with `{}`", only.unwrap_or_default());
    }
    if output.is_json() {
        output.json(
            &json!({ "folder": folder.display().to_string(), "written": written, "left": left }),
        )?;
    } else {
        output.note(&format!(
            "  {written} written to {}, {left} were there already",
            folder.display()
        ));
    }
    Ok(Exit::Success)
}

fn diff(global: &Global, output: &Output) -> Result<Exit> {
    if global.templates.is_none() {
        bail!("no overlay to compare\nhint: name its folder with --templates DIR");
    }
    let overlaid = project::templates(global)?;
    let (mut text, mut json) = (String::new(), Vec::new());
    for (name, mine) in overlaid.overlay() {
        let theirs = templates::built_in(name);
        let state = match theirs {
            Some(theirs) if theirs == mine => "same",
            Some(_) => "changed",
            None => "new",
        };
        json.push(json!({ "template": name, "state": state }));
        text.push_str(&format!("{state:<8} {name}\n"));
        if let Some(theirs) = theirs.filter(|theirs| *theirs != mine) {
            let diff = similar::TextDiff::from_lines(theirs, mine);
            let mut diff = diff.unified_diff();
            let diff = diff.context_radius(2).header("built-in", "yours");
            text.push_str(&diff.to_string());
        }
    }
    if output.is_json() {
        output.json(&json.into())?;
    } else {
        output.result(&text)?;
    }
    Ok(Exit::Success)
}
