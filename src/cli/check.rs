//! `loadpath check`: is what is committed what the blueprint says?

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::{BlueprintArgs, Exit, Global, Output, diff, generate, project};
use crate::{
    ledger::{Quantity, show},
    reconcile::{self, Options, Project},
    report::{
        check::{self, Moved, View},
        diff::Forbidden,
        finding::Severity,
        format::Section,
    },
};

mod all;

/// Say whether the files on disk are what the blueprint says, without writing
///
/// Ends with 0 in step, 1 at an error, 2 where something differs, 3 at a conflict, 4 over budget, 5 at a forbidden risk;
/// the first that applies of 1, 3, 5, 4, 2. An edit by a person is allowed unless --strict. Formats: text, json, markdown (a comment on a change),
/// github (annotations; the summary of the job as well where there is one), gitlab (code quality), sarif (2.1.0), junit.
///
/// Examples:
///   loadpath check
///   loadpath check --strict --format json
///   loadpath check --all --format markdown
///   loadpath check --fail-on risk=replace
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    blueprint: BlueprintArgs,
    /// Project folder; the blueprint's own by default
    #[arg(short, long, value_name = "DIR", env = "LOADPATH_OUTPUT")]
    output: Option<PathBuf>,
    /// Check every blueprint of the repository, or below the folder that is given; what git ignores is left out
    #[arg(long, conflicts_with_all = ["output", "sets"], env = "LOADPATH_ALL")]
    all: bool,
    /// Edits by a person are differences too
    #[arg(long, env = "LOADPATH_STRICT")]
    strict: bool,
    /// Lines of difference shown at most, of each project
    #[arg(
        long,
        value_name = "N",
        default_value_t = 40,
        env = "LOADPATH_DIFF_LINES"
    )]
    diff_lines: usize,
    /// What must not be about to happen to what was generated last: risk, risk=CLASS (see `loadpath diff --help`)
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        value_parser = Forbidden::parse_risk,
        env = "LOADPATH_FAIL_ON_RISK"
    )]
    fail_on: Vec<Forbidden>,
    #[command(flatten)]
    part: generate::PartArgs,
}

/// A checked project and what it means for the exit code.
struct Checked {
    section: Section,
    exit: Exit,
}

pub(super) fn run(args: &CheckArgs, global: &Global, output: &Output) -> Result<Exit> {
    if args.all {
        return all::run(args, global, output);
    }
    let path = project::find(args.blueprint.blueprint.as_deref())?;
    let checked = one(&path, args, global, output);
    let checked = match checked {
        // People read the mistakes of a blueprint in place; other readers get them as findings too.
        Err(error) if !output.is_for_people() => failed(&path, &error),
        other => other?,
    };
    output.report("check", &checked.section)?;
    Ok(checked.exit)
}

/// Checks one project.
fn one(path: &Path, args: &CheckArgs, global: &Global, output: &Output) -> Result<Checked> {
    let loaded = project::load_path(path, &args.blueprint.sets, global, output)?;
    let folder = generate::folder(&loaded, args.output.as_deref());
    let on_disk = Project::open(&folder)?;
    on_disk.check_name(&loaded.blueprint.name)?;
    let rendered = generate::render(loaded, &on_disk, global, output)?;
    let options = Options {
        selection: args.part.selection(&rendered.environments())?,
        ..Options::default()
    };
    let changes = reconcile::compare(&on_disk, &rendered.tree, &options)?;
    let moved = Moved::between(on_disk.lock(), &project::head(&rendered));
    let over = over_budget(&rendered);
    let view = View {
        strict: args.strict,
        diff_lines: args.diff_lines,
        next: next(path, args),
    };
    let mut exits = vec![Exit::of(changes.verdict().exit_code(args.strict))];
    let mut section = check::section(&changes, &moved, &over, &view);
    if !over.is_empty() {
        exits.push(Exit::OverBudget);
    }
    if !args.fail_on.is_empty() {
        let found = diff::since_lock(&rendered, &folder, &args.fail_on)?;
        exits.push(found.exit(false));
        let forbidden = found.section.findings.into_iter();
        section
            .findings
            .extend(forbidden.filter(|finding| finding.severity == Severity::Error));
    }
    let section = Section {
        name: rendered.loaded.blueprint.name.clone(),
        folder: shown(&folder),
        blueprint: shown(path),
        ..section
    };
    let exit = Exit::worst(exits);
    Ok(Checked { section, exit })
}

/// A project of which nothing can be said but why.
fn failed(path: &Path, error: &anyhow::Error) -> Checked {
    let section = Section {
        name: shown(path),
        folder: shown(path.parent().unwrap_or(Path::new(""))),
        blueprint: shown(path),
        ..check::failed(error)
    };
    Checked {
        section,
        exit: Exit::Error,
    }
}

/// A path below the root of its repository, or as it was given.
pub(super) fn shown(path: &Path) -> String {
    let (folder, name) = if path.is_dir() {
        (path, None)
    } else {
        let folder = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        (folder.unwrap_or(Path::new(".")), path.file_name())
    };
    let mut below = match crate::project::root(folder) {
        Some(_) => crate::project::below_root(folder),
        None if folder == Path::new(".") => String::new(),
        None => folder.display().to_string(),
    };
    if let Some(name) = name {
        if !below.is_empty() {
            below.push('/');
        }
        below.push_str(&name.to_string_lossy());
    }
    below
}

/// What brings the project in step.
fn next(path: &Path, args: &CheckArgs) -> String {
    let mut command = "loadpath generate".to_owned();
    if args.all || args.blueprint.blueprint.is_some() {
        command.push_str(&format!(" {}", path.display()));
    }
    if let Some(output) = &args.output {
        command.push_str(&format!(" -o {}", output.display()));
    }
    command
}

/// Environments that cost more than their budget. Below its fixed floor an environment only warns while planning.
fn over_budget(rendered: &generate::Rendered) -> Vec<String> {
    let mut over = Vec::new();
    for plan in &rendered.plans {
        for (environment, sizing) in rendered
            .loaded
            .blueprint
            .environments
            .iter()
            .zip(&plan.sizings)
        {
            let number = |name: &str| sizing.ledger.get(name).map(Quantity::number);
            let (Some(total), Some(budget)) = (number("cost.total"), number("cost.budget")) else {
                continue;
            };
            let floor = number("cost.floor").unwrap_or(0.0);
            if total > budget && budget >= floor {
                over.push(format!(
                    "{} on {} costs {} USD/month, the budget is {}",
                    environment.name,
                    plan.cloud.name(),
                    show(total),
                    show(budget)
                ));
            }
        }
    }
    over
}
