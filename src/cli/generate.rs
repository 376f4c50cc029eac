//! `loadpath generate`: render, reconcile, write.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use super::{BlueprintArgs, Exit, Global, Output, project};
use crate::pipeline::{self, AllCommitted};

#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    #[command(flatten)]
    blueprint: BlueprintArgs,
    /// Project folder; the blueprint's own by default
    #[arg(short, long, value_name = "DIR", env = "LOADPATH_OUTPUT")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &GenerateArgs, global: &Global, output: &Output) -> Result<Exit> {
    let loaded = project::load(&args.blueprint, global, output)?;
    let plans = loaded.plan(&AllCommitted::new(), output)?;
    let templates = project::templates(global)?;
    let folder = args.output.clone().unwrap_or_else(|| loaded.path.parent().map(PathBuf::from).unwrap_or_default());
    for plan in &plans {
        let tree = pipeline::render(&loaded.blueprint, &loaded.architecture, &loaded.catalog, plan, "", &templates)?;
        for (path, file) in &tree.files {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).with_context(|| format!("cannot create `{}`", parent.display()))?;
            }
            std::fs::write(&path, &file.text).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        output.note(&format!("  {} files in {}/", tree.files.len(), folder.display()));
    }
    Ok(Exit::Success)
}
