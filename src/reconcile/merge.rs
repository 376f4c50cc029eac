//! Merging one file, pure: three texts in, one text or the places of disagreement out.
//!
//! First by what the text consists of ([`crate::syntax::merge`]), so that a line stays in the block that a person put it into
//! where another one like it comes before; where nobody reads the language, or that gives a conflict, line by line, as `git merge-file` does. Promised: `merge(b, b, x) = x`, `merge(b, x, b) = x` and
//! `merge(b, x, x) = x`; every line that a side added is in the merged text or in a conflict; a merged text is of its language.

use std::{collections::HashMap, ops::Range};

use crate::syntax::{
    Language, Malformed,
    merge::{self as by, Chunk, Side},
};

/// What became of three texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// One text that has everybody's changes.
    Text(String),
    /// Both sides changed one place.
    Conflict(Conflict),
}

/// Why texts cannot be merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Where both sides changed one thing; all changes, where only together they break the text.
    pub hunks: Vec<Hunk>,
    /// What the merged text is not, though no two changes touch.
    pub malformed: Option<Malformed>,
    /// The merged text around the conflicts.
    chunks: Vec<Chunk>,
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
}

/// Who is right where both sides changed one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resolution {
    /// Nobody: the run stops.
    #[default]
    Stop,
    /// A person will say: the file gets conflict markers.
    Markers,
    /// What is on disk.
    Ours,
    /// What was rendered.
    Theirs,
}

/// Begins the lines on disk.
const OURS: &str = "<<<<<<< yours\n";
/// Begins the lines that were generated last.
const ORIGINAL: &str = "||||||| last generated\n";
/// Begins the lines that were rendered now.
const THEIRS: &str = "=======\n";
/// Ends a conflict.
const END: &str = ">>>>>>> now\n";

/// The three texts of a file.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'t> {
    /// Its language, if it has one that is read.
    pub language: Option<Language>,
    /// Generated last; none where nobody knows any more.
    pub base: Option<&'t str>,
    /// On disk.
    pub local: &'t str,
    /// Rendered now.
    pub fresh: &'t str,
}

impl<'t> Texts<'t> {
    fn lines(&self) -> [Vec<&'t str>; 3] {
        [
            lines(self.base.unwrap_or_default()),
            lines(self.local),
            lines(self.fresh),
        ]
    }

    /// Merges `local` and `fresh`, both descended from `base`.
    pub fn merge(&self) -> Merge {
        let Texts { local, fresh, .. } = *self;
        if self.base == Some(local) || local == fresh {
            return Merge::Text(fresh.to_owned());
        }
        if self.base == Some(fresh) {
            return Merge::Text(local.to_owned());
        }
        let sides = self.lines();
        let [base, local, fresh] = [&sides[0][..], &sides[1], &sides[2]];
        if self.base.is_none() {
            return Merge::Conflict(conflict(two_ways(local, fresh), [base, local, fresh], None));
        }
        let structured = self
            .language
            .and_then(|language| by::structure(language, [base, local, fresh]));
        let structured =
            structured.filter(|chunks| self.has_everything(chunks, [base, local, fresh]));
        let joined_up = structured
            .as_ref()
            .and_then(|chunks| joined(chunks, [local, fresh]));
        let by_structure = joined_up.map(|text| {
            let language = self.language;
            self.checked(language.map_or(text.clone(), |language| language.joined(text)))
        });
        if let Some(Ok(text)) = by_structure {
            return Merge::Text(text);
        }
        let by_lines = by::lines(base, local, fresh);
        let malformed = match joined(&by_lines, [local, fresh]).map(|text| self.checked(text)) {
            Some(Ok(text)) => return Merge::Text(text),
            Some(Err(malformed)) => Some(malformed),
            None => None,
        };
        let Some(structured) = structured else {
            return Merge::Conflict(conflict(by_lines, [base, local, fresh], malformed));
        };
        if let Some(Err(malformed)) = by_structure {
            return Merge::Conflict(conflict(by_lines, [base, local, fresh], Some(malformed)));
        }
        let best = if malformed.is_some() || n_lines(&structured) < n_lines(&by_lines) {
            structured
        } else {
            by_lines
        };
        Merge::Conflict(conflict(best, [base, local, fresh], None))
    }

    /// The text, if it is of its language.
    fn checked(&self, text: String) -> Result<String, Malformed> {
        match self.language {
            Some(language) => language.parse(&text).map(|()| text),
            None => Ok(text),
        }
    }

    /// Whether every line that a side added is somewhere in the pieces.
    fn has_everything(&self, chunks: &[Chunk], [base, local, fresh]: [&[&str]; 3]) -> bool {
        let solid = |line: &&str| match self.language {
            Some(language) => language.solid(line).into_owned(),
            None => (*line).to_owned(),
        };
        let count = |lines: &mut dyn Iterator<Item = &&str>| {
            let mut counts: HashMap<String, usize> = HashMap::new();
            lines.for_each(|line| *counts.entry(solid(line)).or_default() += 1);
            counts
        };
        let there = chunks.iter().flat_map(|chunk| match chunk {
            Chunk::Taken {
                side: Side::Local,
                lines,
            } => local[lines.clone()].iter(),
            Chunk::Taken {
                side: Side::Fresh,
                lines,
            } => fresh[lines.clone()].iter(),
            Chunk::Conflict { .. } => [].iter(),
        });
        let there = count(&mut { there });
        let before = count(&mut base.iter());
        let sides = [count(&mut local.iter()), count(&mut fresh.iter())];
        let get =
            |counts: &HashMap<String, usize>, line: &str| counts.get(line).copied().unwrap_or(0);
        (0..2).all(|side| {
            let conflicting = chunks.iter().flat_map(|chunk| match chunk {
                Chunk::Conflict { local: range, .. } if side == 0 => local[range.clone()].iter(),
                Chunk::Conflict { fresh: range, .. } if side == 1 => fresh[range.clone()].iter(),
                _ => [].iter(),
            });
            let shown = count(&mut { conflicting });
            sides[side].iter().all(|(line, &wanted)| {
                let before = get(&before, line);
                // The other side may have removed, or changed, as many of the same.
                let removed = before.saturating_sub(get(&sides[1 - side], line));
                line.trim().is_empty()
                    || wanted <= before
                    || get(&there, line) + get(&shown, line) + removed >= wanted
            })
        })
    }

    /// The text with every conflict decided one way.
    ///
    /// # Errors
    /// If the text is then not of its language; markers never are, and are not read.
    pub fn resolve(
        &self,
        conflict: &Conflict,
        resolution: Resolution,
    ) -> Result<String, Malformed> {
        let sides = self.lines();
        let mut text = Joined::default();
        for chunk in &conflict.chunks {
            match chunk {
                Chunk::Taken {
                    side: Side::Local,
                    lines,
                } => text.push(&sides[1][lines.clone()]),
                Chunk::Taken {
                    side: Side::Fresh,
                    lines,
                } => text.push(&sides[2][lines.clone()]),
                Chunk::Conflict { base, local, fresh } => match resolution {
                    Resolution::Ours => text.push(&sides[1][local.clone()]),
                    Resolution::Theirs => text.push(&sides[2][fresh.clone()]),
                    Resolution::Markers | Resolution::Stop => {
                        text.push(&[OURS]);
                        text.push(&sides[1][local.clone()]);
                        text.push(&[ORIGINAL]);
                        text.push(&sides[0][base.clone()]);
                        text.push(&[THEIRS]);
                        text.push(&sides[2][fresh.clone()]);
                        text.push(&[END]);
                    }
                },
            }
        }
        match (resolution, self.language) {
            (Resolution::Ours | Resolution::Theirs, Some(language)) => {
                self.checked(language.joined(text.0))
            }
            _ => Ok(text.0),
        }
    }

    /// The local text with what differs from the fresh one taken from there; lines that were only added stay.
    pub fn heal(&self) -> String {
        let [_, local, fresh] = self.lines();
        let mut text = Joined::default();
        let mut at = 0;
        for (theirs, ours) in by::replaced(&fresh, &local) {
            text.push(&local[at..ours.start]);
            if theirs.is_empty() {
                text.push(&local[ours.clone()]);
            } else {
                text.push(&fresh[theirs]);
            }
            at = ours.end;
        }
        text.push(&local[at..]);
        match self.checked(text.0) {
            Ok(text) => text,
            Err(_) => self.fresh.to_owned(),
        }
    }
}

/// Lines put together; a last line without a line break gets one where another line follows.
#[derive(Default)]
struct Joined(String);

impl Joined {
    fn push(&mut self, lines: &[&str]) {
        for line in lines {
            if !self.0.is_empty() && !self.0.ends_with('\n') {
                self.0.push('\n');
            }
            self.0.push_str(line);
        }
    }
}

/// The text of the pieces; none where they have a conflict.
fn joined(chunks: &[Chunk], [local, fresh]: [&[&str]; 2]) -> Option<String> {
    let mut text = Joined::default();
    for chunk in chunks {
        match chunk {
            Chunk::Taken {
                side: Side::Local,
                lines,
            } => text.push(&local[lines.clone()]),
            Chunk::Taken {
                side: Side::Fresh,
                lines,
            } => text.push(&fresh[lines.clone()]),
            Chunk::Conflict { .. } => return None,
        }
    }
    Some(text.0)
}

/// How many lines somebody has to look at.
fn n_lines(chunks: &[Chunk]) -> usize {
    chunks
        .iter()
        .map(|chunk| match chunk {
            Chunk::Conflict { local, fresh, .. } => local.len() + fresh.len(),
            Chunk::Taken { .. } => 0,
        })
        .sum()
}

/// Without a base every difference is for somebody to decide.
fn two_ways(local: &[&str], fresh: &[&str]) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut at = 0;
    for (ours, theirs) in by::replaced(local, fresh) {
        chunks.push(Chunk::Taken {
            side: Side::Local,
            lines: at..ours.start,
        });
        at = ours.end;
        chunks.push(Chunk::Conflict {
            base: 0..0,
            local: ours,
            fresh: theirs,
        });
    }
    chunks.push(Chunk::Taken {
        side: Side::Local,
        lines: at..local.len(),
    });
    chunks
}

fn conflict(
    chunks: Vec<Chunk>,
    [base, local, fresh]: [&[&str]; 3],
    malformed: Option<Malformed>,
) -> Conflict {
    let chunks = match malformed {
        // Nothing overlaps, and yet not both can stay: every change is for somebody to decide.
        Some(_) if !chunks.iter().any(Chunk::is_conflict) => all_changed([base, local, fresh]),
        _ => chunks,
    };
    let owned = |lines: &[&str], range: &Range<usize>| {
        lines[range.clone()]
            .iter()
            .map(|&line| line.to_owned())
            .collect()
    };
    let hunk = |chunk: &Chunk| match chunk {
        Chunk::Conflict {
            base: in_base,
            local: in_local,
            fresh: in_fresh,
        } => Some(Hunk {
            local_line: in_local.start + 1,
            fresh_line: in_fresh.start + 1,
            base: owned(base, in_base),
            local: owned(local, in_local),
            fresh: owned(fresh, in_fresh),
        }),
        Chunk::Taken { .. } => None,
    };
    Conflict {
        hunks: chunks.iter().filter_map(hunk).collect(),
        malformed,
        chunks,
    }
}

/// One conflict from the first change to the last.
fn all_changed([base, local, fresh]: [&[&str]; 3]) -> Vec<Chunk> {
    let same = |one: &[&str], other: &[&str]| {
        one.iter()
            .zip(other)
            .take_while(|(one, other)| one == other)
            .count()
    };
    let first = same(base, local).min(same(base, fresh));
    let shortest = base.len().min(local.len()).min(fresh.len()) - first;
    let same_end = |one: &[&str], other: &[&str]| {
        one.iter()
            .rev()
            .zip(other.iter().rev())
            .take_while(|(one, other)| one == other)
            .count()
    };
    let last = same_end(base, local)
        .min(same_end(base, fresh))
        .min(shortest);
    vec![
        Chunk::Taken {
            side: Side::Local,
            lines: 0..first,
        },
        Chunk::Conflict {
            base: first..base.len() - last,
            local: first..local.len() - last,
            fresh: first..fresh.len() - last,
        },
        Chunk::Taken {
            side: Side::Local,
            lines: local.len() - last..local.len(),
        },
    ]
}

/// Whether a text has conflict markers in it, these or git's.
pub(super) fn has_markers(text: &[u8]) -> bool {
    let mut lines = text.split(|&byte| byte == b'\n');
    lines.any(|line| line.starts_with(b"<<<<<<< "))
        && lines.any(|line| line.starts_with(b">>>>>>> "))
}

pub(super) fn lines(text: &str) -> Vec<&str> {
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
mod tests;
