//! The template engine: strict, without arithmetic, and with every printed value marked.
//!
//! Comes in: a template's path and a context. Goes out: marked text and the list of its [`Emission`]s: each printed value
//! stands between two code points of the private planes, so that [`super::escape`] can judge it by where it stands.

use std::{cell::RefCell, ops::Range, sync::Arc};

use anyhow::{Result, anyhow};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior,
    syntax::SyntaxConfig,
    value::{Value, ValueKind},
};

use super::{
    context::{self, QuantityValue},
    filters::{self, Structure},
    number,
    templates::{Dialect, Templates},
};

/// Begins a printed value: this code point plus the index of its emission.
const FIRST_MARK: u32 = 0xF_0000;
/// Emissions of one file are fewer than this.
const N_MARKS: usize = 0xFFFE;
/// Ends a printed value.
pub(super) const END_MARK: char = '\u{E001}';

/// What kind of value was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a sentence.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// The text of a whole structure, as JSON.
    Structure,
}

/// One printed value.
#[derive(Clone, Debug)]
pub(super) struct Emission {
    /// What it is.
    pub(super) kind: Kind,
    /// Environment and name, of a quantity.
    pub(super) quantity: Option<(Arc<str>, String)>,
}

/// Index of the emission that this character begins.
pub(super) fn mark(character: char) -> Option<usize> {
    let idx = u32::from(character).checked_sub(FIRST_MARK)? as usize;
    (idx < N_MARKS).then_some(idx)
}

/// Whether the text holds a character that only marks may have.
pub(super) fn has_mark(text: &str) -> bool {
    text.chars()
        .any(|character| character == END_MARK || mark(character).is_some())
}

#[derive(Default)]
struct Pass {
    emissions: Vec<Emission>,
    refuse: Option<(usize, String)>,
}

impl Pass {
    /// Keeps an emission and returns its index, unless it is the one to refuse.
    fn add(&mut self, emission: Emission) -> Result<usize, Error> {
        let idx = self.emissions.len();
        self.emissions.push(emission);
        match &self.refuse {
            Some((refused, reason)) if *refused == idx => {
                Err(Error::new(ErrorKind::InvalidOperation, reason.clone()))
            }
            _ if idx >= N_MARKS => Err(Error::new(
                ErrorKind::InvalidOperation,
                "is one value too many for a file",
            )),
            _ => Ok(idx),
        }
    }
}

thread_local! {
    /// The file that this thread renders.
    static PASS: RefCell<Pass> = RefCell::default();
}

/// Both dialects of the engine over one set of templates; one for each thread.
pub(super) struct Engine<'t> {
    templates: &'t Templates,
    braces: Environment<'static>,
    brackets: Environment<'static>,
}

impl<'t> Engine<'t> {
    /// An engine over these templates; they are compiled when used.
    pub(super) fn new(templates: &'t Templates) -> Self {
        let brackets = SyntaxConfig::builder()
            .block_delimiters("[%", "%]")
            .variable_delimiters("[[", "]]")
            .comment_delimiters("[#", "#]")
            .build()
            .expect("the delimiters differ and are not empty");
        Self {
            templates,
            braces: environment(templates, SyntaxConfig::default(), Dialect::Braces),
            brackets: environment(templates, brackets, Dialect::Brackets),
        }
    }

    /// The marked text of a template, and its emissions.
    ///
    /// # Errors
    /// Where the template does not exist, does not compile, or asks for what the context does not have.
    pub(super) fn render(
        &self,
        template: &str,
        context: &Value,
    ) -> Result<(String, Vec<Emission>)> {
        self.run(template, context, None)
            .map_err(|error| self.explain(template, &error))
    }

    /// The error for the emission of this index: template, line and name of the value, with the reason.
    pub(super) fn refusal(
        &self,
        template: &str,
        context: &Value,
        idx: usize,
        reason: &str,
    ) -> anyhow::Error {
        match self.run(template, context, Some((idx, reason.to_owned()))) {
            Err(error) => self.explain(template, &error),
            Ok(_) => anyhow!("{reason} in {template}"),
        }
    }

    fn run(
        &self,
        template: &str,
        context: &Value,
        refuse: Option<(usize, String)>,
    ) -> Result<(String, Vec<Emission>), Error> {
        context::forget_missed();
        PASS.set(Pass {
            emissions: Vec::new(),
            refuse,
        });
        let environment = match Dialect::of(template) {
            Dialect::Brackets => &self.brackets,
            _ => &self.braces,
        };
        let text = environment.get_template(template)?.render(context)?;
        Ok((text, PASS.take().emissions))
    }

    fn explain(&self, template: &str, error: &Error) -> anyhow::Error {
        let error = deepest(error);
        let name = error.name().unwrap_or(template);
        let line = error
            .line()
            .map_or_else(String::new, |line| format!(":{line}"));
        let source = self.templates.get(name).unwrap_or_default();
        let expression = error.range().map_or("", |range| expression(source, range));
        match error.kind() {
            ErrorKind::UndefinedError => anyhow!(undefined(expression, name, &line)),
            ErrorKind::TemplateNotFound => anyhow!("bug: there is no template `{template}`"),
            ErrorKind::SyntaxError
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction => {
                let whose = if self.templates.is_overlaid(name) {
                    ""
                } else {
                    "bug: "
                };
                anyhow!(
                    "{whose}template {name}{line} does not compile: {}",
                    detail(error)
                )
            }
            _ => anyhow!("`{expression}` {} in {name}{line}", detail(error)),
        }
    }
}

/// The expression at this range of a template, from its first name on: the engine's range may begin in the middle.
fn expression(source: &str, range: Range<usize>) -> &str {
    let Some((front, behind)) = source
        .get(..range.start)
        .zip(source.get(range.start..range.end))
    else {
        return "";
    };
    let mut start = range.start;
    let mut open = 0_usize;
    if behind.trim_start().starts_with(['.', '[']) || front.ends_with('.') {
        for (at, character) in front.char_indices().rev() {
            match character {
                ']' => open += 1,
                '[' if open > 0 => open -= 1,
                _ if open > 0 || character.is_alphanumeric() || "_.".contains(character) => {}
                _ => break,
            }
            start = at;
        }
    }
    source[start..range.end].trim()
}

fn detail(error: &Error) -> String {
    error
        .detail()
        .map_or_else(|| error.kind().to_string(), ToOwned::to_owned)
}

/// The error inside errors of including templates.
fn deepest(error: &Error) -> &Error {
    let mut deepest = error;
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(inner) = inner.downcast_ref::<Error>() {
            deepest = inner;
        }
        source = inner.source();
    }
    deepest
}

/// `undefined value …`, cut off behind the field that is missing, with the field next to it that has the nearest name.
fn undefined(expression: &str, name: &str, line: &str) -> String {
    let Some((key, neighbours)) = context::missed() else {
        return format!("undefined value `{expression}` in {name}{line}");
    };
    let ends = |end: &usize| {
        let behind = expression[*end..].chars().next();
        let front = expression[..*end - key.len()].chars().next_back();
        ![front, behind]
            .into_iter()
            .flatten()
            .any(|character| character.is_alphanumeric() || character == '_')
    };
    let end = expression
        .match_indices(&*key)
        .map(|(at, _)| at + key.len())
        .find(ends);
    let (expression, field) = match end {
        Some(end) => (&expression[..end], String::new()),
        None if expression.contains('[') => (expression, format!(", which has no field `{key}`")),
        None => return format!("undefined value `{expression}` in {name}{line}"),
    };
    let near = neighbours
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&name, &key), name))
        .min();
    let nearest = match near {
        Some((distance, near)) if distance <= key.len() / 2 + 1 => format!("; nearest: `{near}`"),
        _ => String::new(),
    };
    format!("undefined value `{expression}`{field} in {name}{line}{nearest}")
}

fn environment(
    templates: &Templates,
    syntax: SyntaxConfig,
    dialect: Dialect,
) -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_syntax(syntax);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Any escaping mode makes the results of macros and captures safe text, whose marks are kept.
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("by the output's syntax"));
    environment.set_formatter(emit);
    filters::register(&mut environment);
    let templates = templates.clone();
    environment.set_loader(move |path| match Dialect::of(path) {
        other if other != dialect && other != Dialect::Verbatim => Err(Error::new(
            ErrorKind::SyntaxError,
            format!("`{path}` is written with other delimiters than the template that includes it"),
        )),
        _ => Ok(templates.get(path).map(ToOwned::to_owned)),
    });
    environment
}

/// Writes a value between its marks.
fn emit(out: &mut Output<'_>, _state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    out.write_str(&marked(value)?)?;
    Ok(())
}

/// A value between its marks; the result of a macro as it is, whose values have theirs.
///
/// # Errors
/// Where the value has no text, or the pass is to stop at it.
pub(super) fn marked(value: &Value) -> Result<String, Error> {
    if value.is_safe() {
        return Ok(value.as_str().unwrap_or_default().to_owned());
    }
    if value.is_undefined() {
        return Ok(String::new());
    }
    let (emission, text) = emission(value)?;
    if has_mark(&text) {
        let message =
            "holds a private-use character, or the result of a macro that was changed afterwards";
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    let idx = PASS.with_borrow_mut(|pass| pass.add(emission))?;
    let begin = u32::try_from(idx)
        .ok()
        .and_then(|idx| char::from_u32(FIRST_MARK + idx));
    Ok(format!(
        "{}{text}{END_MARK}",
        begin.expect("the plane of private use has no gap")
    ))
}

fn emission(value: &Value) -> Result<(Emission, String), Error> {
    if let Some(quantity) = value.downcast_object_ref::<QuantityValue>() {
        let emission = Emission {
            kind: kind(&quantity.value)?,
            quantity: Some((Arc::clone(&quantity.environment), quantity.name.clone())),
        };
        return Ok((emission, number::print(&quantity.value)));
    }
    if let Some(Structure(text)) = value.downcast_object_ref::<Structure>() {
        return Ok((
            Emission {
                kind: Kind::Structure,
                quantity: None,
            },
            text.clone(),
        ));
    }
    Ok((
        Emission {
            kind: kind(value)?,
            quantity: None,
        },
        number::print(value),
    ))
}

fn kind(value: &Value) -> Result<Kind, Error> {
    match value.kind() {
        ValueKind::String => Ok(Kind::Text),
        ValueKind::Number => Ok(Kind::Number),
        ValueKind::Bool => Ok(Kind::Flag),
        ValueKind::None => Err(Error::new(
            ErrorKind::InvalidOperation,
            "is not set: print it inside an `if`",
        )),
        other => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("is a {other} and has no text: loop over it, name a field, or use `| json`"),
        )),
    }
}
