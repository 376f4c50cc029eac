//! Whatever a legal blueprint says, it is sized and rendered: no panic, no template that lacks a value, no text that its own
//! syntax does not read.

mod planned;
#[path = "planned/random.rs"]
mod random;

use loadpath::{
    catalog::Catalog,
    pipeline::{self, AllCommitted},
    render::{self, templates::Templates},
};
use planned::{architecture, parse, size, try_parse};
use proptest::prelude::*;

/// Every region of a cloud.
fn regions(catalog: &Catalog, cloud: &str) -> Vec<String> {
    let name = format!("{cloud}.regions");
    let table = catalog
        .tables()
        .find(|table| table.name == name)
        .expect("every cloud has regions");
    let rows = table.text.lines().filter(|line| !line.starts_with('#'));
    rows.skip(1)
        .filter_map(|row| row.split('\t').next())
        .map(str::to_owned)
        .collect()
}

fn is_sized_and_rendered(
    text: &str,
    catalog: &Catalog,
    templates: &Templates,
) -> Result<(), String> {
    let blueprint = try_parse(text)?;
    let architecture = architecture(text);
    let planned = pipeline::plan(&blueprint, &architecture, catalog, &AllCommitted::new());
    let plans = match planned {
        Ok(plans) => plans,
        // A few regions lack what every cluster needs; that is said, and is the end of it.
        Err(problems) if problems.iter().all(|problem| problem.path == "region") => return Ok(()),
        Err(problems) => {
            return match planned::without_refused_pins(text, &problems) {
                Some(text) => is_sized_and_rendered(&text, catalog, templates),
                None => Err(format!("{problems:?}")),
            };
        }
    };
    let source = pipeline::Source {
        blueprint: &blueprint,
        architecture: &architecture,
        catalog,
        templates,
        folder: "",
    };
    let tree = pipeline::render(&source, &plans).map_err(|error| format!("{error:#}"))?;
    for (path, file) in &tree.files {
        render::verify(path, &file.text).map_err(|error| format!("{path}: {error:#}"))?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 300, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(20), ..ProptestConfig::default() })]

    #[test]
    fn is_sized_and_rendered_without_a_panic(mut dice in random::dice()) {
        let catalog = Catalog::builtin();
        let templates = Templates::built_in();
        let text = random::blueprint(&mut dice, &|cloud| regions(&catalog, cloud));
        let done = std::panic::catch_unwind(|| is_sized_and_rendered(&text, &catalog, &templates));
        let done = done.unwrap_or_else(|panic| Err(message(&panic)));
        if let Err(error) = done {
            prop_assert!(false, "{error}\n{text}");
        }
    }
}

/// Everything that there is, so that there is every quantity.
const WHOLE: &str = "version: 1
name: quantum
architecture: sharded-kubernetes
cloud: gcp
users: { monthly_active: 20M, growth: 10 %/month }
traffic: { surge: { factor: 3x, ramp: 5 min } }
services:
  - { name: api, kind: http, runtime: go }
  - { name: job, kind: worker, topic: tasks, inference: true }
inference: { parameters: 8B, bits: 8, tokens_per_job: 800, gpu: l4 }
data: { size: 9 TiB }
platform: { spot: 50 % }
environments: { live: { scale: 100 % } }
";

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 30, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(20), ..ProptestConfig::default() })]

    /// Zero, next to nothing, far too much, another kind: a pin is taken, or refused by its name.
    #[test]
    fn any_quantity_takes_any_pin(which in any::<prop::sample::Index>(), value in prop::sample::select(vec!["0", "0.000001", "2", "1000000000000", "word", "true"])) {
        let catalog = Catalog::builtin();
        let names: Vec<String> = size(WHOLE).ledger.names().map(str::to_owned).collect();
        let name = which.get(&names);
        let text = format!("{WHOLE}pins: {{ {name}: {{ value: {value}, reason: trial }} }}\n");
        let blueprint = parse(&text);
        let planned = std::panic::catch_unwind(|| pipeline::plan(&blueprint, &architecture(&text), &catalog, &AllCommitted::new()));
        let planned = planned.map_err(|panic| TestCaseError::fail(format!("{name}: {value}: {}", message(&panic))))?;
        let (taken, said) = match planned {
            Ok(plans) => (plans[0].sizings[0].ledger.get(name).is_some_and(|quantity| quantity.pinned.is_some()), false),
            Err(problems) => (false, problems.iter().all(|problem| problem.path == format!("pins.{name}"))),
        };
        prop_assert!(taken || said, "{name}: {value} is neither taken nor refused");
    }
}

/// A few on every run; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(16)
}

fn message(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic".to_owned())
}
