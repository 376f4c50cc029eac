//! Changing a value in the text of a blueprint, as a person would: comments, order and layout stay.
//!
//! Comes in: the text, and a path with its value as `--set` has them. Goes out: the new text. Promises: read again, it
//! means what the old text meant with the flag on top of it, and nothing else; where that cannot be had, nothing is
//! changed and the problem says so.

use super::{
    check,
    format::{Kind, ROOT, WHOLE, inner},
    layers::{Names, merge, set_tree},
    node::{self, Node, Value},
    problem::{Failure, Problem, Severity, Source, Sources, Span},
    quantity,
};

/// Sets the value at a path (`users.monthly_active`, `services.api.memory`) in the text of a blueprint.
///
/// # Errors
/// If the text is not a blueprint, the path or the value is not legal, or the text cannot be edited safely.
pub fn set(text: &str, path: &str, value: &str) -> Result<String, Failure> {
    if let Some(text) = text.strip_prefix('\u{feff}') {
        return set(text, path, value).map(|edited| format!("\u{feff}{edited}"));
    }
    let flag = format!("{path}={value}");
    let mut sources = Sources::default();
    sources.add(Source {
        name: "blueprint".to_owned(),
        text: text.to_owned(),
        is_flag: false,
        is_fragment: false,
    });
    sources.add(Source {
        name: "--set".to_owned(),
        text: flag.clone(),
        is_flag: true,
        is_fragment: false,
    });
    let fail = |problems: Vec<Problem>| Failure {
        problems,
        sources: sources.clone(),
    };
    let tree = set_tree(&flag, 1).map_err(fail)?;
    let errors: Vec<Problem> = check::check(&tree, ROOT)
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error)
        .collect();
    if !errors.is_empty() {
        return Err(fail(errors));
    }
    let mut edited = text.to_owned();
    for (steps, leaf) in leaves(&tree, &WHOLE) {
        let written = slice(&flag, leaf.span).trim().to_owned();
        edited = one(&edited, &steps, &leaf, &written).map_err(&fail)?;
    }
    Ok(edited)
}

/// One step of a path.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    /// An item of a list by its name.
    Item(String),
}

impl Step {
    fn find<'a>(&self, node: &'a Node) -> Option<&'a Node> {
        match self {
            Self::Key(name) => node
                .entry(name)
                .filter(|value| is_inside(value.key.unwrap_or(value.span), node.span)),
            Self::Item(name) => node.items().iter().find(|item| item.name() == Some(name)),
        }
    }
}

/// What came in by an alias or a merge key stands elsewhere, and is not ours to change.
fn is_inside(inner: Span, outer: Span) -> bool {
    (inner.line, inner.column) >= (outer.line, outer.column)
        && (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
}

/// The single values that a tree sets, each with its path.
fn leaves(node: &Node, kind: &'static Kind) -> Vec<(Vec<Step>, Node)> {
    let under = |step: Step, found: Vec<(Vec<Step>, Node)>| {
        found.into_iter().map(move |(mut steps, leaf)| {
            steps.insert(0, step.clone());
            (steps, leaf)
        })
    };
    match (&node.value, kind) {
        (Value::Map(entries), Kind::Map(_) | Kind::Names(..) | Kind::OneOf(_))
            if !entries.is_empty() && !quantity::is_interval(node) =>
        {
            let entry = |(name, value): &(String, Node)| {
                under(Step::Key(name.clone()), leaves(value, inner(kind, name))).collect()
            };
            entries.iter().flat_map::<Vec<_>, _>(entry).collect()
        }
        (Value::List(items), Kind::Named(keys)) => {
            let item = |item: &Node| -> Vec<(Vec<Step>, Node)> {
                let Some(name) = item.name() else {
                    return Vec::new();
                };
                let entries = item.entries().iter().filter(|(key, _)| key != "name");
                let found = entries.flat_map(|(key, value)| {
                    under(
                        Step::Key(key.clone()),
                        leaves(value, super::format::inner_of(keys, key)),
                    )
                    .collect::<Vec<_>>()
                });
                under(Step::Item(name.to_owned()), found.collect()).collect()
            };
            items.iter().flat_map(item).collect()
        }
        _ => vec![(Vec::new(), node.clone())],
    }
}

/// Sets one value, and proves that the result means what it should.
fn one(text: &str, steps: &[Step], leaf: &Node, written: &str) -> Result<String, Vec<Problem>> {
    let parsed = node::parse(text, 0);
    if !parsed.problems.is_empty() {
        return Err(parsed.problems);
    }
    let mut expected = parsed
        .root
        .clone()
        .unwrap_or_else(|| Node::new(Value::Map(Vec::new()), leaf.span));
    merge(
        &mut expected,
        wrap(steps, leaf.clone()),
        &WHOLE,
        "",
        &mut Names::Any,
    );
    let quoted = leaf
        .text()
        .map(|text| serde_json::Value::from(text).to_string());
    let candidates = [Some(written.to_owned()), quoted].into_iter().flatten();
    for written in candidates {
        let edited = match &parsed.root {
            Some(root) => Editor { text }.set(root, steps, &written),
            None => Some(Editor { text }.append(steps, &written)),
        };
        let Some(edited) = edited else { continue };
        let again = node::parse(&edited, 0);
        if again.problems.is_empty() && again.root.is_some_and(|root| is_same(&root, &expected)) {
            return Ok(edited);
        }
    }
    let problem = Problem::at(
        name(steps),
        format!(
            "{} cannot be set without touching other values; edit the file by hand",
            name(steps)
        ),
    );
    Err(vec![problem])
}

fn name(steps: &[Step]) -> String {
    let names = steps.iter().map(|step| match step {
        Step::Key(name) | Step::Item(name) => name.as_str(),
    });
    names.collect::<Vec<_>>().join(".")
}

/// The tree of one value at its path.
fn wrap(steps: &[Step], leaf: Node) -> Node {
    let span = leaf.span;
    steps.iter().rev().fold(leaf, |value, step| match step {
        Step::Key(name) => Node::new(Value::Map(vec![(name.clone(), value)]), span),
        Step::Item(name) => {
            let mut entries = vec![(
                "name".to_owned(),
                Node::new(Value::Scalar(name.clone(), true), span),
            )];
            entries.extend(value.entries().to_vec());
            Node::new(
                Value::List(vec![Node::new(Value::Map(entries), span)]),
                span,
            )
        }
    })
}

/// Whether two trees mean the same: the order of keys does not matter, that of items does.
fn is_same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Null, Value::Null) => true,
        (Value::Scalar(one, _), Value::Scalar(other, _)) => one == other,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Map(entries), Value::Map(others)) => {
            let same = |(name, value): &(String, Node)| {
                other.entry(name).is_some_and(|other| is_same(value, other))
            };
            entries.len() == others.len() && entries.iter().all(same)
        }
        _ => false,
    }
}

/// Byte offset of a line and column.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let mut at = 0;
    for _ in 1..line {
        let rest = &text[at..];
        let end = rest.find(['\n', '\r']).map_or(rest.len(), |end| {
            end + if rest[end..].starts_with("\r\n") {
                2
            } else {
                1
            }
        });
        at += end;
    }
    let rest = &text[at..];
    at + rest
        .char_indices()
        .nth(column - 1)
        .map_or(rest.len(), |(idx, _)| idx)
}

fn slice(text: &str, span: Span) -> &str {
    let (start, end) = (
        offset(text, span.line, span.column),
        offset(text, span.end_line, span.end_column),
    );
    text.get(start..end).unwrap_or_default()
}

struct Editor<'a> {
    text: &'a str,
}

impl Editor<'_> {
    fn start(&self, span: Span) -> usize {
        offset(self.text, span.line, span.column)
    }

    fn end(&self, span: Span) -> usize {
        offset(self.text, span.end_line, span.end_column)
    }

    fn splice(&self, start: usize, end: usize, new: &str) -> Option<String> {
        Some(format!(
            "{}{new}{}",
            self.text.get(..start)?,
            self.text.get(end..)?
        ))
    }

    fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }

    fn is_flow(&self, node: &Node) -> bool {
        self.text[self.start(node.span)..].starts_with(['{', '['])
    }

    /// Walks down as far as the path exists, then replaces or inserts.
    fn set(&self, root: &Node, steps: &[Step], written: &str) -> Option<String> {
        let mut node = root;
        for (idx, step) in steps.iter().enumerate() {
            match step.find(node) {
                Some(next) => node = next,
                None => return self.insert(node, &steps[idx..], written),
            }
        }
        self.replace(node, written)
    }

    /// Puts a value where another stood.
    fn replace(&self, node: &Node, written: &str) -> Option<String> {
        let Some(key) = node.key else {
            return self.splice(self.start(node.span), self.end(node.span), written);
        };
        let after_key = self.end(key);
        let colon = after_key + self.text.get(after_key..)?.find(':')? + 1;
        let block = matches!(node.value, Value::Map(_) | Value::List(_)) && !self.is_flow(node);
        if matches!(node.value, Value::Null) {
            let tilde = self.text[colon..].trim_start_matches(' ');
            let word = ["~", "null", "Null", "NULL"]
                .into_iter()
                .find(|word| tilde.starts_with(word));
            let end = self.text.len() - tilde.len() + word.map_or(0, str::len);
            return self.splice(
                colon,
                if word.is_some() { end } else { colon },
                &format!(" {written}"),
            );
        }
        if block {
            return self.splice(colon, self.end(node.span), &format!(" {written}"));
        }
        self.splice(self.start(node.span), self.end(node.span), written)
    }

    /// Adds what the path lacks to the last node it has.
    fn insert(&self, node: &Node, steps: &[Step], written: &str) -> Option<String> {
        match &node.value {
            Value::Map(entries) if self.is_flow(node) => {
                let last = entries
                    .iter()
                    .map(|(_, value)| value)
                    .rfind(|value| is_inside(value.span, node.span));
                self.insert_in_flow(node, last, steps, written)
            }
            Value::List(items) if self.is_flow(node) => {
                self.insert_in_flow(node, items.last(), steps, written)
            }
            Value::Map(entries) => {
                let own = |value: &&Node| value.key.is_some_and(|key| is_inside(key, node.span));
                let indent = entries
                    .iter()
                    .map(|(_, value)| value)
                    .find(own)?
                    .key?
                    .column
                    - 1;
                self.insert_line(node.span, indent, &pair(steps, written, false))
            }
            Value::List(_) => self.insert_line(
                node.span,
                node.span.column - 1,
                &format!("- {}", nested(steps, written, false)),
            ),
            Value::Null | Value::Scalar(..) => self.replace(node, &whole(steps, written, false)),
        }
    }

    /// Before the closing bracket, behind the last value.
    fn insert_in_flow(
        &self,
        node: &Node,
        last: Option<&Node>,
        steps: &[Step],
        written: &str,
    ) -> Option<String> {
        let open = self.start(node.span);
        let in_list = self.text[open..].starts_with('[');
        let Some(last) = last else {
            let end = self.end(node.span);
            let json = self.is_json();
            let new = if in_list {
                format!("[{}]", nested(steps, written, json))
            } else {
                format!("{{ {} }}", pair(steps, written, json))
            };
            return self.splice(open, end, &new);
        };
        let json = last
            .key
            .is_some_and(|key| self.text[self.start(key)..].starts_with('"'))
            || self.is_json();
        let new = if in_list {
            nested(steps, written, json)
        } else {
            pair(steps, written, json)
        };
        let begin = self.start(last.key.unwrap_or(last.span));
        let line = self.text[..begin]
            .rfind(['\n', '\r'])
            .map_or(0, |newline| newline + 1);
        let margin = &self.text[line..begin];
        let own_line = margin.trim().is_empty() && line > open;
        let separator = if own_line {
            format!(",{}{margin}", self.newline())
        } else {
            ", ".to_owned()
        };
        let end = if matches!(last.value, Value::Null) && last.key.is_some() {
            self.null_end(last)?
        } else {
            self.end(last.span)
        };
        self.splice(end, end, &format!("{separator}{new}"))
    }

    /// Behind a key without a value.
    fn null_end(&self, node: &Node) -> Option<usize> {
        let after_key = self.end(node.key?);
        let colon = after_key + self.text.get(after_key..)?.find([':', ',', '}'])?;
        let end = self.end(node.span);
        Some(end.max(if self.text[colon..].starts_with(':') {
            colon + 1
        } else {
            colon
        }))
    }

    fn is_json(&self) -> bool {
        self.text.trim_start().starts_with('{') && self.text.contains('"')
    }

    /// On a line of its own behind a block.
    fn insert_line(&self, block: Span, indent: usize, new: &str) -> Option<String> {
        let end = self.end(block);
        let rest = self.text.get(end..)?;
        let line_end = end + rest.find(['\n', '\r']).unwrap_or(rest.len());
        self.splice(
            line_end,
            line_end,
            &format!("{}{}{new}", self.newline(), " ".repeat(indent)),
        )
    }

    /// At the end of a text without any value.
    fn append(&self, steps: &[Step], written: &str) -> String {
        let separator = if self.text.is_empty() || self.text.ends_with('\n') {
            ""
        } else {
            self.newline()
        };
        format!(
            "{}{separator}{}{}",
            self.text,
            pair(steps, written, false),
            self.newline()
        )
    }
}

/// `key: value`, the rest of the path in flow style.
fn pair(steps: &[Step], written: &str, json: bool) -> String {
    match steps.split_first() {
        Some((Step::Key(name), rest)) => {
            format!("{}: {}", quote(name, json), whole(rest, written, json))
        }
        _ => nested(steps, written, json),
    }
}

/// The value of a key: items stand in a list.
fn whole(steps: &[Step], written: &str, json: bool) -> String {
    let value = nested(steps, written, json);
    if let Some(Step::Item(_)) = steps.first() {
        format!("[{value}]")
    } else {
        value
    }
}

/// The rest of a path in flow style.
fn nested(steps: &[Step], written: &str, json: bool) -> String {
    match steps.split_first() {
        None if json && serde_json::from_str::<serde_json::Value>(written).is_err() => {
            serde_json::Value::from(written).to_string()
        }
        None => written.to_owned(),
        Some((Step::Key(_), _)) => format!("{{ {} }}", pair(steps, written, json)),
        Some((Step::Item(name), rest)) => {
            format!(
                "{{ {}: {}, {} }}",
                quote("name", json),
                quote(name, json),
                pair(rest, written, json)
            )
        }
    }
}

fn quote(name: &str, json: bool) -> String {
    if json {
        serde_json::Value::from(name).to_string()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, path: &str, value: &str, expected: &str) {
        match set(text, path, value) {
            Ok(edited) => assert_eq!(edited, expected),
            Err(failure) => panic!("{failure}"),
        }
    }

    #[test]
    fn replaces_a_value_and_keeps_everything_else() {
        let text = "# ours\nusers:            # people\n  monthly_active: 2M   # by the board\n  growth: 5 %/month\n";
        check(
            text,
            "users.monthly_active",
            "3M",
            &text.replace("2M", "3M"),
        );
        check(
            "users: { monthly_active: 2M, growth: 5 %/month }\n",
            "users.growth",
            "6 %/month",
            "users: { monthly_active: 2M, growth: 6 %/month }\n",
        );
        check(
            "traffic:\n  surge: { factor: 10x, ramp: 1 min }\n",
            "traffic.surge",
            "5x",
            "traffic:\n  surge: 5x\n",
        );
        check(
            "traffic:\n  surge:\n    factor: 10x # big\n    ramp: 1 min\n  # end\n",
            "traffic.surge",
            "5x",
            "traffic:\n  surge: 5x\n  # end\n",
        );
        check(
            "region: [a, b] # two\r\nname: x\r\n",
            "region",
            "[c]",
            "region: [c] # two\r\nname: x\r\n",
        );
        check("\u{feff}name: a\n", "name", "b", "\u{feff}name: b\n");
        check("name: é # ü\n", "name", "shop", "name: shop # ü\n");
    }

    #[test]
    fn inserts_what_is_missing() {
        check(
            "users:\n  monthly_active: 2M # now\n\n# next\nname: x\n",
            "users.growth",
            "5 %/month",
            "users:\n  monthly_active: 2M # now\n  growth: 5 %/month\n\n# next\nname: x\n",
        );
        check(
            "users: { monthly_active: 2M }\n",
            "users.growth",
            "5 %/month",
            "users: { monthly_active: 2M, growth: 5 %/month }\n",
        );
        check(
            "users: {}\n",
            "users.growth",
            "5 %/month",
            "users: { growth: 5 %/month }\n",
        );
        check(
            "name: x",
            "traffic.surge.factor",
            "5x",
            "name: x\ntraffic: { surge: { factor: 5x } }",
        );
        check(
            "environments:\n  prod: # ours\n",
            "environments.prod.scale",
            "50 %",
            "environments:\n  prod: { scale: 50 % } # ours\n",
        );
        check(
            "# nothing yet\n",
            "users.monthly_active",
            "2M",
            "# nothing yet\nusers: { monthly_active: 2M }\n",
        );
        check("", "name", "x", "name: x\n");
    }

    #[test]
    fn finds_services_and_keyspaces_by_name() {
        let block = "services:\n  - name: api\n    memory: 1 GiB\n  - name: web\nname: x\n";
        check(
            block,
            "services.api.memory",
            "2 GiB",
            &block.replace("1 GiB", "2 GiB"),
        );
        check(
            block,
            "services.web.cpu",
            "2",
            &block.replace("name: web\n", "name: web\n    cpu: 2\n"),
        );
        check(
            block,
            "services.new.cpu",
            "2",
            &block.replace("name: web\n", "name: web\n  - { name: new, cpu: 2 }\n"),
        );
        check(
            "name: x\n",
            "services.api.cpu",
            "2",
            "name: x\nservices: [{ name: api, cpu: 2 }]\n",
        );
        check(
            "services:\nname: x\n",
            "services.api.cpu",
            "2",
            "services: [{ name: api, cpu: 2 }]\nname: x\n",
        );
        check(
            "data: { keyspaces: [{ name: a, key: id }] }\n",
            "data.keyspaces.b.key",
            "uid",
            "data: { keyspaces: [{ name: a, key: id }, { name: b, key: uid }] }\n",
        );
        check(
            "pins:\n  api.replicas.max: { value: 80, reason: x }\n",
            "pins.api.replicas.max.value",
            "90",
            "pins:\n  api.replicas.max: { value: 90, reason: x }\n",
        );
    }

    #[test]
    fn a_map_is_laid_over_as_a_flag_would() {
        check(
            "traffic:\n  surge: { factor: 10x, ramp: 1 min }\n",
            "traffic.surge",
            "{ factor: 5x }",
            "traffic:\n  surge: { factor: 5x, ramp: 1 min }\n",
        );
        check(
            "users: { monthly_active: 2M }\n",
            "users.monthly_active",
            "{ low: 1M, high: 3M }",
            "users: { monthly_active: { low: 1M, high: 3M } }\n",
        );
    }

    #[test]
    fn json_stays_json() {
        let text = "{\n  \"name\": \"x\",\n  \"users\": {\n    \"monthly_active\": 5\n  }\n}\n";
        let edited = set(text, "users.growth", "5 %/month").expect("legal");
        let value: serde_json::Value = serde_json::from_str(&edited).expect("JSON");
        assert_eq!(value["users"]["growth"], "5 %/month");
        assert!(edited.contains("\n    \"growth\""), "{edited}");
    }

    #[test]
    fn refuses_what_is_illegal_or_unsafe() {
        let message = |text: &str, path: &str, value: &str| {
            set(text, path, value).expect_err("illegal").problems[0]
                .message
                .clone()
        };
        assert_eq!(
            message("name: x\n", "users.montly_active", "2M"),
            "unknown key in users; did you mean monthly_active?"
        );
        assert_eq!(
            message("name: x\n", "data.size", "6 parsecs"),
            "unit `parsecs` is not a size; for example 6 TiB or 900 GB"
        );
        assert!(message("name: [\n", "data.size", "6 GiB").starts_with("not YAML"));
        let alias = "users: &u { monthly_active: 1M }\nenvironments: { dev: { override: { users: *u } } }\n";
        let refused = message(
            alias,
            "environments.dev.override.users.monthly_active",
            "2M",
        );
        assert!(
            refused.ends_with("cannot be set without touching other values; edit the file by hand"),
            "{refused}"
        );
    }
}
