//! Making changes on disk, all or none, and recording them in the lock.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fs, io,
    os::fd::{AsFd as _, OwnedFd},
    path::{Component as Part, Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use super::{
    action::Action,
    change::{Change, Changes, Local},
    disk::{Disk, Folders, Permissions, Watch},
    journal::{self, Plan, Write},
    lock::{Digest, Entry, Head, Lock},
    merge,
    path::{self, LOCK},
    project::{Project, Unwatched, hold, open_root},
};
use crate::{render::File, report::finding::Hinted as _};

/// Stops a run once, and then lets it take back what it did.
struct Interruptible<'a> {
    interrupted: &'a AtomicBool,
    stopped: bool,
}

impl Watch for Interruptible<'_> {
    fn before(&mut self, _: &str) -> io::Result<()> {
        if !self.stopped && self.interrupted.load(Ordering::Relaxed) {
            self.stopped = true;
            return Err(io::Error::new(
                io::ErrorKind::Interrupted,
                "interrupted; nothing was written",
            ));
        }
        Ok(())
    }
}

/// What a run wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Files of the project that were written.
    pub n_written: usize,
    /// Files of the project that were deleted.
    pub n_deleted: usize,
    /// Whether the lock was written.
    pub lock: bool,
}

/// Makes the changes on disk, all or none, and records them under `head` in the lock. `interrupted` is looked at before
/// every step: once it is set, the run takes back what it did.
///
/// # Errors
/// If the changes have a conflict or something in the way, or a file cannot be written: then nothing is.
pub fn apply(
    project: &Project,
    changes: &Changes<'_>,
    head: &Head,
    interrupted: &AtomicBool,
) -> Result<Applied> {
    apply_watched(
        project,
        changes,
        head,
        &mut Interruptible {
            interrupted,
            stopped: false,
        },
    )
}

pub(super) fn apply_watched(
    project: &Project,
    changes: &Changes<'_>,
    head: &Head,
    watch: &mut dyn Watch,
) -> Result<Applied> {
    ensure!(
        project.writable,
        "bug: the project is open for reading only"
    );
    ensure!(
        !changes.verdict().stops(),
        "bug: changes that must not be applied"
    );
    let lock = next_lock(project.lock(), changes, head);
    let lock_text = lock.text().into_bytes();
    let mut plan = Plan { writes: Vec::new() };
    for change in changes {
        plan.writes.extend(write_of(change));
    }
    let n_deleted = plan
        .writes
        .iter()
        .filter(|write| write.to.is_none())
        .count();
    let mut applied = Applied {
        n_written: plan.writes.len() - n_deleted,
        n_deleted,
        lock: false,
    };
    if let Some(root) = &project.root {
        add_bases(&mut plan, changes, &mut Folders::new(root.as_fd()))?;
        applied.lock = lock_text != project.lock_text;
        add_lock(&mut plan, project, lock_text);
        if !plan.writes.is_empty() {
            journal::run(&mut Disk::new(root.as_fd(), watch), &plan)?;
        }
        return Ok(applied);
    }
    let (root, made) = make_root(&project.folder)?;
    applied.lock = true;
    let run = || {
        hold(&root, &project.folder, true, Duration::ZERO)?;
        let mut folders = Folders::new(root.as_fd());
        ensure!(
            folders.list(".")?.is_empty(),
            "another run has made `{}` just now; try again",
            project.folder.display()
        );
        add_bases(&mut plan, changes, &mut folders)?;
        add_lock(&mut plan, project, lock_text);
        journal::run(&mut Disk::new(root.as_fd(), watch), &plan)
    };
    run().inspect_err(|_| remove_made(&made))?;
    Ok(applied)
}

/// Makes the project's folder and those around it; says which, outer ones first.
fn make_root(folder: &Path) -> Result<(OwnedFd, Vec<PathBuf>)> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && fs::symlink_metadata(path).is_err())
        .collect();
    let mut made = Vec::new();
    for path in missing.into_iter().rev() {
        if matches!(path.components().next_back(), Some(Part::ParentDir)) {
            continue;
        }
        if let Err(error) = fs::create_dir(path) {
            remove_made(&made);
            return Err(error)
                .with_context(|| format!("cannot make the folder `{}`", path.display()));
        }
        made.push(path.to_owned());
    }
    match open_root(folder) {
        Ok(Some(root)) => Ok((root, made)),
        Ok(None) => bail!("the folder `{}` went away just now", folder.display()),
        Err(error) => Err(error),
    }
}

/// Removes folders that a failed run has made; what somebody else put into them meanwhile keeps them.
fn remove_made(made: &[PathBuf]) {
    for path in made.iter().rev() {
        let _ = fs::remove_dir(path);
    }
}

/// What the change writes in the project, if anything.
fn write_of<'c>(change: &'c Change<'_>) -> Option<Write<'c>> {
    let from = change.stamp.zip(digest_on_disk(change));
    match change.action {
        Action::Create | Action::Restore | Action::Update | Action::Replace => {
            let file = change.fresh?;
            Some(write_text(change, file, &file.text))
        }
        Action::Merge | Action::Heal | Action::Move => {
            let (file, text) = change.fresh.zip(change.merged.as_deref())?;
            let is_there = matches!(&change.local, Local::File { text: local, .. } if local == text.as_bytes());
            let same_mode = change
                .entry
                .is_none_or(|entry| entry.executable == file.executable);
            (!is_there || change.stamp.is_none() || !same_mode)
                .then(|| write_text(change, file, text))
        }
        Action::Delete | Action::MovedAway => Some(Write {
            path: change.path.into(),
            to: None,
            from,
            permissions: Permissions::Usual { executable: false },
        }),
        _ => None,
    }
}

/// Writes a text with the line ends of the one on disk.
fn write_text<'c>(change: &'c Change<'_>, file: &File, text: &'c str) -> Write<'c> {
    let crlf = matches!(change.local, Local::File { crlf: true, .. });
    let text = if crlf {
        Cow::Owned(merge::to_crlf(text.as_bytes()))
    } else {
        Cow::Borrowed(text.as_bytes())
    };
    let digest = change
        .digest
        .filter(|_| !crlf && change.merged.is_none())
        .unwrap_or_else(|| Digest::of(&text));
    Write {
        path: change.path.into(),
        to: Some((text, digest)),
        from: change.stamp.zip(digest_on_disk(change)),
        permissions: permissions(change, file),
    }
}

fn digest_on_disk(change: &Change<'_>) -> Option<Digest> {
    match &change.local {
        Local::File { text, crlf: true } => Some(Digest::of(&merge::to_crlf(text))),
        Local::File { text, crlf: false } => Some(Digest::of(text)),
        Local::Absent | Local::Obstacle(_) => None,
    }
}

/// A file keeps the permissions it has on disk, but for a script that becomes one or stops to be one.
fn permissions(change: &Change<'_>, file: &File) -> Permissions {
    let Some(stamp) = change.stamp else {
        return Permissions::Usual {
            executable: file.executable,
        };
    };
    match change.entry.map(|entry| entry.executable) {
        Some(was) if was != file.executable => {
            Permissions::Like(stamp.made_executable(file.executable))
        }
        _ => Permissions::Like(stamp),
    }
}

/// Adds what changes in `.loadpath/base`.
fn add_bases<'c>(
    plan: &mut Plan<'c>,
    changes: &'c Changes<'_>,
    folders: &mut Folders<'_>,
) -> Result<()> {
    for change in changes {
        let records = matches!(
            change.action,
            Action::Create
                | Action::Restore
                | Action::Update
                | Action::Replace
                | Action::Adopt
                | Action::AdoptEdit
                | Action::Converge
                | Action::Merge
                | Action::Heal
                | Action::Move
        );
        let is_moved = change.action == Action::StayDeleted && change.moved_from.is_some();
        let records = records || is_moved;
        let forgets = matches!(
            change.action,
            Action::Delete | Action::Forget | Action::MovedAway
        );
        if !(records || forgets || change.lost_base) {
            continue;
        }
        let path = path::base(change.path);
        let from = folders
            .stamp(&path)?
            .zip(change.entry.map(|entry| entry.digest).or(change.digest));
        let to = if forgets {
            None
        } else {
            change.fresh.zip(change.digest)
        };
        if from.is_none() && to.is_none() {
            continue;
        }
        let to = to.map(|(file, digest)| (Cow::Borrowed(file.text.as_bytes()), digest));
        plan.writes.push(Write {
            path: path.into(),
            to,
            from,
            permissions: Permissions::Usual { executable: false },
        });
    }
    Ok(())
}

/// Adds the lock, the last of all writes, if it changes.
fn add_lock(plan: &mut Plan<'_>, project: &Project, text: Vec<u8>) {
    if project.lock.is_some() && text == project.lock_text {
        return;
    }
    let digest = Digest::of(&text);
    let from = project
        .lock_stamp
        .map(|stamp| (stamp, Digest::of(&project.lock_text)));
    let permissions = Permissions::Usual { executable: false };
    plan.writes.push(Write {
        path: LOCK.into(),
        to: Some((text.into(), digest)),
        from,
        permissions,
    });
}

/// The lock after the changes: it describes exactly what is on disk then.
fn next_lock(old: Option<&Lock>, changes: &Changes<'_>, head: &Head) -> Lock {
    let mut files = old.map(|lock| lock.files.clone()).unwrap_or_default();
    for change in changes {
        let fresh = change.fresh.zip(change.digest);
        let entry = match change.action {
            Action::Delete | Action::Forget | Action::MovedAway => None,
            Action::StayDeleted if change.moved_from.is_some() => {
                fresh.map(|(file, digest)| entry_of(file, digest))
            }
            Action::Orphan | Action::StayDeleted => change.entry.cloned(),
            Action::Keep => match (change.entry, change.fresh) {
                (Some(entry), Some(file)) => Some(Entry {
                    executable: entry.executable,
                    ..entry_of(file, entry.digest)
                }),
                (entry, _) => entry.cloned(),
            },
            _ => fresh.map(|(file, digest)| entry_of(file, digest)),
        };
        let entry = entry.map(|entry| Entry {
            own: change
                .entry
                .map(|entry| entry.own.clone())
                .unwrap_or_default(),
            since: since(change, &head.tool),
            ..entry
        });
        match entry {
            Some(entry) => files.insert(change.path.to_owned(), entry),
            None => files.remove(change.path),
        };
    }
    Lock {
        head: next_head(old, changes, head),
        files,
    }
}

/// Since which version the file differs from what is rendered, if it will.
fn since(change: &Change<'_>, now: &str) -> Option<String> {
    let file = change.fresh?;
    let differs = match change.action {
        Action::Keep | Action::AdoptEdit | Action::Merge | Action::Heal | Action::Move => {
            change.result().is_some_and(|text| text != file.text)
        }
        _ => false,
    };
    let before = change.entry.and_then(|entry| entry.since.clone());
    // An edit alone says nothing about versions: what counts is that something new was not taken.
    let now = (change.action != Action::Keep).then(|| now.to_owned());
    before.or(now).filter(|_| differs)
}

fn entry_of(file: &File, digest: Digest) -> Entry {
    let File {
        component,
        ownership,
        executable,
        ..
    } = *file;
    Entry {
        component: component.name().to_owned(),
        digest,
        ownership,
        executable,
        own: BTreeSet::new(),
        since: None,
    }
}

/// After a limited run the project is not yet what the blueprint says: only what it commits to is new.
fn next_head(old: Option<&Lock>, changes: &Changes<'_>, head: &Head) -> Head {
    match old {
        Some(old) if !changes.selection.is_all() => {
            let mut environments = old.head.environments.clone();
            let left = &changes.selection.leave_environments;
            environments.extend(
                head.environments
                    .clone()
                    .into_iter()
                    .filter(|(name, _)| !left.contains(name)),
            );
            Head {
                environments,
                ..old.head.clone()
            }
        }
        _ => head.clone(),
    }
}

/// Makes parts of a generated file the user's, or gives them back. [`Entry::WHOLE`] names all of it.
///
/// # Errors
/// If the path is not generated, or the lock cannot be written.
pub fn own(project: &Project, path: &str, add: &[String], remove: &[String]) -> Result<bool> {
    ensure!(
        project.writable,
        "bug: the project is open for reading only"
    );
    let Some((root, mut lock)) = project.root.as_ref().zip(project.lock.clone()) else {
        let failure = Err(anyhow!(
            "`{}` was never generated",
            project.folder.display()
        ));
        return failure.hint("loadpath generate");
    };
    let Some(entry) = lock.files.get_mut(path) else {
        let near = lock
            .files
            .keys()
            .max_by(|a, b| strsim::jaro_winkler(a, path).total_cmp(&strsim::jaro_winkler(b, path)));
        let failure = Err(anyhow!("`{path}` is not generated"));
        return failure.hint(format!(
            "did you mean {}?",
            near.map_or("docs/START.md", String::as_str)
        ));
    };
    entry.own.extend(add.iter().cloned());
    entry.own.retain(|name| !remove.contains(name));
    let mut plan = Plan::default();
    add_lock(&mut plan, project, lock.text().into_bytes());
    let is_change = !plan.writes.is_empty();
    if is_change {
        journal::run(&mut Disk::new(root.as_fd(), &mut Unwatched), &plan)?;
    }
    Ok(is_change)
}
