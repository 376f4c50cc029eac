//! One type for every message, and the hint that travels with an error.
//!
//! Comes in: what a stage found. Goes out: a [`Finding`] that every output format can print, or the lines of an
//! [`anyhow::Error`] with its hint apart ([`explain`]). Nothing here prints.

use std::fmt;

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; changes no exit code.
    Note,
    /// Worth acting on; changes the exit code where the command is told to.
    Warning,
    /// Stops the run.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A message about something at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Stable name of the kind of finding (`stale`, `conflict`), for machines.
    pub code: &'static str,
    /// Path in the project, with `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Line from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What the place is about, where a path does not say it: a Terraform address, a quantity, an environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What was found, in lower case and without a final period.
    pub message: String,
    /// The difference, as lines of a unified diff.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// A finding without a place.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            path: None,
            line: None,
            subject: None,
            message: message.into(),
            detail: String::new(),
            hint: None,
        }
    }

    /// The same finding at a file.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The same finding at a line, from 1.
    #[must_use]
    pub fn on_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// The same finding about something that has a name of its own.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The same finding with the difference that it is about.
    #[must_use]
    pub fn showing(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The same finding with what to type next.
    #[must_use]
    pub fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What to type next, carried by an error as its outermost context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint(pub String);

impl fmt::Display for Hint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Adds a hint to a failure.
pub trait Hinted<T> {
    /// Says what to type next.
    ///
    /// # Errors
    /// The same failure, with the hint.
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T>;
}

impl<T> Hinted<T> for anyhow::Result<T> {
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T> {
        self.map_err(|error| error.context(Hint(hint.into())))
    }
}

/// An error as people read it: what failed and why, outermost first, and the hint if it carries one.
pub fn explain(error: &anyhow::Error) -> (Vec<String>, Option<String>) {
    let hint = error.downcast_ref::<Hint>().map(|hint| hint.0.clone());
    let mut lines: Vec<String> = error.chain().map(ToString::to_string).collect();
    if let Some(place) = hint
        .as_ref()
        .and_then(|hint| lines.iter().position(|line| line == hint))
    {
        lines.remove(place);
    }
    (lines, hint)
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn a_hint_is_apart_from_the_reasons() {
        let failure: anyhow::Result<()> =
            Err(anyhow!("no such file")).context("cannot read `lock.json`");
        let error = failure
            .hint("loadpath generate")
            .context("cannot check")
            .expect_err("it is a failure");
        let (lines, hint) = explain(&error);
        assert_eq!(
            lines,
            ["cannot check", "cannot read `lock.json`", "no such file"]
        );
        assert_eq!(hint.as_deref(), Some("loadpath generate"));
    }

    #[test]
    fn an_error_without_a_hint_has_none() {
        let (lines, hint) = explain(&anyhow!("broken"));
        assert_eq!(lines, ["broken"]);
        assert_eq!(hint, None);
    }

    #[test]
    fn a_finding_leaves_out_what_it_does_not_have() {
        let finding =
            Finding::new(Severity::Warning, "stale", "blueprint changed").at("docs/START.md");
        let json = serde_json::to_string(&finding).expect("a finding is plain data");
        assert_eq!(
            json,
            r#"{"severity":"warning","code":"stale","path":"docs/START.md","message":"blueprint changed"}"#
        );
    }
}
