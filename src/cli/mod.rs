//! The command line: arguments in, text and an exit code out. The only place that prints and prompts.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};

mod architectures;
mod catalog;
mod check;
mod completions;
mod cost;
mod doctor;
mod explain;
mod generate;
mod init;
mod man;
mod output;
mod project;
mod schema;
mod size;
mod templates;
mod verify;

pub use output::{Color, Exit, Output};

/// From a capacity blueprint to sized, explained infrastructure.
///
/// A blueprint says how many users, what traffic, how much data and which objectives; loadpath computes what every tier
/// must carry, says why and what it costs, and writes the Terraform, Kubernetes manifests, CDN rules, sharding config,
/// observability, load tests and pipelines that build it on AWS or Google Cloud. Without a blueprint argument a command
/// looks for `loadpath.yaml` here and upwards.
///
/// Exit codes: 0 done or in step, 1 the run failed, 2 differences were found, 3 a conflict, 4 over budget.
#[derive(Debug, Parser)]
#[command(
    name = "loadpath",
    version,
    propagate_version = true,
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
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a blueprint with a wizard, and generate from it
    Init(init::InitArgs),
    /// Render the project and bring the files on disk in step
    Generate(generate::GenerateArgs),
    /// Say whether the files on disk are what the blueprint says, without writing
    Check(check::CheckArgs),
    /// Show every tier and quantity, with what bounds it and what was assumed
    Size(size::SizeArgs),
    /// Show the derivation of a quantity, of all, or of a line of a file
    Explain(explain::ExplainArgs),
    /// Show the monthly cost by component and environment
    Cost(cost::CostArgs),
    /// List the reference architectures, or show one
    Architectures(architectures::ArchitecturesArgs),
    /// Show the catalog: its dates and sources, or the rows of a table
    Catalog(catalog::CatalogArgs),
    /// Print the JSON Schema of blueprints
    Schema(schema::SchemaArgs),
    /// Export the built-in templates, or compare an overlay with them
    Templates(templates::TemplatesArgs),
    /// Run the real tools on PATH over what was generated
    Verify(verify::VerifyArgs),
    /// Say which tools and credentials are here, and what each would be needed for
    Doctor(doctor::DoctorArgs),
    /// Print the completions of a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page
    Man(man::ManArgs),
}

/// Which blueprint, and what of it to change for this run.
#[derive(Clone, Debug, Default, Args)]
pub struct BlueprintArgs {
    /// The blueprint; found here or upwards where it is not given
    #[arg(value_name = "BLUEPRINT", env = "LOADPATH_BLUEPRINT")]
    blueprint: Option<PathBuf>,
    /// Set a key for this run: `users.monthly_active=3M`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

/// Runs the program with these arguments. Never panics on bad input; never exits by itself.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let output = Output::new(&cli.global);
    let done = enter(&cli.global).and_then(|()| dispatch(&cli, &output));
    output.finish(done)
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
    match &cli.command {
        Command::Init(args) => init::run(args, global, output),
        Command::Generate(args) => generate::run(args, global, output),
        Command::Check(args) => check::run(args, global, output),
        Command::Size(args) => size::run(args, global, output),
        Command::Explain(args) => explain::run(args, global, output),
        Command::Cost(args) => cost::run(args, global, output),
        Command::Architectures(args) => architectures::run(args, global, output),
        Command::Catalog(args) => catalog::run(args, global, output),
        Command::Schema(args) => schema::run(args, output),
        Command::Templates(args) => templates::run(args, global, output),
        Command::Verify(args) => verify::run(args, output),
        Command::Doctor(args) => doctor::run(args, global, output),
        Command::Completions(args) => completions::run(args, output),
        Command::Man(args) => man::run(args, output),
    }
}
