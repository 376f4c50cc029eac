//! The walls between modules: `src/` is read as text, and a `use crate::…` that the table does not allow fails.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each module and the modules it may use. Shared vocabulary: `units`, `component`, `ledger`, `constants`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("component", &[]),
    // Pins of a person are part of what the ledger keeps.
    ("ledger", &["units", "blueprint"]),
    ("constants", &["ledger", "units"]),
    ("blueprint", &["units", "component"]),
    // `blueprint::Cloud` names the clouds; grades and origins are the ledger's; tables give the constants of the model.
    ("catalog", &["units", "ledger", "blueprint", "constants"]),
    ("demand", &["blueprint", "units", "ledger", "constants"]),
    (
        "sizing",
        &[
            "demand",
            "catalog",
            "blueprint",
            "units",
            "component",
            "sharding",
            "ledger",
            "constants",
            "sides",
        ],
    ),
    (
        "sides",
        &["blueprint", "catalog", "component", "constants", "units"],
    ),
    ("sharding", &["units"]),
    (
        "cost",
        &[
            "sizing",
            "catalog",
            "ledger",
            "blueprint",
            "units",
            "component",
            "constants",
        ],
    ),
    (
        "compose",
        &[
            "sizing",
            "sides",
            "cost",
            "sharding",
            "blueprint",
            "catalog",
            "units",
            "component",
            "ledger",
        ],
    ),
    ("syntax", &[]),
    ("render", &["compose", "syntax", "component"]),
    // Ownership says how a file is merged; findings are what it says about one.
    (
        "reconcile",
        &["render", "syntax", "compose", "component", "report"],
    ),
    (
        "risk",
        &[
            "sizing",
            "reconcile",
            "syntax",
            "ledger",
            "units",
            "component",
        ],
    ),
    (
        "simulate",
        &["sizing", "demand", "ledger", "units", "constants"],
    ),
    (
        "report",
        &[
            "units",
            "component",
            "ledger",
            "constants",
            "blueprint",
            "catalog",
            "demand",
            "sizing",
            "sharding",
            "cost",
            "compose",
            "render",
            "reconcile",
            "risk",
            "simulate",
            "pipeline",
        ],
    ),
    // Files of a repository, and what git says of them.
    ("project", &[]),
    (
        "pipeline",
        &[
            "blueprint",
            "sides",
            "catalog",
            "demand",
            "sizing",
            "sharding",
            "cost",
            "compose",
            "render",
            "ledger",
            "units",
            "component",
        ],
    ),
];

/// Modules that stand at the edge and may use everything.
const EDGES: &[&str] = &["cli", "main", "lib"];

/// A file longer than this, tests aside, is several files.
const MAX_LINES: usize = 700;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file of `src/`: path below it, and its text without tests.
fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(source()).sort_by_file_name() {
        let entry = entry.expect("src is readable");
        let path = entry
            .path()
            .strip_prefix(source())
            .expect("found below it")
            .to_string_lossy()
            .replace('\\', "/");
        if path.ends_with(".rs") && !path.ends_with("tests.rs") && !path.contains("/tests/") {
            let text = fs::read_to_string(entry.path()).expect("sources are text");
            let own = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
            files.push((path, own.to_owned()));
        }
    }
    files
}

fn module(path: &str) -> &str {
    path.split('/')
        .next()
        .map_or("", |first| first.trim_end_matches(".rs"))
}

/// Modules named by `crate::x` and `crate::{x::…, y}` outside comments.
fn used(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    let mut used = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            None => used.extend(name(rest)),
            Some(group) => used.extend(first_names(group)),
        }
    }
    used
}

fn name(text: &str) -> Option<String> {
    let name: String = text
        .trim_start()
        .chars()
        .take_while(|c| c.is_ascii_lowercase() || *c == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// First names of the paths between the outermost braces.
fn first_names(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names: Vec<String> = name(group).into_iter().collect();
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.extend(name(&group[at + 1..])),
            _ => {}
        }
    }
    names
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for (path, text) in files() {
        let module = module(&path);
        if EDGES.contains(&module) {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{path}: module `{module}` is not in the table"));
            continue;
        };
        for other in used(&text) {
            if other != module && !allowed.contains(&other.as_str()) {
                wrong.push(format!("{path}: `{module}` may not use `{other}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_prints_and_reads_the_environment() {
    let mut wrong = Vec::new();
    for (path, text) in files() {
        if EDGES.contains(&module(&path)) {
            continue;
        }
        for forbidden in [
            "println!",
            "eprintln!",
            "std::env::",
            "SystemTime::now",
            "process::exit",
        ] {
            if text
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(forbidden))
            {
                wrong.push(format!("{path}: `{forbidden}` belongs to the command line"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short() {
    let long: Vec<String> = files()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(path, lines)| format!("{path} has {lines} lines, {MAX_LINES} are enough for one"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn paths_of_every_shape_are_seen() {
    let text = "use crate::{\n    a::{self, b},\n    c,\n    d::E as F,\n};\nuse crate::g;\nlet x = crate::h::i(); // crate::j\n";
    let names: Vec<String> = used(text).into_iter().collect();
    assert_eq!(names, ["a", "c", "d", "g", "h"]);
}
