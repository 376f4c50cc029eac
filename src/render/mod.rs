//! From a composition to the complete text of every file, in memory.

use std::collections::BTreeMap;

use crate::{component::Component, compose::Ownership};

/// A rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Complete text.
    pub text: String,
    /// Component it belongs to.
    pub component: Component,
    /// Who owns it after the first write.
    pub ownership: Ownership,
    /// Whether it is a script.
    pub executable: bool,
    /// For each line (from 1) that prints quantities: environment and quantity name, in order.
    pub quantities: Vec<QuantityAt>,
}

/// A quantity printed in a rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityAt {
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters, where the printed value begins.
    pub column: usize,
    /// Printed characters.
    pub width: usize,
    /// Environment whose ledger has the name.
    pub environment: String,
    /// Name in the ledger.
    pub name: String,
}

/// All files of a project: path with `/` to file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Path in the project to its file, ordered.
    pub files: BTreeMap<String, File>,
}
