//! A lock and bases that cannot be read any more, rebuilt from what is on disk.
//!
//! Comes in: a project whose `.loadpath/` was cut short, edited, or left with git's conflict markers. Goes out: the project
//! with a lock that describes its bases, and a sentence for everything that was wrong. Promised: nothing outside `.loadpath/` is
//! touched, and no text that a person wrote is taken for a generated one.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use super::{
    disk::{Folders, Found, Permissions},
    journal::{Plan, Write},
    lock::{Committed, Digest, Entry, Lock},
    merge::{has_markers, lines},
    path::{self, BASE},
};
use crate::compose::Ownership;

/// What was found and how it was put right.
#[derive(Clone, Debug, Default)]
pub(super) struct Rebuilt {
    /// The lock, as far as it can be known.
    pub(super) lock: Lock,
    /// New texts of bases by path in the project.
    pub(super) bases: BTreeMap<String, String>,
    /// One sentence each.
    pub(super) found: Vec<String>,
}

/// Rebuilds the lock of the project `name` from its damaged text and the bases.
pub(super) fn rebuild(
    folders: &mut Folders<'_>,
    text: &str,
    name: &str,
    tool: &str,
) -> Result<Rebuilt> {
    let mut rebuilt = Rebuilt::default();
    let candidates = match sides(text) {
        Some(sides) => {
            rebuilt.found.push(
                "the lock has git's conflict markers in it: both sides are joined".to_owned(),
            );
            sides
                .iter()
                .filter_map(|side| Lock::load(side, tool).ok())
                .collect()
        }
        None => Lock::load(text, tool).into_iter().collect::<Vec<_>>(),
    };
    match candidates.first() {
        Some(first) => {
            rebuilt.lock.head = first.head.clone();
            for other in &candidates[1..] {
                join(
                    &mut rebuilt.lock.head.environments,
                    &other.head.environments,
                );
            }
        }
        None => {
            rebuilt
                .found
                .push("the lock cannot be read: it is rebuilt from the bases".to_owned());
            rebuilt.lock.head.environments = salvaged(text);
            tool.clone_into(&mut rebuilt.lock.head.tool);
        }
    }
    name.clone_into(&mut rebuilt.lock.head.project);
    let mut paths = bases(folders, BASE)?;
    paths.extend(
        candidates
            .iter()
            .flat_map(|lock| lock.files.keys().cloned()),
    );
    paths.sort();
    paths.dedup();
    for path in paths.into_iter().filter(|path| path::check(path).is_ok()) {
        let known: Vec<&Entry> = candidates
            .iter()
            .filter_map(|lock| lock.files.get(&path))
            .collect();
        file(folders, &mut rebuilt, path, &known)?;
    }
    Ok(rebuilt)
}

/// The entry of one file: that whose digest is the base's.
fn file(
    folders: &mut Folders<'_>,
    rebuilt: &mut Rebuilt,
    path: String,
    known: &[&Entry],
) -> Result<()> {
    let mut bytes = Vec::new();
    let is_there = matches!(
        folders.read(&path::base(&path), &mut bytes)?,
        Found::File(_)
    );
    let text = String::from_utf8(bytes).ok().filter(|_| is_there);
    let Some(text) = text else {
        // Without a base a file on disk is taken for a person's; without the file too, it was deleted by one.
        let is_on_disk = folders.stamp(&path)?.is_some();
        match known.first() {
            Some(entry) if !is_on_disk => drop(rebuilt.lock.files.insert(path, (*entry).clone())),
            _ => rebuilt.found.push(format!(
                "what was generated last of `{path}` is lost: the file is taken for an edit"
            )),
        }
        return Ok(());
    };
    let mut texts = vec![text.clone()];
    if has_markers(text.as_bytes())
        && let Some(sides) = sides(&text)
    {
        texts = sides.to_vec();
    }
    let found = texts.iter().find_map(|text| {
        let digest = Digest::of(text.as_bytes());
        known
            .iter()
            .find(|entry| entry.digest == digest)
            .map(|entry| (text, (*entry).clone()))
    });
    let (base, entry) = match found {
        Some((base, entry)) => (base.clone(), entry),
        None => {
            let base = texts.swap_remove(0);
            let digest = Digest::of(base.as_bytes());
            if !known.is_empty() {
                rebuilt.found.push(format!(
                    "the lock and the base of `{path}` disagree: the base is believed"
                ));
            }
            let entry = known.first().map_or_else(
                || unknown(digest),
                |entry| Entry {
                    digest,
                    ..(*entry).clone()
                },
            );
            (base, entry)
        }
    };
    if base != text {
        rebuilt.found.push(format!(
            "the base of `{path}` has git's conflict markers in it: one side is taken"
        ));
        rebuilt.bases.insert(path.clone(), base);
    }
    rebuilt.lock.files.insert(path, entry);
    Ok(())
}

fn unknown(digest: Digest) -> Entry {
    Entry {
        component: String::new(),
        digest,
        ownership: Ownership::Managed,
        executable: false,
        own: std::collections::BTreeSet::new(),
        since: None,
    }
}

/// Paths in the project of all bases.
fn bases(folders: &mut Folders<'_>, folder: &str) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for name in folders.list(folder)? {
        let path = format!("{folder}/{name}");
        if folders.stamp(&path)?.is_some() {
            paths.extend(path::of_base(&path));
        } else {
            paths.extend(bases(folders, &path)?);
        }
    }
    Ok(paths)
}

/// Both sides of a text with conflict markers.
fn sides(text: &str) -> Option<[String; 2]> {
    let (mut sides, mut part, mut any) = ([String::new(), String::new()], None, false);
    for line in lines(text) {
        match line.as_bytes() {
            [b'<', b'<', b'<', b'<', b'<', b'<', b'<', b' ' | b'\n', ..] => {
                (part, any) = (Some(0), true);
            }
            [b'|', b'|', b'|', b'|', b'|', b'|', b'|', ..] if part.is_some() => part = Some(2),
            [b'=', b'=', b'=', b'=', b'=', b'=', b'=', b'\n', ..] if part.is_some() => {
                part = Some(1);
            }
            [b'>', b'>', b'>', b'>', b'>', b'>', b'>', b' ' | b'\n', ..] if part.is_some() => {
                part = None;
            }
            _ => match part {
                None => sides.iter_mut().for_each(|side| side.push_str(line)),
                Some(side) => {
                    if let Some(side) = sides.get_mut(side) {
                        side.push_str(line);
                    }
                }
            },
        }
    }
    any.then_some(sides)
}

/// What both sides committed: the larger number, because what stands must never shrink, and the newer shard map.
fn join(ours: &mut BTreeMap<String, Committed>, theirs: &BTreeMap<String, Committed>) {
    for (name, other) in theirs {
        let Some(one) = ours.get_mut(name) else {
            ours.insert(name.clone(), other.clone());
            continue;
        };
        for (quantity, value) in &other.quantities {
            let known = one
                .quantities
                .entry(quantity.clone())
                .or_insert_with(|| value.clone());
            if let (Some(ours), Some(theirs)) = (known.as_f64(), value.as_f64())
                && theirs > ours
            {
                *known = value.clone();
            }
        }
        let version = |map: &Value| map.get("version").and_then(Value::as_u64);
        if version(&other.shard_maps) > version(&one.shard_maps) {
            one.shard_maps = other.shard_maps.clone();
        }
    }
}

/// What a lock that is no JSON any more still says of each environment: it has one line for each quantity.
fn salvaged(text: &str) -> BTreeMap<String, Committed> {
    let mut environments: BTreeMap<String, Committed> = BTreeMap::new();
    let mut environment = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let Some((key, value)) = line.trim().split_once("\": ") else {
            continue;
        };
        let key = key.trim_start_matches('"');
        let value = value.trim_end_matches(',');
        match (indent, value) {
            (2, _) if key != "environments" => environment = None,
            (4, "{") => environment = Some(key.to_owned()),
            (8, value) => {
                if let (Some(name), Ok(value)) =
                    (&environment, serde_json::from_str::<Value>(value))
                {
                    environments
                        .entry(name.clone())
                        .or_default()
                        .quantities
                        .insert(key.to_owned(), value);
                }
            }
            (6, "{") if key == "shard_maps" => {
                let map: String = lines
                    .by_ref()
                    .take_while(|line| *line != "      }")
                    .collect();
                if let (Some(name), Ok(map)) =
                    (&environment, serde_json::from_str(&format!("{{{map}}}")))
                {
                    environments.entry(name.clone()).or_default().shard_maps = map;
                }
            }
            _ => {}
        }
    }
    environments
}

/// Writes of the bases that were put right.
pub(super) fn writes<'r>(rebuilt: &'r Rebuilt, folders: &mut Folders<'_>) -> Result<Plan<'r>> {
    let mut plan = Plan::default();
    for (path, text) in &rebuilt.bases {
        let base = path::base(path);
        let mut before = Vec::new();
        let from = match folders.read(&base, &mut before)? {
            Found::File(stamp) => Some((stamp, Digest::of(&before))),
            _ => None,
        };
        plan.writes.push(Write {
            path: base.into(),
            to: Some((text.as_bytes().into(), Digest::of(text.as_bytes()))),
            from,
            permissions: Permissions::Usual { executable: false },
        });
    }
    Ok(plan)
}
