//! `loadpath diff`: what a change means.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::{BlueprintArgs, Exit, Global, Output, check, generate, project};
use crate::{
    pipeline::{AllCommitted, Plan},
    project::git,
    reconcile::Project,
    report::{
        diff::{self, Difference, Forbidden, Side},
        format::Section,
    },
};

mod edited;

/// Largest generated file that is read, in bytes.
const FILE_BYTES: u64 = 16 << 20;
/// The word for what was generated last.
const LOCK: &str = "lock";

/// Say what a change means: sizes, cost, Terraform addresses, risk, data to move
///
/// Compares the blueprint as it is with a revision of git, with another blueprint, or with what was generated last (`lock`).
/// With a revision, what people edited by hand in the Terraform since then is told apart from what the blueprint changes, and
/// counts as well; with the others Terraform is compared as it was generated. Ends with 0; with 4 or 5 where --fail-on forbids what
/// is found; with --exit-code with 2 where anything differs.
///
/// Classes of risk: in-place, rolling, restart, unknown, replace, data-moving, irreversible. risk=CLASS forbids that class and every
/// harder one, to the right of it; risk alone is risk=replace, which lets pass what is not known: forbid that too with risk=unknown.
///
/// Examples:
///   loadpath diff
///   loadpath diff --against lock --set users.monthly_active=3M
///   loadpath diff --against lock --fail-on 'risk=replace,cost>10%,budget' --format markdown
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    blueprint: BlueprintArgs,
    /// A revision, another blueprint, or `lock`; HEAD by default, `lock` without git
    #[arg(long, value_name = "REV|BLUEPRINT|lock", env = "LOADPATH_AGAINST")]
    against: Option<String>,
    /// Project folder; the blueprint's own by default
    #[arg(short, long, value_name = "DIR", env = "LOADPATH_OUTPUT")]
    output: Option<PathBuf>,
    /// What must not happen: risk, risk=CLASS, cost>10%, cost>500, budget, quota, objective, data-move
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        value_parser = Forbidden::parse,
        env = "LOADPATH_FAIL_ON"
    )]
    fail_on: Vec<Forbidden>,
    /// End with 2 where anything differs
    #[arg(long, env = "LOADPATH_EXIT_CODE")]
    exit_code: bool,
}

/// The side that the blueprint is compared with.
struct Before {
    title: String,
    plans: Option<Vec<Plan>>,
    environments: Vec<String>,
    files: BTreeMap<String, String>,
    committed: Option<AllCommitted>,
    edited: Option<BTreeMap<String, String>>,
}

impl Before {
    fn side(&self) -> Side<'_> {
        Side {
            plans: self.plans.as_deref(),
            environments: self.environments.clone(),
            files: borrowed(&self.files),
            committed: self.committed.as_ref(),
            edited: self.edited.as_ref().map(borrowed),
        }
    }
}

pub(super) fn run(args: &DiffArgs, global: &Global, output: &Output) -> Result<Exit> {
    let path = project::find(args.blueprint.blueprint.as_deref())?;
    let loaded = project::load_path(&path, &args.blueprint.sets, global, output)?;
    let folder = generate::folder(&loaded, args.output.as_deref());
    let on_disk = Project::open(&folder)?;
    let name = loaded.blueprint.name.clone();
    let rendered = generate::render(loaded, &on_disk, global, output)?;
    let before = before(args, &path, &folder, (global, output))?;
    let edited = match &before.edited {
        None => None,
        Some(_) => Some(edited::now(&on_disk, &rendered.tree)?),
    };
    let after = Side {
        edited: edited.as_ref().map(borrowed),
        ..rendered_side(&rendered)
    };
    let found = diff::compare(&before.side(), &after, &args.fail_on);
    let exit = found.exit(args.exit_code);
    let section = Section {
        name,
        folder: check::shown(&folder),
        blueprint: check::shown(&path),
        summary: format!("{}        against {}", found.section.summary, before.title),
        ..found.section
    };
    output.report("diff", &section)?;
    Ok(exit)
}

/// How a run ends that found a difference.
impl Difference {
    pub(super) fn exit(&self, exit_code: bool) -> Exit {
        if self.is_risk_forbidden {
            Exit::Forbidden
        } else if self.is_cost_forbidden {
            Exit::OverBudget
        } else if exit_code && self.differs {
            Exit::Differences
        } else {
            Exit::Success
        }
    }
}

/// Forbidden changes between what was generated last and what is rendered now.
pub(super) fn since_lock(
    rendered: &generate::Rendered,
    folder: &Path,
    forbidden: &[Forbidden],
) -> Result<Difference> {
    let before = last_generated(folder, rendered.environments())?;
    Ok(diff::compare(
        &before.side(),
        &rendered_side(rendered),
        forbidden,
    ))
}

fn rendered_side(rendered: &generate::Rendered) -> Side<'_> {
    Side {
        plans: Some(&rendered.plans),
        environments: rendered.environments(),
        files: texts(&rendered.tree),
        ..Side::default()
    }
}

fn texts(tree: &crate::render::Tree) -> BTreeMap<&str, &str> {
    tree.files
        .iter()
        .map(|(path, file)| (path.as_str(), file.text.as_str()))
        .collect()
}

fn borrowed(files: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect()
}

fn before(
    args: &DiffArgs,
    path: &Path,
    folder: &Path,
    (global, output): (&Global, &Output),
) -> Result<Before> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let against = match args.against.as_deref() {
        Some(against) => against,
        None if git::has_head(parent.unwrap_or(Path::new("."))) => "HEAD",
        None => LOCK,
    };
    if against == LOCK {
        let before = last_generated(folder, Vec::new())?;
        if before.files.is_empty() {
            bail!(
                "nothing was generated in `{}` yet\nhint: loadpath generate, or --against REVISION",
                folder.display()
            );
        }
        return Ok(Before {
            environments: environments(&before.files),
            ..before
        });
    }
    let other = Path::new(against);
    if other.exists() {
        return blueprint(
            &project::find(Some(other))?,
            None,
            against,
            (global, output),
        );
    }
    let revision = git::revision(path, &[folder], against)?;
    let there = revision.folder().join(path.file_name().unwrap_or_default());
    let below = crate::project::below_root(folder);
    let project = revision.path(Path::new(&below));
    let short = revision.commit.get(..10).unwrap_or(&revision.commit);
    let title = format!("{against} ({short})");
    blueprint(&there, Some(&project), &title, (global, output))
        .with_context(|| format!("cannot use the blueprint of {title}"))
}

/// What stands in `.loadpath`: files, and the sizes that the next run has to know.
fn last_generated(folder: &Path, environments: Vec<String>) -> Result<Before> {
    let on_disk = Project::open(folder)?;
    Ok(Before {
        title: "what was generated last".to_owned(),
        plans: None,
        environments,
        files: generated(folder)?,
        committed: Some(project::committed(&on_disk)?),
        edited: None,
    })
}

/// The environments of which there are numbers.
fn environments(files: &BTreeMap<String, String>) -> Vec<String> {
    files
        .keys()
        .filter_map(|path| path.strip_suffix(".tfvars"))
        .filter_map(|path| path.rsplit_once("/envs/"))
        .map(|(_, name)| name.to_owned())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Another blueprint, planned and rendered; what was generated in `folder` stands for what is rendered.
fn blueprint(
    path: &Path,
    given: Option<&Path>,
    title: &str,
    (global, output): (&Global, &Output),
) -> Result<Before> {
    let silent = Output::silent();
    let loaded = project::load_path(path, &[], global, &silent)?;
    let nowhere = tempfile::TempDir::new().context("cannot make a temporary folder")?;
    let folder = given.unwrap_or(nowhere.path());
    let on_disk = Project::open(folder)?;
    let rendered = generate::render(loaded, &on_disk, global, &silent)?;
    let mut files = generated(folder)?;
    let environments = rendered.environments();
    let edited = match given {
        Some(folder) if !files.is_empty() => edited::then(folder, &files, output)?,
        _ => None,
    };
    if files.is_empty() {
        files = rendered
            .tree
            .files
            .into_iter()
            .map(|(path, file)| (path, file.text))
            .collect();
    }
    Ok(Before {
        title: title.to_owned(),
        plans: Some(rendered.plans),
        environments,
        files,
        committed: None,
        edited,
    })
}

/// Terraform as it was generated last, by its path in the project.
fn generated(folder: &Path) -> Result<BTreeMap<String, String>> {
    let base = folder.join(".loadpath/base");
    let mut files = BTreeMap::new();
    if !base.is_dir() {
        return Ok(files);
    }
    for entry in walkdir::WalkDir::new(&base) {
        let entry = entry.with_context(|| format!("cannot read `{}`", base.display()))?;
        let path = entry.path();
        let is_terraform = path
            .extension()
            .is_some_and(|extension| extension == "tf" || extension == "tfvars");
        if !entry.file_type().is_file() || !is_terraform {
            continue;
        }
        if entry
            .metadata()
            .is_ok_and(|metadata| metadata.len() > FILE_BYTES)
        {
            bail!("`{}` is too large for a generated file", path.display());
        }
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        let below = path
            .strip_prefix(&base)
            .context("bug: a walk left its folder")?;
        let below: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        files.insert(below.join("/"), text);
    }
    Ok(files)
}
