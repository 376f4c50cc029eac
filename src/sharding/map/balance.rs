//! Who gets which buckets and ranges when shards are added: as little as balance needs, and only to new shards.

use super::{Keyspace, KeyspaceSpec, MAX_RANGE_START, MapError, Shard, Strategy};

type Runs = Vec<(u64, u64)>;

/// The region of each shard to append (none outside a region keyspace), in order.
pub(super) fn added_regions(
    keyspace: &Keyspace,
    spec: &KeyspaceSpec,
) -> Result<Vec<Option<String>>, MapError> {
    let n_old = keyspace.shards.len();
    match spec.strategy {
        Strategy::Functional => return Ok(if n_old == 0 { vec![None] } else { Vec::new() }),
        Strategy::Hash | Strategy::Range | Strategy::Directory => {
            return Ok(vec![
                None;
                (spec.shards.max(1) as usize).saturating_sub(n_old)
            ]);
        }
        Strategy::Region => {}
    }
    let mut counts: Vec<u32> = spec
        .regions
        .iter()
        .map(|(region, _)| homes(keyspace, region))
        .collect();
    let elsewhere = n_old as u32 - counts.iter().sum::<u32>();
    let wanted = spec.shards.saturating_sub(elsewhere);
    let before = counts.clone();
    let homeless = counts.iter().filter(|count| **count == 0).count() as u32;
    if counts.iter().sum::<u32>() + homeless > wanted {
        return Err(MapError::FewerShardsThanRegions {
            keyspace: spec.name.clone(),
            shards: spec.shards,
            regions: spec
                .regions
                .iter()
                .map(|(region, _)| region.clone())
                .collect(),
        });
    }
    apportion(&mut counts, &spec.regions, wanted);
    Ok(spec
        .regions
        .iter()
        .zip(before.iter().zip(&counts))
        .flat_map(|((region, _), (before, after))| (*before..*after).map(|_| Some(region.clone())))
        .collect())
}

fn homes(keyspace: &Keyspace, region: &str) -> u32 {
    keyspace
        .shards
        .iter()
        .filter(|shard| shard.region.as_deref() == Some(region))
        .count() as u32
}

/// Raises the counts to `wanted` in sum: first one for each, then to whom most is missing of its share. From counts of
/// zero this is the method of the largest remainder, with at least one each; from any counts none ever falls.
pub fn apportion(counts: &mut [u32], regions: &[(String, f64)], wanted: u32) {
    let whole: f64 = regions.iter().map(|(_, share)| share).sum();
    let share = |idx: usize| {
        if whole > 0.0 {
            regions[idx].1 / whole
        } else {
            1.0 / regions.len() as f64
        }
    };
    counts.iter_mut().for_each(|count| *count = (*count).max(1));
    for _ in counts.iter().sum::<u32>()..wanted {
        let missing =
            |idx: usize, counts: &[u32]| share(idx) * f64::from(wanted) - f64::from(counts[idx]);
        let neediest = (0..counts.len()).reduce(|best, idx| {
            if missing(idx, counts) > missing(best, counts) {
                idx
            } else {
                best
            }
        });
        if let Some(idx) = neediest {
            counts[idx] += 1;
        }
    }
}

pub(super) fn share_buckets(shards: &mut [Shard], region: Option<&String>, total: u32) {
    let mut own: Vec<&mut Shard> = shards
        .iter_mut()
        .filter(|shard| shard.region.as_ref() == region)
        .collect();
    let owned = own
        .iter()
        .map(|shard| {
            shard
                .buckets
                .iter()
                .map(|&(lo, hi)| (u64::from(lo), u64::from(hi)))
                .collect()
        })
        .collect();
    for (shard, runs) in own.iter_mut().zip(balance(owned, u64::from(total))) {
        shard.buckets = runs
            .into_iter()
            .map(|(lo, hi)| (lo as u32, hi as u32))
            .collect();
    }
}

/// Splits the ids expected at the horizon; the last run stays open.
pub(super) fn share_ranges(shards: &mut [Shard], ids: u64) {
    let highest = shards
        .iter()
        .flat_map(|shard| shard.ranges.iter())
        .map(|&(lo, _)| lo)
        .max();
    let end = ids
        .max(highest.map_or(0, |lo| lo + 1))
        .max(shards.len() as u64)
        .min(MAX_RANGE_START);
    let owned = shards
        .iter()
        .map(|shard| {
            shard
                .ranges
                .iter()
                .map(|&(lo, hi)| (lo, hi.unwrap_or(end - 1)))
                .collect()
        })
        .collect();
    for (shard, runs) in shards.iter_mut().zip(balance(owned, end)) {
        shard.ranges = runs
            .into_iter()
            .map(|(lo, hi)| (lo, Some(hi).filter(|hi| *hi != end - 1)))
            .collect();
    }
}

/// Gives every owner without a run its part of `total`, taken from the tails of those that have most over theirs. Owners
/// that have runs receive nothing, so no more moves than the new ones need: the theoretical minimum.
fn balance(mut owners: Vec<Runs>, total: u64) -> Vec<Runs> {
    let n_owners = owners.len() as u64;
    let mut pool = Runs::new();
    if owners.iter().all(Vec::is_empty) {
        pool.push((0, total - 1));
    }
    let fresh: Vec<usize> = (0..owners.len())
        .filter(|&idx| owners[idx].is_empty())
        .collect();
    let n_old = n_owners - fresh.len() as u64;
    // what does not divide evenly stays where it is
    let part = |idx_among_fresh: u64| {
        total / n_owners + u64::from(idx_among_fresh + n_old < total % n_owners)
    };
    let need: u64 = (0..fresh.len() as u64).map(part).sum();
    if pool.is_empty() {
        pool = take_surplus(&mut owners, need, total / n_owners, total % n_owners);
    }
    for (position, &idx) in fresh.iter().enumerate() {
        owners[idx] = take_front(&mut pool, part(position as u64));
    }
    owners
}

/// Takes `need` from the owners above their part, most from those that are furthest above it.
fn take_surplus(owners: &mut [Runs], need: u64, part: u64, extra: u64) -> Runs {
    let mut by_size: Vec<usize> = (0..owners.len())
        .filter(|&idx| !owners[idx].is_empty())
        .collect();
    by_size.sort_by_key(|&idx| std::cmp::Reverse(size(&owners[idx])));
    let mut gives = vec![0; owners.len()];
    let mut open = need;
    for (rank, &idx) in by_size.iter().enumerate() {
        let stays = part + u64::from((rank as u64) < extra);
        gives[idx] = size(&owners[idx]).saturating_sub(stays).min(open);
        open -= gives[idx];
    }
    let mut pool = Runs::new();
    for (runs, give) in owners.iter_mut().zip(gives) {
        pool.extend(take_back(runs, give));
    }
    pool
}

fn size(runs: &[(u64, u64)]) -> u64 {
    runs.iter().map(|(lo, hi)| hi - lo + 1).sum()
}

/// Cuts `count` numbers off the end of `runs`; returned in order.
fn take_back(runs: &mut Runs, mut count: u64) -> Runs {
    let mut taken = Runs::new();
    while let Some(&(lo, hi)) = runs.last().filter(|_| count > 0) {
        let cut = (hi - lo + 1).min(count);
        taken.insert(0, (hi - cut + 1, hi));
        count -= cut;
        runs.pop();
        if cut < hi - lo + 1 {
            runs.push((lo, hi - cut));
        }
    }
    taken
}

/// Cuts `count` numbers off the front of `runs`, sorted and with neighbours joined.
fn take_front(runs: &mut Runs, mut count: u64) -> Runs {
    let mut taken = Runs::new();
    while let Some(&(lo, hi)) = runs.first().filter(|_| count > 0) {
        let cut = (hi - lo + 1).min(count);
        taken.push((lo, lo + cut - 1));
        count -= cut;
        runs.remove(0);
        if cut < hi - lo + 1 {
            runs.insert(0, (lo + cut, hi));
        }
    }
    taken.sort_unstable();
    taken.dedup_by(|next, earlier| {
        let joined = earlier.1 + 1 == next.0;
        if joined {
            earlier.1 = next.1;
        }
        joined
    });
    taken
}
