//! What a review of services as containers found once, so that it is found again by a test.

mod trees;

use std::collections::BTreeSet;

use regex::Regex;
use trees::{Case, cases};

/// The text between two marks, or nothing.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let Some((_, after)) = text.split_once(from) else {
        return "";
    };
    after.split(to).next().unwrap_or_default()
}

/// The pipeline may give away the roles that bootstrap lists and no others: what is missing there stops its first apply.
#[test]
fn the_pipeline_may_grant_the_roles_that_the_project_grants() {
    let role = Regex::new(r#""(roles/[A-Za-z0-9_.]+)""#).expect("an expression");
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        let granting = |path: &str| path.contains("gcp/") && path.ends_with(".tf");
        let bootstrap = tree
            .files
            .iter()
            .find(|(path, _)| path.ends_with("gcp/bootstrap/main.tf"));
        let Some((_, bootstrap)) = bootstrap else {
            continue;
        };
        let list = between(&bootstrap.text, "grantable_roles = [", "\n  ]");
        if list.is_empty() {
            continue;
        }
        let granted: BTreeSet<&str> = role
            .captures_iter(list)
            .filter_map(|found| found.get(1))
            .map(|found| found.as_str())
            .collect();
        let files = tree
            .files
            .iter()
            .filter(|(path, _)| granting(path) && !path.contains("/bootstrap/"));
        for (path, file) in files {
            let blocks = file.text.split("resource \"google_project_iam_member\" ");
            for block in blocks.skip(1) {
                let block = block.split("\n}").next().unwrap_or_default();
                for found in role.captures_iter(block) {
                    n_compared += 1;
                    assert!(
                        granted.contains(&found[1]),
                        "{name}: {path} grants {}, which the pipeline may not",
                        &found[1]
                    );
                }
            }
        }
    }
    assert!(n_compared > 50, "{n_compared}");
}
