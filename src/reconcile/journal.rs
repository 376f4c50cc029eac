//! One run's changes to the disk, all or none.
//!
//! Comes in: a [`Plan`]: every file to write or to delete, the lock last. First all new texts are written into
//! `.loadpath/staging/`, where nobody looks; then the journal, which lists what is about to happen; then one rename a
//! file, or a whole new folder, makes it happen, the replaced files moving into the staging folder; last the lock is
//! replaced, and the staging folder goes.
//! Promised: whatever stops the run, a failure here or the end of the process at any instant, [`recover`] (or the run
//! itself) puts everything back as it was, or, once the lock is replaced, only tidies up. A file that a
//! person edits between the two is left as they have it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, anyhow};
use serde::{Deserialize, Serialize};

use super::{
    disk::{Disk, Found, Permissions, Stamp},
    lock::Digest,
    path::{self, BASE, LOCK, OWN, STAGING},
};

/// Lists what a run is doing, from before its first visible change to after its last.
pub(super) const JOURNAL: &str = ".loadpath/staging/journal";
const JOURNAL_PART: &str = ".loadpath/staging/journal.part";
/// Says which process is writing.
pub(super) const HOLDER: &str = ".loadpath/staging/pid";

/// A file to write or to delete.
#[derive(Clone, Debug)]
pub(super) struct Write<'a> {
    /// Path in the project.
    pub(super) path: std::borrow::Cow<'a, str>,
    /// The text to write, none to delete the file, with its digest.
    pub(super) to: Option<(std::borrow::Cow<'a, [u8]>, Digest)>,
    /// The file that is there now, as it was when it was read.
    pub(super) from: Option<(Stamp, Digest)>,
    /// Permissions of the new file.
    pub(super) permissions: Permissions,
}

/// Everything that a run is going to change, the lock last.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan<'a> {
    /// In the order in which it happens.
    pub(super) writes: Vec<Write<'a>>,
}

/// The journal as written.
#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    /// New folders, outer ones first.
    folders: Vec<String>,
    /// Files to write or delete.
    operations: Vec<Operation>,
    /// Folders that may be left empty, inner ones first.
    emptied: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Operation {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Digest>,
}

impl Operation {
    /// Whether the file is loadpath's own: nobody else's text is at stake.
    fn is_own(&self) -> bool {
        path::is_below(&self.path, OWN)
    }
}

/// Makes the changes of `plan`. Either all are made, or an error says which one failed and none is.
pub(super) fn run(disk: &mut Disk<'_>, plan: &Plan<'_>) -> Result<()> {
    let journal = match stage(disk, plan) {
        Ok(journal) => journal,
        Err(error) => return Err(after(error, tidy(disk))),
    };
    match carry_out(disk, plan, &journal) {
        // An interruption that comes now comes too late, and a second try is free.
        Ok(()) => finish(disk, &journal)
            .or_else(|_| finish(disk, &journal))
            .context("everything is written, but the staging folder is left over"),
        Err(error) => Err(after(error, put_back(disk, &journal))),
    }
}

/// The error of a run, and what became of putting things back after it.
fn after(error: anyhow::Error, undone: Result<()>) -> anyhow::Error {
    match undone {
        Ok(()) => error,
        Err(second) => error.context(format!(
            "the next run will put back what this one could not: {second:#}"
        )),
    }
}

/// Writes the new texts and the journal where nobody looks.
fn stage(disk: &mut Disk<'_>, plan: &Plan<'_>) -> Result<Journal> {
    disk.make_folder(OWN)?;
    disk.make_folder(STAGING)?;
    let pid = format!("{}\n", std::process::id());
    disk.make_file(
        HOLDER,
        pid.as_bytes(),
        Permissions::Usual { executable: false },
        HOLDER,
    )?;
    let folders = missing_folders(disk, plan)?;
    let staged = Staged::of(&folders);
    for folder in &folders {
        disk.make_folder(
            &staged
                .path(folder)
                .expect("a new folder is in an outermost one"),
        )?;
    }
    for (slot, write) in plan.writes.iter().enumerate() {
        if let Some((text, _)) = &write.to {
            let path = staged.path(&write.path).unwrap_or_else(|| new(slot));
            disk.make_file(&path, text, write.permissions, &write.path)?;
        }
    }
    let journal = Journal {
        folders,
        operations: operations(plan),
        emptied: emptied_folders(plan),
    };
    let text = serde_json::to_vec(&journal).context("bug: the journal is not JSON")?;
    let file = disk.make_file(
        JOURNAL_PART,
        &text,
        Permissions::Usual { executable: false },
        JOURNAL,
    )?;
    if journal
        .operations
        .iter()
        .any(|operation| operation.from.is_some() && !operation.is_own())
    {
        // Without files that were there before, a journal lost to a power cut guards nothing.
        disk.sync(&file, JOURNAL)?;
    }
    disk.replace(JOURNAL_PART, JOURNAL)?;
    Ok(journal)
}

/// Folders that are new as a whole: they are staged with all that is in them, and moved in one piece.
struct Staged<'f> {
    tops: Vec<&'f str>,
}

impl<'f> Staged<'f> {
    /// The outermost ones of these folders, which come outer ones first.
    fn of(folders: &'f [String]) -> Self {
        let mut tops: Vec<&str> = Vec::new();
        for folder in folders {
            if !tops.iter().any(|top| path::is_below(folder, top)) {
                tops.push(folder);
            }
        }
        Self { tops }
    }

    /// Where a file or folder in one of them is staged.
    fn path(&self, path: &str) -> Option<String> {
        let slot = self.tops.iter().position(|top| path::is_below(path, top))?;
        Some(format!(
            "{STAGING}/f{slot}{}",
            &path[self.tops[slot].len()..]
        ))
    }
}

fn operations(plan: &Plan<'_>) -> Vec<Operation> {
    let operation = |write: &Write<'_>| Operation {
        path: write.path.to_string(),
        from: write.from.map(|(_, digest)| digest),
        to: write.to.as_ref().map(|(_, digest)| *digest),
    };
    plan.writes.iter().map(operation).collect()
}

/// Folders that the plan's files need and that are not there, outer ones first.
fn missing_folders(disk: &mut Disk<'_>, plan: &Plan<'_>) -> Result<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut missing = BTreeSet::new();
    for write in plan.writes.iter().filter(|write| write.to.is_some()) {
        let ends: Vec<usize> = write.path.match_indices('/').map(|(end, _)| end).collect();
        for folder in ends
            .into_iter()
            .map(|end| &write.path[..end])
            .filter(|folder| !folder.ends_with(".."))
        {
            if !seen.insert(folder.to_owned()) {
                continue;
            }
            let parent_missing = folder
                .rsplit_once('/')
                .is_some_and(|(parent, _)| missing.contains(parent));
            if parent_missing || !disk.folders.has_folder(folder)? {
                missing.insert(folder.to_owned());
            }
        }
    }
    Ok(missing.into_iter().collect())
}

/// Folders that a file is deleted from, and those around them, inner ones first.
fn emptied_folders(plan: &Plan<'_>) -> Vec<String> {
    let mut folders = BTreeSet::new();
    for write in plan.writes.iter().filter(|write| write.to.is_none()) {
        let mut path = &*write.path;
        while let Some((folder, _)) = path.rsplit_once('/') {
            if folder == OWN || folder.ends_with("..") || !folders.insert(folder.to_owned()) {
                break;
            }
            path = folder;
        }
    }
    folders.into_iter().rev().collect()
}

/// Makes the changes visible, one after the other.
fn carry_out(disk: &mut Disk<'_>, plan: &Plan<'_>, journal: &Journal) -> Result<()> {
    let staged = Staged::of(&journal.folders);
    for (slot, folder) in staged.tops.iter().enumerate() {
        disk.place(&format!("{STAGING}/f{slot}"), folder)?;
    }
    for (slot, (write, operation)) in plan.writes.iter().zip(&journal.operations).enumerate() {
        let path = &*write.path;
        if staged.path(path).is_some() {
            continue;
        }
        if operation.is_own() {
            if operation.from.is_some() {
                disk.keep(path, &old(slot))?;
            }
            match operation.to {
                Some(_) => disk.replace(&new(slot), path)?,
                None => disk.remove_file(path)?,
            }
            continue;
        }
        if let Some((stamp, _)) = write.from
            && disk.folders.stamp(path)? != Some(stamp)
        {
            return Err(anyhow!(
                "`{path}` changed while loadpath was at work; nothing was written"
            ));
        }
        match (operation.from, operation.to) {
            (None, Some(_)) => disk.place(&new(slot), path)?,
            (Some(_), Some(_)) => {
                disk.keep(path, &old(slot))?;
                disk.replace(&new(slot), path)?;
            }
            (Some(_), None) => disk
                .replace(path, &old(slot))
                .with_context(|| format!("cannot delete `{path}`"))?,
            (None, None) => {}
        }
    }
    Ok(())
}

/// Tidies up after the last change.
fn finish(disk: &mut Disk<'_>, journal: &Journal) -> Result<()> {
    for folder in &journal.emptied {
        disk.remove_empty_folder(folder)?;
    }
    tidy(disk)
}

/// Takes back, last first, whatever part of the journal was carried out. Can itself be cut short and done again.
fn put_back(disk: &mut Disk<'_>, journal: &Journal) -> Result<()> {
    let mut text = Vec::new();
    for (slot, operation) in journal.operations.iter().enumerate().rev() {
        put_back_one(disk, slot, operation, &mut text)?;
    }
    for folder in journal.folders.iter().rev() {
        disk.remove_empty_folder(folder)?;
    }
    tidy(disk)
}

fn put_back_one(
    disk: &mut Disk<'_>,
    slot: usize,
    operation: &Operation,
    text: &mut Vec<u8>,
) -> Result<()> {
    let Operation { path, from, to } = operation;
    // What a person wrote meanwhile is theirs: only a file that is as this run left it goes back.
    let as_left = match disk.folders.read(path, text)? {
        Found::Absent => to.is_none(),
        Found::File(_) => operation.is_own() || to.is_some_and(|to| Digest::of(text) == to),
        Found::Obstacle(_) => false,
    };
    let absent = operation.is_own() && disk.folders.stamp(path)?.is_none();
    if from.is_some() {
        if (as_left || absent) && disk.folders.stamp(&old(slot))?.is_some() {
            disk.replace(&old(slot), path)?;
        }
    } else if as_left && disk.folders.stamp(&new(slot))?.is_none() {
        disk.remove_file(path)?;
    }
    Ok(())
}

/// Removes the journal, then everything else in the staging folder, and the folders that nothing is in.
fn tidy(disk: &mut Disk<'_>) -> Result<()> {
    if disk.folders.has_folder(STAGING)? {
        disk.remove_file(JOURNAL)?;
        disk.remove_tree(STAGING)?;
    }
    for folder in [BASE, OWN] {
        if disk.folders.list(folder)?.is_empty() && disk.folders.has_folder(folder)? {
            disk.remove_empty_folder(folder)?;
        }
    }
    Ok(())
}

/// What an earlier run has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leftover {
    /// Nothing.
    Nothing,
    /// It had not changed anything yet, or had only to tidy up.
    Debris,
    /// It was in the middle of its changes.
    Interrupted,
}

/// Says what an earlier run has left, and changes nothing.
pub(super) fn leftover(folders: &mut super::disk::Folders<'_>) -> Result<Leftover> {
    if !folders.has_folder(STAGING)? {
        return Ok(Leftover::Nothing);
    }
    Ok(if folders.stamp(JOURNAL)?.is_some() {
        Leftover::Interrupted
    } else {
        Leftover::Debris
    })
}

/// Finishes or takes back what an earlier run has left.
pub(super) fn recover(disk: &mut Disk<'_>) -> Result<Leftover> {
    let left = leftover(&mut disk.folders)?;
    match left {
        Leftover::Nothing => {}
        Leftover::Debris => tidy(disk)?,
        Leftover::Interrupted => {
            recover_journal(disk).context("cannot put back what an interrupted run has left")?;
        }
    }
    Ok(left)
}

fn recover_journal(disk: &mut Disk<'_>) -> Result<()> {
    let mut text = Vec::new();
    disk.folders.read(JOURNAL, &mut text)?;
    let journal: Journal =
        serde_json::from_slice(&text).with_context(|| format!("`{JOURNAL}` is damaged"))?;
    let files = journal.operations.iter().map(|operation| &operation.path);
    for path in files.chain(&journal.folders).chain(&journal.emptied) {
        path::check_any(path)
            .map_err(|refusal| anyhow!("`{JOURNAL}` is damaged: path `{path}` {refusal}"))?;
    }
    let lock = journal
        .operations
        .last()
        .filter(|operation| operation.path == LOCK)
        .and_then(|operation| operation.to);
    disk.folders.read(LOCK, &mut text)?;
    if lock == Some(Digest::of(&text)) {
        finish(disk, &journal)
    } else {
        put_back(disk, &journal)
    }
}

fn new(slot: usize) -> String {
    format!("{STAGING}/n{slot}")
}

fn old(slot: usize) -> String {
    format!("{STAGING}/o{slot}")
}
