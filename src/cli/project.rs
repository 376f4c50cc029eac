//! Finding and loading: what every command that has a blueprint begins with.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::{BlueprintArgs, Global, Output};
use crate::{
    blueprint::{self, Blueprint, Problem},
    catalog::Catalog,
    compose::architecture::{self, Architecture},
    pipeline::{self, AllCommitted, Plan},
    reconcile::{self, Head, Project},
    render::templates::Templates,
    sizing::Committed,
};

/// Name under which a blueprint is looked for.
pub(super) const NAME: &str = crate::project::BLUEPRINT;

/// A loaded blueprint and everything that planning it needs.
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) blueprint: Blueprint,
    pub(super) architecture: Architecture,
    pub(super) catalog: Catalog,
}

/// The blueprint as given, or the nearest `loadpath.yaml` here or upwards.
pub(super) fn find(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        return Ok(if path.is_dir() {
            path.join(NAME)
        } else {
            path.to_owned()
        });
    }
    let here = std::env::current_dir().context("cannot tell the current folder")?;
    let found = here
        .ancestors()
        .map(|folder| folder.join(NAME))
        .find(|path| path.is_file());
    let Some(found) = found else {
        bail!(
            "no {NAME} in `{}` or above\nhint: write one with  loadpath init",
            here.display()
        );
    };
    // Shown as the user would type it.
    Ok(found
        .strip_prefix(&here)
        .map_or(found.clone(), Path::to_path_buf))
}

/// Loads blueprint and catalog, and prints warnings.
pub(super) fn load(args: &BlueprintArgs, global: &Global, output: &Output) -> Result<Loaded> {
    let path = find(args.blueprint.as_deref())?;
    load_path(&path, &args.sets, global, output)
}

/// As [`load`]; with `write`, the flags are set in the blueprint's text, which the caller writes once all is well.
pub(super) fn load_writing(
    args: &BlueprintArgs,
    write: bool,
    global: &Global,
    output: &Output,
) -> Result<(Loaded, Option<Edit>)> {
    if !write {
        return Ok((load(args, global, output)?, None));
    }
    let path = find(args.blueprint.as_deref())?;
    let edit = Edit::of(&path, &args.sets, global)?;
    let loaded = load_text(&path, &edit.text, &[], global, output)?;
    Ok((loaded, Some(edit)))
}

/// As [`load`], from a path that is known.
pub(super) fn load_path(
    path: &Path,
    sets: &[String],
    global: &Global,
    output: &Output,
) -> Result<Loaded> {
    finish(path, global, output, &|fragment| {
        blueprint::load(path, sets, fragment)
    })
}

/// As [`load`], from a text that is to stand in the file of this path.
pub(super) fn load_text(
    path: &Path,
    text: &str,
    sets: &[String],
    global: &Global,
    output: &Output,
) -> Result<Loaded> {
    let name = path.display().to_string();
    finish(path, global, output, &|fragment| {
        blueprint::parse(text, &name, sets, fragment)
    })
}

type Fragment<'f> = dyn Fn(&str) -> Option<&'f str> + 'f;
type Read<'r> =
    dyn for<'f> Fn(&Fragment<'f>) -> Result<(Blueprint, Vec<Problem>), blueprint::Failure> + 'r;

fn finish(path: &Path, global: &Global, output: &Output, read: &Read<'_>) -> Result<Loaded> {
    let catalog = catalog(global)?;
    let architectures = architecture::all();
    let fragment = |id: &str| {
        architectures
            .iter()
            .find(|one| one.id == id)
            .map(Architecture::fragment)
    };
    let (blueprint, warnings) = read(&fragment)?;
    output.problems(&warnings, blueprint.sources());
    let architecture = architectures
        .iter()
        .find(|one| one.id == blueprint.architecture)
        .cloned()
        .expect("loading refuses an unknown architecture");
    Ok(Loaded {
        path: path.to_owned(),
        blueprint,
        architecture,
        catalog,
    })
}

/// A new text of a blueprint, not yet written.
#[derive(Debug)]
pub(super) struct Edit {
    path: PathBuf,
    /// What is there now; none for a new blueprint.
    before: Option<String>,
    /// What will be there.
    pub(super) text: String,
}

impl Edit {
    /// The blueprint that stands at `path`, with flags set in its text.
    pub(super) fn of(path: &Path, sets: &[String], global: &Global) -> Result<Self> {
        // Reading it as a blueprint first says everything that may be wrong with it, and refuses hostile files.
        load_path(path, &[], global, &Output::silent())?;
        let before = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            text: with_sets(&before, sets)?,
            before: Some(before),
        })
    }

    /// A blueprint where none is yet.
    pub(super) fn new(path: &Path, text: String) -> Self {
        Self {
            path: path.to_owned(),
            before: None,
            text,
        }
    }

    /// Whether writing changes anything.
    pub(super) fn is_change(&self) -> bool {
        self.before.as_deref() != Some(self.text.as_str())
    }

    /// Puts the new text in the place of the old one, in one step.
    pub(super) fn write(&self) -> Result<()> {
        replace(&self.path, &self.text)
    }

    /// Makes the folder of a new blueprint.
    pub(super) fn make_folder(&self) -> Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        if folder.as_os_str().is_empty() || folder.exists() {
            return Ok(());
        }
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create `{}`", folder.display()))
    }

    /// Removes the folder of a new blueprint that was not written after all, if it is empty.
    pub(super) fn remove_folder(&self) {
        if let (None, Some(folder)) = (&self.before, self.path.parent()) {
            // A folder that holds something stays, and that is no error.
            let _ = std::fs::remove_dir(folder);
        }
    }

    /// Puts everything back as it was, after a run that failed.
    pub(super) fn undo(&self) -> Result<()> {
        match &self.before {
            Some(before) => replace(&self.path, before),
            None => std::fs::remove_file(&self.path)
                .with_context(|| format!("cannot remove `{}`", self.path.display())),
        }
    }
}

/// The text with every flag `KEY=VALUE` set in it; comments and order stay.
pub(super) fn with_sets(text: &str, sets: &[String]) -> Result<String> {
    let mut text = text.to_owned();
    for set in sets {
        let Some((key, value)) = set.split_once('=') else {
            bail!("`--set {set}` has no value\nhint: --set users.monthly_active=3M");
        };
        text = blueprint::edit::set(&text, key.trim(), value.trim())?;
    }
    Ok(text)
}

/// Writes beside the file, then renames: whoever reads it sees the old text or the new one.
fn replace(path: &Path, text: &str) -> Result<()> {
    // A link is kept, and what it leads to is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    let beside = folder.join(format!(".{NAME}.{}", std::process::id()));
    let written = std::fs::write(&beside, text)
        .and_then(|()| match std::fs::metadata(&path) {
            Ok(metadata) => std::fs::set_permissions(&beside, metadata.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| std::fs::rename(&beside, &path));
    if written.is_err() {
        // It may not even be there; what matters is the error above.
        let _ = std::fs::remove_file(&beside);
    }
    written.with_context(|| format!("cannot write `{}`", path.display()))
}

/// The built-in catalog, with the tables of `--catalog` in the place of its own.
pub(super) fn catalog(global: &Global) -> Result<Catalog> {
    match &global.catalog {
        None => Ok(Catalog::builtin()),
        Some(directory) => Catalog::load(directory),
    }
}

/// The built-in templates under the overlay of `--templates`.
pub(super) fn templates(global: &Global) -> Result<Templates> {
    match &global.templates {
        None => Ok(Templates::built_in()),
        Some(directory) => Templates::with_overlay(directory),
    }
}

impl Loaded {
    /// What rendering needs of it.
    pub(super) fn source<'a>(
        &'a self,
        templates: &'a Templates,
        folder: &'a str,
    ) -> pipeline::Source<'a> {
        pipeline::Source {
            blueprint: &self.blueprint,
            architecture: &self.architecture,
            catalog: &self.catalog,
            templates,
            folder,
        }
    }

    /// Plans every cloud, for commands that answer a question and leave remarks to those that act.
    pub(super) fn plan_quietly(&self, committed: &AllCommitted) -> Result<Vec<Plan>> {
        let planned = pipeline::plan(
            &self.blueprint,
            &self.architecture,
            &self.catalog,
            committed,
        );
        Ok(planned.map_err(|problems| self.blueprint.failure(problems))?)
    }

    /// Plans every cloud and prints what sizing remarks.
    pub(super) fn plan(&self, committed: &AllCommitted, output: &Output) -> Result<Vec<Plan>> {
        let plans = self.plan_quietly(committed)?;
        let mut remarks: Vec<Problem> = Vec::new();
        for remark in plans
            .iter()
            .flat_map(|plan| plan.sizings.iter().flat_map(|sizing| &sizing.remarks))
        {
            let problem = Problem::warning(remark.path.clone(), remark.text.clone());
            if !remarks.iter().any(|known| known.message == problem.message) {
                remarks.push(problem);
            }
        }
        output.problems(&self.blueprint.locate(remarks), self.blueprint.sources());
        Ok(plans)
    }
}

/// What the lock of a project committed, for sizing.
pub(super) fn committed(on_disk: &Project) -> Result<AllCommitted> {
    let mut all = AllCommitted::new();
    let Some(lock) = on_disk.lock() else {
        return Ok(all);
    };
    for (key, committed) in &lock.head.environments {
        let mut one = Committed::default();
        for (name, value) in &committed.quantities {
            if let Some(number) = value.as_f64() {
                one.numbers.insert(name.clone(), number);
            } else if let Some(text) = value.as_str() {
                one.texts.insert(name.clone(), text.to_owned());
            }
        }
        if !committed.shard_maps.is_null() {
            let map = serde_json::from_value(committed.shard_maps.clone());
            one.shard_map =
                Some(map.with_context(|| format!("the lock's shard map of {key} is not one"))?);
        }
        all.insert(key.clone(), one);
    }
    Ok(all)
}

/// Quantities that the next run must know: what must never shrink or move, and what stays while it is near enough.
fn is_committed(name: &str) -> bool {
    let database =
        name.starts_with("database.") && (name.ends_with(".shards") || name.contains(".nodes."));
    let stream =
        name.starts_with("stream.") && (name.ends_with(".partitions") || name == "stream.disk_gib");
    let block = name.starts_with("network.abroad.") && name.ends_with(".cidr");
    database || stream || block || pipeline::is_tolerant(name)
}

/// What this run writes into the lock's head.
pub(super) fn head(rendered: &super::generate::Rendered) -> Head {
    let blueprint = &rendered.loaded.blueprint;
    let mut environments = std::collections::BTreeMap::new();
    for plan in &rendered.plans {
        for (environment, sizing) in blueprint.environments.iter().zip(&plan.sizings) {
            let kept = sizing
                .ledger
                .iter()
                .filter(|quantity| is_committed(&quantity.name));
            let committed = reconcile::Committed {
                quantities: kept
                    .map(|quantity| (quantity.name.clone(), json!(quantity.value)))
                    .collect(),
                shard_maps: json!(sizing.shard_map),
            };
            environments.insert(
                pipeline::committed_key(plan.cloud, &environment.name),
                committed,
            );
        }
    }
    Head {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        catalog: rendered.loaded.catalog.version(),
        project: blueprint.name.clone(),
        blueprint: blueprint.digest.clone(),
        environments,
    }
}
