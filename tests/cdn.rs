//! What the edge caches stands in two places, `cdn/rules.json` and Terraform's variables: they must say the same.

use std::{fs, path::Path, process::Command};

/// The number after `name = ` or `"name": ` in a text.
fn number(text: &str, before: &str) -> Option<u64> {
    let rest = &text[text.find(before)? + before.len()..];
    let digits: String = rest
        .trim_start_matches([' ', '=', ':'])
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

fn agree(cloud: &str) {
    let tree = tempfile::tempdir().expect("a place for the tree");
    let made = Command::new(env!("CARGO_BIN_EXE_loadpath"))
        .args(["generate", "blueprints/sharded-kubernetes.yaml", "--set"])
        .arg(format!("cloud={cloud}"))
        .arg("-o")
        .arg(tree.path().join("out"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program was built with this test");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let read = |path: &str| {
        fs::read_to_string(tree.path().join("out").join(Path::new(path))).expect("it is emitted")
    };
    let rules = read("cdn/rules.json");
    let root = format!("terraform/{cloud}/infrastructure");
    let variables = read(&format!("{root}/envs/prod.tfvars"));
    let resources = read(&format!("{root}/cdn.tf"));
    for (path, variable) in [("/static/*", "static_ttl_s"), ("/media/*", "media_ttl_s")] {
        let rule = &rules[rules.find(path).expect("a rule of the path")..];
        let ttl = number(rule, "\"edge_ttl\"").expect("seconds");
        assert_eq!(number(&variables, variable), Some(ttl), "{path} on {cloud}");
        assert!(
            resources.contains(path.trim_end_matches('*')),
            "{path} on {cloud}"
        );
    }
    assert_eq!(
        number(&variables, "negative_ttl_s"),
        number(&rules, "\"4xx\""),
        "on {cloud}"
    );
    assert!(
        resources.contains("cdn/worker.js") && tree.path().join("out/cdn/worker.js").exists(),
        "the worker is emitted and deployed on {cloud}"
    );
}

#[test]
fn terraform_and_the_rules_agree_on_aws() {
    agree("aws");
}

#[test]
fn terraform_and_the_rules_agree_on_google_cloud() {
    agree("gcp");
}
