//! A choice of `platform:`, the same on every cloud or a word for each.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Cloud;

/// A choice of `platform:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Choice {
    /// The same on every cloud.
    Everywhere(String),
    /// A word for each cloud that has one; the others have their default.
    ByCloud(BTreeMap<Cloud, String>),
}

impl Choice {
    /// What is chosen on a cloud, where something is.
    pub fn on(&self, cloud: Cloud) -> Option<&str> {
        match self {
            Self::Everywhere(word) => Some(word),
            Self::ByCloud(words) => words.get(&cloud).map(String::as_str),
        }
    }
}
