//! YAML.

pub(super) mod outline;

use std::collections::BTreeSet;

use saphyr_parser::{Event, Marker, Parser, ScanError};

use super::Malformed;

/// Reads a stream of any number of documents.
///
/// # Errors
/// Where it is no YAML, or a key stands twice in one mapping.
pub fn parse(text: &str) -> Result<(), Malformed> {
    let mut open: Vec<Collection> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| unreadable(&error))?;
        match event {
            Event::Scalar(key, ..) if expects_key(&open) => {
                add_key(&mut open, key.into_owned(), span.start)?;
            }
            Event::Scalar(..) | Event::Alias(_) => end_value(&mut open),
            Event::SequenceStart(..) => open.push(Collection::Sequence),
            Event::MappingStart(..) => open.push(Collection::Mapping {
                keys: BTreeSet::new(),
                expects_key: true,
            }),
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
                end_value(&mut open);
            }
            _ => {}
        }
    }
    Ok(())
}

enum Collection {
    Sequence,
    Mapping {
        keys: BTreeSet<String>,
        expects_key: bool,
    },
}

fn expects_key(open: &[Collection]) -> bool {
    matches!(
        open.last(),
        Some(Collection::Mapping {
            expects_key: true,
            ..
        })
    )
}

fn add_key(open: &mut [Collection], key: String, at: Marker) -> Result<(), Malformed> {
    if let Some(Collection::Mapping { keys, expects_key }) = open.last_mut() {
        if keys.contains(&key) {
            return Err(malformed(
                at,
                format!("key `{key}` stands twice in one mapping"),
            ));
        }
        keys.insert(key);
        *expects_key = false;
    }
    Ok(())
}

/// A node is over: where it was a key, its value comes next, and the other way round.
fn end_value(open: &mut [Collection]) {
    if let Some(Collection::Mapping { expects_key, .. }) = open.last_mut() {
        *expects_key = !*expects_key;
    }
}

fn unreadable(error: &ScanError) -> Malformed {
    malformed(*error.marker(), error.info().to_owned())
}

fn malformed(at: Marker, message: String) -> Malformed {
    Malformed {
        line: at.line(),
        column: at.col() + 1,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_taken() {
        assert_eq!(
            parse("---\na: {b: [1, c]}\nd: |\n  e: f: g\n---\na: 1\n"),
            Ok(())
        );
        assert_eq!(parse("a: &x {k: 1}\nb: *x\n? [c]\n: d\n"), Ok(()));
    }

    #[test]
    fn a_key_stands_once() {
        let error = parse("a:\n  b: 1\n  c: {d: 1}\n  b: 2\n").expect_err("twice");
        assert_eq!(
            error.to_string(),
            "line 4, column 3: key `b` stands twice in one mapping"
        );
        assert_eq!(parse("- a: 1\n- a: 1\n"), Ok(()));
    }

    #[test]
    fn mistakes_are_placed() {
        let error = parse("a: 1\nb: [c\nd: e\n").expect_err("not closed");
        assert_eq!(error.line, 3, "{error}");
    }
}
