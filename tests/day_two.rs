//! A project on its second day, for every architecture: nine people edit nine files in nine ways, the users double, and
//! nothing that anybody wrote is lost. The last step, what Terraform does with it, is the job `story` of .ci/conformance.

mod support;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use support::{Outcome, Test, files};

/// Files of a project by what is in them; one of each is in every architecture.
fn first(outcome: &Outcome, wanted: impl Fn(&str, &str) -> bool) -> String {
    let all = outcome.files();
    let found = all.iter().find(|(path, bytes)| {
        !path.starts_with(".loadpath/") && wanted(path, &String::from_utf8_lossy(bytes))
    });
    found
        .map(|(path, _)| path.clone())
        .expect("every architecture has one")
}

fn rewrite(folder: &Path, path: &str, edit: impl Fn(String) -> String) {
    let path = folder.join(path);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let edited = edit(text.clone());
    assert_ne!(edited, text, "{}", path.display());
    fs::write(path, edited).expect("the folder is ours");
}

/// The text with a line after the one of this number.
fn with_line(text: &str, at: usize, line: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(at.min(lines.len()), line);
    lines.join("\n") + "\n"
}

/// The story of an example whose load doubles with these values, on both clouds.
fn story(example: &str, twice: &[&str]) {
    for cloud in ["aws", "gcp"] {
        story_on(cloud, example, twice);
    }
}

fn story_on(cloud: &str, example: &str, twice: &[&str]) {
    let blueprint = fs::read_to_string(format!(
        "{}/blueprints/{example}.yaml",
        env!("CARGO_MANIFEST_DIR")
    ))
    .expect("it is an example");
    let outcome = Test::new()
        .file("loadpath.yaml", &blueprint)
        .args(["generate", "-q", "--write", "--set"])
        .arg(format!("cloud={cloud}"))
        .any_stderr()
        .run();
    let folder = outcome.path().to_owned();
    let structure = first(&outcome, |path, text| {
        path.ends_with(".tf") && text.contains("\nresource ") && path.contains("infrastructure")
    });
    let kept = first(&outcome, |path, text| {
        path.ends_with(".tf") && text.contains("\nresource ") && *path != structure
    });
    let sizes = first(&outcome, |path, _| {
        path.ends_with("infrastructure/envs/prod.tfvars")
    });
    let pipeline = first(&outcome, |path, _| {
        path.starts_with(".github/workflows/") || path == "Jenkinsfile" || path == ".gitlab-ci.yml"
    });
    let data = first(&outcome, |path, text| {
        path.ends_with(".json") && text.starts_with("{\n") || path == "loadtest/testrun.yaml"
    });
    let script = first(&outcome, |path, _| path == "scripts/plan");
    let load = first(&outcome, |path, _| {
        path.starts_with("loadtest/") && path.ends_with(".js")
    });

    // 1 a block at the end, 2 a comment in between, 3 a key, 4 a comment at the top, 5 a region of one's own
    rewrite(&folder, &structure, |text| {
        text + "\nresource \"null_resource\" \"wrote_1\" {}\n"
    });
    rewrite(&folder, &sizes, |text| {
        with_line(&text, 2, "# wrote_2: agreed with finance")
    });
    rewrite(&folder, &data, |text| {
        let line = if data.ends_with(".json") {
            "  \"wrote_3\": true,"
        } else {
            "# wrote_3"
        };
        with_line(&text, 1, line)
    });
    rewrite(&folder, &pipeline, |text| {
        let comment = if pipeline == "Jenkinsfile" { "//" } else { "#" };
        with_line(&text, 0, &format!("{comment} wrote_4"))
    });
    rewrite(&folder, &kept, |text| {
        text + "\n# loadpath:keep begin\nlocals {\n  wrote_5 = 1\n}\n# loadpath:keep end\n"
    });
    // 6 the line ends of another system, and a line; 7 a line and other permissions; 8 gone; 9 under another name, with a line
    rewrite(&folder, "docs/START.md", |text| {
        with_line(&text, 3, "wrote_6").replace('\n', "\r\n")
    });
    rewrite(&folder, &script, |text| with_line(&text, 1, "# wrote_7"));
    fs::set_permissions(folder.join(&script), fs::Permissions::from_mode(0o700))
        .expect("the file is ours");
    fs::remove_file(folder.join("docs/QUOTAS.md")).expect("it was generated");
    rewrite(&folder, &load, |text| text + "// wrote_9\n");
    fs::rename(folder.join(&load), folder.join("loadtest/mine.js")).expect("the folder is ours");

    let sets = twice.iter().flat_map(|&set| ["--set", set]);
    let outcome = outcome
        .then()
        .args(["generate", "--write"])
        .args(sets)
        .any_stderr()
        .run();
    for n in [1, 2, 3, 4, 5, 6, 7, 9] {
        let word = format!("wrote_{n}");
        let found = outcome
            .files()
            .values()
            .any(|bytes| String::from_utf8_lossy(bytes).contains(&word));
        assert!(found, "{example} on {cloud}: {word} is lost");
    }
    let start = outcome.read("docs/START.md").expect("it is there");
    assert!(
        start.lines().count() > 10 && start.matches("\r\n").count() == start.matches('\n').count()
    );
    let mode = fs::metadata(folder.join(&script))
        .expect("it is there")
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(mode, 0o700);
    assert_eq!(outcome.read("docs/QUOTAS.md"), None);
    assert_eq!(outcome.read(&load), None);
    let report = outcome.stderr.clone();
    assert!(
        report.contains("merged") && report.contains("updated"),
        "{report}"
    );

    let before = files(&folder);
    // Twice the users may be over the budget; nothing else may be wrong.
    let check = Command::new(env!("CARGO_BIN_EXE_loadpath"))
        .arg("check")
        .current_dir(&folder)
        .output()
        .expect("the binary starts");
    let found = String::from_utf8_lossy(&check.stdout);
    assert!(
        matches!(check.status.code(), Some(0 | 4)),
        "{example} on {cloud}: {found}"
    );
    let outcome = outcome.then().args(["generate", "-q"]).any_stderr().run();
    assert_eq!(
        files(outcome.path()),
        before,
        "{example} on {cloud}: the second run wrote something"
    );
    support::say(&format!(
        "{example} on {cloud}: nine edits kept, {}",
        report
            .lines()
            .find(|line| line.trim_start().starts_with("merged"))
            .unwrap_or_default()
            .trim()
    ));
}

#[test]
fn sharded_kubernetes() {
    story(
        "sharded-kubernetes",
        &["users.monthly_active=1000k", "users.peak_concurrent=100k"],
    );
}

#[test]
fn stateless_microservices() {
    story("stateless-microservices", &["traffic.requests_per_day=10M"]);
}

#[test]
fn managed_containers() {
    story("managed-containers", &["traffic.requests_per_second=4k"]);
}

#[test]
fn live_streaming() {
    story("live-streaming", &["users.peak_concurrent=100k"]);
}

#[test]
fn serverless_edge() {
    story("serverless-edge", &["users.daily_active=10M"]);
}
