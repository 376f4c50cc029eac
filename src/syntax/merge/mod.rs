//! Three versions of a text into one, by what the text consists of.
//!
//! Comes in: the lines of *base*, *local* and *fresh*. Goes out: pieces of them in the order of the merged text, and
//! the places where both sides changed one thing. [`lines`] knows nothing but lines; [`structure`] merges HCL by block and
//! attribute, YAML and JSON by key, so that different additions at one place, or a new comment above a new value,
//! do not stand against each other. Comments, order and layout come from the texts themselves: nothing is printed anew.

mod lines;
mod structure;

use std::ops::Range;

pub use self::{
    lines::{lines, replaced},
    structure::structure,
};

/// One of the two texts that are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// On disk.
    Local,
    /// Rendered now.
    Fresh,
}

/// A piece of a merged text, by lines from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Lines of one side.
    Taken {
        /// Whose.
        side: Side,
        /// Which.
        lines: Range<usize>,
    },
    /// Both sides changed these lines of the base, and differently.
    Conflict {
        /// Lines that were generated last.
        base: Range<usize>,
        /// Lines on disk.
        local: Range<usize>,
        /// Lines rendered now.
        fresh: Range<usize>,
    },
}

impl Chunk {
    fn taken(side: Side, lines: Range<usize>) -> Option<Self> {
        (!lines.is_empty()).then_some(Self::Taken { side, lines })
    }

    /// Whether somebody has to decide.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}
