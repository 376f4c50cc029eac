//! For people at a terminal: a word and a path for each finding, the difference below it, and one last line.

use super::{Document, Section, is_out_of_step};

/// Columns in front of a difference.
const INDENT: &str = "           ";

pub(super) fn section(document: &Document, section: &Section) -> String {
    let mut text = String::new();
    if document.is_many {
        if !is_out_of_step(section) && !document.is_verbose {
            return text;
        }
        if document.n_out_of_step > 0 {
            text.push('\n');
        }
        let name = match section.folder.as_str() {
            "" => ".",
            folder => folder,
        };
        text.push_str(&format!("{name}\n"));
    }
    text.push_str(&section.text);
    for finding in &section.findings {
        let place = match (&finding.path, finding.line) {
            (Some(path), _) => format!("{path}     "),
            (None, Some(line)) => format!("{}:{line}     ", section.blueprint),
            (None, None) => String::new(),
        };
        let line = format!("{:<10} {place}{}", finding.code, finding.message);
        text.push_str(line.trim_end());
        text.push('\n');
        for line in finding.detail.lines() {
            text.push_str(&format!("{INDENT}{line}\n"));
        }
    }
    if let Some(more) = &section.more {
        text.push_str(&format!("{more}\n"));
    }
    text.push_str(&section.summary);
    if let Some(next) = &section.next {
        text.push_str(&format!("        bring it in step: {next}"));
    }
    text + "\n"
}

pub(super) fn end(document: &Document) -> String {
    if !document.is_many {
        return String::new();
    }
    let blank = if document.n_out_of_step > 0 || document.is_verbose {
        "\n"
    } else {
        ""
    };
    format!("{blank}{}\n", document.totals())
}
