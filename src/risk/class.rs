//! How hard a change is, from a table of the providers' and the services' own rules.

use std::{cmp::Ordering, collections::BTreeMap, sync::LazyLock};

use super::Instance;
use crate::syntax::hcl::Value;

/// What a change does to what runs, from the easiest to the hardest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Nothing stops.
    InPlace,
    /// One member after the other is renewed.
    Rolling,
    /// It stops for a while, or fails over.
    Restart,
    /// Nobody knows: the table has no such type. It may be replaced, so it stands before that.
    Unknown,
    /// It goes and another one comes.
    Replace,
    /// Data has to move to another place.
    DataMoving,
    /// Data, or what cannot be made again, is lost; or there is no way back.
    Irreversible,
}

impl Class {
    /// All classes, the easiest first.
    pub const ALL: &[Self] = &[
        Self::InPlace,
        Self::Rolling,
        Self::Restart,
        Self::Unknown,
        Self::Replace,
        Self::DataMoving,
        Self::Irreversible,
    ];

    /// As people and machines write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::InPlace => "in-place",
            Self::Rolling => "rolling",
            Self::Restart => "restart",
            Self::Unknown => "unknown",
            Self::Replace => "replace",
            Self::DataMoving => "data-moving",
            Self::Irreversible => "irreversible",
        }
    }

    /// The class of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.name() == name)
    }
}

/// A class with where it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What happens.
    pub class: Class,
    /// Where that is said; empty where nothing is at risk.
    pub source: &'static str,
    /// How sure that is: A read in the provider's source, B recalled, C follows from what the resource holds; empty where nothing
    /// is said.
    pub grade: &'static str,
}

impl Verdict {
    /// Nothing stops.
    pub(super) const IN_PLACE: Self = Self {
        class: Class::InPlace,
        source: "",
        grade: "",
    };
    const UNKNOWN: Self = Self {
        class: Class::Unknown,
        source: "nothing is known of this type",
        grade: "",
    };
}

/// A row of the table.
struct Rule {
    verdict: Verdict,
    when: &'static str,
}

/// Grade of what was read in a provider's source.
const READ: &str = "A";

/// Rules by type and then by attribute; an attribute may have several.
type Table = BTreeMap<&'static str, BTreeMap<&'static str, Vec<Rule>>>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::new();
    for line in include_str!("replacement.tsv").lines() {
        let cells: Vec<&'static str> = line.split('\t').collect();
        let [kind, attribute, class, when, grade, source] = cells.as_slice() else {
            continue;
        };
        if let Some(class) = Class::of_name(class) {
            let rules = table.entry(kind).or_default().entry(attribute).or_default();
            let verdict = Verdict {
                class,
                source,
                grade,
            };
            rules.push(Rule { verdict, when });
        }
    }
    table
});

/// Whether the table has this type of resource. The classes of others are unknown.
pub fn is_known(kind: &str) -> bool {
    TABLE.contains_key(kind)
}

/// What removing a resource of this type does.
pub(super) fn of_removal(kind: &str) -> Verdict {
    let Some(attributes) = TABLE.get(kind) else {
        return Verdict::UNKNOWN;
    };
    let rule = attributes.get("-").and_then(|rules| rules.first());
    rule.map_or(Verdict::IN_PLACE, |rule| rule.verdict)
}

/// What the change of an attribute does.
pub fn classify(
    instance: &Instance,
    path: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Verdict {
    let Some(attributes) = TABLE.get(instance.kind.as_str()) else {
        return Verdict::UNKNOWN;
    };
    let change = Sides { before, after };
    let plain = without_indices(path);
    // The longest path that fits counts; `*` is shorter than any.
    let mut name = plain.as_str();
    loop {
        let rules = attributes.get(name).into_iter().flatten();
        // What a provider's source says of a block is about how many there are; what is in it has rows of its own.
        let is_inside = name != plain && name != "*" && before.is_some() && after.is_some();
        let fits = rules.filter(|rule| {
            !(is_inside && rule.verdict.grade == READ) && holds(rule.when, &change, instance)
        });
        if let Some(rule) = fits.max_by_key(|rule| rule.verdict.class) {
            return rule.verdict;
        }
        if attributes.contains_key(name) {
            return Verdict::IN_PLACE;
        }
        if name == plain
            && let Some(verdict) = of_parts(attributes, &plain)
        {
            return verdict;
        }
        match name.rsplit_once('.') {
            Some((shorter, _)) => name = shorter,
            None if name == "*" => return Verdict::IN_PLACE,
            None => name = "*",
        }
    }
}

/// The hardest of what the table says of the parts of an attribute that has no row of its own.
fn of_parts(attributes: &BTreeMap<&'static str, Vec<Rule>>, name: &str) -> Option<Verdict> {
    let parts = attributes.iter().filter(|(part, _)| {
        part.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.'))
    });
    let rules = parts.flat_map(|(_, rules)| rules);
    let verdicts = rules.map(|rule| rule.verdict);
    verdicts.max_by_key(|verdict| verdict.class)
}

/// `ingress[1].cidr` as the table has it: `ingress.cidr`. What stands in a map or a list belongs to its attribute.
fn without_indices(path: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0;
    for character in path.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            character if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    plain
}

struct Sides<'v> {
    before: Option<&'v Value>,
    after: Option<&'v Value>,
}

impl Sides<'_> {
    /// How the value before stands to the one after, as numbers or as versions such as `3.9.x`.
    fn order(&self) -> Option<Ordering> {
        let (before, after) = (self.before?, self.after?);
        let parts = |value: &Value| {
            let text = value.text()?;
            let parts = text.split(['.', '-', '_']).map(|part| match part {
                // The newest of a series.
                "x" => Some(u64::MAX),
                part => part.parse().ok(),
            });
            parts.collect::<Option<Vec<u64>>>()
        };
        match (before.number(), after.number()) {
            (Some(before), Some(after)) => before.partial_cmp(&after),
            _ => Some(parts(before)?.cmp(&parts(after)?)),
        }
    }
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Text(text)) => text.is_empty(),
        Some(Value::List(items)) => items.is_empty(),
        Some(_) => false,
    }
}

/// Whether the condition of a rule holds. One that cannot be told, holds: a warning too many is better than one too few.
fn holds(when: &str, change: &Sides<'_>, instance: &Instance) -> bool {
    if let Some((when, condition)) = when.split_once(" unless ") {
        return holds(when, change, instance) && !other_holds(condition, instance);
    }
    if let Some((when, condition)) = when.split_once(" if ") {
        return holds(when, change, instance) && other_holds(condition, instance);
    }
    match when {
        "set" => !is_empty(change.after),
        "emptied" => !is_empty(change.before) && is_empty(change.after),
        "filled_or_emptied" => is_empty(change.before) != is_empty(change.after),
        "decreases" => change.order().is_none_or(Ordering::is_gt),
        "increases" => change.order().is_some_and(Ordering::is_lt),
        "unless_grown" => !is_grown(change),
        when => when
            .strip_prefix("becomes ")
            .is_none_or(|wanted| change.after.and_then(Value::text).as_deref() == Some(wanted)),
    }
}

/// Whether everything that was in a list still is.
fn is_grown(change: &Sides<'_>) -> bool {
    match (change.before, change.after) {
        (Some(Value::List(before)), Some(Value::List(after))) => {
            before.iter().all(|item| after.contains(item))
        }
        _ => false,
    }
}

/// `engine = aurora*`: another attribute has a value.
fn other_holds(condition: &str, instance: &Instance) -> bool {
    let Some((name, wanted)) = condition.split_once(" = ") else {
        return true;
    };
    let Some(text) = instance.attributes.get(name).and_then(Value::text) else {
        return false;
    };
    wanted
        .strip_suffix('*')
        .map_or(text == wanted, |start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read() {
        let rows = include_str!("replacement.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .count();
        let read: usize = TABLE
            .values()
            .flat_map(|attributes| attributes.values())
            .map(Vec::len)
            .sum();
        assert_eq!(rows, read);
        assert!(rows > 1_000);
        for rules in TABLE.values().flat_map(|attributes| attributes.values()) {
            for rule in rules {
                let Verdict { source, grade, .. } = rule.verdict;
                assert!(["A", "B", "C"].contains(&grade), "{source}: {grade}");
                assert!(!source.is_empty() && !rule.when.is_empty(), "{source}");
            }
        }
    }

    #[test]
    fn the_longest_path_counts() {
        let instance = |kind: &str| Instance {
            kind: kind.to_owned(),
            ..Instance::default()
        };
        let (one, two) = (Value::Number(1.0), Value::Number(2.0));
        let class = |kind: &str, path: &str, before: &Value, after: &Value| {
            classify(&instance(kind), path, Some(before), Some(after)).class
        };
        let kind = "google_sql_database_instance";
        assert_eq!(class(kind, "settings[0].tier", &one, &two), Class::Restart);
        assert_eq!(
            class(kind, "settings[0].disk_size", &one, &two),
            Class::InPlace
        );
        assert_eq!(
            class(kind, "settings[0].disk_size", &two, &one),
            Class::Replace
        );
        assert_eq!(class(kind, "region", &one, &two), Class::Replace);
        assert_eq!(
            class("aws_launch_template", "image_id", &one, &two),
            Class::Rolling
        );
        assert_eq!(
            class("aws_launch_template", "name", &one, &two),
            Class::Replace
        );
        assert_eq!(class("aws_unknown", "name", &one, &two), Class::Unknown);
        assert_eq!(of_removal("aws_unknown").class, Class::Unknown);
        assert_eq!(of_removal("aws_sns_topic").class, Class::InPlace);
        assert_eq!(of_removal("aws_sqs_queue").class, Class::Irreversible);
    }

    #[test]
    fn the_number_of_blocks_is_not_what_is_in_them() {
        let instance = Instance {
            kind: "google_container_node_pool".to_owned(),
            ..Instance::default()
        };
        let (one, two) = (Value::Text("a".to_owned()), Value::Text("b".to_owned()));
        let class = |path: &str, before, after| classify(&instance, path, before, after).class;
        let (before, after) = (Some(&one), Some(&two));
        assert_eq!(
            class("node_config[0].machine_type", before, after),
            Class::Rolling
        );
        assert_eq!(class("node_config[0].spot", before, after), Class::Replace);
        assert_eq!(
            class("node_config[0].machine_type", None, after),
            Class::Replace
        );
    }

    #[test]
    fn versions_go_up_and_down() {
        let instance = Instance {
            kind: "aws_msk_cluster".to_owned(),
            ..Instance::default()
        };
        let text = |text: &str| Value::Text(text.to_owned());
        let class = |before: &str, after: &str| {
            let (before, after) = (text(before), text(after));
            classify(&instance, "kafka_version", Some(&before), Some(&after)).class
        };
        assert_eq!(class("3.8.x", "3.9.x"), Class::Rolling);
        assert_eq!(class("3.9.x", "3.10.1"), Class::Rolling);
        assert_eq!(class("3.9.x", "3.8.x"), Class::Replace);
        assert_eq!(class("3.9.x", "latest"), Class::Replace, "nobody can tell");
    }
}
