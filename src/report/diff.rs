//! What a change means: demand, sizes, cost, Terraform addresses with their risk, data to move, objectives, quotas, budget.
//!
//! Comes in: two [`Side`]s of a project. Goes out: a [`Section`] whose findings are what a reviewer has to decide on.

mod committed;
mod forbidden;
mod terraform;

pub use self::forbidden::Forbidden;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::{
    finding::{Finding, Severity},
    format::Section,
    size::{self, Running},
};
use crate::{
    ledger::{self, Ledger, Quantity, show},
    pipeline::{self, AllCommitted, Plan},
    sharding::map::ShardMap,
    sizing::Sizing,
};

/// Quantities of an environment, and moved addresses of a root, that are listed before they are only counted.
const LISTED: usize = 30;

/// A project as it is or was.
#[derive(Clone, Debug, Default)]
pub struct Side<'a> {
    /// Its plans; none where only its files are known.
    pub plans: Option<&'a [Plan]>,
    /// Names of its environments, in the order of the sizings.
    pub environments: Vec<String>,
    /// Its files by path, as they are rendered.
    pub files: BTreeMap<&'a str, &'a str>,
    /// What its lock keeps of the sizes, by cloud and environment: all that is known where there are no plans.
    pub committed: Option<&'a AllCommitted>,
    /// Its Terraform by path, with the edits of people; none where that is not known.
    pub edited: Option<BTreeMap<&'a str, &'a str>>,
}

/// What was found, and what of it is forbidden.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// For every format; the caller names project, folder and blueprint.
    pub section: Section,
    /// Whether anything differs.
    pub differs: bool,
    /// Whether a forbidden risk was found.
    pub is_risk_forbidden: bool,
    /// Whether the cost is forbidden.
    pub is_cost_forbidden: bool,
}

/// Compares two sides.
pub fn compare(before: &Side<'_>, after: &Side<'_>, forbidden: &[Forbidden]) -> Difference {
    let mut builder = Builder {
        forbidden,
        difference: Difference::default(),
        facts: Vec::new(),
    };
    let before_plans = before.plans.unwrap_or_default();
    for plan in after.plans.unwrap_or_default() {
        let then = before_plans.iter().find(|then| then.cloud == plan.cloud);
        for (idx, name) in after.environments.iter().enumerate().rev() {
            let place = before.environments.iter().position(|then| then == name);
            let sizing = &plan.sizings[idx];
            let then = place.and_then(|place| then.map(|then| &then.sizings[place]));
            let place = Place {
                cloud: plan.cloud.name(),
                environment: name,
                is_primary: idx + 1 == after.environments.len(),
            };
            match (before.plans, before.committed) {
                (None, Some(committed)) => {
                    let key = pipeline::committed_key(plan.cloud, name);
                    if let Some(committed) = committed.get(&key) {
                        builder.committed(&place, committed, sizing);
                    }
                }
                _ => builder.environment(&place, then, sizing),
            }
        }
    }
    builder.terraform(before, after);
    builder.finish(before)
}

struct Place<'a> {
    cloud: &'a str,
    environment: &'a str,
    is_primary: bool,
}

impl Place<'_> {
    fn name(&self) -> String {
        format!("{} on {}", self.environment, self.cloud)
    }
}

struct Builder<'a> {
    forbidden: &'a [Forbidden],
    difference: Difference,
    facts: Vec<Json>,
}

impl Builder<'_> {
    fn line(&mut self, text: &str, markdown: &str) {
        self.difference.section.text.push_str(&format!("{text}\n"));
        self.difference
            .section
            .markdown
            .push_str(&format!("{markdown}\n"));
    }

    /// Adds a finding; an error where it is forbidden.
    fn find(&mut self, finding: Finding) {
        let rule = self
            .forbidden
            .iter()
            .find(|rule| matches!(rule, Forbidden::Finding(code) if *code == finding.code));
        self.find_by(finding, rule.cloned());
    }

    fn find_by(&mut self, mut finding: Finding, rule: Option<Forbidden>) {
        if let Some(rule) = rule {
            finding.severity = Severity::Error;
            if rule.is_cost() {
                self.difference.is_cost_forbidden = true;
            } else {
                self.difference.is_risk_forbidden = true;
            }
        }
        self.difference.section.findings.push(finding);
    }

    fn environment(&mut self, place: &Place<'_>, before: Option<&Sizing>, after: &Sizing) {
        let Some(before) = before else {
            return;
        };
        let changed = changed(before, after);
        let (then, now) = (
            before.ledger.get("cost.total").map(Quantity::number),
            after.ledger.get("cost.total").map(Quantity::number),
        );
        if changed.is_empty() && then == now {
            return;
        }
        self.difference.differs = true;
        self.facts.push(facts(place, &changed, before, after));
        if place.is_primary {
            self.sizes(place, before, after, &changed);
        }
        self.cost(place, before, after);
        self.findings(place, before, after);
    }

    fn sizes(&mut self, place: &Place<'_>, before: &Sizing, after: &Sizing, changed: &[Changed]) {
        self.line(&place.name(), &format!("**{}**\n", place.name()));
        for one in size::running(after) {
            if let Some(text) = count_sentence(&one, &before.ledger, &after.ledger) {
                self.line(&format!("  {text}"), &format!("- {text}"));
            }
        }
        self.changed(changed);
        self.moves(place, &moves(&before.shard_map, after));
    }

    fn changed(&mut self, changed: &[Changed]) {
        for change in changed.iter().take(LISTED) {
            let why = match change.why.as_str() {
                "" => String::new(),
                why => format!("        {why}"),
            };
            self.line(
                &format!(
                    "  {} {} → {}{why}",
                    change.name, change.before, change.after
                ),
                &format!("- `{}` {} → {}", change.name, change.before, change.after),
            );
        }
        if changed.len() > LISTED {
            let text = format!("{} more quantities", changed.len() - LISTED);
            self.line(&format!("  {text}"), &format!("- {text}"));
        }
    }

    fn moves(&mut self, place: &Place<'_>, moves: &[String]) {
        for text in moves {
            self.line(&format!("  {text}"), &format!("- {text}"));
            let finding =
                Finding::new(Severity::Warning, "data-move", text.as_str()).about(place.name());
            self.find(finding);
        }
    }

    fn cost(&mut self, place: &Place<'_>, before: &Sizing, after: &Sizing) {
        let of = |sizing: &Sizing, name: &str| sizing.ledger.get(name).map(Quantity::number);
        let (Some(then), Some(now)) = (of(before, "cost.total"), of(after, "cost.total")) else {
            return;
        };
        if (now - then).abs() >= 0.5 {
            let share = if then > 0.0 {
                (now - then) / then * 100.0
            } else {
                0.0
            };
            let mut text = format!(
                "cost of {} {} → {} USD/month ({share:+.1} %)",
                place.environment,
                show(then),
                show(now)
            );
            let parts = parts(before, after);
            if place.is_primary && !parts.is_empty() {
                text.push_str(&format!(": {}", parts.join(", ")));
            }
            self.line(&format!("  {text}"), &format!("- {text}"));
            let million = "cost.per_million_requests";
            if let (true, Some(then), Some(now)) =
                (place.is_primary, of(before, million), of(after, million))
            {
                let text = format!(
                    "cost of 1 000 requests {:.4} → {:.4} USD",
                    then / 1e3,
                    now / 1e3
                );
                self.line(&format!("  {text}"), &format!("- {text}"));
            }
            let rule = self.forbidden.iter().find(|rule| match rule {
                Forbidden::CostShare(most) => share > *most,
                Forbidden::Cost(most) => now - then > *most,
                Forbidden::Risk(_) | Forbidden::Finding(_) => false,
            });
            if let Some(rule) = rule.cloned() {
                let finding = Finding::new(Severity::Error, "cost", text).about(place.name());
                self.find_by(finding, Some(rule));
            }
        }
        let over = |sizing: &Sizing| {
            let budget = of(sizing, "cost.budget")?;
            let total = of(sizing, "cost.total")?;
            let floor = of(sizing, "cost.floor").unwrap_or(0.0);
            (total > budget && budget >= floor).then_some((total, budget))
        };
        if let Some((total, budget)) = over(after) {
            let before = if over(before).is_some() {
                ", and did before"
            } else {
                ""
            };
            let text = format!(
                "costs {} USD/month, the budget is {}{before}",
                show(total),
                show(budget)
            );
            self.find(Finding::new(Severity::Warning, "over-budget", text).about(place.name()));
        }
    }

    /// Objectives and quotas that held before and do not now.
    fn findings(&mut self, place: &Place<'_>, before: &Sizing, after: &Sizing) {
        let known: BTreeSet<&str> = before
            .remarks
            .iter()
            .map(|remark| remark.path.as_str())
            .collect();
        for remark in &after.remarks {
            if !known.contains(remark.path.as_str()) {
                let text = format!("{}: {}", remark.path, remark.text);
                self.find(Finding::new(Severity::Warning, "objective", text).about(place.name()));
            }
        }
        let exceeded = |sizing: &Sizing, id: &str| {
            let number = |part: &str| {
                sizing
                    .ledger
                    .get(&format!("quotas.{id}.{part}"))
                    .map(Quantity::number)
            };
            let (need, default) = (number("need")?, number("default")?);
            (need > default).then_some((need, default))
        };
        for quota in &after.quotas {
            if let (Some((need, default)), None) =
                (exceeded(after, &quota.id), exceeded(before, &quota.id))
            {
                let text = format!(
                    "needs {} of {}, a new account has {}",
                    show(need),
                    quota.title,
                    show(default)
                );
                let about = format!("{}: {}", place.name(), quota.id);
                self.find(Finding::new(Severity::Warning, "quota", text).about(about));
            }
        }
    }

    fn finish(self, before: &Side<'_>) -> Difference {
        let mut difference = self.difference;
        let worst = difference
            .section
            .findings
            .iter()
            .map(|finding| finding.severity)
            .max();
        difference
            .section
            .findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        difference.section.summary = match (difference.differs, worst) {
            (false, _) => "nothing changes".to_owned(),
            (true, None) => "changes, and nothing of it is at risk".to_owned(),
            (true, Some(_)) => format!("{} to decide on", difference.section.findings.len()),
        };
        if before.plans.is_none() {
            let note = "of before are known here what was generated and the sizes that the lock keeps, not cost and edits: --against REVISION knows all";
            difference.section.more = Some(note.to_owned());
        }
        difference.section.facts = Map::from_iter([
            ("differs".to_owned(), json!(difference.differs)),
            (
                "environments".to_owned(),
                Json::from(by_kind(&self.facts, "quantities")),
            ),
            (
                "terraform".to_owned(),
                Json::from(by_kind(&self.facts, "changes")),
            ),
        ]);
        difference
    }
}

fn by_kind(facts: &[Json], key: &str) -> Vec<Json> {
    facts
        .iter()
        .filter(|fact| fact.get(key).is_some())
        .cloned()
        .collect()
}

/// A quantity with its two values.
struct Changed {
    name: String,
    before: String,
    after: String,
    why: String,
    numbers: Option<(f64, f64)>,
}

impl Changed {
    fn fact(&self) -> Json {
        json!({
            "name": self.name,
            "before": self.before,
            "after": self.after,
            "numbers": self.numbers.map(|(then, now)| [then, now]),
            "why": self.why,
        })
    }
}

/// What a reader asks for first and is another now; the counts of pods have a sentence of their own.
fn changed(before: &Sizing, after: &Sizing) -> Vec<Changed> {
    let mut names: Vec<String> = Vec::new();
    for (_, rows) in size::tiers(after).into_iter().chain(size::tiers(before)) {
        for name in rows {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let shown =
        |ledger: &Ledger, name: &str| ledger.get(name).map_or("none".to_owned(), Quantity::shown);
    let number = |ledger: &Ledger, name: &str| match ledger.get(name)?.value {
        ledger::Value::Number(number) => Some(number),
        ledger::Value::Text(_) | ledger::Value::Flag(_) => None,
    };
    names
        .into_iter()
        .map(|name| Changed {
            before: shown(&before.ledger, &name),
            after: shown(&after.ledger, &name),
            why: after
                .ledger
                .get(&name)
                .map_or_else(String::new, |now| now.why.clone()),
            numbers: number(&before.ledger, &name).zip(number(&after.ledger, &name)),
            name,
        })
        .filter(|change| change.before != change.after)
        .collect()
}

/// `api 6 → 9 pods: 2 100 requests/s × 12 ms → 3 150 requests/s × 12 ms`.
fn count_sentence(one: &Running<'_>, before: &Ledger, after: &Ledger) -> Option<String> {
    let Running { service, noun, .. } = one;
    let name = format!("{service}.replicas.max");
    let (then, now) = (before.get(&name)?, after.get(&name)?);
    if then.number() == now.number() {
        return None;
    }
    let load = format!("{service}.load");
    let why = match (before.get(&load), after.get(&load)) {
        (Some(then), Some(now)) if then.why != now.why => format!("{} → {}", then.why, now.why),
        _ => now.why.clone(),
    };
    Some(format!(
        "{service} {} → {} {noun}: {why}",
        show(then.number()),
        show(now.number())
    ))
}

/// What each component costs more or less, the largest first.
fn parts(before: &Sizing, after: &Sizing) -> Vec<String> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for sizing in [before, after] {
        let components = sizing.ledger.iter().map(|quantity| quantity.name.as_str());
        names.extend(components.filter(|name| name.starts_with("cost.components.")));
    }
    let number =
        |sizing: &Sizing, name: &str| sizing.ledger.get(name).map_or(0.0, Quantity::number);
    let mut parts: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (number(after, name) - number(before, name), name))
        .filter(|(more, _)| more.abs() >= 0.5)
        .collect();
    parts.sort_by(|one, other| other.0.abs().total_cmp(&one.0.abs()));
    parts
        .into_iter()
        .map(|(more, name)| {
            let sign = if more < 0.0 { "−" } else { "+" };
            let name = name.trim_start_matches("cost.components.");
            format!("{name} {sign}{}", show(more.abs()))
        })
        .collect()
}

/// Buckets that change their shard, with what they hold at most and how long that takes to copy.
fn moves(before: &ShardMap, after: &Sizing) -> Vec<String> {
    let mut moves = Vec::new();
    for (name, keyspace) in &after.shard_map.keyspaces {
        let Some(then) = before.keyspaces.get(name) else {
            continue;
        };
        let owner = |shards: &[crate::sharding::map::Shard], bucket: u32| {
            shards
                .iter()
                .find(|shard| {
                    shard
                        .buckets
                        .iter()
                        .any(|(first, last)| (*first..=*last).contains(&bucket))
                })
                .map(|shard| shard.name.clone())
        };
        let last = keyspace
            .shards
            .iter()
            .flat_map(|shard| &shard.buckets)
            .map(|(_, last)| *last)
            .max();
        let Some(last) = last else {
            continue;
        };
        let all = f64::from(last) + 1.0;
        let moved = (0..=last)
            .filter(|bucket| {
                let then = owner(&then.shards, *bucket);
                then.is_some() && then != owner(&keyspace.shards, *bucket)
            })
            .count();
        if moved == 0 {
            continue;
        }
        #[allow(clippy::cast_precision_loss, reason = "a map has thousands of buckets")]
        let share = moved as f64 / all;
        let gib = after
            .ledger
            .get(&format!("database.{name}.data_gib"))
            .map(|data| data.number() * share);
        let rate = after.ledger.get("db.restore_mb_s").map(Quantity::number);
        let mut text = format!("data moves: {:.0} % of {name}", share * 100.0);
        if let Some(gib) = gib {
            text.push_str(&format!(", {} GiB at the horizon", show(gib)));
            if let Some(rate) = rate.filter(|rate| *rate > 0.0) {
                let hours = gib * 1_073.741_824 / rate / 3600.0;
                text.push_str(&format!(", about {} h at {} MB/s", show(hours), show(rate)));
            }
        }
        moves.push(text);
    }
    moves
}

fn facts(place: &Place<'_>, changed: &[Changed], before: &Sizing, after: &Sizing) -> Json {
    let quantities: Vec<Json> = changed.iter().map(Changed::fact).collect();
    let number = |sizing: &Sizing, name: &str| sizing.ledger.get(name).map(Quantity::number);
    let names: BTreeSet<&str> = [before, after]
        .iter()
        .flat_map(|sizing| sizing.ledger.iter())
        .filter_map(|quantity| quantity.name.strip_prefix("cost.components."))
        .collect();
    let components: Map<String, Json> = names
        .into_iter()
        .map(|name| {
            let full = format!("cost.components.{name}");
            (
                name.to_owned(),
                json!([number(before, &full), number(after, &full)]),
            )
        })
        .collect();
    json!({
        "cloud": place.cloud,
        "environment": place.environment,
        "quantities": quantities,
        "cost": {
            "usd_month": [number(before, "cost.total"), number(after, "cost.total")],
            "components": components,
        },
        "moves": moves(&before.shard_map, after),
    })
}
