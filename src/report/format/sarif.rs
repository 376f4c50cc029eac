//! Static Analysis Results Interchange Format 2.1.0: one run, its rules with stable ids, a result for each finding.

use serde_json::{Value as Json, json};

use super::{Document, Section};
use crate::report::{
    finding::{Finding, Severity},
    rule::{self, RULES},
};

pub(super) const END: &str = "\n      ]\n    }\n  ]\n}\n";

/// Everything in front of the results.
pub(super) fn begin(command: &str) -> String {
    let rules: Vec<Json> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "name": pascal(rule.id),
                "shortDescription": { "text": rule.title },
                "help": { "text": rule.help },
            })
        })
        .collect();
    let driver = json!({
        "name": "loadpath",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let head = json!({
        "tool": { "driver": driver },
        "automationDetails": { "id": format!("loadpath/{command}/") },
        "columnKind": "unicodeCodePoints",
    });
    let head = format!("{head:#}").replace('\n', "\n    ");
    let open = head
        .trim_end()
        .strip_suffix('}')
        .unwrap_or(&head)
        .trim_end()
        .to_owned();
    format!(
        "{{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    {open},\n      \"results\": ["
    )
}

pub(super) fn section(document: &Document, section: &Section) -> String {
    let mut text = String::new();
    for (idx, finding) in section.findings.iter().enumerate() {
        let is_first = document.n_findings == 0 && idx == 0;
        text.push_str(if is_first {
            "\n        "
        } else {
            ",\n        "
        });
        text.push_str(&result(section, finding).to_string());
    }
    text
}

fn result(section: &Section, finding: &Finding) -> Json {
    let level = match finding.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let mut message = match &finding.subject {
        Some(subject) => format!("{subject}: {}", finding.message),
        None => finding.message.clone(),
    };
    if message.is_empty() {
        let title = rule::find(finding.code).map_or(finding.code, |(_, rule)| rule.title);
        message.push_str(title);
    }
    if !finding.detail.is_empty() {
        message.push('\n');
        message.push_str(finding.detail.trim_end());
    }
    let location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&section.path(finding)), "uriBaseId": "%SRCROOT%" },
            "region": { "startLine": finding.line.unwrap_or(1) },
        },
    });
    let mut result = json!({
        "ruleId": finding.code,
        "level": level,
        "message": { "text": message },
        "locations": [location],
        "partialFingerprints": { "loadpath/v1": section.fingerprint(finding) },
    });
    if let Some((idx, _)) = rule::find(finding.code) {
        result["ruleIndex"] = json!(idx);
    }
    result
}

/// A rule's id as the name that some viewers show: `OverBudget`.
fn pascal(id: &str) -> String {
    id.split('-')
        .map(|word| {
            let mut characters = word.chars();
            let first = characters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(characters).collect::<String>()
        })
        .collect()
}

/// A path as a relative reference: everything but what RFC 3986 leaves alone is escaped.
fn uri(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_reference() {
        assert_eq!(uri("a b/ü%.tf"), "a%20b/%C3%BC%25.tf");
        assert_eq!(pascal("over-budget"), "OverBudget");
    }
}
