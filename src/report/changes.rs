//! What happens to files: the summary of `generate`, differences, conflicts.

use std::{borrow::Cow, collections::BTreeMap, path::Path};

use serde_json::{Value as Json, json};
use similar::TextDiff;
use unicode_width::UnicodeWidthStr as _;

use crate::reconcile::{Action, Change, Changes, Verdict};

/// Files named in a line of the summary before they are only counted.
const NAMED: usize = 5;

/// What `generate` did, or would do.
pub fn summary(
    changes: &Changes<'_>,
    folder: &Path,
    dry_run: bool,
    took_ms: u128,
    verbose: bool,
    width: usize,
) -> String {
    let mut lines = Vec::new();
    for action in Action::ALL {
        let paths: Vec<&str> = changes.with(*action).map(|change| change.path).collect();
        if paths.is_empty() || *action == Action::Unchanged {
            continue;
        }
        let parts = if verbose || paths.len() <= NAMED {
            paths.iter().map(|path| (*path).to_owned()).collect()
        } else {
            folders(&paths)
        };
        let begin = format!("  {:<12} {:>4}   ", action.done(), paths.len());
        lines.push(flowed(&begin, &parts, width));
    }
    let unchanged = changes.count(Action::Unchanged);
    if lines.is_empty() {
        return format!(
            "  {unchanged} files unchanged {}  ({took_ms} ms)",
            place(folder)
        );
    }
    if unchanged > 0 {
        lines.push(format!("  {:<12} {unchanged:>4}", "unchanged"));
    }
    let would = if dry_run { "would be " } else { "" };
    lines.push(format!(
        "  {} files {would}{}  ({took_ms} ms)",
        changes.n_files(),
        place(folder)
    ));
    lines.join("\n")
}

fn place(folder: &Path) -> String {
    if folder == Path::new(".") {
        "here".to_owned()
    } else {
        format!("in {}/", folder.display().to_string().trim_end_matches('/'))
    }
}

/// Parts in lines of at most so many columns, all behind the width of `begin`.
fn flowed(begin: &str, parts: &[String], width: usize) -> String {
    let indent = " ".repeat(begin.width());
    let (mut text, mut line, mut n_parts) = (String::new(), begin.to_owned(), 0);
    for (idx, part) in parts.iter().enumerate() {
        let is_last = idx + 1 == parts.len();
        let part = if is_last {
            part.clone()
        } else {
            format!("{part} · ")
        };
        if n_parts > 0 && line.width() + part.trim_end().width() > width {
            text.push_str(line.trim_end());
            text.push('\n');
            (line, n_parts) = (indent.clone(), 0);
        }
        line.push_str(&part);
        n_parts += 1;
    }
    text + line.trim_end()
}

/// Paths by their first folder: `terraform (61)`, `kubernetes (34)`.
fn folders(paths: &[&str]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for path in paths {
        *counts
            .entry(path.split('/').next().unwrap_or(path))
            .or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let part = |(name, count): (&str, usize)| {
        if count == 1 {
            name.to_owned()
        } else {
            format!("{name} ({count})")
        }
    };
    counts.into_iter().map(part).collect()
}

/// Which files wait for a person after a run with conflict markers.
pub fn marked(changes: &Changes<'_>) -> String {
    let marked: Vec<&Change<'_>> = changes
        .iter()
        .filter(|change| change.conflict.is_some())
        .collect();
    let mut text = format!(
        "{} with conflict markers:\n",
        files(marked.len(), "was written", "were written")
    );
    text = format!("{} {text}", marked.len());
    for change in marked {
        text.push_str(&format!("  {}\n", change.path));
    }
    text + "hint: decide between the markers, then run again: loadpath generate"
}

/// Why nothing was written: every conflict with its three values, everything in the way.
pub fn stopped(changes: &Changes<'_>) -> String {
    let conflicts: Vec<&Change<'_>> = changes
        .with(Action::Conflict)
        .chain(changes.with(Action::Unresolved))
        .collect();
    let in_the_way: Vec<&Change<'_>> = changes
        .with(Action::InTheWay)
        .chain(changes.with(Action::Obstructed))
        .collect();
    let mut text = match (conflicts.len(), in_the_way.len()) {
        (0, n) => format!(
            "{n} {} in the way; nothing was written\n",
            files(n, "is", "are")
        ),
        (n, 0) => format!(
            "{n} {}; nothing was written\n",
            files(n, "conflicts", "conflict")
        ),
        (n, m) => format!(
            "{n} {} and {m} {} in the way; nothing was written\n",
            files(n, "conflicts", "conflict"),
            files(m, "is", "are")
        ),
    };
    for change in &conflicts {
        text.push_str(&conflict(change));
    }
    for change in &in_the_way {
        match change.obstacle() {
            Some(obstacle) => text.push_str(&format!("  {}: {obstacle}\n", change.path)),
            None => text.push_str(&format!(
                "  {}: there already, and not generated by loadpath\n",
                change.path
            )),
        }
    }
    if !conflicts.is_empty() {
        text.push_str(
            "hint: keep yours for good with  pins: { <quantity>: { value: …, reason: … } }\n      or choose: --conflict=ours | theirs | markers\n",
        );
    }
    if in_the_way.iter().any(|change| change.obstacle().is_none()) {
        text.push_str("hint: --adopt keeps them as edits, --force writes over them\n");
    }
    text.trim_end().to_owned()
}

fn files(n: usize, one: &str, many: &str) -> String {
    if n == 1 {
        format!("file {one}")
    } else {
        format!("files {many}")
    }
}

fn conflict(change: &Change<'_>) -> String {
    if change.action == Action::Unresolved {
        return format!("  {}: conflict markers are left in it\n", change.path);
    }
    let mut text = String::new();
    if change.base.is_none() {
        text.push_str(&format!("  {}: what was generated last is lost; to take the file for an edit: loadpath generate --repair\n", change.path));
    }
    if let Some(malformed) = change
        .conflict
        .as_ref()
        .and_then(|conflict| conflict.malformed.as_ref())
    {
        text.push_str(&format!(
            "  {}: both changes together cannot be read: {malformed}\n",
            change.path
        ));
    }
    for place in change.places() {
        let name = place.quantity.map_or("", |quantity| quantity.name.as_str());
        text.push_str(format!("  {}:{}  {name}", change.path, place.line).trim_end());
        text.push('\n');
        for (title, value) in [
            ("last generated", &place.base),
            ("yours", &place.local),
            ("now", &place.fresh),
        ] {
            let value = value.trim_end().replace('\n', "\n                    ");
            text.push_str(format!("    {title:<15} {value}").trim_end());
            text.push('\n');
        }
    }
    if text.is_empty() {
        text = format!("  {}: not text; both sides changed it\n", change.path);
    }
    text
}

/// All differences between disk and what is rendered now, as unified diffs, at most so many lines.
pub fn diff(changes: &Changes<'_>, most: usize) -> String {
    let mut text = String::new();
    for change in changes
        .iter()
        .filter(|change| change.action != Action::Unchanged)
    {
        text.push_str(&file_diff(change));
    }
    text.lines()
        .take(most)
        .map(|line| format!("{line}\n"))
        .collect()
}

/// What the text on disk is compared with. A conflict has no result: what stands against it is what was rendered.
pub(super) fn text_after<'a>(change: &'a Change<'_>) -> Cow<'a, str> {
    match change.action.verdict() {
        Verdict::Conflict | Verdict::Refused => {
            Cow::Borrowed(change.fresh.map_or("", |file| file.text.as_str()))
        }
        _ => change.result().unwrap_or_default(),
    }
}

/// The difference of one file between disk and what will be there, as a unified diff.
pub(super) fn file_diff(change: &Change<'_>) -> String {
    if change.action == Action::MovedAway {
        return String::new();
    }
    let before = change.local_text().unwrap_or_default();
    let after = text_after(change);
    if before == after {
        return String::new();
    }
    let is_there = change.local_text().is_some();
    let stays = !matches!(change.action, Action::Delete);
    let name = |side: &str, path: &str, exists: bool| match exists {
        true => format!("{side}/{path}"),
        false => "/dev/null".to_owned(),
    };
    let before_name = name("a", change.moved_from.unwrap_or(change.path), is_there);
    let after_name = name("b", change.path, stays);
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    diff.unified_diff()
        .context_radius(1)
        .header(&before_name, &after_name)
        .to_string()
}

/// The changes for machines.
pub fn json(changes: &Changes<'_>) -> Json {
    let file = |change: &Change<'_>| {
        let mut file = json!({
            "path": change.path,
            "component": change.component(),
            "action": change.action.done(),
            "state": change.action.state(),
        });
        // Only where there is something to say.
        if let Some(path) = change.moved_from {
            file["moved_from"] = json!(path);
        }
        if let Some(since) = change.entry.and_then(|entry| entry.since.as_deref()) {
            file["differs_since"] = json!(since);
        }
        file
    };
    let touched = changes
        .iter()
        .filter(|change| change.action != Action::Unchanged);
    json!({
        "files": touched.map(file).collect::<Vec<Json>>(),
        "unchanged": changes.count(Action::Unchanged),
        "total": changes.n_files(),
    })
}
