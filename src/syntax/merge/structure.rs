//! Merging by entry: what is in all three texts is merged entry by entry, what one side added or removed follows that side.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    Chunk, Side,
    lines::{self, Taste},
};
use crate::syntax::{
    Language,
    outline::{Inner, Kind, Node},
};

/// Merges three texts of one language; none where one of them is not of it, or is laid out so that entries share lines.
pub fn structure(language: Language, texts: [&[&str]; 3]) -> Option<Vec<Chunk>> {
    let [base, local, fresh] = [
        language.outline(texts[0])?,
        language.outline(texts[1])?,
        language.outline(texts[2])?,
    ];
    let mut merger = Merger {
        language,
        texts,
        chunks: Vec::new(),
        at: [0; 3],
    };
    merger.node([&base, &local, &fresh]);
    Some(merger.chunks)
}

/// Base, local and fresh.
const BASE: usize = 0;
const LOCAL: usize = 1;
const FRESH: usize = 2;

struct Merger<'t> {
    language: Language,
    texts: [&'t [&'t str]; 3],
    chunks: Vec<Chunk>,
    /// Where in each text the merge is, for places that a text has nothing at.
    at: [usize; 3],
}

/// An entry as each text has it.
type Sides<'n> = [Option<&'n Node>; 3];

impl Merger<'_> {
    fn take(&mut self, side: usize, lines: Range<usize>) {
        self.at[side] = lines.end;
        let side = if side == LOCAL {
            Side::Local
        } else {
            Side::Fresh
        };
        self.chunks.extend(Chunk::taken(side, lines));
    }

    fn conflict(&mut self, ranges: [Option<Range<usize>>; 3]) {
        let mut place = |side: usize| {
            let range = ranges[side].clone().unwrap_or(self.at[side]..self.at[side]);
            self.at[side] = range.end;
            range
        };
        let (base, local, fresh) = (place(BASE), place(LOCAL), place(FRESH));
        self.chunks.push(Chunk::Conflict { base, local, fresh });
    }

    /// Whether two ranges say the same, whatever their layout.
    fn same(&self, one: (usize, &Range<usize>), other: (usize, &Range<usize>)) -> bool {
        let (one, other) = (
            &self.texts[one.0][one.1.clone()],
            &self.texts[other.0][other.1.clone()],
        );
        one == other || (one.len() == other.len() && self.language.is_same(one, other))
    }

    /// Takes the side that changed a range, where only one did.
    fn one_sided(&mut self, ranges: &[Range<usize>; 3]) -> bool {
        let exact = |one: usize, other: usize| {
            self.texts[one][ranges[one].clone()] == self.texts[other][ranges[other].clone()]
        };
        let same =
            |one: usize, other: usize| self.same((one, &ranges[one]), (other, &ranges[other]));
        let side = if exact(LOCAL, BASE) {
            FRESH
        } else if exact(FRESH, BASE) || exact(LOCAL, FRESH) {
            LOCAL
        } else if same(LOCAL, BASE) {
            FRESH
        } else if same(FRESH, BASE) || same(LOCAL, FRESH) {
            LOCAL
        } else {
            return false;
        };
        self.take(side, ranges[side].clone());
        self.at = [ranges[BASE].end, ranges[LOCAL].end, ranges[FRESH].end];
        true
    }

    /// Lines without a structure of their own.
    fn plain(&mut self, ranges: [Range<usize>; 3]) {
        if self.one_sided(&ranges) {
            return;
        }
        let text = |side: usize| &self.texts[side][ranges[side].clone()];
        let shift = |range: Range<usize>, side: usize| {
            range.start + ranges[side].start..range.end + ranges[side].start
        };
        for chunk in lines::lines(text(BASE), text(LOCAL), text(FRESH)) {
            match chunk {
                Chunk::Taken {
                    side: Side::Local,
                    lines,
                } => self.take(LOCAL, shift(lines, LOCAL)),
                Chunk::Taken {
                    side: Side::Fresh,
                    lines,
                } => self.take(FRESH, shift(lines, FRESH)),
                Chunk::Conflict { base, local, fresh } => {
                    self.conflict([
                        Some(shift(base, BASE)),
                        Some(shift(local, LOCAL)),
                        Some(shift(fresh, FRESH)),
                    ]);
                }
            }
        }
    }

    /// An entry that all three have.
    fn node(&mut self, [base, local, fresh]: [&Node; 3]) {
        if self.one_sided(&[base.lines(), local.lines(), fresh.lines()]) {
            return;
        }
        self.plain([base.lead.clone(), local.lead.clone(), fresh.lead.clone()]);
        self.plain([base.head.clone(), local.head.clone(), fresh.head.clone()]);
        match [&base.inner, &local.inner, &fresh.inner] {
            [Some(base), Some(local), Some(fresh)] => self.inner([base, local, fresh]),
            [None, None, None] => {}
            inner => {
                let tail = |inner: &Option<Inner>, node: &Node| {
                    inner.as_ref().map_or(node.head.end..node.head.end, |_| {
                        node.head.end..node.lines().end
                    })
                };
                self.conflict([
                    Some(tail(inner[0], base)),
                    Some(tail(inner[1], local)),
                    Some(tail(inner[2], fresh)),
                ]);
            }
        }
    }

    fn inner(&mut self, [base, local, fresh]: [&Inner; 3]) {
        let all = [&base.nodes[..], &local.nodes, &fresh.nodes];
        let is_map = all.iter().all(|nodes| has_each_once(nodes)) && base.kind == Kind::Map;
        let begun = self.chunks.len();
        let at = self.at;
        let merged = if is_map {
            self.map(all)
        } else {
            self.list(all)
        };
        if !merged || !self.begins_well(begun, all) {
            self.chunks.truncate(begun);
            self.at = at;
            self.conflict([BASE, LOCAL, FRESH].map(|side| range(all[side])));
        }
        self.plain([base.tail.clone(), local.tail.clone(), fresh.tail.clone()]);
    }

    /// The first entry of a mapping in a list stands behind its dash: no other one can take its place.
    fn begins_well(&self, begun: usize, all: [&[Node]; 3]) -> bool {
        if self.language != Language::Yaml {
            return true;
        }
        let has_dash = |side: usize, nodes: &[Node]| {
            let head = nodes
                .first()
                .and_then(|node| self.texts[side].get(node.head.start));
            head.is_some_and(|line| line.trim_start().starts_with("- "))
                && nodes.iter().skip(1).all(|node| {
                    self.texts[side]
                        .get(node.head.start)
                        .is_none_or(|line| !line.trim_start().starts_with("- "))
                })
        };
        if !(0..3).any(|side| has_dash(side, all[side]) && all[side].len() > 1) {
            return true;
        }
        let first = |side: usize| all[side].first().map(|node| node.key.as_str());
        let same_first = first(BASE) == first(LOCAL) && first(BASE) == first(FRESH);
        let begins = match self.chunks.get(begun) {
            Some(Chunk::Taken { side, lines }) => {
                let side = if *side == Side::Local { LOCAL } else { FRESH };
                self.texts[side]
                    .get(lines.start)
                    .is_some_and(|line| line.trim_start().starts_with("- "))
            }
            _ => true,
        };
        same_first && begins
    }

    /// Entries by name. Says no where both sides may have renamed one entry.
    fn map(&mut self, all: [&[Node]; 3]) -> bool {
        let by_key = all.map(|nodes| {
            nodes
                .iter()
                .map(|node| (node.key.as_str(), node))
                .collect::<BTreeMap<_, _>>()
        });
        let get = |key: &str| -> Sides<'_> { [0, 1, 2].map(|side| by_key[side].get(key).copied()) };
        let count = |wanted: [bool; 3]| {
            let keys: BTreeSet<&str> = by_key
                .iter()
                .flat_map(|nodes| nodes.keys().copied())
                .collect();
            keys.into_iter()
                .filter(|key| get(key).map(|side| side.is_some()) == wanted)
                .count()
        };
        if count([true, false, false]) > 0
            && count([false, true, false]) > 0
            && count([false, false, true]) > 0
        {
            return false;
        }
        for key in order(all, &by_key) {
            self.entry(get(key));
        }
        true
    }

    /// An entry that not all of them have.
    fn entry(&mut self, sides: Sides<'_>) {
        let lines = sides.map(|side| side.map(Node::lines));
        match sides {
            [Some(base), Some(local), Some(fresh)] => self.node([base, local, fresh]),
            [None, Some(local), Some(fresh)] => {
                let same = self.same((LOCAL, &local.lines()), (FRESH, &fresh.lines()));
                if same {
                    self.take(LOCAL, local.lines());
                } else {
                    self.conflict(lines);
                }
            }
            [None, Some(local), None] => self.take(LOCAL, local.lines()),
            [None, None, Some(fresh)] => self.take(FRESH, fresh.lines()),
            [Some(base), Some(local), None] => {
                if !self.same((BASE, &base.lines()), (LOCAL, &local.lines())) {
                    self.conflict(lines);
                }
            }
            [Some(base), None, Some(fresh)] => {
                if !self.same((BASE, &base.lines()), (FRESH, &fresh.lines())) {
                    self.conflict(lines);
                }
            }
            [_, None, None] => {}
        }
    }

    /// Entries in their order. Says no where both sides changed one stretch of it.
    fn list(&mut self, all: [&[Node]; 3]) -> bool {
        let keys = all.map(|nodes| {
            nodes
                .iter()
                .map(|node| node.key.as_str())
                .collect::<Vec<_>>()
        });
        let places = lines::places(&keys[BASE], &keys[LOCAL], &keys[FRESH], Taste::Git);
        let mut at = [0; 3];
        for place in places {
            self.matched(all, at, place.base.start - at[BASE]);
            let [base, local, fresh] = [
                &all[BASE][place.base.clone()],
                &all[LOCAL][place.local.clone()],
                &all[FRESH][place.fresh.clone()],
            ];
            let is_merged = match place.changed {
                [true, false] => self.followed(LOCAL, local, base, (FRESH, fresh)),
                [false, true] => self.followed(FRESH, fresh, base, (LOCAL, local)),
                _ => self.both(base, local, fresh),
            };
            if !is_merged {
                return false;
            }
            at = [place.base.end, place.local.end, place.fresh.end];
        }
        let rest = all[BASE].len() - at[BASE];
        self.matched(all, at, rest);
        true
    }

    fn matched(&mut self, all: [&[Node]; 3], at: [usize; 3], count: usize) {
        for idx in 0..count {
            self.node([
                &all[BASE][at[BASE] + idx],
                &all[LOCAL][at[LOCAL] + idx],
                &all[FRESH][at[FRESH] + idx],
            ]);
        }
    }

    /// Takes the only side that changed which entries there are, unless the other one changed what is in them.
    fn followed(
        &mut self,
        side: usize,
        changed: &[Node],
        base: &[Node],
        other: (usize, &[Node]),
    ) -> bool {
        let untouched = base.len() == other.1.len()
            && base
                .iter()
                .zip(other.1)
                .all(|(base, node)| self.same((BASE, &base.lines()), (other.0, &node.lines())));
        if untouched && let Some(lines) = range(changed) {
            self.take(side, lines);
        }
        untouched
    }

    /// Both sides changed which entries there are: only additions go together.
    fn both(&mut self, base: &[Node], local: &[Node], fresh: &[Node]) -> bool {
        let keys = |nodes: &[Node]| {
            nodes
                .iter()
                .map(|node| node.key.clone())
                .collect::<BTreeSet<_>>()
        };
        let (ours, theirs) = (keys(local), keys(fresh));
        let (local_lines, fresh_lines) = (range(local), range(fresh));
        if let (Some(local), Some(fresh)) = (&local_lines, &fresh_lines)
            && self.same((LOCAL, local), (FRESH, fresh))
        {
            self.take(LOCAL, local.clone());
            return true;
        }
        if !base.is_empty() {
            return local.is_empty() && fresh.is_empty();
        }
        if !ours.is_disjoint(&theirs) {
            return false;
        }
        if let Some(lines) = fresh_lines {
            self.take(FRESH, lines);
        }
        if let Some(lines) = local_lines {
            self.take(LOCAL, lines);
        }
        true
    }
}

/// All lines of entries that follow each other.
fn range(nodes: &[Node]) -> Option<Range<usize>> {
    Some(nodes.first()?.lines().start..nodes.last()?.lines().end)
}

fn has_each_once(nodes: &[Node]) -> bool {
    let keys: BTreeSet<&str> = nodes.iter().map(|node| node.key.as_str()).collect();
    keys.len() == nodes.len()
}

/// All names in the order of the merged text: that of the side that moved entries, each of the other's own after the one it followed there.
fn order<'n>(all: [&'n [Node]; 3], by_key: &[BTreeMap<&str, &Node>; 3]) -> Vec<&'n str> {
    let common = |side: usize| {
        let keys = all[side].iter().map(|node| node.key.as_str());
        keys.filter(|key| by_key.iter().all(|nodes| nodes.contains_key(key)))
            .collect::<Vec<_>>()
    };
    let (first, second) = if common(LOCAL) == common(BASE) {
        (FRESH, LOCAL)
    } else {
        (LOCAL, FRESH)
    };
    let mut keys: Vec<&str> = all[first].iter().map(|node| node.key.as_str()).collect();
    let mut before: Option<&str> = None;
    for node in all[second] {
        let key = node.key.as_str();
        if !by_key[first].contains_key(key) {
            let at = before
                .and_then(|before| keys.iter().position(|key| *key == before))
                .map_or(0, |at| at + 1);
            // What the first side added there comes first.
            let more = keys[at..].iter().take_while(|key| {
                !by_key[second].contains_key(*key) && !by_key[BASE].contains_key(*key)
            });
            let at = at + more.count();
            keys.insert(at, key);
        }
        before = Some(key);
    }
    keys
}
