//! What of a file is a person's own: the parts named in the lock, and the regions between two comments.
//!
//! Comes in: the three texts of a file. Goes out: base and fresh as if they had always had the local text there, so that no
//! merge ever finds a difference in it.

use std::ops::Range;

use super::merge::lines;
use crate::syntax::{Language, merge::replaced};

/// Stands in a comment before a region that is the user's.
const BEGIN: &str = "loadpath:keep begin";
/// Stands in a comment after it.
const END: &str = "loadpath:keep end";

/// Whether a text has a region that is the user's.
pub(super) fn has_region(text: &str) -> bool {
    text.contains(BEGIN)
}

/// Base and fresh with the local text wherever that is the user's own.
pub(super) fn with_own(
    language: Option<Language>,
    blocks: &[String],
    [base, local, fresh]: [&str; 3],
) -> (String, String) {
    let mut texts = (base.to_owned(), fresh.to_owned());
    if let Some(language) = language {
        for block in blocks {
            texts = with_block(language, block, local, &texts);
        }
    }
    for region in regions(&lines(local)) {
        texts = with_region(&region, local, &texts);
    }
    texts
}

fn with_block(
    language: Language,
    name: &str,
    local: &str,
    (base, fresh): &(String, String),
) -> (String, String) {
    let texts = [base, local, fresh].map(|text| lines(text));
    let [in_base, in_local, in_fresh] = [0, 1, 2].map(|side| language.find(&texts[side], name));
    let own = in_local.map_or(&[][..], |range| &texts[1][range]);
    let put = |side: usize, range: Option<Range<usize>>, own: &[&str]| match range {
        Some(range) => [&texts[side][..range.start], own, &texts[side][range.end..]]
            .concat()
            .concat(),
        None => texts[side].concat(),
    };
    // Where it is no longer rendered, the base never had it: the user's stays.
    let in_base_now = if in_fresh.is_some() { own } else { &[] };
    (put(0, in_base, in_base_now), put(2, in_fresh, own))
}

fn with_region(
    region: &Range<usize>,
    local: &str,
    (base, fresh): &(String, String),
) -> (String, String) {
    let [base_lines, local_lines, fresh_lines] = [base, local, fresh].map(|text| lines(text));
    let in_base = counterpart(
        region,
        &replaced(&local_lines, &base_lines),
        base_lines.len(),
    );
    let in_fresh = counterpart(
        &in_base,
        &replaced(&base_lines, &fresh_lines),
        fresh_lines.len(),
    );
    let own = &local_lines[region.clone()];
    let put = |lines: &[&str], range: &Range<usize>| {
        [&lines[..range.start], own, &lines[range.end..]]
            .concat()
            .concat()
    };
    (put(&base_lines, &in_base), put(&fresh_lines, &in_fresh))
}

/// The lines of another text that stand where these stand: between the nearest lines around them that both have.
fn counterpart(
    range: &Range<usize>,
    changes: &[(Range<usize>, Range<usize>)],
    n_lines: usize,
) -> Range<usize> {
    let moved = |line: usize, new: usize, old: usize| (line + new).saturating_sub(old);
    // Changes wholly before the range shift it; those that touch it belong to it.
    let before = changes.iter().rfind(|(old, _)| old.end < range.start);
    let (old, new) = before.map_or((0, 0), |(old, new)| (old.end, new.end));
    let touching: Vec<_> = changes
        .iter()
        .filter(|(old, _)| old.end >= range.start && old.start <= range.end)
        .collect();
    let mut start = moved(range.start, new, old);
    let mut end = moved(range.end, new, old);
    if let (Some((_, first)), Some((old, last))) = (touching.first(), touching.last()) {
        start = start.min(first.start);
        end = if old.end >= range.end {
            last.end
        } else {
            moved(range.end, last.end, old.end)
        };
    }
    start.min(n_lines)..end.clamp(start.min(n_lines), n_lines)
}

/// The regions of a text with the lines of their comments; one that does not end goes on to the end of the text.
fn regions(lines: &[&str]) -> Vec<Range<usize>> {
    let mut regions = Vec::new();
    let mut begin = None;
    for (at, line) in lines.iter().enumerate() {
        if line.contains(BEGIN) && begin.is_none() {
            begin = Some(at);
        } else if line.contains(END)
            && let Some(start) = begin.take()
        {
            regions.push(start..at + 1);
        }
    }
    regions.extend(begin.map(|start| start..lines.len()));
    regions
}
