//! A value of HCL as far as it can be told without asking a cloud.

use std::{cmp::Ordering, collections::BTreeMap, fmt};

/// A value; what only an apply can tell is unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Absent on purpose.
    Null,
    /// True or false.
    Bool(bool),
    /// Every number of HCL.
    Number(f64),
    /// A text.
    Text(String),
    /// A list, a tuple or a set.
    List(Vec<Value>),
    /// A map or an object.
    Map(BTreeMap<String, Value>),
    /// Known after an apply, or computed by something that is not modelled; the text is what stands there, so that equal
    /// expressions compare equal.
    Unknown(String),
}

impl Value {
    /// An unknown value of this expression.
    pub(super) fn unknown(of: impl fmt::Display) -> Self {
        Self::Unknown(
            of.to_string()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        )
    }

    /// Whether nothing in it is unknown.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(items) => items.iter().all(Self::is_known),
            Self::Map(map) => map.values().all(Self::is_known),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => true,
        }
    }

    /// The number, also of a text that is one, as Terraform converts.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The truth, also of a text that is one.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The text of a value that has one within a string; none for collections and what is unknown.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Bool(truth) => Some(truth.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Unknown(_) => None,
        }
    }

    /// What stands at a name or a number in it.
    pub(super) fn at(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(map) => map.get(key),
            Self::List(items) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// Keys and values of a collection; the key of a list's item is its place.
    pub(super) fn items(&self) -> Option<Vec<(Self, Self)>> {
        match self {
            Self::List(items) => {
                let place = |(at, item): (usize, &Self)| (Self::Text(at.to_string()), item.clone());
                Some(items.iter().enumerate().map(place).collect())
            }
            Self::Map(map) => {
                let pair =
                    |(key, value): (&String, &Self)| (Self::Text(key.clone()), value.clone());
                Some(map.iter().map(pair).collect())
            }
            _ => None,
        }
    }

    /// The order of a set: by text, numbers by size.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (one, other) => one.to_string().cmp(&other.to_string()),
        }
    }
}

/// As a plan shows it.
impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Bool(truth) => write!(out, "{truth}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Text(text) => write!(out, "{text:?}"),
            Self::Unknown(_) => out.write_str("(known after apply)"),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(out, "[{}]", items.join(", "))
            }
            Self::Map(map) => {
                let pairs: Vec<String> = map
                    .iter()
                    .map(|(key, value)| format!("{key} = {value}"))
                    .collect();
                write!(out, "{{ {} }}", pairs.join(", "))
            }
        }
    }
}
