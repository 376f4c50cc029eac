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
    compose::{self, architecture},
    pipeline::{self, AllCommitted, Plan},
    render::{self, Tree, templates::Templates},
};

/// One blueprint on one cloud.
pub struct Case {
    /// `sharded-kubernetes-gcp`, the name of its folder under `snapshots/`.
    pub name: String,
    /// The blueprint.
    pub blueprint: Blueprint,
    /// Its sizings.
    pub plan: Plan,
    /// What it renders to.
    pub tree: Tree,
    /// Paths of the files that may hold numbers of a sizing.
    pub sized: BTreeSet<String>,
}

/// All of them, in the order of their names.
pub fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        let clouds = ["aws", "gcp"];
        blueprints()
            .iter()
            .flat_map(|path| clouds.map(|cloud| case(path, cloud, &[], &AllCommitted::new())))
            .collect()
    })
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
    flags.extend(sets.iter().map(|&set| set.to_owned()));
    let (blueprint, _) = blueprint::load(path, &flags, &fragment)
        .unwrap_or_else(|failure| panic!("{}: {:?}", path.display(), failure.problems));
    let architecture = architecture::find(&blueprint.architecture).expect("loading refuses others");
    let catalog = Catalog::builtin();
    let plan = pipeline::plan(&blueprint, &architecture, &catalog, committed)
        .unwrap_or_else(|problems| panic!("{}: {problems:?}", path.display()))
        .swap_remove(0);
    let composition = compose::build(&compose::Request {
        blueprint: &blueprint,
        architecture: &architecture,
        cloud: catalog.cloud(plan.cloud),
        id: plan.cloud,
        region: &plan.region,
        folder: "",
        choice: &plan.choice,
        sizings: &plan.sizings,
    });
    let sized = composition
        .artifacts
        .iter()
        .filter(|artifact| artifact.sized)
        .map(|artifact| artifact.path.clone())
        .collect();
    let tree = render::render(&composition, &Templates::built_in())
        .unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    Case {
        name: format!("{stem}-{cloud}"),
        blueprint,
        plan,
        tree,
        sized,
    }
}
