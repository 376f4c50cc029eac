//! Terraform as people left it: the files of the roots that were generated, edits and files of their own included.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context as _, Result, bail};

use super::{FILE_BYTES, Output};
use crate::{
    reconcile::{self, Options, Project},
    render::Tree,
    syntax::hcl,
};

/// What will be on disk once the tree is generated: by path, what it holds.
pub(super) fn now(project: &Project, tree: &Tree) -> Result<BTreeMap<String, String>> {
    let changes = reconcile::compare(project, tree, &Options::default())?;
    let mut files = of_roots(project.folder(), &roots(tree.files.keys()))?;
    for change in changes.iter().filter(|change| is_terraform(change.path)) {
        match change.result() {
            Some(text) => files.insert(change.path.to_owned(), text.into_owned()),
            None => files.remove(change.path),
        };
    }
    check(&files)?;
    Ok(files)
}

/// What is in the folder of a revision in which `generated` was written; none where it is no Terraform, which is past mending.
pub(super) fn then(
    folder: &Path,
    generated: &BTreeMap<String, String>,
    output: &Output,
) -> Result<Option<BTreeMap<String, String>>> {
    let files = of_roots(folder, &roots(generated.keys()))?;
    if let Err(error) = check(&files) {
        output.note(&format!(
            "edits are not compared, for at the revision: {error}"
        ));
        return Ok(None);
    }
    Ok(Some(files))
}

fn is_terraform(path: &str) -> bool {
    path.ends_with(".tf") || path.ends_with(".tfvars")
}

fn roots<'p>(paths: impl Iterator<Item = &'p String>) -> BTreeSet<&'p str> {
    paths
        .filter_map(|path| path.strip_suffix("/versions.tf"))
        .collect()
}

fn of_roots(folder: &Path, roots: &BTreeSet<&str>) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for root in roots {
        for below in [(*root).to_owned(), format!("{root}/envs")] {
            // A folder that is not there has nothing in it; a link leads out of the project.
            let place = folder.join(&below);
            if fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir()) {
                read(&place, &below, &mut files)?;
            }
        }
    }
    Ok(files)
}

fn read(place: &Path, below: &str, files: &mut BTreeMap<String, String>) -> Result<()> {
    let failed = || format!("cannot read `{}`", place.display());
    for entry in fs::read_dir(place).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let metadata = entry.metadata().with_context(failed)?;
        if !metadata.is_file() || !is_terraform(&name) {
            continue;
        }
        if metadata.len() > FILE_BYTES {
            bail!(
                "`{}` is too large for a file of Terraform",
                entry.path().display()
            );
        }
        let text = fs::read_to_string(entry.path())
            .with_context(|| format!("cannot read `{}`", entry.path().display()))?;
        files.insert(format!("{below}/{name}"), text.replace("\r\n", "\n"));
    }
    Ok(())
}

/// A file that cannot be read would count as one whose resources are gone.
fn check(files: &BTreeMap<String, String>) -> Result<()> {
    for (path, text) in files {
        if let Err(malformed) = hcl::parse(text) {
            bail!(
                "`{path}` is no Terraform: {malformed}\nhint: put it right, or compare what is generated alone with --against lock"
            );
        }
    }
    Ok(())
}
