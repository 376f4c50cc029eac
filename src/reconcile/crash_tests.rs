//! Runs that stop at every single change to the disk, and what the next run makes of them.

use std::{collections::BTreeMap, fs, io, io::Write as _, os::fd::AsFd as _, time::Duration};

use super::{
    Options, Project,
    apply::apply_watched,
    compare,
    disk::{Disk, Watch},
    journal,
    tests::{Scene, file, head, tree},
};
use crate::render::Tree;

/// Ends the process, as far as the disk can tell, before one change: nothing is changed from there on.
struct Kill {
    left: usize,
}

impl Watch for Kill {
    fn before(&mut self, _: &str) -> io::Result<()> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| io::Error::other("killed"))?;
        Ok(())
    }
}

/// Lets one change fail, as a full disk does, and every other one pass.
struct Fail {
    at: usize,
    seen: usize,
}

impl Watch for Fail {
    fn before(&mut self, _: &str) -> io::Result<()> {
        self.seen += 1;
        if self.seen == self.at + 1 {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }
}

type Everything = BTreeMap<String, (u32, Option<Vec<u8>>)>;

/// A project in which the next run does something of everything.
fn before() -> Scene {
    let scene = Scene::new();
    let mut first = tree(&[
        ("docs/keep", "1\n"),
        ("docs/converge", "1\n"),
        ("gone/deep/b", "1\n"),
        ("gone/orphan", "1\n"),
        ("merge/x.tf", "a = 1\n\nb = 1\n"),
        ("merge/old.tf", "a = 1\n\nb = 1\n\nc = 1\n"),
    ]);
    for n in 0..8 {
        first
            .files
            .insert(format!("envs/{n}.tfvars"), file(&format!("{n} = 1\n")));
        first.files.insert(format!("gone/{n}"), file("1\n"));
    }
    scene.generate(&first);
    scene.write("docs/keep", "mine\n");
    scene.write("docs/converge", "2\n");
    scene.write("gone/orphan", "mine\n");
    scene.write("envs/3.tfvars", "3 = 1\r\n");
    scene.write("docs/way", "mine\n");
    scene.write("merge/x.tf", "a = 1\n\nb = 1\nmine = 1\n");
    scene.write("merge/old.tf", "a = 1\n\nb = 1\n\nc = 1\nmine = 1\n");
    scene
}

fn fresh() -> Tree {
    let mut fresh = tree(&[
        ("docs/keep", "1\n"),
        ("docs/converge", "2\n"),
        ("docs/way", "2\n"),
        ("merge/x.tf", "a = 2\n\nb = 1\n"),
        ("merge/new.tf", "a = 2\n\nb = 1\n\nc = 1\n"),
    ]);
    for n in 0..8 {
        fresh
            .files
            .insert(format!("envs/{n}.tfvars"), file(&format!("{n} = 2\n")));
        fresh.files.insert(format!("new/{n}/file"), file("2\n"));
    }
    fresh
}

fn options() -> Options {
    Options {
        force: true,
        ..Options::default()
    }
}

fn run(scene: &Scene, watch: &mut dyn Watch) -> anyhow::Result<()> {
    let project = Project::open_for_writing(&scene.root)?;
    let tree = fresh();
    let changes = compare(&project, &tree, &options())?;
    apply_watched(&project, &changes, &head(), watch)?;
    Ok(())
}

/// The same project somewhere else.
fn copy(scene: &Scene) -> Scene {
    let copy = Scene::new();
    for (path, (mode, text)) in scene.everything() {
        let path = copy.root.join(path);
        match text {
            None => fs::create_dir_all(&path).expect("the folder is ours"),
            Some(text) => fs::write(&path, text).expect("the folder is ours"),
        }
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode & 0o7777);
        fs::set_permissions(&path, permissions).expect("the file is ours");
    }
    copy
}

fn after() -> Everything {
    let scene = before();
    run(&scene, &mut Kill { left: usize::MAX }).expect("nothing stops it");
    assert_eq!(
        scene.read("merge/x.tf").as_deref(),
        Some("a = 2\n\nb = 1\nmine = 1\n")
    );
    assert_eq!(
        scene.read("merge/new.tf").as_deref(),
        Some("a = 2\n\nb = 1\n\nc = 1\nmine = 1\n")
    );
    assert_eq!(scene.read("merge/old.tf"), None);
    scene.everything()
}

/// Every file that people see is as before or as after, never between.
fn assert_whole(scene: &Scene, before: &Everything, after: &Everything, step: usize) {
    for (path, state) in scene.everything() {
        if state.1.is_some() && !path.starts_with(".loadpath/staging/") {
            assert!(
                before.get(&path) == Some(&state) || after.get(&path) == Some(&state),
                "step {step}: `{path}` is neither old nor new"
            );
        }
    }
}

#[test]
fn a_run_killed_anywhere_is_put_right_by_the_next() {
    let (start, after) = (before(), after());
    let before = start.everything();
    let mut points = 0;
    for step in 0.. {
        let scene = copy(&start);
        let finished = run(&scene, &mut Kill { left: step }).is_ok();
        assert_whole(&scene, &before, &after, step);
        drop(Project::open_for_writing(&scene.root).expect("the project is put right"));
        let recovered = scene.everything();
        assert!(
            recovered == before || recovered == after,
            "step {step}: {recovered:#?}"
        );
        run(&scene, &mut Kill { left: usize::MAX }).expect("nothing stops it");
        assert_eq!(scene.everything(), after, "step {step}");
        points = step;
        if finished {
            break;
        }
    }
    let _ = writeln!(
        io::stderr(),
        "killed at each of {points} points of a run with all kinds of actions"
    );
    assert!(points >= 100, "only {points} points");
}

#[test]
fn a_first_run_killed_anywhere_leaves_nothing_or_everything() {
    let nothing = Scene::new();
    run(&nothing, &mut Kill { left: usize::MAX }).expect("nothing stops it");
    let after = nothing.everything();
    for step in 0.. {
        let scene = Scene::new();
        let finished = run(&scene, &mut Kill { left: step }).is_ok();
        assert_whole(&scene, &Everything::new(), &after, step);
        drop(Project::open_for_writing(&scene.root).expect("the project is put right"));
        let recovered = scene.everything();
        // All that may be left is our own folder, empty: git does not even see it.
        let nothing = recovered.keys().all(|path| path == ".loadpath");
        assert!(nothing || recovered == after, "step {step}: {recovered:#?}");
        if finished {
            break;
        }
    }
}

#[test]
fn putting_right_can_itself_be_killed_anywhere() {
    let (start, after) = (before(), after());
    let before = start.everything();
    for step in (0..200).step_by(29) {
        for second in 0.. {
            let scene = copy(&start);
            let _ = run(&scene, &mut Kill { left: step });
            let root = fs::File::open(&scene.root).expect("the folder is ours");
            let finished =
                journal::recover(&mut Disk::new(root.as_fd(), &mut Kill { left: second })).is_ok();
            assert_whole(&scene, &before, &after, step);
            drop(Project::open_for_writing(&scene.root).expect("the project is put right"));
            let recovered = scene.everything();
            assert!(
                recovered == before || recovered == after,
                "steps {step} and {second}"
            );
            if finished {
                break;
            }
        }
    }
}

#[test]
fn a_failure_anywhere_leaves_everything_as_it_was() {
    let (start, after) = (before(), after());
    let before = start.everything();
    for step in 0.. {
        let scene = copy(&start);
        let mut watch = Fail { at: step, seen: 0 };
        match run(&scene, &mut watch) {
            Err(error) => {
                assert!(
                    format!("{error:#}").contains("cannot "),
                    "step {step}: {error:#}"
                );
                assert_eq!(scene.everything(), before, "step {step}");
            }
            Ok(()) => assert_eq!(scene.everything(), after, "step {step}"),
        }
        if watch.seen <= step {
            break;
        }
    }
}

#[test]
fn a_first_run_that_fails_leaves_no_folder() {
    for step in 0.. {
        let scene = Scene::new();
        fs::remove_dir(&scene.root).expect("it is empty");
        let mut watch = Fail { at: step, seen: 0 };
        let failed = run(&scene, &mut watch).is_err();
        assert_eq!(scene.root.exists(), !failed, "step {step}");
        if watch.seen <= step {
            break;
        }
    }
}

#[test]
fn an_edit_made_after_the_kill_stays() {
    let (start, after) = (before(), after());
    for step in (0..).step_by(3) {
        let scene = copy(&start);
        let finished = run(&scene, &mut Kill { left: step }).is_ok();
        let edited = ["envs/1.tfvars", "gone/2", "new/4/file", "docs/keep"];
        for path in edited {
            scene.write(path, "edited after the kill\n");
        }
        drop(Project::open_for_writing(&scene.root).expect("the project is put right"));
        for path in edited {
            assert_eq!(
                scene.read(path).as_deref(),
                Some("edited after the kill\n"),
                "step {step}: `{path}`"
            );
        }
        assert!(!scene.root.join(".loadpath/staging").exists());
        if finished {
            break;
        }
    }
    assert!(!after.is_empty());
}

#[test]
fn an_unfinished_run_is_named_to_those_who_only_read() {
    let scene = before();
    let step = (0..)
        .find(|&step| {
            let copy = copy(&scene);
            let _ = run(&copy, &mut Kill { left: step });
            copy.root.join(journal::JOURNAL).exists()
        })
        .expect("every run has a journal");
    let _ = run(&scene, &mut Kill { left: step });
    let error = Project::open(&scene.root).expect_err("the run is unfinished");
    let (lines, hint) = crate::report::finding::explain(&error);
    assert!(
        lines[0].starts_with("an interrupted run has left"),
        "{lines:?}"
    );
    assert_eq!(hint.as_deref(), Some("loadpath generate puts it right"));
    assert!(
        Project::open_for_writing(&scene.root)
            .expect("it is put right")
            .recovered()
    );
}

/// Tries to open the project a second time in the middle of a run.
struct Rival<'a> {
    scene: &'a Scene,
    steps: usize,
    refused: Option<(Vec<String>, Option<String>)>,
}

impl Watch for Rival<'_> {
    fn before(&mut self, _: &str) -> io::Result<()> {
        self.steps += 1;
        if self.steps == 50 {
            for writable in [false, true] {
                let opened =
                    Project::open_within(&self.scene.root, writable, Duration::from_millis(30));
                let error = opened.expect_err("the project is in use");
                self.refused = Some(crate::report::finding::explain(&error));
            }
        }
        Ok(())
    }
}

#[test]
fn a_second_run_at_once_is_told_who_is_at_work() {
    let scene = before();
    let mut rival = Rival {
        scene: &scene,
        steps: 0,
        refused: None,
    };
    run(&scene, &mut rival).expect("the first run goes on");
    let (lines, hint) = rival.refused.expect("the second run tried");
    let (pid, root) = (std::process::id(), scene.root.display());
    assert_eq!(
        lines,
        [format!(
            "another loadpath (process {pid}) is at work in `{root}`"
        )]
    );
    assert_eq!(
        hint.as_deref(),
        Some("wait until it is done, then try again")
    );
}

#[test]
fn a_damaged_journal_is_not_guessed_at() {
    let scene = before();
    for (journal, wanted) in [
        ("{", "is damaged"),
        (
            r#"{"folders": ["../../tmp"], "operations": [], "emptied": []}"#,
            "leaves the project",
        ),
        (
            r#"{"folders": [], "operations": [{"path": ".loadpath/../../x"}], "emptied": []}"#,
            "leaves the project",
        ),
    ] {
        scene.write(journal::JOURNAL, journal);
        let before = scene.everything();
        let error = Project::open_for_writing(&scene.root).expect_err("the journal is damaged");
        assert!(format!("{error:#}").contains(wanted), "{error:#}");
        assert_eq!(scene.everything(), before);
    }
}

#[test]
fn an_interruption_takes_back_what_was_done() {
    use std::sync::atomic::AtomicBool;
    let scene = before();
    let everything = scene.everything();
    let project = Project::open_for_writing(&scene.root).expect("the project opens");
    let tree = fresh();
    let changes = compare(&project, &tree, &options()).expect("the project compares");
    let error = super::apply(&project, &changes, &head(), &AtomicBool::new(true))
        .expect_err("it is interrupted");
    assert!(
        format!("{error:#}").contains("interrupted; nothing was written"),
        "{error:#}"
    );
    assert_eq!(scene.everything(), everything);
}
