//! The blocks, attributes, objects and lists of HCL, by lines.

use std::ops::Range;

use hcl_edit::{
    Span as _,
    expr::{Expression, ObjectKey},
    structure::{Block, Body, Structure},
};

use crate::syntax::outline::{Kind, LineIndex, NAMES, Region};

/// What stands in a file, if it is HCL.
pub(in crate::syntax) fn regions(text: &str) -> Option<Vec<Region>> {
    let body = hcl_edit::parser::parse_body(text).ok()?;
    let reader = Reader {
        text,
        index: LineIndex::of(text),
    };
    reader.body(&body)
}

/// What is in an object or a list.
type Inner = (Kind, Vec<Region>);

struct Reader<'t> {
    text: &'t str,
    index: LineIndex,
}

impl Reader<'_> {
    fn body(&self, body: &Body) -> Option<Vec<Region>> {
        body.iter()
            .map(|structure| self.structure(structure))
            .collect()
    }

    fn structure(&self, structure: &Structure) -> Option<Region> {
        match structure {
            Structure::Attribute(attribute) => {
                let lines = self.index.lines(&attribute.span()?);
                Some(self.valued(attribute.key.to_string(), lines, &attribute.value))
            }
            Structure::Block(block) => self.block(block),
        }
    }

    fn block(&self, block: &Block) -> Option<Region> {
        let lines = self.index.lines(&block.span()?);
        let mut key = block.ident.to_string();
        for label in &block.labels {
            key.push(' ');
            key.push_str(label.as_str());
        }
        if block.labels.is_empty() {
            key.push_str(&self.name_in(&block.body));
        }
        let inner = if lines.len() > 1 {
            self.body(&block.body).map(|regions| (Kind::Map, regions))
        } else {
            None
        };
        Some(Region {
            key,
            lines,
            n_head: 1,
            n_tail: 1,
            inner,
        })
    }

    /// What tells a block without labels from others of its kind.
    fn name_in(&self, body: &Body) -> String {
        let named = NAMES.iter().find_map(|name| body.get_attribute(name));
        named
            .and_then(|attribute| attribute.value.span())
            .map_or(String::new(), |span| format!(" {}", &self.text[span]))
    }

    /// A name and its value, which may be looked into where it begins on the first line and ends on the last.
    fn valued(&self, key: String, lines: Range<usize>, value: &Expression) -> Region {
        let inner = self.inner(value).filter(|(inside, _)| *inside == lines);
        Region {
            key,
            lines,
            n_head: 1,
            n_tail: 1,
            inner: inner.map(|(_, inner)| inner),
        }
    }

    /// The lines of an object or a list, and what is in it.
    fn inner(&self, value: &Expression) -> Option<(Range<usize>, Inner)> {
        let lines = self.index.lines(&value.span()?);
        if lines.len() < 3 {
            return None;
        }
        let inner = match value {
            Expression::Object(object) => {
                let items = object.iter().map(|(key, value)| {
                    let span = key_span(key)?.start..value.expr().span()?.end;
                    let name = match key {
                        ObjectKey::Ident(name) => name.to_string(),
                        ObjectKey::Expression(name) => self.text[name.span()?].to_owned(),
                    };
                    Some(self.valued(name, self.index.lines(&span), value.expr()))
                });
                (Kind::Map, items.collect::<Option<_>>()?)
            }
            Expression::Array(array) => {
                let items = array.iter().map(|item| {
                    let span = item.span()?;
                    Some(self.valued(self.item_name(item, &span), self.index.lines(&span), item))
                });
                (Kind::List, items.collect::<Option<_>>()?)
            }
            _ => return None,
        };
        Some((lines, inner))
    }

    fn item_name(&self, item: &Expression, span: &Range<usize>) -> String {
        let named = match item {
            Expression::Object(object) => object.iter().find_map(|(key, value)| match key {
                ObjectKey::Ident(name) if NAMES.contains(&name.as_str()) => value.expr().span(),
                _ => None,
            }),
            _ => None,
        };
        self.text[named.unwrap_or_else(|| span.clone())]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn key_span(key: &ObjectKey) -> Option<Range<usize>> {
    match key {
        ObjectKey::Ident(name) => name.span(),
        ObjectKey::Expression(name) => name.span(),
    }
}
