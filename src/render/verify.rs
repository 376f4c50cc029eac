//! Reads rendered text again, as its readers will.

use anyhow::{Result, anyhow};

use crate::syntax::Language;

/// Checks that the text of a rendered file is of the language of its path: HCL, YAML or JSON with each key once.
/// Other languages pass. Worth calling for texts that differ from what was generated last; files are independent of
/// each other, so callers may use threads.
///
/// # Errors
/// Names the path, line and column of the first mistake: a template is wrong.
pub fn verify(path: &str, text: &str) -> Result<()> {
    let read = Language::of(path).map_or(Ok(()), |language| language.parse(text));
    read.map_err(|malformed| anyhow!("bug: rendered `{path}` cannot be read: {malformed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_is_read_by_its_own_rules() {
        for (path, text) in [
            ("a.tf", "a = 1\n"),
            ("a.yaml", "a: 1\n"),
            ("a.json", "{}"),
            ("a.md", "}{"),
            ("a", "}{"),
        ] {
            verify(path, text).expect(path);
        }
        for path in [
            "b/a.tf",
            "a.tfvars",
            "a.tftest.hcl",
            "a.yaml",
            "a.yml",
            "a.json",
        ] {
            let error = verify(path, "a: [\n").expect_err(path);
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("bug: rendered `{path}` cannot be read: line ")),
                "{error}"
            );
        }
    }
}
