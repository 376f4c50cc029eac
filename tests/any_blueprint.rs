//! Whatever a legal blueprint says, it is sized and rendered: no panic, no template that lacks a value, no text that its own
//! syntax does not read.

mod planned;
#[path = "planned/random.rs"]
mod random;

use loadpath::{
    blueprint::Cloud,
    catalog::Catalog,
    pipeline::{self, AllCommitted},
    render::{self, templates::Templates},
};
use planned::{architecture, try_parse};
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
    let architecture = architecture();
    let plans = pipeline::plan(&blueprint, &architecture, catalog, &AllCommitted::new())
        .map_err(|problems| format!("{problems:?}"))?;
    for plan in &plans {
        let tree = pipeline::render(&blueprint, &architecture, catalog, plan, "", templates)
            .map_err(|error| format!("{error:#}"))?;
        for (path, file) in &tree.files {
            render::verify(path, &file.text).map_err(|error| format!("{path}: {error:#}"))?;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn is_sized_and_rendered_without_a_panic(mut dice in random::dice()) {
        let catalog = Catalog::builtin();
        let templates = Templates::built_in();
        let text = random::blueprint(&mut dice, &|cloud| regions(&catalog, cloud));
        let done = std::panic::catch_unwind(|| is_sized_and_rendered(&text, &catalog, &templates));
        let done = done.unwrap_or_else(|panic| Err(message(&panic)));
        prop_assert!(done.is_ok(), "{}\n{text}", done.unwrap_err());
    }
}

/// A few on every run; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(40)
}

fn message(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic".to_owned())
}
