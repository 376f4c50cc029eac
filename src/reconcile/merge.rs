//! Merging one file, pure: three texts in, one text or the places of disagreement out.
//!
//! Promised: `merge(b, b, x) = x`, `merge(b, x, b) = x` and `merge(b, x, x) = x`. Where both sides moved away from the
//! base, and not to the same text, the answer is a conflict with its hunks: nothing is merged by guessing.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// What became of three texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// One text that has everybody's changes.
    Text(String),
    /// Both sides changed the file.
    Conflict(Vec<Hunk>),
}

/// A place where a side left the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Line of the local text at which the hunk begins, from 1.
    pub local_line: usize,
    /// Line of the fresh text at which the hunk begins, from 1.
    pub fresh_line: usize,
    /// Lines that were generated last.
    pub base: Vec<String>,
    /// Lines on disk.
    pub local: Vec<String>,
    /// Lines rendered now.
    pub fresh: Vec<String>,
    /// Whether both sides changed these lines, and differently.
    pub overlapping: bool,
}

/// Merges `local` and `fresh`, both descended from `base`.
pub fn merge(base: &str, local: &str, fresh: &str) -> Merge {
    if local == base || local == fresh {
        return Merge::Text(fresh.to_owned());
    }
    if fresh == base {
        return Merge::Text(local.to_owned());
    }
    Merge::Conflict(hunks(base, local, fresh))
}

/// Where `local` and `fresh` left `base`, in the order of lines; changes that touch are one hunk.
pub fn hunks(base: &str, local: &str, fresh: &str) -> Vec<Hunk> {
    let (base, local, fresh) = (lines(base), lines(local), lines(fresh));
    let sides = [changes(&base, &local), changes(&base, &fresh)];
    let mut hunks = Vec::new();
    let mut next = [0, 0];
    // How far each side's line numbers are ahead of the base's.
    let mut shift = [0_isize, 0];
    while let Some(start) = (0..2)
        .filter_map(|side| Some(sides[side].get(next[side])?.old.0))
        .min()
    {
        let shift_before = shift;
        let mut end = start;
        let mut changed = [false, false];
        while let Some(side) = (0..2).find(|&side| {
            sides[side]
                .get(next[side])
                .is_some_and(|change| change.old.0 <= end)
        }) {
            let change = &sides[side][next[side]];
            end = end.max(change.old.1);
            shift[side] += length(change.new) - length(change.old);
            changed[side] = true;
            next[side] += 1;
        }
        let part = |lines: &[&str], side: usize| {
            let from = start.saturating_add_signed(shift_before[side]);
            let to = end.saturating_add_signed(shift[side]);
            (
                from + 1,
                lines[from..to]
                    .iter()
                    .map(|&line| line.to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        let (local_line, local) = part(&local, 0);
        let (fresh_line, fresh) = part(&fresh, 1);
        let overlapping = changed == [true, true] && local != fresh;
        let base = base[start..end]
            .iter()
            .map(|&line| line.to_owned())
            .collect();
        hunks.push(Hunk {
            local_line,
            fresh_line,
            base,
            local,
            fresh,
            overlapping,
        });
    }
    hunks
}

/// A range of lines that became another one; both half-open, from 0.
struct Changed {
    old: (usize, usize),
    new: (usize, usize),
}

fn changes(old: &[&str], new: &[&str]) -> Vec<Changed> {
    let mut changes = Vec::new();
    let mut at = (0, 0);
    for operation in capture_diff_slices(Algorithm::Myers, old, new) {
        // Only the lengths are taken: `similar` moves insertions about without moving the indices of deletions with them.
        let end = (
            at.0 + operation.old_range().len(),
            at.1 + operation.new_range().len(),
        );
        if !matches!(operation, DiffOp::Equal { .. }) {
            changes.push(Changed {
                old: (at.0, end.0),
                new: (at.1, end.1),
            });
        }
        at = end;
    }
    changes
}

fn length(range: (usize, usize)) -> isize {
    isize::try_from(range.1 - range.0).expect("a text in memory has fewer than isize::MAX lines")
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The same bytes with `\n` for `\r\n`, if every line ends in `\r\n`.
pub(super) fn from_crlf(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut lines = bytes.split_inclusive(|&byte| byte == b'\n').peekable();
    let first = lines.peek()?;
    if !first.ends_with(b"\r\n") {
        return None;
    }
    let mut text = Vec::with_capacity(bytes.len());
    for line in lines {
        match line.strip_suffix(b"\r\n") {
            Some(line) => {
                text.extend_from_slice(line);
                text.push(b'\n');
            }
            None if line.ends_with(b"\n") => return None,
            None => text.extend_from_slice(line),
        }
    }
    Some(text)
}

/// The same bytes with `\r\n` for `\n`.
pub(super) fn to_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 16);
    for &byte in bytes {
        if byte == b'\n' {
            text.push(b'\r');
        }
        text.push(byte);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a hunk says, in one line.
    fn shown(hunk: &Hunk) -> String {
        let join = |lines: &[String]| lines.concat().trim_end().replace('\n', "+");
        let mark = if hunk.overlapping { "!" } else { "" };
        format!(
            "{mark}{}: {} | {} | {}",
            hunk.local_line,
            join(&hunk.base),
            join(&hunk.local),
            join(&hunk.fresh)
        )
    }

    fn check(base: &str, local: &str, fresh: &str, expected: &[&str]) {
        let text = |words: &str| {
            words
                .split_whitespace()
                .map(|word| format!("{word}\n"))
                .collect::<String>()
        };
        let hunks = hunks(&text(base), &text(local), &text(fresh));
        assert_eq!(hunks.iter().map(shown).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_same_line_changed_twice_overlaps() {
        check("a 13 z", "a 32 z", "a 26 z", &["!2: 13 | 32 | 26"]);
    }

    #[test]
    fn changes_apart_do_not_overlap() {
        check(
            "a b c d e",
            "a B c d e",
            "a b c D e",
            &["2: b | B | b", "4: d | d | D"],
        );
    }

    #[test]
    fn the_same_change_on_both_sides_does_not_overlap() {
        check("a b c", "a B c", "a B c", &["2: b | B | B"]);
    }

    #[test]
    fn lines_are_counted_on_the_local_side() {
        check(
            "a b c d",
            "x y a b c 7",
            "a b c 8",
            &["1:  | x+y | ", "!6: d | 7 | 8"],
        );
        check(
            "a b c d",
            "b c 7",
            "a b c 8",
            &["1: a |  | a", "!3: d | 7 | 8"],
        );
    }

    #[test]
    fn touching_changes_are_one_hunk() {
        check("a b c d", "a B c d", "a b C d", &["!2: b+c | B+c | b+C"]);
    }

    #[test]
    fn insertions_at_one_place_overlap() {
        check("a b", "a 1 b", "a 2 b", &["!2:  | 1 | 2"]);
    }

    #[test]
    fn nothing_was_generated_before() {
        check("", "a", "b", &["!1:  | a | b"]);
    }

    #[test]
    fn line_ends_survive_the_way_there_and_back() {
        assert_eq!(from_crlf(b"a\r\nb\r\n").as_deref(), Some(&b"a\nb\n"[..]));
        assert_eq!(from_crlf(b"a\r\nb").as_deref(), Some(&b"a\nb"[..]));
        assert_eq!(from_crlf(b"a\r\nb\n"), None);
        assert_eq!(from_crlf(b"a\nb\r\n"), None);
        assert_eq!(from_crlf(b"a"), None);
        assert_eq!(from_crlf(b""), None);
        assert_eq!(to_crlf(b"a\nb"), b"a\r\nb");
    }

    #[test]
    fn moved_insertions_stay_in_place() {
        let (base, local) = ("\n\nb\na\n\n\n", "\n\n\n\n\n\n\n\n\n\n\na");
        let hunks = hunks(base, local, base);
        assert_eq!(hunks.iter().map(|hunk| hunk.local.len()).sum::<usize>(), 8);
        assert_eq!(hunks.iter().map(|hunk| hunk.base.len()).sum::<usize>(), 2);
    }

    proptest! {
        #[test]
        fn one_sided_changes_need_no_decision(base in "[abc\n]{0,20}", other in "[abc\n]{0,20}") {
            prop_assert_eq!(merge(&base, &base, &other), Merge::Text(other.clone()));
            prop_assert_eq!(merge(&base, &other, &base), Merge::Text(other.clone()));
            prop_assert_eq!(merge(&base, &other, &other), Merge::Text(other));
        }

        #[test]
        fn hunks_hold_every_change(base in "[abc\n]{0,30}", local in "[abc\n]{0,30}", fresh in "[abc\n]{0,30}") {
            // Replacing each hunk's base lines by a side's lines gives that side.
            let hunks = hunks(&base, &local, &fresh);
            let (base_lines, mut rebuilt) = (lines(&base), String::new());
            let mut at = 0;
            let mut shift = 0_isize;
            for hunk in &hunks {
                let start = (hunk.local_line - 1).saturating_add_signed(-shift);
                rebuilt.push_str(&base_lines[at..start].concat());
                rebuilt.push_str(&hunk.local.concat());
                at = start + hunk.base.len();
                shift += length((0, hunk.local.len())) - length((0, hunk.base.len()));
            }
            rebuilt.push_str(&base_lines[at..].concat());
            prop_assert_eq!(rebuilt, local);
        }

        #[test]
        fn line_ends_come_back(text in "[ab\r\n]{0,30}") {
            if let Some(plain) = from_crlf(text.as_bytes()) {
                prop_assert_eq!(to_crlf(&plain), text.into_bytes());
            }
        }
    }
}
