//! `loadpath init`: a blueprint from a few answers, and everything generated from it.
//!
//! Comes in: flags, and on a terminal what is typed. Goes out: a blueprint and its project, or nothing at all: both are
//! written together, after everything has been computed and confirmed.

mod answers;
mod ask;
mod recommend;
mod text;

use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
use clap::Args;
use include_dir::{Dir, include_dir};

use self::{
    answers::{Answers, CloudName, Shape},
    ask::Asker,
    recommend::Outcome,
};
use super::{Exit, Global, Output, generate, interrupt::Interruption, project};
use crate::{
    blueprint::{self, Blueprint, Cloud},
    compose::architecture,
};

static EXAMPLES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/blueprints");

/// Write a blueprint with a wizard, and generate from it
///
/// The wizard asks what is not given by flags, recommends an architecture, shows what it would come to and cost, and
/// writes once you say yes. Without a terminal, or with --yes, nothing is asked: an answer that is missing is an error
/// that names its flag. In a folder that has a blueprint already, init changes that one and keeps its comments.
///
/// Examples:
///   loadpath init
///   loadpath init shop --yes --product web --users 20k --data '20 GiB' --cloud aws
///   loadpath init --from sharded-kubernetes --name quantum --cloud aws --yes
///   loadpath init shop --yes --set users.monthly_active=60k
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct InitArgs {
    /// Folder of the project; one named after it by default
    #[arg(value_name = "DIR", env = "LOADPATH_PROJECT")]
    folder: Option<PathBuf>,
    /// Ask nothing: take the flags, and defaults for the rest
    #[arg(short, long, env = "LOADPATH_YES")]
    yes: bool,
    /// Start from an example: `sharded-kubernetes`, `small`
    #[arg(
        long,
        value_name = "EXAMPLE",
        conflicts_with_all = ["product", "job", "dominated_by"],
        env = "LOADPATH_FROM"
    )]
    from: Option<String>,
    /// Set any other key: `objectives.rpo=5min`; may be repeated
    #[arg(
        long = "set",
        value_name = "KEY=VALUE",
        value_delimiter = '\n',
        env = "LOADPATH_SET"
    )]
    sets: Vec<String>,
    /// Take files that are in the way as edits of what would be written
    #[arg(long, env = "LOADPATH_ADOPT")]
    adopt: bool,
    /// Write over files that are in the way
    #[arg(long, conflicts_with = "adopt", env = "LOADPATH_FORCE")]
    force: bool,
    #[command(flatten)]
    answers: Answers,
}

pub(super) fn run(args: &InitArgs, global: &Global, output: &Output) -> Result<Exit> {
    // From here on Ctrl-C ends the questions, or takes back what is being written.
    let interruption = Interruption::watch(output)?;
    let answered = interruption.while_asking(|| edit(args, global, output))?;
    let Some((edit, path)) = answered else {
        output.note("nothing was written");
        return Ok(Exit::Success);
    };
    let loaded = project::load_text(&path, &edit.text, &[], global, output)?;
    let write = generate::GenerateArgs::everything(args.adopt, args.force, asks(args));
    edit.make_folder()?;
    let done = generate::write(
        &write,
        loaded,
        Some(&edit),
        interruption.switch(),
        global,
        output,
    );
    if !matches!(done, Ok(Exit::Success)) {
        edit.remove_folder();
    }
    done
}

/// Whether there is somebody to ask.
fn asks(args: &InitArgs) -> bool {
    !args.yes && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The new text and its place; none where the person said no.
fn edit(
    args: &InitArgs,
    global: &Global,
    output: &Output,
) -> Result<Option<(project::Edit, PathBuf)>> {
    let catalog = project::catalog(global)?;
    let asker = asks(args).then(|| Asker::new(&catalog, output.is_stderr_colored()));
    if let Some(architecture) = &args.answers.architecture {
        check_architecture(architecture)?;
    }
    let here = args.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    if here.join(project::NAME).is_file() {
        return change(
            args,
            &here.join(project::NAME),
            asker.as_ref(),
            global,
            output,
        );
    }
    let mut answers = args.answers.clone();
    let mut text = match &args.from {
        Some(example) => from_example(example, &answers, args)?,
        None => {
            complete(args, &mut answers, asker.as_ref())?;
            let architecture = choose(&mut answers, asker.as_ref(), global, output)?;
            text::blueprint(&answers, &architecture)
        }
    };
    text = project::with_sets(&text, &args.sets)?;
    let outcome = recommend::plan(Path::new(project::NAME), &text, global, output)?;
    let name = &outcome.loaded.blueprint.name;
    let folder = args.folder.clone().unwrap_or_else(|| PathBuf::from(name));
    let path = folder.join(project::NAME);
    if path.is_file() {
        bail!(
            "`{}` is there already\nhint: change it with  loadpath init {}",
            path.display(),
            folder.display()
        );
    }
    show(&outcome, asker.is_some(), output);
    let question = format!("Write {}/ with this?", folder.display());
    let agreed = asker
        .as_ref()
        .map_or(Ok(true), |asker| asker.confirm(&question, true))?;
    if !agreed {
        return Ok(None);
    }
    Ok(Some((project::Edit::new(&path, text), path)))
}

/// Changes the blueprint that is there.
fn change(
    args: &InitArgs,
    path: &Path,
    asker: Option<&Asker<'_>>,
    global: &Global,
    output: &Output,
) -> Result<Option<(project::Edit, PathBuf)>> {
    if args.from.is_some() {
        bail!(
            "`{}` is there already\nhint: without --from, init changes it",
            path.display()
        );
    }
    let loaded = project::load_path(path, &[], global, output)?;
    let now = stated(&loaded.blueprint);
    let mut answers = args.answers.clone();
    if let Some(asker) = asker {
        asker.change(&now, &mut answers)?;
    }
    let users_now = now.users.as_deref().map_or(0.0, answers::users);
    let mut sets = text::sets(&answers, users_now);
    sets.extend(args.sets.iter().cloned());
    let edit = project::Edit::of(path, &sets, global)?;
    let outcome = recommend::plan(path, &edit.text, global, output)?;
    show(&outcome, asker.is_some(), output);
    if let Some(asker) = asker {
        let question = if edit.is_change() {
            format!("Change {} and generate?", path.display())
        } else {
            "Nothing changed. Generate?".to_owned()
        };
        if !asker.confirm(&question, true)? {
            return Ok(None);
        }
    }
    Ok(Some((edit, path.to_owned())))
}

/// Asks, or says what is missing.
fn complete(args: &InitArgs, answers: &mut Answers, asker: Option<&Asker<'_>>) -> Result<()> {
    let folder = args.folder.as_deref().and_then(Path::file_name);
    let folder = folder
        .and_then(|name| name.to_str())
        .filter(|name| answers::name(name).is_ok())
        .map(str::to_owned);
    if let Some(asker) = asker {
        return asker.complete(answers, folder);
    }
    answers.name = answers.name.take().or(folder);
    let set = |key: &str| {
        args.sets.iter().any(|set| {
            set.split_once('=')
                .is_some_and(|(name, _)| name.trim() == key)
        })
    };
    let missing: Vec<&str> = [
        (
            answers.product.is_none(),
            "--product web|jobs|ai|services|uploads|live|site",
        ),
        (answers.name.is_none() && !set("name"), "--name shop"),
        (
            answers.users.is_none() && !set("users.monthly_active"),
            "--users 20k",
        ),
        (
            answers.data.is_none() && !set("data.size"),
            "--data '20 GiB'",
        ),
        (answers.cloud.is_none() && !set("cloud"), "--cloud gcp|aws"),
    ]
    .into_iter()
    .filter_map(|(missing, flag)| missing.then_some(flag))
    .collect();
    if !missing.is_empty() {
        let n = missing.len();
        bail!(
            "{n} {} missing, and there is no terminal to ask on\nhint: {}",
            if n == 1 { "answer is" } else { "answers are" },
            missing.join("  ")
        );
    }
    if let (Some(growth), Some(users)) = (&answers.growth, &answers.users) {
        let grows = answers::Grows::read(growth).map_err(anyhow::Error::msg)?;
        grows
            .check(answers::users(users))
            .map_err(|error| anyhow::anyhow!("--growth '{growth}': {error}"))?;
    }
    // What --set states is written over these.
    answers.name.get_or_insert_with(|| "project".to_owned());
    answers.users.get_or_insert_with(|| "1k".to_owned());
    answers.data.get_or_insert_with(|| "1 GiB".to_owned());
    Ok(())
}

/// The architecture that was asked for, or the one that fits best.
fn choose(
    answers: &mut Answers,
    asker: Option<&Asker<'_>>,
    global: &Global,
    output: &Output,
) -> Result<String> {
    if let Some(id) = &answers.architecture {
        return Ok(id.clone());
    }
    let candidates = recommend::candidates(answers, global)?;
    let fitting: Vec<&str> = candidates
        .iter()
        .filter(|candidate| candidate.misfits.is_empty())
        .map(|candidate| candidate.id.as_str())
        .collect();
    let Some(best) = fitting.first() else {
        bail!(
            "no architecture fits\n{}hint: choose one anyway with --architecture",
            recommend::show_all(&candidates, output.width())
        );
    };
    let shown = recommend::show_all(&candidates, output.width());
    output.note(&format!(
        "{}{shown}",
        if asker.is_some() { "\n" } else { "" }
    ));
    match asker {
        Some(asker) if fitting.len() > 1 => {
            Ok(fitting[asker.one_of("Which one?", &fitting)?].to_owned())
        }
        _ => Ok((*best).to_owned()),
    }
}

fn check_architecture(id: &str) -> Result<()> {
    let all = architecture::all();
    let known: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
    if known.contains(&id) {
        return Ok(());
    }
    bail!(
        "no architecture `{id}`; there are {}{}",
        known.join(", "),
        super::meant(id, known.iter().copied())
    );
}

/// An example with the answers in it.
fn from_example(name: &str, answers: &Answers, args: &InitArgs) -> Result<String> {
    let known: Vec<&str> = EXAMPLES
        .files()
        .filter_map(|file| file.path().file_stem()?.to_str())
        .collect();
    let file = EXAMPLES.get_file(format!("{name}.yaml"));
    let Some(example) = file.and_then(|file| file.contents_utf8()) else {
        bail!(
            "no example `{name}`; there are {}{}",
            known.join(", "),
            super::meant(name, known.iter().copied())
        );
    };
    let mut answers = answers.clone();
    let folder = args.folder.as_deref().and_then(Path::file_name);
    let folder = folder.and_then(|name| name.to_str());
    answers.name = answers.name.or_else(|| {
        folder
            .filter(|name| answers::name(name).is_ok())
            .map(str::to_owned)
    });
    let text = if example.starts_with(text::SCHEMA_LINE) {
        example.to_owned()
    } else {
        format!("{}{example}", text::SCHEMA_LINE)
    };
    project::with_sets(&text, &text::sets(&answers, 0.0))
}

/// What a blueprint says to the questions, as it would be typed.
fn stated(blueprint: &Blueprint) -> Answers {
    let spec = &blueprint.primary().spec;
    let shape = spec.traffic.shape.as_ref().and_then(|shape| match shape {
        blueprint::Shape::Diurnal => Some(Shape::Diurnal),
        blueprint::Shape::Global => Some(Shape::Global),
        blueprint::Shape::BusinessHours => Some(Shape::BusinessHours),
        blueprint::Shape::Steady => Some(Shape::Steady),
        blueprint::Shape::Spiky => Some(Shape::Spiky),
        _ => None,
    });
    Answers {
        users: spec.users.monthly_active.map(|count| count.to_string()),
        growth: spec.users.growth.map(|growth| growth.to_string()),
        shape,
        data: spec.data.size.map(|size| size.to_string()),
        latency: spec.objectives.latency_p99.map(|time| time.to_string()),
        availability: spec.objectives.availability.map(|share| share.to_string()),
        budget: spec.budget.map(|budget| budget.to_string()),
        ..Answers::default()
    }
}

/// What it comes to, before it is written.
fn show(outcome: &Outcome, asks: bool, output: &Output) {
    if !asks {
        return;
    }
    output.note(&format!(
        "{}  list prices of {}, without tax\n",
        generate::headlines(&outcome.plans),
        outcome.loaded.catalog.as_of()
    ));
}

fn cloud(name: CloudName) -> Cloud {
    match name {
        CloudName::Aws => Cloud::Aws,
        CloudName::Gcp => Cloud::Gcp,
    }
}
