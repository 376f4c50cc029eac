//! Files that are rendered under another name than before: what people did to them follows.
//!
//! Comes in: the changes, each decided by itself. A file that is no longer rendered and a new one of the same component and
//! kind are taken for one where they are alike, as git does it: half of their lines, at least.

use std::collections::HashMap;

use anyhow::Result;

use super::{
    action::Action,
    change::{Change, Local},
    compare::{Options, base_of},
    disk::Folders,
    settle,
};

/// Share of lines that two texts have in common from which on one is taken for the other.
const ALIKE: f64 = 0.5;

/// Fewest lines by which files are told apart: shorter ones are alike by chance.
const LINES: usize = 3;

/// Gives every new file the edits of the one that it was before.
pub(super) fn follow(
    changes: &mut [Change<'_>],
    folders: &mut Folders<'_>,
    options: &Options,
) -> Result<()> {
    let created: Vec<usize> = with(changes, |change| change.action == Action::Create);
    // An edited file, or one that the user deleted.
    let gone: Vec<usize> = with(changes, |change| {
        change.fresh.is_none()
            && change.entry.is_some()
            && matches!(change.action, Action::Orphan | Action::Forget)
    });
    if created.is_empty() || gone.is_empty() {
        return Ok(());
    }
    let mut free = created;
    for old in gone {
        let Some(entry) = changes[old].entry else {
            continue;
        };
        let Some(base) = base_of(folders, changes[old].path, entry)? else {
            continue;
        };
        let alike = |new: usize| likeness(&changes[old], &base, &changes[new]);
        let best = free
            .iter()
            .copied()
            .map(|new| (new, alike(new)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((new, _)) = best.filter(|(_, alike)| *alike >= ALIKE) {
            free.retain(|&other| other != new);
            carry(changes, old, new, base, options);
        }
    }
    Ok(())
}

fn with(changes: &[Change<'_>], wanted: impl Fn(&Change<'_>) -> bool) -> Vec<usize> {
    changes
        .iter()
        .enumerate()
        .filter(|(_, change)| wanted(change))
        .map(|(idx, _)| idx)
        .collect()
}

/// How much of two files is the same, from 0 to 1.
fn likeness(old: &Change<'_>, base: &str, new: &Change<'_>) -> f64 {
    let Some(file) = new.fresh else {
        return 0.0;
    };
    let kind = |path: &str| {
        path.rsplit('/')
            .next()
            .and_then(|name| name.split_once('.'))
            .map(|(_, kind)| kind.to_owned())
    };
    if old.component() != new.component() || kind(old.path) != kind(new.path) {
        return 0.0;
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let meaning = |line: &&str| !line.trim().is_empty();
    base.lines()
        .filter(meaning)
        .for_each(|line| *counts.entry(line).or_default() += 1);
    let n_old: usize = counts.values().sum();
    let (mut n_new, mut n_common) = (0, 0);
    for line in file.text.lines().filter(meaning) {
        n_new += 1;
        if let Some(count) = counts.get_mut(line).filter(|count| **count > 0) {
            *count -= 1;
            n_common += 1;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "numbers of lines are small")]
    if n_old.min(n_new) < LINES {
        0.0
    } else {
        f64::from(n_common) / n_old.max(n_new) as f64
    }
}

/// Moves what happened to the old file to the new one.
fn carry(changes: &mut [Change<'_>], old: usize, new: usize, base: String, options: &Options) {
    let (old_path, old_entry) = (changes[old].path, changes[old].entry);
    let local = changes[old].local.clone();
    let moved = &mut changes[new];
    moved.moved_from = Some(old_path);
    let Some(file) = moved.fresh else {
        return;
    };
    let Local::File { .. } = local else {
        moved.action = if options.restore {
            Action::Create
        } else {
            Action::StayDeleted
        };
        return;
    };
    // Merged as if it had always been here; what is on disk here is nothing, still.
    moved.entry = old_entry;
    moved.base = Some(base);
    moved.local = local;
    settle::merge(moved, &file.text, options);
    if moved.action == Action::Merge {
        moved.action = Action::Move;
        changes[old].action = Action::MovedAway;
    }
}
