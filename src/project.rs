//! Blueprints and projects in a repository.
//!
//! Comes in: a folder. Goes out: the root of the repository around it, and every blueprint below it. Promised: what git ignores
//! is not looked at, nor the folders of git and of loadpath itself; symbolic links are not followed; the order is that of
//! paths. Nothing is written.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::{Context as _, Result, anyhow};
use ignore::{WalkBuilder, WalkState};

/// Name under which a blueprint is looked for.
pub const BLUEPRINT: &str = "loadpath.yaml";
/// What a generated project has.
const LOCK: &str = ".loadpath/lock.json";

/// A place in a repository that has to do with loadpath.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A blueprint.
    Blueprint(PathBuf),
    /// The folder of a generated project whose blueprint is somewhere else.
    Alone(PathBuf),
}

impl Place {
    /// The blueprint, or the folder.
    pub fn path(&self) -> &Path {
        match self {
            Self::Blueprint(path) | Self::Alone(path) => path,
        }
    }
}

/// The root of the git repository around a folder, with symbolic links resolved; none outside of one.
pub fn root(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let root = folder
        .ancestors()
        .find(|ancestor| ancestor.join(".git").exists())?;
    Some(root.to_path_buf())
}

/// Place of a folder below the root of its git repository, with `/`; empty at the root and without one.
pub fn below_root(folder: &Path) -> String {
    let below = root(folder).and_then(|root| {
        let folder = folder.canonicalize().ok()?;
        Some(folder.strip_prefix(root).ok()?.to_path_buf())
    });
    let below = below.unwrap_or_default();
    below
        .iter()
        .filter_map(|part| part.to_str())
        .collect::<Vec<_>>()
        .join("/")
}

/// Every blueprint and every project below a folder, in the order of paths.
///
/// # Errors
/// If a folder cannot be read.
pub fn places(root: &Path, threads: usize) -> Result<Vec<Place>> {
    let found = Mutex::new(Vec::new());
    let failed: Mutex<Option<ignore::Error>> = Mutex::new(None);
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .parents(true)
        .ignore(false)
        .require_git(true)
        .threads(threads)
        .filter_entry(|entry| {
            let own = [".git", ".loadpath", ".terraform", "node_modules"];
            !own.iter().any(|name| entry.file_name() == *name)
        })
        .build_parallel();
    walk.run(|| {
        Box::new(|entry| match entry {
            Ok(entry) => {
                if let Some(place) = place(&entry) {
                    lock(&found).push(place);
                }
                WalkState::Continue
            }
            Err(error) => {
                *lock(&failed) = Some(error);
                WalkState::Quit
            }
        })
    });
    if let Some(error) = lock(&failed).take() {
        return Err(anyhow!(error))
            .with_context(|| format!("cannot look for blueprints in `{}`", root.display()));
    }
    let mut places = std::mem::take(&mut *lock(&found));
    places.sort_by(|one, other| one.path().cmp(other.path()));
    Ok(places)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn place(entry: &ignore::DirEntry) -> Option<Place> {
    let kind = entry.file_type()?;
    if kind.is_file() && entry.file_name() == BLUEPRINT {
        return Some(Place::Blueprint(entry.path().to_owned()));
    }
    let is_alone = kind.is_dir()
        && entry.path().join(LOCK).is_file()
        && !entry.path().join(BLUEPRINT).is_file();
    is_alone.then(|| Place::Alone(entry.path().to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("ours");
        fs::write(path, text).expect("ours");
    }

    #[test]
    fn what_git_ignores_is_not_looked_at() {
        let folder = tempfile::tempdir().expect("the system has a temporary folder");
        let root = folder.path();
        fs::create_dir(root.join(".git")).expect("ours");
        write(root, ".gitignore", "build/\n*.gen/\n");
        for path in [
            "loadpath.yaml",
            "teams/b/loadpath.yaml",
            "teams/a/loadpath.yaml",
            ".infra/loadpath.yaml",
            "build/loadpath.yaml",
            "x.gen/loadpath.yaml",
            ".git/loadpath.yaml",
            "teams/a/.loadpath/base/loadpath.yaml",
        ] {
            write(root, path, "version: 1\n");
        }
        write(root, "elsewhere/.loadpath/lock.json", "{}");
        write(root, "teams/a/.loadpath/lock.json", "{}");
        let found = places(root, 2).expect("it can be read");
        let shown: Vec<String> = found
            .iter()
            .map(|place| {
                place
                    .path()
                    .strip_prefix(root)
                    .expect("below")
                    .display()
                    .to_string()
            })
            .collect();
        assert_eq!(
            shown,
            [
                ".infra/loadpath.yaml",
                "elsewhere",
                "loadpath.yaml",
                "teams/a/loadpath.yaml",
                "teams/b/loadpath.yaml",
            ]
        );
        assert_eq!(found[1], Place::Alone(root.join("elsewhere")));
    }
}
