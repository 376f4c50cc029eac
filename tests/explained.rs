//! Every number in a sized file comes from the ledger, and says why.

mod planned;
mod trees;

use std::collections::{BTreeMap, BTreeSet};

use loadpath::{ledger::Origin, pipeline::Plan, render::File};
use trees::{Case, cases};

/// Numbers that no sizing decides, by the end of a file's path and a part of the line: each with its reason.
const STRUCTURE: &[(&str, &str, &str)] = &[
    (
        "sizing.yaml",
        "stabilizationWindowSeconds: 0",
        "growing never waits",
    ),
    (
        "sizing.yaml",
        "type: Percent, value:",
        "the period over which the share counts",
    ),
    (
        "sizing.yaml",
        "failureThreshold: 4",
        "looks that fail before the fallback: a minute of them",
    ),
    (
        ".tfvars",
        "zones = {",
        "slots of the address plan, for good",
    ),
    (
        ".tfvars",
        "version = 1",
        "of a generated secret: raised by a person to rotate it",
    ),
    (
        ".tfvars",
        "weight =",
        "order in which Karpenter tries its pools",
    ),
    (".tfvars", "account_id", "an account's number"),
    (".tfvars", "admin_role_arns", "an account's number"),
    (".tfvars", "repository_owner_id", "an owner's number"),
    (".tfvars", "major_version", "of the database engine"),
    (".tfvars", "cost", "the owner's own cost centre"),
];

/// A number in a line: where it begins (from 1, in characters), and its text.
#[derive(Debug)]
struct Number {
    column: usize,
    text: String,
}

/// Where the comment of a line begins, if it has one.
fn comment(path: &str, line: &str) -> Option<usize> {
    let extension = path.rsplit('.').next().unwrap_or_default();
    let marks: &[&str] = match extension {
        "json" | "md" => return None,
        "js" | "ts" | "go" | "java" => &["//", " * ", "/*"],
        "sql" => &["--"],
        "ini" => &[";", "#"],
        _ => &["#"],
    };
    marks
        .iter()
        .filter_map(|mark| {
            let at = line.find(mark)?;
            let before = line[..at].trim_end();
            // A mark within a word or a quoted text is none.
            let outside = before.matches('"').count().is_multiple_of(2);
            let apart = at == 0 || line[..at].ends_with(' ') || before.is_empty();
            (outside && apart).then_some(at)
        })
        .min()
}

/// Numbers of a line that stand for themselves: no part of a name, an address or a version.
fn numbers(line: &str) -> Vec<Number> {
    let characters: Vec<char> = line.chars().collect();
    let in_word = |character: char| character.is_alphanumeric() || "_-./:@$".contains(character);
    let mut found = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        if !in_word(characters[at]) {
            at += 1;
            continue;
        }
        let begin = at;
        while at < characters.len() && in_word(characters[at]) {
            at += 1;
        }
        let word: String = characters[begin..at].iter().collect();
        for (offset, part) in parts(&word) {
            found.push(Number {
                column: begin + offset + 1,
                text: part,
            });
        }
    }
    found
}

/// The numbers of one word: itself, with its sign and unit, or both sides of a pair such as `key:12`.
fn parts(word: &str) -> Vec<(usize, String)> {
    let mut parts = Vec::new();
    let mut begin = 0;
    for part in word.split(':') {
        let trimmed = part
            .trim_start_matches(['-', '/'])
            .trim_end_matches(['.', '-', '/']);
        let offset = begin + part.len() - part.trim_start_matches(['-', '/']).len();
        if is_number(trimmed) {
            parts.push((word[..offset].chars().count(), trimmed.to_owned()));
        }
        begin += part.len() + 1;
    }
    parts
}

/// Digits with at most one point and a unit behind them: `12`, `0.5`, `512Mi`, `15s`, `250m`.
fn is_number(word: &str) -> bool {
    let unit =
        word.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    let digits = &word[..word.len() - unit.len()];
    let plain = digits.starts_with(|character: char| character.is_ascii_digit())
        && digits.matches('.').count() <= 1;
    let units = [
        "", "s", "m", "h", "d", "ms", "Mi", "Gi", "Ti", "MiB", "GiB", "k", "x", "M", "G", "MB",
        "GB", "kB", "min", "mb", "gb",
    ];
    plain && units.contains(&unit)
}

/// Whether a file is a sizing sheet: what terraform and the cluster take their numbers from. Rules, tests and documents print
/// quantities too, among periods and positions of their own language.
fn is_sheet(path: &str) -> bool {
    path.ends_with(".tfvars") || path.ends_with("sizing.yaml")
}

fn is_structure(path: &str, line: &str) -> bool {
    STRUCTURE
        .iter()
        .any(|(file, part, _)| path.contains(file) && line.contains(part))
}

/// Lines with a number that no quantity printed.
fn unexplained(path: &str, file: &File) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    for (idx, line) in file.text.lines().enumerate() {
        let code: String = match comment(path, line) {
            Some(at) => line[..at].to_owned(),
            None => line.to_owned(),
        };
        let printed: Vec<_> = file
            .quantities
            .iter()
            .filter(|quantity| quantity.line == idx + 1)
            .collect();
        for number in numbers(&code) {
            let covered = printed.iter().any(|quantity| {
                quantity.column < number.column + number.text.len()
                    && number.column < quantity.column + quantity.width
            });
            if !covered && !is_structure(path, line) {
                found.push((idx + 1, number.text, line.trim().to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_number_of_a_sized_file_is_a_quantity() {
    let mut lines: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Case {
        name, tree, sized, ..
    } in cases()
    {
        for path in sized.iter().filter(|path| is_sheet(path)) {
            for (line, number, text) in unexplained(path, &tree.files[path]) {
                lines
                    .entry(format!("{number}  in  {text}"))
                    .or_default()
                    .insert(format!("{name}/{path}:{line}"));
            }
        }
    }
    let report: String = lines
        .iter()
        .map(|(what, places)| {
            let first = places.iter().next().expect("a line stands somewhere");
            format!("{what}\n      {first} and {} more\n", places.len() - 1)
        })
        .collect();
    assert!(
        lines.is_empty(),
        "{} numbers come from no quantity:\n{report}",
        lines.len()
    );
}

#[test]
fn every_quantity_that_is_printed_has_a_derivation_and_a_reason() {
    let mut wrong = BTreeSet::new();
    for Case {
        plans,
        blueprint,
        tree,
        ..
    } in cases()
    {
        for (path, file) in &tree.files {
            let is_of = |plan: &&Plan| path.starts_with(&format!("{}/", plan.cloud.name()));
            let plan = plans.iter().find(is_of).unwrap_or(&plans[0]);
            for quantity in &file.quantities {
                let environment = blueprint
                    .environments
                    .iter()
                    .position(|one| one.name == quantity.environment)
                    .unwrap_or_else(|| panic!("{path} prints for `{}`", quantity.environment));
                let known = plan.sizings[environment].ledger.get(&quantity.name);
                let known = known.unwrap_or_else(|| panic!("{path} prints {}", quantity.name));
                let computed = known.derivation.origin == Origin::Computed;
                if computed && known.derivation.formula.is_empty() {
                    wrong.insert(format!("{} has neither formula nor origin", quantity.name));
                }
                if computed && known.why.is_empty() {
                    wrong.insert(format!("{} has no reason", quantity.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn numbers_are_told_from_names() {
    let texts = |line: &str| -> Vec<String> {
        numbers(line)
            .into_iter()
            .map(|number| number.text)
            .collect()
    };
    assert_eq!(texts("min = 3, max = 4.5"), ["3", "4.5"]);
    assert_eq!(texts("cpu: 250m memory: \"512Mi\""), ["250m", "512Mi"]);
    assert!(texts("type = \"n2-standard-8\" # s00 v1.33 10.0.0.0/16 s3").len() <= 1);
    assert_eq!(
        texts("rate: { target: 1200, duration: '5m' }"),
        ["1200", "5m"]
    );
    assert_eq!(comment("a.yaml", "x: 1 # 2"), Some(5));
    assert_eq!(comment("a.yaml", "x: \"#1\""), None);
}
