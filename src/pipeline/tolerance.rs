//! Small changes of a forecast change nothing that is decided: choices and sizes of the last run stay within a band.
//!
//! Comes in: what an earlier run committed. Goes out: a sizing in which a number that is now smaller by no more than the band (a tenth), and a
//! machine that now costs no more than that above the best one, is what it was. Promised: nothing is below what is
//! needed, no remark appears that would not without, and a person's pin goes before it.

use std::collections::BTreeMap;

use crate::{
    blueprint::{Pin, PinValue, Spec},
    cost,
    ledger::{Value, show},
    sizing::{self, Request, Sizing},
};

/// Constant: how far a committed value may be from the computed one, as a share of it.
const BAND: &str = "keep.band";

/// Whether a committed value stays within the band. What must never shrink or move stays anyway.
pub fn is_tolerant(name: &str) -> bool {
    let class =
        name.starts_with("database.") && name.ends_with(".class") && !name.contains(".nodes.");
    let machine = name.starts_with("cluster.pools.") && name.ends_with(".machine");
    class
        || machine
        || name.ends_with(".replicas.max")
        || matches!(name, "cache.node" | "cache.memory_gib")
}

/// Sizes and prices an environment, keeping what was committed where it is near enough.
pub(super) fn size(request: &Request<'_>) -> Sizing {
    let fresh = priced(request);
    let band = request.constants.get(BAND).value;
    let held = held(request, &fresh, band);
    if held.is_empty() {
        return fresh;
    }
    let with = |held: &BTreeMap<String, Pin>| {
        let mut spec: Spec = request.spec.clone();
        spec.pins.extend(held.clone());
        priced(&Request {
            spec: &spec,
            ..*request
        })
    };
    let all = with(&held);
    if is_near(&fresh, &all, band, held.keys()) {
        return all;
    }
    // Not all together: each by itself.
    let mut kept = BTreeMap::new();
    for (name, pin) in held {
        kept.insert(name.clone(), pin);
        if !is_near(&fresh, &with(&kept), band, kept.keys()) {
            kept.remove(&name);
        }
    }
    if kept.is_empty() { fresh } else { with(&kept) }
}

fn priced(request: &Request<'_>) -> Sizing {
    let mut sizing = sizing::size(request);
    cost::price(&mut sizing, request);
    sizing
}

/// Committed values that are not what is computed now and may yet stay, as pins.
fn held(request: &Request<'_>, fresh: &Sizing, band: f64) -> BTreeMap<String, Pin> {
    let mut held = BTreeMap::new();
    let mut hold = |name: &String, value: PinValue, written: String| {
        let reason = format!(
            "kept from the last run, within {} of what is computed now; generate --exact takes that",
            percent(band)
        );
        held.insert(
            name.clone(),
            Pin {
                value,
                written,
                reason,
            },
        );
    };
    let free = |name: &str| is_tolerant(name) && !request.spec.pins.contains_key(name);
    for (name, &committed) in request
        .committed
        .numbers
        .iter()
        .filter(|(name, _)| free(name))
    {
        if let Some(Value::Number(now)) = fresh.ledger.get(name).map(|quantity| &quantity.value)
            && committed > *now
            && committed <= now * (1.0 + band)
        {
            hold(name, PinValue::Number(committed), committed.to_string());
        }
    }
    for (name, committed) in request
        .committed
        .texts
        .iter()
        .filter(|(name, _)| free(name))
    {
        if let Some(Value::Text(now)) = fresh.ledger.get(name).map(|quantity| &quantity.value)
            && now != committed
        {
            hold(name, PinValue::Text(committed.clone()), committed.clone());
        }
    }
    held
}

fn percent(share: f64) -> String {
    format!("{} %", show(share * 100.0))
}

/// Whether a sizing with kept values needs no more remarks, holds what is asked of it, and costs no more than the band above in every
/// component.
fn is_near<'n>(
    fresh: &Sizing,
    kept: &Sizing,
    band: f64,
    mut names: impl Iterator<Item = &'n String>,
) -> bool {
    let number =
        |sizing: &Sizing, name: &str| match sizing.ledger.get(name).map(|quantity| &quantity.value)
        {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        };
    let is_able = |name: &String| {
        let Some(prefix) = name.strip_suffix(".class") else {
            return true;
        };
        let at_least = |item: &str, needed: &str| {
            let (has, wants) = (
                number(kept, &format!("{prefix}.{item}")),
                number(kept, &format!("{prefix}.{needed}")),
            );
            has.zip(wants).is_none_or(|(has, wants)| has >= wants)
        };
        at_least("vcpu", "vcpu_needed") && at_least("ram_gib", "working_set_gib")
    };
    let costs = kept.ledger.iter().filter(|quantity| {
        quantity.name.starts_with("cost.components.") || quantity.name == "cost.total"
    });
    let is_cheap = costs.into_iter().all(|quantity| {
        let before = number(fresh, &quantity.name);
        number(kept, &quantity.name)
            .zip(before)
            .is_none_or(|(now, before)| now <= before * (1.0 + band) + 0.01)
    });
    kept.mistakes.len() <= fresh.mistakes.len()
        && kept.remarks.len() <= fresh.remarks.len()
        && kept.ledger.refused_pins().count() <= fresh.ledger.refused_pins().count()
        && is_cheap
        && names.all(is_able)
}
