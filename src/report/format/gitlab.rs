//! A code quality report of GitLab: a list of issues, each with a fingerprint of its own.

use serde_json::json;

use super::{Document, Section};
use crate::report::finding::Severity;

pub(super) const BEGIN: &str = "[";
pub(super) const END: &str = "\n]\n";

pub(super) fn section(document: &Document, section: &Section) -> String {
    let mut text = String::new();
    for (idx, finding) in section.findings.iter().enumerate() {
        let severity = match finding.severity {
            Severity::Note => "info",
            Severity::Warning => "major",
            Severity::Error => "critical",
        };
        let description = match &finding.subject {
            Some(subject) => format!("{subject}: {}", finding.message),
            None if finding.message.is_empty() => finding.code.to_owned(),
            None => format!("{}: {}", finding.code, finding.message),
        };
        let issue = json!({
            "description": description,
            "check_name": format!("loadpath/{}", finding.code),
            "fingerprint": section.fingerprint(finding),
            "severity": severity,
            "location": {
                "path": section.path(finding),
                "lines": { "begin": finding.line.unwrap_or(1) },
            },
        });
        let is_first = document.n_findings == 0 && idx == 0;
        text.push_str(if is_first { "\n  " } else { ",\n  " });
        text.push_str(&issue.to_string());
    }
    text
}
