//! YAML: plain and quoted scalars, block scalars, comments, flow collections.
//!
//! A text that is a whole plain scalar, and that some reader of YAML 1.1 or 1.2 would take for another type, is quoted.

use super::{Lexer, Spot, backslashed, indented, is_word, one_line};
use crate::render::engine::Kind;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Between tokens or in a plain scalar.
    Plain,
    /// `"…"`
    Double,
    /// `'…'`
    Single,
    /// Until the end of the line.
    Comment,
    /// Behind `|` or `>`, until the end of the line.
    BlockHeader,
    /// Lines deeper than the column of their parent.
    Block,
}

/// Where a text stands in YAML.
pub(super) struct Yaml {
    mode: Mode,
    /// Whether a plain scalar has begun.
    in_scalar: bool,
    /// Whether that scalar is a tag or an anchor, over at the next space.
    in_tag: bool,
    /// Brackets and braces open.
    flow: usize,
    /// The byte before.
    previous: u8,
    /// Column from the line's start.
    column: usize,
    /// Whether the line has had nothing but spaces, and whether nothing but spaces and dashes.
    blank: bool,
    only_dashes: bool,
    /// Column of the node that a block scalar begun on this line belongs to.
    parent: usize,
}

impl Default for Yaml {
    fn default() -> Self {
        Self {
            mode: Mode::Plain,
            in_scalar: false,
            in_tag: false,
            flow: 0,
            previous: b'\n',
            column: 0,
            blank: true,
            only_dashes: true,
            parent: 0,
        }
    }
}

impl Yaml {
    fn new_line(&mut self) {
        self.mode = match self.mode {
            Mode::BlockHeader => Mode::Block,
            Mode::Comment => Mode::Plain,
            other => other,
        };
        if self.mode == Mode::Plain {
            self.in_scalar = false;
            self.only_dashes = true;
        }
        self.blank = true;
        self.column = 0;
        self.previous = b'\n';
    }

    /// The first character of a line that is not a space: a block scalar is over unless it is deeper than its parent.
    fn first_of_line(&mut self) {
        if !std::mem::replace(&mut self.blank, false) {
            return;
        }
        if self.mode == Mode::Block && self.column <= self.parent {
            self.mode = Mode::Plain;
            self.in_scalar = false;
            self.only_dashes = true;
        }
        if self.mode == Mode::Plain {
            self.parent = self.column;
        }
    }

    fn is_separated(&self) -> bool {
        matches!(self.previous, b' ' | b'\t' | b'\n')
            || (self.flow > 0 && b"[{,:".contains(&self.previous))
    }

    fn plain(&mut self, byte: u8, next: u8) {
        match byte {
            b' ' | b'\t' if self.in_tag => (self.in_scalar, self.in_tag) = (false, false),
            b' ' | b'\t' => {}
            b'#' if matches!(self.previous, b' ' | b'\t' | b'\n') => self.mode = Mode::Comment,
            b':' if matches!(next, b' ' | b'\n' | 0)
                || (self.flow > 0 && b",]}\"".contains(&next)) =>
            {
                self.in_scalar = false;
            }
            b',' if self.flow > 0 => self.in_scalar = false,
            b']' | b'}' if self.flow > 0 => {
                self.in_scalar = false;
                self.flow -= 1;
            }
            _ if self.in_scalar => {}
            b'-' | b'?'
                if self.is_separated() && matches!(next, b' ' | b'\n' | 0) && self.flow == 0 =>
            {
                self.parent = self.column;
            }
            _ => self.begin_token(byte),
        }
    }

    fn begin_token(&mut self, byte: u8) {
        if !(matches!(byte, b'|' | b'>') && self.flow == 0)
            && std::mem::replace(&mut self.only_dashes, false)
        {
            self.parent = self.column;
        }
        match byte {
            b'"' => self.mode = Mode::Double,
            b'\'' => self.mode = Mode::Single,
            b'|' | b'>' if self.flow == 0 => self.mode = Mode::BlockHeader,
            b'[' | b'{' => self.flow += 1,
            b'&' | b'!' => (self.in_scalar, self.in_tag) = (true, true),
            _ => self.in_scalar = true,
        }
    }

    /// Takes one byte, returns how many belong together.
    fn step(&mut self, byte: u8, next: u8) -> usize {
        if byte == b'\n' {
            self.new_line();
            return 1;
        }
        if byte != b' ' {
            self.first_of_line();
        }
        let mut taken = 1;
        match self.mode {
            Mode::Plain => self.plain(byte, next),
            Mode::Double if byte == b'\\' => taken = 2,
            Mode::Double if byte == b'"' => self.mode = Mode::Plain,
            Mode::Single if byte == b'\'' && next == b'\'' => taken = 2,
            Mode::Single if byte == b'\'' => self.mode = Mode::Plain,
            _ => {}
        }
        self.column += taken;
        self.previous = byte;
        taken
    }

    fn plain_value(&mut self, spot: &Spot<'_>) -> Result<String, String> {
        let begins = !self.in_scalar;
        if begins {
            self.begin_token(b'x');
        }
        let whole = begins && self.ends_behind(spot);
        match spot.kind {
            Kind::Number | Kind::Flag => Ok(spot.raw.to_owned()),
            Kind::Structure => Ok(indented(spot.raw, spot.before)),
            Kind::Text if whole && (!is_safe(spot.raw) || is_other_type(spot.raw)) => {
                Ok(format!("\"{}\"", backslashed(spot.raw, '"')))
            }
            Kind::Text if spot.raw.split(' ').all(is_safe) => Ok(spot.raw.to_owned()),
            Kind::Text => Err(format!(
                "prints `{}` outside quotes, where YAML does not take it",
                spot.raw
            )),
        }
    }

    /// Whether nothing of the scalar follows the value.
    fn ends_behind(&self, spot: &Spot<'_>) -> bool {
        let after = spot.after.trim_start_matches(' ');
        let spaced = after.len() < spot.after.len();
        match after.bytes().next() {
            None => !spot.more,
            Some(b'\n') => true,
            Some(b'#') => spaced,
            Some(b':') => after[1..].starts_with([' ', '\n']) || after.len() == 1,
            Some(b',' | b']' | b'}') => self.flow > 0,
            Some(_) => false,
        }
    }
}

/// A word that cannot be taken for structure.
fn is_safe(raw: &str) -> bool {
    !raw.is_empty()
        && raw.chars().all(is_word)
        && !raw.ends_with(':')
        && !raw.starts_with(['-', '@', ':'])
}

/// Whether some reader takes the plain scalar for a number, a flag, nothing, or a date.
fn is_other_type(raw: &str) -> bool {
    const WORDS: &[&str] = &[
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ".nan", ".inf",
    ];
    if WORDS.contains(&raw.to_ascii_lowercase().as_str()) {
        return true;
    }
    // Numbers in any base, with sixties and exponents, and dates have a digit or a point in front and only these.
    raw.starts_with(|character: char| character.is_ascii_digit() || character == '.')
        && raw
            .chars()
            .all(|character| character.is_ascii_hexdigit() || "._:-xoXOTZ".contains(character))
}

impl Lexer for Yaml {
    fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            at += self.step(bytes[at], bytes.get(at + 1).copied().unwrap_or(0));
        }
    }

    fn value(&mut self, spot: &Spot<'_>) -> Result<String, String> {
        self.first_of_line();
        let written = match self.mode {
            Mode::Plain => self.plain_value(spot),
            Mode::Double => Ok(backslashed(spot.raw, '"')),
            Mode::Single => one_line(spot.raw, "single quotes").map(|raw| raw.replace('\'', "''")),
            Mode::Comment | Mode::BlockHeader => one_line(spot.raw, "a comment"),
            Mode::Block if spot.kind == Kind::Structure => Ok(indented(spot.raw, spot.before)),
            Mode::Block => one_line(spot.raw, "a block scalar"),
        };
        self.column += spot.raw.len();
        self.previous = b'x';
        written
    }
}
