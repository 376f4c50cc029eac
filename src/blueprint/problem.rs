//! What is wrong with a blueprint, and how it is shown.
//!
//! Comes in: problems with a path or a place, and the texts they point into. Goes out: text that underlines the words
//! in question, or JSON. Promises: all problems at once, in the order of the file; readable without colour; nothing
//! is printed here.

use std::{cmp::Reverse, fmt};

use serde_json::json;
use unicode_width::UnicodeWidthChar as _;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Suspicious but legal.
    Warning,
    /// The blueprint cannot be used.
    Error,
}

/// A stretch of text in one of the sources. Lines and columns count characters from 1; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Index of the source.
    pub source: usize,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column behind the last character.
    pub end_column: usize,
}

/// Something wrong, or suspicious, at one place of a blueprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Path of the value in the blueprint (`users.monthly_active`), empty for the whole file.
    pub path: String,
    /// What was found and what was wanted; lower case, no final period.
    pub message: String,
    /// What to type instead, or where to look.
    pub hint: Option<String>,
    /// The text in question; absent until it is located, or where there is none.
    pub span: Option<Span>,
}

impl Problem {
    /// An error at a path of the blueprint, to be located later.
    pub fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        let (path, message) = (path.into(), clipped(message.into()));
        Self {
            severity: Severity::Error,
            path,
            message,
            hint: None,
            span: None,
        }
    }

    /// A warning at a path of the blueprint, to be located later.
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::at(path, message)
        }
    }

    /// Adds what to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Points at a stretch of text.
    #[must_use]
    pub(crate) fn span(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }
}

/// Longest message; what a file quotes in it may be as long as the file.
const LONGEST_MESSAGE: usize = 400;

fn clipped(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    message
}

/// A text that problems point into.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// File as the user named it, or the flag.
    pub(crate) name: String,
    pub(crate) text: String,
    /// A flag has no lines to name.
    pub(crate) is_flag: bool,
    /// Values of the architecture's own defaults have no place that a user could look at.
    pub(crate) is_fragment: bool,
}

/// The texts that a blueprint was read from: the file itself, what it extends, flags.
#[derive(Clone, Debug, Default)]
pub struct Sources(pub(crate) Vec<Source>);

impl Sources {
    pub(crate) fn add(&mut self, source: Source) -> usize {
        self.0.push(source);
        self.0.len() - 1
    }

    /// `loadpath.yaml:7:3`, or the flag's name.
    fn place(&self, span: Span) -> String {
        let source = &self.0[span.source];
        let name = clean(&source.name);
        if source.is_flag {
            name
        } else {
            format!("{name}:{}:{}", span.line, span.column)
        }
    }

    fn line(&self, span: Span) -> &str {
        lines(&self.0[span.source].text)
            .nth(span.line - 1)
            .unwrap_or_default()
    }
}

/// Splits a text as YAML does: at LF, CR LF and CR.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').flat_map(|line| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line).split('\r')
    })
}

/// A blueprint that cannot be used: every problem, and the texts to show them in.
#[derive(Clone, Debug)]
pub struct Failure {
    /// At least one of them is an error.
    pub problems: Vec<Problem>,
    /// What they point into.
    pub sources: Sources,
}

impl Failure {
    /// One problem that points nowhere, such as a file that cannot be read.
    pub(crate) fn whole(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
            sources: Sources::default(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            render(&self.problems, &self.sources, Style::Plain, DEFAULT_WIDTH).trim_end(),
        )
    }
}

impl std::error::Error for Failure {}

/// Whether output carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// With ANSI colours.
    Coloured,
}

#[derive(Clone, Copy)]
enum Role {
    Error,
    Warning,
    Frame,
    Hint,
}

impl Style {
    fn paint(self, role: Role, text: &str) -> String {
        let code = match role {
            Role::Error => "1;31",
            Role::Warning => "1;33",
            Role::Frame => "1;34",
            Role::Hint => "1;36",
        };
        match self {
            Self::Plain => text.to_owned(),
            Self::Coloured => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// Columns to assume where the terminal's are unknown.
pub const DEFAULT_WIDTH: usize = 100;

/// Most problems shown in one go; a file with more has one cause.
const MOST_SHOWN: usize = 100;

/// Renders problems: errors first, each kind in the order of the files, clipped to `width` columns.
pub fn render(problems: &[Problem], sources: &Sources, style: Style, width: usize) -> String {
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning] {
        let mut chosen: Vec<&Problem> = problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .collect();
        chosen.sort_by_key(|problem| {
            (
                problem.span.is_some(),
                problem
                    .span
                    .map(|span| (span.source, span.line, span.column)),
            )
        });
        render_kind(&mut out, &chosen, severity, sources, style, width);
    }
    out
}

fn render_kind(
    out: &mut String,
    problems: &[&Problem],
    severity: Severity,
    sources: &Sources,
    style: Style,
    width: usize,
) {
    let (role, word) = match severity {
        Severity::Error => (Role::Error, "error"),
        Severity::Warning => (Role::Warning, "warning"),
    };
    let (placed, bare): (Vec<&Problem>, Vec<&Problem>) =
        problems.iter().copied().partition(|p| p.span.is_some());
    for problem in bare {
        *out += &format!("{}: {}\n", style.paint(role, word), clean(&problem.message));
        if let Some(hint) = &problem.hint {
            *out += &format!("{}: {}\n", style.paint(Role::Hint, "hint"), clean(hint));
        }
    }
    if placed.is_empty() {
        return;
    }
    let noun = match (severity, placed.len()) {
        (Severity::Error, 1) => "problem",
        (Severity::Error, _) => "problems",
        (Severity::Warning, 1) => "suspicious value",
        (Severity::Warning, _) => "suspicious values",
    };
    let shown = &placed[..placed.len().min(MOST_SHOWN)];
    *out += &format!(
        "{}: {} {noun} in {}\n",
        style.paint(role, word),
        placed.len(),
        names(&placed, sources)
    );
    let gutter = shown
        .iter()
        .filter_map(|p| p.span)
        .map(|s| s.line.to_string().len())
        .max()
        .unwrap_or(1)
        .max(2);
    for problem in shown {
        if let Some(span) = problem.span {
            Excerpt {
                problem,
                span,
                sources,
                style,
                role,
                gutter,
                width,
            }
            .render(out);
        }
    }
    if placed.len() > shown.len() {
        *out += &format!(
            "{} … and {} more\n",
            " ".repeat(gutter),
            placed.len() - shown.len()
        );
    }
}

/// The files that problems are in, in order, once each.
fn names(problems: &[&Problem], sources: &Sources) -> String {
    let mut names: Vec<&str> = Vec::new();
    for span in problems.iter().filter_map(|problem| problem.span) {
        let name = sources.0[span.source].name.as_str();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.as_slice() {
        [] => String::new(),
        [one] => clean(one),
        [most @ .., last] => clean(&format!("{} and {last}", most.join(", "))),
    }
}

/// One problem with the line it stands on.
struct Excerpt<'a> {
    problem: &'a Problem,
    span: Span,
    sources: &'a Sources,
    style: Style,
    role: Role,
    gutter: usize,
    width: usize,
}

impl Excerpt<'_> {
    fn render(&self, out: &mut String) {
        let Self {
            problem,
            span,
            style,
            gutter,
            ..
        } = *self;
        let blank = " ".repeat(gutter);
        let frame = |text: &str| style.paint(Role::Frame, text);
        let clip = self.clip();
        *out += &format!("{blank}{} {}\n", frame("-->"), self.sources.place(span));
        let number = format!("{:>gutter$}", span.line);
        *out += &format!("{} {} {}\n", frame(&number), frame("|"), clip.text);
        let carets = style.paint(self.role, &"^".repeat(clip.carets));
        let under = format!("{blank} {} {}{carets}", frame("|"), " ".repeat(clip.indent));
        let label = style.paint(self.role, &clean(&problem.message));
        if gutter + 3 + clip.indent + clip.carets + 1 + width_of(&problem.message)
            <= self.width.max(40)
        {
            *out += &format!("{under} {label}\n");
        } else {
            *out += &format!("{under}\n{blank} {} {label}\n", frame("|"));
        }
        if let Some(hint) = &problem.hint {
            *out += &format!(
                "{blank} {} {}: {}\n",
                frame("="),
                style.paint(Role::Hint, "hint"),
                clean(hint)
            );
        }
    }

    /// The line, cut so that the underlined text is in view.
    fn clip(&self) -> Clip {
        let available = self.width.max(40) - self.gutter - 3;
        let line: Vec<char> = self.sources.line(self.span).chars().collect();
        let start = (self.span.column - 1).min(line.len());
        let end = if self.span.end_line > self.span.line {
            line.len()
        } else {
            (self.span.end_column - 1).min(line.len())
        };
        let shown: Vec<(String, usize)> =
            line.iter().map(|character| visible(*character)).collect();
        let wide = |from: usize, to: usize| {
            shown[from..to.max(from)]
                .iter()
                .map(|(_, width)| width)
                .sum::<usize>()
        };
        // Start the window where the text in question still fits; ellipses take one column each.
        let mut from = 0;
        if wide(0, line.len()) > available {
            let wanted = wide(start, end).min(available / 2) + 2;
            while from < start && wide(from, start) + wanted > available {
                from += 1;
            }
        }
        let lead = usize::from(from > 0);
        let mut to = from;
        let mut used = lead;
        while to < line.len() && used + shown[to].1 < available {
            used += shown[to].1;
            to += 1;
        }
        if to + 1 == line.len() && used + shown[to].1 <= available {
            to += 1;
        }
        let mut text: String = shown[from..to]
            .iter()
            .map(|(text, _)| text.as_str())
            .collect();
        if from > 0 {
            text.insert(0, '…');
        }
        if to < line.len() {
            text.push('…');
        }
        let text = text.trim_end().to_owned();
        let carets = wide(start.min(to), end.min(to)).max(1);
        Clip {
            text,
            indent: lead + wide(from, start.min(to)),
            carets,
        }
    }
}

struct Clip {
    text: String,
    indent: usize,
    carets: usize,
}

/// A character as shown, with its width: a tab as spaces, what would move or hide text as a replacement.
fn visible(character: char) -> (String, usize) {
    if character == '\t' {
        return ("    ".to_owned(), 4);
    }
    if is_invisible(character) {
        return ("\u{fffd}".to_owned(), 1);
    }
    (character.to_string(), character.width().unwrap_or(1))
}

/// Control characters, and those that reorder or hide text.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A text that quotes a file, without what would move the cursor of a terminal.
fn clean(text: &str) -> String {
    text.chars()
        .map(|character| {
            if is_invisible(character) {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

fn width_of(text: &str) -> usize {
    text.chars().map(|character| visible(character).1).sum()
}

/// Problems for machines: severity, path, message, hint, file, lines and columns.
pub fn to_json(problems: &[Problem], sources: &Sources) -> serde_json::Value {
    let mut problems: Vec<&Problem> = problems.iter().collect();
    problems.sort_by_key(|p| {
        (
            Reverse(p.severity),
            p.span.map(|span| (span.source, span.line, span.column)),
        )
    });
    problems
        .into_iter()
        .map(|problem| one_to_json(problem, sources))
        .collect()
}

fn one_to_json(problem: &Problem, sources: &Sources) -> serde_json::Value {
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let Problem {
        path,
        message,
        hint,
        span,
        ..
    } = problem;
    let mut out = json!({ "severity": severity, "path": path, "message": message, "hint": hint });
    if let Some(span) = span {
        out["file"] = json!(sources.0[span.source].name);
        out["line"] = json!(span.line);
        out["column"] = json!(span.column);
        out["end_line"] = json!(span.end_line);
        out["end_column"] = json!(span.end_column);
    }
    out
}
