//! From a key to its shard.
//!
//! Comes in: a [`ShardMap`], the name of a keyspace, a [`Key`] and, in a region keyspace, a region. Goes out: the one
//! shard that owns the key, or [`NoRoute`]. PostgreSQL (`sharding.bucket_of`) and the client libraries compute the same.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::map::{Keyspace, Shard, ShardMap, Strategy};

/// A key as an application has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// An integer column; negative ones are refused.
    Integer(i64),
    /// A `uuid` column, its 128 bits.
    Uuid(u128),
    /// A text column; a UUID or an integer given as text must already be canonical.
    Text(&'a str),
}

/// Why a key has no shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoRoute {
    /// The empty text.
    Empty,
    /// A negative integer.
    Negative(i64),
    /// A range keyspace takes integers only.
    NotAnInteger(String),
    /// The map has no keyspace of this name.
    UnknownKeyspace(String),
    /// The keyspace has no shard in this region.
    UnknownRegion(String),
    /// A region keyspace was asked without a region.
    RegionWanted,
    /// A keyspace without regions was asked with one.
    RegionUnwanted,
}

impl fmt::Display for NoRoute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("the empty text is no key"),
            Self::Negative(key) => {
                write!(formatter, "the negative key {key} has no canonical text")
            }
            Self::NotAnInteger(key) => write!(
                formatter,
                "`{key}` is not an integer, which a range keyspace is ordered by"
            ),
            Self::UnknownKeyspace(name) => {
                write!(formatter, "no keyspace `{name}` in the shard map")
            }
            Self::UnknownRegion(name) => write!(formatter, "no shard in region `{name}`"),
            Self::RegionWanted => {
                formatter.write_str("the keyspace is routed by region, and none was given")
            }
            Self::RegionUnwanted => formatter.write_str("the keyspace is routed without a region"),
        }
    }
}

impl std::error::Error for NoRoute {}

impl Key<'_> {
    /// Decimal without sign or leading zeros; UUIDs lower-case with hyphens; text unchanged.
    ///
    /// # Errors
    /// The empty text and negative integers have no canonical text.
    pub fn canonical(&self) -> Result<String, NoRoute> {
        match *self {
            Self::Integer(key) if key < 0 => Err(NoRoute::Negative(key)),
            Self::Integer(key) => Ok(key.to_string()),
            Self::Uuid(bits) => {
                let hex = format!("{bits:032x}");
                Ok(format!(
                    "{}-{}-{}-{}-{}",
                    &hex[..8],
                    &hex[8..12],
                    &hex[12..16],
                    &hex[16..20],
                    &hex[20..]
                ))
            }
            Self::Text("") => Err(NoRoute::Empty),
            Self::Text(key) => Ok(key.to_owned()),
        }
    }
}

/// The bucket of a canonical key text: bytes 6 and 7 of its SHA-256, big-endian, modulo the bucket count (a power of two),
/// which is the first 8 bytes modulo that count without a 64-bit modulo.
pub fn bucket_of(canonical: &str, buckets: u32) -> u32 {
    let digest = Sha256::digest(canonical.as_bytes());
    u32::from(u16::from_be_bytes([digest[6], digest[7]])) & (buckets - 1)
}

impl ShardMap {
    /// The shard that owns `key`.
    ///
    /// # Errors
    /// What [`NoRoute`] lists; a functional keyspace takes any key that is canonical.
    pub fn route(
        &self,
        keyspace: &str,
        key: Key<'_>,
        region: Option<&str>,
    ) -> Result<&Shard, NoRoute> {
        let found = self
            .keyspaces
            .get(keyspace)
            .ok_or_else(|| NoRoute::UnknownKeyspace(keyspace.to_owned()))?;
        match (found.strategy == Strategy::Region, region) {
            (true, None) => return Err(NoRoute::RegionWanted),
            (false, Some(_)) => return Err(NoRoute::RegionUnwanted),
            (true, Some(region)) if !found.regions.iter().any(|own| own == region) => {
                return Err(NoRoute::UnknownRegion(region.to_owned()));
            }
            _ => {}
        }
        let text = key.canonical()?;
        let owner = match found.strategy {
            Strategy::Functional => found.shards.first(),
            Strategy::Range => {
                let id = range_id(&text)?;
                found.shards.iter().find(|shard| {
                    shard
                        .ranges
                        .iter()
                        .any(|&(lo, hi)| lo <= id && hi.is_none_or(|hi| id <= hi))
                })
            }
            Strategy::Hash | Strategy::Region | Strategy::Directory => listed(found, &text)
                .or_else(|| owner_of_bucket(found, bucket_of(&text, self.hash.buckets), region)),
        };
        Ok(
            owner
                .expect("a valid map has an owner for every bucket and id, and at least one shard"),
        )
    }
}

/// The number of a key that is the decimal text of one, and nothing else: `007` and `7` must not be two keys.
fn range_id(text: &str) -> Result<u64, NoRoute> {
    let id: Option<u64> = text
        .parse()
        .ok()
        .filter(|id: &u64| id.to_string() == text && i64::try_from(*id).is_ok());
    id.ok_or_else(|| NoRoute::NotAnInteger(text.to_owned()))
}

fn listed<'a>(keyspace: &'a Keyspace, text: &str) -> Option<&'a Shard> {
    let name = keyspace.directory.get(text)?;
    keyspace.shards.iter().find(|shard| shard.name == *name)
}

fn owner_of_bucket<'a>(
    keyspace: &'a Keyspace,
    bucket: u32,
    region: Option<&str>,
) -> Option<&'a Shard> {
    let mut shards = keyspace
        .shards
        .iter()
        .filter(|shard| shard.region.as_deref() == region);
    shards.find(|shard| {
        shard
            .buckets
            .iter()
            .any(|&(lo, hi)| lo <= bucket && bucket <= hi)
    })
}
