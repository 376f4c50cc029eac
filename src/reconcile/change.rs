//! A path with its three sides and what follows from them; all of them together.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    action::{Action, Verdict},
    compare::Selection,
    disk::{Obstacle, Stamp},
    lock::{Digest, Entry},
    merge::{Conflict, Hunk},
};
use crate::render::{File, QuantityAt};

/// What is on disk at a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Local {
    /// Nothing.
    #[default]
    Absent,
    /// A file.
    File {
        /// Its text, with `\n` where every line ended in `\r\n`; empty for [`Action::Unchanged`].
        text: Vec<u8>,
        /// Whether its lines end in `\r\n`.
        crlf: bool,
    },
    /// Something that is neither read nor written.
    Obstacle(Obstacle),
}

/// A path, its sides and what follows.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// Path in the project, with `/`.
    pub path: &'a str,
    /// What happens.
    pub action: Action,
    /// What was rendered now, if it still is.
    pub fresh: Option<&'a File>,
    /// What is on disk.
    pub local: Local,
    /// What was generated last. Only read where it is needed: for a conflict and for an edit that the fresh text differs from.
    pub base: Option<String>,
    /// The text that takes the place of the one on disk, where it is not the fresh one.
    pub merged: Option<String>,
    /// Why both sides' changes do not go together; also where a flag decided it.
    pub conflict: Option<Conflict>,
    /// Path under which the file was rendered before.
    pub moved_from: Option<&'a str>,
    /// What the lock says of it.
    pub entry: Option<&'a Entry>,
    /// Digest of the fresh text.
    pub(super) digest: Option<Digest>,
    /// The file as it was when it was read.
    pub(super) stamp: Option<Stamp>,
    /// Whether the pristine text in `.loadpath/base` is missing though it should be there.
    pub(super) lost_base: bool,
}

/// A place in a file where a quantity, or a line, has three values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Line of the file on disk, from 1.
    pub line: usize,
    /// The quantity, where the place is exactly one.
    pub quantity: Option<&'a QuantityAt>,
    /// Generated last.
    pub base: String,
    /// On disk.
    pub local: String,
    /// Rendered now.
    pub fresh: String,
}

impl<'a> Change<'a> {
    /// Name of the component the file belongs to.
    pub fn component(&self) -> &'a str {
        component(self.fresh, self.entry)
    }

    /// The text on disk, as far as it is text; none where there is no file.
    pub fn local_text(&self) -> Option<Cow<'_, str>> {
        match &self.local {
            Local::File { text, .. } => Some(String::from_utf8_lossy(text)),
            Local::Absent | Local::Obstacle(_) => None,
        }
    }

    /// The text that was generated last: known where both sides differ from it, or where the file on disk still is it.
    pub fn base_text(&self) -> Option<Cow<'_, str>> {
        match self.action {
            Action::Update | Action::Delete => self.local_text(),
            _ => self.base.as_deref().map(Cow::Borrowed),
        }
    }

    /// What stands in the way.
    pub fn obstacle(&self) -> Option<&Obstacle> {
        match &self.local {
            Local::Obstacle(obstacle) => Some(obstacle),
            Local::Absent | Local::File { .. } => None,
        }
    }

    /// The text that is on disk once the changes are made; none where there is no file then.
    pub fn result(&self) -> Option<Cow<'_, str>> {
        let fresh = || self.fresh.map(|file| Cow::Borrowed(file.text.as_str()));
        match self.action {
            Action::Create | Action::Restore | Action::Update | Action::Replace => fresh(),
            Action::Merge | Action::Heal | Action::Move => {
                self.merged.as_deref().map(Cow::Borrowed)
            }
            Action::Delete | Action::MovedAway | Action::Forget | Action::StayDeleted => None,
            Action::Unchanged => fresh(),
            _ => self.local_text(),
        }
    }

    /// Where base, local and fresh disagree so that somebody has to decide, in the order of lines.
    pub fn places(&self) -> Vec<Place<'a>> {
        let (Some(fresh), Some(conflict)) = (self.fresh, &self.conflict) else {
            return Vec::new();
        };
        conflict
            .hunks
            .iter()
            .flat_map(|hunk| places(hunk, &fresh.quantities))
            .collect()
    }
}

/// The places of a hunk: line by line where the three sides have equally many, as one otherwise.
fn places<'a>(hunk: &Hunk, quantities: &'a [QuantityAt]) -> Vec<Place<'a>> {
    let n_lines = hunk.fresh.len();
    if hunk.base.len() != n_lines || hunk.local.len() != n_lines {
        let text = |lines: &[String]| lines.concat().trim_end().to_owned();
        let (base, local, fresh) = (text(&hunk.base), text(&hunk.local), text(&hunk.fresh));
        return vec![Place {
            line: hunk.local_line,
            quantity: None,
            base,
            local,
            fresh,
        }];
    }
    let differs = |&at: &usize| hunk.base[at] != hunk.fresh[at] || hunk.base[at] != hunk.local[at];
    (0..n_lines)
        .filter(differs)
        .map(|at| place(hunk, at, quantities))
        .collect()
}

fn place<'a>(hunk: &Hunk, at: usize, quantities: &'a [QuantityAt]) -> Place<'a> {
    let sides = [&hunk.base[at], &hunk.local[at], &hunk.fresh[at]].map(|line| line.trim_end());
    let printed = quantities
        .iter()
        .filter(|quantity| quantity.line == hunk.fresh_line + at);
    let found = printed
        .filter_map(|quantity| Some((quantity, values(sides, quantity)?)))
        .find(|(_, values)| values[0] != values[2]);
    let (quantity, [base, local, fresh]) = match found {
        Some((quantity, values)) => (Some(quantity), values),
        None => (None, sides.map(str::trim)),
    };
    Place {
        line: hunk.local_line + at,
        quantity,
        base: base.to_owned(),
        local: local.to_owned(),
        fresh: fresh.to_owned(),
    }
}

/// The values of a quantity in three lines that differ in nothing else but spaces around it.
fn values<'l>(sides: [&'l str; 3], quantity: &QuantityAt) -> Option<[&'l str; 3]> {
    let fresh = sides[2];
    let at = |column: usize| {
        fresh
            .char_indices()
            .map(|(at, _)| at)
            .chain([fresh.len()])
            .nth(column)
    };
    let (start, end) = (
        at(quantity.column.checked_sub(1)?)?,
        at(quantity.column - 1 + quantity.width)?,
    );
    let (before, after) = (&fresh[..start], &fresh[end..]);
    let cut = |line: &'l str| line.strip_prefix(before)?.strip_suffix(after);
    Some([cut(sides[0])?, cut(sides[1])?, cut(sides[2])?])
}

/// One action for each path of the tree and of the lock, in the order of paths.
#[derive(Clone, Debug)]
pub struct Changes<'a> {
    pub(super) changes: Vec<Change<'a>>,
    /// What the run was limited to.
    pub(super) selection: Selection,
}

impl<'a> Changes<'a> {
    /// All changes, [`Action::Unchanged`] included.
    pub fn iter(&self) -> std::slice::Iter<'_, Change<'a>> {
        self.changes.iter()
    }

    /// The changes with this action.
    pub fn with(&self, action: Action) -> impl Iterator<Item = &Change<'a>> {
        self.changes
            .iter()
            .filter(move |change| change.action == action)
    }

    /// How many paths have each action; actions without any are left out.
    pub fn counts(&self) -> BTreeMap<Action, usize> {
        let mut counts = BTreeMap::new();
        for change in &self.changes {
            *counts.entry(change.action).or_insert(0) += 1;
        }
        counts
    }

    /// How many paths have this action.
    pub fn count(&self, action: Action) -> usize {
        self.with(action).count()
    }

    /// How many files the tree has.
    pub fn n_files(&self) -> usize {
        self.changes
            .iter()
            .filter(|change| change.fresh.is_some())
            .count()
    }

    /// The worst verdict of all paths.
    pub fn verdict(&self) -> Verdict {
        self.changes
            .iter()
            .map(|change| change.action.verdict())
            .max()
            .unwrap_or(Verdict::InStep)
    }
}

impl<'c, 'a> IntoIterator for &'c Changes<'a> {
    type Item = &'c Change<'a>;
    type IntoIter = std::slice::Iter<'c, Change<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Name of the component that a file belongs to, or belonged to when it was generated last.
pub(super) fn component<'a>(fresh: Option<&File>, entry: Option<&'a Entry>) -> &'a str {
    match (fresh, entry) {
        (Some(file), _) => file.component.name(),
        (None, Some(entry)) => &entry.component,
        (None, None) => "",
    }
}
