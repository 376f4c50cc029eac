//! The text of a blueprint as a tree in which every value knows its place.
//!
//! Comes in: bytes of YAML (or JSON, being YAML). Goes out: a [`Node`], or a problem that points at the text. Promises:
//! files that are large, deep, or grow by aliases are refused before they cost time or memory; a key stands once in a map.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span as Extent, StrInput, Tag};

use super::problem::{Problem, Span};

/// Largest file that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 1 << 20;
/// Deepest nesting; the format itself needs 8.
const MAX_DEPTH: usize = 32;
/// Most values, aliases expanded; a large blueprint has a thousand.
const MAX_NODES: usize = 20_000;
/// Most items of a list; a week has 168 hours.
const MAX_ITEMS: usize = 1000;
/// Most bytes of text, aliases expanded.
const MAX_TEXT: usize = 4 << 20;

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
    /// Place of the key, in a map.
    pub(crate) key: Option<Span>,
}

/// A value as written.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    /// Text, and whether it stood without quotes.
    Scalar(String, bool),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(crate) fn new(value: Value, span: Span) -> Self {
        Self {
            value,
            span,
            key: None,
        }
    }

    /// The value of a key, unless it is null.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key)
            .filter(|node| !matches!(node.value, Value::Null))
    }

    /// The value of a key, even if null.
    pub(crate) fn entry(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, node)| node)
    }

    pub(crate) fn entries(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The `name` of an item of a list.
    pub(crate) fn name(&self) -> Option<&str> {
        self.get("name")?.text()
    }

    /// What to underline: the value where it stands on one line, else its key, else its first line.
    pub(crate) fn place(&self) -> Span {
        let empty = matches!(self.value, Value::Null);
        match self.key {
            Some(key) if empty || self.span.line != self.span.end_line => key,
            _ => self.span,
        }
    }

    /// What it is, for messages.
    pub(crate) fn found(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Scalar(text, _) => format!("`{text}`"),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        }
    }
}

/// What a file or flag holds.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Absent for an empty text, or one that is not YAML.
    pub(crate) root: Option<Node>,
    pub(crate) problems: Vec<Problem>,
}

/// Turns bytes into text.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() > MAX_BYTES {
        return Err("is larger than 1 MiB, which no blueprint needs".to_owned());
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("is UTF-16, wanted UTF-8".to_owned());
    }
    if bytes.contains(&0) {
        return Err("is binary, wanted YAML".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        format!("is not UTF-8 on line {line}")
    })?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map_or_else(|| text.clone(), str::to_owned))
}

/// Reads one document.
pub(crate) fn parse(text: &str, source: usize) -> Parsed {
    let text = &*without_tabs(text);
    let mut builder = Builder {
        source,
        ..Builder::default()
    };
    let mut parser = Parser::new_from_str(text);
    match builder.read(&mut parser) {
        Ok(()) => {}
        Err(Stop::Syntax(error)) => {
            let place = builder.point(*error.marker());
            let tab = super::problem::lines(text)
                .nth(place.line - 1)
                .is_some_and(|line| line.trim_start_matches(' ').starts_with('\t'));
            let problem = Problem::at("", format!("not YAML: {}", error.info())).span(place);
            builder.root = None;
            builder.problems.push(if tab {
                problem.hint("indent with spaces, not tabs")
            } else {
                problem
            });
        }
        Err(Stop::Refused(problem)) => {
            builder.root = None;
            builder.problems.push(*problem);
        }
    }
    Parsed {
        root: builder.root,
        problems: builder.problems,
    }
}

/// JSON may be indented with tabs, which the YAML parser refuses: a space in their place changes no column.
fn without_tabs(text: &str) -> Cow<'_, str> {
    if !text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('{')
        || !text.contains('\t')
    {
        return Cow::Borrowed(text);
    }
    let (mut is_quoted, mut is_escaped) = (false, false);
    let replace = |character: char| {
        match character {
            '"' if !is_escaped => is_quoted = !is_quoted,
            '\t' if !is_quoted => return ' ',
            _ => {}
        }
        is_escaped = is_quoted && character == '\\' && !is_escaped;
        character
    };
    Cow::Owned(text.chars().map(replace).collect())
}

/// Why reading stopped.
enum Stop {
    Syntax(ScanError),
    Refused(Box<Problem>),
}

/// A list or map that is not closed yet.
struct Open {
    node: Node,
    anchor: usize,
    flow: bool,
    /// Key waiting for its value.
    key: Option<(String, Span)>,
    seen: HashSet<String>,
}

#[derive(Default)]
struct Builder {
    source: usize,
    open: Vec<Open>,
    root: Option<Node>,
    /// Finished values by anchor, with their number of values and bytes.
    anchors: HashMap<usize, (Node, usize, usize)>,
    n_documents: usize,
    n_nodes: usize,
    n_bytes: usize,
    problems: Vec<Problem>,
}

impl Builder {
    fn read(&mut self, parser: &mut Parser<'_, StrInput<'_>>) -> Result<(), Stop> {
        while let Some(event) = parser.next_event() {
            let (event, extent) = event.map_err(Stop::Syntax)?;
            self.event(event, extent)?;
        }
        Ok(())
    }

    fn point(&self, marker: Marker) -> Span {
        let (line, column) = (marker.line().max(1), marker.col() + 1);
        Span {
            source: self.source,
            line,
            column,
            end_line: line,
            end_column: column + 1,
        }
    }

    fn span(&self, extent: Extent) -> Span {
        let (start, end) = (extent.start, extent.end);
        Span {
            source: self.source,
            line: start.line().max(1),
            column: start.col() + 1,
            end_line: end.line().max(1),
            end_column: end.col() + 1,
        }
    }

    fn refuse(&self, extent: Extent, message: &str) -> Stop {
        Stop::Refused(Box::new(
            Problem::at("", message).span(self.point(extent.start)),
        ))
    }

    fn event(&mut self, event: Event<'_>, extent: Extent) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(_) => {
                self.n_documents += 1;
                if self.n_documents > 1 {
                    return Err(
                        self.refuse(extent, "a second document; a blueprint is one document")
                    );
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = self.tag(tag.as_deref(), extent)? || style != ScalarStyle::Plain;
                let null = !quoted && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                self.spend(1, text.len(), extent)?;
                let value = if null {
                    Value::Null
                } else {
                    Value::Scalar(text.into_owned(), !quoted)
                };
                self.place(Node::new(value, self.span(extent)), anchor, extent)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.tag(tag.as_deref(), extent)?;
                self.start(Value::List(Vec::new()), anchor, extent)?;
            }
            Event::MappingStart(anchor, tag) => {
                self.tag(tag.as_deref(), extent)?;
                self.start(Value::Map(Vec::new()), anchor, extent)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(extent)?,
            Event::Alias(anchor) => self.alias(anchor, extent)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    /// Accepts the tags of the core schema; says whether the value is text by tag.
    fn tag(&self, tag: Option<&Tag>, extent: Extent) -> Result<bool, Stop> {
        match tag {
            None => Ok(false),
            Some(tag) if tag.is_yaml_core_schema() => Ok(tag.suffix == "str"),
            Some(tag) => Err(self.refuse(
                extent,
                &format!("tag `{tag}` has no meaning in a blueprint"),
            )),
        }
    }

    fn spend(&mut self, n_nodes: usize, n_bytes: usize, extent: Extent) -> Result<(), Stop> {
        self.n_nodes += n_nodes;
        self.n_bytes += n_bytes;
        if self.n_nodes > MAX_NODES || self.n_bytes > MAX_TEXT {
            return Err(self.refuse(
                extent,
                "the blueprint holds too many values, aliases included",
            ));
        }
        Ok(())
    }

    fn start(&mut self, value: Value, anchor: usize, extent: Extent) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.refuse(extent, "nested too deeply"));
        }
        self.spend(1, 0, extent)?;
        if self
            .open
            .last()
            .is_some_and(|open| matches!(open.node.value, Value::Map(_)) && open.key.is_none())
        {
            return Err(self.refuse(extent, "a key must be a word, not a list or a map"));
        }
        let span = self.span(extent);
        let flow = (span.line, span.column) != (span.end_line, span.end_column);
        self.open.push(Open {
            node: Node::new(value, span),
            anchor,
            flow,
            key: None,
            seen: HashSet::new(),
        });
        Ok(())
    }

    fn end(&mut self, extent: Extent) -> Result<(), Stop> {
        let Some(Open {
            mut node,
            anchor,
            flow,
            ..
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let last = match &node.value {
            Value::List(items) => items.last(),
            Value::Map(entries) => entries.last().map(|(_, value)| value),
            _ => None,
        };
        let end = match last {
            _ if flow => Some(self.point(extent.start)), // the extent itself takes in blanks behind the bracket
            Some(last) if matches!(last.value, Value::Null) => Some(last.place()),
            last => last.map(|last| last.span),
        };
        if let Some(end) = end {
            (node.span.end_line, node.span.end_column) = (end.end_line, end.end_column);
        }
        if let Value::Map(entries) = &mut node.value {
            self.problems.extend(expand_merge_keys(entries));
        }
        self.place(node, anchor, extent)
    }

    fn alias(&mut self, anchor: usize, extent: Extent) -> Result<(), Stop> {
        let Some((node, n_nodes, n_bytes)) = self.anchors.get(&anchor) else {
            return Err(self.refuse(extent, "an alias inside the value that it stands for"));
        };
        let (node, n_nodes, n_bytes) = (node.clone(), *n_nodes, *n_bytes);
        self.spend(n_nodes, n_bytes, extent)?;
        if self.open.len() + depth(&node) > MAX_DEPTH {
            return Err(self.refuse(extent, "nested too deeply"));
        }
        self.place(node, 0, extent)
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, mut node: Node, anchor: usize, extent: Extent) -> Result<(), Stop> {
        if anchor > 0 {
            let (n_nodes, n_bytes) = weight(&node);
            self.spend(n_nodes, n_bytes, extent)?;
            self.anchors
                .insert(anchor, (node.clone(), n_nodes, n_bytes));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::List(items) if items.len() >= MAX_ITEMS => {
                let message = format!("a list of more than {MAX_ITEMS} items");
                return Err(self.refuse(extent, &message));
            }
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                Some((name, span)) => {
                    node.key = Some(span);
                    if name == "<<" || open.seen.insert(name.clone()) {
                        entries.push((name, node));
                    } else {
                        let first = entries
                            .iter()
                            .find(|(known, _)| *known == name)
                            .and_then(|(_, node)| node.key);
                        let line = first.map_or(0, |first| first.line);
                        let message =
                            format!("key `{name}` stands here twice; the first is on line {line}");
                        self.problems.push(Problem::at("", message).span(span));
                    }
                }
                None => {
                    let Value::Scalar(name, _) = node.value else {
                        return Err(self.refuse(extent, "a key must be a word"));
                    };
                    open.key = Some((name, node.span));
                }
            },
            Value::Null | Value::Scalar(..) => {}
        }
        Ok(())
    }
}

/// Number of values and bytes of text in a tree.
fn weight(node: &Node) -> (usize, usize) {
    let add = |sum: (usize, usize), (n_nodes, n_bytes): (usize, usize)| {
        (sum.0 + n_nodes, sum.1 + n_bytes)
    };
    match &node.value {
        Value::Null => (1, 0),
        Value::Scalar(text, _) => (1, text.len()),
        Value::List(items) => items.iter().map(weight).fold((1, 0), add),
        Value::Map(entries) => entries
            .iter()
            .map(|(name, node)| add(weight(node), (0, name.len())))
            .fold((1, 0), add),
    }
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Scalar(..) => 0,
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(entries) => {
            1 + entries
                .iter()
                .map(|(_, node)| depth(node))
                .max()
                .unwrap_or(0)
        }
    }
}

/// Replaces `<<: *defaults` by the entries of the maps it names; the map's own entries win.
fn expand_merge_keys(entries: &mut Vec<(String, Node)>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (merges, mut own): (Vec<_>, Vec<_>) = std::mem::take(entries)
        .into_iter()
        .partition(|(name, _)| name == "<<");
    for (_, merge) in merges {
        let place = merge.place();
        let maps = match merge.value {
            Value::List(items) => items,
            _ => vec![merge],
        };
        for map in maps {
            let Value::Map(inherited) = map.value else {
                problems.push(Problem::at("", "`<<` wants a map, or a list of maps").span(place));
                continue;
            };
            for (name, node) in inherited {
                if !own.iter().any(|(known, _)| *known == name) {
                    own.push((name, node));
                }
            }
        }
    }
    *entries = own;
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Node {
        let parsed = parse(text, 0);
        assert_eq!(parsed.problems, []);
        parsed.root.expect("a document")
    }

    #[track_caller]
    fn refuse(text: &str, message: &str, line: usize, column: usize) {
        let problems = parse(text, 0).problems;
        let found: Vec<_> = problems
            .iter()
            .map(|p| (p.message.as_str(), p.span.map(|s| (s.line, s.column))))
            .collect();
        assert_eq!(found, [(message, Some((line, column)))]);
    }

    fn extent(node: &Node) -> (usize, usize, usize, usize) {
        (
            node.span.line,
            node.span.column,
            node.span.end_line,
            node.span.end_column,
        )
    }

    #[test]
    fn knows_the_place_of_every_value() {
        let root =
            root("a: 6 parsecs  # far\nb:\n  c: { d: 1, e: [2] }\n  f: \"é x\"\ng:\n  - h\nn:\n");
        let at = |path: &[&str]| {
            path.iter()
                .fold(&root, |node, key| node.entry(key).expect(key))
        };
        assert_eq!(extent(at(&["a"])), (1, 4, 1, 13));
        assert_eq!(extent(at(&["b", "c"])), (3, 6, 3, 22));
        assert_eq!(extent(at(&["b", "c", "e"])), (3, 17, 3, 20));
        assert_eq!(extent(at(&["b", "f"])), (4, 6, 4, 11));
        assert_eq!(extent(at(&["b"])), (3, 3, 4, 11));
        assert_eq!(at(&["b"]).place(), at(&["b"]).key.expect("a key"));
        assert_eq!(extent(at(&["g"])), (6, 3, 6, 6));
        assert!(matches!(at(&["n"]).value, Value::Null));
        assert_eq!(at(&["n"]).place().line, 7);
    }

    #[test]
    fn aliases_and_merge_keys_are_expanded() {
        let root = root("base: &b { x: 1, y: 2 }\nuse: *b\nmerged: { <<: *b, y: 3 }\n");
        assert_eq!(
            root.get("use")
                .and_then(|node| node.get("x"))
                .and_then(Node::text),
            Some("1")
        );
        let merged = root.get("merged").expect("merged");
        assert_eq!(merged.get("y").and_then(Node::text), Some("3"));
        assert_eq!(merged.get("x").and_then(Node::text), Some("1"));
    }

    #[test]
    fn refuses_what_is_hostile_or_ambiguous() {
        refuse(
            "a: 1\nb: 2\na: 3\n",
            "key `a` stands here twice; the first is on line 1",
            3,
            1,
        );
        refuse(
            "a: 1\n---\nb: 1\n",
            "a second document; a blueprint is one document",
            2,
            1,
        );
        refuse(
            "a: !include x\n",
            "tag `!include` has no meaning in a blueprint",
            1,
            13,
        );
        refuse(
            "a: &x [*x]\n",
            "an alias inside the value that it stands for",
            1,
            8,
        );
        refuse(
            "? [a]\n: 1\n",
            "a key must be a word, not a list or a map",
            1,
            3,
        );
        refuse(&"[".repeat(60), "nested too deeply", 1, 33);
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (name, inner) in "bcdefghij".chars().zip("abcdefghi".chars()) {
            bomb += &format!(
                "{name}: &{name} [{}]\n",
                vec![format!("*{inner}"); 10].join(", ")
            );
        }
        let problems = parse(&bomb, 0).problems;
        assert_eq!(
            problems[0].message,
            "the blueprint holds too many values, aliases included"
        );
    }

    #[test]
    fn refuses_bytes_that_are_no_text() {
        assert!(decode(vec![b'a'; MAX_BYTES]).is_ok());
        for (bytes, message) in [
            (
                vec![b'a'; MAX_BYTES + 1],
                "is larger than 1 MiB, which no blueprint needs",
            ),
            (b"a\0b".to_vec(), "is binary, wanted YAML"),
            (b"a: 1\nb: \xff".to_vec(), "is not UTF-8 on line 2"),
            (b"\xff\xfea\0".to_vec(), "is UTF-16, wanted UTF-8"),
        ] {
            assert_eq!(decode(bytes), Err(message.to_owned()));
        }
        assert_eq!(decode(b"\xef\xbb\xbfa: 1".to_vec()), Ok("a: 1".to_owned()));
    }
}
