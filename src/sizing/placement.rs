//! Which node owns what: the shard map of an environment (capacity model, section 3.4).
//!
//! Comes in: the keyspaces as they were sized, and the map that an earlier run committed. Goes out: that map, grown. Promises: an
//! owner that holds rows is never dealt anew.

use super::{Class, Remark, Request, abroad, database, pow2};
use crate::{
    blueprint::Spec,
    component::Component,
    ledger::Ledger,
    sharding::map::{KeyspaceSpec, MapSpec, ShardMap, Strategy},
};

/// The shard map: the committed one, grown, or the first.
pub(super) fn shard_map(
    request: &Request<'_>,
    keyspaces: &[database::SizedKeyspace],
    ledger: &Ledger,
    remarks: &mut Vec<Remark>,
) -> ShardMap {
    let spec = MapSpec {
        project: request.project.to_owned(),
        buckets: buckets(request, keyspaces),
        keyspaces: request
            .spec
            .data
            .keyspaces
            .iter()
            .zip(keyspaces)
            .map(|(keyspace, sized)| keyspace_spec(request, keyspace, sized, ledger))
            .collect(),
    };
    let made = match &request.committed.shard_map {
        None => ShardMap::initial(&spec),
        Some(committed) => committed.grow(&spec).map(|grown| {
            let note = |text: String| Remark {
                path: "data.keyspaces".to_owned(),
                text,
            };
            remarks.extend(grown.notes.into_iter().map(note));
            grown.map
        }),
    };
    made.unwrap_or_else(|error| {
        remarks.push(Remark {
            path: "data.keyspaces".to_owned(),
            text: error.to_string(),
        });
        // owners that hold rows are never dealt anew
        if let Some(committed) = &request.committed.shard_map {
            return committed.clone();
        }
        let plain = MapSpec {
            keyspaces: spec
                .keyspaces
                .into_iter()
                .map(at_least_its_regions)
                .collect(),
            ..spec
        };
        ShardMap::initial(&plain).expect("a keyspace with a shard for each region has a map")
    })
}

/// Buckets of a first map: 4096, or 16 for each shard of the largest keyspace (section 3.4).
fn buckets(request: &Request<'_>, keyspaces: &[database::SizedKeyspace]) -> u32 {
    let most = keyspaces
        .iter()
        .map(|keyspace| keyspace.nodes.len())
        .max()
        .unwrap_or(1) as f64;
    let least = request.constants.get("db.virtual_buckets").value;
    let per_shard = request.constants.get("db.min_buckets_per_shard").value;
    pow2((most * per_shard).max(least)) as u32
}

fn keyspace_spec(
    request: &Request<'_>,
    keyspace: &crate::blueprint::Keyspace,
    sized: &database::SizedKeyspace,
    ledger: &Ledger,
) -> KeyspaceSpec {
    use crate::blueprint::Strategy as Meant;
    let spec = request.spec;
    let strategy = match keyspace.strategy {
        Meant::Hash => Strategy::Hash,
        Meant::Range => Strategy::Range,
        Meant::Region => Strategy::Region,
        Meant::Directory => Strategy::Directory,
        Meant::Functional => Strategy::Functional,
    };
    let (mut regions_of_users, mut places) = Default::default();
    if strategy == Strategy::Region {
        regions_of_users = regions(spec);
        if request.components.contains(&Component::Sharding) {
            let class = Class::of(request.scale);
            places = abroad::places(spec, class, request.cloud, request.region);
        }
    }
    // only ranges are dealt out by it
    let ids = ledger
        .get(&format!("database.{}.ids", keyspace.name))
        .map_or(1, |ids| ids.number() as u64);
    KeyspaceSpec {
        name: keyspace.name.clone(),
        strategy,
        key: keyspace.key.clone(),
        hash_key: keyspace.hash_key.clone(),
        tables: keyspace.tables.clone(),
        shards: sized.nodes.len() as u32,
        regions: regions_of_users,
        places,
        ids,
    }
}

/// Places of a region keyspace with their share of the people, largest first; everywhere where none is stated.
pub(super) fn regions(spec: &Spec) -> Vec<(String, f64)> {
    let mut regions: Vec<(String, f64)> = spec
        .users
        .locations
        .iter()
        .map(|(name, share)| (name.clone(), share.get()))
        .collect();
    regions.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    if regions.is_empty() {
        regions.push(("everywhere".to_owned(), 1.0));
    }
    regions
}

fn at_least_its_regions(keyspace: KeyspaceSpec) -> KeyspaceSpec {
    KeyspaceSpec {
        shards: keyspace.shards.max(keyspace.regions.len() as u32),
        ..keyspace
    }
}
