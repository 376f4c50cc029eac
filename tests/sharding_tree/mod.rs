//! The folder `sharding/` as the pipeline renders it for a set of keyspaces, for the tests that run what is emitted.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by tests that each use a part"
)]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use loadpath::{
    blueprint::{self, Cloud},
    catalog::Catalog,
    compose::{self, architecture},
    pipeline,
    render::{self, templates::Templates},
    sharding::map::ShardMap,
    sizing::Committed,
};
use tempfile::TempDir;

/// Keyspaces of every strategy: names with a hyphen, an id as a key.
pub const EVERY_STRATEGY: &str = "
    - { name: users, tables: [users, settings], key: user_id, strategy: hash, shards: 2 }
    - { name: content, tables: [content], key: region, hash_key: id, strategy: region, shards: 2 }
    - { name: order-book, tables: [orders, order_lines], key: order_id, strategy: range, shards: 2 }
    - { name: tenants, tables: [tenants, seats], key: tenant, strategy: directory, shards: 2 }
    - { name: billing, tables: [invoices], strategy: functional, shards: 1 }
";

/// One hash and one region keyspace, as small as they can be and still split.
pub const TWO: &str = "
    - { name: users, tables: [users, settings], key: user_id, strategy: hash, shards: 2 }
    - { name: content, tables: [content], key: region, hash_key: id, strategy: region, shards: 2 }
";

/// A rendered project folder that goes with the value.
pub struct Rendered {
    directory: TempDir,
    /// The map that it was rendered from.
    pub map: ShardMap,
}

impl Rendered {
    /// Renders the primary environment of project `my-shop` with these keyspaces (items of a YAML list).
    pub fn new(keyspaces: &str) -> Self {
        Self::after(keyspaces, None)
    }

    /// As [`Rendered::new`], where an earlier run committed this map.
    pub fn after(keyspaces: &str, committed: Option<ShardMap>) -> Self {
        let text = format!(
            "version: 1\nname: my-shop\narchitecture: sharded-kubernetes\nusers:\n  monthly_active: 20k\n  locations: {{ europe: 60 %, asia: 40 % }}\n\
             environments:\n  prod: {{}}\ndata:\n  size: 20 GiB\n  keyspaces:{keyspaces}"
        );
        let architecture = architecture::find("sharded-kubernetes").expect("it is built in");
        let fragment = architecture.fragment().to_owned();
        let known = |id: &str| (id == architecture.id).then_some(fragment.as_str());
        let (blueprint, _) = match blueprint::parse(&text, "loadpath.yaml", &[], &known) {
            Ok(read) => read,
            Err(failure) => panic!("{failure:?}"),
        };
        let catalog = Catalog::builtin();
        let committed = Committed {
            shard_map: committed,
            ..Committed::default()
        };
        let committed = BTreeMap::from([(pipeline::committed_key(Cloud::Gcp, "prod"), committed)]);
        let plans = pipeline::plan(&blueprint, &architecture, &catalog, &committed)
            .expect("the blueprint is legal");
        let plan = plans
            .iter()
            .find(|plan| plan.cloud == Cloud::Gcp)
            .expect("the architecture's own cloud");
        let templates = Templates::built_in();
        let source = pipeline::Source {
            blueprint: &blueprint,
            architecture: &architecture,
            catalog: &catalog,
            templates: &templates,
            folder: "",
        };
        let mut composition = compose::build(&pipeline::request(&source, &blueprint, plan, ""));
        composition
            .artifacts
            .retain(|artifact| artifact.path.starts_with("sharding/"));
        let tree =
            render::render(&composition, &templates).unwrap_or_else(|error| panic!("{error:#}"));
        let directory = tempfile::tempdir().expect("a temporary folder");
        for (path, file) in &tree.files {
            write(&directory.path().join(path), &file.text, file.executable);
        }
        // the database servers run as another user
        open(directory.path());
        Self {
            directory,
            map: plan.sizings[0].shard_map.clone(),
        }
    }

    /// The folder `sharding/` of the project.
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("sharding")
    }
}

fn write(path: &Path, text: &str, executable: bool) {
    fs::create_dir_all(path.parent().expect("below the folder")).expect("a new folder");
    fs::write(path, text).expect("a new file");
    fs::set_permissions(
        path,
        fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 }),
    )
    .expect("own file");
}

/// Lets everybody read a folder of our own.
pub fn open(directory: &Path) {
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).expect("own folder");
}
