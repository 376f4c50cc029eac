//! A Terraform root as a set of addresses with their attributes, as far as its files tell.

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::{
    expr::{Expression, ObjectKey},
    structure::{Block, Body},
};

use crate::syntax::hcl::{Scope, Value};

/// How often locals are looked at: each time those that depend on what became known are.
const PASSES: usize = 8;
/// Arguments that say how a resource is managed, not what it is.
const META: &[&str] = &["for_each", "count", "depends_on", "provider"];
/// Blocks of the same kind.
const META_BLOCKS: &[&str] = &["lifecycle", "provisioner", "connection", "timeouts"];

/// A resource at one address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instance {
    /// Its type: `aws_db_instance`.
    pub kind: String,
    /// Its attributes by path; those of blocks below the block's name and number.
    pub attributes: BTreeMap<String, Value>,
    /// Attributes whose changes Terraform is told to ignore; `*` for all.
    pub(super) ignored: BTreeSet<String>,
}

impl Instance {
    /// Whether a change of this attribute is ignored.
    pub(super) fn is_ignored(&self, path: &str) -> bool {
        let first = path.split(['.', '[']).next().unwrap_or(path);
        self.ignored.contains("*") || self.ignored.contains(first)
    }
}

/// All addresses of a root in one environment.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Instances by address.
    pub instances: BTreeMap<String, Instance>,
    /// `moved` blocks: from and to.
    moves: Vec<(String, String)>,
}

impl State {
    /// Another state with the addresses that its resources have after this one's `moved` blocks, and those that they had.
    pub(super) fn moved(&self, before: &Self) -> (Self, BTreeMap<String, String>) {
        let (mut state, mut names) = (Self::default(), BTreeMap::new());
        for (address, instance) in &before.instances {
            let moved = self.renamed(address);
            if moved != *address {
                names.insert(moved.clone(), address.clone());
            }
            let mut instance = instance.clone();
            for value in instance.attributes.values_mut() {
                self.rename_in(value);
            }
            state.instances.insert(moved, instance);
        }
        (state, names)
    }

    /// What is known after an apply only refers to others by their addresses, which are new ones now.
    fn rename_in(&self, value: &mut Value) {
        match value {
            Value::Unknown(text) => {
                for _ in &self.moves {
                    for (from, to) in &self.moves {
                        *text = renamed_in(text, from, to);
                    }
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.rename_in(item)),
            Value::Map(map) => map.values_mut().for_each(|value| self.rename_in(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }

    /// An address after all `moved` blocks, which may follow each other. One that is declared still did not move.
    fn renamed(&self, address: &str) -> String {
        let mut at = address.to_owned();
        // Each block leads on at most once: a circle, which Terraform refuses, ends as well.
        for _ in &self.moves {
            if self.instances.contains_key(&at) {
                break;
            }
            let fits = self.moves.iter().filter(|(from, _)| {
                let rest = at.strip_prefix(from.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
            });
            // As Terraform: a key of its own goes before the name that all keys share.
            let next = fits
                .max_by_key(|(from, _)| from.len())
                .map(|(from, to)| format!("{to}{}", &at[from.len()..]));
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }
}

/// An expression with every reference to one address as one to another.
fn renamed_in(text: &str, from: &str, to: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut renamed = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let is_whole = !before.ends_with(is_part) && !after.starts_with(|c| is_part(c) && c != '.');
        renamed.push_str(before);
        renamed.push_str(if is_whole { to } else { from });
        rest = after;
    }
    renamed + rest
}

/// The files of a root.
#[derive(Clone, Debug, Default)]
pub struct Root {
    bodies: Vec<Body>,
}

impl Root {
    /// Reads the files of a root. One that is no HCL is left out: it is the parser's of `generate` to refuse it.
    pub fn parse<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let bodies = files
            .into_iter()
            .filter(|(path, _)| path.ends_with(".tf"))
            .filter_map(|(_, text)| hcl_edit::parser::parse_body(text).ok())
            .collect();
        Self { bodies }
    }

    fn blocks<'r>(&'r self, kind: &'r str) -> impl Iterator<Item = &'r Block> {
        self.bodies
            .iter()
            .flat_map(move |body| body.get_blocks(kind))
    }

    /// The root with the numbers of an environment.
    pub fn state(&self, tfvars: &str) -> State {
        self.state_with(&[tfvars])
    }

    /// The root with the numbers of several files, of which the first that has a number counts.
    pub fn state_with(&self, tfvars: &[&str]) -> State {
        let scope = self.scope(tfvars);
        let mut state = State::default();
        for block in self.blocks("resource") {
            let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
            if let [kind, name] = labels.as_slice() {
                for (key, scope) in instances(&block.body, &scope) {
                    let address = format!("{kind}.{name}{key}");
                    state
                        .instances
                        .insert(address, instance(kind, &block.body, &scope));
                }
            }
        }
        for block in self.blocks("moved") {
            let place = |name: &str| {
                let attribute = block.body.get_attribute(name)?;
                Some(attribute.value.to_string().trim().to_owned())
            };
            state.moves.extend(place("from").zip(place("to")));
        }
        state
    }

    /// Variables and locals.
    fn scope(&self, tfvars: &[&str]) -> Scope {
        let mut scope = Scope::default();
        let given: Vec<Body> = tfvars
            .iter()
            .map(|text| hcl_edit::parser::parse_body(text).unwrap_or_default())
            .collect();
        for block in self.blocks("variable") {
            let Some(name) = block.labels.first().map(|label| label.as_str()) else {
                continue;
            };
            let stated = given
                .iter()
                .find_map(|body| body.get_attribute(name))
                .or_else(|| block.body.get_attribute("default"));
            if let Some(stated) = stated {
                let mut value = Scope::default().evaluate(&stated.value);
                if let Some(kind) = block.body.get_attribute("type") {
                    value = converted(value, &kind.value);
                }
                scope.set_in("var", name, value);
            }
        }
        for _ in 0..PASSES {
            let before = scope.clone();
            for block in self.blocks("resource") {
                self::keys(block, &mut scope);
            }
            for attribute in self
                .blocks("locals")
                .flat_map(|block| block.body.attributes())
            {
                let value = scope.evaluate(&attribute.value);
                if !matches!(value, Value::Unknown(_)) {
                    scope.set_in("local", attribute.key.as_str(), value);
                }
            }
            if scope == before {
                break;
            }
        }
        scope
    }
}

/// The instances of a resource that another one may go through: their keys are known before an apply, what they are is not.
fn keys(block: &Block, scope: &mut Scope) {
    let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
    let ([kind, name], Some(each)) = (labels.as_slice(), block.body.get_attribute("for_each"))
    else {
        return;
    };
    if let Some(pairs) = pairs(&scope.evaluate(&each.value)) {
        let unknown = |key: &str| Value::Unknown(format!("{kind}.{name}[{key:?}]"));
        let instances = pairs.into_iter().map(|(key, _)| {
            let value = unknown(&key);
            (key, value)
        });
        scope.set_in(kind, name, Value::Map(instances.collect()));
    }
}

/// A value as its variable's type makes it: optional attributes that are not stated get their default or null.
fn converted(value: Value, kind: &Expression) -> Value {
    let Expression::FuncCall(call) = kind else {
        return value;
    };
    let inner = call.args.get(0);
    match (call.name.name.as_str(), value, inner) {
        ("map", Value::Map(map), Some(inner)) => Value::Map(
            map.into_iter()
                .map(|(key, value)| (key, converted(value, inner)))
                .collect(),
        ),
        ("list" | "set", Value::List(items), Some(inner)) => Value::List(
            items
                .into_iter()
                .map(|item| converted(item, inner))
                .collect(),
        ),
        ("optional", value, Some(inner)) => converted(value, inner),
        ("object", Value::Map(mut map), Some(Expression::Object(object))) => {
            for (key, kind) in object.iter() {
                let name = match key {
                    ObjectKey::Ident(name) => name.as_str(),
                    ObjectKey::Expression(Expression::Variable(name)) => name.as_str(),
                    ObjectKey::Expression(_) => continue,
                };
                let value = map.remove(name).unwrap_or_else(|| default(kind.expr()));
                map.insert(name.to_owned(), converted(value, kind.expr()));
            }
            Value::Map(map)
        }
        (_, value, _) => value,
    }
}

/// The second argument of `optional(…)`.
fn default(kind: &Expression) -> Value {
    match kind {
        Expression::FuncCall(call) if call.name.name.as_str() == "optional" => call
            .args
            .get(1)
            .map_or(Value::Null, |default| Scope::default().evaluate(default)),
        _ => Value::Null,
    }
}

/// Keys of the instances of a resource, each with the scope in which its attributes are evaluated.
fn instances(body: &Body, scope: &Scope) -> Vec<(String, Scope)> {
    if let Some(count) = body.get_attribute("count") {
        let Some(count) = scope.evaluate(&count.value).number() else {
            return vec![("[*]".to_owned(), scope.clone())];
        };
        let mut all = Vec::new();
        let mut idx = 0.0;
        while idx < count.min(10_000.0) {
            let mut inner = scope.clone();
            inner.set_in("count", "index", Value::Number(idx));
            all.push((format!("[{idx}]"), inner));
            idx += 1.0;
        }
        return all;
    }
    let Some(each) = body.get_attribute("for_each") else {
        return vec![(String::new(), scope.clone())];
    };
    let Some(pairs) = pairs(&scope.evaluate(&each.value)) else {
        return vec![("[*]".to_owned(), scope.clone())];
    };
    pairs
        .into_iter()
        .map(|(key, value)| {
            let mut inner = scope.clone();
            inner.set_in("each", "key", Value::Text(key.clone()));
            inner.set_in("each", "value", value);
            (format!("[{key:?}]"), inner)
        })
        .collect()
}

/// What `for_each` goes through: a map, or a set of texts; none where it is unknown.
fn pairs(value: &Value) -> Option<Vec<(String, Value)>> {
    match value {
        Value::Map(map) => Some(map.clone().into_iter().collect()),
        Value::List(items) => items
            .iter()
            .map(|item| Some((item.text()?, item.clone())))
            .collect(),
        _ => None,
    }
}

fn instance(kind: &str, body: &Body, scope: &Scope) -> Instance {
    let mut instance = Instance {
        kind: kind.to_owned(),
        ..Instance::default()
    };
    for lifecycle in body.get_blocks("lifecycle") {
        if let Some(ignored) = lifecycle.body.get_attribute("ignore_changes") {
            instance.ignored = names(&ignored.value);
        }
    }
    attributes(body, "", scope, &mut instance.attributes);
    instance
}

/// First names of the attributes in `ignore_changes`.
fn names(list: &Expression) -> BTreeSet<String> {
    let first = |expression: &Expression| {
        let text = expression.to_string();
        let text = text.trim();
        text.split(['.', '[']).next().unwrap_or(text).to_owned()
    };
    match list {
        Expression::Array(items) => items.iter().map(first).collect(),
        _ => BTreeSet::from(["*".to_owned()]),
    }
}

/// All attributes of a body and of the blocks in it.
fn attributes(body: &Body, prefix: &str, scope: &Scope, into: &mut BTreeMap<String, Value>) {
    for attribute in body.attributes() {
        let name = attribute.key.as_str();
        if !(prefix.is_empty() && META.contains(&name)) {
            into.insert(format!("{prefix}{name}"), scope.evaluate(&attribute.value));
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for block in body.blocks() {
        let name = block.ident.as_str();
        if prefix.is_empty() && META_BLOCKS.contains(&name) {
            continue;
        }
        if name != "dynamic" {
            let count = counts.entry(name).or_default();
            attributes(
                &block.body,
                &format!("{prefix}{name}[{count}]."),
                scope,
                into,
            );
            *count += 1;
            continue;
        }
        let Some(name) = block.labels.first().map(|label| label.as_str()) else {
            continue;
        };
        let content = block.body.get_blocks("content").next();
        let each = block.body.get_attribute("for_each");
        let (Some(content), Some(each)) = (content, each) else {
            continue;
        };
        let value = scope.evaluate(&each.value);
        let Some(pairs) = pairs_of_blocks(&value) else {
            into.insert(format!("{prefix}{name}"), value);
            continue;
        };
        let iterator = block
            .body
            .get_attribute("iterator")
            .map_or(name.to_owned(), |iterator| {
                iterator.value.to_string().trim().to_owned()
            });
        for (key, value) in pairs {
            let mut inner = scope.clone();
            inner.set(
                iterator.as_str(),
                Value::Map(BTreeMap::from([
                    ("key".to_owned(), key),
                    ("value".to_owned(), value),
                ])),
            );
            let count = counts.entry(name).or_default();
            attributes(
                &content.body,
                &format!("{prefix}{name}[{count}]."),
                &inner,
                into,
            );
            *count += 1;
        }
    }
}

/// What a dynamic block goes through: unlike a resource, also a list of anything.
fn pairs_of_blocks(value: &Value) -> Option<Vec<(Value, Value)>> {
    match value {
        Value::Map(map) => Some(
            map.iter()
                .map(|(key, value)| (Value::Text(key.clone()), value.clone()))
                .collect(),
        ),
        Value::List(items) => Some(
            items
                .iter()
                .map(|item| (item.clone(), item.clone()))
                .collect(),
        ),
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}
