//! Escaping by the syntax of the output.
//!
//! Comes in: marked text of [`super::engine`], in which every printed value stands between marks. One lexer per syntax
//! follows the template's own text and says for each value where it stands: inside quotes its content is escaped for those
//! quotes; outside, only numbers, flags and safe bare words pass; in comments, one line. Goes out: the text without marks,
//! and where each value stands in it. No value can end a string, open an expression or change type.

mod code;
mod hcl;
mod json;
mod markup;
mod shell;
mod sql;
mod yaml;

use super::engine::{self, Emission, Kind};

/// The language of a file, as far as escaping differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Hcl,
    Yaml,
    Json,
    Sql,
    Shell,
    Code(code::Language),
    Markdown,
    Plain,
}

impl Syntax {
    /// The syntax of the file at this path with this text.
    pub(super) fn of(path: &str, text: &str) -> Self {
        let file = path.rsplit('/').next().unwrap_or(path);
        let Some((_, extension)) = file.rsplit_once('.') else {
            return Self::of_script(file, text);
        };
        match extension {
            "tf" | "tfvars" | "hcl" | "tfbackend" => Self::Hcl,
            "yaml" | "yml" => Self::Yaml,
            "json" => Self::Json,
            "sql" => Self::Sql,
            "sh" | "bash" | "env" => Self::Shell,
            "js" | "mjs" | "ts" => Self::Code(code::Language::JavaScript),
            "py" => Self::Code(code::Language::Python),
            "go" => Self::Code(code::Language::Go),
            "java" | "groovy" | "kt" => Self::Code(code::Language::Java),
            "toml" => Self::Code(code::Language::Toml),
            "md" => Self::Markdown,
            _ => Self::Plain,
        }
    }

    fn of_script(file: &str, text: &str) -> Self {
        let first = text.lines().next().unwrap_or_default();
        match file {
            "Jenkinsfile" => Self::Code(code::Language::Java),
            "Dockerfile" | "Makefile" => Self::Shell,
            _ if first.starts_with("#!") && first.contains("python") => {
                Self::Code(code::Language::Python)
            }
            _ if first.starts_with("#!") && first.contains("node") => {
                Self::Code(code::Language::JavaScript)
            }
            _ if first.starts_with("#!") => Self::Shell,
            _ => Self::Plain,
        }
    }

    fn lexer(self) -> Box<dyn Lexer> {
        match self {
            Self::Hcl => Box::new(hcl::Hcl::default()),
            Self::Yaml => Box::new(yaml::Yaml::default()),
            Self::Json => Box::new(json::Json::default()),
            Self::Sql => Box::new(sql::Sql::default()),
            Self::Shell => Box::new(shell::Shell::default()),
            Self::Code(language) => Box::new(code::Code::new(language)),
            Self::Markdown => Box::new(markup::Markdown::default()),
            Self::Plain => Box::new(markup::Plain),
        }
    }
}

/// Follows a text and judges the values in it.
trait Lexer {
    /// Takes the template's own text up to the next value or the end.
    fn text(&mut self, text: &str);

    /// How the value is written where it stands, or why it cannot be.
    fn value(&mut self, spot: &Spot<'_>) -> Result<String, String>;
}

/// A value and its surroundings.
struct Spot<'a> {
    /// What it is.
    kind: Kind,
    /// Its text, not escaped.
    raw: &'a str,
    /// The finished output in front of it.
    before: &'a str,
    /// The template's own text behind it, up to the next value or the end.
    after: &'a str,
    /// Whether another value follows that text.
    more: bool,
}

/// A value in the finished text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Printed {
    /// Index of its emission.
    pub(super) emission: usize,
    /// Byte at which it begins.
    pub(super) at: usize,
    /// Its length in bytes.
    pub(super) length: usize,
}

/// A value that cannot stand where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Index of its emission.
    pub(super) emission: usize,
    /// Why, to be read behind the value's name.
    pub(super) reason: String,
}

/// The marked text without its marks, every value escaped for where it stands.
pub(super) fn settle(
    marked: &str,
    emissions: &[Emission],
    syntax: Syntax,
) -> Result<(String, Vec<Printed>), Refusal> {
    let mut lexer = syntax.lexer();
    let mut out = String::with_capacity(marked.len());
    let mut printed = Vec::with_capacity(emissions.len());
    let mut rest = marked;
    loop {
        let (text, found) = own_text(rest);
        lexer.text(text);
        out.push_str(text);
        let Some((idx, value_and_rest)) = found else {
            return Ok((out, printed));
        };
        let (raw, behind) = value_and_rest
            .split_once(engine::END_MARK)
            .unwrap_or((value_and_rest, ""));
        let (after, next) = own_text(behind);
        let spot = Spot {
            kind: emissions[idx].kind,
            raw,
            before: &out,
            after,
            more: next.is_some(),
        };
        let refused = |reason| Refusal {
            emission: idx,
            reason,
        };
        if spot
            .raw
            .chars()
            .any(|character| character.is_control() && character != '\n' && character != '\t')
        {
            return Err(refused("holds a control character".to_owned()));
        }
        let escaped = lexer.value(&spot).map_err(refused)?;
        printed.push(Printed {
            emission: idx,
            at: out.len(),
            length: escaped.len(),
        });
        out.push_str(&escaped);
        rest = behind;
    }
}

/// Text up to the next mark; the mark's index and what follows it.
fn own_text(marked: &str) -> (&str, Option<(usize, &str)>) {
    // Every mark begins with 0xF3: planes 15 and 16 alone do, besides the tags of plane 14 that no template has.
    for (at, _) in marked.bytes().enumerate().filter(|(_, byte)| *byte == 0xF3) {
        let Some(character) = marked.get(at..).and_then(|tail| tail.chars().next()) else {
            continue;
        };
        if let Some(idx) = engine::mark(character) {
            return (
                &marked[..at],
                Some((idx, &marked[at + character.len_utf8()..])),
            );
        }
    }
    (marked, None)
}

/// The text itself, if it is one line.
fn one_line(raw: &str, place: &str) -> Result<String, String> {
    if raw.contains('\n') {
        return Err(format!("has several lines in {place}: use `| comment`"));
    }
    Ok(raw.to_owned())
}

/// A number or flag as it is; a text if `allowed` has all its characters.
fn bare(spot: &Spot<'_>, language: &str, allowed: impl Fn(char) -> bool) -> Result<String, String> {
    match spot.kind {
        Kind::Number | Kind::Flag => Ok(spot.raw.to_owned()),
        Kind::Structure => Err(format!("is a structure, which {language} cannot hold here")),
        Kind::Text if !spot.raw.is_empty() && spot.raw.chars().all(allowed) => {
            Ok(spot.raw.to_owned())
        }
        Kind::Text => Err(format!(
            "prints `{}` outside quotes, where {language} does not take it",
            spot.raw
        )),
    }
}

/// Characters of a safe bare word, where the language has no rule of its own.
fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_./:@-".contains(character)
}

/// Content of a double-quoted string of JSON and its relatives.
fn backslashed(raw: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(raw.len() + 8);
    for character in raw.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            _ if character == quote => escaped.extend(['\\', quote]),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// JSON text with its lines behind the first moved to the indentation of the line it begins on.
fn indented(structure: &str, before: &str) -> String {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let pad: String = line
        .chars()
        .take_while(|character| *character == ' ')
        .collect();
    structure.replace('\n', &format!("\n{pad}"))
}
