//! What a change does to what runs: which Terraform addresses come, go and change, and how hard each change is.
//!
//! Comes in: the files of a Terraform root before and after, and the numbers of an environment. Goes out: a [`Change`] for each
//! address, with its [`Class`] from a table of the providers' own rules. Promised: what the files alone do not tell is
//! named as unknown and never guessed; nothing is read from a cloud or a state.

mod class;
mod terraform;

pub use self::{
    class::{Class, Verdict, classify, is_known},
    terraform::{Instance, Root, State},
};

pub use crate::syntax::hcl::Value;

/// What happens to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It comes.
    Added,
    /// Attributes of it change.
    Changed,
    /// It has another address, and nothing else of it changes.
    Moved,
    /// It goes.
    Removed,
}

impl What {
    /// As people and machines read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Removed => "removed",
        }
    }
}

/// An attribute with its two values.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its path; blocks of one name are numbered.
    pub path: String,
    /// Before; none where it was not there.
    pub before: Option<Value>,
    /// After; none where it is not there any more.
    pub after: Option<Value>,
    /// What changing it does.
    pub verdict: Verdict,
}

/// What happens to one address.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The address: `aws_db_instance.shard["users-00"]`.
    pub address: String,
    /// The address that it had, where a `moved` block gives it another one.
    pub moved_from: Option<String>,
    /// What happens.
    pub what: What,
    /// The hardest of what changes, and where that is said.
    pub verdict: Verdict,
    /// What changes of it, the hardest first.
    pub attributes: Vec<Attribute>,
}

/// Everything that happens between two states of a root, in the order of addresses.
pub fn changes(before: &State, after: &State) -> Vec<Change> {
    let (before, names) = after.moved(before);
    let mut changes = Vec::new();
    for (address, instance) in &before.instances {
        let moved_from = names.get(address).cloned();
        match after.instances.get(address) {
            None => {
                changes.push(Change {
                    verdict: class::of_removal(&instance.kind),
                    // It goes from where it is.
                    address: moved_from.unwrap_or_else(|| address.clone()),
                    ..Change::of(address, What::Removed)
                });
            }
            Some(now) => {
                let change = changed(address, instance, now);
                let moved = moved_from
                    .is_some()
                    .then(|| Change::of(address, What::Moved));
                changes.extend(change.or(moved).map(|change| Change {
                    moved_from,
                    ..change
                }));
            }
        }
    }
    for address in after.instances.keys() {
        if !before.instances.contains_key(address) {
            changes.push(Change::of(address, What::Added));
        }
    }
    changes.sort_by(|one, other| one.address.cmp(&other.address));
    changes
}

impl Change {
    /// A change of which no more is known yet.
    fn of(address: &str, what: What) -> Self {
        Self {
            address: address.to_owned(),
            moved_from: None,
            what,
            verdict: Verdict::IN_PLACE,
            attributes: Vec::new(),
        }
    }

    /// How hard it is.
    pub fn class(&self) -> Class {
        self.verdict.class
    }
}

fn changed(address: &str, before: &Instance, after: &Instance) -> Option<Change> {
    let mut attributes = Vec::new();
    let mut paths: Vec<&String> = before
        .attributes
        .keys()
        .chain(after.attributes.keys())
        .collect();
    paths.sort();
    paths.dedup();
    let mut worst = Verdict::IN_PLACE;
    for path in paths {
        let (then, now) = (before.attributes.get(path), after.attributes.get(path));
        if then == now || after.is_ignored(path) {
            continue;
        }
        let verdict = classify(after, path, then, now);
        if verdict.class > worst.class || worst.source.is_empty() {
            worst = verdict;
        }
        attributes.push(Attribute {
            path: path.clone(),
            before: then.cloned(),
            after: now.cloned(),
            verdict,
        });
    }
    attributes.sort_by(|one, other| {
        let hardest = other.verdict.class.cmp(&one.verdict.class);
        hardest.then(one.path.cmp(&other.path))
    });
    // Replacing what holds data is losing it.
    if worst.class == Class::Replace {
        let removal = class::of_removal(&after.kind);
        if removal.class == Class::Irreversible {
            worst = removal;
        }
    }
    (!attributes.is_empty()).then(|| Change {
        verdict: worst,
        attributes,
        ..Change::of(address, What::Changed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"
variable "nodes" {
  type = map(object({ class = string, disk = number, zone = optional(string) }))
}

locals {
  wide = { for name, node in var.nodes : name => node if node.disk > 10 }
}

resource "aws_db_instance" "shard" {
  for_each          = var.nodes
  identifier        = each.key
  instance_class    = each.value.class
  allocated_storage = each.value.disk
  availability_zone = each.value.zone
  kms_key_id        = aws_kms_key.main.arn

  lifecycle {
    ignore_changes = [engine_version]
  }
  engine_version = length(var.nodes)
}

resource "aws_kms_key" "main" {}

resource "aws_db_instance" "replica" {
  replicate_source_db = aws_db_instance.shard["a"].identifier
}

resource "aws_sqs_queue" "wide" {
  for_each = local.wide
  name     = each.key
}

resource "aws_sns_topic" "maybe" {
  count = length(var.nodes) > 1 ? 1 : 0
}
"#;

    fn state(root: &str, tfvars: &str) -> State {
        Root::parse([("main.tf", root)]).state(tfvars)
    }

    fn shown(before: &State, after: &State) -> Vec<String> {
        changes(before, after)
            .iter()
            .map(|change| {
                format!(
                    "{} {} {}",
                    change.what.name(),
                    change.address,
                    change.class().name()
                )
            })
            .collect()
    }

    #[test]
    fn addresses_and_classes_follow_from_the_numbers() {
        let before = state(ROOT, "nodes = { a = { class = \"m\", disk = 20 } }\n");
        let after = state(
            ROOT,
            "nodes = { a = { class = \"l\", disk = 10 }, b = { class = \"m\", disk = 20 } }\n",
        );
        assert_eq!(shown(&before, &before), Vec::<String>::new());
        assert_eq!(
            shown(&before, &after),
            [
                "changed aws_db_instance.shard[\"a\"] irreversible",
                "added aws_db_instance.shard[\"b\"] in-place",
                "added aws_sns_topic.maybe[0] in-place",
                "removed aws_sqs_queue.wide[\"a\"] irreversible",
                "added aws_sqs_queue.wide[\"b\"] in-place",
            ]
        );
        let of_class = state(ROOT, "nodes = { a = { class = \"l\", disk = 20 } }\n");
        assert_eq!(
            shown(&before, &of_class),
            ["changed aws_db_instance.shard[\"a\"] restart"]
        );
        let zone = state(
            ROOT,
            "nodes = { a = { class = \"m\", disk = 20, zone = \"z\" } }\n",
        );
        assert_eq!(
            shown(&before, &zone),
            ["changed aws_db_instance.shard[\"a\"] irreversible"],
            "replacing it loses its data"
        );
    }

    #[test]
    fn a_moved_block_is_no_removal() {
        let tfvars = "nodes = { a = { class = \"m\", disk = 20 } }\n";
        let named = |name: &str| {
            ROOT.replace(
                "\"aws_db_instance\" \"shard\"",
                &format!("\"aws_db_instance\" \"{name}\""),
            )
            .replace(
                "aws_db_instance.shard[",
                &format!("aws_db_instance.{name}["),
            )
        };
        let renamed = named("node")
            + "moved {\n  from = aws_db_instance.shard\n  to   = aws_db_instance.node\n}\n";
        let found = changes(&state(ROOT, tfvars), &state(&renamed, tfvars));
        let [change] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(change.what, What::Moved);
        assert_eq!(change.class(), Class::InPlace);
        assert_eq!(change.address, "aws_db_instance.node[\"a\"]");
        assert_eq!(
            change.moved_from.as_deref(),
            Some("aws_db_instance.shard[\"a\"]")
        );
        // Twice, and larger at once; the blocks stand in the order in which nobody would write them.
        let twice = named("member")
            + "moved {\n  from = aws_db_instance.node\n  to   = aws_db_instance.member\n}\n"
            + "moved {\n  from = aws_db_instance.shard\n  to   = aws_db_instance.node\n}\n";
        let large = tfvars.replace("\"m\"", "\"l\"");
        let found = changes(&state(ROOT, tfvars), &state(&twice, &large));
        let [change] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(
            (change.what, change.class()),
            (What::Changed, Class::Restart)
        );
        assert_eq!(
            change.moved_from.as_deref(),
            Some("aws_db_instance.shard[\"a\"]")
        );
        // Two renames that lead in a circle are nobody's place.
        let circle = ROOT.replace("\"aws_kms_key\" \"main\"", "\"aws_kms_key\" \"x\"")
            + "moved {\n  from = aws_kms_key.main\n  to   = aws_kms_key.y\n}\n"
            + "moved {\n  from = aws_kms_key.y\n  to   = aws_kms_key.main\n}\n";
        assert_eq!(
            shown(&state(ROOT, tfvars), &state(&circle, tfvars)).len(),
            2
        );
    }

    #[test]
    fn what_is_not_known_is_named() {
        let root = "resource \"aws_sqs_queue\" \"x\" {\n  for_each = data.aws_subnets.all.ids\n}\n";
        let state = state(root, "");
        assert_eq!(
            state.instances.keys().collect::<Vec<_>>(),
            ["aws_sqs_queue.x[*]"]
        );
    }
}
