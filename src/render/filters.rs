//! The filters and tests that templates may use: names and layout, no arithmetic, no defaults.

use std::{fmt, sync::Arc};

use minijinja::{
    Environment, Error, ErrorKind, State, filters, tests,
    value::{Object, ObjectRepr, Value, ValueKind},
};

use super::{context::QuantityValue, engine, number};

/// The text of a structure as JSON, made by `| json`.
pub(super) struct Structure(pub(super) String);

impl fmt::Debug for Structure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Object for Structure {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Gives the environment its filters and tests, and nothing else.
pub(super) fn register(environment: &mut Environment<'_>) {
    environment.add_filter("comment", comment);
    environment.add_filter("snake", snake);
    environment.add_filter("upper_snake", upper_snake);
    environment.add_filter("title", title);
    environment.add_filter("json", json);
    environment.add_filter("raw", raw);
    environment.add_filter("indent", indent);
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("replace", filters::replace);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("join", join);
    environment.add_filter("length", filters::length);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("unique", filters::unique);
    environment.add_filter("reverse", filters::reverse);
    environment.add_filter("list", filters::list);
    environment.add_filter("items", filters::items);
    environment.add_filter("map", filters::map);
    environment.add_filter("select", filters::select);
    environment.add_filter("reject", filters::reject);
    environment.add_filter("selectattr", filters::selectattr);
    environment.add_filter("rejectattr", filters::rejectattr);
    environment.add_filter("groupby", filters::groupby);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment.add_test("none", tests::is_none);
    environment.add_test("true", tests::is_true);
    environment.add_test("false", tests::is_false);
    environment.add_test("in", tests::is_in);
    environment.add_test("eq", tests::is_eq);
    environment.add_test("equalto", tests::is_eq);
    environment.add_test("ne", tests::is_ne);
    environment.add_test("startingwith", tests::is_startingwith);
    environment.add_test("endingwith", tests::is_endingwith);
}

/// On one line; a quantity's reason stays the quantity's.
fn comment(text: &Value) -> Result<Value, Error> {
    let on_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(quantity) = text.downcast_object_ref::<QuantityValue>() {
        let text = on_one_line(&number::print(&quantity.value));
        return Ok(Value::from_object(quantity.as_text(&text)));
    }
    match text.as_str() {
        Some(text) => Ok(Value::from(on_one_line(text))),
        None => Err(Error::new(
            ErrorKind::InvalidOperation,
            "is not a text to put on one line",
        )),
    }
}

/// `api-host` as `api_host`.
fn snake(text: &str) -> String {
    text.replace(['-', '.', ' '], "_")
}

/// `api-host` as `API_HOST`.
fn upper_snake(text: &str) -> String {
    snake(text).to_ascii_uppercase()
}

/// `dead-letter queue` as `Dead letter queue`: the first letter only, hyphens as spaces.
fn title(text: &str) -> String {
    let text = text.replace(['-', '_'], " ");
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// Text that is part of the output's syntax. The template answers for it.
fn raw(text: &str) -> Result<Value, Error> {
    if engine::has_mark(text) {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "holds a private-use character",
        ));
    }
    Ok(Value::from_safe_string(text.to_owned()))
}

/// The items of a list with the template's own text between them; each item is escaped where it lands.
fn join(items: &Value, between: Option<&str>) -> Result<Value, Error> {
    let mut joined = String::new();
    for (idx, item) in items.try_iter()?.enumerate() {
        if idx > 0 {
            joined.push_str(between.unwrap_or_default());
        }
        joined.push_str(&engine::marked(&item)?);
    }
    Ok(Value::from_safe_string(joined))
}

/// Every line but the first moved right, the result of a macro included.
fn indent(text: Value, width: usize) -> Result<Value, Error> {
    let Some(lines) = text.as_str() else {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "is not a text to indent",
        ));
    };
    let pad = " ".repeat(width);
    let mut moved = String::with_capacity(lines.len() + 64);
    for (idx, line) in lines.split_inclusive('\n').enumerate() {
        if idx > 0 && !line.trim_end().is_empty() {
            moved.push_str(&pad);
        }
        moved.push_str(line);
    }
    Ok(if text.is_safe() {
        Value::from_safe_string(moved)
    } else {
        Value::from(moved)
    })
}

/// A structure as JSON over several lines, two spaces a level.
fn json(_state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    let tree = tree(&value)?;
    let text = serde_json::to_string_pretty(&tree)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))?;
    Ok(Value::from_object(Structure(text)))
}

fn tree(value: &Value) -> Result<serde_json::Value, Error> {
    if let Some(quantity) = value.downcast_object_ref::<QuantityValue>() {
        return tree(&quantity.value);
    }
    Ok(match value.kind() {
        ValueKind::None => serde_json::Value::Null,
        ValueKind::Bool => value.is_true().into(),
        ValueKind::String => value.as_str().unwrap_or_default().into(),
        ValueKind::Number => number(value)?,
        ValueKind::Seq | ValueKind::Iterable => value
            .try_iter()?
            .map(|item| tree(&item))
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        ValueKind::Map => {
            let mut map = serde_json::Map::new();
            for key in value.try_iter()? {
                map.insert(key.to_string(), tree(&value.get_item(&key)?)?);
            }
            map.into()
        }
        other => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                format!("is a {other}: JSON has no such thing"),
            ));
        }
    })
}

fn number(value: &Value) -> Result<serde_json::Value, Error> {
    let text = number::print(value);
    serde_json::from_str(&text)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}
