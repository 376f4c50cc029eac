//! The documents, mappings and sequences of YAML, by lines. Flow collections are not looked into.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::syntax::outline::{Kind, NAMES, Region};

/// The documents of a stream, if it is YAML.
pub(in crate::syntax) fn documents(text: &str) -> Option<Vec<Region>> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let events: Vec<(Event<'_>, Span)> =
        Parser::new_from_str(text).collect::<Result<_, _>>().ok()?;
    let mut reader = Reader {
        lines,
        events: events.into_iter().peekable(),
    };
    let mut documents = Vec::new();
    let mut explicit = None;
    while let Some((event, span)) = reader.events.next() {
        match event {
            Event::DocumentStart(is_explicit) => explicit = is_explicit.then(|| line_of(&span)),
            Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => {}
            event => {
                let node = reader.node(event, span)?;
                documents.push(document(node, explicit));
            }
        }
    }
    let n_lines = reader.lines.len();
    own_comments(&mut documents, &reader.lines, n_lines, &|_| 0);
    Some(documents)
}

/// Gives comments right below an entry, and further in than it, to the entry: they are about what is in it, not about the next one.
/// An entry begins at the column that `column` finds in its first line.
fn own_comments(
    regions: &mut [Region],
    lines: &[&str],
    end: usize,
    column: &dyn Fn(&str) -> usize,
) {
    for idx in 0..regions.len() {
        let end = regions.get(idx + 1).map_or(end, |next| next.lines.start);
        let region = &mut regions[idx];
        let begin = lines.get(region.lines.start).map_or(0, |line| column(line));
        while region.lines.end < end
            && lines
                .get(region.lines.end)
                .is_some_and(|line| line.trim_start().starts_with('#') && indentation(line) > begin)
        {
            region.lines.end += 1;
        }
        let end = region.lines.end;
        match &mut region.inner {
            Some((Kind::Map, inner)) => own_comments(inner, lines, end, &key_column),
            Some((Kind::List, inner)) => own_comments(inner, lines, end, &indentation),
            None => {}
        }
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Where a key begins that may stand behind a dash.
fn key_column(line: &str) -> usize {
    let key = line.trim_start_matches(|c: char| c == '-' || c.is_whitespace());
    line.len() - key.len()
}

/// The only document's entries, where there is but one without a `---`.
pub(in crate::syntax) fn only(documents: &mut [Region]) -> Option<(Kind, Vec<Region>)> {
    match &mut documents[..] {
        [only] if only.n_head == 0 => only.inner.take(),
        _ => None,
    }
}

fn document(node: Value, separator: Option<usize>) -> Region {
    let start = separator.unwrap_or(node.start);
    Region {
        key: node.name(),
        lines: start..node.end,
        n_head: usize::from(separator.is_some()),
        n_tail: 0,
        inner: node.inner,
    }
}

/// A node of the stream: from the line of its first character to behind its last.
struct Value {
    start: usize,
    end: usize,
    scalar: Option<String>,
    /// Scalar values by key, as far as the node is a mapping.
    names: Vec<(String, String)>,
    inner: Option<(Kind, Vec<Region>)>,
}

impl Value {
    /// What tells the node from others in a sequence.
    fn name(&self) -> String {
        let named = NAMES
            .iter()
            .find_map(|name| self.names.iter().find(|(key, _)| key == name));
        match named {
            Some((key, value)) => format!("{key}={value}"),
            None => self.scalar.clone().unwrap_or_default(),
        }
    }
}

struct Reader<'t> {
    lines: Vec<&'t str>,
    events: std::iter::Peekable<std::vec::IntoIter<(Event<'t>, Span)>>,
}

fn line_of(span: &Span) -> usize {
    span.start.line() - 1
}

impl Reader<'_> {
    fn node(&mut self, event: Event<'_>, span: Span) -> Option<Value> {
        let start = line_of(&span);
        match event {
            Event::Scalar(text, style, ..) => {
                let end = self.scalar_end(&span, style);
                Some(Value {
                    start,
                    end,
                    scalar: Some(text.into_owned()),
                    names: Vec::new(),
                    inner: None,
                })
            }
            Event::MappingStart(..) => self.mapping(start, self.is_block(&span)),
            Event::SequenceStart(..) => self.sequence(start, self.is_block(&span)),
            _ => Some(Value {
                start,
                end: start + 1,
                scalar: None,
                names: Vec::new(),
                inner: None,
            }),
        }
    }

    /// Whether a collection is laid out by lines: no bracket, anchor or tag begins it.
    fn is_block(&self, span: &Span) -> bool {
        let rest = self
            .lines
            .get(line_of(span))
            .and_then(|line| line.chars().nth(span.start.col()));
        !matches!(rest, Some('{' | '[' | '&' | '!'))
    }

    /// Behind the last line of a scalar; what follows a block scalar's text is not its own.
    fn scalar_end(&self, span: &Span, style: ScalarStyle) -> usize {
        let start = line_of(span);
        let mut end = if span.end.col() == 0 {
            span.end.line() - 1
        } else {
            span.end.line()
        };
        if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            while end > start + 1
                && self
                    .lines
                    .get(end - 1)
                    .is_none_or(|line| line.trim().is_empty())
            {
                end -= 1;
            }
        }
        end.max(start + 1)
    }

    fn mapping(&mut self, start: usize, is_block: bool) -> Option<Value> {
        let (mut regions, mut names, mut end) = (Vec::new(), Vec::new(), start + 1);
        loop {
            let (event, span) = self.events.next()?;
            if event == Event::MappingEnd {
                end = end.max(if is_block { 0 } else { span.start.line() });
                break;
            }
            let key = self.node(event, span)?;
            let (event, span) = self.events.next()?;
            let value = self.node(event, span)?;
            end = end.max(value.end).max(key.end);
            // A value of nothing is placed by the scanner wherever it looked for one.
            let is_nothing = value.scalar.as_ref().is_some_and(String::is_empty);
            let region_end = if is_nothing {
                key.end
            } else {
                value.end.max(key.end)
            };
            let name = key.scalar.unwrap_or_default();
            if let Some(scalar) = &value.scalar {
                names.push((name.clone(), scalar.clone()));
            }
            let begins_below = value.start > key.start;
            let inner = value
                .inner
                .filter(|_| begins_below && key.end == key.start + 1);
            regions.push(Region {
                key: name,
                lines: key.start..region_end,
                n_head: 1,
                n_tail: 0,
                inner,
            });
        }
        if let Some(last) = regions.last().filter(|_| is_block) {
            end = last.lines.end;
        }
        let inner = (is_block && !regions.is_empty()).then_some((Kind::Map, regions));
        Some(Value {
            start,
            end,
            scalar: None,
            names,
            inner,
        })
    }

    fn sequence(&mut self, start: usize, is_block: bool) -> Option<Value> {
        let (mut regions, mut end) = (Vec::new(), start + 1);
        let mut has_dashes = true;
        loop {
            let (event, span) = self.events.next()?;
            if event == Event::SequenceEnd {
                end = end.max(if is_block { 0 } else { span.start.line() });
                break;
            }
            let item = self.node(event, span)?;
            let line = self
                .lines
                .get(item.start)
                .map_or("", |line| line.trim_start());
            has_dashes &= line.starts_with('-') && !line.starts_with("- -");
            end = end.max(item.end);
            let mut key = item.name();
            if key.is_empty() {
                key = self.lines.get(item.start..item.end)?.concat();
            }
            regions.push(Region {
                key,
                lines: item.start..item.end,
                n_head: 0,
                n_tail: 0,
                inner: item.inner,
            });
        }
        if let Some(last) = regions.last().filter(|_| is_block) {
            end = last.lines.end;
        }
        let inner =
            (is_block && has_dashes && !regions.is_empty()).then_some((Kind::List, regions));
        Some(Value {
            start,
            end,
            scalar: None,
            names: Vec::new(),
            inner,
        })
    }
}
