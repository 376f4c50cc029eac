//! What `generate --dry-run --diff` shows is what happens: its output is a patch that gives the same project.

mod support;

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use support::{Test, files, say};

/// Texts of a project that are not loadpath's own.
fn visible(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = files(folder);
    all.retain(|path, _| !path.starts_with(".loadpath/") && path != "loadpath.yaml");
    all
}

fn rewrite(folder: &Path, path: &str, edit: impl Fn(String) -> String) {
    let path = folder.join(path);
    let text = fs::read_to_string(&path).expect("it was generated");
    fs::write(path, edit(text)).expect("the folder is ours");
}

#[test]
fn the_diff_is_a_patch_that_gives_the_same_project() {
    let small = include_str!("../blueprints/small.yaml");
    let outcome = Test::new()
        .file("loadpath.yaml", small)
        .args(["generate", "-q"])
        .run();
    let folder = outcome.path().to_owned();
    let root = "terraform/gcp/infrastructure";
    // Edited in a file that changes and in one that does not, deleted, and in the way of nothing.
    rewrite(&folder, &format!("{root}/envs/prod.tfvars"), |text| {
        text.replacen("\n\n", "\n# mine\n\n", 1)
    });
    rewrite(&folder, &format!("{root}/network.tf"), |text| {
        text + "# mine\n"
    });
    fs::remove_file(folder.join("docs/QUOTAS.md")).expect("it was generated");
    let more = [
        "--set",
        "users.monthly_active=400k",
        "--set",
        "platform.stream=strimzi",
    ];
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_loadpath"))
            .arg("generate")
            .args(args)
            .args(more)
            .current_dir(&folder)
            .output()
            .expect("the binary starts")
    };
    let before = files(&folder);
    let shown = run(&["--dry-run", "--diff", "-q"]);
    assert!(
        shown.status.success(),
        "{}",
        String::from_utf8_lossy(&shown.stderr)
    );
    assert_eq!(files(&folder), before, "a dry run writes nothing");

    let copy = tempfile::tempdir().expect("the system's temporary folder takes another one");
    for (path, bytes) in visible(&folder) {
        let path = copy.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is ours");
        fs::write(path, bytes).expect("the folder is ours");
    }
    fs::write(copy.path().join("patch"), &shown.stdout).expect("the folder is ours");
    let applied = Command::new("git")
        .args(["apply", "--unidiff-zero", "patch"])
        .current_dir(copy.path())
        .env("GIT_CEILING_DIRECTORIES", "/")
        .output();
    let Ok(applied) = applied else {
        say("skipped: there is no git");
        return;
    };
    assert!(
        applied.status.success(),
        "{}",
        String::from_utf8_lossy(&applied.stderr)
    );
    fs::remove_file(copy.path().join("patch")).expect("it was written");

    let done = run(&["-q"]);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let (ours, theirs) = (visible(&folder), visible(copy.path()));
    let differing: Vec<&String> = ours
        .keys()
        .chain(theirs.keys())
        .filter(|path| ours.get(*path) != theirs.get(*path))
        .collect();
    assert!(differing.is_empty(), "{differing:?}");
    assert_ne!(ours.len(), before.len(), "files came or went");
}
