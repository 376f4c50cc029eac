//! What is known of the sizes before where only the lock of the last run is: what it keeps for the next one.

use serde_json::json;

use super::{Builder, Changed, Place, moves};
use crate::{
    ledger::{Quantity, Value},
    sizing::{Committed, Sizing},
};

impl Builder<'_> {
    /// Compares what the lock keeps of an environment with its sizing now.
    pub(super) fn committed(&mut self, place: &Place<'_>, before: &Committed, after: &Sizing) {
        let changed = changed(before, after);
        let moves = before
            .shard_map
            .as_ref()
            .map_or_else(Vec::new, |map| moves(map, after));
        if changed.is_empty() && moves.is_empty() {
            return;
        }
        self.difference.differs = true;
        let cost = after.ledger.get("cost.total").map(Quantity::number);
        self.facts.push(json!({
            "cloud": place.cloud,
            "environment": place.environment,
            "quantities": changed.iter().map(Changed::fact).collect::<Vec<_>>(),
            "cost": { "usd_month": [null, cost], "components": {} },
            "moves": moves,
        }));
        if place.is_primary {
            self.line(&place.name(), &format!("**{}**\n", place.name()));
            self.changed(&changed);
            self.moves(place, &moves);
        }
    }
}

fn changed(before: &Committed, after: &Sizing) -> Vec<Changed> {
    let numbers = before.numbers.iter();
    let numbers = numbers.map(|(name, number)| (name, Value::Number(*number)));
    let texts = before.texts.iter();
    let texts = texts.map(|(name, text)| (name, Value::Text(text.clone())));
    let all = numbers.chain(texts).filter_map(|(name, value)| {
        let Some(now) = after.ledger.get(name) else {
            return Some(Changed {
                name: name.clone(),
                before: plain(&value),
                after: "none".to_owned(),
                why: String::new(),
                numbers: None,
            });
        };
        // As the same quantity would be shown with the other value.
        let then = Quantity {
            value,
            ..now.clone()
        };
        let number = |quantity: &Quantity| match quantity.value {
            Value::Number(number) => Some(number),
            Value::Text(_) | Value::Flag(_) => None,
        };
        (then.shown() != now.shown()).then(|| Changed {
            name: name.clone(),
            before: then.shown(),
            after: now.shown(),
            why: now.why.clone(),
            numbers: number(&then).zip(number(now)),
        })
    });
    all.collect()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Number(number) => crate::ledger::show(*number),
        Value::Text(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
    }
}
