//! `loadpath completions`: for a shell.

use anyhow::Result;
use clap::Args;
use clap_complete::Shell;

use super::{Exit, Output};

/// Print the completions of a shell
///
/// Example:
///   loadpath completions bash > ~/.local/share/bash-completion/completions/loadpath
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, output: &Output) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "loadpath", &mut text);
    output.result(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Success)
}
