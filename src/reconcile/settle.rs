//! What becomes of a file that a person edited and that is rendered anew: merged, healed, or a conflict.

use anyhow::{Result, anyhow};

use super::{
    action::Action,
    change::{Change, Local},
    compare::Options,
    merge::{Merge, Resolution, Texts, has_markers},
    owned,
};
use crate::{compose::Ownership, report::finding::Hinted as _, syntax::Language};

/// Refuses a path to heal that is not generated.
pub(super) fn check_heal(heal: &[String], paths: &mut dyn Iterator<Item = &str>) -> Result<()> {
    if heal.is_empty() {
        return Ok(());
    }
    let known: Vec<&str> = paths.collect();
    for path in heal {
        if !known.contains(&path.as_str()) {
            let near = known.iter().max_by(|a, b| {
                strsim::jaro_winkler(a, path).total_cmp(&strsim::jaro_winkler(b, path))
            });
            let failure: Result<()> = Err(anyhow!("`{path}` is not generated"));
            return failure.hint(format!(
                "did you mean {}?",
                near.unwrap_or(&"docs/START.md")
            ));
        }
    }
    Ok(())
}

/// Merges where both sides changed, heals where asked, and finds markers that a person has left.
pub(super) fn settle(change: &mut Change<'_>, options: &Options) {
    let edited = matches!(change.action, Action::Keep | Action::Conflict);
    let Some(file) = change.fresh else {
        return;
    };
    if let (Action::Update, Some(entry)) = (change.action, change.entry)
        && !entry.own.is_empty()
    {
        // Not edited so far, and yet not all of it is ours to change.
        change.base = change.local_text().map(std::borrow::Cow::into_owned);
        merge(change, &file.text, options);
        return;
    }
    let Local::File { text, .. } = &change.local else {
        return;
    };
    if edited && has_markers(text) && !has_markers(file.text.as_bytes()) {
        change.action = Action::Unresolved;
        return;
    }
    if edited
        && file.ownership == Ownership::Managed
        && options.heal.iter().any(|path| path == change.path)
    {
        let local = change.local_text().unwrap_or_default();
        let texts = Texts {
            language: Language::of(change.path),
            base: None,
            local: &local,
            fresh: &file.text,
        };
        change.merged = Some(texts.heal());
        change.action = Action::Heal;
        return;
    }
    if change.action == Action::Conflict {
        merge(change, &file.text, options);
    }
}

/// Merges local and fresh into [`Change::merged`], or says in [`Change::conflict`] why not.
pub(super) fn merge(change: &mut Change<'_>, fresh: &str, options: &Options) {
    let Local::File { text: local, .. } = &change.local else {
        return;
    };
    let Ok(local) = std::str::from_utf8(local) else {
        change.action = Action::Conflict;
        return;
    };
    let language = Language::of(change.path);
    let own = change
        .entry
        .map(|entry| entry.own.iter().cloned().collect::<Vec<_>>())
        .unwrap_or_default();
    let has_own = !own.is_empty() || owned::has_region(local);
    let replaced = change
        .base
        .as_deref()
        .filter(|_| has_own)
        .map(|base| owned::with_own(language, &own, [base, local, fresh]));
    let (base, fresh) = match &replaced {
        Some((base, fresh)) => (Some(base.as_str()), fresh.as_str()),
        None => (change.base.as_deref(), fresh),
    };
    let texts = Texts {
        language,
        base,
        local,
        fresh,
    };
    let merged = match texts.merge() {
        Merge::Text(text) => Ok((text, None)),
        Merge::Conflict(conflict) if options.conflict == Resolution::Stop => Err(conflict),
        Merge::Conflict(mut conflict) => match texts.resolve(&conflict, options.conflict) {
            Ok(text) => Ok((text, Some(conflict))),
            Err(malformed) => {
                conflict.malformed = Some(malformed);
                Err(conflict)
            }
        },
    };
    match merged {
        Ok((text, conflict)) => {
            change.merged = Some(text);
            change.conflict = conflict;
            change.action = Action::Merge;
        }
        Err(conflict) => {
            change.conflict = Some(conflict);
            change.action = Action::Conflict;
        }
    }
}
