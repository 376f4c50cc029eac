//! The format for editors and for readers: JSON Schema and a reference, both derived from the one description.

use serde_json::{Map, Value as Json, json};

use super::{
    format::{Bound, Dimension, Key, Kind, Quantity, ROOT},
    text::Text,
};
use crate::units::Ratio;

/// The JSON Schema (draft 2020-12) of a blueprint file, for completion and checking in an editor.
///
/// It accepts whatever loads: what several values make together, and bounds behind a unit, only loading checks.
pub fn schema() -> Json {
    let mut definitions = Definitions::default();
    let root = definitions.map(ROOT);
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("title".to_owned(), json!("loadpath blueprint"));
    schema.insert(
        "description".to_owned(),
        json!("What a system must carry: users, traffic, data, objectives"),
    );
    if let Json::Object(root) = root {
        schema.extend(root);
    }
    schema.insert("$defs".to_owned(), Json::Object(definitions.found));
    Json::Object(schema)
}

/// What several keys have in common, by name.
#[derive(Default)]
struct Definitions {
    found: Map<String, Json>,
    /// Maps that have a definition already.
    maps: Vec<(*const Key, String)>,
}

impl Definitions {
    // A file that extends another need not state what is required: only loading knows.
    fn map(&mut self, keys: &'static [Key]) -> Json {
        let properties: Map<String, Json> = keys
            .iter()
            .map(|key| (key.name.to_owned(), self.property(key)))
            .collect();
        json!({ "type": ["object", "null"], "additionalProperties": false, "properties": properties })
    }

    /// A map by reference, defined where it is met first.
    fn map_by_name(&mut self, keys: &'static [Key], name: &str) -> Json {
        let address = keys.as_ptr();
        let known = self
            .maps
            .iter()
            .find(|(other, _)| *other == address)
            .map(|(_, name)| name.clone());
        let name = known.unwrap_or_else(|| {
            let mut free = name.to_owned();
            while self.maps.iter().any(|(_, taken)| *taken == free)
                || self.found.contains_key(&free)
            {
                free.push('_');
            }
            self.maps.push((address, free.clone()));
            let map = self.map(keys);
            self.found.insert(free.clone(), map);
            free
        });
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn property(&mut self, key: &'static Key) -> Json {
        let mut out = Map::new();
        match key.replaced_by {
            Some(by) => {
                out.insert(
                    "description".to_owned(),
                    json!(format!("Deprecated: {by} replaces it.")),
                );
                out.insert("deprecated".to_owned(), json!(true));
            }
            None => {
                out.insert("description".to_owned(), json!(description(key)));
            }
        }
        if let Some(example) = example(&key.kind) {
            out.insert("examples".to_owned(), json!([example]));
        }
        match (key.name, self.kind(&key.kind, key.name)) {
            // The only version there is; the bounds of the description are wider to say which loadpath reads another.
            ("version", _) => out.extend([("const".to_owned(), json!(1))]),
            (_, Json::Object(kind)) => out.extend(kind),
            _ => {}
        }
        Json::Object(out)
    }

    fn kind(&mut self, kind: &'static Kind, name: &str) -> Json {
        match kind {
            Kind::Text(rule) => text(*rule),
            Kind::Choice(words) => json!({ "enum": words }),
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Integer { words, low, high } => integer(words, *low, *high),
            Kind::Quantity(quantity) => self.quantity(quantity),
            Kind::NumberOrWord => json!({ "type": ["number", "string"] }),
            Kind::Map(keys) => self.map_by_name(keys, name),
            Kind::Names(names, inner) => {
                let mut map = json!({ "type": ["object", "null"], "additionalProperties": self.kind(inner, name) });
                if let Some(pattern) = names.pattern() {
                    map["propertyNames"] = json!({ "pattern": pattern });
                }
                map
            }
            Kind::List(inner) => json!({ "type": "array", "items": self.kind(inner, name) }),
            Kind::Named(keys) => {
                let mut item = self.map_by_name(keys, name);
                item["required"] = json!(["name"]);
                json!({ "type": "array", "items": item })
            }
            Kind::OneOf(kinds) => {
                let any: Vec<Json> = kinds.iter().map(|kind| self.kind(kind, name)).collect();
                json!({ "anyOf": any })
            }
        }
    }

    /// A plain number within bounds, where one is enough; or a number with its unit, or an interval.
    fn quantity(&mut self, quantity: &Quantity) -> Json {
        let grammar = quantity.dimension.grammar();
        let what = grammar
            .what
            .split_once(' ')
            .map_or(grammar.what, |(_, what)| what);
        let name = if grammar.bare {
            format!("{what} or number")
        } else {
            what.to_owned()
        }
        .replace(' ', "-");
        if !self.found.contains_key(&name) {
            self.found
                .insert(name.clone(), with_unit(&grammar.pattern(), grammar.bare));
        }
        let reference = json!({ "$ref": format!("#/$defs/{name}") });
        if grammar.bare {
            json!({ "anyOf": [number(quantity), reference] })
        } else {
            reference
        }
    }
}

fn integer(words: &[&str], low: u32, high: u32) -> Json {
    let mut any = vec![
        json!({ "type": "integer", "minimum": low, "maximum": high }),
        json!({ "type": "string", "pattern": "^[0-9][0-9_]*$" }),
    ];
    if !words.is_empty() {
        any.push(json!({ "enum": words }));
    }
    json!({ "anyOf": any })
}

fn description(key: &Key) -> String {
    match (key.required, key.default) {
        (true, _) => format!("{}. Required.", key.doc),
        (false, "") => format!("{}.", key.doc),
        (false, default) => format!("{}. Default: {default}.", key.doc),
    }
}

fn example(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Quantity(quantity) => {
            let example = quantity.dimension.grammar().example;
            example
                .split([','])
                .next()
                .and_then(|first| first.split(" or ").next())
        }
        _ => None,
    }
}

fn text(rule: Text) -> Json {
    // Plain digits are a number to an editor and a text to us.
    let kinds = match rule {
        Text::AwsAccount | Text::TagValue => json!(["string", "integer"]),
        _ => json!("string"),
    };
    match rule.pattern() {
        Some(pattern) => json!({ "type": kinds, "pattern": pattern }),
        None => json!({ "type": kinds }),
    }
}

fn with_unit(pattern: &str, bare: bool) -> Json {
    let written = json!({ "type": "string", "pattern": format!("^\\s*{pattern}\\s*$") });
    let end = if bare {
        json!({ "anyOf": [&written, { "type": "number" }] })
    } else {
        written.clone()
    };
    json!({ "anyOf": [
        written,
        { "type": "string", "pattern": format!("^\\s*{pattern}\\s*\\.\\.\\s*{pattern}\\s*$") },
        {
            "type": "object",
            "description": "An interval: 5th, 50th and 95th percentile.",
            "properties": { "low": end, "mid": end, "high": end },
            "required": ["low", "high"],
            "additionalProperties": false,
        },
    ] })
}

fn number(quantity: &Quantity) -> Json {
    let mut number = json!({ "type": "number" });
    let (low, high) = match quantity.low {
        Bound::Including(_) => ("minimum", quantity.high),
        Bound::Excluding(_) => ("exclusiveMinimum", quantity.high),
    };
    number[low] = json!(quantity.low.value());
    match high {
        Bound::Including(value) => number["maximum"] = json!(value),
        Bound::Excluding(value) => number["exclusiveMaximum"] = json!(value),
    }
    number
}

/// The format for readers, in Markdown: one table with every key, what it may be, its default and its meaning.
pub fn reference() -> String {
    let mut out = String::from("| key | value | default | meaning |\n|---|---|---|---|\n");
    rows(ROOT, "", &mut out);
    out
}

fn rows(keys: &'static [Key], path: &str, out: &mut String) {
    for key in keys.iter().filter(|key| key.replaced_by.is_none()) {
        let path = format!("{path}{}", key.name);
        let default = if key.required {
            "required"
        } else {
            key.default
        };
        *out += &format!(
            "| `{path}` | {} | {default} | {} |\n",
            words(&key.kind).replace('|', "\\|"),
            key.doc
        );
        // What an environment may override is described where it stands at the top.
        if key.name != "override" {
            nested(&key.kind, &path, out);
        }
    }
}

fn nested(kind: &'static Kind, path: &str, out: &mut String) {
    match kind {
        Kind::Map(keys) => rows(keys, &format!("{path}."), out),
        Kind::Named(keys) => rows(keys, &format!("{path}.<name>."), out),
        Kind::Names(_, inner) => nested(inner, &format!("{path}.<name>"), out),
        Kind::OneOf(kinds) => kinds.iter().for_each(|kind| nested(kind, path, out)),
        _ => {}
    }
}

fn words(kind: &Kind) -> String {
    match kind {
        Kind::Text(_) => "text".to_owned(),
        Kind::Choice(words) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", "),
        Kind::Flag => "`true`, `false`".to_owned(),
        Kind::Integer { words, low, high } => {
            let range = if *high == u32::MAX {
                "whole number".to_owned()
            } else {
                format!("{low} to {high}")
            };
            words
                .iter()
                .map(|word| format!("`{word}`"))
                .chain([range])
                .collect::<Vec<_>>()
                .join(" or ")
        }
        Kind::Quantity(quantity) => {
            let grammar = quantity.dimension.grammar();
            format!(
                "{}: {}; {}",
                grammar
                    .what
                    .trim_start_matches("a ")
                    .trim_start_matches("an "),
                grammar.example,
                bounds(quantity)
            )
        }
        Kind::NumberOrWord => "number or word".to_owned(),
        Kind::Map(_) | Kind::Names(..) => "map".to_owned(),
        Kind::List(inner) => format!("list of {}", words(inner)),
        Kind::Named(_) => "list by `name`".to_owned(),
        Kind::OneOf(kinds) => kinds.iter().map(words).collect::<Vec<_>>().join("; or "),
    }
}

fn bounds(quantity: &Quantity) -> String {
    let print = |bound: Bound| match quantity.dimension {
        Dimension::Growth => Ratio::new(bound.value()).to_string(),
        dimension => dimension.grammar().print(bound.value()),
    };
    let low = match quantity.low {
        Bound::Including(_) => "from",
        Bound::Excluding(_) => "above",
    };
    let high = match quantity.high {
        Bound::Including(_) => "to",
        Bound::Excluding(_) => "below",
    };
    format!(
        "{low} {} {high} {}",
        print(quantity.low),
        print(quantity.high)
    )
}

/// Every key of the format as a path, for tests and completion; names of the user's own are `<name>`.
pub fn paths() -> Vec<String> {
    let reference = reference();
    let path = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    reference.lines().filter_map(path).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::blueprint::node::{self, Node, Value};

    /// What an editor's YAML reader makes of a text.
    fn as_json(node: &Node) -> Json {
        match &node.value {
            Value::Null => Json::Null,
            Value::Scalar(text, true) => match text.as_str() {
                "true" => json!(true),
                "false" => json!(false),
                text => {
                    let integer = text.parse::<i64>().ok().map(|number| json!(number));
                    integer
                        .or_else(|| text.parse::<f64>().ok().map(|number| json!(number)))
                        .unwrap_or_else(|| json!(text))
                }
            },
            Value::Scalar(text, false) => json!(text),
            Value::List(items) => items.iter().map(as_json).collect(),
            Value::Map(entries) => Json::Object(
                entries
                    .iter()
                    .map(|(name, node)| (name.clone(), as_json(node)))
                    .collect(),
            ),
        }
    }

    fn accepts(text: &str) -> Result<(), String> {
        static VALIDATOR: LazyLock<jsonschema::Validator> =
            LazyLock::new(|| jsonschema::draft202012::new(&schema()).expect("the schema is one"));
        let instance = as_json(&node::parse(text, 0).root.expect("yaml"));
        let errors: Vec<String> = VALIDATOR
            .iter_errors(&instance)
            .map(|error| format!("{}: {error}", error.instance_path))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors.join("\n"))
        }
    }

    #[test]
    fn the_schema_is_a_schema() {
        assert!(jsonschema::draft202012::meta::is_valid(&schema()));
    }

    #[test]
    fn accepts_the_examples() {
        assert_eq!(
            accepts(include_str!("../../tests/blueprint/full.yaml")),
            Ok(())
        );
        assert_eq!(
            accepts(include_str!("../../tests/blueprint/small.yaml")),
            Ok(())
        );
    }

    #[test]
    fn accepts_every_way_to_write_a_quantity() {
        for text in [
            "users: { monthly_active: 2_000_000 }",
            "users: { monthly_active: 500000 }",
            "users: { monthly_active: 1M..3M }",
            "users: { monthly_active: { low: 1M, mid: 2M, high: 3M }, growth: +300%/quarter }",
            "users: { growth: 10 %/6 months }",
            "traffic: { surge: 10x, requests_per_second: 500, read_share: 0.9 }",
            "traffic: { surge: { factor: 10, ramp: 10 min }, requests_per_second: 2.5k/s }",
            "traffic: { shape: { hours: [1, 2.5, 3] } }",
            "region: [us-central1, europe-west1]",
            "region: { aws: us-east-1, gcp: [us-central1] }",
            "platform: { cdn: cloud, database: { aws: aurora, gcp: alloydb } }",
            "budget: 40k USD / month",
            "data: { keyspaces: [{ name: a, shards: auto }, { name: b, shards: 4 }] }",
            "environments: { prod: }",
        ] {
            assert_eq!(accepts(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_what_loading_refuses() {
        for text in [
            "montly_active: 2M",
            "users: { montly_active: 2M }",
            "users: { monthly_active: lots }",
            "users: { monthly_active: -3 }",
            "data: { size: 6 parsecs }",
            "data: { size: 6 }",
            "cloud: azure",
            "version: 2",
            "name: Not_A_Label",
            "services: [{ kind: http }]",
        ] {
            assert!(accepts(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_number_of_the_reference_prints_and_every_key_is_there() {
        let reference = reference();
        assert!(
            reference.contains("| `users.monthly_active` | count: 20k or 2M; above 0 to 100B |"),
            "{reference}"
        );
        assert!(
            reference.contains("| `data.keyspaces.<name>.shards` | `auto` or 1 to 1024 | auto |"),
            "{reference}"
        );
        assert!(paths().contains(&"pins.<name>.reason".to_owned()));
    }
}
