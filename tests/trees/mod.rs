//! Every example of `blueprints/` on every cloud, planned and rendered once.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by tests that each use a part"
)]

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use loadpath::{
    blueprint::{self, Blueprint},
    catalog::Catalog,
    compose::architecture,
    pipeline::{self, AllCommitted, Plan},
    render::{Tree, templates::Templates},
};

/// One blueprint on one cloud.
pub struct Case {
    /// `sharded-kubernetes-gcp`, the name of its folder under `snapshots/`.
    pub name: String,
    /// The blueprint.
    pub blueprint: Blueprint,
    /// Its sizings, one for each cloud.
    pub plans: Vec<Plan>,
    /// What it renders to.
    pub tree: Tree,
    /// Paths of the files that may hold numbers of a sizing.
    pub sized: BTreeSet<String>,
}

/// All of them, in the order of their names.
pub fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        let on_each = |path: &PathBuf| {
            let clouds = clouds(path).iter();
            clouds
                .map(|cloud| case(path, cloud, &[], &AllCommitted::new()))
                .collect::<Vec<_>>()
        };
        blueprints().iter().flat_map(on_each).collect()
    })
}

/// Stands for all clouds at once.
pub const BOTH: &str = "both";

/// What an example is shown on: each cloud, or both at once where that is what it is about.
pub fn clouds(path: &Path) -> &'static [&'static str] {
    let text = std::fs::read_to_string(path).expect("an example can be read");
    if text.contains("\ncloud: [aws, gcp]") {
        &[BOTH]
    } else {
        &["aws", "gcp"]
    }
}

/// The example blueprints.
pub fn blueprints() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints");
    let entries = std::fs::read_dir(folder).expect("the examples are there");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    paths.sort();
    paths
}

/// The example of this name.
pub fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("blueprints/{name}.yaml"))
}

/// One example on one cloud with these flags, over what was committed.
pub fn case(path: &Path, cloud: &str, sets: &[&str], committed: &AllCommitted) -> Case {
    let architectures = architecture::all();
    let fragment = |id: &str| {
        architectures
            .iter()
            .find(|one| one.id == id)
            .map(architecture::Architecture::fragment)
    };
    let mut flags = vec![format!("cloud={cloud}")];
    if cloud == BOTH {
        flags.clear();
    }
    flags.extend(sets.iter().map(|&set| set.to_owned()));
    let (blueprint, _) = blueprint::load(path, &flags, &fragment)
        .unwrap_or_else(|failure| panic!("{}: {:?}", path.display(), failure.problems));
    let architecture = architecture::find(&blueprint.architecture).expect("loading refuses others");
    let catalog = Catalog::builtin();
    let plans = pipeline::plan(&blueprint, &architecture, &catalog, committed)
        .unwrap_or_else(|problems| panic!("{}: {problems:?}", path.display()));
    let templates = Templates::built_in();
    let source = pipeline::Source {
        blueprint: &blueprint,
        architecture: &architecture,
        catalog: &catalog,
        templates: &templates,
        folder: "",
    };
    let tree = pipeline::render(&source, &plans)
        .unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
    let sized = tree
        .files
        .iter()
        .filter(|(_, file)| file.is_sized)
        .map(|(path, _)| path.clone())
        .collect();
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    Case {
        name: format!("{stem}-{cloud}"),
        blueprint,
        plans,
        tree,
        sized,
    }
}
