//! Help is complete, as it is written down, and what it shows can be typed.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use support::{Outcome, Test};

const COMMANDS: &[&str] = &[
    "init",
    "generate",
    "check",
    "diff",
    "own",
    "size",
    "explain",
    "cost",
    "architectures",
    "catalog",
    "schema",
    "templates",
    "verify",
    "doctor",
    "completions",
    "man",
    "eject",
];

/// Writes the texts anew where it is set.
const UPDATE: &str = "LOADPATH_UPDATE_SNAPSHOTS";

fn help(args: &[&str]) -> String {
    let outcome = Test::new().args(args.iter().copied()).any_stdout().run();
    outcome.stdout
}

#[test]
fn help_of_every_command_is_as_written_down() {
    let mut text = format!("$ loadpath --help\n{}", help(&["--help"]));
    for command in COMMANDS {
        let long = help(&[command, "--help"]);
        // What every command takes is written down once.
        let own = long.split("\nGlobal options:").next().unwrap_or_default();
        text.push_str(&format!("\n$ loadpath {command} --help\n{own}"));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help.txt");
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &text).expect("the test's own folder");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text, written,
        "help differs; if that is meant:  {UPDATE}=1 cargo test --test cli_help"
    );
}

#[test]
fn help_lists_every_command_and_the_exit_codes() {
    let text = help(&["--help"]);
    for command in COMMANDS {
        assert!(text.contains(&format!("\n  {command} ")), "{command}");
    }
    for code in [
        "0 done or in step",
        "2 differences",
        "3 a conflict",
        "4 over",
    ] {
        assert!(text.contains(code), "{code}");
    }
}

#[test]
fn every_flag_has_a_variable_of_the_environment() {
    for command in COMMANDS {
        let text = help(&[command, "--help"]);
        for paragraph in text.split("\n\n      ") {
            let flag = paragraph
                .split_whitespace()
                .find(|word| word.starts_with("--"));
            let Some(flag) = flag.filter(|_| paragraph.starts_with('-')) else {
                continue;
            };
            assert!(
                ["--help", "--version"].contains(&flag)
                    || text_of(&text, flag).contains("[env: LOADPATH_"),
                "{command} {flag}"
            );
        }
    }
}

/// What help says of a flag.
fn text_of<'a>(help: &'a str, flag: &str) -> &'a str {
    let at = help
        .lines()
        .scan(0, |start, line| {
            let here = *start;
            *start += line.len() + 1;
            Some((here, line))
        })
        .find(|(_, line)| {
            let line = line.trim_start();
            line.starts_with('-') && line.split([' ', ',']).any(|word| word == flag)
        })
        .map_or(0, |(start, _)| start);
    let rest = &help[at..];
    let end = rest
        .match_indices("\n      --")
        .chain(rest.match_indices("\n  -"))
        .map(|(idx, _)| idx)
        .filter(|idx| *idx > 0)
        .min()
        .unwrap_or(rest.len());
    &rest[..end]
}

#[test]
fn a_variable_stands_in_for_its_flag() {
    Test::new()
        .arg("architectures")
        .env("LOADPATH_FORMAT", "json")
        .stdout_has("\"id\": \"sharded-kubernetes\"")
        .run();
}

#[test]
fn no_command_is_help_and_an_error() {
    let outcome = Test::new().status(1).any_stderr().run();
    assert!(
        outcome.stderr.contains("Usage: loadpath"),
        "{}",
        outcome.stderr
    );
}

/// A project in which every example of the help can be typed.
fn prepared() -> Test {
    let quantum = include_str!("../blueprints/sharded-kubernetes.yaml");
    let small = include_str!("../blueprints/small.yaml");
    let shop = small.replace("name: starter", "name: shop");
    Test::new()
        .file("quantum/loadpath.yaml", quantum)
        .file("quantum/blueprints/shop.yaml", &shop)
        .file("quantum/blueprints/sharded-kubernetes.yaml", quantum)
        .folder("new")
        .folder("quantum/mine")
        .folder("quantum/.loadpath")
        .folder(".local/share/bash-completion/completions")
}

fn examples(command: &str) -> Vec<String> {
    help(&[command, "--help"])
        .lines()
        .filter_map(|line| line.strip_prefix("  loadpath "))
        .map(str::to_owned)
        .collect()
}

/// A project in which examples are typed.
struct Shell {
    project: Outcome,
    /// Where the binary is.
    bin: PathBuf,
}

impl Shell {
    fn new() -> Self {
        let project = prepared()
            .args(["-C", "quantum", "generate", "-q"])
            .any_stderr()
            .run();
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_loadpath"));
        let bin = binary.parent().expect("a file is in a folder").to_owned();
        Self { project, bin }
    }

    /// Types a line in a folder; it must do what it says.
    #[track_caller]
    fn types(&self, folder: &str, line: &str) {
        // Real tools take their time: where they are absent is said as well.
        let words: Vec<&str> = line.split(' ').collect();
        let alone = ["verify", "doctor"].contains(&words[1]);
        let mut path = self.bin.display().to_string();
        if !alone {
            path = format!("{path}:{}", std::env::var("PATH").unwrap_or_default());
        }
        let ran = Command::new("/bin/sh")
            .args(["-c", line])
            .current_dir(self.project.path().join(folder))
            .env("PATH", path)
            .env("HOME", self.project.path())
            .output()
            .expect("sh is everywhere");
        let code = ran.status.code();
        // `check` may find that another example has changed the blueprint.
        let wanted: &[i32] = if words[1] == "check" {
            &[0, 2, 4, 5]
        } else {
            &[0]
        };
        assert!(
            code.is_some_and(|code| wanted.contains(&code)),
            "{line}: {code:?}\n{}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
}

#[test]
fn every_example_can_be_typed() {
    let shell = Shell::new();
    for command in COMMANDS {
        let examples = examples(command);
        assert!(!examples.is_empty(), "{command} has no example");
        for example in examples {
            // The wizard needs a terminal, which another test gives it.
            if example != "init" {
                let folder = if *command == "init" { "new" } else { "quantum" };
                shell.types(folder, &format!("loadpath {example}"));
            }
        }
    }
}

/// What stands between backquotes and in blocks of the README, as far as it can be typed.
fn commands_of_the_readme() -> Vec<String> {
    let readme = include_str!("../README.md");
    let in_blocks = readme.lines().map(str::to_owned);
    // What stands between the backquotes of one line, or goes on in the next.
    let paragraphs = readme.split("\n\n").map(|text| text.replace('\n', " "));
    let in_text = paragraphs.flat_map(|text| {
        let spans: Vec<String> = text
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        spans
    });
    in_blocks
        .chain(in_text)
        .map(|line| line.replace("cargo run --release --", "loadpath"))
        .filter(|line| line.starts_with("loadpath "))
        .map(|line| line.replace("<id>", "sharded-kubernetes"))
        .map(|line| line.replace("<quantity>", "api.replicas.max"))
        .collect()
}

#[test]
fn every_command_of_the_readme_can_be_typed() {
    let shell = Shell::new();
    let commands = commands_of_the_readme();
    assert!(commands.len() >= 12, "{commands:?}");
    for line in commands {
        // The wizard needs a terminal, which another test gives it; the other is named, not shown.
        if !["loadpath init", "loadpath explain"].contains(&line.as_str()) {
            shell.types("quantum", &line);
        }
    }
}

#[test]
fn every_blueprint_of_the_readme_is_one() {
    let small = include_str!("../blueprints/small.yaml");
    let blocks = include_str!("../README.md").split("```yaml\n").skip(1);
    let blocks: Vec<&str> = blocks.filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let text = if block.starts_with("version:") {
            block.to_owned()
        } else {
            format!("{small}{block}")
        };
        Test::new()
            .file("loadpath.yaml", text)
            .args(["size", "-q"])
            .any_stdout()
            .run();
    }
}

#[test]
fn every_shell_has_completions_and_every_command_a_page() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        Test::new()
            .args(["completions", shell])
            .stdout_has("architectures")
            .run();
    }
    Test::new().arg("man").stdout_has(".TH loadpath 1").run();
    for command in COMMANDS {
        Test::new()
            .args(["man", command])
            .stdout_has(".SH SYNOPSIS")
            .run();
    }
    Test::new()
        .args(["man", "genrate"])
        .status(1)
        .stderr("error: no command `genrate`\nhint: did you mean generate\n")
        .run();
}
