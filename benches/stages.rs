//! The stages of a run one by one: `cargo bench --bench stages`.
//!
//! Targets: sizing one environment under 1 ms, merging a file of 5,000 lines under 50 ms. Whole processes are compared by `benches/compare.sh`.

use std::{
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

use divan::Bencher;
use loadpath::{
    blueprint::{self, Blueprint},
    catalog::Catalog,
    compose::architecture::{self, Architecture},
    pipeline::{self, AllCommitted, Plan},
    reconcile::{self, Head, Merge, Options, Project, Texts},
    render::{self, Tree, templates::Templates},
    syntax::Language,
};

const EXAMPLE: &str = include_str!("../blueprints/sharded-kubernetes.yaml");

fn main() {
    divan::main();
}

fn architecture() -> Architecture {
    architecture::find("sharded-kubernetes").expect("it is built in")
}

/// The example on one cloud, with all its environments or the primary one alone.
fn example(cloud: &str, only_primary: bool) -> Blueprint {
    let architecture = architecture();
    let sets = [format!("cloud={cloud}")];
    let fragment = |_: &str| Some(architecture.fragment());
    let (mut blueprint, _) = blueprint::parse(EXAMPLE, "loadpath.yaml", &sets, &fragment)
        .unwrap_or_else(|failure| panic!("{:?}", failure.problems));
    if only_primary {
        let primary = blueprint.environments.pop();
        blueprint.environments = primary.into_iter().collect();
    }
    blueprint
}

fn plan(blueprint: &Blueprint, catalog: &Catalog) -> Plan {
    pipeline::plan(blueprint, &architecture(), catalog, &AllCommitted::new())
        .expect("the example can be planned")
        .swap_remove(0)
}

fn tree(blueprint: &Blueprint, catalog: &Catalog, plan: &Plan, templates: &Templates) -> Tree {
    let source = pipeline::Source {
        blueprint,
        architecture: &architecture(),
        catalog,
        templates,
        folder: "",
    };
    pipeline::render(&source, std::slice::from_ref(plan)).expect("the example can be rendered")
}

#[divan::bench]
fn load_the_catalog() -> Catalog {
    Catalog::builtin()
}

#[divan::bench(args = ["aws", "gcp"])]
fn parse_the_blueprint(cloud: &str) -> Blueprint {
    example(cloud, false)
}

/// Demand, sizing and cost of one environment.
#[divan::bench(args = ["aws", "gcp"])]
fn size_one_environment(bencher: Bencher<'_, '_>, cloud: &str) {
    let (blueprint, catalog) = (example(cloud, true), Catalog::builtin());
    bencher.bench_local(|| plan(&blueprint, &catalog));
}

/// All three environments, on two threads.
#[divan::bench(args = ["aws", "gcp"])]
fn render_the_tree(bencher: Bencher<'_, '_>, cloud: &str) {
    let (blueprint, catalog) = (example(cloud, false), Catalog::builtin());
    let (plan, templates) = (plan(&blueprint, &catalog), Templates::built_in());
    bencher.bench_local(|| tree(&blueprint, &catalog, &plan, &templates));
}

/// Reading every file again that a first run writes.
#[divan::bench(args = ["aws", "gcp"])]
fn read_the_tree_again(bencher: Bencher<'_, '_>, cloud: &str) {
    let (blueprint, catalog) = (example(cloud, false), Catalog::builtin());
    let tree = tree(
        &blueprint,
        &catalog,
        &plan(&blueprint, &catalog),
        &Templates::built_in(),
    );
    bencher.bench_local(|| {
        for (path, file) in &tree.files {
            render::verify(path, &file.text).expect("the example is valid");
        }
    });
}

fn written(folder: &Path, tree: &Tree) {
    let project = Project::open_for_writing(folder).expect("a new folder can be opened");
    let changes =
        reconcile::compare(&project, tree, &Options::default()).expect("nothing is in the way");
    let head = Head {
        tool: "0".to_owned(),
        catalog: "0".to_owned(),
        project: "quantum".to_owned(),
        blueprint: String::new(),
        environments: std::collections::BTreeMap::new(),
    };
    let interrupted = Arc::new(AtomicBool::new(false));
    reconcile::apply(&project, &changes, &head, &interrupted).expect("a new folder can be written");
}

/// What `check` does once the tree is rendered.
#[divan::bench]
fn compare_with_the_disk(bencher: Bencher<'_, '_>) {
    let (blueprint, catalog) = (example("gcp", false), Catalog::builtin());
    let tree = tree(
        &blueprint,
        &catalog,
        &plan(&blueprint, &catalog),
        &Templates::built_in(),
    );
    let folder = tempfile::tempdir().expect("a folder for the bench");
    written(folder.path(), &tree);
    bencher.bench_local(|| {
        let project = Project::open(folder.path()).expect("it was written");
        reconcile::compare(&project, &tree, &Options::default())
            .expect("it can be compared")
            .iter()
            .count()
    });
}

/// 1,000 blocks of five lines; every seventh with another number, every eleventh with a line of its own.
fn large(number: u32, with_own: bool) -> String {
    let block = |n: u32| {
        let number = if n.is_multiple_of(7) { number } else { 0 };
        let own = if with_own && n.is_multiple_of(11) {
            "  mine  = true\n"
        } else {
            ""
        };
        format!(
            "resource \"kind\" \"name_{n}\" {{\n  size  = {number}\n  other = \"{n}\"\n{own}}}\n\n"
        )
    };
    (0..1000).map(block).collect()
}

/// A file of 5,000 lines that both sides changed in a hundred places: by lines, and by blocks where changes touch.
#[divan::bench(args = ["apart", "touching"])]
fn merge_a_large_file(bencher: Bencher<'_, '_>, changes: &str) {
    let (base, mut local, fresh) = (large(1, false), large(1, true), large(2, false));
    if changes == "touching" {
        local.insert_str(0, "# mine\n");
        local = local.replace("  size  = 1\n", "  added = 1\n  size  = 1\n");
    }
    let texts = Texts {
        language: Some(Language::Hcl),
        base: Some(&base),
        local: &local,
        fresh: &fresh,
    };
    bencher.bench_local(|| match texts.merge() {
        Merge::Text(text) => text.len(),
        Merge::Conflict(conflict) => panic!("{:?}", conflict.hunks),
    });
}
