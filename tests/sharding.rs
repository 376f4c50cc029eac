//! The shard map and the routes through it: worked cases, and laws over random keyspaces.

use std::collections::{BTreeMap, BTreeSet};

use loadpath::sharding::{
    map::{Grown, KeyspaceSpec, MapError, MapSpec, Shard, ShardMap, Strategy},
    route::{Key, NoRoute, bucket_of},
    vectors,
};
use proptest::{prelude::*, test_runner::TestCaseError};

fn keyspace(name: &str, strategy: Strategy, shards: u32) -> KeyspaceSpec {
    let regions = [("north-america", 0.5), ("europe", 0.3), ("asia", 0.2)];
    let regional = strategy == Strategy::Region;
    KeyspaceSpec {
        name: name.to_owned(),
        strategy,
        key: if regional { "region" } else { "user_id" }.to_owned(),
        hash_key: regional.then(|| "content_id".to_owned()),
        tables: vec![name.to_owned()],
        shards,
        regions: if regional {
            regions
                .map(|(region, share)| (region.to_owned(), share))
                .to_vec()
        } else {
            Vec::new()
        },
        places: BTreeMap::new(),
        ids: 1_000_000,
    }
}

fn spec(keyspaces: &[KeyspaceSpec]) -> MapSpec {
    MapSpec {
        project: "quantum".to_owned(),
        buckets: 4096,
        keyspaces: keyspaces.to_vec(),
    }
}

fn story(users: u32, content: u32) -> MapSpec {
    spec(&[
        keyspace("users", Strategy::Hash, users),
        keyspace("content", Strategy::Region, content),
    ])
}

fn initial(spec: &MapSpec) -> ShardMap {
    ShardMap::initial(spec).expect("the spec is legal")
}

fn lines(map: &ShardMap) -> String {
    let line = |(_, shard): (&str, &Shard)| {
        let region = shard.region.as_deref().unwrap_or("-");
        format!(
            "{} {} {region} {:?}{:?}\n",
            shard.name, shard.ordinal, shard.buckets, shard.ranges
        )
    };
    map.shards().map(line).collect()
}

#[test]
fn the_first_map_numbers_shards_over_all_keyspaces_in_the_order_of_the_blueprint() {
    let expected = "\
content-s00 2 north-america [(0, 2047)][]
content-s01 3 north-america [(2048, 4095)][]
content-s02 4 europe [(0, 4095)][]
content-s03 5 asia [(0, 4095)][]
users-s00 0 - [(0, 2047)][]
users-s01 1 - [(2048, 4095)][]
";
    let map = initial(&story(2, 4));
    assert_eq!(lines(&map), expected);
    assert_eq!(
        (map.epoch, map.epoch_setting.as_str(), map.id_step),
        (1, "quantum.epoch", 64)
    );
}

#[test]
fn growth_appends_and_takes_from_the_tail_of_each() {
    let expected = "\
content-s00 2 north-america [(0, 1365)][]
content-s01 3 north-america [(2048, 3412)][]
content-s02 4 europe [(0, 2047)][]
content-s03 5 asia [(0, 4095)][]
content-s04 8 north-america [(1366, 2047), (3413, 4095)][]
content-s05 9 europe [(2048, 4095)][]
users-s00 0 - [(0, 1023)][]
users-s01 1 - [(2048, 3071)][]
users-s02 6 - [(1024, 2047)][]
users-s03 7 - [(3072, 4095)][]
";
    let Grown { map, notes } = initial(&story(2, 4))
        .grow(&story(4, 6))
        .expect("growth is legal");
    assert_eq!(lines(&map), expected);
    assert_eq!(map.epoch, 2);
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn a_keyspace_with_one_shard_is_the_same_map() {
    let single = initial(&spec(&[keyspace("main", Strategy::Hash, 1)]));
    assert_eq!(lines(&single), "main-s00 0 - [(0, 4095)][]\n");
}

#[test]
fn nothing_asked_changes_nothing() {
    let map = initial(&story(2, 4));
    assert_eq!(
        map.grow(&story(2, 4)).expect("legal"),
        Grown {
            map,
            notes: Vec::new()
        }
    );
}

#[test]
fn shrinking_is_refused_with_a_note() {
    let map = initial(&story(4, 4));
    let grown = map.grow(&story(2, 4)).expect("legal");
    assert_eq!(grown.map, map);
    assert_eq!(
        grown.notes,
        [
            "keyspace `users` stays at 4 shards: going down to 2 takes rows off shards, which growth never does"
        ]
    );
}

#[test]
fn a_new_keyspace_or_region_moves_nothing_and_keeps_the_epoch() {
    let map = initial(&spec(&[keyspace("users", Strategy::Hash, 2)]));
    let grown = map.grow(&story(2, 3)).expect("legal").map;
    assert_eq!(
        (grown.epoch, grown.keyspaces["content"].shards.len()),
        (1, 3)
    );
    let mut wider = story(2, 4);
    wider.keyspaces[1].regions.push(("africa".to_owned(), 0.1));
    let wider = grown.grow(&wider).expect("legal").map;
    assert_eq!(
        (
            wider.epoch,
            wider.keyspaces["content"].shards[3].region.as_deref()
        ),
        (1, Some("africa"))
    );
}

#[test]
fn a_table_that_another_keyspace_claims_moves_and_raises_the_epoch() {
    let mut before = spec(&[keyspace("users", Strategy::Hash, 1)]);
    before.keyspaces[0].tables.push("content".to_owned());
    let grown = initial(&before).grow(&story(1, 3)).expect("legal");
    assert_eq!(
        grown.notes,
        ["table `content` moves from keyspace `users` to `content`"]
    );
    assert_eq!(grown.map.epoch, 2);
    assert_eq!(grown.map.keyspaces["users"].tables, ["users"]);
}

#[test]
fn what_only_a_new_keyspace_can_change_stays_and_is_said() {
    let map = initial(&story(2, 4));
    let mut wanted = story(4, 8);
    wanted.keyspaces[0].strategy = Strategy::Range;
    wanted.keyspaces[1].hash_key = Some("user_id".to_owned());
    let grown = map.grow(&wanted).expect("legal");
    assert_eq!((&grown.map, grown.notes.len()), (&map, 2));
    let gone = map
        .grow(&spec(&[keyspace("users", Strategy::Hash, 2)]))
        .expect("legal");
    assert_eq!(gone.map, map);
    assert_eq!(
        gone.notes,
        ["keyspace `content` stays in the shard map: its databases hold rows"]
    );
}

#[test]
fn fewer_shards_than_regions_is_an_error_that_names_them() {
    let error = ShardMap::initial(&story(1, 2)).expect_err("two shards cannot house three regions");
    assert_eq!(
        error.to_string(),
        "keyspace `content` has 2 shards for 3 regions (north-america, europe, asia); each region needs at least one"
    );
}

#[test]
fn more_shards_than_ordinals_or_buckets_is_an_error() {
    let map = initial(&spec(&[keyspace("users", Strategy::Hash, 1)]));
    let error = map
        .grow(&spec(&[keyspace("users", Strategy::Hash, 65)]))
        .expect_err("64 ordinals");
    assert_eq!(
        error,
        MapError::TooManyShards {
            shards: 65,
            limit: 64
        }
    );
    let mut few = spec(&[keyspace("users", Strategy::Hash, 5)]);
    few.buckets = 4;
    assert_eq!(
        ShardMap::initial(&few),
        Err(MapError::TooManyShards {
            shards: 5,
            limit: 4
        })
    );
}

#[test]
fn ranges_split_the_expected_ids_and_the_last_one_stays_open() {
    let map = initial(&spec(&[keyspace("orders", Strategy::Range, 2)]));
    assert_eq!(
        lines(&map),
        "orders-s00 0 - [][(0, Some(499999))]\norders-s01 1 - [][(500000, None)]\n"
    );
    let grown = map
        .grow(&spec(&[keyspace("orders", Strategy::Range, 4)]))
        .expect("legal")
        .map;
    let expected = "\
orders-s00 0 - [][(0, Some(249999))]
orders-s01 1 - [][(500000, Some(749999))]
orders-s02 2 - [][(250000, Some(499999))]
orders-s03 3 - [][(750000, None)]
";
    assert_eq!(lines(&grown), expected);
    let owner = |id: i64| {
        grown
            .route("orders", Key::Integer(id), None)
            .map(|shard| shard.name.as_str())
    };
    assert_eq!(
        [owner(0), owner(499_999), owner(i64::MAX)],
        [Ok("orders-s00"), Ok("orders-s02"), Ok("orders-s03")]
    );
    assert_eq!(
        grown.route("orders", Key::Text("007"), None),
        Err(NoRoute::NotAnInteger("007".to_owned())),
        "two texts of one number would be two keys"
    );
}

#[test]
fn the_directory_is_asked_first() {
    let mut map = initial(&spec(&[keyspace("tenants", Strategy::Directory, 2)]));
    let text = "acme";
    let by_bucket = map
        .route("tenants", Key::Text(text), None)
        .expect("routed")
        .name
        .clone();
    let other = if by_bucket == "tenants-s00" {
        "tenants-s01"
    } else {
        "tenants-s00"
    };
    map.keyspaces
        .get_mut("tenants")
        .expect("made above")
        .directory
        .insert(text.to_owned(), other.to_owned());
    assert_eq!(map.validate(), Ok(()));
    assert_eq!(
        map.route("tenants", Key::Text(text), None)
            .expect("routed")
            .name,
        other
    );
    map.keyspaces
        .get_mut("tenants")
        .expect("made above")
        .directory
        .insert(text.to_owned(), "elsewhere".to_owned());
    assert!(map.validate().is_err());
}

#[test]
fn a_functional_keyspace_is_one_database_for_every_key() {
    let map = initial(&spec(&[keyspace("billing", Strategy::Functional, 4)]));
    assert_eq!(lines(&map), "billing-s00 0 - [][]\n");
    assert_eq!(map.keyspaces["billing"].key, None);
    assert_eq!(
        map.route("billing", Key::Integer(7), None)
            .expect("routed")
            .name,
        "billing-s00"
    );
}

#[test]
fn canonical_texts_and_refused_keys() {
    assert_eq!(Key::Integer(0).canonical().as_deref(), Ok("0"));
    assert_eq!(
        Key::Uuid(0xF47A_C10B_58CC_4372_A567_0E02_B2C3_D479)
            .canonical()
            .as_deref(),
        Ok("f47ac10b-58cc-4372-a567-0e02b2c3d479")
    );
    assert_eq!(Key::Integer(-1).canonical(), Err(NoRoute::Negative(-1)));
    assert_eq!(Key::Text("").canonical(), Err(NoRoute::Empty));
    let map = initial(&story(1, 3));
    assert_eq!(
        map.route("users", Key::Integer(1), Some("europe")),
        Err(NoRoute::RegionUnwanted)
    );
    assert_eq!(
        map.route("content", Key::Integer(1), None),
        Err(NoRoute::RegionWanted)
    );
    assert_eq!(
        map.route("content", Key::Integer(1), Some("mars")),
        Err(NoRoute::UnknownRegion("mars".to_owned()))
    );
    assert_eq!(
        map.route("logs", Key::Integer(1), None),
        Err(NoRoute::UnknownKeyspace("logs".to_owned()))
    );
}

/// Computed once by PostgreSQL 15: `get_byte(sha256(…), 6) & 15 << 8 | get_byte(sha256(…), 7)`.
#[test]
fn buckets_are_those_of_postgresql() {
    let known = [
        ("0", 3896),
        ("42", 3725),
        ("f47ac10b-58cc-4372-a567-0e02b2c3d479", 3421),
        ("é", 851),
        ("e\u{301}", 1714),
        ("😀", 1351),
    ];
    for (key, bucket) in known {
        assert_eq!(bucket_of(key, 4096), bucket, "{key}");
    }
    assert_eq!(bucket_of("0", 1), 0);
}

#[test]
fn the_map_survives_json_and_refuses_what_is_not_a_map() {
    let map = initial(&story(2, 4));
    let text = serde_json::to_string(&map).expect("a map is JSON");
    assert_eq!(serde_json::from_str::<ShardMap>(&text).expect("valid"), map);
    for (what, with) in [
        ("[0,2047]", "[0,2046]"),
        ("[0,2047]", "[0,2048]"),
        ("\"users-s01\"", "\"users-s00\""),
        ("\"ordinal\":1", "\"ordinal\":0"),
        ("\"ordinal\":1", "\"ordinal\":64"),
        ("\"version\":1", "\"version\":2"),
        ("\"buckets\":4096", "\"buckets\":4095"),
        ("\"region\":\"asia\"", "\"region\":\"africa\""),
        ("\"ordinal\":1", "\"ordinal\":1,\"colour\":\"red\""),
    ] {
        let broken = text.replacen(what, with, 1);
        assert_ne!(broken, text, "{what} is in the map");
        assert!(
            serde_json::from_str::<ShardMap>(&broken).is_err(),
            "{what} -> {with}"
        );
    }
}

#[test]
fn vectors_meet_every_shard_and_agree_with_the_router() {
    let all = [
        keyspace("users", Strategy::Hash, 8),
        keyspace("content", Strategy::Region, 5),
        keyspace("orders", Strategy::Range, 3),
        keyspace("tenants", Strategy::Directory, 2),
        keyspace("billing", Strategy::Functional, 1),
    ];
    let map = initial(&spec(&all));
    let vectors = vectors(&map);
    let met: BTreeSet<&str> = vectors
        .routes
        .iter()
        .map(|route| route.shard.as_str())
        .collect();
    assert_eq!(
        met,
        map.shards().map(|(_, shard)| shard.name.as_str()).collect()
    );
    assert_eq!(vectors.epoch_statement, "SET LOCAL quantum.epoch = '1'");
    assert_eq!(vectors.buckets[0].bucket, 3896);
}

fn strategies() -> impl proptest::strategy::Strategy<Value = Strategy> {
    prop_oneof![
        Just(Strategy::Hash),
        Just(Strategy::Range),
        Just(Strategy::Region),
        Just(Strategy::Directory),
        Just(Strategy::Functional)
    ]
}

/// What each shard of a keyspace owns, as numbers of buckets or expected ids, by region.
fn weights(map: &ShardMap, name: &str, ids: u64) -> BTreeMap<Option<String>, Vec<u64>> {
    let mut weights: BTreeMap<Option<String>, Vec<u64>> = BTreeMap::new();
    for shard in &map.keyspaces[name].shards {
        let buckets = shard.buckets.iter().map(|(lo, hi)| u64::from(hi - lo + 1));
        let ranges = shard
            .ranges
            .iter()
            .map(|(lo, hi)| hi.unwrap_or(ids - 1) - lo + 1);
        weights
            .entry(shard.region.clone())
            .or_default()
            .push(buckets.chain(ranges).sum());
    }
    weights
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn growth_is_minimal_balanced_and_stable(strategy in strategies(), steps in prop::collection::vec(1_u32..24, 1..5)) {
        let mut last = steps[0].max(3);
        let mut map = initial(&spec(&[keyspace("k", strategy, last)]));
        for step in &steps[1..] {
            let before = weights(&map, "k", 1_000_000);
            let wanted = spec(&[keyspace("k", strategy, (*step).max(3))]);
            let grown = map.grow(&wanted).expect("growth is legal").map;
            let after = weights(&grown, "k", 1_000_000);
            last = last.max(*step);
            if strategy != Strategy::Functional {
                prop_assert_eq!(grown.keyspaces["k"].shards.len() as u32, last);
            }
            prop_assert_eq!(grown.epoch - map.epoch, u64::from(before.iter().any(|(region, old)| old[..] != after[region][..old.len()])));
            for (old, new) in map.keyspaces["k"].shards.iter().zip(&grown.keyspaces["k"].shards) {
                prop_assert_eq!((&old.name, old.ordinal, &old.region), (&new.name, new.ordinal, &new.region));
            }
            for (region, new) in &after {
                moved_least(&before[region], new)?;
            }
            map = grown;
        }
    }

    #[test]
    fn every_key_has_one_owner_and_only_new_shards_receive(shards in 3_u32..20, more in 0_u32..20, keys in prop::collection::vec("\\PC{1,12}", 50)) {
        for strategy in [Strategy::Hash, Strategy::Region] {
            let map = initial(&spec(&[keyspace("k", strategy, shards)]));
            let grown = map.grow(&spec(&[keyspace("k", strategy, shards + more)])).expect("legal").map;
            let region = (strategy == Strategy::Region).then_some("europe");
            for key in &keys {
                let old = map.route("k", Key::Text(key), region).expect("routes are total");
                let new = grown.route("k", Key::Text(key), region).expect("routes are total");
                prop_assert_eq!(old, map.route("k", Key::Text(key), region).expect("routes are stable"));
                let bucket = bucket_of(key, 4096);
                let owners = |map: &ShardMap| {
                    let own = |shard: &&Shard| shard.region.as_deref() == region && shard.buckets.iter().any(|&(lo, hi)| (lo..=hi).contains(&bucket));
                    map.keyspaces["k"].shards.iter().filter(own).count()
                };
                prop_assert_eq!((owners(&map), owners(&grown)), (1, 1));
                prop_assert!(old.name == new.name || map.shard(&new.name).is_none(), "{} went from {} to {}", key, old.name, new.name);
            }
        }
    }

    #[test]
    fn regions_get_shards_by_their_share(counts in 3_u32..60, shares in prop::collection::vec(0.01_f64..1.0, 3)) {
        let mut wanted = keyspace("k", Strategy::Region, counts);
        for (region, share) in wanted.regions.iter_mut().zip(&shares) {
            region.1 = *share;
        }
        let map = initial(&spec(&[wanted.clone()]));
        let whole: f64 = shares.iter().sum();
        for (region, share) in &wanted.regions {
            let n_own = map.keyspaces["k"].shards.iter().filter(|shard| shard.region.as_ref() == Some(region)).count() as f64;
            let ideal = share / whole * f64::from(counts);
            // at least one each can cost a large region more than a remainder
            prop_assert!(n_own >= 1.0 && n_own < ideal + 1.0 + f64::from(u32::from(ideal < 1.0)), "{} of ideal {}", n_own, ideal);
        }
    }

    #[test]
    fn uuid_and_integer_keys_are_their_canonical_text(bits in any::<u128>(), id in 0_i64..) {
        let map = initial(&spec(&[keyspace("k", Strategy::Hash, 7)]));
        let uuid = Key::Uuid(bits).canonical().expect("every UUID is canonical");
        prop_assert_eq!(map.route("k", Key::Uuid(bits), None), map.route("k", Key::Text(&uuid), None));
        prop_assert_eq!(map.route("k", Key::Integer(id), None), map.route("k", Key::Text(&id.to_string()), None));
    }
}

/// Within one region: balanced within one, only old shards give, and no more than the new ones need.
fn moved_least(old: &[u64], new: &[u64]) -> Result<(), TestCaseError> {
    let (least, most) = (
        new.iter().min().copied().unwrap_or(0),
        new.iter().max().copied().unwrap_or(0),
    );
    prop_assert!(most - least <= 1, "{old:?} -> {new:?}");
    prop_assert!(
        old.iter().zip(new).all(|(old, new)| new <= old),
        "{old:?} -> {new:?}"
    );
    let moved: u64 = old.iter().zip(new).map(|(old, new)| old - new).sum();
    let total: u64 = new.iter().sum();
    let (n_old, n_new) = (old.len() as u64, new.len() as u64);
    let least = total - n_old * (total / n_new) - n_old.min(total % n_new);
    prop_assert!(
        moved <= least,
        "moved {moved}, {least} suffice: {old:?} -> {new:?}"
    );
    Ok(())
}
