//! The format of a blueprint, described once.
//!
//! Checking, reading, merging, the JSON Schema and the reference all follow this table, so that they cannot disagree.
//! What a key means to the capacity model, and its default where the model has one, stands in its documentation.

// One key a line reads as the table that it is.
#[rustfmt::skip]
mod table;

pub(crate) use table::ROOT;

use super::text::Text;
use crate::units::{self, Grammar};

/// One key of a map.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// One sentence, without a period.
    pub(crate) doc: &'static str,
    /// What holds where the key is absent; empty where nothing does.
    pub(crate) default: &'static str,
    pub(crate) required: bool,
    /// The key that replaces this one, which is still read.
    pub(crate) replaced_by: Option<&'static str>,
}

/// What a value may be.
pub(crate) enum Kind {
    Text(Text),
    /// One of these words.
    Choice(&'static [&'static str]),
    Flag,
    /// A whole number, or one of these words.
    Integer {
        words: &'static [&'static str],
        low: u32,
        high: u32,
    },
    Quantity(Quantity),
    /// A plain number or a word: the value of a pin.
    NumberOrWord,
    Map(&'static [Key]),
    /// The user's own names, each with a value of one kind.
    Names(Text, &'static Kind),
    List(&'static Kind),
    /// A list of maps with a `name`; lists of several files are merged by it.
    Named(&'static [Key]),
    /// Told apart by their shape: a word, a list or a map.
    OneOf(&'static [Kind]),
}

/// A number with a unit, and its bounds in the base unit.
pub(crate) struct Quantity {
    pub(crate) dimension: Dimension,
    pub(crate) low: Bound,
    pub(crate) high: Bound,
}

/// A bound and whether it belongs to the range.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    Including(f64),
    Excluding(f64),
}

impl Bound {
    pub(crate) fn value(self) -> f64 {
        match self {
            Self::Including(value) | Self::Excluding(value) => value,
        }
    }
}

/// How a quantity is written, and on which scale it is uncertain.
#[derive(Clone, Copy)]
pub(crate) enum Dimension {
    Plain(&'static Grammar),
    /// Between 0 and 1, uncertain on the logit scale.
    Share(&'static Grammar),
    Growth,
}

impl Dimension {
    pub(crate) fn grammar(self) -> &'static Grammar {
        match self {
            Self::Plain(grammar) | Self::Share(grammar) => grammar,
            Self::Growth => &units::GROWTH,
        }
    }
}

/// The key of a map by name.
pub(crate) fn find<'a>(keys: &'a [Key], name: &str) -> Option<&'a Key> {
    keys.iter().find(|key| key.name == name)
}

/// A blueprint as a whole.
pub(crate) static WHOLE: Kind = Kind::Map(ROOT);

/// What an unknown key has: the check has refused it, and nothing looks inside.
static UNKNOWN: Kind = Kind::NumberOrWord;

/// The kind of what stands under a name.
pub(crate) fn inner(kind: &'static Kind, name: &str) -> &'static Kind {
    match kind {
        Kind::Map(keys) => inner_of(keys, name),
        Kind::Names(_, inner) => inner,
        Kind::OneOf(kinds) => match kinds.iter().find(|kind| matches!(kind, Kind::Map(_))) {
            Some(map) => inner(map, name),
            None => &UNKNOWN,
        },
        _ => &UNKNOWN,
    }
}

/// The kind of a key.
pub(crate) fn inner_of(keys: &'static [Key], name: &str) -> &'static Kind {
    find(keys, name).map_or(&UNKNOWN, |key| &key.kind)
}
