//! Whole runs of the binary: exit codes, streams, what is written and what is kept.

mod support;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    time::SystemTime,
};

use support::{Outcome, Test};

/// What a person starts from, on Google Cloud.
const SMALL: &str = include_str!("../blueprints/small.yaml");
/// Sized numbers of the environment that serves users.
const TFVARS: &str = "terraform/gcp/infrastructure/envs/prod.tfvars";
/// What makes every tier larger.
const MORE: &str = "--set=users.monthly_active=400k";

/// A folder with the small blueprint.
fn small() -> Test {
    Test::new().file("loadpath.yaml", SMALL)
}

/// The same, generated.
fn generated() -> Outcome {
    small().args(["generate", "-q"]).run()
}

fn edit(folder: &Path, path: &str, from: &str, to: &str) {
    let path = folder.join(path);
    let text = fs::read_to_string(&path).expect("it was generated");
    assert!(text.contains(from), "`{}` has no `{from}`", path.display());
    fs::write(path, text.replacen(from, to, 1)).expect("the folder is ours");
}

/// The number that stands behind `name =` in the sized numbers.
fn number(text: &str, name: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    });
    let line = line.unwrap_or_else(|| panic!("no {name}"));
    line.rsplit(' ').next().unwrap_or_default().to_owned()
}

fn modified(folder: &Path) -> Vec<(String, SystemTime)> {
    let mut times: Vec<(String, SystemTime)> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| {
            let entry = entry.expect("the folder can be read");
            let time = fs::symlink_metadata(entry.path()).and_then(|data| data.modified());
            (
                entry.path().display().to_string(),
                time.expect("a file has a time"),
            )
        })
        .collect();
    times.sort();
    times
}

#[test]
fn the_version_is_one_line() {
    let expected = format!("loadpath {}\n", env!("CARGO_PKG_VERSION"));
    Test::new().arg("--version").stdout(expected).run();
}

#[test]
fn generate_says_what_it_wrote_and_what_comes_next() {
    let outcome = small()
        .arg("generate")
        .stderr_has("  created ")
        .stderr_has("terraform (")
        .stderr_has(" files here  (N ms)\n")
        .stderr_has("req/s")
        .stderr_has("USD/month")
        .stderr_has("Next: less docs/START.md ")
        .run();
    for line in outcome.stderr.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    for path in [
        TFVARS,
        "kubernetes/overlays/prod/kustomization.yaml",
        "docs/START.md",
        ".loadpath/lock.json",
        ".loadpath/blueprint.schema.json",
    ] {
        assert!(outcome.path().join(path).is_file(), "{path}");
    }
}

#[test]
fn a_second_generate_writes_nothing() {
    let outcome = generated();
    let before = modified(outcome.path());
    let again = outcome
        .then()
        .arg("generate")
        .stderr_has(" files unchanged here  (N ms)\n")
        .run();
    assert_eq!(modified(again.path()), before);
}

#[test]
fn check_after_generate_is_in_step() {
    generated()
        .then()
        .arg("check")
        .stdout_has(" files in step\n")
        .run();
}

#[test]
fn check_before_generate_finds_everything_missing() {
    let outcome = small()
        .arg("check")
        .status(2)
        .stdout_has("missing    docs/START.md\n")
        .stdout_has("bring it in step: loadpath generate\n")
        .expect_absent(".loadpath")
        .run();
    assert!(!outcome.stdout.contains("@@"), "no difference is shown");
}

#[test]
fn check_after_a_change_of_the_blueprint_is_stale_and_shows_the_difference() {
    let outcome = generated();
    edit(outcome.path(), "loadpath.yaml", "5k", "400k");
    let stale = outcome
        .then()
        .arg("check")
        .status(2)
        .stdout_has(format!("stale      {TFVARS}     blueprint changed since\n"))
        .stdout_has("bring it in step: loadpath generate\n")
        .run();
    let before = modified(stale.path());
    let json = stale
        .then()
        .args(["check", "--format", "json"])
        .status(2)
        .any_stdout()
        .run();
    let value: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(value["moved_on"], serde_json::json!(["blueprint"]));
    assert_eq!(modified(json.path()), before, "check never writes");
}

#[test]
fn an_edit_is_kept_and_strict_fails_on_it() {
    let outcome = generated();
    edit(outcome.path(), "docs/START.md", "\n", "\nOurs.\n");
    let kept = outcome
        .then()
        .arg("check")
        .stdout_has("edited     docs/START.md     by a person; up to date otherwise\n")
        .run()
        .then()
        .args(["check", "--strict"])
        .status(2)
        .any_stdout()
        .run()
        .then()
        .arg("generate")
        .stderr_has("kept")
        .run();
    let text = kept.read("docs/START.md").expect("it is there");
    assert!(text.contains("\nOurs.\n"));
}

#[test]
fn an_edit_survives_a_change_elsewhere() {
    let outcome = generated();
    let structure = "terraform/gcp/infrastructure/cache.tf";
    edit(outcome.path(), structure, "\n", "\n# Ours.\n");
    edit(outcome.path(), "loadpath.yaml", "5k", "6k");
    let after = outcome
        .then()
        .arg("generate")
        .stderr_has("updated")
        .stderr_has("kept            1   terraform/gcp/infrastructure/cache.tf\n")
        .run();
    let text = after.read(structure).expect("it is there");
    assert!(text.contains("\n# Ours.\n"));
}

#[test]
fn both_sides_of_a_number_are_a_conflict_that_stops() {
    let outcome = generated();
    let last = number(&outcome.read(TFVARS).expect("sized numbers"), "pods_max");
    edit(
        outcome.path(),
        TFVARS,
        &format!("pods_max = {last}"),
        "pods_max = 7",
    );
    edit(outcome.path(), "loadpath.yaml", "5k", "400k");
    let before = support::files(outcome.path());
    let stopped = outcome
        .then()
        .arg("generate")
        .status(3)
        .stderr_has("nothing was written\n")
        .stderr_has("api.replicas.max\n")
        .stderr_has(format!("    last generated  {last}\n"))
        .stderr_has("    yours           7\n")
        .stderr_has("    now             ")
        .stderr_has("pins: ")
        .run();
    assert_eq!(support::files(stopped.path()), before);
    stopped.then().arg("check").status(3).any_stdout().run();
}

#[test]
fn what_was_deleted_stays_deleted_until_it_is_wanted_again() {
    let outcome = generated();
    fs::remove_file(outcome.path().join("docs/QUOTAS.md")).expect("it was generated");
    outcome
        .then()
        .arg("generate")
        .stderr_has("docs/QUOTAS.md")
        .expect_absent("docs/QUOTAS.md")
        .run()
        .then()
        .arg("check")
        .stdout_has("deleted    docs/QUOTAS.md     by a person; it stays so\n")
        .run()
        .then()
        .args(["generate", "--restore"])
        .stderr_has("restored")
        .run()
        .then()
        .arg("check")
        .stdout_has(" files in step\n")
        .run();
}

#[test]
fn only_limits_a_run() {
    let outcome = generated();
    edit(outcome.path(), "loadpath.yaml", "5k", "400k");
    let loadtest = outcome.read("loadtest/baseline.js");
    let partly = outcome
        .then()
        .args(["generate", "--only", "terraform"])
        .any_stderr()
        .run();
    assert_eq!(partly.read("loadtest/baseline.js"), loadtest);
    partly
        .then()
        .args(["check", "--only", "terraform"])
        .stdout_has(" files in step\n")
        .run()
        .then()
        .arg("check")
        .status(2)
        .stdout_has("stale      loadtest/")
        .run();
}

#[test]
fn env_leaves_the_other_environments_alone() {
    let outcome = generated();
    edit(outcome.path(), "loadpath.yaml", "5k", "400k");
    let dev = TFVARS.replace("prod", "dev");
    let before = (outcome.read(TFVARS), outcome.read(&dev));
    let partly = outcome
        .then()
        .args(["generate", "--env", "prod"])
        .any_stderr()
        .run();
    assert_ne!(partly.read(TFVARS), before.0);
    assert_eq!(partly.read(&dev), before.1);
    partly
        .then()
        .args(["generate", "--env", "pord"])
        .status(1)
        .stderr_has("error: no environment `pord`; there are dev, staging, prod")
        .run();
}

#[test]
fn a_dry_run_writes_nothing_and_can_tell_by_its_exit() {
    small()
        .args(["generate", "--dry-run"])
        .stderr_has(" files would be here")
        .expect_absent(".loadpath")
        .expect_absent("terraform")
        .run();
    small()
        .args(["generate", "--dry-run", "--exit-code"])
        .status(2)
        .any_stderr()
        .expect_absent(".loadpath")
        .run();
    generated()
        .then()
        .args(["generate", "--dry-run", "--exit-code"])
        .any_stderr()
        .run();
}

#[test]
fn diff_shows_lines_on_standard_output() {
    generated()
        .then()
        .args(["generate", "--dry-run", "--diff", MORE])
        .any_stderr()
        .stdout_has(format!("--- a/{TFVARS}\n+++ b/{TFVARS}\n"))
        .stdout_has("-    pods_max = ")
        .run();
}

#[test]
fn write_puts_flags_into_the_blueprint_and_keeps_the_rest() {
    let commented = SMALL.replace("users:", "# who comes\nusers:");
    let outcome = Test::new()
        .file("loadpath.yaml", &commented)
        .args(["generate", "--write", "--set", "users.monthly_active=6k"])
        .any_stderr()
        .expect_file("loadpath.yaml", commented.replace("5k", "6k"))
        .run();
    outcome
        .then()
        .arg("check")
        .stdout_has(" files in step\n")
        .run()
        .then()
        .args(["size", "--write", "--set", "users.monthly_active=7k"])
        .any_stdout()
        .expect_file("loadpath.yaml", commented.replace("5k", "7k"))
        .run();
}

#[test]
fn a_conflict_leaves_the_blueprint_as_it_was() {
    let outcome = generated();
    let last = number(&outcome.read(TFVARS).expect("sized numbers"), "pods_max");
    edit(
        outcome.path(),
        TFVARS,
        &format!("pods_max = {last}"),
        "pods_max = 7",
    );
    outcome
        .then()
        .args(["generate", "--write", MORE])
        .status(3)
        .any_stderr()
        .expect_file("loadpath.yaml", SMALL)
        .run();
}

#[test]
fn check_ends_with_4_over_the_budget_and_2_comes_after_it() {
    // The floor of the smallest project is below this; what serves users is above it.
    let dear = format!("{SMALL}budget: 1100 USD/month\n").replace("5k", "5M");
    Test::new()
        .file("loadpath.yaml", &dear)
        .args(["generate", "-q"])
        .run()
        .then()
        .arg("check")
        .status(4)
        .stdout_has("over-budget prod on gcp costs ")
        .stdout_has(" USD/month, the budget is 1 100\n")
        .run();
}

#[test]
fn the_folder_of_another_project_is_refused() {
    let other = SMALL.replace("name: starter", "name: other");
    generated()
        .then()
        .file("other.yaml", &other)
        .args(["generate", "other.yaml", "-o", "."])
        .status(1)
        .stderr("error: `.` holds the project `starter`, and this is `other`\nhint: choose another folder with -o DIR, or another name\n")
        .run();
}

#[test]
fn a_file_in_the_way_is_refused_adopted_or_replaced() {
    let blocked = || small().file("docs/START.md", "mine\n");
    blocked()
        .arg("generate")
        .status(1)
        .stderr("error: 1 file is in the way; nothing was written\n  docs/START.md: there already, and not generated by loadpath\nhint: --adopt keeps them as edits, --force writes over them\n")
        .expect_absent("terraform")
        .run();
    blocked()
        .args(["generate", "-q", "--adopt"])
        .expect_file("docs/START.md", "mine\n")
        .run();
    let forced = blocked().args(["generate", "-q", "--force"]).run();
    assert_ne!(forced.read("docs/START.md").as_deref(), Some("mine\n"));
}

#[test]
fn machines_get_json_on_standard_output_alone() {
    let project = generated();
    let commands: &[&[&str]] = &[
        &["generate"],
        &["check"],
        &["size"],
        &["cost"],
        &["explain", "api.replicas.max"],
        &["explain", "--all"],
        &["architectures"],
        &["architectures", "sharded-kubernetes"],
        &["catalog"],
        &["schema"],
        &["doctor"],
    ];
    let mut project = project;
    for args in commands {
        project = project
            .then()
            .args(args.iter().copied())
            .args(["--format", "json"])
            .any_stdout()
            .run();
        let value: Result<serde_json::Value, _> = serde_json::from_str(&project.stdout);
        assert!(value.is_ok(), "{args:?}\n{}", project.stdout);
    }
}

#[test]
fn a_pipe_gets_no_colour_and_no_bars_unless_it_is_asked_for() {
    let wrong = || small().args(["size", "--env", "pord"]).status(1);
    let plain = wrong().any_stderr().run();
    assert!(!plain.stderr.contains('\u{1b}'), "{}", plain.stderr);
    wrong()
        .env("CLICOLOR_FORCE", "1")
        .stderr_has("\u{1b}[1;31merror:")
        .run();
    wrong()
        .args(["--color", "always"])
        .stderr_has("\u{1b}[1;31merror:")
        .run();
    let never = wrong()
        .args(["--color", "never"])
        .env("CLICOLOR_FORCE", "1")
        .any_stderr()
        .run();
    assert!(!never.stderr.contains('\u{1b}'), "{}", never.stderr);
}

#[test]
fn quiet_leaves_results_and_errors() {
    small().args(["generate", "-q"]).run();
    small()
        .args(["size", "-q", "--env", "pord"])
        .status(1)
        .stderr_has("error: no environment `pord`")
        .run();
}

#[test]
fn a_closed_pipe_is_quiet() {
    let folder = small().args(["schema"]).any_stdout().run();
    for args in [
        &["size", "--all"][..],
        &["schema"],
        &["--help"],
        &["explain", "--all"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_loadpath"))
            .args(args)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the binary ends");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn a_blueprint_is_found_upwards_and_in_a_named_folder() {
    small()
        .folder("a/b")
        .args(["-C", "a/b", "size", "--env", "dev"])
        .stdout_has("dev on gcp\n")
        .run();
    Test::new()
        .file("shop/loadpath.yaml", SMALL)
        .args(["size", "shop", "--env", "dev"])
        .stdout_has("dev on gcp\n")
        .run();
    Test::new()
        .args(["size"])
        .status(1)
        .stderr(
            "error: no loadpath.yaml in `[DIR]` or above\nhint: write one with  loadpath init\n",
        )
        .run();
}

#[test]
fn explain_goes_from_a_line_to_its_derivation() {
    let outcome = generated();
    let text = outcome.read(TFVARS).expect("sized numbers");
    let line = text
        .lines()
        .position(|line| line.contains("pods_max"))
        .expect("a quota")
        + 1;
    outcome
        .then()
        .args(["explain", "--file", &format!("{TFVARS}:{line}")])
        .stdout_has("api.replicas.max = ")
        .run()
        .then()
        .args(["explain", "--file", &format!("{TFVARS}:999999")])
        .status(1)
        .stderr(format!("error: line 999999 of `{TFVARS}` prints no quantity\n"))
        .run()
        .then()
        .args(["explain", "--file", TFVARS])
        .status(1)
        .stderr(format!("error: `{TFVARS}` is not a file and a line\nhint: for example  terraform/gcp/infrastructure/envs/prod.tfvars:41\n"))
        .run();
}

#[test]
fn init_writes_the_blueprint_of_an_example_and_generates() {
    let outcome = Test::new()
        .args(["init", "shop", "--from", "small", "--cloud", "aws", "--yes"])
        .stderr_has("Next: cd shop && less docs/START.md")
        .run();
    let text = outcome.read("shop/loadpath.yaml").expect("a blueprint");
    assert!(text.starts_with("# yaml-language-server: $schema=.loadpath/blueprint.schema.json\n"));
    assert!(text.contains("\nname: shop\n"), "{text}");
    assert!(text.contains("\ncloud: aws\n"), "{text}");
    let schema = outcome.read("shop/.loadpath/blueprint.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&schema.expect("a schema")).expect("JSON");
    assert!(schema["properties"]["users"].is_object());
    outcome
        .then()
        .args(["check", "shop"])
        .stdout_has(" files in step\n")
        .run();
}

/// Answers for which nothing has to be asked.
const ANSWERS: &[&str] = &[
    "--product",
    "web",
    "--users",
    "20k",
    "--data",
    "20 GiB",
    "--cloud",
    "gcp",
];

#[test]
fn init_takes_every_answer_from_flags() {
    let outcome = Test::new()
        .args(["init", "shop"])
        .args(ANSWERS.iter().copied())
        .args(["--growth", "80k in 6 months", "--shape", "global"])
        .args(["--latency", "200 ms", "--budget", "20k USD/month"])
        .args(["--set", "objectives.rpo=10min"])
        .stderr_has(" fits: ")
        .run();
    let text = outcome.read("shop/loadpath.yaml").expect("a blueprint");
    for line in [
        "name: shop ",
        "  monthly_active: 20k ",
        "  growth: 300 %/6 months ",
        "  growth_limit: 4x ",
        "  shape: global ",
        "  size: 20 GiB ",
        "  latency_p99: 200 ms",
        "  rpo: 10min",
        "budget: 20k USD/month ",
    ] {
        assert!(
            text.contains(&format!("\n{line}")),
            "no `{line}` in\n{text}"
        );
    }
    outcome
        .then()
        .args(["check", "shop"])
        .stdout_has(" files in step\n")
        .run();
}

#[test]
fn every_product_and_data_makes_a_blueprint() {
    for (product, dominant) in [("jobs", "events"), ("ai", "regional"), ("web", "users")] {
        for cloud in ["aws", "gcp"] {
            Test::new()
                .args(["init", "shop", "--users", "100k", "--data", "100 GiB"])
                .args(["--product", product, "--dominated-by", dominant])
                .args(["--cloud", cloud])
                .any_stderr()
                .run()
                .then()
                .args(["check", "shop", "-q"])
                .stdout_has(" files in step\n")
                .run();
        }
    }
}

#[test]
fn init_without_a_terminal_names_the_flags_of_missing_answers() {
    Test::new()
        .arg("init")
        .status(1)
        .stderr("error: 5 answers are missing, and there is no terminal to ask on\nhint: --product web|jobs|ai|services|uploads|live|site  --name shop  --users 20k  --data '20 GiB'  --cloud gcp|aws\n")
        .run();
    let outcome = Test::new()
        .args(["init", "shop", "--yes", "--product=web", "--users=1k"])
        .args(["--set", "data.size=20GiB"])
        .status(1)
        .stderr("error: 1 answer is missing, and there is no terminal to ask on\nhint: --cloud gcp|aws\n")
        .run();
    assert!(outcome.files().is_empty());
}

#[test]
fn init_on_a_blueprint_changes_it_and_keeps_its_comments() {
    let commented = SMALL.replace("5k,", "5k, # ours\n  ");
    Test::new()
        .file("loadpath.yaml", &commented)
        .args(["init", "--yes", "--users", "6k"])
        .any_stderr()
        .expect_file("loadpath.yaml", commented.replace("5k", "6k"))
        .run()
        .then()
        .args(["init", "--from", "small", "--yes"])
        .status(1)
        .stderr(
            "error: `./loadpath.yaml` is there already\nhint: without --from, init changes it\n",
        )
        .run();
}

#[test]
fn init_writes_both_or_neither() {
    let outcome = Test::new()
        .file("shop/docs/START.md", "mine\n")
        .args(["init", "shop"])
        .args(ANSWERS.iter().copied())
        .status(1)
        .stderr_has("1 file is in the way; nothing was written")
        .run();
    assert_eq!(outcome.files().len(), 1);
    let outcome = Test::new()
        .args(["init", "shop", "--region", "us-centrl1"])
        .args(ANSWERS.iter().copied())
        .status(1)
        .stderr_has("us-central1")
        .run();
    assert!(outcome.files().is_empty());
    assert!(!outcome.path().join("shop").exists());
}

#[test]
fn wrong_answers_are_refused_with_what_is_wanted() {
    for (flag, value, message) in [
        ("--users", "many", "is not a count"),
        ("--users", "0", "not above zero"),
        ("--data", "20", "has no unit"),
        ("--growth", "soon", "2M in 3 months"),
        ("--name", "My Shop", "lower-case letters"),
        ("--availability", "100 %", "out of reach"),
        ("--shape", "globl", "a similar value exists: 'global'"),
    ] {
        Test::new()
            .args(["init", flag, value])
            .status(1)
            .stderr_has(message)
            .run();
    }
    Test::new()
        .args(["init", "--architecture", "sharded-kubernets"])
        .status(1)
        .stderr_has("error: no architecture `sharded-kubernets`; there are ")
        .stderr_has("\nhint: did you mean sharded-kubernetes\n")
        .run();
    Test::new()
        .args(["init", "--from", "smal"])
        .status(1)
        .stderr_has("error: no example `smal`; there are ")
        .stderr_has("\nhint: did you mean small\n")
        .run();
}

/// A folder with a tool that does what a script says.
fn with_tool(test: Test, name: &str, script: &str) -> Test {
    test.file(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"))
        .with(|folder| {
            let path = folder.join("bin").join(name);
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("ours");
        })
}

#[test]
fn verify_says_what_passed_what_failed_and_what_is_absent() {
    let project = generated();
    let bin = project.path().join("bin").display().to_string();
    let test = with_tool(project.then(), "terraform", "exit 0");
    let test = with_tool(test, "kubectl", "echo broken overlay >&2; exit 1");
    let outcome = test
        .arg("verify")
        .env("PATH", &bin)
        .status(1)
        .stdout_has("  passed   terraform fmt ")
        .stdout_has("  skipped  terraform validate ")
        .stdout_has("no providers there: terraform init -backend=false\n")
        .stdout_has("  failed   kubectl kustomize ")
        .stdout_has("           broken overlay\n")
        .stdout_has("  absent   promtool check ")
        .stdout_has("promtool is not on PATH\n")
        .stdout_has(" 1 passed, 3 failed, ")
        .run();
    let outcome = outcome
        .then()
        .args(["verify", "--only", "terraform", "--format", "json"])
        .env("PATH", &bin)
        .any_stdout()
        .run();
    let value: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(value[0]["state"], "passed");
    outcome
        .then()
        .args(["verify", "--only", "terrafrom"])
        .status(1)
        .stderr_has("hint: did you mean terraform\n")
        .run();
}

#[test]
fn verify_changes_nothing() {
    let project = generated();
    let before = support::files(project.path());
    let after = project
        .then()
        .args(["verify", "--only", "python3,bash,terraform"])
        .any_stdout()
        .run();
    assert_eq!(support::files(after.path()), before);
}

#[test]
fn verify_wants_a_generated_project() {
    Test::new()
        .args(["verify", "."])
        .status(1)
        .stderr("error: `.` was not generated by loadpath\nhint: loadpath generate -o .\n")
        .run();
}

#[test]
fn doctor_finds_versions_and_never_reads_credentials() {
    let test = with_tool(Test::new(), "terraform", "echo Terraform v9.8.7");
    // A file that nobody may read is seen all the same, and its text is not printed.
    let test = test
        .file("home/.aws/credentials", "do-not-print")
        .with(|folder| {
            let path = folder.join("home/.aws/credentials");
            fs::set_permissions(path, fs::Permissions::from_mode(0o000)).expect("ours");
        });
    let bin = test_path(&test);
    let outcome = test
        .arg("doctor")
        .env("PATH", &bin)
        .env("HOME", "home")
        .env("CLOUDFLARE_API_TOKEN", "do-not-print")
        .stdout_has("  terraform   9.8.7 ")
        .stdout_has("  kubectl     - ")
        .stdout_has("~/.aws/credentials")
        .stdout_has("$CLOUDFLARE_API_TOKEN")
        .stdout_has("1 of 18 tools are here.")
        .run();
    assert!(!outcome.stdout.contains("do-not-print"));
}

fn test_path(test: &Test) -> String {
    test.path().join("bin").display().to_string()
}

#[test]
fn a_region_in_which_nothing_stands_is_named() {
    small()
        .args(["generate", "--set", "region=[us-central1, europe-west1]"])
        .any_stdout()
        .stderr_has("nothing stands in europe-west1: services are in `us-central1`, and only shards of a keyspace by region stand in another")
        .run();
}
