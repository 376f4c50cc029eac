//! Both sides changed: merged, decided by a flag, moved, owned, healed; on real folders.

use super::{
    Action, Options, Project, Resolution, Verdict, compare,
    tests::{Scene, after_first, head, tree},
};
use crate::render::Tree;

const BASE: &str = "a = 1\n\nb = 2\n\nc = 3\n";
const EDITED: &str = "a = 1\n\nb = 2\n\nc = 3\nmine = 4\n";
const FRESH: &str = "a = 5\n\nb = 2\n\nc = 3\n";
const BOTH: &str = "a = 5\n\nb = 2\n\nc = 3\nmine = 4\n";

/// A project whose file `x.tf` was edited so.
fn edited(text: &str) -> Scene {
    let scene = after_first(&[("x.tf", BASE)]);
    scene.write("x.tf", text);
    scene
}

fn fresh() -> Tree {
    tree(&[("x.tf", FRESH)])
}

fn generate(scene: &Scene, tree: &Tree, options: &Options) {
    scene
        .generate_with(tree, options, &head())
        .expect("nothing stops it");
}

fn deciding(conflict: Resolution) -> Options {
    Options {
        conflict,
        ..Options::default()
    }
}

#[test]
fn both_changes_go_into_one_text_and_the_next_run_has_nothing_to_do() {
    let scene = edited(EDITED);
    assert_eq!(scene.action(&fresh(), "x.tf"), Action::Merge);
    scene.generate(&fresh());
    assert_eq!(scene.read("x.tf").as_deref(), Some(BOTH));
    assert_eq!(scene.read(".loadpath/base/x.tf").as_deref(), Some(FRESH));
    let lock = scene.lock();
    assert_eq!(
        lock.files["x.tf"].since.as_deref(),
        Some(env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(scene.generate(&fresh()), super::Applied::default());
    assert_eq!(scene.action(&fresh(), "x.tf"), Action::Keep);
}

#[test]
fn the_version_since_which_it_differs_goes_when_it_no_longer_does() {
    let scene = edited(EDITED);
    scene.generate(&fresh());
    scene.write("x.tf", FRESH);
    scene.generate(&fresh());
    assert_eq!(scene.lock().files["x.tf"].since, None);
}

#[test]
fn merged_files_keep_line_ends_and_permissions() {
    let scene = edited(&EDITED.replace('\n', "\r\n"));
    scene.set_mode("x.tf", 0o640);
    scene.generate(&fresh());
    assert_eq!(scene.read("x.tf"), Some(BOTH.replace('\n', "\r\n")));
    assert_eq!(scene.mode("x.tf"), 0o640);
}

#[test]
fn a_flag_decides_a_conflict() {
    for (resolution, expected) in [
        (Resolution::Ours, "a = 9\n\nb = 2\n\nc = 3\n"),
        (Resolution::Theirs, FRESH),
    ] {
        let scene = edited("a = 9\n\nb = 2\n\nc = 3\n");
        generate(&scene, &fresh(), &deciding(resolution));
        assert_eq!(scene.read("x.tf").as_deref(), Some(expected));
        assert_eq!(scene.generate(&fresh()), super::Applied::default());
    }
}

#[test]
fn markers_stop_every_run_until_they_are_gone() {
    let scene = edited("a = 9\n\nb = 2\n\nc = 3\n");
    generate(&scene, &fresh(), &deciding(Resolution::Markers));
    let marked = "<<<<<<< yours\na = 9\n||||||| last generated\na = 1\n=======\na = 5\n>>>>>>> now\n\nb = 2\n\nc = 3\n";
    assert_eq!(scene.read("x.tf").as_deref(), Some(marked));
    for resolution in [Resolution::Stop, Resolution::Ours, Resolution::Markers] {
        let project = Project::open(&scene.root).expect("the project opens");
        let tree = fresh();
        let changes = compare(&project, &tree, &deciding(resolution)).expect("it compares");
        assert_eq!(changes.count(Action::Unresolved), 1);
        assert_eq!(changes.verdict(), Verdict::Conflict);
    }
    scene.write("x.tf", "a = 9\n\nb = 2\n\nc = 3\n");
    assert_eq!(scene.action(&fresh(), "x.tf"), Action::Keep);
}

#[test]
fn healing_takes_what_was_not_taken() {
    let scene = edited("a = 9\n\nb = 2\n\nc = 3\nmine = 4\n");
    generate(&scene, &fresh(), &deciding(Resolution::Ours));
    let heal = Options {
        heal: vec!["x.tf".to_owned()],
        ..Options::default()
    };
    assert_eq!(scene.actions(&fresh(), &heal)["x.tf"], Action::Heal);
    generate(&scene, &fresh(), &heal);
    assert_eq!(scene.read("x.tf").as_deref(), Some(BOTH));
    let unknown = Options {
        heal: vec!["x.tff".to_owned()],
        ..Options::default()
    };
    let error = scene
        .generate_with(&fresh(), &unknown, &head())
        .expect_err("there is no such file");
    assert_eq!(
        super::tests::message(&error),
        (
            "`x.tff` is not generated".to_owned(),
            "did you mean x.tf?".to_owned()
        )
    );
}

#[test]
fn a_lost_base_is_a_conflict_and_no_guess() {
    let scene = edited(EDITED);
    scene.remove(".loadpath/base/x.tf");
    assert_eq!(scene.action(&fresh(), "x.tf"), Action::Conflict);
}

/// A text of ten lines under its own head.
fn ten(head: &str) -> String {
    let lines: String = (0..10).map(|n| format!("line_{n} = {n}\n")).collect();
    format!("# {head}\n\n{lines}")
}

#[test]
fn edits_follow_a_file_to_its_new_name() {
    let scene = after_first(&[("old.tf", &ten("one")), ("other.tf", "x = 1\n")]);
    scene.write("old.tf", &format!("{}mine = 1\n", ten("one")));
    let fresh = tree(&[("new.tf", &ten("two")), ("other.tf", "x = 1\n")]);
    let actions = scene.actions(&fresh, &Options::default());
    assert_eq!(
        (actions["new.tf"], actions["old.tf"]),
        (Action::Move, Action::MovedAway)
    );
    scene.generate(&fresh);
    assert_eq!(
        scene.read("new.tf"),
        Some(format!("{}mine = 1\n", ten("two")))
    );
    assert_eq!(scene.read("old.tf"), None);
    assert_eq!(scene.generate(&fresh), super::Applied::default());
}

#[test]
fn what_is_not_alike_is_not_a_move() {
    let scene = after_first(&[("old.tf", &ten("one"))]);
    scene.write("old.tf", "mine = 1\n");
    let actions = scene.actions(&tree(&[("new.tf", "y = 1\n")]), &Options::default());
    assert_eq!(
        (actions["new.tf"], actions["old.tf"]),
        (Action::Create, Action::Orphan)
    );
    let actions = scene.actions(&tree(&[("new.yaml", &ten("one"))]), &Options::default());
    assert_eq!(actions["old.tf"], Action::Orphan);
}

#[test]
fn a_conflict_on_the_way_to_a_new_name_stops() {
    let scene = after_first(&[("old.tf", &ten("one"))]);
    scene.write("old.tf", &ten("mine"));
    let fresh = tree(&[("new.tf", &ten("two"))]);
    let actions = scene.actions(&fresh, &Options::default());
    assert_eq!(
        (actions["new.tf"], actions["old.tf"]),
        (Action::Conflict, Action::Orphan)
    );
    generate(&scene, &fresh, &deciding(Resolution::Ours));
    assert_eq!(
        (scene.read("new.tf"), scene.read("old.tf")),
        (Some(ten("mine")), None)
    );
}

#[test]
fn a_deleted_file_stays_deleted_under_its_new_name() {
    let scene = after_first(&[("old.tf", &ten("one")), ("a", "a\n")]);
    scene.remove("old.tf");
    let fresh = tree(&[("new.tf", &ten("two")), ("a", "a\n")]);
    assert_eq!(scene.action(&fresh, "new.tf"), Action::StayDeleted);
    scene.generate(&fresh);
    assert_eq!(scene.read("new.tf"), None);
    assert_eq!(scene.action(&fresh, "new.tf"), Action::StayDeleted);
    let restore = Options {
        restore: true,
        ..Options::default()
    };
    generate(&scene, &fresh, &restore);
    assert_eq!(scene.read("new.tf"), Some(ten("two")));
}

/// Makes these parts of a file the user's.
fn own(scene: &Scene, path: &str, names: &[&str]) {
    let project = Project::open_for_writing(&scene.root).expect("the project opens");
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    super::own(&project, path, &names, &[]).expect("the file is generated");
}

#[test]
fn a_file_of_ones_own_is_left_alone() {
    let scene = after_first(&[("x.tf", BASE)]);
    own(&scene, "x.tf", &["*"]);
    assert_eq!(scene.action(&fresh(), "x.tf"), Action::Keep);
    scene.generate(&fresh());
    assert_eq!(scene.read("x.tf").as_deref(), Some(BASE));
    assert_eq!(scene.action(&fresh(), "x.tf"), Action::Keep);
}

#[test]
fn a_block_of_ones_own_is_left_alone_and_the_rest_moves_on() {
    let (base, fresh) = (
        "a = 1\n\nr \"x\" \"y\" {\n  b = 1\n}\n",
        "a = 2\n\nr \"x\" \"y\" {\n  b = 2\n  c = 2\n}\n",
    );
    for edit in ["  b = 1\n", "  b = 7\n"] {
        let scene = after_first(&[("x.tf", base)]);
        own(&scene, "x.tf", &["r.x.y"]);
        scene.write("x.tf", &base.replace("  b = 1\n", edit));
        scene.generate(&tree(&[("x.tf", fresh)]));
        let expected = format!("a = 2\n\nr \"x\" \"y\" {{\n{edit}}}\n");
        assert_eq!(scene.read("x.tf"), Some(expected));
        assert_eq!(
            scene.generate(&tree(&[("x.tf", fresh)])),
            super::Applied::default()
        );
        // It goes from the templates, and stays.
        scene.generate(&tree(&[("x.tf", "a = 3\n")]));
        assert_eq!(
            scene.read("x.tf"),
            Some(format!("a = 3\n\nr \"x\" \"y\" {{\n{edit}}}\n"))
        );
    }
}

#[test]
fn a_region_of_ones_own_is_left_alone_and_the_rest_moves_on() {
    let local = "a = 1\n\n# loadpath:keep begin\nb = 7\n# loadpath:keep end\n\nc = 3\n";
    let scene = edited(local);
    scene.generate(&tree(&[("x.tf", "a = 5\n\nb = 8\n\nc = 6\n")]));
    let expected = "a = 5\n\n# loadpath:keep begin\nb = 7\n# loadpath:keep end\n\nc = 6\n";
    assert_eq!(scene.read("x.tf").as_deref(), Some(expected));
}

#[test]
fn what_is_not_text_is_a_conflict() {
    let scene = edited(EDITED);
    std::fs::write(scene.root.join("x.tf"), [0xff, 0xfe]).expect("the folder is ours");
    assert_eq!(scene.action(&fresh(), "x.tf"), Action::Conflict);
}

/// Damages the project, repairs it and gives what was said.
fn repaired(scene: &Scene) -> Vec<String> {
    let (project, found) =
        Project::open_for_repair(&scene.root, "shop").expect("it can be repaired");
    let tree = fresh();
    let options = Options {
        adopt: true,
        ..Options::default()
    };
    let changes = compare(&project, &tree, &options).expect("it compares");
    super::apply(
        &project,
        &changes,
        &head(),
        &std::sync::atomic::AtomicBool::new(false),
    )
    .expect("nothing stops it");
    found
}

#[test]
fn a_lock_with_the_markers_of_git_is_both_sides_joined() {
    let scene = edited(EDITED);
    let lock = scene.read(".loadpath/lock.json").expect("there is a lock");
    let (head, files) = lock
        .split_once("  \"blueprint\"")
        .expect("a lock names its blueprint");
    let rest = files.split_once('\n').expect("it goes on").1;
    let marked = format!(
        "{head}<<<<<<< HEAD\n  \"blueprint\": \"a\",\n=======\n  \"blueprint\": \"b\",\n>>>>>>> other\n{rest}"
    );
    scene.write(".loadpath/lock.json", &marked);
    let error = Project::open(&scene.root).expect_err("it is no lock");
    assert!(
        super::tests::message(&error)
            .1
            .contains("loadpath generate --repair")
    );
    assert_eq!(
        repaired(&scene),
        ["the lock has git's conflict markers in it: both sides are joined"]
    );
    assert_eq!(scene.read("x.tf").as_deref(), Some(BOTH));
    assert_eq!(scene.generate(&fresh()), super::Applied::default());
}

#[test]
fn a_lock_that_cannot_be_read_is_rebuilt_from_the_bases() {
    for damage in ["", "{", "[]", "{\"format\": 2}"] {
        let scene = edited(EDITED);
        scene.write(".loadpath/lock.json", damage);
        assert_eq!(
            repaired(&scene),
            ["the lock cannot be read: it is rebuilt from the bases"],
            "{damage}"
        );
        assert_eq!(scene.read("x.tf").as_deref(), Some(BOTH));
        assert_eq!(scene.generate(&fresh()), super::Applied::default());
    }
}

#[test]
fn what_was_committed_is_read_from_a_lock_that_was_cut_short() {
    let scene = Scene::new();
    let committed = super::Committed {
        quantities: [("database.main.shards".to_owned(), serde_json::json!(4))].into(),
        shard_maps: serde_json::json!({"version": 3, "keyspaces": {"main": [0, 1]}}),
    };
    let mut first = head();
    first
        .environments
        .insert("aws/prod".to_owned(), committed.clone());
    scene
        .generate_with(&tree(&[("x.tf", BASE)]), &Options::default(), &first)
        .expect("nothing is there");
    let lock = scene.read(".loadpath/lock.json").expect("there is a lock");
    scene.write(
        ".loadpath/lock.json",
        lock.split("  \"files\"").next().expect("it has files"),
    );
    let (project, _) = Project::open_for_repair(&scene.root, "shop").expect("it can be repaired");
    let lock = project.lock().expect("it was rebuilt");
    assert_eq!(lock.head.environments["aws/prod"], committed);
}

#[test]
fn a_base_with_the_markers_of_git_is_one_of_its_sides() {
    let scene = edited(EDITED);
    scene.write(
        ".loadpath/base/x.tf",
        &format!("<<<<<<< HEAD\n{BASE}=======\nb = 7\n>>>>>>> other\n"),
    );
    let found = repaired(&scene);
    assert_eq!(
        found,
        ["the base of `x.tf` has git's conflict markers in it: one side is taken"]
    );
    assert_eq!(scene.read("x.tf").as_deref(), Some(BOTH));
}

#[test]
fn a_file_whose_base_is_lost_is_taken_for_an_edit() {
    let scene = edited(EDITED);
    scene.remove(".loadpath/base/x.tf");
    assert_eq!(
        repaired(&scene),
        ["what was generated last of `x.tf` is lost: the file is taken for an edit"]
    );
    assert_eq!(scene.read("x.tf").as_deref(), Some(EDITED));
    assert_eq!(scene.action(&fresh(), "x.tf"), Action::Keep);
}

#[test]
fn nothing_is_repaired_where_nothing_is_wrong() {
    let scene = edited(EDITED);
    assert_eq!(repaired(&scene), Vec::<String>::new());
    assert_eq!(scene.read("x.tf").as_deref(), Some(BOTH));
}
