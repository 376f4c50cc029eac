//! The command line: arguments in, text and an exit code out. The only place that prints and prompts.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

mod architectures;
mod bug;
mod catalog;
mod check;
mod completions;
mod cost;
mod diff;
mod doctor;
mod eject;
mod explain;
mod generate;
mod init;
mod interrupt;
mod man;
mod output;
mod own;
mod project;
mod schema;
mod size;
mod templates;
mod tool;
mod verify;

pub use output::{Color, Exit, Output};

/// From a capacity blueprint to sized, explained infrastructure.
///
/// A blueprint says how many users, what traffic, how much data and which objectives; loadpath computes what every tier
/// must carry, says why and what it costs, and writes the Terraform, Kubernetes manifests, CDN rules, sharding config,
/// observability, load tests and pipelines that build it on AWS or Google Cloud. Without a blueprint argument a command
/// looks for `loadpath.yaml` here and upwards.
///
/// Exit codes: 0 done or in step, 1 the run failed, 2 differences were found, 3 a conflict, 4 over budget,
/// 5 a forbidden risk.
#[derive(Debug, Parser)]
#[command(
    name = "loadpath",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, env = "LOADPATH_FORMAT")]
    format: Format,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, env = "LOADPATH_COLOR")]
    color: Color,
    /// Print results and errors only
    #[arg(
        short,
        long,
        global = true,
        env = "LOADPATH_QUIET",
        conflicts_with = "verbose"
    )]
    quiet: bool,
    /// Print more: unchanged files, times
    #[arg(short, long, global = true, env = "LOADPATH_VERBOSE")]
    verbose: bool,
    /// Draw no progress, even on a terminal
    #[arg(long, global = true, env = "LOADPATH_NO_PROGRESS")]
    no_progress: bool,
    /// Run as if started in this folder
    #[arg(
        short = 'C',
        global = true,
        value_name = "DIR",
        env = "LOADPATH_DIRECTORY"
    )]
    directory: Option<PathBuf>,
    /// Replace tables of the built-in catalog by the files of this folder
    #[arg(long, global = true, value_name = "DIR", env = "LOADPATH_CATALOG")]
    catalog: Option<PathBuf>,
    /// Overlay the built-in templates with the files of this folder
    #[arg(long, global = true, value_name = "DIR", env = "LOADPATH_TEMPLATES")]
    templates: Option<PathBuf>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: stable and documented.
    Json,
    /// A comment on a change (check, diff).
    Markdown,
    /// Annotations of GitHub Actions (check, diff).
    Github,
    /// Code quality of GitLab (check, diff).
    Gitlab,
    /// SARIF 2.1.0 (check, diff).
    Sarif,
    /// A test report (check, diff).
    Junit,
}

/// What to do; each takes its help from its arguments.
#[derive(Debug, Subcommand)]
enum Command {
    Init(Box<init::InitArgs>),
    Generate(generate::GenerateArgs),
    Check(check::CheckArgs),
    Diff(diff::DiffArgs),
    Own(own::OwnArgs),
    Size(size::SizeArgs),
    Explain(explain::ExplainArgs),
    Cost(cost::CostArgs),
    Architectures(architectures::ArchitecturesArgs),
    Catalog(catalog::CatalogArgs),
    Schema(schema::SchemaArgs),
    Templates(templates::TemplatesArgs),
    Verify(verify::VerifyArgs),
    Doctor(doctor::DoctorArgs),
    Eject(eject::EjectArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Which blueprint, and what of it to change for this run.
#[derive(Clone, Debug, Default, Args)]
pub struct BlueprintArgs {
    /// The blueprint; found here or upwards where it is not given
    #[arg(value_name = "BLUEPRINT", env = "LOADPATH_BLUEPRINT")]
    blueprint: Option<PathBuf>,
    /// Set a key for this run: `users.monthly_active=3M`; may be repeated
    #[arg(
        long = "set",
        value_name = "KEY=VALUE",
        value_delimiter = '\n',
        env = "LOADPATH_SET"
    )]
    sets: Vec<String>,
}

/// Runs the program with these arguments. Never panics on bad input, and exits by itself only where
/// a signal ends a question.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bug::report_panics();
    // What is unwound is not used again.
    let run = std::panic::AssertUnwindSafe(|| run_once(arguments));
    std::panic::catch_unwind(run).unwrap_or_else(|_| ExitCode::from(Exit::Error as u8))
}

fn run_once(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parsed = command()
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let output = Output::new(&cli.global);
    let done = enter(&cli.global).and_then(|()| dispatch(&cli, &output));
    output.finish(done)
}

/// A second line of an error that names what was probably meant; nothing where no known name is near.
fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = crate::catalog::nearest(name, known);
    nearest.first().map_or_else(String::new, |nearest| {
        format!("\nhint: did you mean {nearest}")
    })
}

/// The whole command line. Help names the variables of the environment and keeps their values to itself.
fn command() -> clap::Command {
    fn without_values(command: clap::Command) -> clap::Command {
        command
            .mut_args(|arg| arg.hide_env_values(true))
            .mut_subcommands(without_values)
    }
    without_values(Cli::command())
}

fn enter(global: &Global) -> anyhow::Result<()> {
    use anyhow::Context as _;
    match &global.directory {
        None => Ok(()),
        Some(directory) => std::env::set_current_dir(directory)
            .with_context(|| format!("cannot run in `{}`", directory.display())),
    }
}

fn dispatch(cli: &Cli, output: &Output) -> anyhow::Result<Exit> {
    let global = &cli.global;
    let is_report = matches!(cli.command, Command::Check(_) | Command::Diff(_));
    if !is_report && !matches!(global.format, Format::Text | Format::Json) {
        anyhow::bail!(
            "only `check` and `diff` have this format\nhint: --format text or --format json"
        );
    }
    match &cli.command {
        Command::Init(args) => init::run(args, global, output),
        Command::Generate(args) => generate::run(args, global, output),
        Command::Check(args) => check::run(args, global, output),
        Command::Diff(args) => diff::run(args, global, output),
        Command::Own(args) => own::run(args, global, output),
        Command::Size(args) => size::run(args, global, output),
        Command::Explain(args) => explain::run(args, global, output),
        Command::Cost(args) => cost::run(args, global, output),
        Command::Architectures(args) => architectures::run(args, global, output),
        Command::Catalog(args) => catalog::run(args, global, output),
        Command::Schema(args) => schema::run(args, output),
        Command::Templates(args) => templates::run(args, global, output),
        Command::Verify(args) => verify::run(args, output),
        Command::Doctor(args) => doctor::run(args, global, output),
        Command::Eject(args) => eject::run(args, global, output),
        Command::Completions(args) => completions::run(args, output),
        Command::Man(args) => man::run(args, output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A command's own argument of the same name would silently take the place of the global one, and its value.
    #[test]
    fn no_argument_has_the_name_of_a_global_one() {
        fn check(command: &clap::Command, global: &[String]) {
            for own in command.get_arguments().filter(|arg| !arg.is_global_set()) {
                let name = own.get_id().to_string();
                assert!(!global.contains(&name), "{}: {name}", command.get_name());
            }
            for below in command.get_subcommands() {
                check(below, global);
            }
        }
        let all = command();
        let global: Vec<String> = all
            .get_arguments()
            .filter(|arg| arg.is_global_set())
            .map(|arg| arg.get_id().to_string())
            .collect();
        assert!(global.len() >= 8, "{global:?}");
        check(&all, &global);
    }
}
