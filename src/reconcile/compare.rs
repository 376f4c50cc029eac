//! Base, local and fresh of every path, and the one action that follows from them.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::fd::AsFd as _,
    sync::LazyLock,
};

use anyhow::{Result, anyhow, bail};

use super::{
    action::Action,
    change::{Change, Changes, Local, component},
    disk::{Folders, Found},
    lock::{Digest, Entry, Lock},
    merge::{self, Resolution},
    moved,
    path::{self, ATTRIBUTES, BASE, OWN_ATTRIBUTES},
    project::Project,
    settle,
};
use crate::{
    component::Component,
    compose::Ownership,
    render::{File, Tree},
    report::finding::Hinted as _,
};

/// Which part of the tree a run is about; everything else stays exactly as it is.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Components, folders or files; empty for all.
    pub only: Vec<String>,
    /// Environments whose files are left alone, because others were asked for.
    pub leave_environments: Vec<String>,
}

impl Selection {
    /// Whether nothing is left out.
    pub fn is_all(&self) -> bool {
        self.only.is_empty() && self.leave_environments.is_empty()
    }

    fn contains(&self, path: &str, component: &str) -> bool {
        let named =
            |word: &String| word == component || path::is_below(path, word.trim_end_matches('/'));
        (self.only.is_empty() || self.only.iter().any(named))
            && !self
                .leave_environments
                .iter()
                .any(|environment| path::is_of_environment(path, environment))
    }

    /// Refuses a word that names nothing.
    fn check(&self, files: &[Pair<'_>]) -> Result<()> {
        for word in &self.only {
            let one = Self {
                only: vec![word.clone()],
                leave_environments: Vec::new(),
            };
            if !files
                .iter()
                .any(|pair| one.contains(pair.path, pair.component()))
            {
                let known: BTreeSet<&str> = files
                    .iter()
                    .flat_map(|pair| {
                        [
                            pair.component(),
                            pair.path.split('/').next().unwrap_or(pair.path),
                        ]
                    })
                    .collect();
                let near = known.iter().max_by(|a, b| {
                    strsim::jaro_winkler(a, word).total_cmp(&strsim::jaro_winkler(b, word))
                });
                let failure: Result<()> =
                    Err(anyhow!("nothing is generated under the name `{word}`"));
                return failure.hint(format!("did you mean {}?", near.unwrap_or(&"docs")));
            }
        }
        Ok(())
    }
}

/// How to decide where a person has to be asked.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Take files that are in the way as edits.
    pub adopt: bool,
    /// Write over files that are in the way. `adopt` goes before it.
    pub force: bool,
    /// Bring back files that the user deleted.
    pub restore: bool,
    /// What becomes of a place that both sides changed.
    pub conflict: Resolution,
    /// Paths whose lines that differ from the rendered ones are given up.
    pub heal: Vec<String>,
    /// What the run is about.
    pub selection: Selection,
}

/// A path with its fresh file and its entry in the lock.
#[derive(Clone, Copy)]
struct Pair<'a> {
    path: &'a str,
    fresh: Option<&'a File>,
    entry: Option<&'a Entry>,
}

impl<'a> Pair<'a> {
    fn component(&self) -> &'a str {
        component(self.fresh, self.entry)
    }
}

/// Compares the project on disk with the rendered tree. Writes nothing.
///
/// # Errors
/// If a file cannot be read, or the tree has a path that leaves the project.
pub fn compare<'a>(project: &'a Project, tree: &'a Tree, options: &Options) -> Result<Changes<'a>> {
    for path in tree.files.keys() {
        if let Err(refusal) = path::check(path) {
            bail!("bug: generated path `{path}` {refusal}");
        }
    }
    let mut pairs = pairs(tree, project.lock());
    if let Some(attributes) = attributes(project, tree)? {
        let place = pairs.partition_point(|pair| pair.path < attributes);
        let entry = project.lock().and_then(|lock| lock.files.get(attributes));
        let pair = Pair {
            path: attributes,
            fresh: Some(attributes_file(attributes)),
            entry,
        };
        match pairs.get_mut(place) {
            Some(known) if known.path == attributes => *known = pair,
            _ => pairs.insert(place, pair),
        }
    }
    options.selection.check(&pairs)?;
    settle::check_heal(&options.heal, &mut pairs.iter().map(|pair| pair.path))?;
    pairs.retain(|pair| options.selection.contains(pair.path, pair.component()));
    let mut changes = decide_all(project, &pairs, options)?;
    if let Some(root) = project.root() {
        moved::follow(&mut changes, &mut Folders::new(root.as_fd()), options)?;
    }
    Ok(Changes {
        changes,
        selection: options.selection.clone(),
    })
}

/// Tells git that people neither review nor merge what is in `.loadpath/`: the file for that folder, or for the one around it.
fn attributes_file(path: &str) -> &'static File {
    static AROUND: LazyLock<File> = LazyLock::new(|| file_of_attributes(".loadpath/"));
    static INSIDE: LazyLock<File> = LazyLock::new(|| file_of_attributes(""));
    if path == ATTRIBUTES { &AROUND } else { &INSIDE }
}

fn file_of_attributes(folder: &str) -> File {
    let text = format!(
        "# What loadpath remembers: not for review, and never merged line by line\n\
         {folder}** linguist-generated -merge -text\n\
         {folder}base/** -diff\n"
    );
    let (component, ownership) = (Component::Project, Ownership::Managed);
    File {
        text,
        component,
        ownership,
        executable: false,
        is_sized: false,
        quantities: Vec::new(),
    }
}

/// Where git's attributes go: into the project's folder, or, where the project has such a file of its own, into ours.
fn attributes(project: &Project, tree: &Tree) -> Result<Option<&'static str>> {
    if tree.files.contains_key(ATTRIBUTES) {
        return Ok(None);
    }
    let known = |path: &str| {
        project
            .lock()
            .is_some_and(|lock| lock.files.contains_key(path))
    };
    let Some(root) = project.root() else {
        return Ok(Some(ATTRIBUTES));
    };
    if known(OWN_ATTRIBUTES) {
        return Ok(Some(OWN_ATTRIBUTES));
    }
    let mut text = Vec::new();
    let foreign = match Folders::new(root.as_fd()).read(ATTRIBUTES, &mut text)? {
        Found::Absent => false,
        Found::File(_) => {
            merge::from_crlf(&text).unwrap_or(text) != attributes_file(ATTRIBUTES).text.as_bytes()
        }
        Found::Obstacle(_) => true,
    };
    Ok(Some(if foreign && !known(ATTRIBUTES) {
        OWN_ATTRIBUTES
    } else {
        ATTRIBUTES
    }))
}

/// All paths of the tree and of the lock, in order.
fn pairs<'a>(tree: &'a Tree, lock: Option<&'a Lock>) -> Vec<Pair<'a>> {
    let mut pairs: BTreeMap<&str, Pair<'a>> = BTreeMap::new();
    for (path, file) in &tree.files {
        pairs.insert(
            path,
            Pair {
                path,
                fresh: Some(file),
                entry: None,
            },
        );
    }
    for (path, entry) in lock.iter().flat_map(|lock| &lock.files) {
        pairs
            .entry(path)
            .or_insert(Pair {
                path,
                fresh: None,
                entry: None,
            })
            .entry = Some(entry);
    }
    pairs.into_values().collect()
}

fn decide_all<'a>(
    project: &'a Project,
    pairs: &[Pair<'a>],
    options: &Options,
) -> Result<Vec<Change<'a>>> {
    let Some(root) = project.root() else {
        let mut folders = None;
        return pairs
            .iter()
            .map(|pair| {
                Decider {
                    folders: &mut folders,
                    options,
                    base_is_lost: false,
                }
                .decide(*pair)
            })
            .collect();
    };
    let mut folders = Some(Folders::new(root.as_fd()));
    let base_is_lost = project.lock().is_some_and(|lock| !lock.files.is_empty())
        && !folders
            .as_mut()
            .is_some_and(|folders| folders.has_folder(BASE).unwrap_or(false));
    let mut decider = Decider {
        folders: &mut folders,
        options,
        base_is_lost,
    };
    pairs.iter().map(|pair| decider.decide(*pair)).collect()
}

/// Finds the action of one path after the other.
struct Decider<'d, 'r, 'o> {
    folders: &'d mut Option<Folders<'r>>,
    options: &'o Options,
    base_is_lost: bool,
}

impl Decider<'_, '_, '_> {
    fn decide<'a>(&mut self, pair: Pair<'a>) -> Result<Change<'a>> {
        let Pair { path, fresh, entry } = pair;
        let mut text = Vec::new();
        let found = match self.folders {
            Some(folders) => folders.read(path, &mut text)?,
            None => Found::Absent,
        };
        let digest = fresh.map(|file| Digest::of(file.text.as_bytes()));
        let (local, stamp) = match found {
            Found::Absent => (Local::Absent, None),
            Found::Obstacle(obstacle) => (Local::Obstacle(obstacle), None),
            Found::File(stamp) => (as_local(text, fresh), Some(stamp)),
        };
        let action = self.action(path, fresh, digest, entry, &local);
        let mut change = Change {
            path,
            action,
            fresh,
            local,
            base: None,
            merged: None,
            conflict: None,
            moved_from: None,
            entry,
            digest,
            stamp,
            lost_base: false,
        };
        self.add_base(&mut change)?;
        settle::settle(&mut change, self.options);
        if let (Action::Unchanged, Local::File { text, .. }) = (action, &mut change.local) {
            *text = Vec::new();
        }
        Ok(change)
    }

    /// The table of `regeneration`: base, local, fresh, and what follows.
    fn action(
        &self,
        path: &str,
        fresh: Option<&File>,
        digest: Option<Digest>,
        entry: Option<&Entry>,
        local: &Local,
    ) -> Action {
        let users = path::is_extension_point(path) || entry.is_some_and(Entry::is_own);
        let once = users || fresh.is_some_and(|file| file.ownership == Ownership::Once);
        let Some((file, digest)) = fresh.zip(digest) else {
            let Some(entry) = entry else {
                return Action::Forget;
            };
            return match local {
                Local::Absent => Action::Forget,
                Local::File { text, .. } if !users && Digest::of(text) == entry.digest => {
                    Action::Delete
                }
                Local::File { .. } | Local::Obstacle(_) => Action::Orphan,
            };
        };
        match (entry, local) {
            (None, Local::Absent) => Action::Create,
            (None, Local::File { text, .. }) if text == file.text.as_bytes() => Action::Adopt,
            (None, Local::File { .. }) if once || self.options.adopt => Action::AdoptEdit,
            (None, Local::File { .. }) if self.options.force => Action::Replace,
            (None, Local::File { .. }) => Action::InTheWay,
            (Some(_), Local::Absent) if self.options.restore => Action::Restore,
            (Some(_), Local::Absent) => Action::StayDeleted,
            (Some(entry), Local::File { text, .. }) if text == file.text.as_bytes() => {
                if digest != entry.digest {
                    Action::Converge
                } else if file.executable == entry.executable {
                    Action::Unchanged
                } else {
                    Action::Update
                }
            }
            (Some(_), Local::File { .. }) if once => Action::Keep,
            (Some(entry), Local::File { .. } | Local::Obstacle(_)) if digest == entry.digest => {
                Action::Keep
            }
            (Some(entry), Local::File { text, .. }) if Digest::of(text) == entry.digest => {
                Action::Update
            }
            (Some(_), Local::File { .. }) => Action::Conflict,
            (_, Local::Obstacle(_)) => Action::Obstructed,
        }
    }

    /// Reads the base where a difference will be shown, and notices where it should be and is not.
    fn add_base(&mut self, change: &mut Change<'_>) -> Result<()> {
        let (Some(entry), Some(folders)) = (change.entry, self.folders.as_mut()) else {
            return Ok(());
        };
        let is_fresh = change.digest == Some(entry.digest);
        match change.action {
            Action::Conflict => change.base = base_of(folders, change.path, entry)?,
            Action::Keep if is_fresh => {
                change.base = change.fresh.map(|file| file.text.clone());
                change.lost_base = folders.stamp(&path::base(change.path))?.is_none();
            }
            _ => change.lost_base = self.base_is_lost && is_fresh,
        }
        Ok(())
    }
}

/// What was generated last, if it is still known.
pub(super) fn base_of(
    folders: &mut Folders<'_>,
    path: &str,
    entry: &Entry,
) -> Result<Option<String>> {
    let mut text = Vec::new();
    let found = folders.read(&path::base(path), &mut text)?;
    // A damaged base is worse than none: it would blame people for what they did not write.
    let is_whole = matches!(found, Found::File(_)) && Digest::of(&text) == entry.digest;
    Ok(String::from_utf8(text).ok().filter(|_| is_whole))
}

/// The text on disk with the line ends of generated texts, if that is all it differs in.
fn as_local(text: Vec<u8>, fresh: Option<&File>) -> Local {
    if fresh.is_some_and(|file| file.text.as_bytes() == text) {
        return Local::File { text, crlf: false };
    }
    match merge::from_crlf(&text) {
        Some(text) => Local::File { text, crlf: true },
        None => Local::File { text, crlf: false },
    }
}
