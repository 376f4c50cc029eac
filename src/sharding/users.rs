//! Ids of users for load tests: as the application has them, spread over all shards.
//!
//! Comes in: a [`ShardMap`]. Goes out: ids as text, the same ones for the same map. Promises: at least [`LEAST`] of them, and where ids are
//! integers as many in every range, so that no shard is left out and none takes more than its part.

use super::{
    map::{ShardMap, Strategy},
    route::Key,
};

/// Fewer would be a handful of hot rows, which no load of real users is.
pub const LEAST: usize = 64;

/// Ids above a range without an end are used up to here, where no range before it says how wide one is.
const WIDTH: u64 = 1 << 20;

/// An odd multiplier spreads the numbers over all 128 bits.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// Version 4 and its variant, which validators of UUIDs look at.
const VERSION: (u128, u128) = (0xf << 76 | 0x3 << 62, 0x4 << 76 | 0x2 << 62);

/// Ids of users who load the shards of the map.
pub fn users(map: &ShardMap) -> Vec<String> {
    let ids = integers(map);
    if ids.is_empty() {
        return (1..=LEAST as u128).map(uuid).collect();
    }
    ids.iter().map(u64::to_string).collect()
}

fn uuid(number: u128) -> String {
    let bits = number.wrapping_mul(SPREAD) & !VERSION.0 | VERSION.1;
    Key::Uuid(bits)
        .canonical()
        .expect("every UUID has a canonical text")
}

/// As many ids in each range, at equal distances; none where no keyspace has ranges.
fn integers(map: &ShardMap) -> Vec<u64> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for keyspace in map.keyspaces.values() {
        if keyspace.strategy != Strategy::Range {
            continue;
        }
        let mut own: Vec<(u64, Option<u64>)> = keyspace
            .shards
            .iter()
            .flat_map(|shard| shard.ranges.iter().copied())
            .collect();
        own.sort_unstable();
        let mut width = WIDTH;
        for (lo, hi) in own {
            width = hi.map_or(width, |hi| (hi - lo).max(1));
            ranges.push((lo, width));
        }
    }
    let each = LEAST.div_ceil(ranges.len().max(1)) as u64;
    let mut ids: Vec<u64> = ranges
        .iter()
        .flat_map(|&(lo, width)| {
            (0..each).map(move |nth| lo + (width / each).max(1) * nth + width / each / 2)
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sharding::map::{KeyspaceSpec, MapSpec};

    fn map(strategy: Strategy, shards: u32) -> ShardMap {
        ShardMap::initial(&MapSpec {
            project: "shop".to_owned(),
            buckets: 4096,
            keyspaces: vec![KeyspaceSpec {
                name: "users".to_owned(),
                strategy,
                key: "user_id".to_owned(),
                hash_key: None,
                tables: vec!["users".to_owned()],
                shards,
                regions: Vec::new(),
                places: BTreeMap::new(),
                ids: 1_000_000,
            }],
        })
        .expect("a plain map")
    }

    #[test]
    fn every_shard_has_some_and_no_range_more_than_another() {
        for (strategy, shards) in [
            (Strategy::Range, 1),
            (Strategy::Range, 6),
            (Strategy::Hash, 4),
        ] {
            let map = map(strategy, shards);
            let ids = users(&map);
            let mut loads: BTreeMap<String, usize> = BTreeMap::new();
            for id in &ids {
                let shard = map.route("users", Key::Text(id), None).expect("routed");
                *loads.entry(shard.name.clone()).or_default() += 1;
            }
            assert!(ids.len() >= LEAST);
            assert_eq!(loads.len(), shards as usize, "{loads:?}");
            if strategy == Strategy::Range {
                assert!(
                    loads
                        .values()
                        .all(|load| load * shards as usize == ids.len())
                );
            }
        }
    }

    #[test]
    fn uuids_are_of_version_4() {
        for id in users(&map(Strategy::Hash, 1)) {
            assert_eq!(&id[14..15], "4");
            assert!("89ab".contains(&id[19..20]), "{id}");
        }
    }
}
