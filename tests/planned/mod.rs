//! Blueprints written in a test, planned without a disk.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by tests that each use a part"
)]

use loadpath::{
    blueprint::{self, Blueprint, Problem},
    catalog::Catalog,
    compose::architecture::{self, Architecture},
    ledger::Value,
    pipeline::{self, AllCommitted, Plan},
    sizing::Sizing,
};
use tempfile::TempDir;

/// The architecture that a blueprint names, else the one that sizing is mostly tried with; its services are merged under
/// those of a test by name.
pub fn architecture(text: &str) -> Architecture {
    let named = text
        .lines()
        .find_map(|line| line.strip_prefix("architecture:"))
        .map_or("sharded-kubernetes", str::trim);
    architecture::find(named).expect("it is built in")
}

/// Parses a blueprint, and names every problem where there is one.
pub fn parse(text: &str) -> Blueprint {
    match try_parse(text) {
        Ok(blueprint) => blueprint,
        Err(problems) => panic!("{problems}\nin\n{text}"),
    }
}

/// Parses a blueprint, or gives its problems as one text.
pub fn try_parse(text: &str) -> Result<Blueprint, String> {
    let architecture = architecture(text);
    let fragment = |id: &str| (id == architecture.id).then(|| architecture.fragment());
    match blueprint::parse(text, "loadpath.yaml", &[], &fragment) {
        Ok((mut blueprint, _)) => {
            if blueprint.clouds.is_empty() {
                blueprint.clouds.push(architecture.default_cloud);
            }
            Ok(blueprint)
        }
        Err(failure) => Err(failure
            .problems
            .iter()
            .map(|problem| format!("{}: {}", problem.path, problem.message))
            .collect::<Vec<_>>()
            .join("\n")),
    }
}

/// The text without the pins that planning refused, each on a line of its own; none where something else is wrong.
pub fn without_refused_pins(text: &str, problems: &[Problem]) -> Option<String> {
    let is_refused = |line: &str| {
        let name = line
            .trim_start()
            .split_once(": ")
            .map_or("", |(name, _)| name);
        let path = format!("pins.{name}");
        problems.iter().any(|problem| problem.path == path)
    };
    let kept: Vec<&str> = text.lines().filter(|line| !is_refused(line)).collect();
    let all_are_pins = text.lines().count() - kept.len() == problems.len();
    let kept = kept.join("\n") + "\n";
    all_are_pins.then(|| kept.trim_end_matches("pins:\n").to_owned())
}

/// Plans a blueprint with these facts, over what was committed; a pin that is refused is left out.
pub fn plan_as_far_as_it_goes(text: &str, catalog: &Catalog) -> Vec<Plan> {
    match pipeline::plan(
        &parse(text),
        &architecture(text),
        catalog,
        &AllCommitted::new(),
    ) {
        Ok(plans) => plans,
        Err(problems) => match without_refused_pins(text, &problems) {
            Some(text) => plan_as_far_as_it_goes(&text, catalog),
            None => panic!("{problems:?}\nin\n{text}"),
        },
    }
}

/// Plans a blueprint with these facts, over what was committed.
pub fn plan_with(text: &str, catalog: &Catalog, committed: &AllCommitted) -> Vec<Plan> {
    match pipeline::plan(&parse(text), &architecture(text), catalog, committed) {
        Ok(plans) => plans,
        Err(problems) => panic!("{problems:?}\nin\n{text}"),
    }
}

/// The primary environment of the first cloud.
pub fn size(text: &str) -> Sizing {
    size_with(text, &Catalog::builtin())
}

/// As [`size`], with these facts.
pub fn size_with(text: &str, catalog: &Catalog) -> Sizing {
    plan_with(text, catalog, &AllCommitted::new())
        .swap_remove(0)
        .sizings
        .pop()
        .expect("a blueprint has an environment")
}

/// The built-in facts with other values of these constants.
pub fn catalog_with(constants: &[(&str, f64)]) -> Catalog {
    let built_in = Catalog::builtin();
    let table = built_in
        .tables()
        .find(|table| table.name == "constants")
        .expect("the constants are a table");
    let line = |line: &str| {
        let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        if let Some((_, value)) = constants.iter().find(|(id, _)| *id == cells[0]) {
            cells[1] = value.to_string();
        }
        cells.join("\t") + "\n"
    };
    for (id, _) in constants {
        assert!(
            table.text.contains(&format!("\n{id}\t")),
            "no constant {id}"
        );
    }
    let text: String = table.text.lines().map(line).collect();
    let directory = TempDir::new().expect("a folder for the test");
    std::fs::write(directory.path().join("constants.tsv"), text).expect("it can be written");
    Catalog::load(directory.path()).expect("the table has only other values")
}

/// The number of a quantity, with its load path where it is missing.
pub fn number(sizing: &Sizing, name: &str) -> f64 {
    match sizing.ledger.get(name) {
        Some(quantity) => match quantity.value {
            Value::Number(number) => number,
            Value::Flag(flag) => f64::from(u8::from(flag)),
            Value::Text(_) => panic!("{name} is a text"),
        },
        None => panic!("no quantity {name}"),
    }
}
