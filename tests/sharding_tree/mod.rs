//! Renders `templates/sharding` for a set of keyspaces, for the tests that run what is emitted.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use loadpath::sharding::{
    map::{KeyspaceSpec, MapSpec, ShardMap, Strategy},
    vectors,
};
use minijinja::{Environment, UndefinedBehavior, context};
use tempfile::TempDir;

/// Keyspaces of every strategy, one of them with a hyphen in its name.
pub fn every_strategy() -> Vec<KeyspaceSpec> {
    let keyspace = |name: &str, strategy, key: &str, tables: &[&str], shards| KeyspaceSpec {
        name: name.to_owned(),
        strategy,
        key: key.to_owned(),
        hash_key: None,
        tables: tables.iter().map(|table| (*table).to_owned()).collect(),
        shards,
        regions: Vec::new(),
        ids: 1_000_000,
    };
    let mut content = keyspace("content", Strategy::Region, "region", &["content"], 4);
    content.hash_key = Some("content_id".to_owned());
    content.regions = [("north-america", 0.5), ("europe", 0.3), ("asia", 0.2)]
        .map(|(region, share)| (region.to_owned(), share))
        .to_vec();
    vec![
        keyspace("users", Strategy::Hash, "user_id", &["users", "settings"], 2),
        content,
        keyspace("order-book", Strategy::Range, "order_id", &["order", "order_lines"], 2),
        keyspace("tenants", Strategy::Directory, "tenant", &["tenants", "seats"], 2),
        keyspace("billing", Strategy::Functional, "", &["invoices"], 1),
    ]
}

/// A rendered project folder that goes with the value.
pub struct Rendered {
    directory: TempDir,
    /// The map that it was rendered from.
    pub map: ShardMap,
}

impl Rendered {
    /// Renders the primary environment of project `quantum` with these keyspaces.
    pub fn new(keyspaces: &[KeyspaceSpec]) -> Self {
        let spec = MapSpec { project: "quantum".to_owned(), buckets: 4096, keyspaces: keyspaces.to_vec() };
        let map = ShardMap::initial(&spec).expect("the keyspaces are legal");
        Self::of_map(keyspaces, map)
    }

    /// As [`Rendered::new`], from a map that has grown or been edited.
    pub fn of_map(keyspaces: &[KeyspaceSpec], map: ShardMap) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        // the database servers run as another user
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("own folder");
        let rendered = Self { directory, map };
        rendered.render(keyspaces);
        rendered
    }

    /// The folder `sharding/` of the project.
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("sharding")
    }

    fn render(&self, keyspaces: &[KeyspaceSpec]) {
        let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_trim_blocks(true);
        engine.set_lstrip_blocks(true);
        engine.set_keep_trailing_newline(true);
        engine.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        engine.add_filter("json", |value: minijinja::Value| {
            minijinja::Value::from_safe_string(serde_json::to_string_pretty(&value).expect("JSON"))
        });
        engine.set_formatter(|out, state, value| {
            let json = state.name().ends_with(".json.j2") && value.as_str().is_some() && !value.is_safe();
            let quoted = if json { serde_json::to_string(value).expect("a string is JSON") } else { value.to_string() };
            let content = if json { &quoted[1..quoted.len() - 1] } else { &quoted };
            out.write_str(content).map_err(minijinja::Error::from)
        });
        engine.add_filter("upper_snake", |text: String| text.to_uppercase().replace('-', "_"));
        engine.add_filter("snake", |text: String| text.replace('-', "_"));
        engine.set_loader(minijinja::path_loader(&templates));
        let structure: Vec<minijinja::Value> = keyspaces
            .iter()
            .map(|keyspace| {
                let hash_key = keyspace.hash_key.as_ref().unwrap_or(&keyspace.key);
                context! {
                    name => keyspace.name, tables => keyspace.tables, key => keyspace.key,
                    strategy => keyspace.strategy.to_string(), hash_key => hash_key,
                }
            })
            .collect();
        let names: Vec<&str> = keyspaces.iter().map(|keyspace| keyspace.name.as_str()).collect();
        let project = context! {
            name => "quantum",
            environments => ["dev", "staging", "prod"],
            keyspaces => structure,
            services => [context! { name => "api", keyspaces => names }, context! { name => "notifier", keyspaces => Vec::<String>::new() }],
        };
        let quantity = |value: u64| context! { value => value, why => "a test" };
        let env = context! {
            name => "prod",
            shard_map => self.map,
            vectors => vectors(&self.map),
            size => context! { pooler => context! { clients => quantity(400), servers => quantity(20) } },
            keyspaces => structure,
        };
        for entry in walkdir::WalkDir::new(templates.join("sharding")).sort_by_file_name() {
            let entry = entry.expect("the templates are readable");
            let below = entry.path().strip_prefix(&templates).expect("a walk stays below").to_string_lossy().into_owned();
            if !entry.file_type().is_file() || below.split('/').any(|part| part.starts_with('_')) {
                continue;
            }
            let each: Vec<Option<&minijinja::Value>> =
                if below.contains("{keyspace}") { structure.iter().map(Some).collect() } else { vec![None] };
            for keyspace in each {
                let name = keyspace.map_or_else(String::new, |keyspace| keyspace.get_attr("name").expect("named").to_string());
                let path = self.directory.path().join(below.replace("{keyspace}", &name).trim_end_matches(".j2"));
                let text = if below.ends_with(".j2") {
                    let context = context! { project, env, keyspace => keyspace.cloned().unwrap_or_default() };
                    let template = engine.get_template(&below).expect("the template compiles");
                    template.render(context).unwrap_or_else(|error| panic!("{below}: {error:#}"))
                } else {
                    fs::read_to_string(entry.path()).expect("templates are UTF-8")
                };
                fs::create_dir_all(path.parent().expect("below the folder")).expect("writable");
                fs::write(&path, &text).expect("writable");
                let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("own file");
            }
        }
    }
}
