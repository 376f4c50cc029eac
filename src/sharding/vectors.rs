//! Test vectors: what every router must answer, computed by the one in [`super::route`].
//!
//! Comes in: a [`ShardMap`]. Goes out: [`Vectors`], written beside the client libraries; the same map gives the same
//! vectors. They cover every keyspace, region and shard, both ends of every range, and what must be refused.

use serde::Serialize;

use super::{
    map::{Keyspace, ShardMap, Strategy},
    route::{Key, bucket_of},
};

/// Keys given as text, and what each is there for: decimal text, a UUID, bytes beyond ASCII, composed and decomposed
/// accents, characters that quoting breaks on.
const TEXTS: &[&str] = &[
    "0",
    "1",
    "42",
    "9223372036854775807",
    "00000000-0000-0000-0000-000000000000",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "a",
    " ",
    "é",
    "e\u{301}",
    "日本語",
    "😀",
    "it's \\ \"quoted\"",
    "\\x41",
    "{{ a }} ${b} %{c}",
];

/// Keys given as integers, up to the largest that JSON keeps exact everywhere.
const INTEGERS: &[i64] = &[0, 7, 4_294_967_296, 9_007_199_254_740_991];

/// UUIDs as an application may hold them, each to be made canonical first.
const UUIDS: &[&str] = &[
    "F47AC10B-58CC-4372-A567-0E02B2C3D479",
    "6fa459ea-ee8a-3ca4-894e-db77e160355e",
];

/// How many keys to try until each shard of a keyspace has been met.
const TRIES: u128 = 100_000;

/// The file of vectors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Vectors {
    /// What the file is.
    pub description: &'static str,
    /// Epoch of the map that the routes are for.
    pub epoch: u64,
    /// Statement that sends the epoch.
    pub epoch_statement: String,
    /// Keys and their buckets.
    pub buckets: Vec<BucketVector>,
    /// UUIDs, not yet canonical, and their buckets.
    pub uuids: Vec<UuidVector>,
    /// Keys and their shards.
    pub routes: Vec<RouteVector>,
    /// Keys that have no bucket.
    pub refused: Vec<Option<VectorKey>>,
    /// Routes that do not exist.
    pub no_route: Vec<NoRouteVector>,
}

/// A key as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum VectorKey {
    /// A number.
    Integer(i64),
    /// A string.
    Text(String),
}

/// A key and its bucket.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BucketVector {
    /// The key.
    pub key: VectorKey,
    /// Its bucket.
    pub bucket: u32,
}

/// A UUID in any case and its bucket.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UuidVector {
    /// The UUID.
    pub uuid: &'static str,
    /// Its bucket.
    pub bucket: u32,
}

/// A key and its shard.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RouteVector {
    /// Keyspace asked.
    pub keyspace: String,
    /// Region asked, in a region keyspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The key.
    pub key: VectorKey,
    /// Its shard.
    pub shard: String,
}

/// A question without an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoRouteVector {
    /// Keyspace asked.
    pub keyspace: String,
    /// Region asked, if one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The key.
    pub key: VectorKey,
}

/// The vectors of a map.
pub fn vectors(map: &ShardMap) -> Vectors {
    let bucket = |key: Key<'_>| {
        key.canonical()
            .map(|text| bucket_of(&text, map.hash.buckets))
            .expect("the keys above are canonical")
    };
    let long = "x".repeat(256);
    let texts = TEXTS.iter().copied().chain([long.as_str()]);
    let texts = texts.map(|text| BucketVector {
        key: VectorKey::Text(text.to_owned()),
        bucket: bucket(Key::Text(text)),
    });
    let integers = INTEGERS.iter().map(|&key| BucketVector {
        key: VectorKey::Integer(key),
        bucket: bucket(Key::Integer(key)),
    });
    Vectors {
        description: "What every router answers for shard-map.json: clients/, sharding.bucket_of() in PostgreSQL and loadpath itself.",
        epoch: map.epoch,
        epoch_statement: format!("SET LOCAL {} = '{}'", map.epoch_setting, map.epoch),
        buckets: texts.chain(integers).collect(),
        uuids: UUIDS
            .iter()
            .map(|uuid| UuidVector {
                uuid,
                bucket: bucket(Key::Text(&uuid.to_lowercase())),
            })
            .collect(),
        routes: map
            .keyspaces
            .iter()
            .flat_map(|(name, keyspace)| routes(map, name, keyspace))
            .collect(),
        refused: vec![
            Some(VectorKey::Text(String::new())),
            None,
            Some(VectorKey::Integer(-1)),
        ],
        no_route: no_routes(map),
    }
}

/// For each shard of the keyspace at least one key that it owns, and in each region the same keys.
fn routes(map: &ShardMap, name: &str, keyspace: &Keyspace) -> Vec<RouteVector> {
    let regions: Vec<Option<&str>> = if keyspace.regions.is_empty() {
        vec![None]
    } else {
        keyspace
            .regions
            .iter()
            .map(|region| Some(region.as_str()))
            .collect()
    };
    let mut found = Vec::new();
    for region in regions {
        let asked = |key: VectorKey| {
            let shard = match &key {
                VectorKey::Integer(id) => map.route(name, Key::Integer(*id), region),
                VectorKey::Text(text) => map.route(name, Key::Text(text), region),
            };
            let shard = shard
                .expect("a valid map routes every canonical key")
                .name
                .clone();
            RouteVector {
                keyspace: name.to_owned(),
                region: region.map(str::to_owned),
                key,
                shard,
            }
        };
        match keyspace.strategy {
            Strategy::Range => found.extend(
                range_ends(keyspace)
                    .into_iter()
                    .map(|id| asked(VectorKey::Integer(id))),
            ),
            _ => found.extend(
                one_key_each(map, name, keyspace, region)
                    .into_iter()
                    .map(|key| asked(VectorKey::Text(key))),
            ),
        }
    }
    found
}

/// First and last id of every range, as integers that JSON keeps exact.
fn range_ends(keyspace: &Keyspace) -> Vec<i64> {
    let runs = keyspace.shards.iter().flat_map(|shard| &shard.ranges);
    let ends = runs.flat_map(|&(lo, hi)| [lo, hi.unwrap_or((1 << 53) - 1)]);
    let mut ends: Vec<i64> = ends.filter_map(|id| i64::try_from(id).ok()).collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// Listed keys, then deterministic UUIDs until every shard has been met (or it is clear that one owns next to nothing).
fn one_key_each(
    map: &ShardMap,
    name: &str,
    keyspace: &Keyspace,
    region: Option<&str>,
) -> Vec<String> {
    let mut keys: Vec<String> = keyspace.directory.keys().cloned().collect();
    let mut missing: Vec<&str> = keyspace
        .shards
        .iter()
        .filter(|shard| shard.region.as_deref() == region)
        .map(|shard| shard.name.as_str())
        .collect();
    for number in 0..TRIES {
        if missing.is_empty() {
            break;
        }
        // an odd multiplier spreads the numbers over all 128 bits
        let key = Key::Uuid(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        let shard = map
            .route(name, key, region)
            .map(|shard| shard.name.as_str());
        if let Some(position) = missing.iter().position(|missing| shard == Ok(*missing)) {
            missing.remove(position);
            keys.extend(key.canonical());
        }
    }
    keys
}

fn no_routes(map: &ShardMap) -> Vec<NoRouteVector> {
    let ask = |keyspace: &str, region: Option<&str>, key: &str| NoRouteVector {
        keyspace: keyspace.to_owned(),
        region: region.map(str::to_owned),
        key: VectorKey::Text(key.to_owned()),
    };
    let mut asked = vec![ask("no-such-keyspace", None, "1")];
    for (name, keyspace) in &map.keyspaces {
        match keyspace.strategy {
            Strategy::Region => {
                asked.extend([ask(name, None, "1"), ask(name, Some("no-such-region"), "1")]);
            }
            Strategy::Range => asked.extend([
                ask(name, None, "007"),
                ask(name, None, "a"),
                ask(name, Some("europe"), "1"),
            ]),
            _ => asked.push(ask(name, Some("europe"), "1")),
        }
    }
    asked
}
