//! Monthly cost by component and environment.

use serde_json::{Value as Json, json};

use super::table::Table;
use crate::{
    ledger::{Quantity, show},
    pipeline::Plan,
};

/// Cost quantities of a sizing that are a component's: not the total nor what is derived from it.
fn components(plan: &Plan) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for quantity in plan.sizings.iter().flat_map(|sizing| sizing.ledger.iter()) {
        if let Some(name) = quantity.name.strip_prefix("cost.components.")
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    names
}

/// A table per cloud: a row per component, a column per environment.
pub fn text(plans: &[Plan], environments: &[&str], as_of: &str, width: usize) -> String {
    let mut out = String::new();
    for plan in plans {
        out.push_str(&format!(
            "{} {}    USD/month, prices of {as_of}\n\n",
            plan.cloud.name(),
            plan.region
        ));
        let mut table = Table::default();
        table.row(
            [String::new()]
                .into_iter()
                .chain(environments.iter().map(|name| (*name).to_owned())),
        );
        let mut row = |title: &str, quantity: &str| {
            let cell = |ledger: &crate::ledger::Ledger| {
                ledger
                    .get(quantity)
                    .map_or("-".to_owned(), |found| show(found.number()))
            };
            let cells: Vec<String> = plan
                .sizings
                .iter()
                .map(|sizing| cell(&sizing.ledger))
                .collect();
            table.row([title.to_owned()].into_iter().chain(cells));
        };
        for component in components(plan) {
            row(&component, &format!("cost.components.{component}"));
        }
        row("total", "cost.total");
        row("budget", "cost.budget");
        row("per 1 000 monthly users", "cost.per_1000_users");
        row("per million requests", "cost.per_million_requests");
        out.push_str(&table.render(2, width));
        out.push_str(&unknown(plan));
        out.push('\n');
    }
    out.push_str("Not included: tax, support plans, private discounts, people.\n");
    out
}

/// Prices that nobody sourced.
fn unknown(plan: &Plan) -> String {
    let Some(sizing) = plan.sizings.last() else {
        return String::new();
    };
    match sizing.ledger.get("cost.unknown") {
        Some(quantity) if !quantity.text().is_empty() => {
            format!("  price unknown, not in the total: {}\n", quantity.text())
        }
        _ => String::new(),
    }
}

/// The same for machines.
pub fn json(plans: &[Plan], environments: &[&str]) -> Json {
    let amount = |quantity: &Quantity| json!({ "usd_month": quantity.number(), "why": quantity.why, "grade": quantity.derivation.grade });
    let environment = |plan: &Plan, idx: usize| {
        let ledger = &plan.sizings[idx].ledger;
        let parts: serde_json::Map<String, Json> = components(plan)
            .into_iter()
            .filter_map(|name| {
                Some((
                    name.clone(),
                    amount(ledger.get(&format!("cost.components.{name}"))?),
                ))
            })
            .collect();
        json!({
            "environment": environments[idx],
            "components": parts,
            "total": ledger.get("cost.total").map(Quantity::number),
            "budget": ledger.get("cost.budget").map(Quantity::number),
        })
    };
    let plan = |plan: &Plan| {
        let all: Vec<Json> = (0..plan.sizings.len())
            .map(|idx| environment(plan, idx))
            .collect();
        json!({ "cloud": plan.cloud.name(), "region": plan.region, "currency": "USD", "environments": all })
    };
    plans.iter().map(plan).collect::<Vec<Json>>().into()
}
