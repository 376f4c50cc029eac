//! The table of actions, row by row, on real folders.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::PathBuf,
    sync::atomic::AtomicBool,
};

use anyhow::Result;
use serde_json::json;
use tempfile::TempDir;

use super::{
    Action, Applied, Changes, Committed, Head, Obstruction, Options, Project, Selection, Verdict,
    apply, compare,
};
use crate::{
    component::Component,
    compose::Ownership,
    render::{File, QuantityAt, Tree},
    report::finding::explain,
};

mod refused;

/// A project in a fresh folder.
pub(super) struct Scene {
    _parent: TempDir,
    pub(super) root: PathBuf,
}

/// A fresh folder, in memory where the system has such a place: thousands of runs would wait for the disk.
fn temporary_folder() -> TempDir {
    TempDir::new_in("/dev/shm")
        .or_else(|_| TempDir::new())
        .expect("the system's temporary folder takes another one")
}

/// A managed file of the component `docs`.
pub(super) fn file(text: &str) -> File {
    File {
        text: text.to_owned(),
        component: Component::Docs,
        ownership: Ownership::Managed,
        executable: false,
        is_sized: false,
        quantities: Vec::new(),
    }
}

/// A tree of such files.
pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
    Tree {
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), file(text)))
            .collect(),
    }
}

fn once(text: &str) -> File {
    File {
        ownership: Ownership::Once,
        ..file(text)
    }
}

fn script(text: &str) -> File {
    File {
        executable: true,
        ..file(text)
    }
}

pub(super) fn head() -> Head {
    Head {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        project: "shop".to_owned(),
        ..Head::default()
    }
}

impl Scene {
    pub(super) fn new() -> Self {
        let parent = temporary_folder();
        let root = parent.path().join("shop");
        fs::create_dir(&root).expect("the temporary folder is ours");
        Self {
            _parent: parent,
            root,
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("the file is in a folder"))
            .expect("the folder is ours");
        fs::write(path, text).expect("the folder is ours");
    }

    pub(super) fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    pub(super) fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).expect("the file is there");
    }

    pub(super) fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.path(path))
            .expect("the file is there")
            .permissions()
            .mode()
            & 0o777
    }

    pub(super) fn set_mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode))
            .expect("the file is ours");
    }

    /// Actions of a comparison that are not the plain ones of the attributes file.
    pub(super) fn actions(&self, tree: &Tree, options: &Options) -> BTreeMap<String, Action> {
        let project = Project::open(&self.root).expect("the project opens");
        let changes = compare(&project, tree, options).expect("the project compares");
        changes
            .iter()
            .filter(|change| !change.path.ends_with(".gitattributes"))
            .map(|change| (change.path.to_owned(), change.action))
            .collect()
    }

    pub(super) fn action(&self, tree: &Tree, path: &str) -> Action {
        self.actions(tree, &Options::default())[path]
    }

    pub(super) fn generate_with(
        &self,
        tree: &Tree,
        options: &Options,
        head: &Head,
    ) -> Result<Applied> {
        let project = Project::open_for_writing(&self.root)?;
        let changes = compare(&project, tree, options)?;
        apply(&project, &changes, head, &AtomicBool::new(false))
    }

    pub(super) fn generate(&self, tree: &Tree) -> Applied {
        self.generate_with(tree, &Options::default(), &head())
            .expect("the tree is written")
    }

    /// Every file and folder with its text and mode, `.loadpath` included.
    pub(super) fn everything(&self) -> BTreeMap<String, (u32, Option<Vec<u8>>)> {
        let mut all = BTreeMap::new();
        for entry in walkdir::WalkDir::new(&self.root).min_depth(1) {
            let entry = entry.expect("the folder is ours");
            let path = entry
                .path()
                .strip_prefix(&self.root)
                .expect("it is below")
                .display()
                .to_string();
            let metadata = entry.metadata().expect("the folder is ours");
            let text = metadata
                .is_file()
                .then(|| fs::read(entry.path()).expect("the file is ours"));
            all.insert(path, (metadata.mode(), text));
        }
        all
    }

    pub(super) fn lock(&self) -> super::Lock {
        let project = Project::open(&self.root).expect("the project opens");
        project.lock().expect("the project has a lock").clone()
    }
}

pub(super) fn after_first(files: &[(&str, &str)]) -> Scene {
    let scene = Scene::new();
    scene.generate(&tree(files));
    scene
}

pub(super) fn message(error: &anyhow::Error) -> (String, String) {
    let (lines, hint) = explain(error);
    (lines.join(": "), hint.unwrap_or_default())
}

#[test]
fn nothing_there_creates() {
    let scene = Scene::new();
    let tree = tree(&[("docs/START.md", "start\n"), ("a", "a\n")]);
    assert_eq!(scene.action(&tree, "a"), Action::Create);
    assert_eq!(
        scene.generate(&tree),
        Applied {
            n_written: 3,
            n_deleted: 0,
            lock: true
        }
    );
    assert_eq!(scene.read("docs/START.md").as_deref(), Some("start\n"));
    assert_eq!(
        scene.read(".loadpath/base/docs/START.md").as_deref(),
        Some("start\n")
    );
    assert!(
        scene
            .read(".gitattributes")
            .is_some_and(|text| text.contains(".loadpath/** linguist-generated"))
    );
    assert!(!scene.path(".loadpath/staging").exists());
    assert_eq!(scene.action(&tree, "a"), Action::Unchanged);
}

#[test]
fn a_folder_that_does_not_exist_is_made() {
    let scene = Scene::new();
    let deep = Scene {
        root: scene.path("new/deep"),
        _parent: TempDir::new().expect("another temporary folder"),
    };
    deep.generate(&tree(&[("a", "a\n")]));
    assert_eq!(deep.read("a").as_deref(), Some("a\n"));
}

#[test]
fn nothing_to_do_touches_nothing() {
    let scene = Scene::new();
    let tree = tree(&[("docs/START.md", "start\n")]);
    scene.generate(&tree);
    let times = || {
        let mut all = Vec::new();
        for entry in walkdir::WalkDir::new(&scene.root) {
            let entry = entry.expect("the folder is ours");
            let metadata = entry.metadata().expect("the folder is ours");
            all.push((
                entry.path().to_owned(),
                metadata.ino(),
                metadata.mtime_nsec(),
                metadata.ctime_nsec(),
            ));
        }
        all
    };
    let before = times();
    assert_eq!(
        scene.generate(&tree),
        Applied {
            n_written: 0,
            n_deleted: 0,
            lock: false
        }
    );
    assert_eq!(times(), before);
}

#[test]
fn an_unknown_file_is_in_the_way() {
    let scene = Scene::new();
    scene.write("a", "mine\n");
    let tree = tree(&[("a", "a\n"), ("b", "b\n")]);
    assert_eq!(scene.action(&tree, "a"), Action::InTheWay);
    let before = scene.everything();
    assert!(
        scene
            .generate_with(&tree, &Options::default(), &head())
            .is_err()
    );
    assert_eq!(scene.everything(), before);
}

#[test]
fn an_unknown_file_can_be_adopted_as_an_edit() {
    let scene = Scene::new();
    scene.write("a", "mine\n");
    let options = Options {
        adopt: true,
        ..Options::default()
    };
    scene
        .generate_with(&tree(&[("a", "a\n")]), &options, &head())
        .expect("it is adopted");
    assert_eq!(scene.read("a").as_deref(), Some("mine\n"));
    assert_eq!(scene.read(".loadpath/base/a").as_deref(), Some("a\n"));
    assert_eq!(scene.action(&tree(&[("a", "a\n")]), "a"), Action::Keep);
    assert_eq!(scene.action(&tree(&[("a", "A\n")]), "a"), Action::Conflict);
}

#[test]
fn an_unknown_file_can_be_written_over() {
    let scene = Scene::new();
    scene.write("a", "mine\n");
    scene.set_mode("a", 0o640);
    let options = Options {
        force: true,
        ..Options::default()
    };
    scene
        .generate_with(&tree(&[("a", "a\n")]), &options, &head())
        .expect("it is written over");
    assert_eq!(scene.read("a").as_deref(), Some("a\n"));
    assert_eq!(scene.mode("a"), 0o640);
}

#[test]
fn force_is_only_for_what_is_in_the_way() {
    let scene = after_first(&[("a", "1\n")]);
    scene.write("a", "mine\n");
    let options = Options {
        force: true,
        adopt: true,
        restore: true,
        ..Options::default()
    };
    assert_eq!(
        scene.actions(&tree(&[("a", "2\n")]), &options)["a"],
        Action::Conflict
    );
}

#[test]
fn an_unknown_file_with_the_same_text_is_adopted() {
    let scene = Scene::new();
    scene.write("a", "a\n");
    let tree = tree(&[("a", "a\n")]);
    assert_eq!(scene.action(&tree, "a"), Action::Adopt);
    assert_eq!(scene.generate(&tree).n_written, 1);
    assert_eq!(scene.action(&tree, "a"), Action::Unchanged);
    assert_eq!(scene.read(".loadpath/base/a").as_deref(), Some("a\n"));
}

#[test]
fn an_edit_that_generation_caught_up_with_converges() {
    let scene = after_first(&[("a", "1\n")]);
    scene.write("a", "2\n");
    let tree = tree(&[("a", "2\n")]);
    assert_eq!(scene.action(&tree, "a"), Action::Converge);
    scene.generate(&tree);
    assert_eq!(scene.read(".loadpath/base/a").as_deref(), Some("2\n"));
    assert_eq!(scene.action(&tree, "a"), Action::Unchanged);
}

#[test]
fn an_unedited_file_is_updated() {
    let scene = after_first(&[("a", "1\n"), ("b", "b\n")]);
    let tree = tree(&[("a", "2\n"), ("b", "b\n")]);
    assert_eq!(scene.action(&tree, "a"), Action::Update);
    assert_eq!(
        scene.generate(&tree),
        Applied {
            n_written: 1,
            n_deleted: 0,
            lock: true
        }
    );
    assert_eq!(scene.read("a").as_deref(), Some("2\n"));
    assert_eq!(scene.read(".loadpath/base/a").as_deref(), Some("2\n"));
}

#[test]
fn an_edit_is_kept() {
    let scene = after_first(&[("a", "1\n")]);
    scene.write("a", "mine\n");
    let tree = tree(&[("a", "1\n")]);
    assert_eq!(scene.action(&tree, "a"), Action::Keep);
    assert_eq!(scene.generate(&tree), Applied::default());
    assert_eq!(scene.read("a").as_deref(), Some("mine\n"));
}

#[test]
fn both_sides_changed_is_a_conflict_and_stops_everything() {
    let scene = after_first(&[("a", "1\n"), ("b", "1\n")]);
    scene.write("a", "mine\n");
    let fresh = tree(&[("a", "2\n"), ("b", "2\n"), ("c", "2\n")]);
    assert_eq!(scene.action(&fresh, "a"), Action::Conflict);
    let before = scene.everything();
    assert!(
        scene
            .generate_with(&fresh, &Options::default(), &head())
            .is_err()
    );
    assert_eq!(scene.everything(), before);
}

#[test]
fn a_conflict_shows_its_three_values() {
    let text = |memory: u32, shards: u32| {
        format!("cache = {{\n  memory_gib = {memory} # why\n  shards = {shards}\n}}\n")
    };
    let scene = after_first(&[("prod.tfvars", &text(13, 1))]);
    scene.write("prod.tfvars", &format!("# mine\n{}", text(32, 1)));
    let mut fresh = tree(&[("prod.tfvars", &text(26, 1))]);
    let quantity = QuantityAt {
        line: 2,
        column: 16,
        width: 2,
        environment: "prod".into(),
        name: "cache.memory_gib".into(),
    };
    fresh
        .files
        .get_mut("prod.tfvars")
        .expect("it is in the tree")
        .quantities
        .push(quantity.clone());
    let project = Project::open(&scene.root).expect("the project opens");
    let changes = compare(&project, &fresh, &Options::default()).expect("the project compares");
    let change = changes
        .with(Action::Conflict)
        .next()
        .expect("there is a conflict");
    let places = change.places();
    assert_eq!(places.len(), 1);
    assert_eq!(places[0].line, 3);
    assert_eq!(
        (&*places[0].base, &*places[0].local, &*places[0].fresh),
        ("13", "32", "26")
    );
    assert_eq!(places[0].quantity, Some(&quantity));
    assert_eq!(changes.verdict(), Verdict::Conflict);
    assert_eq!(changes.verdict().exit_code(false), 3);
}

#[test]
fn a_conflict_without_a_base_still_shows_both() {
    let scene = after_first(&[("a", "1\n")]);
    scene.write("a", "mine\n");
    scene.write(".loadpath/base/a", "not what was generated\n");
    let fresh = tree(&[("a", "2\n")]);
    let project = Project::open(&scene.root).expect("the project opens");
    let changes = compare(&project, &fresh, &Options::default()).expect("the project compares");
    let change = changes
        .with(Action::Conflict)
        .next()
        .expect("there is a conflict");
    assert_eq!(change.base, None);
    let places = change.places();
    assert_eq!(
        (&*places[0].base, &*places[0].local, &*places[0].fresh),
        ("", "mine", "2")
    );
}

#[test]
fn a_deleted_file_stays_deleted_until_asked_back() {
    let scene = after_first(&[("docs/a", "1\n")]);
    scene.remove("docs/a");
    let fresh = tree(&[("docs/a", "2\n")]);
    assert_eq!(scene.action(&fresh, "docs/a"), Action::StayDeleted);
    assert_eq!(scene.generate(&fresh).n_written, 0);
    assert_eq!(scene.read("docs/a"), None);
    let options = Options {
        restore: true,
        ..Options::default()
    };
    assert_eq!(scene.actions(&fresh, &options)["docs/a"], Action::Restore);
    scene
        .generate_with(&fresh, &options, &head())
        .expect("it is restored");
    assert_eq!(scene.read("docs/a").as_deref(), Some("2\n"));
    assert_eq!(scene.action(&fresh, "docs/a"), Action::Unchanged);
}

#[test]
fn what_is_no_longer_generated_is_deleted_with_its_empty_folders() {
    let scene = after_first(&[("cdn/rules/a", "1\n"), ("cdn/b", "1\n"), ("docs/c", "1\n")]);
    scene.write("docs/mine", "mine\n");
    let fresh = tree(&[]);
    assert_eq!(scene.action(&fresh, "cdn/rules/a"), Action::Delete);
    assert_eq!(scene.generate(&fresh).n_deleted, 3);
    assert!(!scene.path("cdn").exists());
    assert!(!scene.path(".loadpath/base/cdn").exists());
    assert_eq!(scene.read("docs/mine").as_deref(), Some("mine\n"));
    assert_eq!(
        scene.lock().files.keys().collect::<Vec<_>>(),
        [".gitattributes"]
    );
}

#[test]
fn an_edited_file_that_is_no_longer_generated_is_orphaned_and_then_forgotten() {
    let scene = after_first(&[("a", "1\n")]);
    scene.write("a", "mine\n");
    let fresh = tree(&[]);
    assert_eq!(scene.action(&fresh, "a"), Action::Orphan);
    scene.generate(&fresh);
    assert_eq!(scene.read("a").as_deref(), Some("mine\n"));
    assert_eq!(scene.action(&fresh, "a"), Action::Orphan);
    scene.remove("a");
    assert_eq!(scene.action(&fresh, "a"), Action::Forget);
    scene.generate(&fresh);
    assert!(!scene.actions(&fresh, &Options::default()).contains_key("a"));
    assert_eq!(scene.read(".loadpath/base/a"), None);
}

#[test]
fn a_file_written_once_is_the_users() {
    let scene = Scene::new();
    let text = |text: &str| Tree {
        files: BTreeMap::from([("local.env".to_owned(), once(text))]),
    };
    scene.generate(&text("1\n"));
    scene.write("local.env", "mine\n");
    assert_eq!(scene.action(&text("2\n"), "local.env"), Action::Keep);
    scene.generate(&text("2\n"));
    assert_eq!(scene.read("local.env").as_deref(), Some("mine\n"));
    scene.remove("local.env");
    assert_eq!(scene.action(&text("3\n"), "local.env"), Action::StayDeleted);
}

#[test]
fn a_file_written_once_is_not_updated_even_if_nobody_edited_it() {
    let scene = Scene::new();
    let text = |text: &str| Tree {
        files: BTreeMap::from([("local.env".to_owned(), once(text))]),
    };
    scene.generate(&text("1\n"));
    assert_eq!(scene.action(&text("2\n"), "local.env"), Action::Keep);
}

#[test]
fn a_file_written_once_is_never_in_the_way() {
    let scene = Scene::new();
    scene.write("local.env", "mine\n");
    let fresh = Tree {
        files: BTreeMap::from([("local.env".to_owned(), once("1\n"))]),
    };
    scene.generate(&fresh);
    assert_eq!(scene.read("local.env").as_deref(), Some("mine\n"));
}

#[test]
fn an_extension_point_is_never_deleted() {
    let scene = after_first(&[(
        "kubernetes/overlays/prod/local/kustomization.yaml",
        "resources: []\n",
    )]);
    assert_eq!(
        scene.action(
            &tree(&[]),
            "kubernetes/overlays/prod/local/kustomization.yaml"
        ),
        Action::Orphan
    );
}

#[test]
fn line_ends_are_kept() {
    let scene = after_first(&[("a", "1\n2\n"), ("b", "1\n")]);
    scene.write("a", "1\r\n2\r\n");
    scene.write("b", "1\r\n");
    let same = tree(&[("a", "1\n2\n"), ("b", "1\n")]);
    assert_eq!(scene.action(&same, "a"), Action::Unchanged);
    let fresh = tree(&[("a", "1\n3\n"), ("b", "1\n")]);
    assert_eq!(scene.action(&fresh, "a"), Action::Update);
    scene.generate(&fresh);
    assert_eq!(scene.read("a").as_deref(), Some("1\r\n3\r\n"));
    assert_eq!(scene.read("b").as_deref(), Some("1\r\n"));
    assert_eq!(scene.read(".loadpath/base/a").as_deref(), Some("1\n3\n"));
    assert_eq!(scene.action(&fresh, "a"), Action::Unchanged);
}

#[test]
fn permissions_are_kept() {
    let scene = Scene::new();
    let text = |text: &str| Tree {
        files: BTreeMap::from([
            ("up".to_owned(), script(text)),
            ("plain".to_owned(), file(text)),
        ]),
    };
    scene.generate(&text("1\n"));
    assert_eq!(scene.mode("up") & 0o100, 0o100);
    assert_eq!(scene.mode("plain") & 0o111, 0);
    scene.set_mode("up", 0o750);
    scene.set_mode("plain", 0o600);
    scene.generate(&text("2\n"));
    assert_eq!((scene.mode("up"), scene.mode("plain")), (0o750, 0o600));
}

#[test]
fn a_file_that_becomes_a_script_can_be_run() {
    let scene = after_first(&[("up", "1\n")]);
    scene.set_mode("up", 0o640);
    let fresh = Tree {
        files: BTreeMap::from([("up".to_owned(), script("1\n"))]),
    };
    assert_eq!(scene.action(&fresh, "up"), Action::Update);
    scene.generate(&fresh);
    assert_eq!(scene.mode("up"), 0o750);
    assert_eq!(scene.action(&fresh, "up"), Action::Unchanged);
    scene.set_mode("up", 0o600);
    assert_eq!(scene.action(&fresh, "up"), Action::Unchanged);
    scene.generate(&fresh);
    assert_eq!(scene.mode("up"), 0o600);
}

#[test]
fn a_selection_leaves_the_rest_exactly_as_it_is() {
    let scene = after_first(&[
        ("docs/a", "1\n"),
        ("cdn/a", "1\n"),
        ("cdn/gone", "1\n"),
        ("docs/gone", "1\n"),
    ]);
    let fresh = tree(&[("docs/a", "2\n"), ("cdn/a", "2\n"), ("docs/new", "2\n")]);
    let only = |word: &str| Options {
        selection: Selection {
            only: vec![word.to_owned()],
            ..Selection::default()
        },
        ..Options::default()
    };
    let before = scene.lock();
    let new_head = Head {
        blueprint: "new".into(),
        catalog: "new".into(),
        ..head()
    };
    scene
        .generate_with(&fresh, &only("cdn"), &new_head)
        .expect("a part is written");
    let after = scene.lock();
    assert_eq!(scene.read("cdn/a").as_deref(), Some("2\n"));
    assert_eq!(scene.read("cdn/gone"), None);
    assert_eq!(scene.read("docs/a").as_deref(), Some("1\n"));
    assert_eq!(scene.read("docs/new"), None);
    assert_eq!(after.files["docs/a"], before.files["docs/a"]);
    assert_eq!(after.files["docs/gone"], before.files["docs/gone"]);
    assert_eq!(after.head.blueprint, before.head.blueprint);
    let project = Project::open(&scene.root).expect("the project opens");
    let error = compare(&project, &fresh, &only("cnd")).expect_err("there is no such part");
    assert_eq!(
        message(&error),
        (
            "nothing is generated under the name `cnd`".into(),
            "did you mean cdn?".into()
        )
    );
}

#[test]
fn other_environments_can_be_left_alone() {
    let scene = Scene::new();
    let fresh = tree(&[
        ("envs/dev.tfvars", "1\n"),
        ("envs/prod.tfvars", "1\n"),
        ("main.tf", "1\n"),
    ]);
    let committed = |value: u32| Committed {
        quantities: BTreeMap::from([("cache.shards".to_owned(), json!(value))]),
        ..Committed::default()
    };
    let environments = |value| {
        BTreeMap::from([
            ("dev".to_owned(), committed(value)),
            ("prod".to_owned(), committed(value)),
        ])
    };
    let with = |value| Head {
        environments: environments(value),
        ..head()
    };
    scene
        .generate_with(&fresh, &Options::default(), &with(1))
        .expect("everything is written");
    let fresh = tree(&[
        ("envs/dev.tfvars", "2\n"),
        ("envs/prod.tfvars", "2\n"),
        ("main.tf", "2\n"),
    ]);
    let selection = Selection {
        leave_environments: vec!["dev".into()],
        ..Selection::default()
    };
    let options = Options {
        selection,
        ..Options::default()
    };
    scene
        .generate_with(&fresh, &options, &with(2))
        .expect("a part is written");
    assert_eq!(scene.read("envs/dev.tfvars").as_deref(), Some("1\n"));
    assert_eq!(scene.read("envs/prod.tfvars").as_deref(), Some("2\n"));
    assert_eq!(scene.read("main.tf").as_deref(), Some("2\n"));
    let environments = scene.lock().head.environments;
    assert_eq!(
        (&environments["dev"], &environments["prod"]),
        (&committed(1), &committed(2))
    );
}

#[test]
fn the_users_own_attributes_stay_theirs() {
    let scene = Scene::new();
    scene.write(".gitattributes", "*.png binary\n");
    let fresh = tree(&[("a", "1\n")]);
    scene.generate(&fresh);
    assert_eq!(
        scene.read(".gitattributes").as_deref(),
        Some("*.png binary\n")
    );
    let own = scene
        .read(".loadpath/.gitattributes")
        .expect("ours is in our folder");
    assert!(own.contains("\n** linguist-generated -merge -text\nbase/** -diff\n"));
    assert_eq!(scene.generate(&fresh), Applied::default());
    scene.remove(".gitattributes");
    assert_eq!(scene.generate(&fresh), Applied::default());
}

#[test]
fn edited_attributes_are_an_edit_like_any_other() {
    let scene = after_first(&[("a", "1\n")]);
    scene.write(".gitattributes", "*.png binary\n");
    assert_eq!(scene.generate(&tree(&[("a", "1\n")])), Applied::default());
    assert_eq!(scene.read(".loadpath/.gitattributes"), None);
}

#[test]
fn a_lost_base_comes_back() {
    let scene = after_first(&[("docs/a", "1\n"), ("b", "1\n")]);
    fs::remove_dir_all(scene.path(".loadpath/base")).expect("it is there");
    let fresh = tree(&[("docs/a", "1\n"), ("b", "1\n")]);
    scene.generate(&fresh);
    assert_eq!(scene.read(".loadpath/base/docs/a").as_deref(), Some("1\n"));
    scene.remove(".loadpath/base/b");
    scene.write("b", "mine\n");
    scene.generate(&fresh);
    assert_eq!(scene.read(".loadpath/base/b").as_deref(), Some("1\n"));
}

#[test]
fn a_lost_lock_is_rebuilt_from_what_is_there() {
    let scene = after_first(&[("docs/a", "1\n"), ("b", "1\n")]);
    let before = scene.everything();
    scene.remove(".loadpath/lock.json");
    scene.generate(&tree(&[("docs/a", "1\n"), ("b", "1\n")]));
    assert_eq!(scene.everything(), before);
}

#[test]
fn pipelines_go_to_the_root_of_the_repository() {
    let scene = Scene::new();
    let repository = scene
        .root
        .parent()
        .expect("the project is in a folder")
        .to_owned();
    let fresh = tree(&[
        ("../.github/workflows/shop.yaml", "1\n"),
        ("../.gitlab-ci.yml", "1\n"),
        ("a", "1\n"),
    ]);
    scene.generate(&fresh);
    let text = |path: &str| fs::read_to_string(repository.join(path)).ok();
    assert_eq!(text(".github/workflows/shop.yaml").as_deref(), Some("1\n"));
    assert_eq!(text(".gitlab-ci.yml").as_deref(), Some("1\n"));
    assert_eq!(scene.generate(&fresh), Applied::default());
    scene.generate(&tree(&[("a", "1\n")]));
    assert!(!repository.join(".github").exists());
    assert!(scene.root.exists());
}

#[test]
fn a_person_who_edits_meanwhile_is_not_overwritten() {
    let scene = after_first(&[("a", "1\n"), ("b", "1\n")]);
    let fresh = tree(&[("a", "2\n"), ("b", "2\n"), ("c", "2\n")]);
    let attempt = |edit: &dyn Fn(&Scene)| {
        let project = Project::open_for_writing(&scene.root).expect("the project opens");
        let changes = compare(&project, &fresh, &Options::default()).expect("the project compares");
        edit(&scene);
        let before = scene.everything();
        let error = apply(&project, &changes, &head(), &AtomicBool::new(false))
            .expect_err("the edit stops it");
        assert_eq!(scene.everything(), before);
        message(&error).0
    };
    let edited = attempt(&|scene| scene.write("b", "mine\n"));
    assert_eq!(
        edited,
        "`b` changed while loadpath was at work; nothing was written"
    );
    scene.write("b", "1\n");
    let created = attempt(&|scene| scene.write("c", "mine\n"));
    assert!(created.starts_with("cannot create `c`"), "{created}");
}

#[test]
fn changes_know_what_they_mean_as_a_whole() {
    fn verdict(scene: &Scene, fresh: &Tree) -> Verdict {
        let project = Project::open(&scene.root).expect("the project opens");
        let changes: Changes<'_> =
            compare(&project, fresh, &Options::default()).expect("the project compares");
        changes.verdict()
    }
    let scene = after_first(&[("a", "1\n"), ("b", "1\n")]);
    let same = tree(&[("a", "1\n"), ("b", "1\n")]);
    assert_eq!(verdict(&scene, &same), Verdict::InStep);
    scene.write("b", "mine\n");
    assert_eq!(verdict(&scene, &same), Verdict::Edited);
    assert_eq!(
        (
            Verdict::Edited.exit_code(false),
            Verdict::Edited.exit_code(true)
        ),
        (0, 2)
    );
    assert_eq!(
        verdict(&scene, &tree(&[("a", "2\n"), ("b", "1\n")])),
        Verdict::Differs
    );
    assert_eq!(
        verdict(&scene, &tree(&[("a", "2\n"), ("b", "2\n")])),
        Verdict::Conflict
    );
    scene.write("c", "mine\n");
    assert_eq!(
        verdict(&scene, &tree(&[("a", "2\n"), ("b", "2\n"), ("c", "2\n")])),
        Verdict::Refused
    );
    assert_eq!(verdict(&Scene::new(), &same), Verdict::Differs);
}

#[test]
fn a_binary_edit_is_a_conflict_too() {
    let scene = after_first(&[("a", "1\n")]);
    fs::write(scene.path("a"), [0xff, 0x00, b'\n']).expect("the file is ours");
    assert_eq!(scene.action(&tree(&[("a", "1\n")]), "a"), Action::Keep);
    assert_eq!(scene.action(&tree(&[("a", "2\n")]), "a"), Action::Conflict);
}

#[test]
fn another_projects_folder_is_refused() {
    let scene = after_first(&[("a", "1\n")]);
    let project = Project::open(&scene.root).expect("the project opens");
    assert!(project.check_name("shop").is_ok());
    let (message, hint) = message(
        &project
            .check_name("other")
            .expect_err("it is another project"),
    );
    assert!(
        message.ends_with("/shop` holds the project `shop`, and this is `other`"),
        "{message}"
    );
    assert_eq!(hint, "choose another folder with -o DIR, or another name");
    assert!(
        Project::open(&scene.path("new")).is_ok_and(|project| project.check_name("other").is_ok())
    );
}

#[test]
fn a_newer_lock_is_refused_and_left_alone() {
    let scene = after_first(&[("a", "1\n")]);
    let text = scene.read(".loadpath/lock.json").expect("there is a lock");
    scene.write(
        ".loadpath/lock.json",
        &text.replace("\"format\": 2", "\"format\": 9"),
    );
    let before = scene.everything();
    let error = scene
        .generate_with(&tree(&[]), &Options::default(), &head())
        .expect_err("it is refused");
    assert!(
        message(&error).0.contains("was written by loadpath"),
        "{error:#}"
    );
    assert_eq!(scene.everything(), before);
}
