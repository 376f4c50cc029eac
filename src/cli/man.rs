//! `loadpath man`: the manual page as roff.

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::{Exit, Output};

/// Print the manual page of loadpath, or of one of its commands
///
/// Example:
///   loadpath man > loadpath.1
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct ManArgs {
    /// A command
    command: Option<String>,
}

pub(super) fn run(args: &ManArgs, output: &Output) -> Result<Exit> {
    let mut root = super::command();
    root.build();
    let command = match &args.command {
        None => root,
        Some(name) => {
            let Some(found) = root.find_subcommand(name) else {
                let known = root.get_subcommands().map(clap::Command::get_name);
                let hint = super::meant(name, known);
                bail!("no command `{name}`{hint}");
            };
            found.clone()
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .context("cannot render the manual page")?;
    output.result(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Success)
}
