//! Shards that stand in the region of their users: which do, what stays where it is, what the distance comes to by hand, and that
//! no two networks of a project overlap.

mod planned;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use loadpath::{
    blueprint::Cloud,
    catalog::Catalog,
    pipeline::{AllCommitted, committed_key},
    sizing::{Committed, Sizing},
};
use planned::{number, plan_with, size};
use support::Test;

fn blueprint(regions: &str, further: &str) -> String {
    format!(
        "
version: 1
name: atlas
architecture: sharded-kubernetes
cloud: aws
region: {{ aws: {regions} }}
users: {{ monthly_active: 200k, locations: {{ north-america: 50 %, europe: 30 %, asia: 20 % }} }}
services:
  - {{ name: api, kind: http, runtime: go }}
data:
  size: 200 GiB
  keyspaces:
    - {{ name: accounts, tables: [accounts], key: account_id, share: 10 % }}
    - {{ name: posts, tables: [posts], key: home, hash_key: post_id, strategy: region, share: 90 %, shards: 4 }}
objectives: {{ latency_p99: 900 ms }}
environments: {{ dev: {{ scale: 1 % }}, staging: {{ scale: 10 % }}, prod: {{}} }}
{further}
"
    )
}

/// Region by shard, where that is not the main one.
fn places(sizing: &Sizing) -> BTreeMap<String, String> {
    sizing
        .shard_map
        .shards()
        .filter_map(|(_, shard)| Some((shard.name.clone(), shard.cloud_region.clone()?)))
        .collect()
}

fn expect(sizing: &Sizing, expected: &[(&str, &str)]) {
    let expected = expected
        .iter()
        .map(|(shard, region)| (shard.to_string(), region.to_string()));
    assert_eq!(places(sizing), expected.collect());
}

/// All environments, over what an earlier run left behind for production.
fn over(text: &str, before: Option<&Sizing>) -> Vec<Sizing> {
    let mut committed = AllCommitted::new();
    if let Some(before) = before {
        let kept = before.ledger.iter();
        let texts = kept.filter(|one| one.name.ends_with(".cidr"));
        committed.insert(
            committed_key(Cloud::Aws, "prod"),
            Committed {
                numbers: BTreeMap::new(),
                texts: texts
                    .map(|one| (one.name.clone(), one.text().to_owned()))
                    .collect(),
                shard_map: Some(before.shard_map.clone()),
            },
        );
    }
    plan_with(text, &Catalog::builtin(), &committed)
        .swap_remove(0)
        .sizings
}

const ALL: &str = "[us-east-1, ap-southeast-1, eu-west-1, eu-central-1]";

#[test]
fn rows_stand_in_the_first_stated_region_on_their_continent() {
    // Development is the cheapest that works: everything at home.
    let sized = over(&blueprint(ALL, ""), None);
    expect(&sized[0], &[]);
    for sizing in &sized[1..] {
        expect(
            sizing,
            &[("posts-s02", "eu-west-1"), ("posts-s03", "ap-southeast-1")],
        );
    }
    let remarks: Vec<&str> = sized[2]
        .remarks
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    let said = "nothing stands in eu-central-1: services are in `us-east-1`";
    assert!(
        remarks.iter().any(|one| one.starts_with(said)),
        "{remarks:?}"
    );
}

#[test]
fn one_region_or_a_network_of_others_keeps_all_at_home() {
    expect(&size(&blueprint("us-east-1", "")), &[]);
    let adopted = "existing: { network: vpc-0123456789abcdef0 }";
    expect(&size(&blueprint(ALL, adopted)), &[]);
    let unsharded = blueprint(ALL, "").replace("sharded-kubernetes", "managed-containers");
    expect(&size(&unsharded), &[]);
    let hashed = blueprint(ALL, "").replace("strategy: region", "strategy: hash");
    expect(&size(&hashed.replace("hash_key: post_id, ", "")), &[]);
}

#[test]
fn the_distance_is_in_what_waits_for_it() {
    let sizing = size(&blueprint(ALL, ""));
    // 5 480 km to Dublin and 15 560 km to Singapore, 1.7 ms a hundred.
    let rtt = |region: &str| number(&sizing, &format!("network.abroad.{region}.rtt_ms"));
    assert_eq!([rtt("eu-west-1"), rtt("ap-southeast-1")], [93.0, 264.0]);
    let (reads, writes) = (
        number(&sizing, "database.posts.reads"),
        number(&sizing, "database.posts.writes"),
    );
    let active = number(&sizing, "database.posts.active");
    assert!(
        (active - reads * 0.266 - writes * 0.272).abs() < 1e-9,
        "{active}"
    );
    let slow = number(&sizing, "observability.query_alarm_s");
    let far = number(&sizing, "network.abroad.ap-southeast-1.query_alarm_s");
    assert!((far - slow - 0.264).abs() < 1e-9, "{far} beside {slow}");
    let hurried = blueprint(ALL, "").replace("900 ms", "700 ms");
    let remarks = |text: &str| -> Vec<String> {
        let remarks = size(text).remarks.into_iter();
        let late = remarks.filter(|one| one.path == "objectives.latency_p99");
        late.map(|one| one.text).collect()
    };
    assert!(remarks(&blueprint(ALL, "")).is_empty());
    // Three statements of 264 ms are 792 ms; to Dublin they are 279 ms.
    let late = remarks(&hurried);
    assert_eq!(late.len(), 1, "{late:?}");
    assert!(
        late[0].starts_with(
            "3 statements one after the other on a shard in ap-southeast-1 take 792 ms"
        )
    );
}

#[test]
fn a_shard_and_a_block_stay_where_they_are() {
    let before = over(&blueprint("[us-east-1, eu-west-1]", ""), None).remove(2);
    expect(&before, &[("posts-s02", "eu-west-1")]);
    // Another region for the same users: their rows stay, and what is added goes to the new one.
    let wider = blueprint("[us-east-1, eu-central-1, ap-southeast-1]", "");
    let after = over(&wider.replace("shards: 4", "shards: 9"), Some(&before)).remove(2);
    let added: BTreeSet<(Option<&str>, Option<&str>)> = after.shard_map.keyspaces["posts"].shards
        [4..]
        .iter()
        .map(|shard| (shard.region.as_deref(), shard.cloud_region.as_deref()))
        .collect();
    let expected = [
        (Some("north-america"), None),
        (Some("europe"), Some("eu-central-1")),
        (Some("asia"), Some("ap-southeast-1")),
    ];
    assert_eq!(added, BTreeSet::from(expected));
    assert_eq!(places(&after)["posts-s02"], "eu-west-1");
    assert!(!places(&after).contains_key("posts-s03"));
    let remarks: Vec<&str> = after.remarks.iter().map(|one| one.text.as_str()).collect();
    for said in [
        "`posts-s02` stays in `eu-west-1`, for no database moves to another region: shards that are added for `europe` stand in `eu-central-1`",
        "`posts-s03` stays in the main region, for no database moves to another region: shards that are added for `asia` stand in `ap-southeast-1`",
    ] {
        assert!(
            remarks.iter().any(|one| one.starts_with(said)),
            "{remarks:?}"
        );
    }
    let block = |sizing: &Sizing, region: &str| {
        let name = format!("network.abroad.{region}.cidr");
        sizing.ledger.text(&name).to_owned()
    };
    assert_eq!(block(&after, "eu-west-1"), block(&before, "eu-west-1"));
    let blocks =
        ["eu-west-1", "eu-central-1", "ap-southeast-1"].map(|region| block(&after, region));
    assert_eq!(BTreeSet::from(blocks.clone()).len(), 3, "{blocks:?}");
}

/// First and last address of a block.
fn range(block: &str) -> (u32, u32) {
    let (address, bits) = block.split_once('/').expect("a block has a length");
    let address: std::net::Ipv4Addr = address.parse().expect("and an address");
    let first = u32::from(address);
    let size = 1_u32 << (32 - bits.parse::<u32>().expect("in bits"));
    assert_eq!(first % size, 0, "{block} does not begin where it may");
    (first, first + (size - 1))
}

#[test]
fn no_two_networks_overlap() {
    let catalog = Catalog::builtin();
    let mut blocks: Vec<(u32, u32)> = Vec::new();
    for index in 0..32 {
        for cloud in [Cloud::Aws, Cloud::Gcp] {
            let plan = catalog.cloud(cloud).address_plan(index);
            blocks.extend([range(&plan.cidr), range(&plan.pods_cidr)]);
        }
        let aws = catalog.cloud(Cloud::Aws);
        blocks.extend((0..8).map(|slot| range(&aws.block_abroad(index, slot))));
    }
    blocks.sort_unstable();
    for pair in blocks.windows(2) {
        assert!(pair[0].1 < pair[1].0, "{pair:?}");
    }
}

#[test]
fn each_shard_costs_what_its_region_asks() {
    let cost = |regions: &str| {
        let sizing = size(&blueprint(regions, ""));
        let line = |name: &str| {
            sizing
                .ledger
                .get(&format!("cost.components.{name}"))
                .map(|one| one.number())
        };
        (
            line("shards-accounts"),
            line("between-regions"),
            number(&sizing, "edge.origin_gb_month"),
        )
    };
    let (home, nothing, _) = cost("us-east-1");
    let (same, between, answered) = cost(ALL);
    assert_eq!((home, nothing), (same, None));
    // Of what is answered 27 % is from Dublin at 0.02 USD and 18 % from Singapore at 0.09 USD a GB.
    let expected = answered * (0.27 * 0.02 + 0.18 * 0.09);
    let between = between.expect("the way is paid for");
    assert!(
        (between - expected).abs() < 1e-6 * expected,
        "{between} for {expected}"
    );
}

#[test]
fn a_project_on_google_cloud_keeps_the_region_of_a_shard_through_its_lock() {
    let text = blueprint(ALL, "")
        .replace("cloud: aws", "cloud: gcp")
        .replace(&format!("aws: {ALL}"), "gcp: [us-central1, europe-west1]");
    let nodes = r#"location = "europe", region = "europe-west1" }"#;
    let mut outcome = Test::new()
        .file("loadpath.yaml", &text)
        .args(["generate"])
        .any_stdout()
        .any_stderr()
        .run();
    for _ in 0..2 {
        let tfvars = outcome
            .read("terraform/gcp/infrastructure/envs/prod.tfvars")
            .unwrap_or_default();
        assert!(tfvars.contains(nodes), "{tfvars}");
        let map = outcome.read("sharding/shard-map.json").unwrap_or_default();
        assert!(
            map.contains(r#""region": "europe", "cloud_region": "europe-west1""#),
            "{map}"
        );
        let home = text.replace("[us-central1, europe-west1]", "us-central1");
        outcome = outcome
            .then()
            .file("loadpath.yaml", &home)
            .args(["generate"])
            .any_stdout()
            .any_stderr()
            .run();
    }
}
