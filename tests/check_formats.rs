//! Every format of `check`, read by a parser or a schema of its own: what is found in several projects at once.

mod support;

use std::{collections::BTreeSet, fs, path::Path, process::Command, sync::LazyLock};

use serde_json::Value;
use support::Test;

const SMALL: &str = include_str!("../blueprints/small.yaml");
/// Published by OASIS; this copy is the one of the crate `serde-sarif`.
const SARIF: &str = include_str!("formats/sarif-schema-2.1.0.json");
const TFVARS: &str = "terraform/gcp/infrastructure/envs/prod.tfvars";

/// Three projects in a repository, each in step; generated once and copied for each test.
fn repository() -> Test {
    static KEPT: LazyLock<Test> = LazyLock::new(|| {
        let named = |name: &str| SMALL.replace("name: starter", &format!("name: {name}"));
        let mut test = Test::new()
            .file("a/loadpath.yaml", named("alpha"))
            .file("b/loadpath.yaml", named("beta"))
            .file("c/loadpath.yaml", named("gamma"))
            .file("ignored/loadpath.yaml", "version: 1\n")
            .file(".gitignore", "ignored/\n")
            .with(|folder| must("git", &["init", "-q", &folder.display().to_string()]));
        for folder in ["a", "b", "c"] {
            test = test.args(["generate", folder, "-q"]).run().then();
        }
        test
    });
    let kept = format!("{}/.", KEPT.path().display());
    Test::new().with(|folder| must("cp", &["-a", &kept, &folder.display().to_string()]))
}

fn must(program: &str, args: &[&str]) {
    let status = Command::new(program).args(args).status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{program} {args:?}"
    );
}

/// The same, out of step in every way that there is.
fn out_of_step() -> Test {
    repository()
        .file(
            "d/loadpath.yaml",
            "version: 1\nname: delta\nusers: { montly_active: 2M }\n",
        )
        .with(|folder| {
            // Stale, missing, in conflict, obstructed.
            replace(&folder.join("a/loadpath.yaml"), "5k", "400k");
            replace(
                &folder.join("a").join(TFVARS),
                "pods_max = ",
                "pods_max = 1",
            );
            // Edited and deleted, which is nothing to act on but with --strict.
            replace(
                &folder.join("b/docs/START.md"),
                "\n",
                "\n<b>]]> & \"'`|@all \u{1b}[31m\n",
            );
            fs::remove_file(folder.join("b/docs/QUOTAS.md")).expect("it was generated");
            fs::remove_file(folder.join("a/docs/RUNBOOK.md")).expect("it was generated");
            fs::create_dir(folder.join("a/docs/RUNBOOK.md")).expect("ours");
        })
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("it was written");
    assert!(text.contains(from), "{}: no `{from}`", path.display());
    fs::write(path, text.replacen(from, to, 1)).expect("ours");
}

/// What `check --all` prints of the projects that are out of step, in a format.
fn printed(format: &str) -> String {
    let outcome = out_of_step()
        .args(["check", "--all", "--format", format])
        .status(1)
        .any_stdout()
        .run();
    outcome.stdout
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

#[track_caller]
fn assert_valid(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).expect("the schema is one");
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

fn own_schema() -> Value {
    json(
        &Test::new()
            .args(["schema", "check"])
            .any_stdout()
            .run()
            .stdout,
    )
}

#[test]
fn projects_in_step_are_counted_and_ignored_ones_are_not_there() {
    let outcome = repository()
        .args(["check", "--all"])
        .stdout("3 projects in step\n")
        .run()
        .then()
        .args(["check", "--all", "b"])
        .stdout("1 project in step\n")
        .run()
        .then()
        .args(["check", "--all", "ignored/loadpath.yaml"])
        .status(1)
        .stderr("error: `ignored/loadpath.yaml` is not a folder\nhint: --all takes the folder to look in\n")
        .run();
    // From below, the whole repository is checked, and the other blueprint is found in no other way.
    outcome
        .then()
        .args(["-C", "a", "check", "--all"])
        .stdout("3 projects in step\n")
        .run();
}

#[test]
fn a_folder_without_a_blueprint_is_an_error() {
    Test::new()
        .args(["check", "--all"])
        .status(1)
        .stderr("error: no loadpath.yaml in `.` or below\nhint: write one with  loadpath init\n")
        .run();
}

#[test]
fn people_read_each_project_in_order_and_what_to_type() {
    let text = printed("text");
    let places: Vec<usize> = ["a\n", "\nd\n"]
        .iter()
        .map(|name| text.find(name).unwrap_or_else(|| panic!("{name}: {text}")))
        .collect();
    assert!(places.is_sorted(), "{text}");
    for part in [
        &format!("conflict   {TFVARS}     edited by a person, and blueprint changed since"),
        "bring it in step: loadpath generate a/loadpath.yaml\n",
        "obstructed docs/RUNBOOK.md",
        "blueprint  d/loadpath.yaml:3     unknown key",
        "\n2 of 4 projects out of step\n",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(
        !text.contains("\nb\n") && !text.contains("\nc\n"),
        "the others are only counted"
    );
    let strict = out_of_step()
        .args(["check", "--all", "b", "--strict"])
        .status(2)
        .stdout_has("edited     docs/START.md     by a person; up to date otherwise\n")
        .stdout_has("deleted    docs/QUOTAS.md     by a person; it stays so\n")
        .run();
    assert!(
        strict.stdout.ends_with("\n1 of 1 project out of step\n"),
        "{}",
        strict.stdout
    );
}

#[test]
fn json_follows_its_schema_and_names_every_cause() {
    let schema = own_schema();
    let all = json(&printed("json"));
    assert_valid(&schema, &all);
    assert_eq!((&all["total"], &all["out_of_step"]), (&4.into(), &2.into()));
    let codes: BTreeSet<&str> = all["projects"]
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|project| project["findings"].as_array().expect("a list"))
        .filter_map(|finding| finding["code"].as_str())
        .collect();
    for code in [
        "blueprint",
        "conflict",
        "deleted",
        "edited",
        "missing",
        "obstructed",
        "stale",
    ] {
        assert!(codes.contains(code), "no {code} in {codes:?}");
    }
    let one = out_of_step()
        .args(["check", "d", "--format", "json"])
        .status(1)
        .any_stdout()
        .run();
    assert_valid(&schema, &json(&one.stdout));
}

#[test]
fn sarif_follows_the_schema_of_its_standard() {
    let schema = json(SARIF);
    let sarif = json(&printed("sarif"));
    assert_valid(&schema, &sarif);
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("a list");
    let mut fingerprints = BTreeSet::new();
    for result in run["results"].as_array().expect("a list") {
        let rule = usize::try_from(result["ruleIndex"].as_u64().expect("a place")).expect("small");
        assert_eq!(rules[rule]["id"], result["ruleId"]);
        let fingerprint = result["partialFingerprints"]["loadpath/v1"].as_str();
        assert!(
            fingerprints.insert(fingerprint.map(str::to_owned)),
            "{result}"
        );
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert!(
            uri.as_str()
                .is_some_and(|uri| uri.starts_with(['a', 'b', 'd'])),
            "{uri}"
        );
    }
    let nothing = repository()
        .args(["check", "--all", "--format", "sarif"])
        .any_stdout()
        .run();
    let nothing = json(&nothing.stdout);
    assert_valid(&schema, &nothing);
    assert_eq!(nothing["runs"][0]["results"], Value::Array(Vec::new()));
}

#[test]
fn gitlab_gets_issues_of_the_form_it_takes() {
    let issues = json(&printed("gitlab"));
    let mut fingerprints = BTreeSet::new();
    for issue in issues.as_array().expect("a list") {
        for key in ["description", "check_name", "fingerprint"] {
            assert!(
                issue[key].as_str().is_some_and(|text| !text.is_empty()),
                "{issue}"
            );
        }
        let severity = issue["severity"].as_str().unwrap_or_default();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
        let path = issue["location"]["path"].as_str().unwrap_or_default();
        assert!(!path.is_empty() && !path.starts_with(['.', '/']), "{issue}");
        assert!(issue["location"]["lines"]["begin"].as_u64() >= Some(1));
        assert!(
            fingerprints.insert(issue["fingerprint"].to_string()),
            "{issue}"
        );
    }
    assert!(fingerprints.len() > 10);
    let nothing = repository()
        .args(["check", "--all", "--format", "gitlab"])
        .any_stdout()
        .run();
    assert_eq!(json(&nothing.stdout), Value::Array(Vec::new()));
}

#[test]
fn junit_is_xml_whose_counts_are_right() {
    let text = printed("junit");
    let document = roxmltree::Document::parse(&text).expect("it is XML");
    let suites: Vec<roxmltree::Node<'_, '_>> = document
        .root_element()
        .children()
        .filter(|node| node.has_tag_name("testsuite"))
        .collect();
    let names: Vec<&str> = suites
        .iter()
        .filter_map(|suite| suite.attribute("name"))
        .collect();
    assert_eq!(names, ["alpha", "beta", "gamma", "d/loadpath.yaml"]);
    for suite in suites {
        let cases = suite
            .children()
            .filter(|node| node.has_tag_name("testcase"));
        let failures = suite
            .descendants()
            .filter(|node| node.has_tag_name("failure"));
        assert_eq!(
            suite.attribute("tests"),
            Some(cases.count().to_string().as_str())
        );
        assert_eq!(
            suite.attribute("failures"),
            Some(failures.count().to_string().as_str())
        );
    }
}

#[test]
fn github_gets_annotations_and_a_summary_of_the_job() {
    let test = out_of_step();
    let summary = test.path().join("summary.md");
    fs::write(&summary, "before\n").expect("ours");
    let outcome = test
        .args(["check", "--all", "--format", "github", "--strict"])
        .env("GITHUB_STEP_SUMMARY", &summary.display().to_string())
        .status(1)
        .any_stdout()
        .run();
    let commands: Vec<&str> = outcome
        .stdout
        .lines()
        .filter(|line| line.starts_with("::"))
        .collect();
    assert!(commands.iter().any(|line| {
        line.starts_with("::error file=d/loadpath.yaml,line=3,title=loadpath blueprint::")
    }));
    let tfvars = fs::read_to_string(outcome.path().join("a").join(TFVARS)).expect("it is there");
    let edited = tfvars
        .lines()
        .position(|line| line.contains("pods_max = 1"));
    let line = edited.expect("a person wrote it") + 1;
    let conflict = format!("::error file=a/{TFVARS},line={line},title=loadpath conflict::");
    assert!(
        commands.iter().any(|line| line.starts_with(&conflict)),
        "no {conflict}"
    );
    for level in ["error", "warning", "notice"] {
        let count = commands
            .iter()
            .filter(|line| line.starts_with(&format!("::{level} ")))
            .count();
        assert!(count <= 10, "GitHub shows ten of {level}, here are {count}");
    }
    assert!(outcome.stdout.contains(" more; see the summary of the job"));
    let text = outcome.read("summary.md").expect("it is there");
    assert!(
        text.starts_with("before\n<!-- loadpath check -->\n"),
        "{text}"
    );
    assert!(text.contains("\n3 of 4 projects out of step\n"), "{text}");
}

#[test]
fn markdown_shows_what_matters_alone() {
    let text = printed("markdown");
    assert!(text.starts_with("<!-- loadpath check -->\n### loadpath check\n"));
    assert!(
        text.contains("\n#### `alpha`\n") && !text.contains("gamma"),
        "{text}"
    );
    assert!(text.contains("\n```diff\n"), "{text}");
    assert!(text.contains("| **missing** | `a/"), "{text}");
}

#[test]
fn the_cause_is_named_for_the_version_and_the_catalog() {
    let changed = |key: &str| {
        repository().with(|folder| {
            let path = folder.join("a/.loadpath/lock.json");
            let text = fs::read_to_string(&path).expect("it was generated");
            let line = text
                .lines()
                .find(|line| line.contains(&format!("\"{key}\": ")))
                .expect("a key");
            let other = format!("  \"{key}\": \"0.0.1\",");
            fs::write(&path, text.replace(line, &other)).expect("ours");
            // Something has to be stale.
            replace(&folder.join("a/loadpath.yaml"), "5k", "400k");
        })
    };
    for (key, word) in [("loadpath", "version"), ("catalog", "catalog")] {
        changed(key)
            .args(["check", "a"])
            .status(2)
            .stdout_has(format!("     blueprint and {word} changed since\n"))
            .run();
    }
}

#[test]
fn another_command_refuses_the_formats_of_reports() {
    repository()
        .args(["size", "a", "--format", "sarif"])
        .status(1)
        .stderr("error: only `check` and `diff` have this format\nhint: --format text or --format json\n")
        .run();
}

#[test]
fn a_project_whose_blueprint_is_elsewhere_is_named() {
    repository()
        .with(|folder| {
            fs::rename(folder.join("a/loadpath.yaml"), folder.join("alpha.yaml")).expect("ours");
        })
        .args(["check", "--all", "-v"])
        .stdout_has(
            "a\nunchecked  .loadpath/lock.json     generated from a blueprint that is not here\n",
        )
        .run();
}
