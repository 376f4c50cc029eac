//! Rules for every built-in template: they lay out, and compute nothing.

use loadpath::render::templates::{self, Dialect};

/// A tag of a template: line from 1 and what stands between its delimiters, texts in quotes taken out.
fn tags(dialect: Dialect, text: &str) -> Vec<(usize, String)> {
    let delimiters = match dialect {
        Dialect::Braces => [("{{", "}}"), ("{%", "%}")],
        Dialect::Brackets => [("[[", "]]"), ("[%", "%]")],
        Dialect::Verbatim => return Vec::new(),
    };
    let mut tags = Vec::new();
    for (open, close) in delimiters {
        let mut at = 0;
        while let Some(found) = text[at..].find(open) {
            let start = at + found + open.len();
            let Some(length) = text[start..].find(close) else {
                break;
            };
            let inside = text[start..start + length].trim_matches(['-', '+']);
            let line = text[..start].matches('\n').count() + 1;
            tags.push((line, without_quotes(inside)));
            at = start + length + close.len();
        }
    }
    tags
}

fn without_quotes(tag: &str) -> String {
    let mut kept = String::new();
    let mut quote = None;
    let mut characters = tag.chars();
    while let Some(character) = characters.next() {
        match quote {
            Some(_) if character == '\\' => drop(characters.next()),
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if character == '"' || character == '\'' => quote = Some(character),
            None => kept.push(character),
        }
    }
    kept
}

fn arithmetic(tag: &str) -> Option<&'static str> {
    ["+", "*", "/", "%", " - "]
        .into_iter()
        .find(|operator| tag.contains(operator))
}

/// A size that is compared as a whole: it is a record, so the comparison is always false.
fn compared_whole(tag: &str) -> Option<&str> {
    let words: Vec<&str> = tag.split_whitespace().collect();
    let compares = |word: &str| ["==", "!=", "<", ">", "<=", ">="].contains(&word);
    words.iter().enumerate().find_map(|(idx, word)| {
        let operand = word.trim_matches(['(', ')']);
        let is_size =
            operand.contains("size.") && !operand.ends_with(".value") && !operand.contains('|');
        let beside = idx
            .checked_sub(1)
            .is_some_and(|before| compares(words[before]))
            || words.get(idx + 1).is_some_and(|next| compares(next));
        (is_size && beside).then_some(operand)
    })
}

#[test]
fn templates_compute_nothing() {
    let mut wrong = Vec::new();
    for (path, text) in templates::all() {
        for (line, tag) in tags(Dialect::of(path), text) {
            if let Some(operator) = arithmetic(&tag) {
                wrong.push(format!(
                    "{path}:{line}: `{operator}` in `{tag}`: ask for a quantity"
                ));
            }
            if let Some(size) = compared_whole(&tag) {
                wrong.push(format!("{path}:{line}: compare `{size}.value`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rules_see_what_they_forbid() {
    let text =
        "{{ a }}\n{% if env.size.a.b > 1 and c == 'a + b' and d == \"\\\"/\" %}\n{{- n - 1 -}}\n";
    let tags = tags(Dialect::Braces, text);
    let found: Vec<_> = tags
        .iter()
        .map(|(line, tag)| (*line, arithmetic(tag), compared_whole(tag)))
        .collect();
    assert_eq!(
        found,
        [
            (1, None, None),
            (3, Some(" - "), None),
            (2, None, Some("env.size.a.b"))
        ],
    );
    assert_eq!(compared_whole("if env.size.a.value > 1"), None);
}

#[test]
fn built_in_templates_are_found_by_path() {
    for (path, text) in templates::all() {
        assert_eq!(templates::built_in(path), Some(text));
    }
    assert_eq!(templates::built_in("no/such.j2"), None);
}
