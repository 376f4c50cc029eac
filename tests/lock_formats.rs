//! A project frozen by every format of the lock is generated on: nothing in it is lost.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use support::Test;

fn frozen() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/locks");
    let entries = fs::read_dir(folder).expect("there are frozen projects");
    entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect()
}

/// A copy of the project frozen by a format.
fn copy(folder: &Path) -> Test {
    let copied = |test: Test, (path, bytes): (String, Vec<u8>)| {
        let source = folder.join(&path);
        let test = test.file(&path, bytes);
        let permissions = fs::metadata(source).expect("it is there").permissions();
        fs::set_permissions(test.path().join(path), permissions).expect("ours");
        test
    };
    support::files(folder).into_iter().fold(Test::new(), copied)
}

#[test]
fn a_project_of_every_format_is_generated_on() {
    for folder in frozen() {
        let outcome = copy(&folder).args(["generate", "-q"]).any_stderr().run();
        let lock = outcome.read(".loadpath/lock.json").expect("it was written");
        assert!(
            lock.starts_with("{\n  \"format\": 2,\n"),
            "{}",
            folder.display()
        );
        let network = outcome
            .read("terraform/gcp/infrastructure/network.tf")
            .expect("it is there");
        assert!(
            network.ends_with(
                "\nresource \"google_compute_address\" \"mine\" {\n  name = \"mine\"\n}\n"
            )
        );
        let sizes = outcome
            .read("terraform/gcp/infrastructure/envs/prod.tfvars")
            .expect("it is there");
        assert!(sizes.contains("\n# mine: agreed with finance\n"));
        assert_eq!(
            outcome.read("docs/START.md"),
            None,
            "what was deleted stays deleted"
        );
        let before = outcome.files();
        let again = outcome.then().args(["generate", "-q"]).any_stderr().run();
        assert_eq!(again.files(), before);
    }
}

/// What format 2 knows beside: who owns a block, files that are a person's after the first run, scripts, since when a file differs.
#[test]
fn what_a_person_owned_in_format_2_is_theirs_still() {
    let frozen = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/locks/2");
    let outcome = copy(&frozen).args(["generate", "-q"]).any_stderr().run();
    let has = |outcome: &support::Outcome, path: &str, part: &str| {
        let text = outcome.read(path).expect("it is there");
        assert!(text.contains(part), "{path} has no `{part}`:\n{text}");
    };
    let network = "terraform/gcp/infrastructure/network.tf";
    has(
        &outcome,
        network,
        "min_ports_per_vm                    = 128\n",
    );
    has(
        &outcome,
        "terraform/gcp/infrastructure/envs/prod.tfvars",
        "disk_gib  = 80\n",
    );
    has(
        &outcome,
        "kubernetes/overlays/prod/local/kustomization.yaml",
        "# mine: a patch of our own comes here\n",
    );
    has(&outcome, "scripts/rollback", "# mine: tell the channel\n");
    let lock = outcome.read(".loadpath/lock.json").expect("it is there");
    let lock: serde_json::Value = serde_json::from_str(&lock).expect("it is JSON");
    assert_eq!(
        lock["files"][network]["own"],
        serde_json::json!(["resource.google_compute_router_nat.main"])
    );
    let sizes = "terraform/gcp/infrastructure/envs/prod.tfvars";
    assert_eq!(lock["files"][sizes]["since"], "0.1.0");
    outcome.then().arg("check").any_stdout().any_stderr().run();
}

/// A change of the templates that loses what holds data: a rename without a row in `_moved.tsv`, a key of `for_each`.
#[test]
fn nothing_that_holds_data_is_lost_between_versions() {
    for folder in frozen() {
        let outcome = copy(&folder)
            .args(["diff", "--against", "lock", "--format", "json"])
            .any_stdout()
            .any_stderr()
            .run();
        let value: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
        let roots = value["terraform"].as_array().expect("a list");
        let changes = roots.iter().flat_map(|root| {
            let changes = root["changes"].as_array().expect("a list");
            changes.iter().map(move |change| (root, change))
        });
        let lost: Vec<String> = changes
            .filter(|(_, change)| change["what"] == "removed" && change["class"] != "in-place")
            .map(|(root, change)| format!("{} {}", root["root"], change["address"]))
            .collect();
        assert!(lost.is_empty(), "{}: {lost:?}", folder.display());
    }
}
