//! Which Terraform addresses come, go, move and change, by whom, and how hard that is.
//!
//! Comes in: both sides' roots, as rendered and as people left them. Goes out: a line for each root and environment, and a
//! finding for each address at risk. What the blueprint changes and what people changed by hand are told apart: a change of what
//! is really there that is none of the rendered files is by hand; one that an edit holds back is counted and not found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::{Builder, Forbidden, LISTED, Side};
use crate::{
    report::finding::{Finding, Severity},
    risk::{self, Attribute, Change, Class, Root, State, Verdict, What},
};

/// Attributes of an address that are shown.
const ATTRIBUTES: usize = 3;
/// Longest value of an attribute that is shown, in characters.
const VALUE: usize = 60;

/// Files by path.
type Files<'a> = BTreeMap<&'a str, &'a str>;

/// Who changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The blueprint, the version or the catalog.
    Blueprint,
    /// People.
    Hand,
}

/// A root in one environment.
struct Place<'a> {
    root: &'a str,
    environment: &'a str,
    /// File of the environment's numbers.
    tfvars: &'a str,
}

impl Builder<'_> {
    pub(super) fn terraform(&mut self, before: &Side<'_>, after: &Side<'_>) {
        let roots: BTreeSet<&str> = before
            .files
            .keys()
            .chain(after.files.keys())
            .filter_map(|path| path.strip_suffix("/versions.tf"))
            .collect();
        for root in roots {
            let rendered = [parsed(&before.files, root), parsed(&after.files, root)];
            let edited = before.edited.as_ref().zip(after.edited.as_ref());
            let edited =
                edited.map(|(then, now)| ([then, now], [parsed(then, root), parsed(now, root)]));
            for (environment, tfvars) in numbers(after, root) {
                let place = Place {
                    root,
                    environment: &environment,
                    tfvars: &tfvars,
                };
                let changes = place.changes([&before.files, &after.files], &rendered);
                let Some((files, roots)) = &edited else {
                    self.root(&place, &changes, 0, (By::Blueprint, &after.files));
                    continue;
                };
                let really = place.changes(*files, roots);
                let by_hand = beside(&really, &changes);
                let n_all = changes.len();
                let changes: Vec<Change> = changes
                    .into_iter()
                    .filter(|change| really.iter().any(|other| other.address == change.address))
                    .collect();
                let n_held_back = n_all - changes.len();
                self.root(&place, &changes, n_held_back, (By::Blueprint, &after.files));
                self.root(&place, &by_hand, 0, (By::Hand, files[1]));
            }
        }
    }

    fn root(
        &mut self,
        place: &Place<'_>,
        changes: &[Change],
        n_held_back: usize,
        (by, files): (By, &Files<'_>),
    ) {
        if changes.is_empty() && n_held_back == 0 {
            return;
        }
        self.difference.differs = true;
        let text = format!(
            "{}{}",
            place.headline(changes, by),
            match n_held_back {
                0 => String::new(),
                n => format!("; {n} more held back by edits"),
            }
        );
        self.line(&format!("  {text}"), &format!("- {text}"));
        let moves: Vec<String> = changes.iter().filter_map(moved).collect();
        for text in moves.iter().take(LISTED) {
            self.line(&format!("    {text}"), &format!("  - {text}"));
        }
        if moves.len() > LISTED {
            let text = format!("{} more moved", moves.len() - LISTED);
            self.line(&format!("    {text}"), &format!("  - {text}"));
        }
        let all: Vec<Json> = changes
            .iter()
            .map(|change| fact_of_change(change, by))
            .collect();
        self.facts
            .push(json!({ "root": place.root, "environment": place.environment, "changes": all }));
        for change in changes
            .iter()
            .filter(|change| change.class() >= Class::Restart)
        {
            let (environment, file) = match by {
                By::Blueprint => (place.environment.to_owned(), place.tfvars),
                By::Hand => {
                    let file = place.file(files, &change.address);
                    (
                        format!("{}, by hand", place.environment),
                        file.unwrap_or(place.tfvars),
                    )
                }
            };
            self.find_risk(&environment, file, change);
        }
    }

    fn find_risk(&mut self, environment: &str, file: &str, change: &Change) {
        let rule = self
            .forbidden
            .iter()
            .find(|rule| matches!(rule, Forbidden::Risk(class) if change.class() >= *class));
        let (severity, code) = match change.class() {
            Class::InPlace | Class::Rolling | Class::Restart => (Severity::Note, "risk-restart"),
            Class::Unknown => (Severity::Warning, "risk-unknown"),
            Class::Replace => (Severity::Warning, "risk-replace"),
            Class::DataMoving => (Severity::Warning, "risk-data-moving"),
            Class::Irreversible => (Severity::Warning, "risk-irreversible"),
        };
        let mut what: Vec<String> = change
            .attributes
            .iter()
            .take(ATTRIBUTES)
            .map(attribute)
            .collect();
        if change.attributes.len() > ATTRIBUTES {
            what.push(format!("{} more", change.attributes.len() - ATTRIBUTES));
        }
        let what = if what.is_empty() {
            change.what.name().to_owned()
        } else {
            what.join(", ")
        };
        let verdict = change.verdict;
        let recalled = if verdict.grade == "B" {
            ", recalled"
        } else {
            ""
        };
        let message = format!("{environment}: {what} ({}{recalled})", verdict.source);
        let finding = Finding::new(severity, code, message)
            .at(file)
            .about(&change.address);
        self.find_by(finding, rule.cloned());
    }
}

impl Place<'_> {
    /// What happens between two states of the root.
    fn changes(&self, files: [&Files<'_>; 2], roots: &[Root; 2]) -> Vec<Change> {
        risk::changes(
            &self.state(files[0], &roots[0]),
            &self.state(files[1], &roots[1]),
        )
    }

    /// The root with the environment's numbers, and those of a person's own file over them.
    fn state(&self, files: &Files<'_>, root: &Root) -> State {
        // An environment that was not there begins from nothing.
        let Some(tfvars) = files.get(self.tfvars) else {
            return State::default();
        };
        let own = self.tfvars.replace(".tfvars", ".local.tfvars");
        let own = files.get(own.as_str()).copied().unwrap_or_default();
        root.state_with(&[own, tfvars])
    }

    fn headline(&self, changes: &[Change], by: By) -> String {
        let count = |what: What| changes.iter().filter(|change| change.what == what).count();
        let classes: Vec<String> = Class::ALL
            .iter()
            .rev()
            .filter(|class| **class > Class::InPlace)
            .map(|class| {
                (
                    class,
                    changes
                        .iter()
                        .filter(|change| change.class() == *class)
                        .count(),
                )
            })
            .filter(|(_, count)| *count > 0)
            .map(|(class, count)| format!("{count} {}", class.name()))
            .collect();
        let classes = if classes.is_empty() {
            "all in place".to_owned()
        } else {
            classes.join(", ")
        };
        let moved = match changes.iter().filter_map(moved).count() {
            0 => String::new(),
            n_moved => format!(", {n_moved} moved"),
        };
        let by = match by {
            By::Blueprint => "",
            By::Hand => ", by hand",
        };
        format!(
            "{} ({}){by}: {} added, {} changed, {} removed{moved}; {classes}",
            self.root,
            self.environment,
            count(What::Added),
            count(What::Changed),
            count(What::Removed)
        )
    }

    /// The file of the root that declares an address.
    fn file<'f>(&self, files: &Files<'f>, address: &str) -> Option<&'f str> {
        let declared = address.split('[').next().unwrap_or(address);
        let (kind, name) = declared.split_once('.')?;
        let head = format!("resource \"{kind}\" \"{name}\"");
        let mut own = files.iter().filter(|(path, _)| is_of(path, self.root));
        own.find(|(_, text)| text.contains(&head))
            .map(|(path, _)| *path)
    }
}

/// What of the changes that really happen is none of the others.
fn beside(really: &[Change], rendered: &[Change]) -> Vec<Change> {
    let mut beside = Vec::new();
    for change in really {
        let Some(other) = rendered
            .iter()
            .find(|other| other.address == change.address)
        else {
            beside.push(change.clone());
            continue;
        };
        let is_own = |attribute: &&Attribute| !other.attributes.contains(attribute);
        let attributes: Vec<Attribute> = change.attributes.iter().filter(is_own).cloned().collect();
        if attributes.is_empty() && change.what == other.what {
            continue;
        }
        let hardest = attributes
            .iter()
            .map(|attribute| attribute.verdict)
            .max_by_key(|verdict| verdict.class);
        let verdict = hardest.filter(|verdict| verdict.class < Class::Replace);
        beside.push(Change {
            // From a replacement on it is the resource's as a whole.
            verdict: verdict.unwrap_or(change.verdict),
            attributes,
            ..change.clone()
        });
    }
    beside
}

/// The environments of a root with the file of their numbers, the primary one first; a root that all share has one.
fn numbers(side: &Side<'_>, root: &str) -> Vec<(String, String)> {
    let shared = format!("{root}/terraform.tfvars");
    if side.files.contains_key(shared.as_str()) {
        return vec![("every environment".to_owned(), shared)];
    }
    let names = side.environments.iter().rev();
    names
        .map(|name| (name.clone(), format!("{root}/envs/{name}.tfvars")))
        .collect()
}

fn is_of(path: &str, root: &str) -> bool {
    let name = path
        .strip_prefix(root)
        .and_then(|path| path.strip_prefix('/'));
    name.is_some_and(|name| !name.contains('/'))
}

fn parsed(files: &Files<'_>, root: &str) -> Root {
    let own = files.iter().filter(|(path, _)| is_of(path, root));
    Root::parse(own.map(|(path, text)| (*path, *text)))
}

/// `moved aws_sqs_queue.old → aws_sqs_queue.topic`, of an address that has another name now.
fn moved(change: &Change) -> Option<String> {
    let from = change.moved_from.as_ref()?;
    (change.what != What::Removed).then(|| format!("moved {from} → {}", change.address))
}

fn attribute(attribute: &Attribute) -> String {
    let shown = |value: &Option<risk::Value>| {
        value
            .as_ref()
            .map_or("none".to_owned(), ToString::to_string)
    };
    format!(
        "{} {} → {}",
        attribute.path,
        clipped(&shown(&attribute.before)),
        clipped(&shown(&attribute.after))
    )
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(VALUE) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn fact_of_change(change: &Change, by: By) -> Json {
    let attributes: Vec<Json> = change
        .attributes
        .iter()
        .map(|attribute| {
            json!({
                "path": attribute.path,
                "before": attribute.before.as_ref().map(ToString::to_string),
                "after": attribute.after.as_ref().map(ToString::to_string),
                "class": attribute.verdict.class.name(),
            })
        })
        .collect();
    let Verdict { source, grade, .. } = change.verdict;
    json!({
        "address": change.address,
        "moved_from": change.moved_from,
        "what": change.what.name(),
        "by": match by { By::Blueprint => "blueprint", By::Hand => "hand" },
        "class": change.class().name(),
        "source": source,
        "grade": grade,
        "attributes": attributes,
    })
}
