//! What machines read: `--format json` of every command parses, and has the keys that `docs/json.md` names.

mod support;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::Value;
use support::Test;

/// Writes the page anew where it is set.
const UPDATE: &str = "LOADPATH_UPDATE_SNAPSHOTS";

const BEGIN: &str = "# What `--format json` prints

The result alone stands on standard output; progress, warnings and errors go to standard error, and the exit codes are the same as
without it. Keys may be added in a later version; one that stands here is neither renamed nor removed, and keeps its type. `[]` is every
item of a list, `<name>` every key of a map whose keys are names. Numbers have the unit that stands beside them; money is USD a month.
`loadpath schema` prints a JSON Schema as it is; `completions` and `man` print their own syntax. A test compares this page with what is
printed.
";

/// Each command as it is typed, and what it is typed after.
const COMMANDS: &[(&str, &str)] = &[
    ("generate", ""),
    ("init shop --yes --from small", ""),
    ("check", "also of a project that is out of step"),
    (
        "diff --against loadpath.yaml --set users.monthly_active=9M",
        "pairs are before and after",
    ),
    ("size", ""),
    ("cost", ""),
    (
        "explain api.replicas.max",
        "`inputs` hold the same keys again, as deep as the derivation goes",
    ),
    ("architectures", "with a name, one of them alone"),
    ("catalog", ""),
    ("catalog constants", "the columns are those of the table"),
    ("templates export mine", ""),
    ("templates diff --templates mine", ""),
    ("verify", ""),
    ("doctor", ""),
];

/// Maps whose keys are names.
const NAMED: &[(&str, &str)] = &[
    ("components", "component"),
    ("choices", "choice"),
    ("environments", "environment"),
];

/// Paths in the order in which they come, each with its types.
#[derive(Default)]
struct Shape(Vec<(String, Vec<&'static str>)>);

impl Shape {
    fn add(&mut self, path: &str, kind: &'static str) {
        let known = self.0.iter_mut().find(|(known, _)| known == path);
        match known {
            None => self.0.push((path.to_owned(), vec![kind])),
            Some((_, kinds)) if !kinds.contains(&kind) => {
                kinds.push(kind);
                kinds.sort_unstable();
            }
            Some(_) => {}
        }
    }

    fn read(&mut self, path: &str, value: &Value) {
        match value {
            Value::Null => self.add(path, "null"),
            Value::Bool(_) => self.add(path, "flag"),
            Value::Number(_) => self.add(path, "number"),
            Value::String(_) => self.add(path, "text"),
            Value::Array(items) => {
                if items.is_empty() {
                    self.add(path, "list");
                }
                // A derivation is a tree of the same thing.
                if !path.ends_with("inputs[].inputs") {
                    items
                        .iter()
                        .for_each(|item| self.read(&format!("{path}[]"), item));
                }
            }
            Value::Object(map) => {
                let last = path.rsplit('.').next().unwrap_or_default();
                let named = NAMED.iter().find(|(name, _)| *name == last);
                for (key, value) in map {
                    let key = named.map_or_else(|| key.clone(), |(_, name)| format!("<{name}>"));
                    let dot = if path.is_empty() { "" } else { "." };
                    self.read(&format!("{path}{dot}{key}"), value);
                }
            }
        }
    }

    fn page(mut self) -> String {
        // An empty list is one of those that hold something elsewhere.
        let all: Vec<String> = self.0.iter().map(|(path, _)| path.clone()).collect();
        self.0.retain(|(path, kinds)| {
            let item = format!("{path}[]");
            kinds != &["list"] || !all.iter().any(|other| other.starts_with(&item))
        });
        let row = |(path, kinds): &(String, Vec<&str>)| {
            format!("| `{path}` | {} |\n", kinds.join(" or "))
        };
        let rows: String = self.0.iter().map(row).collect();
        format!("\n| key | type |\n| --- | --- |\n{rows}")
    }
}

/// A blueprint in which every key of a result holds something.
fn blueprint() -> String {
    let example = include_str!("../blueprints/sharded-kubernetes.yaml");
    let pin = "  api.replicas.max: { value: 80, reason: contract }\n";
    if example.contains("\npins:\n") {
        example.replacen("\npins:\n", &format!("\npins:\n{pin}"), 1)
    } else {
        format!("{example}pins:\n{pin}")
    }
}

#[test]
fn every_command_prints_the_keys_that_are_written_down() {
    let mut page = BEGIN.to_owned();
    let mut test = Test::new()
        .file("loadpath.yaml", blueprint())
        .file("bin/terraform", "#!/bin/sh\necho Terraform v9.8.7\n")
        .with(|folder| {
            let path = folder.join("bin/terraform");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("ours");
        });
    let bin = test.path().join("bin").display().to_string();
    for (command, remark) in COMMANDS {
        let mut shape = Shape::default();
        if command.starts_with("explain") {
            let args = ["explain", "--all", "--format=json"];
            let outcome = test.args(args).any_stdout().any_stderr().run();
            shape.read("", &serde_json::from_str(&outcome.stdout).expect("JSON"));
            test = outcome.then();
        }
        if *command == "check" {
            let outcome = test
                .args(["check", "--set=budget=200k USD/month"])
                .args(["--format=json"])
                .status(4)
                .any_stdout()
                .any_stderr()
                .run();
            shape.read("", &serde_json::from_str(&outcome.stdout).expect("JSON"));
            test = outcome.then();
        }
        let outcome = test
            .args(command.split(' '))
            .args(["--format", "json"])
            // Real tools take their time: here all are absent but one, which says yes to everything.
            .env("PATH", &bin)
            .env("CLOUDFLARE_API_TOKEN", "not printed")
            .any_stdout()
            .any_stderr()
            .run();
        shape.read("", &serde_json::from_str(&outcome.stdout).expect("JSON"));
        test = outcome.then();
        let remark = if remark.is_empty() {
            String::new()
        } else {
            format!(" ({remark})")
        };
        page.push_str(&format!(
            "\n## `loadpath {command}`{remark}\n{}",
            shape.page()
        ));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &page).expect("the repository's own folder");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        page, written,
        "keys differ; if that is meant:  {UPDATE}=1 cargo test --test json"
    );
}

#[test]
fn a_conflict_and_a_difference_are_told_to_machines_too() {
    let small = include_str!("../blueprints/small.yaml");
    let outcome = Test::new()
        .file("loadpath.yaml", small)
        .file("docs/START.md", "mine\n")
        .args(["generate", "--format", "json"])
        .status(1)
        .any_stdout()
        .stderr_has("error: 1 file is in the way")
        .run();
    let value: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let files = value["files"].as_array().expect("a list");
    assert!(files.iter().any(|file| file["path"] == "docs/START.md"));
    let outcome = outcome
        .then()
        .args([
            "generate",
            "--adopt",
            "--dry-run",
            "--diff",
            "--format",
            "json",
        ])
        .any_stdout()
        .run();
    let value: Value = serde_json::from_str(&outcome.stdout).expect("JSON alone");
    assert_eq!(value["dry_run"], true);
}
