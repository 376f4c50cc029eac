//! `.loadpath/lock.json`: what was generated last, by what, from what.
//!
//! Comes in: the text of a lock, or what a run has done. Goes out: a [`Lock`], or its text: sorted, one line for each
//! quantity and each file, equal for equal content, so that a review sees exactly what moved. A lock of an older
//! format is migrated, one of a newer loadpath refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fmt::Write as _,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::path;
use crate::{compose::Ownership, report::finding::Hinted as _};

/// Format that this version writes.
const FORMAT: u64 = 2;

/// What leads from one format to the next, the first from format 1.
const MIGRATIONS: &[fn(&mut Value) -> Result<()>] = &[
    // Format 1 knows neither owners of parts of a file nor since when a file differs: nothing has to be rewritten.
    |_| Ok(()),
];

/// SHA-256 of a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = HEX[usize::from(byte >> 4)];
            pair[1] = HEX[usize::from(byte & 15)];
        }
        formatter.write_str(std::str::from_utf8(&text).expect("hexadecimal digits are ASCII"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl std::str::FromStr for Digest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "not a SHA-256 digest of 64 hexadecimal digits";
        let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| WANTED)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |at: usize| {
                char::from(pair[at])
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            };
            *byte = digit(0).ok_or(WANTED)? << 4 | digit(1).ok_or(WANTED)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// What a run was made by and from, and what it commits to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// Version of loadpath.
    pub tool: String,
    /// Version of the catalog.
    pub catalog: String,
    /// Name of the project.
    pub project: String,
    /// Digest of the blueprint's meaning or text; the caller decides which.
    pub blueprint: String,
    /// What each environment commits to.
    pub environments: BTreeMap<String, Committed>,
}

/// What the next run of an environment takes as its input.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Committed {
    /// Value of each quantity by name.
    #[serde(default)]
    pub quantities: BTreeMap<String, Value>,
    /// Shard maps, as the caller writes them; null where there are none.
    #[serde(default)]
    pub shard_maps: Value,
}

/// What the lock says of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name of the component it belongs to.
    pub component: String,
    /// Digest of its base: the text that was generated last.
    pub digest: Digest,
    /// Who owns it.
    pub ownership: Ownership,
    /// Whether it is a script.
    pub executable: bool,
    /// Parts of it that a person owns, by dotted name; [`Entry::WHOLE`] for all of it.
    pub own: BTreeSet<String>,
    /// Version of loadpath since which it differs from what is rendered.
    pub since: Option<String>,
}

impl Entry {
    /// Stands in [`Entry::own`] for the whole file.
    pub const WHOLE: &str = "*";

    /// Whether all of the file is a person's.
    pub fn is_own(&self) -> bool {
        self.own.contains(Self::WHOLE)
    }
}

/// Everything that the lock says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// What it was made by and from.
    pub head: Head,
    /// Path to what is known of the file.
    pub files: BTreeMap<String, Entry>,
}

/// The lock as written.
#[derive(Deserialize)]
struct Wire {
    format: u64,
    loadpath: String,
    catalog: String,
    project: String,
    blueprint: String,
    #[serde(default)]
    environments: BTreeMap<String, Committed>,
    files: BTreeMap<String, WireEntry>,
}

#[derive(Deserialize)]
struct WireEntry {
    component: String,
    sha256: Digest,
    #[serde(default)]
    ownership: WireOwnership,
    #[serde(default)]
    executable: bool,
    #[serde(default)]
    own: BTreeSet<String>,
    #[serde(default)]
    since: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireOwnership {
    #[default]
    Managed,
    Once,
}

/// As much of a lock as every format has.
#[derive(Deserialize)]
struct Version {
    format: u64,
    loadpath: String,
}

impl Lock {
    /// Reads the text of a lock.
    ///
    /// # Errors
    /// If the text is no lock, names a path outside the project, or was written by a newer loadpath than `tool`.
    pub fn load(text: &str, tool: &str) -> Result<Self> {
        let parsed = serde_json::from_str::<Wire>(text);
        if let Ok(wire) = &parsed {
            refuse_newer(wire.format, &wire.loadpath, tool)?;
            if wire.format == FORMAT {
                return parsed.map_err(Into::into).and_then(Self::from_wire);
            }
        }
        let version =
            serde_json::from_str::<Version>(text).map_err(|error| damaged(text, &error))?;
        refuse_newer(version.format, &version.loadpath, tool)?;
        if version.format == FORMAT {
            let error = parsed
                .err()
                .map_or_else(|| anyhow!("unknown damage"), Into::into);
            return Err(error).context("the lock is damaged").hint(RESTORE);
        }
        let value = serde_json::from_str(text).map_err(|error| damaged(text, &error))?;
        let value = migrate(value, version.format, MIGRATIONS)?;
        serde_json::from_value(value)
            .map_err(Into::into)
            .and_then(Self::from_wire)
    }

    fn from_wire(wire: Wire) -> Result<Self> {
        let Wire {
            loadpath,
            catalog,
            project,
            blueprint,
            environments,
            files,
            ..
        } = wire;
        let mut entries = BTreeMap::new();
        for (name, file) in files {
            if let Err(refusal) = path::check(&name) {
                return Err(anyhow!(
                    "the lock is damaged: path `{}` {refusal}",
                    name.escape_default()
                ))
                .hint(RESTORE);
            }
            let ownership = match file.ownership {
                WireOwnership::Managed => Ownership::Managed,
                WireOwnership::Once => Ownership::Once,
            };
            let WireEntry {
                component,
                sha256: digest,
                executable,
                own,
                since,
                ..
            } = file;
            entries.insert(
                name,
                Entry {
                    component,
                    digest,
                    ownership,
                    executable,
                    own,
                    since,
                },
            );
        }
        Ok(Self {
            head: Head {
                tool: loadpath,
                catalog,
                project,
                blueprint,
                environments,
            },
            files: entries,
        })
    }

    /// The text of the lock: equal locks have equal texts.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(4096 + self.files.len() * 180);
        let Head {
            tool,
            catalog,
            project,
            blueprint,
            environments,
        } = &self.head;
        text.push_str("{\n");
        let _ = writeln!(text, "  \"format\": {FORMAT},");
        for (key, value) in [
            ("loadpath", tool),
            ("catalog", catalog),
            ("project", project),
            ("blueprint", blueprint),
        ] {
            let _ = writeln!(text, "  \"{key}\": {},", json(value));
        }
        text.push_str("  \"environments\": ");
        write_map(&mut text, 2, environments, |text, committed| {
            write_committed(text, committed);
        });
        text.push_str(",\n  \"files\": ");
        write_map(&mut text, 2, &self.files, |text, entry| {
            write_entry(text, entry);
        });
        text.push_str("\n}\n");
        text
    }
}

/// What to type when a lock cannot be read.
const RESTORE: &str = "take the last good one back: git checkout -- .loadpath; or rebuild it from disk: loadpath generate --repair";
/// What to type when git could not merge a lock.
const REPAIR: &str = "rebuild it from disk and both sides: loadpath generate --repair";

fn damaged(text: &str, error: &serde_json::Error) -> anyhow::Error {
    let markers = text
        .lines()
        .any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "));
    let failure: Result<()> = if markers {
        Err(anyhow!("the lock has git's conflict markers in it")).hint(REPAIR)
    } else {
        Err(anyhow!("{error}"))
            .context("the lock is damaged")
            .hint(RESTORE)
    };
    failure.expect_err("both arms are errors")
}

/// Refuses what a newer loadpath than `tool` wrote: an older one would take back what the newer one knew better.
fn refuse_newer(format: u64, written_by: &str, tool: &str) -> Result<()> {
    let newer = match (version(written_by), version(tool)) {
        (Some(theirs), Some(ours)) => theirs > ours,
        _ => false,
    };
    if format > FORMAT || newer {
        let failure: Result<()> = Err(anyhow!(
            "the lock was written by loadpath {written_by}, and this is loadpath {tool}"
        ));
        return failure.hint(format!("install loadpath {written_by} or newer"));
    }
    Ok(())
}

/// Major, minor and patch of a version.
fn version(text: &str) -> Option<(u64, u64, u64)> {
    let core = text.split(['-', '+']).next()?;
    let mut parts = core.split('.').map(|part| part.parse().ok());
    let version = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(version)
}

/// Leads a lock of an older format to the present one, step by step.
fn migrate(mut value: Value, format: u64, steps: &[fn(&mut Value) -> Result<()>]) -> Result<Value> {
    let done = usize::try_from(format)
        .ok()
        .and_then(|format| format.checked_sub(1));
    let Some(steps) = done.and_then(|done| steps.get(done..)) else {
        bail!("the lock has the unknown format {format}");
    };
    for step in steps {
        step(&mut value)
            .with_context(|| format!("cannot migrate the lock from format {format}"))?;
    }
    ensure!(value.is_object(), "the lock is not an object");
    value["format"] = FORMAT.into();
    Ok(value)
}

fn write_committed(text: &mut String, committed: &Committed) {
    text.push_str("{\n      \"quantities\": ");
    write_map(text, 6, &committed.quantities, |text, value| {
        text.push_str(&value.to_string());
    });
    text.push_str(",\n      \"shard_maps\": ");
    write_value(text, 6, &committed.shard_maps);
    text.push_str("\n    }");
}

fn write_entry(text: &mut String, entry: &Entry) {
    let _ = write!(
        text,
        "{{\"component\": {}, \"sha256\": \"{}\"",
        json(&entry.component),
        entry.digest
    );
    if entry.ownership == Ownership::Once {
        text.push_str(", \"ownership\": \"once\"");
    }
    if entry.executable {
        text.push_str(", \"executable\": true");
    }
    if !entry.own.is_empty() {
        let own: Vec<String> = entry.own.iter().map(|name| json(name)).collect();
        let _ = write!(text, ", \"own\": [{}]", own.join(", "));
    }
    if let Some(since) = &entry.since {
        let _ = write!(text, ", \"since\": {}", json(since));
    }
    text.push('}');
}

/// Writes a map over several lines, its braces at `indent`.
fn write_map<T>(
    text: &mut String,
    indent: usize,
    map: &BTreeMap<String, T>,
    mut write_one: impl FnMut(&mut String, &T),
) {
    if map.is_empty() {
        text.push_str("{}");
        return;
    }
    text.push('{');
    let mut separator = "\n";
    for (key, value) in map {
        let _ = write!(text, "{separator}{:1$}{2}: ", "", indent + 2, json(key));
        write_one(text, value);
        separator = ",\n";
    }
    let _ = write!(text, "\n{:1$}}}", "", indent);
}

/// Writes a value over several lines with its keys sorted; what holds only plain values stays on one line.
fn write_value(text: &mut String, indent: usize, value: &Value) {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<String, &Value> = map
                .iter()
                .map(|(key, value)| (key.clone(), value))
                .collect();
            write_map(text, indent, &sorted, |text, value| {
                write_value(text, indent + 2, value);
            });
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            text.push('[');
            let mut separator = "\n";
            for item in items {
                let _ = write!(text, "{separator}{:1$}", "", indent + 2);
                write_value(text, indent + 2, item);
                separator = ",\n";
            }
            let _ = write!(text, "\n{:1$}]", "", indent);
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// A JSON string.
fn json(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::finding::explain;

    fn sample() -> Lock {
        let head = Head {
            tool: "0.1.0".into(),
            catalog: "2026-07-16".into(),
            project: "quantum".into(),
            blueprint: "abc".into(),
            environments: BTreeMap::from([(
                "prod".into(),
                Committed {
                    quantities: BTreeMap::from([
                        ("cache.node".into(), json!("cache.r7g.large")),
                        ("cache.memory_gib".into(), json!(13.5)),
                    ]),
                    shard_maps: json!({"users": {"version": 1, "shards": [{"name": "s00", "buckets": [0, 4095]}]}}),
                },
            )]),
        };
        let mut lock = Lock {
            head,
            files: BTreeMap::new(),
        };
        let entry = |text: &str, ownership, executable| Entry {
            component: "docs".into(),
            digest: Digest::of(text.as_bytes()),
            ownership,
            executable,
            own: BTreeSet::new(),
            since: None,
        };
        lock.files
            .insert("scripts/up".into(), entry("up", Ownership::Managed, true));
        lock.files.insert(
            "docs/START.md".into(),
            entry("start", Ownership::Once, false),
        );
        lock
    }

    #[test]
    fn the_text_is_sorted_and_one_line_each() {
        let expected = r#"{
  "format": 2,
  "loadpath": "0.1.0",
  "catalog": "2026-07-16",
  "project": "quantum",
  "blueprint": "abc",
  "environments": {
    "prod": {
      "quantities": {
        "cache.memory_gib": 13.5,
        "cache.node": "cache.r7g.large"
      },
      "shard_maps": {
        "users": {
          "shards": [
            {
              "buckets": [0,4095],
              "name": "s00"
            }
          ],
          "version": 1
        }
      }
    }
  },
  "files": {
    "docs/START.md": {"component": "docs", "sha256": "5ede19aa87c640c77eba76e7f3e0a59ef0c68baf4c69fe36c5bda0c4c5d2f7b4", "ownership": "once"},
    "scripts/up": {"component": "docs", "sha256": "b9de5a9e1ad8e3e4e8a5ea2d5bc6f7b1b3a0d3a3a5a5aa7d4dcef9f36ea4dd7c", "executable": true}
  }
}
"#;
        let digest = |text: &str| Digest::of(text.as_bytes()).to_string();
        let expected = expected
            .replace(
                "5ede19aa87c640c77eba76e7f3e0a59ef0c68baf4c69fe36c5bda0c4c5d2f7b4",
                &digest("start"),
            )
            .replace(
                "b9de5a9e1ad8e3e4e8a5ea2d5bc6f7b1b3a0d3a3a5a5aa7d4dcef9f36ea4dd7c",
                &digest("up"),
            );
        assert_eq!(sample().text(), expected);
    }

    #[test]
    fn reading_gives_back_what_was_written() {
        let lock = sample();
        assert_eq!(
            Lock::load(&lock.text(), "0.1.0").expect("it is a lock"),
            lock
        );
    }

    #[test]
    fn a_digest_is_sha_256_in_hexadecimal() {
        let digest = Digest::of(b"abc");
        assert_eq!(
            digest.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!("ba78".parse::<Digest>().is_err());
        assert!("g".repeat(64).parse::<Digest>().is_err());
    }

    fn refused(text: &str) -> (String, String) {
        let (lines, hint) = explain(&Lock::load(text, "0.1.0").expect_err("the lock is refused"));
        (lines.join(": "), hint.unwrap_or_default())
    }

    #[test]
    fn what_a_newer_loadpath_wrote_is_refused() {
        let newer_format = r#"{"format": 3, "loadpath": "3.1.0", "anything": []}"#;
        let (message, hint) = refused(newer_format);
        assert_eq!(
            message,
            "the lock was written by loadpath 3.1.0, and this is loadpath 0.1.0"
        );
        assert_eq!(hint, "install loadpath 3.1.0 or newer");
        let newer_version = sample()
            .text()
            .replace("\"loadpath\": \"0.1.0\"", "\"loadpath\": \"0.2.0\"");
        assert_eq!(refused(&newer_version).1, "install loadpath 0.2.0 or newer");
    }

    #[test]
    fn what_an_older_loadpath_wrote_is_read() {
        assert!(Lock::load(&sample().text(), "0.10.0").is_ok());
    }

    #[test]
    fn damage_is_named() {
        assert!(refused("").0.starts_with("the lock is damaged"));
        assert!(
            refused("{\"format\": 1")
                .0
                .starts_with("the lock is damaged")
        );
        assert!(
            refused("{\"format\": 0, \"loadpath\": \"0.1.0\"}")
                .0
                .contains("unknown format 0")
        );
        assert!(
            refused("{\"format\": 1, \"loadpath\": \"0.1.0\"}")
                .0
                .contains("missing field")
        );
        let (message, hint) = refused("<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n");
        assert_eq!(message, "the lock has git's conflict markers in it");
        assert!(hint.contains("loadpath generate --repair"));
    }

    #[test]
    fn a_path_out_of_the_project_is_damage() {
        let text = sample().text().replace("docs/START.md", "../../etc/passwd");
        assert_eq!(
            refused(&text).0,
            "the lock is damaged: path `../../etc/passwd` leaves the project"
        );
    }

    #[test]
    fn an_older_format_is_led_up_step_by_step() {
        let steps: &[fn(&mut Value) -> Result<()>] = &[
            |value| {
                value["trail"] = json!("first");
                Ok(())
            },
            |value| {
                value["trail"] = json!(format!(
                    "{}, second",
                    value["trail"].as_str().unwrap_or_default()
                ));
                Ok(())
            },
        ];
        let all = migrate(json!({"format": 1}), 1, steps).expect("both steps apply");
        assert_eq!(all["trail"], "first, second");
        let last =
            migrate(json!({"format": 2, "trail": "kept"}), 2, steps).expect("one step applies");
        assert_eq!(last, json!({"format": FORMAT, "trail": "kept, second"}));
        assert!(migrate(json!({}), 0, steps).is_err());
    }
}
