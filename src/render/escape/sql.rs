//! SQL: string literals, quoted identifiers, comments. Bodies between dollar quotes are SQL again.

use super::{Lexer, Spot, bare, one_line};

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Bare,
    /// `'…'`
    Literal,
    /// `"…"` and `` `…` ``
    Identifier(u8),
    LineComment,
    BlockComment,
}

/// Where a text stands in SQL.
#[derive(Default)]
pub(super) struct Sql {
    mode: Mode,
}

impl Sql {
    fn step(&mut self, byte: u8, next: u8) -> usize {
        let (mode, taken) = match (self.mode, byte) {
            (Mode::Bare, b'\'') => (Mode::Literal, 1),
            (Mode::Bare, b'"' | b'`') => (Mode::Identifier(byte), 1),
            (Mode::Bare, b'-') if next == b'-' => (Mode::LineComment, 2),
            (Mode::Bare, b'/') if next == b'*' => (Mode::BlockComment, 2),
            (Mode::Literal, b'\'') if next == b'\'' => (Mode::Literal, 2),
            (Mode::Literal, b'\'') => (Mode::Bare, 1),
            (Mode::Identifier(quote), _) if byte == quote => (Mode::Bare, 1),
            (Mode::LineComment, b'\n') => (Mode::Bare, 1),
            (Mode::BlockComment, b'*') if next == b'/' => (Mode::Bare, 2),
            (mode, _) => (mode, 1),
        };
        self.mode = mode;
        taken
    }
}

impl Lexer for Sql {
    fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            at += self.step(bytes[at], bytes.get(at + 1).copied().unwrap_or(0));
        }
    }

    fn value(&mut self, spot: &Spot<'_>) -> Result<String, String> {
        match self.mode {
            Mode::LineComment => one_line(spot.raw, "a comment"),
            Mode::BlockComment if spot.raw.contains("*/") => {
                Err("would end the comment it stands in".to_owned())
            }
            Mode::BlockComment => one_line(spot.raw, "a comment"),
            // Engines differ in what a backslash means, and a dollar may end the body around.
            Mode::Literal | Mode::Identifier(_) if spot.raw.contains(['\\', '$', '\n']) => {
                Err(format!(
                    "prints `{}`: no backslash, dollar sign or line break in quotes of SQL",
                    spot.raw
                ))
            }
            Mode::Literal => Ok(spot.raw.replace('\'', "''")),
            Mode::Identifier(quote) => {
                let quote = char::from(quote);
                Ok(spot.raw.replace(quote, &format!("{quote}{quote}")))
            }
            Mode::Bare => bare(spot, "SQL", |c| {
                c.is_ascii_alphanumeric() || c == '_' || c == '.'
            }),
        }
    }
}
