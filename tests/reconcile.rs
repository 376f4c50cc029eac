//! Whole runs of reconciling: no sequence of edits and generations loses a text, full and read-only disks, runs at once.

mod support;

use std::{collections::BTreeMap, fs, path::Path, thread};

use loadpath::{
    reconcile::{Action, Options, Project, compare},
    render::Tree,
};
use proptest::prelude::*;
use support::{Mounted, files, folder_in_memory, generate, tree};
use tempfile::TempDir;

/// Paths that share folders and prefixes.
const PATHS: [&str; 6] = ["a", "a-b/x", "ab/x", "ab/y", "ab/c/x", "docs/START.md"];

/// What a person or a new version does.
#[derive(Clone, Debug)]
enum Step {
    /// Generate these texts; a path without one is no longer generated.
    Generate([Option<u8>; PATHS.len()]),
    /// Write to a path.
    Edit(usize, u8),
    /// Remove a path.
    Remove(usize),
}

fn text(version: u8) -> String {
    format!("version {version}\n")
}

fn edit(version: u8) -> String {
    format!("edit {version}\n")
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let path = 0..PATHS.len();
    let step = prop_oneof![
        prop::array::uniform6(prop::option::weighted(0.8, 0..3_u8)).prop_map(Step::Generate),
        (path.clone(), 0..3_u8).prop_map(|(path, version)| Step::Edit(path, version)),
        path.prop_map(Step::Remove),
    ];
    prop::collection::vec(step, 1..12)
}

fn of_versions(versions: &[Option<u8>]) -> Tree {
    let files = PATHS
        .iter()
        .zip(versions)
        .filter_map(|(path, version)| Some((*path, text((*version)?))));
    tree(files)
}

/// Texts on disk but for loadpath's own.
fn visible(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = files(folder);
    files.retain(|path, _| !path.starts_with(".loadpath/") && path != ".gitattributes");
    files
}

/// Runs a generation and checks that no person's text is gone: those that loadpath never wrote at that path.
fn check_generation(folder: &Path, tree: &Tree) -> Result<(), TestCaseError> {
    let before = visible(folder);
    let everything = files(folder);
    let result = generate(folder, tree);
    let after = visible(folder);
    for (path, text) in &before {
        if text.starts_with(b"edit") {
            prop_assert_eq!(
                after.get(path),
                Some(text),
                "the edit of `{}` is lost",
                path
            );
        }
    }
    if result.is_err() {
        prop_assert_eq!(
            files(folder),
            everything,
            "a run that stopped wrote something"
        );
        return Ok(());
    }
    check_step(folder, tree, &after)
}

/// After a generation every path is either as rendered or a person's, and the next one has nothing to do.
fn check_step(
    folder: &Path,
    tree: &Tree,
    after: &BTreeMap<String, Vec<u8>>,
) -> Result<(), TestCaseError> {
    let project = Project::open(folder).expect("the project opens");
    let changes = compare(&project, tree, &Options::default()).expect("the project compares");
    for change in &changes {
        let settled = matches!(
            change.action,
            Action::Unchanged | Action::Keep | Action::StayDeleted | Action::Orphan
        );
        prop_assert!(settled, "`{}` is left {:?}", change.path, change.action);
    }
    for (path, file) in &tree.files {
        let text = after.get(path);
        let as_rendered = text.is_some_and(|text| text == file.text.as_bytes());
        let a_persons = text.is_none_or(|text| text.starts_with(b"edit"));
        prop_assert!(
            as_rendered || a_persons,
            "`{}` is neither rendered nor a person's",
            path
        );
    }
    drop(project);
    let before = files(folder);
    let applied = generate(folder, tree).expect("there is nothing to do");
    prop_assert_eq!(applied, loadpath::reconcile::Applied::default());
    prop_assert_eq!(files(folder), before);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_edits_and_generations_loses_an_edit(steps in steps()) {
        let folder = folder_in_memory();
        for step in steps {
            match step {
                Step::Generate(versions) => check_generation(folder.path(), &of_versions(&versions))?,
                Step::Edit(path, version) => {
                    let path = folder.path().join(PATHS[path]);
                    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is ours");
                    fs::write(path, edit(version)).expect("the folder is ours");
                }
                Step::Remove(path) => {
                    let _ = fs::remove_file(folder.path().join(PATHS[path]));
                }
            }
        }
    }
}

/// So many files of about so many bytes.
fn large_tree(n_files: usize, bytes: usize, version: u8) -> Tree {
    tree((0..n_files).map(|n| {
        (
            format!("folder-{}/file-{n}", n % 7),
            text(version).repeat(bytes / 10),
        )
    }))
}

/// A tree whose files change at their end from version to version.
fn long_tree(n_files: usize, n_lines: usize, version: u8) -> Tree {
    let file = |n: usize| {
        let lines: String = (0..n_lines).map(|line| format!("line {line}\n")).collect();
        (format!("folder-{}/file-{n}", n % 7), lines + &text(version))
    };
    tree((0..n_files).map(file))
}

/// A person writes a line at the top of every file.
fn edit_all(folder: &Path, tree: &Tree) {
    for path in tree.files.keys() {
        let path = folder.join(path);
        let text = fs::read_to_string(&path).expect("it was generated");
        fs::write(&path, format!("mine\n{text}")).expect("the folder is ours");
    }
}

/// Whether every file is a version with the line of the person.
fn is_merged(folder: &Path, tree: &Tree) -> bool {
    let now = visible(folder);
    tree.files.iter().all(|(path, file)| {
        let merged = format!("mine\n{}", file.text);
        now.get(path).is_some_and(|text| *text == merged.as_bytes())
    })
}

#[test]
fn a_disk_that_is_full_in_the_middle_of_merges_leaves_every_edit_as_it_was() {
    let Some(disk) = Mounted::new(1 << 20) else {
        return;
    };
    let folder = disk.path();
    let (first, second) = (long_tree(30, 500, 1), long_tree(30, 500, 2));
    generate(&folder, &first).expect("there is room for it");
    edit_all(&folder, &first);
    let filler = folder.join("filler");
    let (mut size, mut n_full) = (1 << 20, 0);
    loop {
        // Fills the disk to the last page, and then leaves a little more each time.
        let _ = fs::write(&filler, vec![0; size]);
        let before = files(&folder);
        match generate(&folder, &second) {
            Ok(_) => break,
            Err(error) => {
                let message = format!("{error:#}");
                assert!(message.contains("No space left on device"), "{message}");
                assert_eq!(files(&folder), before, "with a filler of {size} bytes");
                n_full += 1;
                size = size.checked_sub(16 << 10).expect("there is room at last");
            }
        }
    }
    support::say(&format!(
        "{n_full} runs with 30 merges each stopped at a full disk, at another place each"
    ));
    assert!(n_full > 3 && is_merged(&folder, &second));
}

#[test]
fn two_runs_at_once_merge_one_after_the_other() {
    let folder = TempDir::new().expect("there is a temporary folder");
    let folder = folder.path();
    let versions = [long_tree(40, 100, 1), long_tree(40, 100, 2)];
    generate(folder, &versions[0]).expect("the first run writes");
    edit_all(folder, &versions[0]);
    for round in 0..5 {
        thread::scope(|scope| {
            let runs: Vec<_> = versions
                .iter()
                .map(|tree| scope.spawn(|| generate(folder, tree).map(|_| ())))
                .collect();
            for run in runs {
                run.join()
                    .expect("no run panics")
                    .expect("each run waits for the other");
            }
        });
        assert!(
            versions.iter().any(|tree| is_merged(folder, tree)),
            "round {round}: an edit is lost, or the two runs are mixed"
        );
    }
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let Some(disk) = Mounted::new(1 << 20) else {
        return;
    };
    let folder = disk.path();
    let error = generate(&folder, &large_tree(40, 40_000, 1)).expect_err("the disk is too small");
    let message = format!("{error:#}");
    assert!(message.starts_with("cannot write `folder-"), "{message}");
    assert!(
        message.ends_with("No space left on device (os error 28)"),
        "{message}"
    );
    assert_eq!(fs::read_dir(&folder).map(Iterator::count).ok(), Some(0));

    let small = large_tree(20, 10_000, 1);
    generate(&folder, &small).expect("there is room for it");
    fs::write(folder.join("folder-1/file-1"), "mine\n").expect("there is room for it");
    let before = files(&folder);
    generate(&folder, &large_tree(40, 40_000, 2)).expect_err("the edit conflicts");
    let mut larger = large_tree(40, 40_000, 2);
    larger.files.insert(
        "folder-1/file-1".to_owned(),
        small.files["folder-1/file-1"].clone(),
    );
    let error = generate(&folder, &larger).expect_err("the disk is too small");
    assert!(
        format!("{error:#}").contains("No space left on device"),
        "{error:#}"
    );
    assert_eq!(files(&folder), before);
    assert!(!folder.join(".loadpath/staging").exists());
    generate(&folder, &small).expect("nothing is broken");
    assert_eq!(files(&folder), before);
}

#[test]
fn a_disk_without_room_for_another_file_leaves_everything_as_it_was() {
    let Some(disk) = Mounted::new(256 << 10) else {
        return;
    };
    let folder = disk.path();
    generate(&folder, &large_tree(6, 4_000, 1)).expect("there is room for it");
    let filler = folder.join("filler");
    let mut size = 256 << 10;
    while size > 0 {
        // Fills the disk to the last page, and then leaves a little more each time.
        let _ = fs::write(&filler, vec![0; size]);
        let before = files(&folder);
        let result = generate(&folder, &large_tree(9, 4_000, 2));
        if result.is_ok() {
            assert!(size < 256 << 10, "it was full before");
            return;
        }
        assert_eq!(files(&folder), before, "with a filler of {size} bytes");
        size -= 4096;
    }
    panic!("there never was room");
}

#[test]
fn a_read_only_disk_is_named() {
    let Some(disk) = Mounted::new(1 << 20) else {
        return;
    };
    let folder = disk.path();
    generate(&folder, &large_tree(3, 100, 1)).expect("there is room for it");
    let before = files(&folder);
    assert!(
        disk.make_read_only(),
        "a mounted file system can be made read-only"
    );
    generate(&folder, &large_tree(3, 100, 1)).expect("there is nothing to write");
    let error = generate(&folder, &large_tree(3, 100, 2)).expect_err("nothing can be written");
    let message = format!("{error:#}");
    assert_eq!(
        message,
        "cannot make the folder `.loadpath/staging`: Read-only file system (os error 30)"
    );
    let below =
        generate(&folder.join("new"), &large_tree(3, 100, 1)).expect_err("nothing can be written");
    assert!(
        format!("{below:#}").starts_with("cannot make the folder `"),
        "{below:#}"
    );
    assert_eq!(files(&folder), before);
}

#[test]
fn two_runs_at_once_come_one_after_the_other() {
    let folder = TempDir::new().expect("there is a temporary folder");
    let folder = folder.path();
    let versions = [large_tree(40, 2_000, 1), large_tree(40, 2_000, 2)];
    generate(folder, &versions[0]).expect("the first run writes");
    for _ in 0..5 {
        thread::scope(|scope| {
            let runs: Vec<_> = versions
                .iter()
                .map(|tree| scope.spawn(|| generate(folder, tree).map(|_| ())))
                .collect();
            for run in runs {
                run.join()
                    .expect("no run panics")
                    .expect("each run waits for the other");
            }
        });
        let now = visible(folder);
        let is = |tree: &Tree| {
            tree.files.iter().all(|(path, file)| {
                now.get(path)
                    .is_some_and(|text| text == file.text.as_bytes())
            })
        };
        assert!(versions.iter().any(is), "the two runs are mixed");
    }
}
