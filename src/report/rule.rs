//! The kinds of findings: a stable id each, with what it means and what to do. Machines know a finding by its id.

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable id: neither renamed nor used for something else.
    pub id: &'static str,
    /// What is the matter, in one line.
    pub title: &'static str,
    /// What it means and what to do.
    pub help: &'static str,
}

/// Every rule, in the order in which they matter.
pub const RULES: &[Rule] = &[
    Rule {
        id: "failed",
        title: "The project could not be checked",
        help: "What the message says has to be put right first; nothing else is known of the project.",
    },
    Rule {
        id: "blueprint",
        title: "The blueprint has a mistake",
        help: "The message says what was found and what was wanted. `loadpath size` shows all problems with their lines.",
    },
    Rule {
        id: "conflict",
        title: "A person and the blueprint changed the same place",
        help: "`loadpath generate` would stop. Undo the edit, take it into the blueprint as a pin, or choose a side with --conflict.",
    },
    Rule {
        id: "in-the-way",
        title: "A file that loadpath did not write stands where one belongs",
        help: "`loadpath generate --adopt` keeps it as an edit, `--force` writes over it.",
    },
    Rule {
        id: "obstructed",
        title: "A link, a folder or a device stands where a file belongs",
        help: "Remove it: loadpath neither reads nor writes through it.",
    },
    Rule {
        id: "missing",
        title: "A file was not generated yet",
        help: "`loadpath generate` writes it.",
    },
    Rule {
        id: "stale",
        title: "A file is not what the blueprint says",
        help: "The blueprint, the version or the catalog moved on. `loadpath generate` brings it in step and keeps edits.",
    },
    Rule {
        id: "edited",
        title: "A person edited a generated file",
        help: "Allowed: the edit is kept and merged. With --strict it is a difference; a pin in the blueprint states it for good.",
    },
    Rule {
        id: "deleted",
        title: "A person deleted a generated file",
        help: "It stays deleted. `loadpath generate --restore` brings it back.",
    },
    Rule {
        id: "orphaned",
        title: "An edited file is not generated any more",
        help: "It is left alone. Delete it, or keep it as a file of your own.",
    },
    Rule {
        id: "unchecked",
        title: "A project's blueprint is not beside it",
        help: "Check it by name: `loadpath check BLUEPRINT -o FOLDER`.",
    },
    Rule {
        id: "risk-irreversible",
        title: "A change loses data, or has no way back",
        help: "Take a backup and test it, or keep the resource. The message names the address and the attributes.",
    },
    Rule {
        id: "risk-data-moving",
        title: "A change moves data between members",
        help: "It takes time and capacity: outside of peaks, and with a look at the dashboards.",
    },
    Rule {
        id: "risk-replace",
        title: "A change replaces a resource",
        help: "The old one goes and another one comes: what refers to it, and what it holds, goes with it.",
    },
    Rule {
        id: "risk-unknown",
        title: "What a change does is not known",
        help: "loadpath knows nothing of this type of resource: look at what `terraform plan` says of it.",
    },
    Rule {
        id: "risk-restart",
        title: "A change restarts a resource, or fails it over",
        help: "Connections break once: within a maintenance window, or where clients try again.",
    },
    Rule {
        id: "data-move",
        title: "Rows change their shard",
        help: "`docs/RUNBOOK.md` leads through the stages; until they are done both shards are in use.",
    },
    Rule {
        id: "objective",
        title: "An objective does not hold any more",
        help: "State another objective, or what makes it hold: the message says which.",
    },
    Rule {
        id: "quota",
        title: "A service quota has to be raised first",
        help: "`docs/QUOTAS.md` lists all, with what to ask for.",
    },
    Rule {
        id: "cost",
        title: "The cost grows more than is allowed",
        help: "`loadpath cost` shows what costs most; --fail-on states what is allowed.",
    },
    Rule {
        id: "over-budget",
        title: "The plan costs more than the budget",
        help: "`loadpath cost` shows what costs most; `budget:` in the blueprint is the limit.",
    },
];

/// The rule with this id and its place in [`RULES`].
pub fn find(id: &str) -> Option<(usize, &'static Rule)> {
    RULES.iter().enumerate().find(|(_, rule)| rule.id == id)
}
