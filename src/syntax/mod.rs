//! The languages of the output: printing, and parsing again.
//!
//! Comes in: text. Goes out: the text in the language's own layout, or whether it is of the language at all. What is
//! parsed here is what the program wrote itself, so an error is a bug of a template, found before anything is written.

pub mod hcl;
pub mod json;
pub mod yaml;

use std::fmt;

/// Where a text is not of its language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Line from 1.
    pub line: usize,
    /// Column from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for Malformed {}
