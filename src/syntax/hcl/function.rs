//! Functions of Terraform that depend on nothing but their arguments.

use std::collections::BTreeMap;

use super::value::Value;

/// What a function gives; none where it is not modelled, or an argument is unknown or of another type.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    match (name, arguments) {
        ("merge", maps) => {
            let mut merged = BTreeMap::new();
            for map in maps {
                match map {
                    Value::Map(map) => merged.extend(map.clone()),
                    Value::Null => {}
                    _ => return None,
                }
            }
            Some(Value::Map(merged))
        }
        ("keys", [Value::Map(map)]) => Some(texts(map.keys().cloned())),
        ("values", [Value::Map(map)]) => Some(Value::List(map.values().cloned().collect())),
        ("length", [value]) => length(value),
        ("toset" | "distinct", [Value::List(items)]) => {
            let is_set = name == "toset";
            items
                .iter()
                .all(Value::is_known)
                .then(|| unique(items, is_set))
        }
        ("toset", [Value::Map(map)]) => Some(Value::List(map.values().cloned().collect())),
        ("tolist" | "tomap" | "sort", [value]) if name != "sort" => Some(value.clone()),
        ("sort", [Value::List(items)]) => items.iter().all(Value::is_known).then(|| {
            let mut items = items.clone();
            items.sort_by(Value::order);
            Value::List(items)
        }),
        ("concat", lists) => lists
            .iter()
            .map(list)
            .collect::<Option<Vec<_>>>()
            .map(|lists| Value::List(lists.concat())),
        ("flatten", [value]) => flatten(list(value)?).map(Value::List),
        ("setunion", lists) => {
            let all = lists.iter().map(list).collect::<Option<Vec<_>>>()?.concat();
            Some(unique(&all, true))
        }
        ("setproduct", lists) => lists
            .iter()
            .map(list)
            .collect::<Option<Vec<_>>>()
            .map(|lists| product(&lists)),
        ("contains", [Value::List(items), wanted]) => {
            let is_known = items.iter().all(Value::is_known) && wanted.is_known();
            is_known.then(|| Value::Bool(items.contains(wanted)))
        }
        ("lookup", [Value::Map(map), Value::Text(key), default]) => {
            Some(map.get(key).unwrap_or(default).clone())
        }
        ("coalesce", values) => values
            .iter()
            .find(|value| !matches!(value, Value::Null))
            .filter(|value| value.is_known())
            .cloned(),
        ("one", [Value::List(items)]) => match items.as_slice() {
            [] => Some(Value::Null),
            [one] => Some(one.clone()),
            _ => None,
        },
        ("element", [Value::List(items), at]) => {
            let at = whole(at)?;
            items.get(at.checked_rem(items.len())?).cloned()
        }
        ("zipmap", [Value::List(keys), Value::List(values)]) => keys
            .iter()
            .map(Value::text)
            .collect::<Option<Vec<_>>>()
            .map(|keys| Value::Map(keys.into_iter().zip(values.iter().cloned()).collect())),
        ("range", [end]) => Some(Value::List(
            (0..whole(end)?.min(10_000)).map(count).collect(),
        )),
        ("join", [Value::Text(separator), items]) => list(items)?
            .iter()
            .map(Value::text)
            .collect::<Option<Vec<_>>>()
            .map(|parts| Value::Text(parts.join(separator))),
        ("split", [Value::Text(separator), Value::Text(text)]) => {
            Some(texts(text.split(separator.as_str()).map(str::to_owned)))
        }
        _ => of_text(name, arguments).or_else(|| of_numbers(name, arguments)),
    }
}

fn of_text(name: &str, arguments: &[Value]) -> Option<Value> {
    let text = match (name, arguments) {
        ("tostring", [value]) => value.text()?,
        ("lower", [Value::Text(text)]) => text.to_lowercase(),
        ("upper", [Value::Text(text)]) => text.to_uppercase(),
        ("trimspace", [Value::Text(text)]) => text.trim().to_owned(),
        ("trimprefix", [Value::Text(text), Value::Text(part)]) => {
            text.strip_prefix(part.as_str()).unwrap_or(text).to_owned()
        }
        ("trimsuffix", [Value::Text(text), Value::Text(part)]) => {
            text.strip_suffix(part.as_str()).unwrap_or(text).to_owned()
        }
        ("replace", [Value::Text(text), Value::Text(from), Value::Text(to)])
            if !from.starts_with('/') =>
        {
            text.replace(from.as_str(), to)
        }
        ("substr", [Value::Text(text), start, length]) => text
            .chars()
            .skip(whole(start)?)
            .take(whole(length)?)
            .collect(),
        ("startswith", [Value::Text(text), Value::Text(part)]) => {
            return Some(Value::Bool(text.starts_with(part.as_str())));
        }
        ("endswith", [Value::Text(text), Value::Text(part)]) => {
            return Some(Value::Bool(text.ends_with(part.as_str())));
        }
        ("format", [Value::Text(pattern), values @ ..]) => format(pattern, values)?,
        _ => return None,
    };
    Some(Value::Text(text))
}

fn of_numbers(name: &str, arguments: &[Value]) -> Option<Value> {
    let numbers: Vec<f64> = arguments.iter().map(Value::number).collect::<Option<_>>()?;
    let number = match (name, numbers.as_slice()) {
        ("min", [first, rest @ ..]) => rest.iter().fold(*first, |a, b| a.min(*b)),
        ("max", [first, rest @ ..]) => rest.iter().fold(*first, |a, b| a.max(*b)),
        ("floor", [number]) => number.floor(),
        ("ceil", [number]) => number.ceil(),
        ("abs", [number]) => number.abs(),
        ("tonumber", [number]) => *number,
        ("pow", [base, exponent]) => base.powf(*exponent),
        _ => return None,
    };
    Some(Value::Number(number))
}

/// `%s`, `%d` and `%0Nd`; anything else is not modelled.
fn format(pattern: &str, values: &[Value]) -> Option<String> {
    let mut out = String::new();
    let mut values = values.iter();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        let verb = after[digits.len()..].chars().next()?;
        rest = &after[digits.len() + verb.len_utf8()..];
        match verb {
            '%' if digits.is_empty() => out.push('%'),
            's' if digits.is_empty() => out.push_str(&values.next()?.text()?),
            'd' => {
                let text = values.next()?.number()?.to_string();
                let width = digits.parse().unwrap_or(0).min(64);
                let fill = if digits.starts_with('0') { "0" } else { " " };
                out.push_str(&fill.repeat(usize::saturating_sub(width, text.len())));
                out.push_str(&text);
            }
            _ => return None,
        }
    }
    out.push_str(rest);
    values.next().is_none().then_some(out)
}

#[allow(clippy::cast_precision_loss, reason = "lengths of lists in a file")]
fn count(number: usize) -> Value {
    Value::Number(number as f64)
}

fn length(value: &Value) -> Option<Value> {
    match value {
        Value::List(items) => Some(count(items.len())),
        Value::Map(map) => Some(count(map.len())),
        Value::Text(text) => Some(count(text.chars().count())),
        _ => None,
    }
}

fn whole(value: &Value) -> Option<usize> {
    let number = value.number()?;
    (number >= 0.0 && number.fract() == 0.0)
        .then(|| number.to_string().parse().ok())
        .flatten()
}

fn texts(texts: impl Iterator<Item = String>) -> Value {
    Value::List(texts.map(Value::Text).collect())
}

fn list(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(items) => Some(items.clone()),
        _ => None,
    }
}

fn unique(items: &[Value], sorted: bool) -> Value {
    let mut found: Vec<Value> = Vec::new();
    for item in items {
        if !found.contains(item) {
            found.push(item.clone());
        }
    }
    if sorted {
        found.sort_by(Value::order);
    }
    Value::List(found)
}

fn flatten(items: Vec<Value>) -> Option<Vec<Value>> {
    let mut flat = Vec::new();
    for item in items {
        match item {
            Value::List(inner) => flat.extend(flatten(inner)?),
            Value::Unknown(_) => return None,
            other => flat.push(other),
        }
    }
    Some(flat)
}

fn product(lists: &[Vec<Value>]) -> Value {
    let mut rows = vec![Vec::new()];
    for list in lists {
        rows = rows
            .iter()
            .flat_map(|row: &Vec<Value>| {
                list.iter().map(move |item| {
                    let mut longer = row.clone();
                    longer.push(item.clone());
                    longer
                })
            })
            .collect();
    }
    Value::List(rows.into_iter().map(Value::List).collect())
}
