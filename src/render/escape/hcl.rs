//! HCL: strings with `${ }` and `%{ }`, heredocs, comments.

use super::{Lexer, Spot, backslashed, indented, one_line};
use crate::render::engine::Kind;

enum Mode {
    /// An expression or body; inside a template, with the braces that are open in it.
    Bare { template: bool, braces: usize },
    /// `"…"`
    Quoted,
    /// `# …`, `// …`
    LineComment,
    /// `/* … */`
    BlockComment,
    /// Until a line that is the delimiter.
    Heredoc(String),
}

/// Where a text stands in HCL, innermost last.
pub(super) struct Hcl {
    modes: Vec<Mode>,
    line_start: bool,
}

impl Default for Hcl {
    fn default() -> Self {
        Self {
            modes: vec![Mode::Bare {
                template: false,
                braces: 0,
            }],
            line_start: true,
        }
    }
}

impl Hcl {
    /// Takes what stands at the front of `rest`, returns its bytes.
    fn step(&mut self, rest: &str) -> usize {
        match self.modes.last_mut() {
            Some(Mode::Bare { .. }) | None => self.bare(rest),
            Some(Mode::Quoted) => self.quoted(rest),
            Some(Mode::LineComment) => self.until(rest, "\n"),
            Some(Mode::BlockComment) => self.until(rest, "*/"),
            Some(Mode::Heredoc(_)) => self.heredoc(rest),
        }
    }

    fn until(&mut self, rest: &str, end: &str) -> usize {
        match rest.find(end) {
            Some(at) => {
                self.modes.pop();
                at + end.len()
            }
            None => rest.len(),
        }
    }

    fn bare(&mut self, rest: &str) -> usize {
        let byte = rest.as_bytes()[0];
        match byte {
            b'"' => self.modes.push(Mode::Quoted),
            b'#' => self.modes.push(Mode::LineComment),
            b'/' if rest.starts_with("//") => self.modes.push(Mode::LineComment),
            b'/' if rest.starts_with("/*") => {
                self.modes.push(Mode::BlockComment);
                return 2;
            }
            b'<' if rest.starts_with("<<") => return self.open_heredoc(rest),
            b'{' | b'}' => self.brace(byte == b'{'),
            _ => {}
        }
        1
    }

    fn brace(&mut self, opens: bool) {
        if let Some(Mode::Bare { template, braces }) = self.modes.last_mut() {
            match (opens, *braces) {
                (true, _) => *braces += 1,
                (false, 0) if *template => {
                    self.modes.pop();
                }
                (false, open) => *braces = open.saturating_sub(1),
            }
        }
    }

    fn open_heredoc(&mut self, rest: &str) -> usize {
        let Some((line, _)) = rest.split_once('\n') else {
            return 2;
        };
        let delimiter = line.trim_start_matches('<').trim_start_matches('-').trim();
        if delimiter.is_empty()
            || !delimiter
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        {
            return 2;
        }
        self.modes.push(Mode::Heredoc(delimiter.to_owned()));
        self.line_start = true;
        line.len() + 1
    }

    /// Escapes, `$${` and `%%{` are text; `${` and `%{` open an expression.
    fn template(&mut self, rest: &str) -> Option<usize> {
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            return Some(3);
        }
        if rest.starts_with("${") || rest.starts_with("%{") {
            self.modes.push(Mode::Bare {
                template: true,
                braces: 0,
            });
            return Some(2);
        }
        None
    }

    fn quoted(&mut self, rest: &str) -> usize {
        if let Some(taken) = self.template(rest) {
            return taken;
        }
        match rest.as_bytes()[0] {
            b'\\' => 2,
            b'"' => {
                self.modes.pop();
                1
            }
            _ => 1,
        }
    }

    fn heredoc(&mut self, rest: &str) -> usize {
        if self.line_start {
            self.line_start = false;
            let line = rest.split('\n').next().unwrap_or_default();
            if matches!(self.modes.last(), Some(Mode::Heredoc(delimiter)) if line.trim() == delimiter)
            {
                self.modes.pop();
                return line.len().max(1);
            }
        }
        if let Some(taken) = self.template(rest) {
            return taken;
        }
        self.line_start = rest.starts_with('\n');
        1
    }
}

impl Lexer for Hcl {
    fn text(&mut self, text: &str) {
        let mut at = 0;
        while at < text.len() {
            if text.is_char_boundary(at) {
                at += self.step(&text[at..]);
            } else {
                at += 1;
            }
        }
    }

    fn value(&mut self, spot: &Spot<'_>) -> Result<String, String> {
        self.line_start = false;
        match self.modes.last() {
            Some(Mode::Quoted) => sequences(&backslashed(spot.raw, '"'), spot),
            Some(Mode::Heredoc(_)) => sequences(&one_line(spot.raw, "a heredoc")?, spot),
            Some(Mode::LineComment) => one_line(spot.raw, "a comment"),
            Some(Mode::BlockComment) if spot.raw.contains("*/") => {
                Err("would end the comment it stands in".to_owned())
            }
            Some(Mode::BlockComment) => one_line(spot.raw, "a comment"),
            Some(Mode::Bare { .. }) | None => expression(spot),
        }
    }
}

/// `${` and `%{` as text, also where they would come about at the edges of the value.
fn sequences(escaped: &str, spot: &Spot<'_>) -> Result<String, String> {
    let opens_before = spot.before.ends_with(['$', '%']) && escaped.starts_with('{');
    let opens_behind = escaped.ends_with(['$', '%'])
        && (spot.after.starts_with('{') || (spot.after.is_empty() && spot.more));
    if opens_before || opens_behind {
        return Err(format!(
            "prints `{}` where it would open a template sequence of HCL",
            spot.raw
        ));
    }
    Ok(escaped.replace("${", "$${").replace("%{", "%%{"))
}

fn expression(spot: &Spot<'_>) -> Result<String, String> {
    match spot.kind {
        Kind::Number | Kind::Flag => Ok(spot.raw.to_owned()),
        Kind::Structure => Ok(indented(spot.raw, spot.before)
            .replace("${", "$${")
            .replace("%{", "%%{")),
        Kind::Text => {
            let continues = spot
                .before
                .ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            let starts = spot
                .raw
                .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            let safe = spot
                .raw
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
            if safe && !spot.raw.is_empty() && (starts || continues) {
                return Ok(spot.raw.to_owned());
            }
            Err(format!(
                "prints `{}` outside quotes, where HCL does not take it",
                spot.raw
            ))
        }
    }
}
