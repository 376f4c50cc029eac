//! Odd repositories, file systems and files around a project: one clear message, nothing lost, and no more time or memory than needed.

mod support;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use support::{Outcome, Test, files};

const SMALL: &str = include_str!("../blueprints/small.yaml");

fn generated() -> Outcome {
    let test = Test::new().file("loadpath.yaml", SMALL);
    test.args(["generate", "-q"]).run()
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
    git(folder, &["init", "-q", "-b", "main", "."]);
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "first"]);
}

#[test]
fn in_a_bare_repository_head_is_no_blueprint() {
    let bare = || {
        Test::new()
            .with(|folder| git(folder, &["init", "-q", "--bare", "."]))
            .file("loadpath.yaml", SMALL)
            .args(["generate", "-q"])
            .any_stderr()
            .run()
    };
    let outcome = bare();
    assert!(outcome.path().join("HEAD").is_file());
    // It has no commit: what was generated last is compared with.
    let outcome = outcome
        .then()
        .arg("diff")
        .stdout_has("nothing changes        against what was generated last\n")
        .run();
    outcome
        .then()
        .args(["diff", "--against", "main"])
        .status(1)
        .stderr_has("error: `.` is in a bare repository, wanted a working tree\nhint: git worktree add makes one")
        .run();
    // With commits too.
    let origin = generated();
    commit(origin.path());
    let url = origin.path().display().to_string();
    Test::new()
        .with(|folder| git(folder, &["clone", "-q", "--bare", &url, "."]))
        .file("loadpath.yaml", SMALL)
        .arg("diff")
        .status(1)
        .stderr_has("is in a bare repository")
        .run();
}

#[test]
fn a_name_of_a_revision_and_of_a_file_is_the_revision() {
    let both = || {
        let outcome = generated();
        commit(outcome.path());
        git(outcome.path(), &["branch", "grown"]);
        let larger = SMALL.replace("5k", "400k");
        let test = outcome.then().file("grown", larger);
        test.args(["diff", "--exit-code"])
    };
    both()
        .args(["--against", "grown"])
        .stdout_has("nothing changes        against grown (")
        .stderr(
            "`grown` is a revision and a file here: the revision is taken; the file is ./grown\n",
        )
        .run();
    both()
        .args(["--against", "./grown"])
        .status(2)
        .stdout_has("        against ./grown\n")
        .any_stderr()
        .run();
    let file = both().path().join("grown").display().to_string();
    assert!(file.starts_with('/'));
}

/// What git leaves where two branches both generated.
fn with_markers(text: &str) -> String {
    let (first, rest) = text.split_once('\n').expect("there are lines");
    let (second, rest) = rest.split_once('\n').expect("there are lines");
    format!("{first}\n<<<<<<< HEAD\n{second}\n=======\n{second} \n>>>>>>> theirs\n{rest}")
}

#[test]
fn a_lock_and_a_base_with_the_markers_of_git_are_repaired() {
    let outcome = generated();
    let before = files(outcome.path());
    for path in [
        ".loadpath/lock.json",
        ".loadpath/base/terraform/gcp/infrastructure/network.tf",
    ] {
        let path = outcome.path().join(path);
        let text = fs::read_to_string(&path).expect("it was generated");
        fs::write(&path, with_markers(&text)).expect("ours");
    }
    let broken = files(outcome.path());
    let mut outcome = outcome;
    for command in ["generate", "check", "diff"] {
        outcome = outcome
            .then()
            .arg(command)
            .status(1)
            .stderr_has("lock.json")
            .stderr_has("loadpath generate --repair")
            .any_stdout()
            .run();
        assert_eq!(files(outcome.path()), broken, "{command}");
    }
    let repaired = outcome
        .then()
        .args(["generate", "--repair", "-q"])
        .any_stderr()
        .run();
    assert_eq!(files(repaired.path()), before);
    repaired
        .then()
        .arg("check")
        .stdout_has(" files in step\n")
        .run();
}

#[test]
fn a_path_as_long_as_no_system_takes() {
    let long = "x/".repeat(3000);
    let name = "x".repeat(300);
    for (args, part) in [
        (vec!["generate", "-o", &long], "File name too long"),
        (vec!["generate", "-o", &name], "File name too long"),
        (vec!["check", &long], "error: cannot read x/x/"),
        (vec!["size", "--catalog", &long], "File name too long"),
        (vec!["generate", "--templates", &long], "is not a directory"),
        (vec!["diff", "--against", &long], "no revision `x/x/"),
    ] {
        let test = Test::new().file("loadpath.yaml", SMALL).with(commit);
        let before = visible(test.path());
        let outcome = test.args(args.clone()).status(1).stderr_has(part).run();
        assert_eq!(visible(outcome.path()), before, "{args:?}");
        let lines = outcome
            .stderr
            .lines()
            .filter(|line| line.starts_with("error"));
        assert_eq!(lines.count(), 1, "{}", outcome.stderr);
    }
    // One that a project reaches though it is long: its folder is opened step by step, and its files by name.
    let deep: PathBuf = ["deep/".repeat(600).as_str(), "project"].iter().collect();
    let outcome = Test::new()
        .file("loadpath.yaml", SMALL)
        .args(["generate", "-q", "-o", &deep.display().to_string()])
        .run();
    outcome
        .then()
        .args(["check", "-o", &deep.display().to_string()])
        .stdout_has(" files in step\n")
        .run();
}

fn visible(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = files(folder);
    all.retain(|path, _| !path.starts_with(".git/"));
    all
}

/// Runs the binary with so much memory, in KiB of address space, and says how it ended and how long it took.
fn within(memory_kib: u64, folder: &Path, args: &str) -> (Option<i32>, String, Duration) {
    let began = Instant::now();
    let run = format!(
        "ulimit -v {memory_kib}; exec {} {args}",
        env!("CARGO_BIN_EXE_loadpath")
    );
    let output = Command::new("sh")
        .args(["-c", &run])
        .current_dir(folder)
        .output()
        .expect("there is a shell");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output.status.code(), text, began.elapsed())
}

#[test]
fn a_file_of_a_hundred_megabytes_costs_nothing() {
    let outcome = generated();
    let sparse = |path: &str| {
        let file = File::create(outcome.path().join(path)).expect("ours");
        file.set_len(100 << 20)
            .expect("a sparse file takes no room");
    };
    // What a check needs as it is, to the next eight megabytes.
    let enough = (8..64)
        .map(|step| step * 8 * 1024)
        .find(|memory| within(*memory, outcome.path(), "check").0 == Some(0))
        .expect("half a gigabyte is enough");
    let (_, _, plain) = within(enough, outcome.path(), "check");
    sparse("terraform/gcp/infrastructure/dump.sql");
    sparse("data.bin");
    let (code, text, took) = within(enough + 16 * 1024, outcome.path(), "check");
    assert_eq!(code, Some(0), "{text}");
    assert!(took < plain * 4 + Duration::from_secs(1), "{took:?}");
    // In the place of a file of ours it is a person's, and not read; where the file has to change, it is in the way.
    sparse("docs/CAPACITY.md");
    let (code, text, took) = within(enough + 16 * 1024, outcome.path(), "check");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("edited     docs/CAPACITY.md"), "{text}");
    assert!(took < plain * 4 + Duration::from_secs(1), "{took:?}");
    for command in ["check", "generate"] {
        let args = format!("{command} --set users.monthly_active=400k");
        let (code, text, _) = within(enough + 16 * 1024, outcome.path(), &args);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("a file of more than 64 MiB"), "{text}");
    }
    // As a lock it is none.
    sparse(".loadpath/lock.json");
    let (code, text, _) = within(enough + 16 * 1024, outcome.path(), "check");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("is a file of more than 64 MiB"), "{text}");
}

/// Where upper and lower case are one, two such files would be one.
#[test]
fn no_two_files_differ_in_case_alone() {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    for tree in fs::read_dir(snapshots).expect("ours") {
        let tree = tree.expect("ours").path();
        let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
        for entry in walkdir::WalkDir::new(&tree) {
            let path = entry.expect("ours").path().to_owned();
            let folded = path.to_string_lossy().to_lowercase();
            if let Some(other) = seen.insert(folded, path.clone()) {
                panic!("{} and {}", other.display(), path.display());
            }
        }
        assert!(seen.len() > 50, "{}", tree.display());
    }
}

/// A file of a person's that a system without case would find in the place of ours is theirs.
#[test]
fn a_file_that_differs_in_case_alone_is_left_alone() {
    let outcome = Test::new()
        .file("loadpath.yaml", SMALL)
        .file("Docs/Start.md", "mine\n")
        .args(["generate", "-q"])
        .any_stderr()
        .run();
    assert_eq!(outcome.read("Docs/Start.md").as_deref(), Some("mine\n"));
    outcome
        .then()
        .arg("check")
        .stdout_has(" files in step\n")
        .run();
}
