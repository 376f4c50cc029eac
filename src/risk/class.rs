//! How hard a change is, from a table of the providers' and the services' own rules.

use std::{collections::BTreeMap, sync::LazyLock};

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

/// A row of the table.
struct Rule {
    class: Class,
    when: &'static str,
    source: &'static str,
}

/// Rules by type and then by attribute; an attribute may have several.
type Table = BTreeMap<&'static str, BTreeMap<&'static str, Vec<Rule>>>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::new();
    for line in include_str!("replacement.tsv").lines() {
        let cells: Vec<&'static str> = line.split('\t').collect();
        let [kind, attribute, class, when, source] = cells.as_slice() else {
            continue;
        };
        if let Some(class) = Class::of_name(class) {
            let rules = table.entry(kind).or_default().entry(attribute).or_default();
            rules.push(Rule {
                class,
                when,
                source,
            });
        }
    }
    table
});

/// What removing a resource of this type does, and where that is said.
pub(super) fn of_removal(kind: &str) -> (Class, &'static str) {
    let rule = TABLE
        .get(kind)
        .and_then(|attributes| attributes.get("-"))
        .and_then(|rules| rules.first());
    rule.map_or((Class::InPlace, ""), |rule| (rule.class, rule.source))
}

/// What the change of an attribute does, and where that is said.
pub fn classify(
    instance: &Instance,
    path: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> (Class, &'static str) {
    let Some(attributes) = TABLE.get(instance.kind.as_str()) else {
        return (Class::InPlace, "");
    };
    let change = Sides { before, after };
    let plain = without_indices(path);
    // The longest path that fits counts; `*` is shorter than any.
    let mut name = plain.as_str();
    loop {
        let rules = attributes.get(name).into_iter().flatten();
        let fits = rules.filter(|rule| holds(rule.when, &change, instance));
        if let Some(rule) = fits.max_by_key(|rule| rule.class) {
            return (rule.class, rule.source);
        }
        if attributes.contains_key(name) {
            return (Class::InPlace, "");
        }
        match name.rsplit_once('.') {
            Some((shorter, _)) => name = shorter,
            None if name == "*" => return (Class::InPlace, ""),
            None => name = "*",
        }
    }
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
    fn numbers(&self) -> Option<(f64, f64)> {
        Some((self.before?.number()?, self.after?.number()?))
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
        "decreases" => change
            .numbers()
            .is_none_or(|(before, after)| after < before),
        "increases" => change
            .numbers()
            .is_some_and(|(before, after)| after > before),
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
    }

    #[test]
    fn the_longest_path_counts() {
        let instance = |kind: &str| Instance {
            kind: kind.to_owned(),
            ..Instance::default()
        };
        let (one, two) = (Value::Number(1.0), Value::Number(2.0));
        let class = |kind: &str, path: &str, before: &Value, after: &Value| {
            classify(&instance(kind), path, Some(before), Some(after)).0
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
        assert_eq!(class("aws_unknown", "name", &one, &two), Class::InPlace);
    }
}
