//! A comment on a change, or the summary of a job: a table of findings with their differences folded away.
//!
//! Promised: no more than [`LIMIT`] characters, whatever is found; nothing in it is taken for Markdown or HTML that was not
//! meant so.

use super::{Document, Section, is_out_of_step};
use crate::report::finding::{Finding, Severity};

/// Characters of a document; a comment on GitHub takes 65,536.
pub const LIMIT: usize = 60_000;

/// The first line, by which a comment that is already there is found and replaced.
pub fn marker(command: &str) -> String {
    format!("<!-- loadpath {command} -->")
}

pub(super) fn begin(document: &mut Document) -> String {
    let text = format!(
        "{}\n### loadpath {}\n",
        marker(document.command),
        document.command
    );
    document.written = text.len();
    text
}

pub(super) fn section(document: &mut Document, section: &Section) -> String {
    if document.is_many && !is_out_of_step(section) {
        return String::new();
    }
    let mut text = String::new();
    if document.is_many {
        text.push_str(&format!("\n#### {}\n", code(&section.name)));
    }
    text.push_str(&format!("\n{}\n", escaped(&section.summary)));
    if let Some(next) = &section.next {
        text.push_str(&format!("Bring it in step: {}\n", code(next)));
    }
    if !section.markdown.is_empty() {
        text.push_str(&format!("\n{}", section.markdown));
    }
    if !section.findings.is_empty() {
        text.push_str("\n| | where | what |\n| --- | --- | --- |\n");
        for finding in &section.findings {
            text.push_str(&row(section, finding));
        }
    }
    let details: Vec<String> = section
        .findings
        .iter()
        .filter(|finding| !finding.detail.is_empty())
        .map(|finding| detail(section, finding))
        .collect();
    bounded(document, text, &details)
}

/// As much of it as there is room for: rows first, then whole differences.
fn bounded(document: &mut Document, text: String, details: &[String]) -> String {
    let room = LIMIT.saturating_sub(document.written);
    let mut out = text;
    if out.len() > room {
        // A table may end at any row.
        let end = out
            .char_indices()
            .take_while(|(at, _)| *at <= room)
            .filter(|(_, character)| *character == '\n')
            .last();
        out.truncate(end.map_or(0, |(at, _)| at + 1));
        document.left_out += 1;
    }
    for detail in details {
        if out.len() + detail.len() > room {
            document.left_out += 1;
        } else {
            out.push_str(detail);
        }
    }
    document.written += out.len();
    out
}

pub(super) fn end(document: &Document) -> String {
    let mut text = String::new();
    if document.is_many {
        text.push_str(&format!("\n{}\n", document.totals()));
    }
    if document.left_out > 0 {
        text.push_str(&format!(
            "\n{} more did not fit here; `loadpath {}` shows all.\n",
            document.left_out, document.command
        ));
    }
    text
}

fn row(section: &Section, finding: &Finding) -> String {
    let word = match finding.severity {
        Severity::Note => finding.code.to_owned(),
        Severity::Warning | Severity::Error => format!("**{}**", finding.code),
    };
    let place = match (&finding.subject, finding.line) {
        (Some(subject), _) => code(subject),
        (None, Some(line)) => code(&format!("{}:{line}", section.path(finding))),
        (None, None) => code(&section.path(finding)),
    };
    format!("| {word} | {place} | {} |\n", escaped(&finding.message))
}

fn detail(section: &Section, finding: &Finding) -> String {
    let fence = "`".repeat(longest_run(&finding.detail).max(2) + 1);
    format!(
        "\n<details><summary>{}</summary>\n\n{fence}diff\n{}\n{fence}\n</details>\n",
        html(&section.path(finding)),
        finding.detail.trim_end()
    )
}

/// The longest run of backticks: a fence has to be longer.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// A space for each line's end and other control character.
fn on_one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Text as code within a row of a table.
fn code(text: &str) -> String {
    let clean = on_one_line(text);
    let fence = "`".repeat(longest_run(&clean) + 1);
    let space = if clean.starts_with('`') || clean.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{clean}{space}{fence}").replace('|', "\\|")
}

/// Text as text within a row of a table: nothing in it is markup, and nobody is called by it.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(character);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out
}

fn html(text: &str) -> String {
    on_one_line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::format::Format;

    fn section_of(findings: Vec<Finding>) -> Section {
        Section {
            name: "shop".to_owned(),
            summary: "1 of 2 files".to_owned(),
            findings,
            ..Section::default()
        }
    }

    #[test]
    fn what_a_file_says_is_no_markup() {
        assert_eq!(code("a`b|c"), "``a`b\\|c``");
        assert_eq!(escaped("<b> *x* @all"), "&lt;b&gt; \\*x\\* &#64;all");
        let hostile = Finding::new(Severity::Warning, "stale", "changed")
            .at("a.md")
            .showing("+```\n+</details>");
        let text = detail(&section_of(Vec::new()), &hostile);
        assert!(
            text.contains("\n````diff\n+```\n+</details>\n````\n"),
            "{text}"
        );
    }

    #[test]
    fn it_fits_into_a_comment_whatever_is_found() {
        let one = |idx: usize| {
            Finding::new(Severity::Warning, "stale", "blueprint changed since")
                .at(format!("folder/{idx}.tf"))
                .showing("+a line of the difference\n".repeat(20))
        };
        for count in [10, 200, 5_000] {
            let mut document = Document::new(Format::Markdown, "check", false, false);
            let section = section_of((0..count).map(one).collect());
            let text = document.begin() + &document.section(&section) + &document.end();
            assert!(text.len() < 65_536, "{count}: {}", text.len());
            assert_eq!(text.contains("did not fit"), count > 10);
            assert!(text.starts_with("<!-- loadpath check -->\n"));
        }
    }
}
