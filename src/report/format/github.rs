//! Workflow commands of GitHub Actions: each finding is an annotation at its file and line.
//!
//! GitHub shows ten annotations of each level and step; from the tenth on, one says how many more there are.

use super::{Document, Section};
use crate::report::finding::{Finding, Severity};

/// Annotations of a level that are written before they are only counted.
const SHOWN: usize = 9;

pub(super) fn section(document: &mut Document, section: &Section) -> String {
    let mut text = String::new();
    for finding in &section.findings {
        let count = &mut document.annotated[level_idx(finding.severity)];
        *count += 1;
        if *count <= SHOWN {
            text.push_str(&annotation(section, finding));
        }
    }
    let name = if document.is_many {
        format!("{}: ", section.name)
    } else {
        String::new()
    };
    if let Some(next) = &section.next {
        text.push_str(&format!("bring it in step: {next}\n"));
    }
    // A plain line of the log; one that begins with `::` would be a command.
    text + name.trim_start_matches(':') + section.summary.trim_start_matches(':') + "\n"
}

pub(super) fn end(document: &Document) -> String {
    let mut text = String::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let more = document.annotated[level_idx(severity)].saturating_sub(SHOWN);
        if more > 0 {
            text.push_str(&format!(
                "::{} title=loadpath::{more} more; see the summary of the job\n",
                level(severity)
            ));
        }
    }
    text
}

fn annotation(section: &Section, finding: &Finding) -> String {
    let mut text = format!(
        "::{} file={}",
        level(finding.severity),
        property(&section.path(finding))
    );
    if let Some(line) = finding.line {
        text.push_str(&format!(",line={line}"));
    }
    let mut message = match &finding.subject {
        Some(subject) => format!("{subject}: {}", finding.message),
        None => finding.message.clone(),
    };
    if !finding.detail.is_empty() {
        message.push('\n');
        message.push_str(finding.detail.trim_end());
    }
    if let Some(hint) = &finding.hint {
        message.push_str(&format!("\n{hint}"));
    }
    text + &format!(
        ",title={}::{}\n",
        property(&format!("loadpath {}", finding.code)),
        data(&message)
    )
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "notice",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn level_idx(severity: Severity) -> usize {
    match severity {
        Severity::Note => 0,
        Severity::Warning => 1,
        Severity::Error => 2,
    }
}

/// A message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_file_says_becomes_a_command() {
        let section = Section::default();
        let finding = Finding::new(Severity::Warning, "stale", "changed")
            .at("a,b:c%.tf")
            .on_line(3)
            .showing("+::set-output name=x::y\n+z");
        assert_eq!(
            annotation(&section, &finding),
            "::warning file=a%2Cb%3Ac%25.tf,line=3,title=loadpath stale::changed%0A+::set-output name=x::y%0A+z\n"
        );
    }
}
