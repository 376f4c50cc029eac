//! Findings of one project or of many, in the formats that people and machines read.
//!
//! Comes in: a [`Section`] for each project, in order. Goes out: pieces of one document that are printed as they come, so
//! that a thousand projects need no more memory than one. Nothing here prints.

mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

pub use self::{
    json::schema,
    markdown::{LIMIT as MARKDOWN_LIMIT, marker},
};

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::finding::{Finding, Severity};

/// How findings are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Text,
    /// Stable and documented.
    Json,
    /// A comment on a change.
    Markdown,
    /// Workflow commands of GitHub Actions: annotations.
    Github,
    /// A code quality report of GitLab.
    Gitlab,
    /// Static Analysis Results Interchange Format 2.1.0.
    Sarif,
    /// A test report.
    Junit,
}

/// What was found in one project.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// Name of the project, or the path of its blueprint where that cannot be read.
    pub name: String,
    /// The project's folder below the root of its repository, with `/`; empty for the root.
    pub folder: String,
    /// The blueprint below the root of the repository: where findings without a place of their own are shown.
    pub blueprint: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The last line: how it stands.
    pub summary: String,
    /// What brings it in step.
    pub next: Option<String>,
    /// What was not shown, and how to see it.
    pub more: Option<String>,
    /// The command's own keys for machines.
    pub facts: serde_json::Map<String, Json>,
    /// What people read before the findings.
    pub text: String,
    /// The same as Markdown.
    pub markdown: String,
}

impl Section {
    /// The finding's path below the root of the repository.
    fn path(&self, finding: &Finding) -> String {
        match &finding.path {
            None => self.blueprint.clone(),
            Some(path) => below(&self.folder, path),
        }
    }

    /// A fingerprint that stays when lines move and numbers change.
    fn fingerprint(&self, finding: &Finding) -> String {
        let subject = finding.subject.as_deref().unwrap_or_default();
        let of = [finding.code, &self.folder, &self.path(finding), subject].join("\0");
        let hash = Sha256::digest(of.as_bytes());
        hash.iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// A path seen from the root: `../` of the path leads out of the folder.
fn below(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A document that is written piece by piece.
#[derive(Debug)]
pub struct Document {
    format: Format,
    /// `check` or `diff`.
    command: &'static str,
    /// Whether it is about many projects.
    is_many: bool,
    is_verbose: bool,
    n_sections: usize,
    n_findings: usize,
    n_out_of_step: usize,
    /// Annotations that were written, by level: GitHub shows ten of each.
    annotated: [usize; 3],
    written: usize,
    left_out: usize,
}

impl Document {
    /// An empty document about one project, or about many.
    pub fn new(format: Format, command: &'static str, is_many: bool, is_verbose: bool) -> Self {
        Self {
            format,
            command,
            is_many,
            is_verbose,
            n_sections: 0,
            n_findings: 0,
            n_out_of_step: 0,
            annotated: [0; 3],
            written: 0,
            left_out: 0,
        }
    }

    /// What stands before the first project.
    pub fn begin(&mut self) -> String {
        match self.format {
            Format::Text | Format::Github => String::new(),
            Format::Json => json::begin(self),
            Format::Markdown => markdown::begin(self),
            Format::Gitlab => gitlab::BEGIN.to_owned(),
            Format::Sarif => sarif::begin(self.command),
            Format::Junit => junit::begin(self.command),
        }
    }

    /// One project.
    pub fn section(&mut self, section: &Section) -> String {
        let text = match self.format {
            Format::Text => text::section(self, section),
            Format::Json => json::section(self, section),
            Format::Markdown => markdown::section(self, section),
            Format::Github => github::section(self, section),
            Format::Gitlab => gitlab::section(self, section),
            Format::Sarif => sarif::section(self, section),
            Format::Junit => junit::section(section),
        };
        self.n_sections += 1;
        self.n_findings += section.findings.len();
        self.n_out_of_step += usize::from(is_out_of_step(section));
        text
    }

    /// What stands behind the last project.
    pub fn end(&mut self) -> String {
        match self.format {
            Format::Text => text::end(self),
            Format::Github => github::end(self),
            Format::Json => json::end(self),
            Format::Markdown => markdown::end(self),
            Format::Gitlab => gitlab::END.to_owned(),
            Format::Sarif => sarif::END.to_owned(),
            Format::Junit => junit::END.to_owned(),
        }
    }

    /// How the projects stand, in one line.
    fn totals(&self) -> String {
        let projects = if self.n_sections == 1 {
            "project"
        } else {
            "projects"
        };
        match self.n_out_of_step {
            0 => format!("{} {projects} in step", self.n_sections),
            n => format!("{n} of {} {projects} out of step", self.n_sections),
        }
    }
}

/// Whether something has to be done about the project.
fn is_out_of_step(section: &Section) -> bool {
    section
        .findings
        .iter()
        .any(|finding| finding.severity > Severity::Note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_root() {
        assert_eq!(below("", "docs/START.md"), "docs/START.md");
        assert_eq!(below("a/b", "docs/START.md"), "a/b/docs/START.md");
        assert_eq!(
            below("a/b", "../../.github/workflows/shop.yaml"),
            ".github/workflows/shop.yaml"
        );
    }

    #[test]
    fn a_fingerprint_stays_when_lines_move() {
        let section = Section {
            folder: "shop".to_owned(),
            ..Section::default()
        };
        let stale = Finding::new(Severity::Warning, "stale", "blueprint changed").at("a.tf");
        let moved = Finding::new(Severity::Warning, "stale", "catalog changed")
            .at("a.tf")
            .on_line(9);
        let other = Finding::new(Severity::Warning, "edited", "blueprint changed").at("a.tf");
        assert_eq!(section.fingerprint(&stale), section.fingerprint(&moved));
        assert_ne!(section.fingerprint(&stale), section.fingerprint(&other));
    }
}
