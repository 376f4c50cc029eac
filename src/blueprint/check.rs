//! One file against the format: keys, shapes, units, bounds, texts.
//!
//! Comes in: the tree of one file or flag. Goes out: every problem of it. What depends on several values, or on what
//! other files state, is the business of `validate`.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    format::{Key, Kind, find},
    node::{Node, Value},
    problem::{Problem, Span},
    quantity,
};

/// Every problem of a tree.
pub(crate) fn check(root: &Node, keys: &'static [Key]) -> Vec<Problem> {
    let mut checker = Checker::default();
    checker.map(root, keys, "");
    checker.problems
}

/// `a.b` of `a` and `b`.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The known name that was probably meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let name = plain(name.get(..60.min(name.len())).unwrap_or_default());
    let most = (name.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&plain(candidate), &name),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `a, b or c`.
pub(crate) fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// The kind that a value of several has, by its shape.
pub(crate) fn choose(kinds: &'static [Kind], node: &Node) -> Option<&'static Kind> {
    kinds.iter().find(|kind| match (&node.value, kind) {
        (Value::Scalar(..), kind) => is_scalar(kind),
        (Value::List(_), Kind::List(_) | Kind::Named(_)) => true,
        (Value::Map(_), Kind::Quantity(_)) => quantity::is_interval(node),
        (Value::Map(_), Kind::Map(_) | Kind::Names(..)) => true,
        _ => false,
    })
}

fn is_scalar(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Text(_)
            | Kind::Choice(_)
            | Kind::Flag
            | Kind::Integer { .. }
            | Kind::Quantity(_)
            | Kind::NumberOrWord
    )
}

/// Reads a whole number.
pub(crate) fn integer(text: &str, low: u32, high: u32) -> Result<u32, String> {
    let number: u32 = text
        .replace('_', "")
        .parse()
        .map_err(|_| format!("`{text}` is not a whole number"))?;
    if (low..=high).contains(&number) {
        Ok(number)
    } else {
        Err(format!("`{text}` is out of range, wanted {low} to {high}"))
    }
}

#[derive(Default)]
struct Checker {
    problems: Vec<Problem>,
}

impl Checker {
    fn report(&mut self, path: &str, span: Span, message: impl Into<String>) {
        self.problems.push(Problem::at(path, message).span(span));
    }

    fn map(&mut self, node: &Node, keys: &'static [Key], path: &str) {
        let Value::Map(entries) = &node.value else {
            let some: Vec<&str> = keys.iter().take(3).map(|key| key.name).collect();
            return self.report(
                path,
                node.place(),
                format!(
                    "wanted a map with keys such as {}, found {}",
                    some.join(", "),
                    node.found()
                ),
            );
        };
        for (name, value) in entries {
            let at = join(path, name);
            let place = value.key.unwrap_or(value.span);
            let Some(key) = find(keys, name) else {
                self.unknown_key(name, place, keys, path);
                continue;
            };
            if let Some(by) = key.replaced_by {
                let message = format!("{name} is deprecated, {by} replaces it");
                self.problems
                    .push(Problem::warning(&at, message).span(place));
                if node.entry(by).is_some() {
                    self.report(
                        &at,
                        place,
                        format!("{name} and {by} are one key; state {by} alone"),
                    );
                }
            }
            self.value(value, &key.kind, &at);
        }
    }

    fn unknown_key(&mut self, name: &str, place: Span, keys: &'static [Key], path: &str) {
        let known = || {
            keys.iter()
                .filter(|key| key.replaced_by.is_none())
                .map(|key| key.name)
        };
        let of = if path.is_empty() {
            String::new()
        } else {
            format!(" in {path}")
        };
        let advice = match nearest(name, known()) {
            Some(meant) => format!("; did you mean {meant}?"),
            None if path.is_empty() => String::new(),
            None => format!("; there are {}", known().collect::<Vec<_>>().join(", ")),
        };
        self.report(&join(path, name), place, format!("unknown key{of}{advice}"));
    }

    fn value(&mut self, node: &Node, kind: &'static Kind, path: &str) {
        match (&node.value, kind) {
            (Value::Null, _) => {}
            (_, Kind::Map(keys)) => self.map(node, keys, path),
            (_, Kind::Quantity(quantity)) => {
                for (span, message) in quantity::read(node, quantity).err().unwrap_or_default() {
                    self.report(path, span, message);
                }
            }
            (_, Kind::OneOf(kinds)) => match choose(kinds, node) {
                Some(kind) => self.value(node, kind, path),
                None => self.report(
                    path,
                    node.place(),
                    format!("wanted {}, found {}", shapes(kinds), node.found()),
                ),
            },
            (Value::Map(entries), Kind::Names(text, inner)) => {
                for (name, value) in entries {
                    if let Err(message) = text.check(name) {
                        self.report(&join(path, name), value.key.unwrap_or(value.span), message);
                    }
                    self.value(value, inner, &join(path, name));
                }
            }
            (Value::List(items), Kind::List(inner)) => self.list(items, inner, path),
            (Value::List(items), Kind::Named(keys)) => self.named(items, keys, path),
            (Value::Scalar(text, plain), kind) if is_scalar(kind) => {
                if let Err(message) = scalar(text, *plain, kind) {
                    self.report(path, node.place(), message);
                }
            }
            (_, kind) => self.report(
                path,
                node.place(),
                format!("wanted {}, found {}", shape(kind), node.found()),
            ),
        }
    }

    fn list(&mut self, items: &[Node], inner: &'static Kind, path: &str) {
        for (idx, item) in items.iter().enumerate() {
            if matches!(item.value, Value::Null) {
                self.report(path, item.place(), "an empty item");
            }
            self.value(item, inner, &format!("{path}[{idx}]"));
        }
        if let Kind::Text(_) | Kind::Choice(_) = inner {
            let mut seen = BTreeSet::new();
            for item in items {
                let Some(text) = item.text() else { continue };
                if !seen.insert(text) {
                    self.report(path, item.place(), format!("`{text}` stands here twice"));
                }
            }
        }
    }

    fn named(&mut self, items: &[Node], keys: &'static [Key], path: &str) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (idx, item) in items.iter().enumerate() {
            let Some(name) = item.name() else {
                if matches!(item.value, Value::Map(_)) {
                    self.report(path, first(item), "an item without a name");
                }
                self.map(item, keys, &format!("{path}[{idx}]"));
                continue;
            };
            let place = item.get("name").map_or(item.span, Node::place);
            if let Some(line) = seen.insert(name, place.line) {
                self.report(
                    &join(path, name),
                    place,
                    format!("two are named {name}; the first is on line {line}"),
                );
            }
            self.map(item, keys, &join(path, name));
        }
    }
}

/// The first key of a map, which stands for a whole that is missing something.
pub(crate) fn first(node: &Node) -> Span {
    node.entries()
        .first()
        .and_then(|(_, value)| value.key)
        .unwrap_or_else(|| node.place())
}

fn scalar(text: &str, plain: bool, kind: &Kind) -> Result<(), String> {
    match kind {
        Kind::Text(rule) if rule.may_be_open() && text == "…" => Ok(()),
        Kind::Text(rule) => rule.check(text),
        Kind::Choice(words) => choice(text, words),
        Kind::Flag if plain && matches!(text, "true" | "false") => Ok(()),
        Kind::Flag => Err(format!("`{text}` is not true or false")),
        Kind::Integer { words, .. } if words.contains(&text) => Ok(()),
        Kind::Integer { words, low, high } => {
            integer(text, *low, *high)
                .map(|_| ())
                .map_err(|message| match words {
                    [] => message,
                    _ => format!("{message} or {}", either(words)),
                })
        }
        Kind::NumberOrWord => number_or_word(text),
        _ => Err(format!("wanted {}, found `{text}`", shape(kind))),
    }
}

fn choice(text: &str, words: &[&str]) -> Result<(), String> {
    if words.contains(&text) {
        return Ok(());
    }
    Err(match nearest(text, words.iter().copied()) {
        Some(meant) => format!(
            "`{text}` is unknown; did you mean {meant}? (there are {})",
            words.join(", ")
        ),
        None => format!("`{text}` is unknown, wanted {}", either(words)),
    })
}

fn number_or_word(text: &str) -> Result<(), String> {
    if let Ok(number) = text.replace('_', "").parse::<f64>() {
        return if number.is_finite() && number.abs() < 1e15 {
            Ok(())
        } else {
            Err(format!("`{text}` is not a finite number"))
        };
    }
    let good = (1..=100).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._/:-".contains(c));
    if good {
        return Ok(());
    }
    Err(format!(
        "`{text}` is not a plain number, in the unit of the quantity, or a word; for example 80 or db-custom-4-16384"
    ))
}

fn shape(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text(_) => "a text",
        Kind::Choice(_) | Kind::NumberOrWord => "a word",
        Kind::Flag => "true or false",
        Kind::Integer { .. } => "a whole number",
        Kind::Quantity(quantity) => quantity.dimension.grammar().what,
        Kind::Map(_) | Kind::Names(..) => "a map",
        Kind::List(_) => "a list",
        Kind::Named(_) => "a list of maps with names",
        Kind::OneOf(_) => "another kind of value",
    }
}

fn shapes(kinds: &[Kind]) -> String {
    either(&kinds.iter().map(shape).collect::<Vec<_>>())
}
