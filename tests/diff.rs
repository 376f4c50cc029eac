//! What a change means: against a revision, another blueprint and what was generated last, and what is refused.

mod support;

use std::{collections::BTreeSet, fs, path::Path, process::Command, sync::LazyLock};

use serde_json::Value;
use support::Test;

const SMALL: &str = include_str!("../blueprints/small.yaml");

/// A project in a repository, generated and committed; copied for each test.
fn committed() -> Test {
    static KEPT: LazyLock<Test> = LazyLock::new(|| {
        Test::new()
            .file("shop/loadpath.yaml", SMALL)
            .with(|folder| git(folder, &["init", "-q", "-b", "main", "."]))
            .args(["generate", "shop", "-q"])
            .run()
            .then()
            .with(|folder| commit(folder, "first"))
    });
    let kept = format!("{}/.", KEPT.path().display());
    Test::new().with(|folder| {
        let copied = Command::new("cp").args(["-a", &kept]).arg(folder).status();
        assert!(copied.is_ok_and(|status| status.success()));
    })
}

/// The same with eighty times the users, not generated yet.
fn grown() -> Test {
    committed().with(|folder| replace(&folder.join("shop/loadpath.yaml"), "5k", "400k"))
}

fn git(folder: &Path, args: &[&str]) {
    let done = Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(args)
        .current_dir(folder)
        .status();
    assert!(done.is_ok_and(|status| status.success()), "git {args:?}");
}

fn commit(folder: &Path, message: &str) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", message]);
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("it was written");
    assert!(text.contains(from), "{}: no `{from}`", path.display());
    fs::write(path, text.replacen(from, to, 1)).expect("ours");
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

#[test]
fn nothing_changes_where_nothing_did() {
    for against in ["HEAD", "lock", "main", "shop"] {
        let outcome = committed()
            .args(["diff", "shop", "--exit-code", "--against", against])
            .stdout_has("nothing changes        against ")
            .any_stderr()
            .run();
        assert_eq!(
            outcome.stdout.lines().count(),
            if against == "lock" { 2 } else { 1 }
        );
    }
}

#[test]
fn growth_is_told_in_sentences_with_cost_and_addresses() {
    let outcome = grown()
        .args(["diff", "shop", "--exit-code"])
        .status(2)
        .stdout_has("prod on gcp\n")
        .stdout_has("  demand.mau 15 692 → 1 255 371")
        .stdout_has(" requests/s × ")
        .stdout_has("  cost of prod ")
        .stdout_has(" USD/month (+")
        .stdout_has("  cost of 1 000 requests ")
        .stdout_has("  terraform/gcp/infrastructure (prod): ")
        .stdout_has("against HEAD (")
        .any_stderr()
        .run();
    // Generated, the working tree still differs from what is committed, and no more from its own lock.
    let generated = outcome.then().args(["generate", "shop", "-q"]).run();
    generated
        .then()
        .args(["diff", "shop", "--exit-code"])
        .status(2)
        .stdout_has("  cost of prod ")
        .any_stderr()
        .run()
        .then()
        .args(["diff", "shop", "--exit-code", "--against", "lock"])
        .stdout_has("nothing changes        against what was generated last\n")
        .any_stderr()
        .run();
}

#[test]
fn what_is_forbidden_ends_with_its_own_code() {
    for (rule, status) in [
        ("risk=in-place", 5),
        ("cost>1%", 4),
        ("cost>1000000", 0),
        ("cost>100000%,risk=irreversible", 0),
        ("risk=in-place,cost>1%", 5),
    ] {
        let outcome = grown()
            .args(["diff", "shop", "--fail-on", rule])
            .status(status)
            .any_stdout()
            .any_stderr()
            .run();
        assert!(!outcome.stdout.is_empty(), "{rule}");
    }
    grown()
        .args(["diff", "shop", "--fail-on", "risk=low"])
        .status(1)
        .stderr_has("no class `low`; there are in-place, rolling, restart, unknown, replace, data-moving, irreversible")
        .run();
    grown()
        .args([
            "diff",
            "shop",
            "--fail-on",
            "budget",
            "--set",
            "budget=900 USD/month",
        ])
        .status(4)
        .stdout_has("over-budget")
        .any_stderr()
        .run();
}

#[test]
fn machines_get_every_address_with_its_class() {
    let outcome = grown()
        .args(["diff", "shop", "--format", "json"])
        .any_stdout()
        .any_stderr()
        .run();
    let value = json(&outcome.stdout);
    let schema = Test::new().args(["schema", "diff"]).any_stdout().run();
    let validator = jsonschema::validator_for(&json(&schema.stdout)).expect("the schema is one");
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    assert_eq!(value["differs"], true);
    let roots = value["terraform"].as_array().expect("a list");
    let prod = roots
        .iter()
        .find(|root| {
            root["root"] == "terraform/gcp/infrastructure" && root["environment"] == "prod"
        })
        .expect("the root changes");
    let changes = prod["changes"].as_array().expect("a list");
    assert!(!changes.is_empty());
    for change in changes {
        assert!(
            change["address"]
                .as_str()
                .is_some_and(|address| address.contains('.')),
            "{change}"
        );
        assert!(
            change["class"].is_string() && change["what"].is_string(),
            "{change}"
        );
    }
    let cost = &value["environments"][0]["cost"]["usd_month"];
    assert!(cost[0].as_f64() < cost[1].as_f64(), "{cost}");
    let sarif = grown()
        .args(["diff", "shop", "--format", "sarif"])
        .any_stdout()
        .any_stderr()
        .run();
    let schema = json(include_str!("formats/sarif-schema-2.1.0.json"));
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    assert!(validator.is_valid(&json(&sarif.stdout)));
    grown()
        .args(["diff", "shop", "--format", "markdown"])
        .stdout_has("<!-- loadpath diff -->\n### loadpath diff\n")
        .stdout_has("- cost of prod ")
        .any_stderr()
        .run();
}

#[test]
fn another_blueprint_is_a_side_too() {
    grown()
        .file("other.yaml", SMALL)
        .args(["diff", "shop", "--against", "other.yaml"])
        .stdout_has("against other.yaml\n")
        .stdout_has("  cost of prod ")
        .any_stderr()
        .run();
}

#[test]
fn a_revision_that_is_not_there_is_refused() {
    committed()
        .args(["diff", "shop", "--against", "v9"])
        .status(1)
        .stderr_has("error: no revision `v9`, and no blueprint of that name\nhint: git fetch")
        .run();
    committed()
        .args(["diff", "shop", "--against", "--upload-pack=x"])
        .status(1)
        .any_stderr()
        .run();
    committed()
        .with(|folder| {
            fs::create_dir(folder.join("late")).expect("ours");
            fs::write(folder.join("late/loadpath.yaml"), SMALL).expect("ours");
        })
        .args(["diff", "late"])
        .status(1)
        .stderr_has("error: HEAD has no `late/loadpath.yaml`\nhint: ")
        .run();
}

#[test]
fn a_shallow_clone_says_how_to_get_more() {
    let origin = committed();
    fs::write(origin.path().join("note"), "x").expect("ours");
    commit(origin.path(), "second");
    let url = format!("file://{}", origin.path().display());
    Test::new()
        .with(|folder| git(folder, &["clone", "-q", "--depth", "1", &url, "clone"]))
        .args(["diff", "clone/shop", "--against", "HEAD~1"])
        .status(1)
        .stderr_has("error: no revision `HEAD~1` in this clone, which is shallow\nhint: git fetch --unshallow")
        .run();
}

#[test]
fn without_git_or_a_repository_the_lock_is_compared_with() {
    let generated = || {
        Test::new()
            .file("loadpath.yaml", SMALL)
            .args(["generate", "-q"])
            .run()
    };
    let outcome = generated();
    replace(&outcome.path().join("loadpath.yaml"), "5k", "400k");
    outcome
        .then()
        .arg("diff")
        .env("PATH", "/nowhere")
        .stdout_has("against what was generated last\n")
        .any_stderr()
        .run()
        .then()
        .args(["diff", "--against", "HEAD"])
        .env("PATH", "/nowhere")
        .status(1)
        .stderr("error: git is not here\nhint: --against lock or --against BLUEPRINT need no git\n")
        .run()
        .then()
        .args(["diff", "--against", "HEAD"])
        .status(1)
        .stderr_has("error: git refuses: not a git repository")
        .run();
    Test::new()
        .file("loadpath.yaml", SMALL)
        .arg("diff")
        .status(1)
        .stderr("error: nothing was generated in `.` yet\nhint: loadpath generate, or --against REVISION\n")
        .run();
}

#[test]
fn a_project_in_a_submodule_is_compared_within_it() {
    let inner = grown();
    replace(&inner.path().join("shop/loadpath.yaml"), "400k", "5k");
    let url = inner.path().display().to_string();
    Test::new()
        .with(|folder| {
            git(folder, &["init", "-q", "."]);
            git(
                folder,
                &[
                    "-c",
                    "protocol.file.allow=always",
                    "submodule",
                    "--quiet",
                    "add",
                    &url,
                    "sub",
                ],
            );
            replace(&folder.join("sub/shop/loadpath.yaml"), "5k", "400k");
        })
        .args(["diff", "sub/shop", "--exit-code"])
        .status(2)
        .stdout_has("  cost of prod ")
        .any_stderr()
        .run();
}

#[test]
fn the_addresses_of_every_example_are_known_but_for_few() {
    use loadpath::risk::{Root, changes, is_known};
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let (mut known, mut unknown) = (0, Vec::new());
    let mut untabled = BTreeSet::new();
    for entry in walkdir::WalkDir::new(snapshots).sort_by_file_name() {
        let entry = entry.expect("ours");
        if entry.file_name() != "versions.tf" {
            continue;
        }
        let folder = entry.path().parent().expect("it is in a folder");
        let texts: Vec<(String, String)> = fs::read_dir(folder)
            .expect("ours")
            .filter_map(Result::ok)
            .filter(|entry| {
                entry
                    .path()
                    .extension()
                    .is_some_and(|extension| extension == "tf")
            })
            .map(|entry| {
                let text = fs::read_to_string(entry.path()).expect("ours");
                (entry.path().display().to_string(), text)
            })
            .collect();
        let root = Root::parse(
            texts
                .iter()
                .map(|(path, text)| (path.as_str(), text.as_str())),
        );
        let tfvars = fs::read_to_string(folder.join("envs/prod.tfvars"))
            .or_else(|_| fs::read_to_string(folder.join("terraform.tfvars")))
            .unwrap_or_default();
        let state = root.state(&tfvars);
        assert!(changes(&state, &state).is_empty(), "{}", folder.display());
        for (address, instance) in &state.instances {
            if !is_known(&instance.kind) {
                untabled.insert(instance.kind.clone());
            }
            if address.ends_with("[*]") {
                unknown.push(format!("{}: {address}", folder.display()));
            } else {
                known += 1;
            }
        }
    }
    support::say(&format!(
        "{known} known, {} unknown:\n{}",
        unknown.len(),
        unknown.join("\n")
    ));
    assert!(known > 1_000 && unknown.len() * 50 < known);
    assert!(
        untabled.is_empty(),
        "src/risk/replacement.tsv has no row of {untabled:?}: what of it cannot change in place, or `*`"
    );
}

/// An overlay in which every file of the infrastructure calls the database's nodes something else, with rows of the table of renames.
fn renamed(folder: &Path, rows: &str) {
    let built_in =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/terraform/gcp/infrastructure");
    let mut n_renamed = 0;
    for (path, bytes) in support::files(&built_in) {
        let text = String::from_utf8(bytes).expect("templates are texts");
        let new = text
            .replace(
                "\"google_sql_database_instance\" \"shard\"",
                "\"google_sql_database_instance\" \"node\"",
            )
            .replace(
                "google_sql_database_instance.shard",
                "google_sql_database_instance.node",
            );
        if new != text {
            n_renamed += 1;
            let path = folder
                .join("overlay/terraform/gcp/infrastructure")
                .join(path);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("ours");
            fs::write(path, new).expect("ours");
        }
    }
    assert!(n_renamed > 0);
    fs::write(folder.join("overlay/terraform/_moved.tsv"), rows).expect("ours");
}

#[test]
fn a_resource_that_a_template_renames_moves_and_is_not_replaced() {
    let row = "gcp/infrastructure\tgoogle_sql_database_instance.shard\tgoogle_sql_database_instance.node\t0.2.0\n";
    let diff = |rows: &str| {
        committed().with(|folder| renamed(folder, rows)).args([
            "diff",
            "shop",
            "--templates",
            "overlay",
            "--fail-on",
            "risk",
        ])
    };
    // Without the row it would be lost.
    diff("")
        .status(5)
        .stdout_has("risk-irreversible")
        .stdout_has("google_sql_database_instance.shard[")
        .any_stderr()
        .run();
    let outcome = diff(row)
        .stdout_has("terraform/gcp/infrastructure (prod): 0 added, 0 changed, 0 removed, 1 moved; all in place\n")
        .stdout_has("    moved google_sql_database_instance.shard[\"main-s00\"] → google_sql_database_instance.node[\"main-s00\"]\n")
        .any_stderr()
        .run();
    assert!(!outcome.stdout.contains("risk-"), "{}", outcome.stdout);
    // An edit stays, and the file that says so is one of ours like any other.
    replace(
        &outcome
            .path()
            .join("shop/terraform/gcp/infrastructure/shards.tf"),
        "deletion_protection",
        "# mine\n  deletion_protection",
    );
    let generated = outcome
        .then()
        .args(["generate", "shop", "-q", "--templates", "overlay"])
        .any_stderr()
        .run();
    let moved = generated.read("shop/terraform/gcp/infrastructure/moved.tf");
    assert_eq!(
        moved.as_deref(),
        Some(
            "# What has another name since an earlier version: Terraform renames it in its state, and nothing is replaced. Terraform\n\
             # passes over what it never knew under the old name.\n\
             \n\
             # since loadpath 0.2.0\n\
             moved {\n  from = google_sql_database_instance.shard\n  to   = google_sql_database_instance.node\n}\n"
        )
    );
    let shards = generated
        .read("shop/terraform/gcp/infrastructure/shards.tf")
        .expect("it is there");
    assert!(
        shards.contains("\"google_sql_database_instance\" \"node\"") && shards.contains("# mine\n")
    );
    let value = generated
        .then()
        .args(["diff", "shop", "--templates", "overlay", "--format", "json"])
        .any_stdout()
        .any_stderr()
        .run();
    let value = json(&value.stdout);
    let change = &value["terraform"][0]["changes"][0];
    assert_eq!(change["what"], "moved");
    assert_eq!(change["class"], "in-place");
    assert_eq!(
        change["moved_from"],
        "google_sql_database_instance.shard[\"main-s00\"]"
    );
}

#[test]
fn renames_that_lead_in_a_circle_are_refused() {
    let rows = "gcp/infrastructure\tgoogle_sql_user.a\tgoogle_sql_user.b\t0.2.0\n\
                gcp/infrastructure\tgoogle_sql_user.b\tgoogle_sql_user.a\t0.3.0\n";
    committed()
        .with(|folder| renamed(folder, rows))
        .args(["generate", "shop", "--templates", "overlay"])
        .status(1)
        .stderr("error: terraform/_moved.tsv: the renames of `google_sql_user.a` in gcp/infrastructure lead in a circle\n")
        .run();
}

#[test]
fn what_nobody_knows_is_said_and_forbidden_by_its_own_name() {
    let own = |class: &str| {
        format!("resource \"aws_quantum_ledger\" \"mine\" {{\n  class = \"{class}\"\n}}\n")
    };
    let diff = |rule: &str| {
        let path = "templates/terraform/gcp/infrastructure/network.tf.j2";
        let network = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let network = fs::read_to_string(network).expect("ours");
        let overlay = "overlay/terraform/gcp/infrastructure/network.tf.j2";
        committed()
            .file(overlay, format!("{network}\n{}", own("small")))
            .args(["generate", "shop", "-q", "--templates", "overlay"])
            .run()
            .then()
            .file(overlay, format!("{network}\n{}", own("large")))
            .args([
                "diff",
                "shop",
                "--against",
                "lock",
                "--templates",
                "overlay",
                "--fail-on",
                rule,
            ])
            .stdout_has("risk-unknown aws_quantum_ledger.mine")
            .stdout_has("1 changed, 0 removed; 1 unknown\n")
            .any_stderr()
    };
    diff("risk").run();
    diff("risk=unknown").status(5).run();
    diff("risk=restart").status(5).run();
}
