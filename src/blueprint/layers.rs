//! What a blueprint is put together from: the architecture's own defaults, the files it extends, itself, and flags.
//!
//! Comes in: a path or a text, flags, and the defaults. Goes out: trees from the lowest to the highest, and their union.
//! Maps merge deeply, `services` and `keyspaces` by name; everything else is replaced by the higher layer.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::{
    check::{self, join, nearest},
    format::{self, Key, Kind, ROOT, WHOLE, find, inner},
    node::{self, MAX_BYTES, Node, Value},
    problem::{Failure, Problem, Source, Sources, Span},
    quantity,
};

/// Most files that may extend one another.
const MAX_FILES: usize = 16;

/// One file, flag or set of defaults.
pub(crate) struct Layer {
    pub(crate) root: Node,
    pub(crate) is_flag: bool,
}

/// Everything read so far.
#[derive(Default)]
pub(crate) struct Layers {
    pub(crate) sources: Sources,
    pub(crate) problems: Vec<Problem>,
    /// Lowest first.
    pub(crate) layers: Vec<Layer>,
    /// Whether a problem makes further checking meaningless.
    pub(crate) stopped: bool,
    chain: Vec<PathBuf>,
}

/// Reads a file that a user named.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let metadata = fs::metadata(path).map_err(|error| cannot(&error))?;
    if metadata.is_dir() {
        return Err("it is a folder, wanted a file".to_owned());
    }
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 1;
    let file = fs::File::open(path).map_err(|error| cannot(&error))?;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| cannot(&error))?;
    node::decode(bytes).map_err(|message| format!("it {message}"))
}

fn cannot(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

impl Layers {
    /// Reads a blueprint and what it extends.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let text = read(path).map_err(|message| {
            let problem = Problem::at("", format!("cannot read {}: {message}", path.display()));
            Failure::whole(if path.exists() {
                problem
            } else {
                problem.hint("loadpath init writes one")
            })
        })?;
        Ok(Self::parse(text, path))
    }

    /// Takes a text as the blueprint of this name.
    pub(crate) fn parse(text: String, path: &Path) -> Self {
        let mut layers = Self::default();
        let text = text
            .strip_prefix('\u{feff}')
            .map_or_else(|| text.clone(), str::to_owned);
        layers.file(text, path);
        layers
    }

    fn file(&mut self, text: String, path: &Path) {
        self.chain
            .push(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        let name = path.display().to_string();
        let Some(mut root) = self.tree(Source {
            name,
            text,
            is_flag: false,
            is_fragment: false,
        }) else {
            return;
        };
        if let Some(problem) = version(&root) {
            self.problems.push(problem);
            self.stopped = true;
            return;
        }
        let base = root.get("extends").cloned();
        if let Value::Map(entries) = &mut root.value {
            entries.retain(|(name, node)| name != "extends" || node.text().is_none());
        }
        if let Some((base, span)) = base
            .as_ref()
            .and_then(|base| Some((base.text()?, base.place())))
        {
            self.extend(base, span, path);
        }
        self.add(root, false);
    }

    /// Reads what a file extends, below it.
    fn extend(&mut self, base: &str, span: Span, from: &Path) {
        let path = from.parent().unwrap_or(Path::new("")).join(base);
        let canonical = path.canonicalize().unwrap_or_else(|_| path.clone());
        let fault = if self.chain.contains(&canonical) {
            Err(format!(
                "`{base}` extends this file in turn, directly or by others"
            ))
        } else if self.chain.len() >= MAX_FILES {
            Err(format!("more than {MAX_FILES} files extend one another"))
        } else {
            read(&path).map_err(|message| format!("cannot read `{base}`: {message}"))
        };
        match fault {
            Ok(text) => self.file(text, &path),
            Err(message) => {
                self.problems
                    .push(Problem::at("extends", message).span(span));
                self.stopped = true;
            }
        }
    }

    fn tree(&mut self, source: Source) -> Option<Node> {
        let text = source.text.clone();
        let name = source.name.clone();
        let idx = self.sources.add(source);
        let parsed = node::parse(&text, idx);
        let broken = !parsed.problems.is_empty();
        self.problems.extend(parsed.problems);
        match parsed.root {
            Some(
                root @ Node {
                    value: Value::Map(_),
                    ..
                },
            ) => return Some(root),
            Some(Node {
                value: Value::Null, ..
            })
            | None
                if !broken =>
            {
                let problem = Problem::at("", format!("{name} is empty"));
                self.problems.push(problem.hint(
                    "loadpath init writes one; version, name, architecture and users suffice",
                ));
            }
            Some(root) => {
                let message = format!("a blueprint is a map of keys, found {}", root.found());
                self.problems.push(Problem::at("", message).span(root.span));
            }
            None => {}
        }
        self.stopped = true;
        None
    }

    /// Puts a flag `a.b=c` on top.
    pub(crate) fn set(&mut self, flag: &str) {
        let source = Source {
            name: "--set".to_owned(),
            text: flag.to_owned(),
            is_flag: true,
            is_fragment: false,
        };
        let idx = self.sources.add(source);
        match set_tree(flag, idx) {
            Ok(root) => {
                if let Some(extends) = root.entry("extends") {
                    let problem = Problem::at("extends", "only a file extends another");
                    self.problems.push(problem.span(extends.place()));
                }
                self.problems.extend(version(&root));
                self.add(root, true);
            }
            Err(problems) => {
                self.problems.extend(problems);
                self.stopped = true;
            }
        }
    }

    /// Puts the architecture's own defaults below everything.
    pub(crate) fn fragment(&mut self, architecture: &str, text: &str) {
        let name = format!("the defaults of {architecture}");
        let source = Source {
            name,
            text: text.to_owned(),
            is_flag: false,
            is_fragment: true,
        };
        let idx = self.sources.add(source);
        let parsed = node::parse(text, idx);
        self.problems.extend(parsed.problems);
        if let Some(
            root @ Node {
                value: Value::Map(_),
                ..
            },
        ) = parsed.root
        {
            self.check(&root);
            self.layers.insert(
                0,
                Layer {
                    root: current(root, ROOT),
                    is_flag: false,
                },
            );
        }
    }

    fn add(&mut self, root: Node, is_flag: bool) {
        self.check(&root);
        self.layers.push(Layer {
            root: current(root, ROOT),
            is_flag,
        });
    }

    fn check(&mut self, root: &Node) {
        self.problems.extend(check::check(root, ROOT));
    }

    /// The value of a text at the top, as the highest layer has it.
    pub(crate) fn text(&self, key: &str) -> Option<(String, Span)> {
        let node = self
            .layers
            .iter()
            .rev()
            .find_map(|layer| layer.root.get(key))?;
        Some((node.text()?.to_owned(), node.place()))
    }

    /// The union of all layers.
    pub(crate) fn merged(&mut self) -> Option<Node> {
        let mut layers = std::mem::take(&mut self.layers).into_iter();
        let mut merged = layers.next()?.root;
        for layer in layers {
            let mut unknown = Vec::new();
            let names = if layer.is_flag {
                Names::Known(&mut unknown)
            } else {
                Names::Any
            };
            merge(&mut merged, layer.root, &WHOLE, "", &mut { names });
            self.problems.extend(unknown);
        }
        Some(merged)
    }
}

/// The format's version must be read before anything else has a meaning.
fn version(root: &Node) -> Option<Problem> {
    let node = root.get("version")?;
    let text = node.text()?;
    let number: u64 = text.parse().ok()?;
    if number == 1 {
        return None;
    }
    let message = format!(
        "version {number} of the format is unknown to loadpath {}, which reads version 1",
        env!("CARGO_PKG_VERSION")
    );
    let hint = if number > 1 {
        "a newer loadpath reads it"
    } else {
        "write version: 1"
    };
    Some(
        Problem::at("version", message)
            .hint(hint)
            .span(node.place()),
    )
}

/// Renames keys that others have replaced.
fn current(mut node: Node, keys: &'static [Key]) -> Node {
    let Value::Map(entries) = &mut node.value else {
        return node;
    };
    for (name, value) in entries.iter_mut() {
        let Some(key) = find(keys, name) else {
            continue;
        };
        if let Some(by) = key.replaced_by {
            by.clone_into(name);
        }
        deeper(value, &key.kind);
    }
    node
}

fn deeper(node: &mut Node, kind: &'static Kind) {
    let take = |node: &mut Node| std::mem::replace(node, Node::new(Value::Null, node.span));
    match (&mut node.value, kind) {
        (Value::Map(_), Kind::Map(keys)) => *node = current(take(node), keys),
        (Value::Map(entries), Kind::Names(_, inner)) => entries
            .iter_mut()
            .for_each(|(_, value)| deeper(value, inner)),
        (Value::List(items), Kind::Named(keys)) => {
            for item in items {
                *item = current(take(item), keys);
            }
        }
        _ => {}
    }
}

/// Whether a layer may bring new names into a list that is merged by name.
pub(crate) enum Names<'a> {
    Any,
    /// An unknown name is a problem: a flag or an environment changes what there is.
    Known(&'a mut Vec<Problem>),
}

/// Lays a tree over another.
pub(crate) fn merge(
    base: &mut Node,
    over: Node,
    kind: &'static Kind,
    path: &str,
    names: &mut Names<'_>,
) {
    match (&mut base.value, over.value, kind) {
        (Value::Map(below), Value::Map(above), Kind::Map(_) | Kind::Names(..)) => {
            for (name, value) in above {
                let at = join(path, &name);
                match below.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, existing)) => merge(existing, value, inner(kind, &name), &at, names),
                    None => {
                        let mut fresh = Node {
                            value: Value::Map(Vec::new()),
                            span: value.span,
                            key: value.key,
                        };
                        fill(&mut fresh, value, inner(kind, &name), &at, names);
                        below.push((name, fresh));
                    }
                }
            }
            base.span = over.span;
            base.key = over.key.or(base.key);
        }
        (Value::List(below), Value::List(above), Kind::Named(keys)) => {
            for item in above {
                merge_item(below, item, keys, path, names);
            }
            base.span = over.span;
            base.key = over.key.or(base.key);
        }
        (_, Value::Map(above), Kind::OneOf(kinds)) => {
            let over = Node {
                value: Value::Map(above),
                ..over
            };
            match kinds.iter().find(|kind| matches!(kind, Kind::Map(_))) {
                Some(kind)
                    if matches!(base.value, Value::Map(_))
                        && !quantity::is_interval(&over)
                        && !quantity::is_interval(base) =>
                {
                    merge(base, over, kind, path, names);
                }
                _ => *base = over,
            }
        }
        (_, value, _) => *base = Node { value, ..over },
    }
}

/// Takes over a value that the lower layers do not have, with the same care for names.
fn fill(fresh: &mut Node, over: Node, kind: &'static Kind, path: &str, names: &mut Names<'_>) {
    match (&over.value, kind) {
        (Value::Map(_), Kind::Map(_) | Kind::Names(..)) => merge(fresh, over, kind, path, names),
        (Value::List(_), Kind::Named(_)) => {
            fresh.value = Value::List(Vec::new());
            merge(fresh, over, kind, path, names);
        }
        _ => *fresh = over,
    }
}

fn merge_item(
    below: &mut Vec<Node>,
    item: Node,
    keys: &'static [Key],
    path: &str,
    names: &mut Names<'_>,
) {
    let existing = item
        .name()
        .and_then(|name| below.iter().position(|known| known.name() == Some(name)));
    let at = join(path, item.name().unwrap_or_default());
    match (existing, names) {
        (Some(idx), names) => {
            for (name, value) in item.entries().to_vec() {
                merge_entry(&mut below[idx], name, value, keys, &at, names);
            }
        }
        (None, Names::Any) => below.push(item),
        (None, Names::Known(problems)) => {
            let Some(name) = item.name() else { return };
            let known: Vec<&str> = below.iter().filter_map(Node::name).collect();
            let advice = match nearest(name, known.iter().copied()) {
                Some(meant) => format!("; did you mean {meant}?"),
                None if known.is_empty() => String::new(),
                None => format!("; there are {}", known.join(", ")),
            };
            let list = path.rsplit('.').next().unwrap_or(path);
            let span = item.get("name").map_or(item.span, Node::place);
            problems
                .push(Problem::at(at, format!("no {name} in {list} to change{advice}")).span(span));
        }
    }
}

/// Lays one entry over a map whose own place stays.
fn merge_entry(
    base: &mut Node,
    name: String,
    value: Node,
    keys: &'static [Key],
    path: &str,
    names: &mut Names<'_>,
) {
    let at = join(path, &name);
    let kind = format::inner_of(keys, &name);
    let Value::Map(entries) = &mut base.value else {
        return;
    };
    match entries.iter_mut().find(|(known, _)| *known == name) {
        Some((_, existing)) => merge(existing, value, kind, &at, names),
        None => entries.push((name, value)),
    }
}

/// The tree of one flag, its places in the text of the flag.
pub(crate) fn set_tree(flag: &str, source: usize) -> Result<Node, Vec<Problem>> {
    let whole = Span {
        source,
        line: 1,
        column: 1,
        end_line: 1,
        end_column: flag.chars().count() + 1,
    };
    let Some((path, value)) = flag.split_once('=') else {
        let problem =
            Problem::at("", "wanted a key and a value").hint("--set users.monthly_active=3M");
        return Err(vec![problem.span(whole)]);
    };
    let offset = path.chars().count() + 1;
    let mut parsed = node::parse(value, source);
    for problem in &mut parsed.problems {
        problem.span = problem.span.map(|span| shifted(span, offset));
    }
    if !parsed.problems.is_empty() {
        return Err(parsed.problems);
    }
    let end = Span {
        column: offset + 1,
        ..whole
    };
    let mut leaf = parsed.root.unwrap_or_else(|| Node::new(Value::Null, end));
    shift(&mut leaf, offset);
    let segments = segments(path.trim_end(), source);
    if segments.iter().any(|(name, _)| name.is_empty()) {
        return Err(vec![Problem::at("", "the path holds an empty name").span(
            Span {
                end_column: offset,
                ..whole
            },
        )]);
    }
    Ok(nest(&segments, leaf, &WHOLE, whole))
}

fn segments(path: &str, source: usize) -> Vec<(String, Span)> {
    let mut column = 1;
    path.split('.')
        .map(|name| {
            let end_column = column + name.chars().count();
            let span = Span {
                source,
                line: 1,
                column,
                end_line: 1,
                end_column,
            };
            column = end_column + 1;
            (name.to_owned(), span)
        })
        .collect()
}

/// Wraps a value into the maps and lists that its path names.
fn nest(segments: &[(String, Span)], leaf: Node, kind: &'static Kind, whole: Span) -> Node {
    let Some(((name, span), rest)) = segments.split_first() else {
        return leaf;
    };
    if let Kind::Named(keys) = kind {
        let mut item = nest_in_map(rest, leaf, keys, whole);
        if let Value::Map(entries) = &mut item.value {
            let mut name = Node::new(Value::Scalar(name.clone(), true), *span);
            name.key = Some(*span);
            entries.insert(0, ("name".to_owned(), name));
        }
        return Node::new(Value::List(vec![item]), whole);
    }
    if let Kind::Names(super::text::Text::Quantity, inner) = kind {
        return nest_pin(segments, leaf, inner, whole);
    }
    let mut value = nest(rest, leaf, inner(kind, name), whole);
    value.key = Some(*span);
    Node::new(Value::Map(vec![(name.clone(), value)]), whole)
}

fn nest_in_map(segments: &[(String, Span)], leaf: Node, keys: &'static [Key], whole: Span) -> Node {
    let Some(((name, span), rest)) = segments.split_first() else {
        return leaf;
    };
    let mut value = nest(rest, leaf, format::inner_of(keys, name), whole);
    value.key = Some(*span);
    Node::new(Value::Map(vec![(name.clone(), value)]), whole)
}

/// The name of a quantity has dots of its own: `pins.api.replicas.max.value`.
fn nest_pin(segments: &[(String, Span)], leaf: Node, pin: &'static Kind, whole: Span) -> Node {
    let last_is_key = match (pin, segments.last()) {
        (Kind::Map(keys), Some((last, _))) => find(keys, last).is_some() && segments.len() > 1,
        _ => false,
    };
    let n_named = segments.len() - usize::from(last_is_key);
    let name: Vec<&str> = segments[..n_named]
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let (first, last) = (segments[0].1, segments[n_named - 1].1);
    let mut value = nest(&segments[n_named..], leaf, pin, whole);
    value.key = Some(Span {
        end_column: last.end_column,
        ..first
    });
    Node::new(Value::Map(vec![(name.join("."), value)]), whole)
}

/// Moves the places of a value that stands behind the path of its flag.
fn shift(node: &mut Node, offset: usize) {
    node.span = shifted(node.span, offset);
    node.key = node.key.map(|key| shifted(key, offset));
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| shift(item, offset)),
        Value::Map(entries) => entries
            .iter_mut()
            .for_each(|(_, value)| shift(value, offset)),
        _ => {}
    }
}

fn shifted(span: Span, offset: usize) -> Span {
    let at = |line: usize, column: usize| if line == 1 { column + offset } else { column };
    Span {
        column: at(span.line, span.column),
        end_column: at(span.end_line, span.end_column),
        ..span
    }
}
