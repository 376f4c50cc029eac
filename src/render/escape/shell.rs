//! POSIX shell and bash: words, quotes, substitutions, comments, heredocs.

use super::{Lexer, Spot, bare, is_word, one_line};

enum Mode {
    /// Words; with the parentheses that are open since a `$(`, none at the top.
    Words { parens: Option<usize> },
    /// `"…"`
    Double,
    /// `'…'`
    Single,
    /// `${…}`
    Parameter,
    /// `# …`
    Comment,
    /// Until a line that is the delimiter.
    Heredoc(Heredoc),
}

#[derive(Clone)]
struct Heredoc {
    delimiter: String,
    quoted: bool,
}

/// Where a text stands in a script, innermost last.
pub(super) struct Shell {
    modes: Vec<Mode>,
    /// Heredocs announced on this line.
    pending: Vec<Heredoc>,
    previous: u8,
}

impl Default for Shell {
    fn default() -> Self {
        Self {
            modes: vec![Mode::Words { parens: None }],
            pending: Vec::new(),
            previous: b'\n',
        }
    }
}

impl Shell {
    fn step(&mut self, rest: &str) -> usize {
        let byte = rest.as_bytes()[0];
        match self.modes.last() {
            Some(Mode::Words { .. }) | None => self.words(rest),
            Some(Mode::Double) => match byte {
                b'"' => self.leave(),
                _ => self.expansion(rest),
            },
            Some(Mode::Single) => match byte {
                b'\'' => self.leave(),
                _ => 1,
            },
            Some(Mode::Parameter) => match byte {
                b'}' => self.leave(),
                b'"' => self.enter(Mode::Double, 1),
                _ => self.expansion(rest),
            },
            Some(Mode::Comment) => {
                if byte == b'\n' {
                    self.modes.pop();
                    self.end_line();
                }
                1
            }
            Some(Mode::Heredoc(heredoc)) => {
                let heredoc = heredoc.clone();
                self.heredoc(rest, &heredoc)
            }
        }
    }

    fn enter(&mut self, mode: Mode, taken: usize) -> usize {
        self.modes.push(mode);
        taken
    }

    fn leave(&mut self) -> usize {
        self.modes.pop();
        1
    }

    /// `\x`, `$(`, `${`: alike in words, double quotes and heredocs.
    fn expansion(&mut self, rest: &str) -> usize {
        if rest.starts_with('\\') {
            return 2;
        }
        if rest.starts_with("${") {
            return self.enter(Mode::Parameter, 2);
        }
        if rest.starts_with("$(") {
            return self.enter(Mode::Words { parens: Some(0) }, 2);
        }
        1
    }

    fn words(&mut self, rest: &str) -> usize {
        match rest.as_bytes()[0] {
            b'"' => self.enter(Mode::Double, 1),
            b'\'' => self.enter(Mode::Single, 1),
            b'#' if b" \t\n;(&|".contains(&self.previous) => self.enter(Mode::Comment, 1),
            b'\n' => {
                self.end_line();
                1
            }
            b'<' if rest.starts_with("<<<") => 3,
            b'<' if rest.starts_with("<<") => self.announce(rest),
            byte @ (b'(' | b')') => self.paren(byte == b'('),
            _ => self.expansion(rest),
        }
    }

    fn paren(&mut self, opens: bool) -> usize {
        if let Some(Mode::Words {
            parens: Some(parens),
        }) = self.modes.last_mut()
        {
            match (opens, *parens) {
                (true, _) => *parens += 1,
                (false, 0) => return self.leave(),
                (false, open) => *parens = open - 1,
            }
        }
        1
    }

    fn announce(&mut self, rest: &str) -> usize {
        let word = rest[2..].trim_start_matches('-').trim_start_matches(' ');
        let quoted = word.starts_with(['\'', '"', '\\']);
        let word = word.trim_start_matches(['\'', '"', '\\']);
        let end = word
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(word.len());
        if end == 0 {
            return 2;
        }
        self.pending.push(Heredoc {
            delimiter: word[..end].to_owned(),
            quoted,
        });
        rest.len() - word.len() + end + usize::from(quoted && word[end..].starts_with(['\'', '"']))
    }

    fn end_line(&mut self) {
        for heredoc in self.pending.drain(..).rev() {
            self.modes.push(Mode::Heredoc(heredoc));
        }
    }

    fn heredoc(&mut self, rest: &str, heredoc: &Heredoc) -> usize {
        if self.previous == b'\n' {
            let line = rest.split('\n').next().unwrap_or_default();
            if line.trim_start_matches('\t') == heredoc.delimiter {
                self.modes.pop();
                return line.len();
            }
        }
        if heredoc.quoted {
            1
        } else {
            self.expansion(rest)
        }
    }
}

impl Lexer for Shell {
    fn text(&mut self, text: &str) {
        let mut at = 0;
        while at < text.len() {
            let taken = if text.is_char_boundary(at) {
                self.step(&text[at..])
            } else {
                1
            };
            at += taken.max(1);
            self.previous = text.as_bytes().get(at - 1).copied().unwrap_or(b'x');
        }
    }

    fn value(&mut self, spot: &Spot<'_>) -> Result<String, String> {
        self.previous = b'x';
        let specials: &[char] = match self.modes.last() {
            Some(Mode::Words { .. }) | None => return bare(spot, "the shell", is_word),
            Some(Mode::Comment) => return one_line(spot.raw, "a comment"),
            Some(Mode::Single) => {
                return one_line(spot.raw, "single quotes").map(|raw| raw.replace('\'', "'\\''"));
            }
            Some(Mode::Heredoc(heredoc)) if heredoc.quoted => &[],
            Some(Mode::Heredoc(_)) => &['\\', '$', '`'],
            Some(Mode::Double) => &['\\', '$', '`', '"'],
            Some(Mode::Parameter) => return bare(spot, "a parameter expansion", is_word),
        };
        let raw = one_line(spot.raw, "a string")?;
        let mut escaped = String::with_capacity(raw.len() + 8);
        for character in raw.chars() {
            if specials.contains(&character) {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        Ok(escaped)
    }
}
