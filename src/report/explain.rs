//! The derivation of a quantity as a tree: from its value down to what the blueprint states and the model assumes.

use serde_json::{Value as Json, json};

use crate::{
    ledger::{Ledger, Origin, Quantity},
    report::value,
};

/// How deep a tree goes; derivations are never circular, but a reader has an end.
const DEPTH: usize = 12;

/// The tree of one quantity.
pub fn tree(ledger: &Ledger, name: &str, environment: &str) -> Option<String> {
    let quantity = ledger.get(name)?;
    let mut text = format!("{name} = {}", value(quantity));
    let section = quantity.derivation.section;
    let place = if section.is_empty() {
        environment.to_owned()
    } else {
        format!("{environment} · capacity model {section}")
    };
    text.push_str(&format!("    {place}\n"));
    if !quantity.why.is_empty() {
        text.push_str(&format!("   {}\n", quantity.why));
    }
    pinned(quantity, &mut text);
    if !quantity.derivation.formula.is_empty() {
        text.push_str(&format!("└─ {}\n", quantity.derivation.formula));
    }
    branches(ledger, quantity, "   ", 1, &mut text);
    for rejected in &quantity.derivation.rejected {
        text.push_str(&format!("not {}: {}\n", rejected.what, rejected.why));
    }
    Some(text)
}

fn pinned(quantity: &Quantity, text: &mut String) {
    if let Some(pinned) = &quantity.pinned {
        let computed = Quantity {
            value: pinned.computed.clone(),
            pinned: None,
            ..quantity.clone()
        };
        text.push_str(&format!(
            "   pinned: {}; the model computed {}\n",
            pinned.reason,
            value(&computed)
        ));
    }
}

fn branches(ledger: &Ledger, quantity: &Quantity, indent: &str, depth: usize, text: &mut String) {
    let inputs: Vec<&Quantity> = quantity
        .derivation
        .inputs
        .iter()
        .filter_map(|name| ledger.get(name))
        .collect();
    for (idx, input) in inputs.iter().enumerate() {
        let last = idx + 1 == inputs.len();
        let decides = quantity.derivation.decides.as_deref() == Some(input.name.as_str());
        let mark = if decides { "  ◀ decides" } else { "" };
        let (branch, next) = if last {
            ("└─", "   ")
        } else {
            ("├─", "│  ")
        };
        text.push_str(&format!(
            "{indent}{branch} {} = {}{}{mark}\n",
            input.name,
            value(input),
            because(input)
        ));
        if depth < DEPTH {
            branches(ledger, input, &format!("{indent}{next}"), depth + 1, text);
        }
    }
}

/// Where a value comes from, behind it on its line.
fn because(quantity: &Quantity) -> String {
    let grade = quantity
        .derivation
        .grade
        .map(|grade| format!(" ({grade:?})"))
        .unwrap_or_default();
    match &quantity.derivation.origin {
        Origin::Stated(place) => format!("    stated, {place}"),
        Origin::Assumed(source) => format!("    assumed{grade}: {source}"),
        Origin::Catalog(source) => format!("    catalog{grade}: {source}"),
        Origin::Computed if quantity.why.is_empty() => String::new(),
        Origin::Computed => format!("    {}", quantity.why),
    }
}

/// The same for machines.
pub fn json(ledger: &Ledger, name: &str) -> Option<Json> {
    let quantity = ledger.get(name)?;
    let inputs: Vec<Json> = quantity
        .derivation
        .inputs
        .iter()
        .filter_map(|input| json(ledger, input))
        .collect();
    let (origin, source) = match &quantity.derivation.origin {
        Origin::Computed => ("computed", None),
        Origin::Stated(place) => ("stated", Some(place)),
        Origin::Assumed(source) => ("assumed", Some(source)),
        Origin::Catalog(source) => ("catalog", Some(source)),
    };
    Some(json!({
        "name": quantity.name,
        "value": quantity.value,
        "unit": quantity.unit.suffix().trim(),
        "why": quantity.why,
        "formula": quantity.derivation.formula,
        "section": quantity.derivation.section,
        "origin": origin,
        "source": source,
        "grade": quantity.derivation.grade,
        "decides": quantity.derivation.decides,
        "rejected": quantity.derivation.rejected,
        "pinned": quantity.pinned,
        "inputs": inputs,
    }))
}
