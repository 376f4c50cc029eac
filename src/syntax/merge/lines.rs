//! Three sequences into one, as `git merge-file` merges lines.

use std::ops::Range;

use imara_diff::{
    Algorithm, Diff, IndentHeuristic, IndentLevel, Interner, NoSliderHeuristic, Token,
};

use super::{Chunk, Side};

/// A range of the base that at least one side left, with what became of it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) base: Range<usize>,
    pub(super) local: Range<usize>,
    pub(super) fresh: Range<usize>,
    /// Whether local, and whether fresh, changed it.
    pub(super) changed: [bool; 2],
}

/// Merges `local` and `fresh`, both descended from `base`; changes that touch each other are one.
///
/// How lines of two texts belong together is a matter of taste where lines repeat. The way of git comes first; where that gives a conflict,
/// others are tried, and the first without one is taken.
pub fn lines(base: &[&str], local: &[&str], fresh: &[&str]) -> Vec<Chunk> {
    let mut first = None;
    for taste in Taste::ALL {
        let chunks = chunks(&places(base, local, fresh, *taste), [base, local, fresh]);
        if !chunks.iter().any(Chunk::is_conflict) {
            return chunks;
        }
        first = first.or(Some(chunks));
    }
    first.unwrap_or_default()
}

/// How lines of two texts are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taste {
    /// As `git merge-file` does.
    Git,
    /// The same from the other end of the pair.
    Turned,
    /// By the rarest lines, as `git merge` does.
    Rare,
}

impl Taste {
    const ALL: &[Self] = &[Self::Git, Self::Turned, Self::Rare];
}

/// Where the sides left the base, in the order of lines.
pub(super) fn places(base: &[&str], local: &[&str], fresh: &[&str], taste: Taste) -> Vec<Place> {
    let mut interner = Interner::new(base.len() + 64);
    let mut tokens = |lines: &[&str]| -> Vec<Token> {
        // Interned as owned slices would cost; borrowed ones live as long as the texts.
        lines
            .iter()
            .map(|line| interner.intern((*line).to_owned()))
            .collect()
    };
    let (base, local, fresh) = (tokens(base), tokens(local), tokens(fresh));
    let sides = [
        changes(&base, &local, &interner, taste),
        changes(&base, &fresh, &interner, taste),
    ];
    let mut places = Vec::new();
    let mut next = [0, 0];
    // Where each side's text goes on after the last place, and the base with it.
    let mut at = [0, 0, 0];
    while let Some(start) = (0..2)
        .filter_map(|side| Some(sides[side].get(next[side])?.0.start))
        .min()
    {
        let skipped = start - at[0];
        let begin = [start, at[1] + skipped, at[2] + skipped];
        let mut end = start;
        let mut grown = [0_isize, 0];
        let mut changed = [false, false];
        while let Some(side) = (0..2).find(|&side| {
            sides[side]
                .get(next[side])
                .is_some_and(|change| change.0.start <= end)
        }) {
            let (old, new) = &sides[side][next[side]];
            end = end.max(old.end);
            grown[side] += length(new) - length(old);
            changed[side] = true;
            next[side] += 1;
        }
        let to = |side: usize| (begin[side + 1] + end - start).saturating_add_signed(grown[side]);
        at = [end, to(0), to(1)];
        places.push(Place {
            base: start..end,
            local: begin[1]..at[1],
            fresh: begin[2]..at[2],
            changed,
        });
    }
    places
}

/// Which ranges of lines of `old` became which ranges of `new`.
pub fn replaced(old: &[&str], new: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    places(old, new, old, Taste::Rare)
        .into_iter()
        .map(|place| (place.base, place.local))
        .collect()
}

fn length(range: &Range<usize>) -> isize {
    isize::try_from(range.len()).expect("a text in memory has fewer than isize::MAX lines")
}

type Change = (Range<usize>, Range<usize>);

/// Which ranges of `old` became which ranges of `new`.
fn changes(old: &[Token], new: &[Token], interner: &Interner<String>, taste: Taste) -> Vec<Change> {
    let mut diff = Diff::default();
    let n_tokens = interner.num_tokens();
    match taste {
        Taste::Git => diff.compute_with(Algorithm::Myers, old, new, n_tokens),
        Taste::Turned => diff.compute_with(Algorithm::Myers, new, old, n_tokens),
        Taste::Rare => diff.compute_with(Algorithm::Histogram, old, new, n_tokens),
    }
    match taste {
        Taste::Git => diff.postprocess_with(old, new, NoSliderHeuristic),
        Taste::Turned => diff.postprocess_with(new, old, NoSliderHeuristic),
        Taste::Rare => {
            let level = |token: Token| IndentLevel::for_ascii_line(interner[token].bytes(), 8);
            diff.postprocess_with(old, new, IndentHeuristic::new(level));
        }
    }
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    let change = |hunk: imara_diff::Hunk| {
        let (before, after) = (range(hunk.before), range(hunk.after));
        if taste == Taste::Turned {
            (after, before)
        } else {
            (before, after)
        }
    };
    diff.hunks().map(change).collect()
}

fn chunks(places: &[Place], texts: [&[&str]; 3]) -> Vec<Chunk> {
    let [_, local, fresh] = texts;
    let mut chunks = Vec::with_capacity(places.len() * 2 + 1);
    let mut at = 0;
    for place in places {
        chunks.extend(Chunk::taken(Side::Local, at..place.local.start));
        at = place.local.end;
        chunks.extend(match place.changed {
            [true, true] if local[place.local.clone()] != fresh[place.fresh.clone()] => {
                Some(Chunk::Conflict {
                    base: place.base.clone(),
                    local: place.local.clone(),
                    fresh: place.fresh.clone(),
                })
            }
            [false, true] => Chunk::taken(Side::Fresh, place.fresh.clone()),
            _ => Chunk::taken(Side::Local, place.local.clone()),
        });
    }
    chunks.extend(Chunk::taken(Side::Local, at..local.len()));
    chunks
}
