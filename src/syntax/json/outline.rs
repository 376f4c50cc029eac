//! The objects and lists of JSON, by lines, and the commas between their entries.

use std::ops::Range;

use crate::syntax::outline::{Kind, LineIndex, NAMES, Region};

/// What stands in a document, if it is JSON.
pub(in crate::syntax) fn region(text: &str) -> Option<Region> {
    super::parse(text).ok()?;
    let index = LineIndex::of(text);
    let mut scanner = Scanner { text, at: 0 };
    let value = scanner.value()?;
    Some(scanned(&index, String::new(), value.bytes.clone(), value))
}

/// The text with a comma after every entry but the last, wherever edits have left one too many or too few.
pub(in crate::syntax) fn with_commas(text: &str) -> String {
    let mut fixed = String::with_capacity(text.len() + 16);
    // Where a comma would go if another entry follows, and whether there is one.
    let mut value_end: Option<usize> = None;
    let mut comma: Option<usize> = None;
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        let length = token(&text[at..]);
        let token = &text[at..at + length];
        at += length;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => fixed.push_str(token),
            b',' => {
                if comma.is_none() && value_end.is_some() {
                    comma = Some(fixed.len());
                    fixed.push(',');
                }
            }
            b'}' | b']' => {
                if let Some(comma) = comma.take() {
                    fixed.remove(comma);
                }
                fixed.push_str(token);
                value_end = Some(fixed.len());
            }
            b':' => {
                fixed.push_str(token);
                (value_end, comma) = (None, None);
            }
            _ => {
                if let (Some(end), None) = (value_end, comma) {
                    fixed.insert(end, ',');
                }
                fixed.push_str(token);
                comma = None;
                value_end = if matches!(byte, b'{' | b'[') {
                    None
                } else {
                    Some(fixed.len())
                };
            }
        }
    }
    fixed
}

/// Length of the token or of the white space at the beginning of the text.
fn token(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes[0] {
        b'"' => {
            let mut at = 1;
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            ceil(text, at + 1)
        }
        b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
        byte if byte.is_ascii_whitespace() => bytes
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count(),
        _ => {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || b"{}[],:\"".contains(byte);
            bytes.iter().position(ends).unwrap_or(bytes.len())
        }
    }
}

fn ceil(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

struct Value {
    bytes: Range<usize>,
    kind: Option<Kind>,
    entries: Vec<(String, Range<usize>, Value)>,
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    /// The next token that is no white space, with its place.
    fn next(&mut self) -> Option<(&'t str, usize)> {
        while let Some(rest) = self.text.get(self.at..).filter(|rest| !rest.is_empty()) {
            let start = self.at;
            self.at += token(rest);
            let found = &self.text[start..self.at];
            if !found.trim().is_empty() {
                return Some((found, start));
            }
        }
        None
    }

    fn value(&mut self) -> Option<Value> {
        let (first, start) = self.next()?;
        self.value_from(first, start)
    }

    fn value_from(&mut self, first: &str, start: usize) -> Option<Value> {
        let kind = match first {
            "{" => Kind::Map,
            "[" => Kind::List,
            _ => {
                return Some(Value {
                    bytes: start..self.at,
                    kind: None,
                    entries: Vec::new(),
                });
            }
        };
        let mut entries = Vec::new();
        loop {
            let (token, at) = self.next()?;
            match token {
                "}" | "]" => {
                    return Some(Value {
                        bytes: start..self.at,
                        kind: Some(kind),
                        entries,
                    });
                }
                "," => {}
                key if kind == Kind::Map => {
                    self.next()?;
                    let value = self.value()?;
                    entries.push((key.to_owned(), at..value.bytes.end, value));
                }
                first => {
                    let value = self.value_from(first, at)?;
                    let name = self.item_name(&value);
                    entries.push((name, value.bytes.clone(), value));
                }
            }
        }
    }

    fn item_name(&self, value: &Value) -> String {
        let named = NAMES.iter().find_map(|name| {
            let mut entries = value.entries.iter();
            entries
                .find(|(key, ..)| value.kind == Some(Kind::Map) && key.trim_matches('"') == *name)
        });
        let bytes = named.map_or(&value.bytes, |(_, bytes, _)| bytes);
        self.text[bytes.clone()]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn scanned(index: &LineIndex, key: String, bytes: Range<usize>, value: Value) -> Region {
    let lines = index.lines(&bytes);
    let opens_first = index.lines(&value.bytes) == lines;
    let inner = value
        .kind
        .filter(|_| opens_first && lines.len() > 2)
        .map(|kind| {
            let entry = |(key, bytes, value)| scanned(index, key, bytes, value);
            (kind, value.entries.into_iter().map(entry).collect())
        });
    Region {
        key,
        lines,
        n_head: 1,
        n_tail: 1,
        inner,
    }
}

#[cfg(test)]
mod tests {
    use super::with_commas;

    #[test]
    fn commas_stand_between_entries_only() {
        let check = |text: &str, expected: &str| assert_eq!(with_commas(text), expected);
        check(
            "{\n  \"a\": 1\n  \"b\": [1, 2],\n}\n",
            "{\n  \"a\": 1,\n  \"b\": [1, 2]\n}\n",
        );
        check("[{} {}, [] \"a,\\\"\",]", "[{}, {}, [], \"a,\\\"\"]");
        check(
            "{\"é\": {\"a\": true \"b\": null}}",
            "{\"é\": {\"a\": true, \"b\": null}}",
        );
        check("[]\n", "[]\n");
    }
}
