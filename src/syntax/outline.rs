//! What a text consists of, by whole lines: entries with a name, and what is around them.
//!
//! Comes in: the [`Region`]s that a language's reader found. Goes out: an [`Outline`] in which every line of the text
//! belongs to exactly one piece: to the head of an entry, to its own lines, to its end, or, for comments and blank
//! lines, to the entry that follows. Entries that share a line with something else are not looked into.

use std::ops::Range;

/// Where a language's reader found something, in lines from 0.
#[derive(Clone, Debug)]
pub(super) struct Region {
    /// Name among its neighbours.
    pub(super) key: String,
    /// Lines from its first to behind its last.
    pub(super) lines: Range<usize>,
    /// How many of its lines come before its first entry for certain: `name {` is one.
    pub(super) n_head: usize,
    /// How many of its lines come after its last entry for certain: `}` is one.
    pub(super) n_tail: usize,
    /// What is in it, if that may be looked into.
    pub(super) inner: Option<(Kind, Vec<Region>)>,
}

/// What the order of entries means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Entries are found by name; their order is for readers.
    Map,
    /// Order matters.
    List,
}

/// An entry with everything of the text that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Name among its neighbours.
    pub(super) key: String,
    /// Comments and blank lines in front of it.
    pub(super) lead: Range<usize>,
    /// Its own lines; of one with entries those before them.
    pub(super) head: Range<usize>,
    /// What is in it, where it is known.
    pub(super) inner: Option<Inner>,
}

/// The entries of a node and what follows them.
#[derive(Clone, Debug)]
pub(super) struct Inner {
    /// What their order means.
    pub(super) kind: Kind,
    /// The entries in the order of the text.
    pub(super) nodes: Vec<Node>,
    /// Lines after the last one.
    pub(super) tail: Range<usize>,
}

impl Node {
    /// All lines of the node.
    pub(super) fn lines(&self) -> Range<usize> {
        self.lead.start
            ..self
                .inner
                .as_ref()
                .map_or(self.head.end, |inner| inner.tail.end)
    }
}

/// Gives every line of a text of so many lines to a node. The first `n_preamble` lines are about the whole text.
pub(super) fn outline(kind: Kind, regions: Vec<Region>, n_preamble: usize, n_lines: usize) -> Node {
    let whole = Region {
        key: String::new(),
        lines: 0..n_lines,
        n_head: n_preamble,
        n_tail: 0,
        inner: Some((kind, regions)),
    };
    node(whole, 0)
}

fn node(region: Region, from: usize) -> Node {
    let Region {
        key,
        lines,
        n_head,
        n_tail,
        inner,
    } = region;
    let lead = from..lines.start;
    let (begin, end) = (lines.start + n_head, lines.end.saturating_sub(n_tail));
    match inner {
        Some((kind, regions)) if is_laid_out(&regions, begin, end) => {
            let mut nodes = Vec::with_capacity(regions.len());
            let mut at = begin;
            for region in regions {
                let end = region.lines.end;
                nodes.push(node(region, at));
                at = end;
            }
            let inner = Inner {
                kind,
                nodes,
                tail: at..lines.end,
            };
            Node {
                key,
                lead,
                head: lines.start..begin,
                inner: Some(inner),
            }
        }
        _ => Node {
            key,
            lead,
            head: lines,
            inner: None,
        },
    }
}

/// Whether the entries are one below the other, with nothing else on their lines.
fn is_laid_out(regions: &[Region], begin: usize, end: usize) -> bool {
    let mut at = begin;
    for region in regions {
        if region.lines.start < at || region.lines.is_empty() {
            return false;
        }
        at = region.lines.end;
    }
    at <= end
}

/// Comments at the very top that a blank line separates from what follows.
pub(super) fn n_preamble(lines: &[&str]) -> usize {
    let n_comments = lines
        .iter()
        .take_while(|line| line.trim_start().starts_with(['#', '/']))
        .count();
    match lines.get(n_comments) {
        Some(next) if next.trim().is_empty() => n_comments,
        _ => 0,
    }
}

/// The number of the line that holds each byte.
pub(super) struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    pub(super) fn of(text: &str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// The lines that a range of bytes touches.
    pub(super) fn lines(&self, bytes: &Range<usize>) -> Range<usize> {
        let line = |byte: usize| self.starts.partition_point(|&start| start <= byte) - 1;
        line(bytes.start)..line(bytes.end.saturating_sub(1).max(bytes.start)) + 1
    }
}

/// What tells the items of a list apart, the best first.
pub(super) const NAMES: &[&str] = &[
    "name", "id", "sid", "key", "alert", "record", "uid", "path", "title", "kind",
];

impl Node {
    /// Lines of the entry below this one that has the dotted name, such as `resource.aws_s3_bucket.main` or `spec.replicas`.
    pub(super) fn find(&self, name: &str) -> Option<Range<usize>> {
        self.inner
            .iter()
            .flat_map(|inner| &inner.nodes)
            .find_map(|node| {
                let key = node.key.replace('"', "").replace([' ', '='], ".");
                match name.strip_prefix(key.as_str())? {
                    "" => Some(node.lines()),
                    rest => node.find(rest.strip_prefix('.')?),
                }
            })
    }
}
