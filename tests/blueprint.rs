//! Blueprints as files: what loads, what is refused, and how it is said.

use std::{fs, path::Path};

use loadpath::blueprint::{
    self, Blueprint, Choice, Cloud, Failure, PinValue, Problem, ServiceKind, Shape, Strategy,
};

/// Defaults of an architecture, as a blueprint of less priority.
const DEFAULTS: &str = "\
cloud: gcp
services:
  - { name: api, kind: http, runtime: python }
  - { name: generator, kind: worker, topic: generation }
platform: { stream: managed, cdn: cloudflare }
";

fn defaults(architecture: &str) -> Option<&'static str> {
    match architecture {
        "sharded-kubernetes" => Some(DEFAULTS),
        "stateless-microservices" => Some("cloud: aws\nservices: [{ name: web, kind: http }]\n"),
        "managed-containers" => Some("cloud: aws\nservices: [{ name: api, kind: http }]\n"),
        _ => None,
    }
}

fn parse(text: &str, sets: &[&str]) -> Result<(Blueprint, Vec<Problem>), Failure> {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    blueprint::parse(text, "loadpath.yaml", &sets, &defaults)
}

#[track_caller]
fn good(text: &str, sets: &[&str]) -> Blueprint {
    match parse(text, sets) {
        Ok((blueprint, _)) => blueprint,
        Err(failure) => panic!("{failure}"),
    }
}

const FULL: &str = include_str!("blueprint/full.yaml");
const SMALL: &str = include_str!("blueprint/small.yaml");

#[test]
fn the_full_example_loads() {
    let (blueprint, warnings) = parse(FULL, &[]).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(warnings, []);
    assert_eq!(
        (blueprint.name.as_str(), blueprint.architecture.as_str()),
        ("quantum", "sharded-kubernetes")
    );
    assert_eq!(blueprint.clouds, [Cloud::Gcp]);
    let scales: Vec<(&str, f64)> = blueprint
        .environments
        .iter()
        .map(|e| (e.name.as_str(), e.scale.get()))
        .collect();
    assert_eq!(scales, [("dev", 0.01), ("staging", 0.1), ("prod", 1.0)]);
    let prod = &blueprint.primary().spec;
    assert_eq!(prod.domain.as_deref(), Some("quantum.example.com"));
    assert_eq!(prod.regions[&Cloud::Gcp], ["us-central1"]);
    assert_eq!(
        prod.users.monthly_active.map(|users| users.get()),
        Some(2e6)
    );
    assert_eq!(prod.users.locations.len(), 3);
    assert_eq!(prod.traffic.shape, Some(Shape::Diurnal));
    assert_eq!(
        prod.traffic
            .surge
            .and_then(|surge| surge.ramp)
            .map(|ramp| ramp.get()),
        Some(600.0)
    );
    assert_eq!(
        prod.traffic.response_static.map(|size| size.get()),
        Some(60_000.0)
    );
    let kinds: Vec<(&str, ServiceKind)> = prod
        .services
        .iter()
        .map(|service| (service.name.as_str(), service.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("api", ServiceKind::Http),
            ("generator", ServiceKind::Worker)
        ]
    );
    assert_eq!(
        prod.services[1].jobs_per_request.map(|jobs| jobs.get()),
        Some(0.03)
    );
    let keyspaces: Vec<(&str, Strategy, f64, Option<u32>)> = prod
        .data
        .keyspaces
        .iter()
        .map(|k| (k.name.as_str(), k.strategy, k.share.get(), k.shards))
        .collect();
    assert_eq!(
        keyspaces,
        [
            ("users", Strategy::Hash, 0.05, None),
            ("content", Strategy::Region, 0.95, Some(4))
        ]
    );
    assert_eq!(prod.objectives.rto.map(|rto| rto.get()), Some(14_400.0));
    assert_eq!(
        prod.platform["database"],
        Choice::Everywhere("cloud-sql".to_owned())
    );
    assert_eq!(prod.spot.map(|spot| spot.get()), Some(0.6));
    assert_eq!(prod.account.gcp_project.as_deref(), Some("quantum-prod"));
    assert_eq!(prod.account.billing_account, None, "… is not known yet");
    assert_eq!(prod.tags["cost-centre"], "4711");
    assert_eq!(prod.budget.map(|budget| budget.get()), Some(40_000.0));
    assert_eq!(prod.pins["api.replicas.max"].value, PinValue::Number(80.0));
    let staging = &blueprint.environment("staging").expect("staging").spec;
    assert_eq!(
        staging.objectives.availability.map(|share| share.get()),
        Some(0.99)
    );
    assert!(staging.pins.is_empty(), "the pin is for prod");
    let place = &prod.positions["users.monthly_active"];
    assert_eq!(
        (place.file.as_str(), place.line, place.column),
        ("loadpath.yaml", 9, 19)
    );
}

#[test]
fn the_small_example_loads() {
    let blueprint = good(SMALL, &[]);
    let dev = &blueprint.environments[0];
    assert_eq!((dev.name.as_str(), dev.scale.get()), ("dev", 0.01));
    assert_eq!(blueprint.primary().spec.data.keyspaces[0].name, "main");
    assert_eq!(blueprint.clouds, [Cloud::Aws]);
}

#[test]
fn a_file_loads_from_disk() {
    let (blueprint, _) = blueprint::load(Path::new("tests/blueprint/full.yaml"), &[], &defaults)
        .unwrap_or_else(|f| panic!("{f}"));
    assert_eq!(blueprint.digest, good(FULL, &[]).digest);
    assert!(fs::metadata("tests/blueprint/full.yaml").is_ok());
}

/// The whole text of a failure.
#[track_caller]
fn bad(text: &str, sets: &[&str]) -> String {
    match parse(text, sets) {
        Ok(_) => panic!("it loads:\n{text}"),
        Err(failure) => failure.to_string(),
    }
}

#[test]
fn all_mistakes_are_shown_at_once_and_underlined() {
    let text = "\
version: 1
name: quantum
architecture: sharded-kubernetes

# how many
users:
  montly_active: 2M



  # where they are
  locations: { europe: 70 %, asia: 50 % }

data:
  size: 6 parsecs
users_: 3
";
    let expected = "\
error: 4 problems in loadpath.yaml
  --> loadpath.yaml:7:3
 7 |   montly_active: 2M
   |   ^^^^^^^^^^^^^ unknown key in users; did you mean monthly_active?
  --> loadpath.yaml:12:14
12 |   locations: { europe: 70 %, asia: 50 % }
   |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ shares add up to 120 %, wanted 100 %
  --> loadpath.yaml:15:9
15 |   size: 6 parsecs
   |         ^^^^^^^^^ unit `parsecs` is not a size; for example 6 TiB or 900 GB
  --> loadpath.yaml:16:1
16 | users_: 3
   | ^^^^^^ unknown key; did you mean users?";
    assert_eq!(bad(text, &[]), expected);
}

/// A blueprint that loads, to add one mistake to.
const BASE: &str = "\
version: 1
name: shop
architecture: sharded-kubernetes
users: { monthly_active: 20k }
";

/// Adds a line to a good blueprint, which must be refused with one message at one place of that line; says what differs.
fn refused(line: &str, column: usize, message: &str) -> Option<String> {
    let Err(failure) = parse(&format!("{BASE}{line}\n"), &[]) else {
        return Some(format!("it loads: {line}"));
    };
    let place = |problem: &Problem| problem.span.map(|span| (span.line, span.column));
    let found: Vec<(Option<(usize, usize)>, &str)> = failure
        .problems
        .iter()
        .map(|problem| (place(problem), problem.message.as_str()))
        .collect();
    let expected = [(Some((5, column)), message)];
    (found != expected).then(|| format!("{line}\n  found    {found:?}\n  expected {expected:?}"))
}

#[test]
fn every_bound_is_kept() {
    let table = [
        // users
        (
            "users: { daily_active: -3 }",
            1,
            "key `users` stands here twice; the first is on line 4",
        ),
        (
            "data: { size: 0 B }",
            15,
            "`0 B` is too small, wanted at least 1 B",
        ),
        (
            "data: { size: .inf }",
            15,
            "`.inf` is not a finite number; for example 6 TiB or 900 GB",
        ),
        (
            "data: { size: 1e400 GB }",
            15,
            "`1e400 GB` is too large; for example 6 TiB or 900 GB",
        ),
        (
            "data: { size: 20 }",
            15,
            "`20` has no unit, wanted a size; for example 6 TiB or 900 GB",
        ),
        (
            "data: { size: [1 GB] }",
            15,
            "wanted a size, found a list; for example 6 TiB or 900 GB",
        ),
        (
            "data: 20 GiB",
            7,
            "wanted a map with keys such as size, growth, hot_share, found `20 GiB`",
        ),
        (
            "data: { engine: oracle }",
            17,
            "`oracle` is unknown, wanted postgresql or mysql",
        ),
        (
            "data: { engine: postgres }",
            17,
            "`postgres` is unknown; did you mean postgresql? (there are postgresql, mysql)",
        ),
        // traffic
        (
            "traffic: { static_share: 100 % }",
            26,
            "`100 %` is too large, wanted less than 100 %",
        ),
        (
            "traffic: { static_share: 70 }",
            26,
            "`70` is too large, wanted less than 100 %; did you mean 70 %?",
        ),
        (
            "traffic: { shape: { hours: [1, 2] } }",
            28,
            "2 hours, wanted 24 (a day) or 168 (a week, Monday first)",
        ),
        (
            "traffic: { shape: { hours: [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0] } }",
            28,
            "every hour is 0, wanted some load",
        ),
        (
            "traffic: { shape: { hours: [-1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1] } }",
            29,
            "`-1` is too small, wanted at least 0",
        ),
        (
            "traffic: { shape: diurnel }",
            19,
            "`diurnel` is unknown; did you mean diurnal? (there are steady, diurnal, business-hours, global, spiky, live-event, batch)",
        ),
        (
            "traffic: { surge: 1x }",
            19,
            "`1x` is too small, wanted more than 1x",
        ),
        (
            "traffic: { surge: { factor: 2x, ramp: 5 m } }",
            39,
            "unit `m` is ambiguous: minutes are `min`, months `months`, millions `M`; for example 150 ms, 20 s, 5 min or 4 h",
        ),
        // services
        (
            "services: [{ name: cache, kind: http }]",
            20,
            "name `cache` is taken by quantities",
        ),
        (
            "services: [{ name: web, kind: http }, { name: web }]",
            47,
            "two are named web; the first is on line 5",
        ),
        ("services: [{ kind: http }]", 14, "an item without a name"),
        (
            "services: [{ name: api, topic: x }]",
            32,
            "topic is for workers and events, and api is of kind http",
        ),
        (
            "services: [{ name: w, kind: worker }]",
            20,
            "worker w has no topic to take jobs from",
        ),
        (
            "services: [{ name: w, kind: worker, topic: generation }, { name: x, kind: worker, topic: generation-w }]",
            44,
            "the queue of w is called generation-w, as another topic is",
        ),
        (
            "services: [{ name: generator, share: 10 % }]",
            38,
            "share is for http, and generator is of kind worker",
        ),
        (
            "services: [{ name: generator, job_duration: 5 min, deadline: 2 min }]",
            62,
            "a job takes 5 min, longer than its deadline of 2 min",
        ),
        (
            "services: [{ name: generator, inference: true }]",
            42,
            "no model is stated for it to run",
        ),
        (
            "services: [{ name: generator, inference: maybe }]",
            42,
            "`maybe` is not true or false",
        ),
        (
            "services: [{ name: api, keyspaces: [man] }]",
            36,
            "no keyspace man; did you mean main?",
        ),
        (
            "services: [{ name: api, tier: 4 }]",
            31,
            "`4` is out of range, wanted 0 to 3",
        ),
        (
            "services: [{ name: api, kind: worker, topic: t }]",
            11,
            "no service answers requests, wanted at least one of kind http",
        ),
        (
            "services: { api: {} }",
            11,
            "wanted a list of maps with names, found a map",
        ),
        // keyspaces
        (
            "data: { keyspaces: [{ name: a, share: 50 % }] }",
            20,
            "shares add up to 50 %, wanted 100 %",
        ),
        (
            "data: { keyspaces: [{ name: a, share: 100 % }, { name: b }] }",
            20,
            "shares add up to 100 % or more, and leave nothing to the keyspaces without one",
        ),
        (
            "data: { keyspaces: [{ name: a, tables: [t] }, { name: b, tables: [t] }] }",
            66,
            "table t is in keyspace a already",
        ),
        (
            "data: { keyspaces: [{ name: a, tables: [order] }] }",
            41,
            "`order` is a reserved word of SQL",
        ),
        (
            "data: { keyspaces: [{ name: a, tables: [\"t; drop\"] }] }",
            41,
            "`t; drop` is not an SQL name: lower-case letters, digits and _",
        ),
        (
            "data: { keyspaces: [{ name: a, strategy: region }] }",
            29,
            "keyspace a is by region and has no hash_key to spread a region over its shards",
        ),
        (
            "data: { keyspaces: [{ name: a, hash_key: x }] }",
            42,
            "hash_key is for strategy region alone",
        ),
        (
            "data: { keyspaces: [{ name: a, shards: 0 }] }",
            40,
            "`0` is out of range, wanted 1 to 1024 or auto",
        ),
        (
            "data: { keyspaces: [{ name: a, shards: many }] }",
            40,
            "`many` is not a whole number or auto",
        ),
        // objectives
        (
            "objectives: { availability: 100 % }",
            29,
            "`100 %` is too large, wanted less than 100 %",
        ),
        (
            "objectives: { latency_p99: 100 ms, latency_p95: 200 ms }",
            49,
            "the 95th percentile, 200 ms, is above the 99th, 100 ms",
        ),
        (
            "objectives: { error_rate: 0 % }",
            27,
            "`0 %` is too small, wanted more than 0 %",
        ),
        // the rest
        (
            "budget: 40k EUR/month",
            9,
            "unit `k EUR/month` is not an amount of money a month; for example 40k USD/month",
        ),
        (
            "budget: 0 USD/month",
            9,
            "`0 USD/month` is too small, wanted more than 0 USD/month",
        ),
        ("cloud: azure", 8, "`azure` is unknown, wanted aws or gcp"),
        ("cloud: [aws, aws]", 14, "`aws` stands here twice"),
        ("cloud: {}", 8, "wanted a word or a list, found a map"),
        (
            "region: us central",
            9,
            "`us central` is not a region, for example us-central1 or eu-west-1",
        ),
        (
            "domain: https://shop.example.com",
            9,
            "`https://shop.example.com` is not a host name such as quantum.example.com",
        ),
        (
            "tags: { team: \"${var.x}\" }",
            15,
            "the text holds ${, which templates or shells would interpret",
        ),
        (
            "tags: { Team: a }",
            15,
            "`Team: a` is no label of Google Cloud: lower-case letters, digits, - and _, a letter first",
        ),
        (
            "tags: { environment: a }",
            9,
            "tag `environment` is taken by loadpath, which sets it",
        ),
        (
            "tags: { a: \"x\\ny\" }",
            12,
            "the text holds an invisible character (U+000A)",
        ),
        (
            "existing: { network: \"a b\" }",
            22,
            "`a b` is not the id of a resource: letters, digits and ._:/@-",
        ),
        (
            "platform: { database: oracle }",
            23,
            "`oracle` is unknown, wanted rds, aurora, aurora-serverless, cloud-sql, alloydb, cloudnative-pg or vitess",
        ),
        (
            "platform: { database: { aws: oracle } }",
            30,
            "`oracle` is unknown, wanted rds, aurora, aurora-serverless, cloud-sql, alloydb, cloudnative-pg or vitess",
        ),
        (
            "platform: { database: { azure: rds } }",
            25,
            "unknown key in platform.database; there are aws, gcp",
        ),
        (
            "platform: { strem: managed }",
            13,
            "unknown key in platform; did you mean stream?",
        ),
        (
            "accounts: { prd: { aws_account: \"123456789012\" } }",
            18,
            "no environment prd; did you mean prod?",
        ),
        (
            "accounts: { prod: { aws_account: 1234 } }",
            34,
            "`1234` is not an AWS account of 12 digits",
        ),
        (
            "accounts: { prod: { admin_cidrs: [192.0.2.1/24] } }",
            35,
            "`192.0.2.1/24` has bits behind its 24; did you mean a /32?",
        ),
        (
            "pins: { api.replicas.max: { value: 80 } }",
            27,
            "key reason is missing in pins.api.replicas.max",
        ),
        (
            "pins: { api.replicas.max: { value: 32 GiB, reason: x } }",
            36,
            "`32 GiB` is not a plain number, in the unit of the quantity, or a word; for example 80 or db-custom-4-16384",
        ),
        (
            "pins: { api.replicas.max: { value: 1, reason: x, env: prd } }",
            55,
            "no environment prd; did you mean prod?",
        ),
        ("environments: {}", 15, "there is no environment"),
        (
            "environments: { qa: {} }",
            21,
            "environment qa has no scale",
        ),
        (
            "environments: { prod: { scale: 200 % } }",
            32,
            "`200 %` is too large, wanted at most 100 %",
        ),
        (
            "environments: { Prod: { scale: 10 % } }",
            17,
            "name `Prod` holds `P`; a name is lower-case letters, digits and hyphens",
        ),
        (
            "environments: { prod: { override: { platform: { database: alloydb } } } }",
            49,
            "unknown key in environments.prod.override.platform; there are spot",
        ),
        (
            "environments: { prod: {}, dev: { override: { services: [{ name: apii }] } } }",
            65,
            "no apii in services to change; did you mean api?",
        ),
        (
            "environments: { prod: {}, dev: { override: { services: [{ name: api, runtime: go }] } } }",
            79,
            "runtime is the same in all environments",
        ),
        (
            "media: { bitrate: 3.5 Mbps }",
            19,
            "unit `Mbps` is not a bit rate; for example 3.5 Mbit/s",
        ),
        (
            "inference: { bits: 8 }",
            12,
            "key parameters is missing in inference",
        ),
        (
            "name: x",
            1,
            "key `name` stands here twice; the first is on line 2",
        ),
        (
            "extends: nowhere.yaml",
            10,
            "cannot read `nowhere.yaml`: there is no such file",
        ),
        (
            "\tx: 1",
            2,
            "not YAML: while parsing a block mapping, did not find expected key",
        ),
    ];
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(line, column, message)| refused(line, *column, message))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_warning_is_no_failure() {
    let (_, warnings) = parse(
        &format!("{BASE}traffic: {{ surge: 10x, read_ratio: 90 % }}\n"),
        &[],
    )
    .unwrap_or_else(|f| panic!("{f}"));
    let messages: Vec<&str> = warnings
        .iter()
        .map(|warning| warning.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "read_ratio is deprecated, read_share replaces it",
            "a surge without a ramp: 10 min is assumed, and capacity is warmed up for that",
        ]
    );
}

/// A folder with files, for blueprints that extend others.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("inside the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn load(folder: &tempfile::TempDir, name: &str) -> Result<(Blueprint, Vec<Problem>), Failure> {
    blueprint::load(&folder.path().join(name), &[], &defaults)
}

/// The messages of a failure, without the folder's own name.
#[track_caller]
fn messages(folder: &tempfile::TempDir, name: &str) -> Vec<String> {
    let Err(failure) = load(folder, name) else {
        panic!("{name} loads")
    };
    let prefix = format!("{}/", folder.path().display());
    failure
        .problems
        .into_iter()
        .map(|problem| problem.message.replace(&prefix, ""))
        .collect()
}

#[test]
fn extends_merges_maps_and_named_lists_and_replaces_the_rest() {
    let folder = folder(&[
        (
            "base.yaml",
            "version: 1\nname: base\narchitecture: sharded-kubernetes\nregion: [us-central1, us-east1]\nusers: { monthly_active: 1M, growth: 5 %/month }\nservices: [{ name: api, memory: 1 GiB }, { name: web, kind: http }]\ntraffic: { surge: { factor: 10x, ramp: 5 min } }\ndomain: old.example.com\n",
        ),
        (
            "shop/loadpath.yaml",
            "extends: ../base.yaml\nname: shop\nregion: [europe-west1]\nusers: { monthly_active: 2M }\nservices: [{ name: api, cpu: 2 }]\ntraffic: { surge: 5x }\ndomain: ~\n",
        ),
    ]);
    let (blueprint, _) =
        load(&folder, "shop/loadpath.yaml").unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(blueprint.name, "shop");
    let spec = &blueprint.primary().spec;
    assert_eq!(
        spec.users.monthly_active.map(|users| users.get()),
        Some(2e6)
    );
    assert!(spec.users.growth.is_some());
    assert_eq!(spec.regions[&Cloud::Gcp], ["europe-west1"]);
    let services: Vec<&str> = spec
        .services
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert_eq!(services, ["api", "generator", "web"]);
    assert_eq!(spec.services[0].cpu.map(|cpu| cpu.get()), Some(2.0));
    assert_eq!(
        spec.services[0].memory.map(|memory| memory.get()),
        Some(1_073_741_824.0)
    );
    let surge = spec.traffic.surge.expect("a surge");
    assert_eq!((surge.factor.get(), surge.ramp), (5.0, None));
    assert_eq!(spec.domain, None, "null takes an inherited value away");
    assert!(spec.positions["users.growth"].file.ends_with("base.yaml"));
    assert!(
        spec.positions["users.monthly_active"]
            .file
            .ends_with("loadpath.yaml")
    );
}

#[test]
fn extends_refuses_cycles_and_points_into_the_right_file() {
    let folder = folder(&[
        (
            "a.yaml",
            "extends: b.yaml\nversion: 1\nname: shop\narchitecture: sharded-kubernetes\n",
        ),
        ("b.yaml", "extends: a.yaml\n"),
        ("self.yaml", "extends: self.yaml\n"),
        ("bad.yaml", "users: { monthly_active: lots }\n"),
        (
            "good.yaml",
            "extends: bad.yaml\nversion: 1\nname: shop\narchitecture: sharded-kubernetes\nusers: { monthly_active: 1 }\n",
        ),
        ("folder/x", ""),
        ("onto.yaml", "extends: folder\n"),
        ("new.yaml", "version: 2\nanything: goes\n"),
        ("old.yaml", "extends: new.yaml\n"),
    ]);
    assert_eq!(
        messages(&folder, "a.yaml"),
        ["`a.yaml` extends this file in turn, directly or by others"]
    );
    assert_eq!(
        messages(&folder, "self.yaml"),
        ["`self.yaml` extends this file in turn, directly or by others"]
    );
    assert_eq!(
        messages(&folder, "good.yaml"),
        ["`lots` is not a count; for example 20k or 2M"]
    );
    assert_eq!(
        messages(&folder, "onto.yaml"),
        ["cannot read `folder`: it is a folder, wanted a file"]
    );
    let version = format!(
        "version 2 of the format is unknown to loadpath {}, which reads version 1",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(messages(&folder, "old.yaml"), [version]);
}

#[test]
fn a_file_that_is_no_blueprint_is_refused_clearly() {
    let folder = folder(&[
        ("empty.yaml", ""),
        ("comment.yaml", "# soon\n"),
        ("list.yaml", "- 1\n"),
        ("word.yaml", "hello\n"),
        ("null.yaml", "~\n"),
    ]);
    fs::write(folder.path().join("binary.yaml"), b"\x7fELF\0\0").expect("a file");
    fs::write(folder.path().join("latin.yaml"), b"name: caf\xe9\n").expect("a file");
    fs::write(folder.path().join("large.yaml"), vec![b'#'; (1 << 20) + 1]).expect("a file");
    for (name, message) in [
        (
            "missing.yaml",
            "cannot read missing.yaml: there is no such file",
        ),
        ("empty.yaml", "empty.yaml is empty"),
        ("comment.yaml", "comment.yaml is empty"),
        ("null.yaml", "null.yaml is empty"),
        ("list.yaml", "a blueprint is a map of keys, found a list"),
        ("word.yaml", "a blueprint is a map of keys, found `hello`"),
        (
            "binary.yaml",
            "cannot read binary.yaml: it is binary, wanted YAML",
        ),
        (
            "latin.yaml",
            "cannot read latin.yaml: it is not UTF-8 on line 1",
        ),
        (
            "large.yaml",
            "cannot read large.yaml: it is larger than 1 MiB, which no blueprint needs",
        ),
    ] {
        assert_eq!(messages(&folder, name), [message]);
    }
    let itself = folder.path().join(".");
    let Err(failure) = blueprint::load(&itself, &[], &defaults) else {
        panic!("a folder loads")
    };
    assert!(
        failure
            .to_string()
            .ends_with("it is a folder, wanted a file"),
        "{failure}"
    );
    assert_eq!(
        load(&folder, "missing.yaml")
            .expect_err("missing")
            .to_string()
            .lines()
            .last(),
        Some("hint: loadpath init writes one")
    );
}

#[test]
fn flags_are_typed_by_the_same_checker() {
    let services = "services: [{ name: api, memory: 1 GiB }]\n";
    let blueprint = good(
        &format!("{BASE}{services}"),
        &[
            "users.monthly_active=3M",
            "services.api.memory=2 GiB",
            "region=[us-central1, us-east1]",
            "pins.api.replicas.max={value: 9, reason: r}",
            "users.growth=1 %/month..9 %/month",
        ],
    );
    let spec = &blueprint.primary().spec;
    assert_eq!(
        spec.users.monthly_active.map(|users| users.get()),
        Some(3e6)
    );
    assert_eq!(
        spec.services[0].memory.map(|memory| memory.get()),
        Some(2_147_483_648.0)
    );
    assert_eq!(spec.regions[&Cloud::Gcp], ["us-central1", "us-east1"]);
    assert_eq!(spec.pins["api.replicas.max"].value, PinValue::Number(9.0));
    assert_eq!(spec.intervals[0].path, "users.growth");
    assert_eq!(spec.positions["users.monthly_active"].file, "--set");
}

#[test]
fn a_problem_of_a_flag_points_into_the_flag() {
    let expected = "\
error: 4 problems in --set
  --> --set
 1 | users.montly_active=3M
   |       ^^^^^^^^^^^^^ unknown key in users; did you mean monthly_active?
  --> --set
 1 | data.size=6 parsecs
   |           ^^^^^^^^^ unit `parsecs` is not a size; for example 6 TiB or 900 GB
  --> --set
 1 | services.apii.cpu=2
   |          ^^^^ no apii in services to change; did you mean api?
  --> --set
 1 | pins.a.b.vlaue=3
   |                ^ wanted a map with keys such as value, reason, env, found `3`";
    let sets = [
        "users.montly_active=3M",
        "data.size=6 parsecs",
        "services.apii.cpu=2",
        "pins.a.b.vlaue=3",
    ];
    assert_eq!(bad(BASE, &sets), expected);
    assert_eq!(
        bad(BASE, &["users"]),
        "error: 1 problem in --set\n  --> --set\n 1 | users\n   | ^^^^^ wanted a key and a value\n   = hint: --set users.monthly_active=3M"
    );
    assert!(bad(BASE, &["a..b=1"]).contains("the path holds an empty name"));
    assert!(bad(BASE, &["name=[x"]).contains("not YAML"));
    assert!(bad(BASE, &["version=2"]).contains("version 2 of the format is unknown"));
    assert!(bad(BASE, &["extends=x.yaml"]).contains("only a file extends another"));
}

#[test]
fn an_environment_has_what_it_overrides() {
    let text = "environments:\n  prod: {}\n  qa: { scale: 5 %, override: { users: { monthly_active: 1M }, services: [{ name: api, cpu: 4 }], platform: { spot: 90 % } } }\n";
    let blueprint = good(&format!("{BASE}{text}"), &[]);
    let names: Vec<&str> = blueprint
        .environments
        .iter()
        .map(|environment| environment.name.as_str())
        .collect();
    assert_eq!(names, ["qa", "prod"]);
    let (qa, prod) = (
        &blueprint.environments[0].spec,
        &blueprint.environments[1].spec,
    );
    assert_eq!(qa.users.monthly_active.map(|users| users.get()), Some(1e6));
    assert_eq!(
        prod.users.monthly_active.map(|users| users.get()),
        Some(20_000.0)
    );
    assert_eq!(
        (
            qa.services[0].cpu.map(|cpu| cpu.get()),
            prod.services[0].cpu
        ),
        (Some(4.0), None)
    );
    assert_eq!(qa.platform, prod.platform);
    assert_eq!(qa.spot.map(|spot| spot.get()), Some(0.9));
    assert_eq!(qa.positions["users.monthly_active"].line, 7);
}

#[test]
fn an_override_is_checked_with_what_it_makes() {
    let text = "environments:\n  prod: {}\n  qa: { scale: 5 %, override: { users: { daily_active: 1M } } }\n";
    let failure = bad(&format!("{BASE}{text}"), &[]);
    assert!(
        failure.contains("1M daily active users are more than 20k monthly ones"),
        "{failure}"
    );
    assert!(failure.contains("loadpath.yaml:7:56"), "{failure}");
}

#[test]
fn an_unknown_architecture_is_named_with_the_nearest() {
    let failure = bad(
        "version: 1\nname: x\narchitecture: sharded-kubernets\nusers: { monthly_active: 1 }\n",
        &[],
    );
    assert!(
        failure.contains(
            "architecture `sharded-kubernets` is unknown; did you mean sharded-kubernetes?"
        ),
        "{failure}"
    );
    let failure = bad(
        "version: 1\nname: x\narchitecture: mainframe\nusers: { monthly_active: 1 }\n",
        &[],
    );
    assert!(
        failure
            .contains("`mainframe` is unknown; there are sharded-kubernetes, stateless-microservices, managed-containers"),
        "{failure}"
    );
}

#[test]
fn what_is_missing_is_listed() {
    let failure = bad("users: { monthly_active: 1 }\n", &[]);
    let messages: Vec<&str> = failure
        .lines()
        .filter(|line| line.contains("missing"))
        .collect();
    assert_eq!(messages.len(), 3, "{failure}");
    assert!(
        failure.contains("= hint: architecture: sharded-kubernetes"),
        "{failure}"
    );
}

#[test]
fn two_clouds_want_two_regions() {
    let text = "version: 1\nname: x\narchitecture: sharded-kubernetes\ncloud: [aws, gcp]\nusers: { monthly_active: 1 }\n";
    let blueprint = good(
        &format!("{text}region: {{ aws: eu-west-1, gcp: [us-central1] }}\n"),
        &[],
    );
    assert_eq!(blueprint.clouds, [Cloud::Aws, Cloud::Gcp]);
    assert_eq!(blueprint.primary().spec.regions[&Cloud::Aws], ["eu-west-1"]);
    assert!(
        bad(&format!("{text}region: us-central1\n"), &[])
            .contains("two clouds have no region in common")
    );
}

#[test]
fn a_choice_may_differ_by_cloud() {
    let text =
        format!("{BASE}platform: {{ database: {{ aws: aurora, gcp: alloydb }}, cdn: cloud }}\n");
    let chosen = |key: &str, cloud: Cloud, flags: &[&str]| {
        let spec = good(&text, flags).primary().spec.clone();
        spec.platform[key].on(cloud).map(str::to_owned)
    };
    let word = |word: &str| Some(word.to_owned());
    assert_eq!(chosen("database", Cloud::Aws, &[]), word("aurora"));
    assert_eq!(chosen("database", Cloud::Gcp, &[]), word("alloydb"));
    assert_eq!(chosen("cdn", Cloud::Aws, &[]), word("cloud"));
    let flags = ["platform.database.aws=rds"];
    assert_eq!(chosen("database", Cloud::Aws, &flags), word("rds"));
    assert_eq!(chosen("database", Cloud::Gcp, &flags), word("alloydb"));
    let flags = ["platform.database=cloudnative-pg"];
    assert_eq!(
        chosen("database", Cloud::Aws, &flags),
        word("cloudnative-pg")
    );
}

#[test]
fn the_digest_follows_the_meaning_alone() {
    let digest = |text: &str| good(text, &[]).digest;
    let same = digest(BASE);
    assert_eq!(same.len(), 64);
    for text in [
        "# a comment\narchitecture: \"sharded-kubernetes\"\nversion: 1\nusers:\n  monthly_active: 20_000\nname: shop\n",
        "{\"version\": 1, \"name\": \"shop\", \"architecture\": \"sharded-kubernetes\", \"users\": {\"monthly_active\": 20000}}",
        &BASE.replace('\n', "\r\n"),
        "\u{feff}{\n\t\"version\": 1,\n\t\"name\": \"shop\",\n\t\"architecture\": \"sharded-kubernetes\",\n\t\"users\": {\n\t\t\"monthly_active\": 2e4\n\t}\n}\n",
        &format!(
            "{BASE}data: {{ engine: postgresql }}\nenvironments: {{ prod: , staging: {{ scale: 0.1 }}, dev: {{}} }}\n"
        ),
    ] {
        assert_eq!(digest(text), same, "{text}");
    }
    for text in [
        BASE.replace("20k", "21k"),
        BASE.replace("shop", "shops"),
        format!("{BASE}domain: shop.example.com\n"),
        format!("{BASE}services: [{{ name: api, cache: false }}]\n"),
    ] {
        assert_ne!(digest(&text), same, "{text}");
    }
}

#[test]
fn later_stages_can_point_into_the_file() {
    let blueprint = good(
        &format!("{BASE}region: us-centrall1\nservices: [{{ name: web }}]\n"),
        &[],
    );
    let problem = Problem::at("region", "gcp has no region us-centrall1").hint("us-central1");
    let failure = blueprint.failure(vec![
        problem,
        Problem::at("services.web.cpu", "no node is so large"),
        Problem::at("environments.dev.override.users.monthly_active", "x"),
    ]);
    let expected = "\
error: 3 problems in loadpath.yaml
  --> loadpath.yaml:4:26
 4 | users: { monthly_active: 20k }
   |                          ^^^ x
  --> loadpath.yaml:5:9
 5 | region: us-centrall1
   |         ^^^^^^^^^^^^ gcp has no region us-centrall1
   = hint: us-central1
  --> loadpath.yaml:6:20
 6 | services: [{ name: web }]
   |                    ^^^ no node is so large";
    assert_eq!(failure.to_string(), expected);
}

#[test]
fn a_problem_is_shown_in_colour_in_json_and_clipped() {
    let long = format!("{BASE}tags: {{ a: {}, b: \"é漢\tx`\" }}\n", "x".repeat(120));
    let Err(failure) = parse(&long, &[]) else {
        panic!("it loads")
    };
    let plain = blueprint::render(
        &failure.problems,
        &failure.sources,
        blueprint::Style::Plain,
        60,
    );
    for line in plain.lines().filter(|line| {
        line.contains("| ") && !line.contains("interpret") && !line.contains("label")
    }) {
        assert!(line.chars().count() <= 60, "{line}");
    }
    assert!(plain.contains('…'), "{plain}");
    let colour = blueprint::render(
        &failure.problems,
        &failure.sources,
        blueprint::Style::Coloured,
        60,
    );
    assert!(
        colour.starts_with("\u{1b}[1;31merror\u{1b}[0m: "),
        "{colour}"
    );
    let stripped: String = console::strip_ansi_codes(&colour).into_owned();
    assert_eq!(stripped, plain, "nothing depends on colour");
    let json = blueprint::to_json(&failure.problems, &failure.sources);
    assert_eq!(json[0]["severity"], "error");
    assert_eq!(json[0]["file"], "loadpath.yaml");
    assert_eq!(json[0]["line"], 5);
}

/// Texts that look like blueprints, to break in every way.
const SEEDS: &[&str] = &[FULL, SMALL, BASE];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    /// Whatever is done to a blueprint, it loads or is refused with places that exist; nothing panics.
    #[test]
    fn a_broken_blueprint_never_panics(
        seed in 0usize..3,
        cuts in proptest::collection::vec((0usize..4000, 0usize..20, "[-:{}\\[\\],&*!|>'\"%@`#~ \t\r\na-z0-9.é$\u{feff}]{0,8}"), 1..5),
        flag in "[a-z_.]{0,20}=?[-{}\\[\\]:a-z0-9 %]{0,12}",
    ) {
        let mut text: Vec<char> = SEEDS[seed].chars().collect();
        for (at, n, new) in cuts {
            let start = at % (text.len() + 1);
            let end = (start + n).min(text.len());
            text.splice(start..end, new.chars());
        }
        let text: String = text.into_iter().collect();
        for sets in [vec![], vec![flag]] {
            if let Err(failure) = blueprint::parse(&text, "loadpath.yaml", &sets, &defaults) {
                proptest::prop_assert!(!failure.problems.is_empty());
                let rendered = blueprint::render(&failure.problems, &failure.sources, blueprint::Style::Plain, 80);
                proptest::prop_assert!(rendered.starts_with("error: "), "{}", rendered);
            }
        }
        let _ = blueprint::edit::set(&text, "users.growth", "5 %/month");
    }

    /// Setting a value in the text means what the flag means.
    #[test]
    fn writing_a_flag_means_the_flag(
        seed in 0usize..3,
        which in 0usize..8,
        users in 1u32..1_000_000,
    ) {
        let (path, value) = [
            ("users.monthly_active", format!("{users}")),
            ("users.growth", format!("{} %/month", users % 50)),
            ("services.api.memory", format!("{} MiB", 64 + users % 1000)),
            ("objectives.latency_p99", format!("{} ms", 1 + users % 1000)),
            ("environments.prod.scale", "50 %".to_owned()),
            ("environments.prod.override.users.horizon", "6 months".to_owned()),
            ("tags.team", format!("t{users}")),
            ("budget", format!("{users} USD/month")),
        ][which].clone();
        let text = SEEDS[seed];
        let sets = [format!("{path}={value}")];
        let by_flag = blueprint::parse(text, "loadpath.yaml", &sets, &|_| Some(DEFAULTS));
        let written = blueprint::edit::set(text, path, &value).map_err(|f| proptest::test_runner::TestCaseError::fail(f.to_string()))?;
        let by_text = blueprint::parse(&written, "loadpath.yaml", &[], &|_| Some(DEFAULTS));
        match (by_flag, by_text) {
            (Ok((one, _)), Ok((other, _))) => proptest::prop_assert_eq!(one.digest, other.digest, "{}", written),
            (one, other) => proptest::prop_assert_eq!(one.is_ok(), other.is_ok(), "{}", written),
        }
        for comment in text.lines().filter_map(|line| line.split_once(" # ")).map(|(_, comment)| comment) {
            proptest::prop_assert!(written.contains(comment), "{} is lost", comment);
        }
    }
}

/// Whether a hostile text is answered at once. The bound is generous: the machine may be busy, the build unoptimised.
#[track_caller]
fn answered(what: &str, text: &str) {
    // What this thread computes, not what the machine does meanwhile.
    let seconds = || rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime).tv_sec;
    let start = seconds();
    let failure = bad(text, &[]);
    let took = seconds() - start;
    assert!(took <= 4, "{what}: {took} s");
    assert!(
        failure.len() < 100_000,
        "{what}: {} bytes of message",
        failure.len()
    );
}

#[test]
fn hostile_files_cost_little() {
    const SIZE: usize = (1 << 20) - 1000;
    let numbered = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    answered("open brackets", &"[".repeat(SIZE));
    answered("open braces", &"{a: ".repeat(SIZE / 4));
    answered(
        "deep blocks",
        &numbered(900, &|depth| format!("{}a:\n", " ".repeat(depth))),
    );
    answered("one key many times", &"a: 1\n".repeat(SIZE / 5));
    answered("many keys", &numbered(9000, &|idx| format!("k{idx}: 1\n")));
    answered(
        "too many keys",
        &numbered(60_000, &|idx| format!("k{idx}: 1\n")),
    );
    answered(
        "one long word",
        &format!("{BASE}domain: {}\n", "x".repeat(SIZE)),
    );
    answered("one long name", &format!("{BASE}{}: 1\n", "x".repeat(1000)));
    answered(
        "a long quotation",
        &format!("{BASE}domain: \"{}\"\n", "x ".repeat(SIZE / 2)),
    );
    answered(
        "many environments",
        &format!(
            "{BASE}environments:\n{}",
            numbered(4000, &|idx| format!("  e{idx}: {{ scale: 1 }}\n"))
        ),
    );
    answered(
        "many services",
        &format!(
            "{BASE}services:\n{}",
            numbered(6000, &|idx| format!("  - {{ name: s{idx} }}\n"))
        ),
    );
    answered(
        "many tables",
        &format!(
            "{BASE}data: {{ keyspaces: [{{ name: a, tables: [{}] }}, {{ name: b, tables: [t1] }}] }}\n",
            numbered(15_000, &|idx| format!("t{idx}, "))
        ),
    );
    answered(
        "many pins",
        &format!(
            "{BASE}pins:\n{}",
            numbered(4000, &|idx| format!("  p{idx}.x: {{ value: 1 }}\n"))
        ),
    );
    answered(
        "aliases of a long text",
        &format!(
            "a: &a \"{}\"\nb: [{}]\n",
            "x".repeat(100_000),
            "*a, ".repeat(1000)
        ),
    );
    answered("comments", &format!("{}a: 1\n", "# x\n".repeat(SIZE / 4)));
    answered(
        "control characters",
        &format!("{BASE}domain: \"\\e[31m\\u202e\"\n"),
    );
}

#[test]
fn a_message_cannot_move_the_cursor() {
    let failure = bad(
        &format!("{BASE}users: {{ \"\\e[2J\": 1 }}\ndomain: \"a\\rb\"\n"),
        &[],
    );
    assert!(
        !failure.contains('\u{1b}') && !failure.contains('\r'),
        "{failure:?}"
    );
}

#[test]
fn the_worked_examples_load() {
    let architectures = loadpath::compose::architecture::all();
    let own = |id: &str| {
        let known = architectures.iter().find(|known| known.id == id)?;
        Some(known.fragment())
    };
    for entry in fs::read_dir("blueprints").expect("the worked examples") {
        let path = entry.expect("an entry").path();
        for cloud in ["gcp", "aws"] {
            let sets = [format!("cloud={cloud}")];
            let (_, warnings) =
                blueprint::load(&path, &sets, &own).unwrap_or_else(|failure| panic!("{failure}"));
            assert_eq!(warnings, [], "{}", path.display());
        }
    }
}
