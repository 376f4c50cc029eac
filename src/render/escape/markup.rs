//! Markdown, and text without a syntax.

use super::{Lexer, Spot, indented, one_line};
use crate::render::engine::Kind;

/// Where a text stands in Markdown.
#[derive(Default)]
pub(super) struct Markdown {
    /// Inside a fenced block.
    fenced: bool,
    /// Inside a span of code on this line.
    span: bool,
    /// The line so far.
    line: String,
}

impl Markdown {
    fn end_line(&mut self) {
        let line = self.line.trim_start();
        if line.starts_with("```") || line.starts_with("~~~") {
            self.fenced = !self.fenced;
        }
        self.line.clear();
        self.span = false;
    }

    fn in_table(&self) -> bool {
        self.line.trim_start().starts_with('|')
    }
}

impl Lexer for Markdown {
    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\n' => self.end_line(),
                _ => {
                    if character == '`' && !self.line.trim_start().starts_with("```") {
                        self.span = !self.span;
                    }
                    self.line.push(character);
                }
            }
        }
    }

    fn value(&mut self, spot: &Spot<'_>) -> Result<String, String> {
        if spot.kind == Kind::Structure && self.fenced {
            return Ok(indented(spot.raw, spot.before));
        }
        let raw = one_line(spot.raw, "a line of Markdown")?;
        self.line.push('x');
        if self.fenced {
            return Ok(raw);
        }
        let raw = if self.in_table() {
            raw.replace('|', "\\|")
        } else {
            raw
        };
        if self.span {
            return if raw.contains('`') {
                Err(format!("prints `{raw}` between backticks"))
            } else {
                Ok(raw)
            };
        }
        Ok(prose(&raw))
    }
}

/// Text whose characters mean themselves.
fn prose(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len() + 8);
    for character in raw.chars() {
        if "*`<[".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Text without a syntax: one line for each value.
pub(super) struct Plain;

impl Lexer for Plain {
    fn text(&mut self, _text: &str) {}

    fn value(&mut self, spot: &Spot<'_>) -> Result<String, String> {
        one_line(spot.raw, "a plain text")
    }
}
