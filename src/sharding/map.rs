//! The shard map: which shard owns which bucket of which keyspace.
//!
//! Comes in: a [`MapSpec`] and, for growth, the map in force. Goes out: a [`ShardMap`] that passes
//! [`ShardMap::validate`]. Shards are only ever appended: [`ShardMap::grow`] gives new shards buckets of old ones, as few
//! as balance needs, and never moves a bucket between two shards that exist.

use std::{collections::BTreeMap, collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

mod balance;

pub use balance::apportion;
use balance::{added_regions, share_buckets, share_ranges};

/// Version of the map's format.
pub const VERSION: u32 = 1;

/// Most buckets a map can have: they are kept in a signed 16-bit column.
pub const MAX_BUCKETS: u32 = 32_768;

/// Highest id that a range may begin with: the largest integer that every JSON reader keeps exact.
const MAX_RANGE_START: u64 = (1 << 53) - 1;

/// How rows find their shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Even spread by the bucket of the key.
    Hash,
    /// Runs of an ordered integer key.
    Range,
    /// By region, then by the bucket of the hash key.
    Region,
    /// Named keys to a shard, the rest by bucket.
    Directory,
    /// One database for the domain; no key.
    Functional,
}

impl Strategy {
    /// Whether its shards own buckets.
    pub fn has_buckets(self) -> bool {
        matches!(self, Self::Hash | Self::Region | Self::Directory)
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Hash => "hash",
            Self::Range => "range",
            Self::Region => "region",
            Self::Directory => "directory",
            Self::Functional => "functional",
        })
    }
}

/// What a map is made for.
#[derive(Clone, Debug, PartialEq)]
pub struct MapSpec {
    /// Name of the project; names the setting in which routers send their epoch.
    pub project: String,
    /// Buckets of a map that is made for the first time: a power of two, at most [`MAX_BUCKETS`].
    pub buckets: u32,
    /// In the blueprint's order, which is the order of the first ordinals.
    pub keyspaces: Vec<KeyspaceSpec>,
}

/// One keyspace of a [`MapSpec`].
#[derive(Clone, Debug, PartialEq)]
pub struct KeyspaceSpec {
    /// Label, unique.
    pub name: String,
    /// How rows find their shard.
    pub strategy: Strategy,
    /// Key column; empty for a functional keyspace.
    pub key: String,
    /// Column whose bucket spreads a region over its shards; ignored for other strategies.
    pub hash_key: Option<String>,
    /// Tables that share the key.
    pub tables: Vec<String>,
    /// Shards wanted, at least one.
    pub shards: u32,
    /// Regions and their share of the users, largest first; only for a region keyspace, then never empty.
    pub regions: Vec<(String, f64)>,
    /// Regions of the cloud by those of the users, where a shard that is added stands in another one than the services.
    pub places: BTreeMap<String, String>,
    /// Ids expected at the horizon, by which ranges are split evenly; only for a range keyspace.
    pub ids: u64,
}

/// Why a map cannot be made or is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapError {
    /// Fewer shards than regions: some region would have no home.
    FewerShardsThanRegions {
        /// Keyspace.
        keyspace: String,
        /// Shards stated.
        shards: u32,
        /// Its regions.
        regions: Vec<String>,
    },
    /// More shards than the map can tell apart by ordinal or by bucket.
    TooManyShards {
        /// Shards wanted.
        shards: u32,
        /// Shards possible.
        limit: u32,
    },
    /// The map breaks a rule of its own.
    Invalid(String),
}

impl fmt::Display for MapError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FewerShardsThanRegions {
                keyspace,
                shards,
                regions,
            } => write!(
                formatter,
                "keyspace `{keyspace}` has {shards} shards for {} regions ({}); each region needs at least one",
                regions.len(),
                regions.join(", ")
            ),
            Self::TooManyShards { shards, limit } => {
                write!(
                    formatter,
                    "{shards} shards are more than the {limit} that this shard map can hold"
                )
            }
            Self::Invalid(what) => write!(formatter, "shard map: {what}"),
        }
    }
}

impl std::error::Error for MapError {}

/// The hash that gives a key its bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hash {
    /// `sha256`: bytes 6 and 7 of SHA-256 of the canonical key text, big-endian, modulo the bucket count.
    pub function: String,
    /// A power of two from 1 to [`MAX_BUCKETS`]; fixed when the map is first made.
    pub buckets: u32,
}

/// The shard map of one environment. Made by [`ShardMap::initial`], [`ShardMap::grow`] or by reading a valid document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Document")]
pub struct ShardMap {
    /// Version of the format.
    pub version: u32,
    /// From 1; raised by one with every change of an owner.
    pub epoch: u64,
    /// Setting in which a router sends the epoch with each write: `quantum.epoch`.
    pub epoch_setting: String,
    /// Identity columns advance by this step from the shard's ordinal, so that no two shards ever give out one id; fixed.
    pub id_step: u32,
    /// The hash, fixed.
    pub hash: Hash,
    /// Keyspaces by name.
    pub keyspaces: BTreeMap<String, Keyspace>,
}

/// A group of tables with one key and its own shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyspace {
    /// How rows find their shard.
    pub strategy: Strategy,
    /// Key column; absent for a functional keyspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Column that is hashed inside a region; only for a region keyspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_key: Option<String>,
    /// Tables that share the key.
    pub tables: Vec<String>,
    /// Regions with a home; only for a region keyspace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Canonical key to shard, before any bucket is looked at; only for a directory keyspace, kept by hand.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub directory: BTreeMap<String, String>,
    /// In the order in which they were added.
    pub shards: Vec<Shard>,
}

/// One database that owns a part of a keyspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// `content-s00`: for good.
    pub name: String,
    /// Unique in the map, never reused: residue of the ids it gives out.
    pub ordinal: u32,
    /// Region whose rows it holds; only in a region keyspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The cloud's region in which it stands, for good; nothing: where the services are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_region: Option<String>,
    /// Runs of buckets, first and last, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<(u32, u32)>,
    /// Runs of ids, first and last, sorted; no last id: open. Only in a range keyspace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<(u64, Option<u64>)>,
}

impl Shard {
    /// The part of the name behind the keyspace: `s00`.
    pub fn node(&self) -> &str {
        self.name.rsplit('-').next().unwrap_or(&self.name)
    }
}

/// A map and what the caller should tell about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Grown {
    /// The new map; equal to the old one where nothing could or had to change.
    pub map: ShardMap,
    /// What was asked for and refused, or what follows, one sentence each.
    pub notes: Vec<String>,
}

impl ShardMap {
    /// The first map of an environment, at epoch 1.
    ///
    /// # Errors
    /// A region keyspace with fewer shards than regions, or more shards than buckets allow.
    pub fn initial(spec: &MapSpec) -> Result<Self, MapError> {
        let n_shards: u32 = spec
            .keyspaces
            .iter()
            .map(|keyspace| keyspace.shards.max(1))
            .sum();
        let mut map = Self {
            version: VERSION,
            epoch: 1,
            epoch_setting: format!("{}.epoch", spec.project.replace('-', "_")),
            id_step: (n_shards.saturating_mul(4)).next_power_of_two().max(64),
            hash: Hash {
                function: "sha256".to_owned(),
                buckets: spec.buckets,
            },
            keyspaces: BTreeMap::new(),
        };
        for keyspace in &spec.keyspaces {
            map.add_keyspace(keyspace)?;
        }
        map.validate()?;
        Ok(map)
    }

    /// This map with the shards of `spec`: new ones appended, the least number of buckets moved to them, nothing taken
    /// away. The epoch rises by one only if a bucket, an id or a table changed its owner.
    ///
    /// # Errors
    /// As [`ShardMap::initial`], and more shards than [`ShardMap::id_step`] tells apart.
    pub fn grow(&self, spec: &MapSpec) -> Result<Grown, MapError> {
        let mut map = self.clone();
        let mut notes = Vec::new();
        for keyspace in &spec.keyspaces {
            match self.keyspaces.get(&keyspace.name) {
                None => map.add_keyspace(keyspace)?,
                Some(old) if old.strategy != keyspace.strategy => notes.push(format!(
                    "keyspace `{}` stays {}: another strategy is another keyspace, to which its tables move",
                    keyspace.name, old.strategy
                )),
                Some(_) => map.grow_keyspace(keyspace, &mut notes)?,
            }
        }
        for name in self
            .keyspaces
            .keys()
            .filter(|name| spec.keyspaces.iter().all(|wanted| wanted.name != **name))
        {
            notes.push(format!(
                "keyspace `{name}` stays in the shard map: its databases hold rows"
            ));
        }
        map.settle_tables(&mut notes);
        if owner_changed(self, &map) {
            map.epoch += 1;
        }
        map.validate()?;
        Ok(Grown { map, notes })
    }

    /// The shard of this name, with its keyspace.
    pub fn shard(&self, name: &str) -> Option<(&str, &Shard)> {
        self.shards().find(|(_, shard)| shard.name == name)
    }

    /// All shards with the name of their keyspace, in the order of keyspaces, then of age.
    pub fn shards(&self) -> impl Iterator<Item = (&str, &Shard)> {
        self.keyspaces.iter().flat_map(|(name, keyspace)| {
            keyspace
                .shards
                .iter()
                .map(move |shard| (name.as_str(), shard))
        })
    }

    fn next_ordinal(&self) -> u32 {
        self.shards()
            .map(|(_, shard)| shard.ordinal + 1)
            .max()
            .unwrap_or(0)
    }

    fn add_keyspace(&mut self, spec: &KeyspaceSpec) -> Result<(), MapError> {
        let regional = spec.strategy == Strategy::Region;
        let functional = spec.strategy == Strategy::Functional;
        let keyspace = Keyspace {
            strategy: spec.strategy,
            key: (!functional).then(|| spec.key.clone()),
            hash_key: spec.hash_key.clone().filter(|_| regional),
            tables: spec.tables.clone(),
            regions: Vec::new(),
            directory: BTreeMap::new(),
            shards: Vec::new(),
        };
        self.keyspaces.insert(spec.name.clone(), keyspace);
        self.append_shards(spec)
    }

    fn grow_keyspace(
        &mut self,
        spec: &KeyspaceSpec,
        notes: &mut Vec<String>,
    ) -> Result<(), MapError> {
        let keyspace = self
            .keyspaces
            .get_mut(&spec.name)
            .expect("the caller found it in the map");
        let n_old = keyspace.shards.len();
        let same_key = spec.strategy == Strategy::Functional
            || (keyspace.key.as_ref() == Some(&spec.key)
                && (spec.strategy != Strategy::Region || keyspace.hash_key == spec.hash_key));
        if !same_key {
            notes.push(format!("keyspace `{}` keeps its key: another key is another keyspace, to which its tables move", spec.name));
            return Ok(());
        }
        for table in &spec.tables {
            if !keyspace.tables.contains(table) {
                keyspace.tables.push(table.clone());
            }
        }
        for region in keyspace
            .regions
            .iter()
            .filter(|region| spec.regions.iter().all(|(name, _)| name != *region))
        {
            notes.push(format!(
                "keyspace `{}` keeps region `{region}`: its shards hold rows",
                spec.name
            ));
        }
        for (region, _) in &spec.regions {
            let stated = spec.places.get(region);
            let here = |shard: &&Shard| shard.region.as_ref() == Some(region);
            let elsewhere = |shard: &&Shard| shard.cloud_region.as_ref() != stated;
            let shards = keyspace.shards.iter().filter(here).filter(elsewhere);
            notes.extend(shards.map(|shard| stays(shard, region, stated)));
        }
        if (spec.shards as usize) < n_old {
            notes.push(format!(
                "keyspace `{}` stays at {n_old} shards: going down to {} takes rows off shards, which growth never does",
                spec.name, spec.shards
            ));
            return Ok(());
        }
        self.append_shards(spec)
    }

    /// Brings a keyspace to the number of shards in `spec`.
    fn append_shards(&mut self, spec: &KeyspaceSpec) -> Result<(), MapError> {
        let mut ordinal = self.next_ordinal();
        let total = self.hash.buckets;
        let keyspace = self
            .keyspaces
            .get_mut(&spec.name)
            .expect("the caller has put it there");
        for region in added_regions(keyspace, spec)? {
            let n_old = keyspace.shards.len();
            let name = format!("{}-s{n_old:02}", spec.name);
            let place = region.as_ref().and_then(|region| spec.places.get(region));
            keyspace.shards.push(Shard {
                name,
                ordinal,
                cloud_region: place.cloned(),
                region,
                buckets: Vec::new(),
                ranges: Vec::new(),
            });
            ordinal += 1;
        }
        for (region, _) in &spec.regions {
            if spec.strategy == Strategy::Region && !keyspace.regions.contains(region) {
                keyspace.regions.push(region.clone());
            }
        }
        if ordinal > self.id_step {
            return Err(MapError::TooManyShards {
                shards: ordinal,
                limit: self.id_step,
            });
        }
        match spec.strategy {
            Strategy::Functional => {}
            Strategy::Range => share_ranges(&mut keyspace.shards, spec.ids),
            Strategy::Hash | Strategy::Directory => {
                share_buckets(&mut keyspace.shards, None, total);
            }
            Strategy::Region => {
                for region in keyspace.regions.clone() {
                    share_buckets(&mut keyspace.shards, Some(&region), total);
                }
            }
        }
        match keyspace
            .shards
            .iter()
            .any(|shard| spec.strategy.has_buckets() && shard.buckets.is_empty())
        {
            true => Err(MapError::TooManyShards {
                shards: spec.shards,
                limit: total,
            }),
            false => Ok(()),
        }
    }

    /// A table that a newer keyspace claims leaves the older one.
    fn settle_tables(&mut self, notes: &mut Vec<String>) {
        let newest: BTreeMap<String, (u32, String)> =
            self.keyspaces
                .iter()
                .fold(BTreeMap::new(), |mut newest, (name, keyspace)| {
                    let age = keyspace.shards.first().map_or(0, |shard| shard.ordinal);
                    for table in &keyspace.tables {
                        let entry = newest.entry(table.clone()).or_insert((age, name.clone()));
                        if entry.0 < age {
                            *entry = (age, name.clone());
                        }
                    }
                    newest
                });
        for (name, keyspace) in &mut self.keyspaces {
            keyspace.tables.retain(|table| {
                let stays = newest[table].1 == *name;
                if !stays {
                    notes.push(format!(
                        "table `{table}` moves from keyspace `{name}` to `{}`",
                        newest[table].1
                    ));
                }
                stays
            });
        }
    }

    /// Checks that names and ordinals are unique, that every bucket of a keyspace (and region) and every id has exactly
    /// one owner, and that the directory names shards of its keyspace.
    ///
    /// # Errors
    /// [`MapError::Invalid`] with the first rule that is broken.
    pub fn validate(&self) -> Result<(), MapError> {
        let invalid = |what: String| Err(MapError::Invalid(what));
        if self.version != VERSION {
            return invalid(format!(
                "version {} needs another loadpath, this one reads version {VERSION}",
                self.version
            ));
        }
        if self.hash.function != "sha256"
            || !self.hash.buckets.is_power_of_two()
            || self.hash.buckets > MAX_BUCKETS
        {
            return invalid(format!(
                "hash is {} over {} buckets; wanted sha256 over a power of two up to {MAX_BUCKETS}",
                self.hash.function, self.hash.buckets
            ));
        }
        if self.epoch == 0 || self.keyspaces.is_empty() {
            return invalid("the epoch begins at 1 and there is at least one keyspace".to_owned());
        }
        let (mut names, mut ordinals) = (BTreeSet::new(), BTreeSet::new());
        for (_, shard) in self.shards() {
            if !names.insert(&shard.name) {
                return invalid(format!("two shards are called `{}`", shard.name));
            }
            if !ordinals.insert(shard.ordinal) || shard.ordinal >= self.id_step {
                return invalid(format!(
                    "ordinal {} of `{}` is taken or not below {}",
                    shard.ordinal, shard.name, self.id_step
                ));
            }
        }
        self.keyspaces
            .iter()
            .try_for_each(|(name, keyspace)| validate_keyspace(name, keyspace, self.hash.buckets))
    }
}

/// As [`ShardMap`], not yet checked; takes a `$schema` and drops it.
#[derive(Deserialize)]
struct Document {
    version: u32,
    epoch: u64,
    epoch_setting: String,
    id_step: u32,
    hash: Hash,
    keyspaces: BTreeMap<String, Keyspace>,
}

impl TryFrom<Document> for ShardMap {
    type Error = MapError;

    fn try_from(document: Document) -> Result<Self, MapError> {
        let Document {
            version,
            epoch,
            epoch_setting,
            id_step,
            hash,
            keyspaces,
        } = document;
        let map = Self {
            version,
            epoch,
            epoch_setting,
            id_step,
            hash,
            keyspaces,
        };
        map.validate()?;
        Ok(map)
    }
}

fn validate_keyspace(name: &str, keyspace: &Keyspace, buckets: u32) -> Result<(), MapError> {
    let invalid = |what: String| Err(MapError::Invalid(format!("keyspace `{name}`: {what}")));
    if keyspace.shards.is_empty() {
        return invalid("no shard".to_owned());
    }
    if let Some((key, shard)) = keyspace
        .directory
        .iter()
        .find(|(_, shard)| keyspace.shards.iter().all(|own| own.name != **shard))
    {
        return invalid(format!(
            "the directory sends `{key}` to `{shard}`, which is not one of its shards"
        ));
    }
    match keyspace.strategy {
        Strategy::Functional if keyspace.shards.len() > 1 => {
            invalid("a functional keyspace has no key and so one shard".to_owned())
        }
        Strategy::Functional => Ok(()),
        Strategy::Range => {
            let runs = keyspace
                .shards
                .iter()
                .flat_map(|shard| shard.ranges.iter())
                .map(|&(lo, hi)| (lo, hi.unwrap_or(u64::MAX)));
            covered(runs.collect(), u64::MAX)
                .or_else(|gap| invalid(format!("id {gap} has no owner or two")))
        }
        Strategy::Hash | Strategy::Directory | Strategy::Region => {
            let regions = if keyspace.regions.is_empty() {
                vec![None]
            } else {
                keyspace.regions.iter().map(Some).collect()
            };
            for region in regions {
                let shards = keyspace
                    .shards
                    .iter()
                    .filter(|shard| shard.region.as_ref() == region);
                let runs = shards
                    .flat_map(|shard| shard.buckets.iter())
                    .map(|&(lo, hi)| (u64::from(lo), u64::from(hi)));
                if let Err(gap) = covered(runs.collect(), u64::from(buckets) - 1) {
                    let place =
                        region.map_or_else(String::new, |region| format!(" of region `{region}`"));
                    return invalid(format!("bucket {gap}{place} has no owner or two"));
                }
            }
            match keyspace.shards.iter().find(|shard| {
                shard
                    .region
                    .as_ref()
                    .is_some_and(|region| !keyspace.regions.contains(region))
            }) {
                Some(shard) => invalid(format!(
                    "`{}` is in a region that the keyspace does not list",
                    shard.name
                )),
                None => Ok(()),
            }
        }
    }
}

/// Whether the runs cover 0 to `last` exactly once; otherwise the first number that has no owner or two.
fn covered(mut runs: Vec<(u64, u64)>, last: u64) -> Result<(), u64> {
    runs.sort_unstable();
    let mut expected = Some(0);
    for (lo, hi) in runs {
        match expected {
            Some(next) if lo == next && hi >= lo && hi <= last => {
                expected = hi.checked_add(1).filter(|_| hi < last);
            }
            Some(next) => return Err(next.min(lo)),
            None => return Err(lo),
        }
    }
    expected.map_or(Ok(()), Err)
}

/// Said of a shard whose users have another place now.
fn stays(shard: &Shard, region: &str, stated: Option<&String>) -> String {
    let place = |region: Option<&String>| {
        region.map_or("the main region".to_owned(), |name| format!("`{name}`"))
    };
    format!(
        "`{}` stays in {}, for no database moves to another region: shards that are added for `{region}` stand in {}, and take its rows by a plan of moves",
        shard.name,
        place(shard.cloud_region.as_ref()),
        place(stated)
    )
}

/// Whether something that had an owner has another one.
fn owner_changed(old: &ShardMap, new: &ShardMap) -> bool {
    old.keyspaces.iter().any(|(name, before)| {
        let after = &new.keyspaces[name];
        let moved_table = before
            .tables
            .iter()
            .any(|table| !after.tables.contains(table));
        moved_table
            || before.directory != after.directory
            || before
                .shards
                .iter()
                .zip(&after.shards)
                .any(|(before, after)| {
                    before.buckets != after.buckets || before.ranges != after.ranges
                })
    })
}
