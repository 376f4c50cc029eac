//! What people changed by hand in Terraform since a revision, told apart from what the blueprint changes; what a lock keeps.

mod support;

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use support::{Outcome, Test};

const SMALL: &str = include_str!("../blueprints/small.yaml");
const ROOT: &str = "shop/terraform/gcp/infrastructure";

/// A project in a repository, generated and committed.
fn committed() -> Test {
    Test::new()
        .file("shop/loadpath.yaml", SMALL)
        .with(|folder| git(folder, &["init", "-q", "-b", "main", "."]))
        .args(["generate", "shop", "-q"])
        .run()
        .then()
        .file(
            &format!("{ROOT}/mine.tf"),
            "resource \"google_storage_bucket\" \"mine\" {\n  name = \"mine\"\n}\n",
        )
        .with(commit)
}

fn git(folder: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    let done = Command::new("git")
        .args(identity)
        .args(["-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(folder)
        .status();
    assert!(done.is_ok_and(|status| status.success()), "git {args:?}");
}

fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "more"]);
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("it was written");
    assert!(text.contains(from), "{}: no `{from}`", path.display());
    fs::write(path, text.replacen(from, to, 1)).expect("ours");
}

fn older_database(folder: &Path) {
    replace(
        &folder.join(ROOT).join("shards.tf"),
        "\"POSTGRES_18\"",
        "\"POSTGRES_17\"",
    );
}

fn grow(folder: &Path) {
    replace(&folder.join("shop/loadpath.yaml"), "5k", "400k");
}

fn diff(test: Test, args: &[&str], status: i32) -> Outcome {
    test.args(["diff", "shop"])
        .args(args.iter().copied())
        .status(status)
        .any_stdout()
        .any_stderr()
        .run()
}

#[test]
fn an_edit_of_terraform_is_found_with_its_risk_and_its_file() {
    let outcome = diff(committed().with(older_database), &["--exit-code"], 2);
    let expected = "  terraform/gcp/infrastructure (prod), by hand: 0 added, 1 changed, 0 removed; 1 restart\n";
    assert!(outcome.stdout.contains(expected), "{}", outcome.stdout);
    let finding = "prod, by hand: database_version \"POSTGRES_18\" → \"POSTGRES_17\"";
    assert!(outcome.stdout.contains(finding), "{}", outcome.stdout);
    let outcome = diff(outcome.then(), &["--format", "json"], 0);
    let value: Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    assert_eq!(value["terraform"][0]["changes"][0]["by"], "hand");
    let file = &value["findings"][0]["path"];
    assert_eq!(file, "terraform/gcp/infrastructure/shards.tf", "{value}");
    // Once it is committed, it is as it was.
    let outcome = outcome.then().with(commit);
    let outcome = diff(outcome, &["--exit-code"], 0);
    assert!(outcome.stdout.starts_with("nothing changes"));
}

#[test]
fn what_people_add_and_remove_counts_as_well() {
    let removed = committed().with(|folder| {
        fs::remove_file(folder.join(ROOT).join("mine.tf")).expect("ours");
    });
    let outcome = diff(removed, &["--fail-on", "risk"], 5);
    let line = "risk-irreversible google_storage_bucket.mine";
    assert!(outcome.stdout.contains(line), "{}", outcome.stdout);
    // A person's own numbers go before those of the environment.
    let numbers = committed().file(
        &format!("{ROOT}/envs/prod.local.tfvars"),
        "region = \"europe-west1\"\n",
    );
    let outcome = diff(numbers, &[], 0);
    assert!(
        outcome.stdout.contains("(prod), by hand:") && !outcome.stdout.contains("(dev), by hand:"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn the_blueprints_changes_and_those_by_hand_are_two_lines() {
    let outcome = diff(
        committed().with(grow).with(older_database),
        &["--format", "json"],
        0,
    );
    let value: Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    let prod = value["terraform"].as_array().expect("a list").iter();
    let changes = prod
        .filter(|root| root["environment"] == "prod")
        .flat_map(|root| root["changes"].as_array().expect("a list"));
    let by = |change: &Value| {
        let part = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
        (part("address"), part("by"))
    };
    let by: Vec<_> = changes.map(by).collect();
    let has = |address: &str, who: &str| by.contains(&(address.to_owned(), who.to_owned()));
    let node = "google_sql_database_instance.shard[\"main-s00\"]";
    assert!(
        has("google_memorystore_instance.main", "blueprint"),
        "{by:?}"
    );
    assert!(
        has(node, "hand") && !has("google_memorystore_instance.main", "hand"),
        "{by:?}"
    );
}

#[test]
fn a_change_that_an_edit_holds_back_is_no_risk() {
    let fixed = |folder: &Path| {
        let path = folder.join(ROOT).join("cache.tf");
        replace(&path, "= var.cache.node_type", "= \"STANDARD_SMALL\"");
        commit(folder);
    };
    let grown = || committed().with(fixed).with(grow);
    let outcome = diff(grown(), &["--fail-on", "risk=replace"], 0);
    assert!(
        outcome.stdout.contains("; 1 more held back by edits\n"),
        "{}",
        outcome.stdout
    );
    assert!(
        !outcome.stdout.contains("risk-data-moving"),
        "{}",
        outcome.stdout
    );
    // What is generated alone would do it.
    diff(
        grown(),
        &["--fail-on", "risk=replace", "--against", "lock"],
        5,
    );
}

#[test]
fn an_edit_that_is_no_terraform_is_refused() {
    let broken = committed().with(|folder| {
        fs::write(folder.join(ROOT).join("mine.tf"), "resource {{\n").expect("ours");
    });
    broken
        .args(["diff", "shop"])
        .status(1)
        .stderr_has("error: `terraform/gcp/infrastructure/mine.tf` is no Terraform: line 1")
        .stderr_has("--against lock")
        .run();
    let committed = committed().with(|folder| {
        fs::write(folder.join(ROOT).join("mine.tf"), "resource {{\n").expect("ours");
        commit(folder);
        fs::remove_file(folder.join(ROOT).join("mine.tf")).expect("ours");
    });
    committed
        .args(["diff", "shop"])
        .stdout_has("nothing changes")
        .stderr_has("edits are not compared, for at the revision: `terraform/gcp/infrastructure/mine.tf` is no Terraform")
        .run();
}

#[test]
fn a_lock_tells_the_sizes_that_it_keeps() {
    let outcome = diff(
        committed().with(grow),
        &["--against", "lock", "--format", "json"],
        0,
    );
    let value: Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    let schema = Test::new().args(["schema", "diff"]).any_stdout().run();
    let schema: Value = serde_json::from_str(&schema.stdout).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    let prod = &value["environments"][0];
    let of = |name: &str| {
        let quantities = prod["quantities"].as_array().expect("a list");
        let found = quantities.iter().find(|quantity| quantity["name"] == name);
        found.map(|quantity| quantity["numbers"].clone())
    };
    assert_eq!(of("api.replicas.max"), Some(serde_json::json!([5.0, 18.0])));
    assert_eq!(of("demand.peak"), None, "the lock does not keep it");
    assert_eq!(prod["cost"]["usd_month"][0], Value::Null);
    let outcome = diff(outcome.then(), &["--against", "lock"], 0);
    for part in [
        "  api.replicas.max 5 → 18        ",
        "of before are known here what was generated and the sizes that the lock keeps",
    ] {
        assert!(outcome.stdout.contains(part), "{}", outcome.stdout);
    }
}

/// `check` looks at what was generated last, and its own exit codes go before or after.
#[test]
fn check_refuses_a_forbidden_risk() {
    let check = |prepare: fn(&Path), args: &[&str], status: i32| {
        committed()
            .with(prepare)
            .args(["check", "shop"])
            .args(args.iter().copied())
            .status(status)
            .any_stdout()
            .any_stderr()
            .run()
    };
    let nothing: fn(&Path) = |_| {};
    check(nothing, &["--fail-on", "risk"], 0);
    let outcome = check(grow, &["--fail-on", "risk=data-moving"], 5);
    assert!(
        outcome
            .stdout
            .contains("risk-data-moving google_memorystore_instance.main"),
        "{}",
        outcome.stdout
    );
    // Nothing that hard: stale files alone.
    check(grow, &["--fail-on", "risk=irreversible"], 2);
    check(grow, &[], 2);
    // What stops `generate` goes before what it would do.
    let conflict: fn(&Path) = |folder| {
        replace(
            &folder.join(ROOT).join("envs/prod.tfvars"),
            "\"STANDARD_SMALL\"",
            "\"STANDARD_LARGE\"",
        );
        grow(folder);
    };
    check(conflict, &["--fail-on", "risk=data-moving"], 3);
    let outcome = committed()
        .with(grow)
        .args(["check", "shop", "--fail-on", "cost>10%"])
        .status(1)
        .any_stderr()
        .run();
    assert!(
        outcome.stderr.contains("`loadpath diff` takes the others"),
        "{}",
        outcome.stderr
    );
    let sarif = check(
        grow,
        &["--fail-on", "risk=data-moving", "--format", "sarif"],
        5,
    );
    let sarif: Value = serde_json::from_str(&sarif.stdout).expect("it is JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    assert!(
        results
            .iter()
            .any(|result| result["ruleId"] == "risk-data-moving")
    );
}
