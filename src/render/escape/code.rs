//! Programming languages and TOML: strings, template literals, comments.

use super::{Lexer, Spot, backslashed, bare, indented, one_line};
use crate::render::engine::Kind;

/// A language whose strings and comments this lexer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Language {
    JavaScript,
    Python,
    Go,
    /// Java, Groovy, Kotlin.
    Java,
    Toml,
}

impl Language {
    fn has_hash_comments(self) -> bool {
        matches!(self, Self::Python | Self::Toml)
    }

    /// Quotes that open a string which may span lines when tripled.
    fn has_triple(self, quote: u8) -> bool {
        match self {
            Self::Python | Self::Toml => quote != b'`',
            Self::Java => quote == b'"' || quote == b'\'',
            Self::JavaScript | Self::Go => false,
        }
    }

    /// Whether a backslash escapes between these quotes.
    fn escapes(self, quote: u8) -> bool {
        !matches!((self, quote), (Self::Toml, b'\'') | (Self::Go, b'`'))
    }
}

enum Mode {
    /// Code; inside `${ }` of a template literal, with the braces open in it.
    Code {
        template: bool,
        braces: usize,
    },
    /// A string with its quote, once or three times.
    Quoted {
        quote: u8,
        triple: bool,
    },
    LineComment,
    BlockComment,
    /// `/…/` of JavaScript; inside `[…]` or not.
    Regex {
        class: bool,
    },
}

/// Where a text stands in code, innermost last.
pub(super) struct Code {
    language: Language,
    modes: Vec<Mode>,
    /// The last byte of code that is not a space.
    previous: u8,
}

impl Code {
    /// At the start of a file.
    pub(super) fn new(language: Language) -> Self {
        Self {
            language,
            modes: vec![Mode::Code {
                template: false,
                braces: 0,
            }],
            previous: b'(',
        }
    }

    fn step(&mut self, rest: &str) -> usize {
        let byte = rest.as_bytes()[0];
        match *self.modes.last().unwrap_or(&Mode::LineComment) {
            Mode::Code { .. } => {
                let taken = self.code(rest);
                if !byte.is_ascii_whitespace() {
                    self.previous = byte;
                }
                taken
            }
            Mode::Quoted { quote, triple } => self.quoted(rest, quote, triple),
            Mode::LineComment => self.leave_at(rest, "\n"),
            Mode::BlockComment => self.leave_at(rest, "*/"),
            Mode::Regex { class } => self.regex(byte, class),
        }
    }

    fn enter(&mut self, mode: Mode, taken: usize) -> usize {
        self.modes.push(mode);
        taken
    }

    fn leave_at(&mut self, rest: &str, end: &str) -> usize {
        if rest.starts_with(end) {
            self.modes.pop();
            return end.len();
        }
        1
    }

    fn code(&mut self, rest: &str) -> usize {
        let byte = rest.as_bytes()[0];
        let slashes = !self.language.has_hash_comments();
        match byte {
            b'#' if !slashes => self.enter(Mode::LineComment, 1),
            b'/' if slashes && rest.starts_with("//") => self.enter(Mode::LineComment, 2),
            b'/' if slashes && rest.starts_with("/*") => self.enter(Mode::BlockComment, 2),
            b'/' if self.language == Language::JavaScript
                && b"(,=:[!&|?{};+".contains(&self.previous) =>
            {
                self.enter(Mode::Regex { class: false }, 1)
            }
            b'`' if self.language.has_hash_comments() => 1,
            b'"' | b'\'' | b'`' => {
                let tripled = [byte; 3];
                let triple =
                    self.language.has_triple(byte) && rest.as_bytes().starts_with(&tripled);
                self.enter(
                    Mode::Quoted {
                        quote: byte,
                        triple,
                    },
                    if triple { 3 } else { 1 },
                )
            }
            b'{' | b'}' => self.brace(byte == b'{'),
            _ => 1,
        }
    }

    fn brace(&mut self, opens: bool) -> usize {
        if let Some(Mode::Code { template, braces }) = self.modes.last_mut() {
            match (opens, *braces) {
                (true, _) => *braces += 1,
                (false, 0) if *template => {
                    self.modes.pop();
                }
                (false, open) => *braces = open.saturating_sub(1),
            }
        }
        1
    }

    fn quoted(&mut self, rest: &str, quote: u8, triple: bool) -> usize {
        if rest.starts_with('\\') && self.language.escapes(quote) {
            return 2;
        }
        if self.interpolates(quote) && rest.starts_with("${") {
            return self.enter(
                Mode::Code {
                    template: true,
                    braces: 0,
                },
                2,
            );
        }
        if triple {
            let tripled = [quote; 3];
            if rest.as_bytes().starts_with(&tripled) {
                self.modes.pop();
                return 3;
            }
        } else if rest.as_bytes()[0] == quote {
            self.modes.pop();
        }
        1
    }

    fn interpolates(&self, quote: u8) -> bool {
        match self.language {
            Language::JavaScript => quote == b'`',
            Language::Java => quote == b'"',
            _ => false,
        }
    }

    fn regex(&mut self, byte: u8, class: bool) -> usize {
        match byte {
            b'\\' => return 2,
            b'[' => self.set_class(true),
            b']' => self.set_class(false),
            b'/' | b'\n' if !class => {
                self.modes.pop();
            }
            _ => {}
        }
        1
    }

    fn set_class(&mut self, now: bool) {
        if let Some(Mode::Regex { class }) = self.modes.last_mut() {
            *class = now;
        }
    }

    fn in_quotes(&self, raw: &str, quote: u8) -> Result<String, String> {
        let mark = char::from(quote);
        if !self.language.escapes(quote) {
            if raw.contains([mark, '\n']) {
                return Err(format!(
                    "prints `{raw}`, which cannot be escaped between {mark}"
                ));
            }
            return Ok(raw.to_owned());
        }
        let escaped = backslashed(raw, mark);
        Ok(if self.interpolates(quote) {
            escaped.replace('$', "\\$")
        } else {
            escaped
        })
    }
}

impl Lexer for Code {
    fn text(&mut self, text: &str) {
        let mut at = 0;
        while at < text.len() {
            at += if text.is_char_boundary(at) {
                self.step(&text[at..])
            } else {
                1
            };
        }
    }

    fn value(&mut self, spot: &Spot<'_>) -> Result<String, String> {
        match self.modes.last() {
            Some(Mode::Quoted { quote, .. }) => self.in_quotes(spot.raw, *quote),
            Some(Mode::LineComment) => one_line(spot.raw, "a comment"),
            Some(Mode::BlockComment) if spot.raw.contains("*/") => {
                Err("would end the comment it stands in".to_owned())
            }
            Some(Mode::BlockComment) => one_line(spot.raw, "a comment"),
            Some(Mode::Regex { .. }) => bare(spot, "a regular expression", |c| {
                c.is_ascii_alphanumeric() || c == '-'
            }),
            Some(Mode::Code { .. }) | None => self.in_code(spot),
        }
    }
}

impl Code {
    fn in_code(&mut self, spot: &Spot<'_>) -> Result<String, String> {
        self.previous = b'x';
        match (spot.kind, self.language) {
            (Kind::Structure, Language::JavaScript) => Ok(indented(spot.raw, spot.before)),
            (Kind::Flag, Language::Python) => {
                Ok(if spot.raw == "true" { "True" } else { "False" }.to_owned())
            }
            _ => bare(spot, "the language", |c| {
                c.is_ascii_alphanumeric() || c == '_' || c == '.'
            }),
        }
    }
}
