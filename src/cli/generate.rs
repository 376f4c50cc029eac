//! `loadpath generate`: render, reconcile, write.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    thread,
    time::Instant,
};

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use super::{BlueprintArgs, Exit, Global, Output, interrupt::Interruption, project};
use crate::{
    blueprint,
    component::Component,
    compose::Ownership,
    pipeline,
    reconcile::{self, Changes, Options, Project, Resolution, Selection},
    render::{self, Tree},
    report,
};

/// Render the project and bring the files on disk in step
///
/// Each file has three sides: what was generated last, what is on disk, and what is rendered now. Edits are merged with
/// what is new, by block, key or line, and never overwritten: where both sides changed one place, nothing at all is
/// written, every conflict is shown and the run ends with 3.
///
/// Examples:
///   loadpath generate
///   loadpath generate --conflict=markers
///   loadpath generate blueprints/shop.yaml -o infrastructure/
///   loadpath generate --dry-run --diff --set users.monthly_active=3M
///   loadpath generate --set users.monthly_active=3M --write
#[derive(Debug, Default, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct GenerateArgs {
    #[command(flatten)]
    blueprint: BlueprintArgs,
    /// Write the values of --set into the blueprint; comments and order stay
    #[arg(long, env = "LOADPATH_WRITE")]
    write: bool,
    /// Project folder; the blueprint's own by default
    #[arg(short, long, value_name = "DIR", env = "LOADPATH_OUTPUT")]
    output: Option<PathBuf>,
    /// Say what would happen, and write nothing
    #[arg(long, env = "LOADPATH_DRY_RUN")]
    dry_run: bool,
    /// Show the changes line by line, for people
    #[arg(long, env = "LOADPATH_DIFF")]
    diff: bool,
    /// With --dry-run: end with 2 where something would change
    #[arg(long, requires = "dry_run", env = "LOADPATH_EXIT_CODE")]
    exit_code: bool,
    /// Take files that are in the way as edits of what would be written
    #[arg(long, env = "LOADPATH_ADOPT")]
    adopt: bool,
    /// Write over files that are in the way
    #[arg(long, conflicts_with = "adopt", env = "LOADPATH_FORCE")]
    force: bool,
    /// Where both sides changed one place: stop, write both with conflict markers, or take the text on disk (ours) or the
    /// new one (theirs)
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        default_value_t,
        env = "LOADPATH_CONFLICT"
    )]
    conflict: OnConflict,
    /// Give up what differs in this file from what is rendered; lines that were only added stay
    #[arg(long, value_name = "FILE", env = "LOADPATH_HEAL")]
    heal: Vec<String>,
    /// Rebuild a damaged `.loadpath/` from disk first, and take files whose last text is lost for edits
    #[arg(long, conflicts_with = "dry_run", env = "LOADPATH_REPAIR")]
    repair: bool,
    /// Bring back generated files that were deleted
    #[arg(long, env = "LOADPATH_RESTORE")]
    restore: bool,
    /// Take every number as computed, also where the last one is within 10 % of it (the constant keep.band)
    #[arg(long, env = "LOADPATH_EXACT")]
    exact: bool,
    #[command(flatten)]
    part: PartArgs,
    /// Whether the reader has just seen what it comes to.
    #[arg(skip)]
    is_told: bool,
}

impl GenerateArgs {
    /// Everything into the blueprint's own folder, after a wizard (`is_told`) or without one. What to do with files that
    /// are in the way is the caller's to say.
    pub(super) fn everything(adopt: bool, force: bool, is_told: bool) -> Self {
        Self {
            adopt,
            force,
            is_told,
            ..Self::default()
        }
    }
}

/// What becomes of a place that both sides changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum OnConflict {
    /// Write nothing and show every conflict.
    #[default]
    Stop,
    /// Write both sides between conflict markers, as git does, and end with 3.
    Markers,
    /// Keep what is on disk.
    Ours,
    /// Take what is rendered.
    Theirs,
}

impl OnConflict {
    fn resolution(self) -> Resolution {
        match self {
            Self::Stop => Resolution::Stop,
            Self::Markers => Resolution::Markers,
            Self::Ours => Resolution::Ours,
            Self::Theirs => Resolution::Theirs,
        }
    }
}

/// Which part of a project a run is about.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct PartArgs {
    /// Only these components, folders or files: `--only shards,kubernetes`
    #[arg(
        long,
        value_name = "PART",
        value_delimiter = ',',
        env = "LOADPATH_ONLY"
    )]
    only: Vec<String>,
    /// Only the files of this environment, and those that all share
    #[arg(long, env = "LOADPATH_ONLY_ENV")]
    env: Option<String>,
}

impl PartArgs {
    /// The selection in words of the project's environments.
    pub(super) fn selection(&self, environments: &[String]) -> Result<Selection> {
        let leave_environments = match &self.env {
            None => Vec::new(),
            Some(env) if environments.contains(env) => environments
                .iter()
                .filter(|name| *name != env)
                .cloned()
                .collect(),
            Some(env) => anyhow::bail!(
                "no environment `{env}`; there are {}",
                environments.join(", ")
            ),
        };
        Ok(Selection {
            only: self.only.clone(),
            leave_environments,
        })
    }
}

/// A project with what its blueprint renders to now.
pub(super) struct Rendered {
    pub(super) loaded: project::Loaded,
    pub(super) plans: Vec<pipeline::Plan>,
    pub(super) tree: Tree,
}

impl Rendered {
    /// Names of the environments, smallest scale first.
    pub(super) fn environments(&self) -> Vec<String> {
        let all = &self.loaded.blueprint.environments;
        all.iter()
            .map(|environment| environment.name.clone())
            .collect()
    }
}

/// Opens the project: its folder is the blueprint's unless one is given.
pub(super) fn folder(loaded: &project::Loaded, given: Option<&Path>) -> PathBuf {
    let own = || {
        loaded
            .path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .map(Path::to_path_buf)
    };
    given
        .map(Path::to_path_buf)
        .or_else(own)
        .unwrap_or_else(|| PathBuf::from("."))
}

/// Plans and renders with what the project's lock committed.
pub(super) fn render(
    loaded: project::Loaded,
    on_disk: &Project,
    global: &Global,
    output: &Output,
) -> Result<Rendered> {
    let committed = project::committed(on_disk)?;
    render_with(loaded, &committed, on_disk, global, output)
}

/// Plans and renders with what earlier runs committed.
fn render_with(
    loaded: project::Loaded,
    committed: &pipeline::AllCommitted,
    on_disk: &Project,
    global: &Global,
    output: &Output,
) -> Result<Rendered> {
    on_disk.check_name(&loaded.blueprint.name)?;
    let plans = loaded.plan(committed, output)?;
    let templates = project::templates(global)?;
    let below = crate::project::below_root(on_disk.folder());
    let bar = output.bar("rendering", 1);
    let mut tree = pipeline::render(&loaded.source(&templates, &below), &plans)?;
    bar.finish_and_clear();
    if is_beside(&loaded.path, on_disk.folder()) {
        tree.files.insert(SCHEMA.to_owned(), schema());
    }
    Ok(Rendered {
        loaded,
        plans,
        tree,
    })
}

/// What the first line of a blueprint names, so that editors complete and check it.
pub(super) const SCHEMA: &str = ".loadpath/blueprint.schema.json";

/// Whether the blueprint stands in the project's folder, where its first line finds the schema.
fn is_beside(blueprint: &Path, folder: &Path) -> bool {
    let parent = blueprint
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let same =
        |one: &Path, other: &Path| Some(one.canonicalize().ok()? == other.canonicalize().ok()?);
    parent == folder || same(parent, folder).unwrap_or(false)
}

fn schema() -> render::File {
    render::File {
        text: format!("{:#}\n", blueprint::schema()),
        component: Component::Project,
        ownership: Ownership::Managed,
        executable: false,
        is_sized: false,
        quantities: Vec::new(),
    }
}

pub(super) fn run(args: &GenerateArgs, global: &Global, output: &Output) -> Result<Exit> {
    let interruption = Interruption::watch(output)?;
    let (loaded, edit) = project::load_writing(&args.blueprint, args.write, global, output)?;
    write(
        args,
        loaded,
        edit.as_ref(),
        interruption.switch(),
        global,
        output,
    )
}

/// Brings the project in step with a loaded blueprint, and writes the blueprint's own new text where there is one.
pub(super) fn write(
    args: &GenerateArgs,
    loaded: project::Loaded,
    edit: Option<&project::Edit>,
    interrupted: &AtomicBool,
    global: &Global,
    output: &Output,
) -> Result<Exit> {
    let started = Instant::now();
    let folder = folder(&loaded, args.output.as_deref());
    let on_disk = open(args, &folder, &loaded.blueprint.name, output)?;
    on_disk.check_name(&loaded.blueprint.name)?;
    if on_disk.recovered() {
        output.note("  an interrupted run was taken back first");
    }
    let mut committed = project::committed(&on_disk)?;
    if args.exact {
        for one in committed.values_mut() {
            one.numbers.retain(|name, _| !pipeline::is_tolerant(name));
            one.texts.retain(|name, _| !pipeline::is_tolerant(name));
        }
    }
    let rendered = render_with(loaded, &committed, &on_disk, global, output)?;
    let options = Options {
        adopt: args.adopt || args.repair,
        force: args.force,
        restore: args.restore,
        conflict: args.conflict.resolution(),
        heal: args.heal.clone(),
        selection: args.part.selection(&rendered.environments())?,
    };
    let changes = reconcile::compare(&on_disk, &rendered.tree, &options)?;
    verify(&changes)?;
    if args.diff && !output.is_json() {
        output.result(&report::changes::diff(&changes, usize::MAX))?;
    }
    if changes.verdict().stops() {
        if output.is_json() {
            output.json(&json(args, &changes, &folder))?;
        }
        output.failure(&report::changes::stopped(&changes));
        return Ok(Exit::of(changes.verdict().exit_code(false)));
    }
    if !args.dry_run {
        apply(&on_disk, &changes, &rendered, edit, interrupted)?;
    }
    finish(args, &rendered, &changes, &folder, started, output)
}

/// Opens the project as the flags ask, and says what had to be put right.
fn open(args: &GenerateArgs, folder: &Path, name: &str, output: &Output) -> Result<Project> {
    if args.dry_run {
        return Project::open(folder);
    }
    if !args.repair {
        return Project::open_for_writing(folder);
    }
    let (project, found) = Project::open_for_repair(folder, name)?;
    for line in &found {
        output.warning(line);
    }
    if found.is_empty() {
        output.note("  nothing in .loadpath/ had to be repaired");
    }
    Ok(project)
}

/// Writes the blueprint and then the tree; a tree that cannot be written leaves the blueprint as it was.
fn apply(
    on_disk: &Project,
    changes: &Changes<'_>,
    rendered: &Rendered,
    edit: Option<&project::Edit>,
    interrupted: &AtomicBool,
) -> Result<()> {
    let edit = edit.filter(|edit| edit.is_change());
    if let Some(edit) = edit {
        edit.write()?;
    }
    let applied = reconcile::apply(on_disk, changes, &project::head(rendered), interrupted);
    if let (Err(_), Some(edit)) = (&applied, edit) {
        edit.undo()?;
    }
    applied.map(|_| ())
}

fn finish(
    args: &GenerateArgs,
    rendered: &Rendered,
    changes: &Changes<'_>,
    folder: &Path,
    started: Instant,
    output: &Output,
) -> Result<Exit> {
    let code = changes.verdict().exit_code(false);
    if output.is_json() {
        output.json(&json(args, changes, folder))?;
    } else {
        let took = started.elapsed().as_millis();
        let text = report::changes::summary(
            changes,
            folder,
            args.dry_run,
            took,
            output.is_verbose(),
            output.width(),
        );
        output.note(&text);
        if !args.is_told && changes.verdict() == reconcile::Verdict::Differs {
            output.note(&format!("\n{}", headlines(&rendered.plans)));
        }
        if changes.count(reconcile::Action::Create) > 0 && !args.dry_run {
            let first = if rendered.plans.len() > 1 {
                "docs/CLOUDS.md"
            } else {
                "docs/START.md"
            };
            output.note(&next(folder, first, args.is_told));
        }
    }
    let n_marked = changes
        .iter()
        .filter(|change| change.conflict.is_some())
        .count();
    if args.conflict == OnConflict::Markers && n_marked > 0 {
        output.failure(&report::changes::marked(changes));
        return Ok(Exit::Conflict);
    }
    Ok(if args.exit_code {
        Exit::of(code)
    } else {
        Exit::Success
    })
}

fn json(args: &GenerateArgs, changes: &Changes<'_>, folder: &Path) -> Json {
    let mut value = report::changes::json(changes);
    value["folder"] = json!(folder.display().to_string());
    value["dry_run"] = json!(args.dry_run);
    value
}

/// What each cloud's primary environment comes to.
pub(super) fn headlines(plans: &[pipeline::Plan]) -> String {
    let headline = |plan: &pipeline::Plan| {
        let sizing = plan.sizings.last()?;
        let name = if plans.len() > 1 {
            format!("  {}\n", plan.cloud.name())
        } else {
            String::new()
        };
        Some(format!("{name}{}", report::size::headline(sizing)))
    };
    plans.iter().filter_map(headline).collect()
}

/// What a person does next with a new project.
fn next(folder: &Path, first: &str, is_after_wizard: bool) -> String {
    let read = match folder.to_str() {
        None | Some("." | "") => format!("less {first}"),
        Some(folder) => format!("cd {folder} && less {first}"),
    };
    let blank = if is_after_wizard { "\n" } else { "" };
    format!("{blank}Next: {read}        why a number: loadpath explain <quantity>")
}

/// Reads again what is about to be written: a template's mistake stops before the first file.
fn verify(changes: &Changes<'_>) -> Result<()> {
    use crate::reconcile::Action;
    let written = changes.iter().filter(|change| {
        matches!(
            change.action,
            Action::Create | Action::Update | Action::Restore | Action::Replace
        )
    });
    let files: Vec<(&str, &str)> = written
        .filter_map(|change| change.fresh.map(|file| (change.path, file.text.as_str())))
        .collect();
    let (first, second) = files.split_at(files.len() / 2);
    let all = |files: &[(&str, &str)]| {
        files
            .iter()
            .try_for_each(|(path, text)| render::verify(path, text))
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| all(first));
        let second = all(second);
        other
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            .and(second)
    })
}
