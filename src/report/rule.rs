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
        id: "over-budget",
        title: "The plan costs more than the budget",
        help: "`loadpath cost` shows what costs most; `budget:` in the blueprint is the limit.",
    },
];

/// The rule with this id and its place in [`RULES`].
pub fn find(id: &str) -> Option<(usize, &'static Rule)> {
    RULES.iter().enumerate().find(|(_, rule)| rule.id == id)
}
