//! A forecast that is a little smaller changes no decision, unless `--exact` or the catalog's band says so.

mod support;

use std::{collections::BTreeMap, fs};

use support::{Outcome, Test};

const EXAMPLE: &str = include_str!("../blueprints/sharded-kubernetes.yaml");
const CONSTANTS: &str = include_str!("../catalog/constants.tsv");

/// The example generated, and then asked for a little less.
fn with_a_smaller_forecast() -> Outcome {
    let outcome = Test::new()
        .file("loadpath.yaml", EXAMPLE)
        .args(["generate", "-q", "--only", "terraform"])
        .any_stderr()
        .run();
    let text = EXAMPLE.replace("peak_concurrent: 50k", "peak_concurrent: 49k");
    assert_ne!(text, EXAMPLE);
    fs::write(outcome.path().join("loadpath.yaml"), text).expect("ours");
    outcome
}

/// Numbers of the lock that decide about machines and counts, of the environment where they matter most.
fn committed(outcome: &Outcome) -> BTreeMap<String, String> {
    let lock = outcome
        .read(".loadpath/lock.json")
        .expect("it was generated");
    let lock: serde_json::Value = serde_json::from_str(&lock).expect("it is JSON");
    let environments = lock["environments"].as_object().expect("a map");
    let (_, prod) = environments
        .iter()
        .find(|(name, _)| name.ends_with("/prod"))
        .expect("there is a prod");
    let quantities = prod["quantities"].as_object().expect("a map");
    quantities
        .iter()
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect()
}

#[test]
fn exact_takes_every_number_as_it_is_computed() {
    let outcome = with_a_smaller_forecast();
    let before = committed(&outcome);
    let generate = |outcome: Outcome, more: &[&str]| {
        outcome
            .then()
            .args(["generate", "-q", "--only", "terraform"])
            .args(more.iter().copied())
            .any_stderr()
            .run()
    };
    let kept = generate(outcome, &[]);
    assert_eq!(committed(&kept), before, "a little less changes nothing");
    let exact = generate(kept, &["--exact"]);
    let numbers = committed(&exact);
    assert_ne!(numbers, before);
    // What was taken exactly is what is committed from now on.
    let files = exact.files();
    let again = generate(exact, &[]);
    let mut differing = again.files();
    differing.retain(|path, bytes| files.get(path) != Some(bytes));
    let differing: Vec<&String> = differing.keys().collect();
    assert!(differing.is_empty(), "{differing:?} changed again");
    // The band is a constant of the catalog, which a company may have its own of.
    let (row, narrow) = ("keep.band\t0.1\t", "keep.band\t0\t");
    assert!(CONSTANTS.contains(row));
    let outcome = with_a_smaller_forecast();
    fs::create_dir(outcome.path().join("catalog")).expect("ours");
    fs::write(
        outcome.path().join("catalog/constants.tsv"),
        CONSTANTS.replace(row, narrow),
    )
    .expect("ours");
    let own = generate(outcome, &["--catalog", "catalog"]);
    assert_eq!(committed(&own), numbers);
}
