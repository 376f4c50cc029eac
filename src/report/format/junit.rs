//! A test report: a suite for each project, a failed case for each finding that has to be acted on.

use super::Section;
use crate::report::finding::{Finding, Severity};

pub(super) const END: &str = "</testsuites>\n";

pub(super) fn begin(command: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"loadpath {command}\">\n"
    )
}

pub(super) fn section(section: &Section) -> String {
    let name = escaped(&section.name);
    let failures = section
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Note)
        .count();
    let mut text = format!(
        "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\">\n",
        section.findings.len().max(1)
    );
    if section.findings.is_empty() {
        text.push_str(&format!(
            "    <testcase classname=\"{name}\" name=\"{}\"/>\n",
            escaped(&section.summary)
        ));
    }
    for finding in &section.findings {
        text.push_str(&case(section, finding));
    }
    text + "  </testsuite>\n"
}

fn case(section: &Section, finding: &Finding) -> String {
    let place = match &finding.subject {
        Some(subject) => subject.clone(),
        None => section.path(finding),
    };
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}: {}\" file=\"{}\">\n",
        escaped(&section.name),
        finding.code,
        escaped(&place),
        escaped(&section.path(finding))
    );
    let message = escaped(&finding.message);
    let detail = escaped(finding.detail.trim_end());
    let body = if finding.severity > Severity::Note {
        format!(
            "      <failure type=\"{}\" message=\"{message}\">{detail}</failure>\n",
            finding.code
        )
    } else {
        format!("      <system-out>{message}</system-out>\n")
    };
    head + &body + "    </testcase>\n"
}

/// Text within an element or an attribute; what XML 1.0 has no character for becomes one that says so.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            character if character.is_control() => out.push('\u{FFFD}'),
            character => out.push(character),
        }
    }
    out
}
