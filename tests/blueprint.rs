//! Blueprints as files: what loads, what is refused, and how it is said.

use std::{fs, path::Path};

use loadpath::blueprint::{self, Blueprint, Cloud, Failure, PinValue, Problem, ServiceKind, Shape, Strategy};

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
    assert_eq!((blueprint.name.as_str(), blueprint.architecture.as_str()), ("quantum", "sharded-kubernetes"));
    assert_eq!(blueprint.clouds, [Cloud::Gcp]);
    let scales: Vec<(&str, f64)> = blueprint.environments.iter().map(|e| (e.name.as_str(), e.scale.get())).collect();
    assert_eq!(scales, [("dev", 0.01), ("staging", 0.1), ("prod", 1.0)]);
    let prod = &blueprint.primary().spec;
    assert_eq!(prod.domain.as_deref(), Some("quantum.example.com"));
    assert_eq!(prod.regions[&Cloud::Gcp], ["us-central1"]);
    assert_eq!(prod.users.monthly_active.map(|users| users.get()), Some(2e6));
    assert_eq!(prod.users.locations.len(), 3);
    assert_eq!(prod.traffic.shape, Some(Shape::Diurnal));
    assert_eq!(prod.traffic.surge.and_then(|surge| surge.ramp).map(|ramp| ramp.get()), Some(600.0));
    assert_eq!(prod.traffic.response_static.map(|size| size.get()), Some(60_000.0));
    let kinds: Vec<(&str, ServiceKind)> = prod.services.iter().map(|service| (service.name.as_str(), service.kind)).collect();
    assert_eq!(kinds, [("api", ServiceKind::Http), ("generator", ServiceKind::Worker)]);
    assert_eq!(prod.services[1].jobs_per_request.map(|jobs| jobs.get()), Some(0.03));
    let keyspaces: Vec<(&str, Strategy, f64, Option<u32>)> =
        prod.data.keyspaces.iter().map(|k| (k.name.as_str(), k.strategy, k.share.get(), k.shards)).collect();
    assert_eq!(keyspaces, [("users", Strategy::Hash, 0.05, None), ("content", Strategy::Region, 0.95, Some(4))]);
    assert_eq!(prod.objectives.rto.map(|rto| rto.get()), Some(14_400.0));
    assert_eq!(prod.platform["database"], "cloud-sql");
    assert_eq!(prod.spot.map(|spot| spot.get()), Some(0.6));
    assert_eq!(prod.account.gcp_project.as_deref(), Some("quantum-prod"));
    assert_eq!(prod.account.billing_account, None, "… is not known yet");
    assert_eq!(prod.tags["cost-centre"], "4711");
    assert_eq!(prod.budget.map(|budget| budget.get()), Some(40_000.0));
    assert_eq!(prod.pins["api.replicas.max"].value, PinValue::Number(80.0));
    let staging = &blueprint.environment("staging").expect("staging").spec;
    assert_eq!(staging.objectives.availability.map(|share| share.get()), Some(0.99));
    assert!(staging.pins.is_empty(), "the pin is for prod");
    let place = &prod.positions["users.monthly_active"];
    assert_eq!((place.file.as_str(), place.line, place.column), ("loadpath.yaml", 9, 19));
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
    let (blueprint, _) = blueprint::load(Path::new("tests/blueprint/full.yaml"), &[], &defaults).unwrap_or_else(|f| panic!("{f}"));
    assert_eq!(blueprint.digest, good(FULL, &[]).digest);
    assert!(fs::metadata("tests/blueprint/full.yaml").is_ok());
}
