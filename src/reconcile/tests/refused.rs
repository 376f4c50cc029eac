//! What is not followed, not read and not written over: links, folders and pipes in place of files, paths out of the project.

use super::*;

/// Nothing outside is read or written, and the message names the link.
fn refuses(scene: &Scene, fresh: &Tree, path: &str, at: &str, is: Obstruction) {
    let before = scene.everything();
    let options = Options {
        force: true,
        adopt: true,
        ..Options::default()
    };
    let project = Project::open(&scene.root).expect("the project opens");
    let changes = compare(&project, fresh, &options).expect("the project compares");
    let change = changes
        .iter()
        .find(|change| change.path == path)
        .expect("the path is compared");
    assert_eq!(change.action, Action::Obstructed);
    let obstacle = change.obstacle().expect("something stands there");
    assert_eq!((&*obstacle.path, obstacle.is), (at, is));
    drop(project);
    assert!(scene.generate_with(fresh, &options, &head()).is_err());
    assert_eq!(scene.everything(), before);
}

#[test]
fn a_link_in_place_of_a_file_is_not_followed() {
    let scene = Scene::new();
    let outside = scene.root.with_file_name("outside");
    fs::write(&outside, "outside\n").expect("the folder is ours");
    symlink(&outside, scene.path("a")).expect("the folder is ours");
    refuses(
        &scene,
        &tree(&[("a", "1\n"), ("b", "1\n")]),
        "a",
        "a",
        Obstruction::SymbolicLink,
    );
    assert_eq!(
        fs::read_to_string(outside).ok().as_deref(),
        Some("outside\n")
    );
}

#[test]
fn a_link_in_place_of_a_folder_is_not_followed() {
    let scene = Scene::new();
    let outside = scene.root.with_file_name("outside");
    fs::create_dir(&outside).expect("the folder is ours");
    symlink(&outside, scene.path("docs")).expect("the folder is ours");
    refuses(
        &scene,
        &tree(&[("docs/x/a", "1\n")]),
        "docs/x/a",
        "docs",
        Obstruction::SymbolicLink,
    );
    // A link that stays in the project is none the less refused.
    fs::create_dir(scene.path("real")).expect("the folder is ours");
    symlink("real", scene.path("inner")).expect("the folder is ours");
    refuses(
        &scene,
        &tree(&[("inner/a", "1\n")]),
        "inner/a",
        "inner",
        Obstruction::SymbolicLink,
    );
    assert_eq!(fs::read_dir(outside).map(Iterator::count).ok(), Some(0));
}

#[test]
fn a_link_in_loadpaths_own_folder_is_not_followed() {
    let outside = TempDir::new().expect("another temporary folder");
    for own in [
        ".loadpath",
        ".loadpath/base",
        ".loadpath/base/docs",
        ".loadpath/staging",
    ] {
        let scene = Scene::new();
        fs::create_dir_all(scene.path(own).parent().expect("it is in a folder"))
            .expect("the folder is ours");
        symlink(outside.path(), scene.path(own)).expect("the folder is ours");
        let before = scene.everything();
        let error = scene
            .generate_with(&tree(&[("docs/a", "1\n")]), &Options::default(), &head())
            .expect_err("the link is refused");
        assert!(
            message(&error)
                .0
                .contains(&format!("`{own}` is a symbolic link")),
            "{own}: {error:#}"
        );
        assert_eq!(scene.everything(), before, "{own}");
    }
    assert_eq!(
        fs::read_dir(outside.path()).map(Iterator::count).ok(),
        Some(0)
    );
}

#[test]
fn a_lock_that_is_a_link_is_not_followed() {
    let scene = after_first(&[("a", "1\n")]);
    fs::rename(scene.path(".loadpath/lock.json"), scene.path("elsewhere"))
        .expect("the file is ours");
    symlink("../elsewhere", scene.path(".loadpath/lock.json")).expect("the folder is ours");
    let error = Project::open(&scene.root).expect_err("the link is refused");
    assert!(
        message(&error)
            .0
            .contains("`.loadpath/lock.json` is a symbolic link"),
        "{error:#}"
    );
}

#[test]
fn folders_and_pipes_in_place_of_files_are_named() {
    let scene = Scene::new();
    fs::create_dir(scene.path("a")).expect("the folder is ours");
    refuses(
        &scene,
        &tree(&[("a", "1\n")]),
        "a",
        "a",
        Obstruction::Folder,
    );
    scene.write("docs", "a file\n");
    refuses(
        &scene,
        &tree(&[("docs/a", "1\n")]),
        "docs/a",
        "docs",
        Obstruction::File,
    );
    let pipe = std::process::Command::new("mkfifo")
        .arg(scene.path("pipe"))
        .status();
    assert!(
        pipe.is_ok_and(|status| status.success()),
        "mkfifo makes a pipe"
    );
    // `everything` would read the pipe and wait, so that only the action is looked at.
    assert_eq!(
        scene.action(&tree(&[("pipe", "1\n")]), "pipe"),
        Action::Obstructed
    );
}

#[test]
fn an_edit_that_became_a_link_is_kept_while_there_is_nothing_new() {
    let scene = after_first(&[("a", "1\n")]);
    fs::rename(scene.path("a"), scene.path("b")).expect("the file is ours");
    symlink("b", scene.path("a")).expect("the folder is ours");
    assert_eq!(scene.action(&tree(&[("a", "1\n")]), "a"), Action::Keep);
    assert_eq!(
        scene.action(&tree(&[("a", "2\n")]), "a"),
        Action::Obstructed
    );
    assert_eq!(scene.action(&tree(&[]), "a"), Action::Orphan);
}

#[test]
fn the_folder_itself_must_be_a_folder() {
    let scene = Scene::new();
    scene.write("file", "text\n");
    let error = Project::open(&scene.path("file")).expect_err("a file is refused");
    assert!(
        message(&error)
            .0
            .ends_with("/file` is a file, wanted a folder"),
        "{error:#}"
    );
    let link = scene.path("link");
    symlink(&scene.root, &link).expect("the folder is ours");
    for folder in [link.clone(), link.join(""), link.join(".")] {
        let (message, hint) =
            message(&Project::open_for_writing(&folder).expect_err("a link is refused"));
        assert!(
            message.ends_with("/link` is a symbolic link, wanted a folder"),
            "{message}"
        );
        assert!(hint.ends_with("/shop"), "{hint}");
    }
    let below =
        Project::open_for_writing(&scene.path("file/below")).expect_err("a file has no folders");
    assert!(
        message(&below).0.contains("cannot open the folder"),
        "{below:#}"
    );
}

#[test]
fn paths_out_of_the_project_are_a_bug() {
    let scene = Scene::new();
    let project = Project::open(&scene.root).expect("the project opens");
    let error = compare(&project, &tree(&[("../x", "1\n")]), &Options::default())
        .expect_err("it is refused");
    assert_eq!(
        message(&error).0,
        "bug: generated path `../x` leaves the project"
    );
}
