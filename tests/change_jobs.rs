//! The jobs that comment on a change, as their pipelines run them, against a server that keeps comments: none where nothing changes,
//! one that is kept up to date where something does, and a job that fails where it cannot tell.

mod support;

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use support::{Test, say};

const SMALL: &str = include_str!("../blueprints/small.yaml");
const ACTION: &str = include_str!("../action.yml");

/// The server, as long as this value lives.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// None, with the reason on standard error, where a tool of the jobs is not there.
    fn start() -> Option<Self> {
        for tool in ["python3", "curl", "jq", "bash", "git"] {
            let found = Command::new(tool).arg("--version").output();
            if !found.is_ok_and(|output| output.status.success()) {
                say(&format!("skipped: the jobs need {tool}"));
                return None;
            }
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake/comments.py");
        let mut child = Command::new("python3")
            .arg(script)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it was there before");
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("it is a pipe"))
            .read_line(&mut port)
            .expect("it says its port");
        let url = format!("http://127.0.0.1:{}", port.trim());
        Some(Self { child, url })
    }

    /// Bodies of all comments but the one that was there.
    fn comments(&self) -> Vec<String> {
        let output = Command::new("curl")
            .args([
                "--fail",
                "--silent",
                "--header",
                "PRIVATE-TOKEN: s3cret",
                &self.url,
            ])
            .output()
            .expect("it was there before");
        let all: Vec<Value> = serde_json::from_slice(&output.stdout).expect("it is JSON");
        let body = |comment: &Value| comment["body"].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            body(&all[0]),
            "looks good",
            "somebody else's comment is left alone"
        );
        all[1..].iter().map(body).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn git(folder: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    let done = Command::new("git")
        .args(identity)
        .args(["-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(folder)
        .status();
    assert!(done.is_ok_and(|status| status.success()), "git {args:?}");
}

/// A clone of a repository with a generated project whose pipeline is of this kind.
fn project(pipeline: &str) -> Test {
    let blueprint = SMALL.replace(
        "platform: {",
        &format!("platform: {{ pipeline: {pipeline},"),
    );
    assert_ne!(blueprint, SMALL);
    let test = Test::new().file("origin/loadpath.yaml", blueprint);
    let outcome = test
        .with(|folder| git(&folder.join("origin"), &["init", "-q", "-b", "main", "."]))
        .args(["generate", "origin", "-q"])
        .any_stderr()
        .run();
    outcome.then().with(|folder| {
        git(&folder.join("origin"), &["add", "-A"]);
        git(&folder.join("origin"), &["commit", "-q", "-m", "first"]);
        git(folder, &["clone", "-q", "origin", "clone"]);
        fs::create_dir(folder.join("bin")).expect("ours");
    })
}

/// The block of text that begins below the first `key: |` after a line, without its indentation.
fn block(text: &str, after: &str, key: &str) -> String {
    let start = text
        .find(after)
        .unwrap_or_else(|| panic!("there is no `{after}`"));
    let mut lines = text[start..].lines().skip_while(|line| {
        let line = line.trim_start();
        !(line.starts_with(key) && (line.ends_with('|') || line.ends_with("|-")))
    });
    let head = lines
        .next()
        .unwrap_or_else(|| panic!("there is no `{key} |`"));
    let depth = |line: &str| line.len() - line.trim_start().len();
    // What follows a dash is two columns further in.
    let is_in_item = key.starts_with("- ") && key != "- |";
    let inside = depth(head) + if is_in_item { 3 } else { 1 };
    let lines: Vec<&str> = lines
        .take_while(|line| line.trim().is_empty() || depth(line) >= inside)
        .collect();
    let indentation = lines.first().map_or(0, |line| depth(line));
    lines
        .iter()
        .map(|line| line.get(indentation..).unwrap_or_default().to_owned() + "\n")
        .collect()
}

/// Runs a script in the clone as a pipeline does, with `loadpath` on the path.
fn run(test: &Test, script: &str, variables: &[(&str, &str)]) -> Output {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_loadpath"));
    let path = env::var("PATH").expect("there is a path");
    let own = test.path().join("bin");
    let built = binary.parent().expect("it is in a folder");
    Command::new("bash")
        .args(["-eo", "pipefail", "-c", script])
        .current_dir(test.path().join("clone"))
        .env(
            "PATH",
            format!("{}:{}:{path}", own.display(), built.display()),
        )
        .envs(variables.iter().copied())
        .output()
        .expect("it was there before")
}

fn set_users(test: &Test, from: &str, to: &str) {
    let path = test.path().join("clone/loadpath.yaml");
    let text = fs::read_to_string(&path).expect("it is there");
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).expect("ours");
}

/// A change is pushed again and again: what stands in the comments after each run of the job.
fn kept_up_to_date(test: &Test, server: &Server, job: impl Fn() -> Output) {
    let succeeds = || {
        let output = job();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success(),
            "{said}\n{}",
            String::from_utf8_lossy(&output.stdout)
        );
    };
    succeeds();
    assert_eq!(server.comments(), Vec::<String>::new(), "nothing changes");
    set_users(test, "5k", "400k");
    succeeds();
    let first = server.comments();
    assert_eq!(first.len(), 1);
    assert!(
        first[0].starts_with("<!-- loadpath diff -->\n"),
        "{}",
        first[0]
    );
    assert!(first[0].contains("cost of prod"), "{}", first[0]);
    // `&`, `+` and others of a form come through.
    assert!(first[0].contains("(+"), "{}", first[0]);
    set_users(test, "400k", "40k");
    succeeds();
    let second = server.comments();
    assert_eq!(
        second.len(),
        1,
        "the comment that is there is brought up to date"
    );
    assert_ne!(second, first);
    set_users(test, "40k", "5k");
    succeeds();
    let third = server.comments();
    assert!(
        third.len() == 1 && third[0].contains("nothing changes"),
        "{third:?}"
    );
    // What cannot be told is no comment, and no green job.
    set_users(test, "5k", "parsecs");
    assert!(!job().status.success());
    assert_eq!(server.comments(), third);
    set_users(test, "parsecs", "5k");
}

#[test]
fn gitlab() {
    let Some(server) = Server::start() else {
        return;
    };
    let test = project("gitlab");
    let pipeline =
        fs::read_to_string(test.path().join("clone/.gitlab-ci.yml")).expect("it is there");
    let script = block(&pipeline, "\nchange:\n", "- |");
    let folder = test.path().join("clone").display().to_string();
    kept_up_to_date(&test, &server, || {
        run(
            &test,
            &script,
            &[
                ("CI_API_V4_URL", &server.url),
                ("CI_PROJECT_DIR", &folder),
                ("CI_PROJECT_ID", "1"),
                ("CI_MERGE_REQUEST_IID", "2"),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "origin/main"),
                ("COMMENT_TOKEN", "s3cret"),
            ],
        )
    });
}

#[test]
fn jenkins() {
    let Some(server) = Server::start() else {
        return;
    };
    let test = project("jenkins");
    let pipeline = fs::read_to_string(test.path().join("clone/Jenkinsfile")).expect("it is there");
    let begin = pipeline.find("stage('Comment')").expect("it has one");
    let script = pipeline[begin..]
        .split("'''")
        .nth(1)
        .expect("it has a script");
    // As Groovy reads it; and no plan was made.
    let script = script
        .replace("\\\\", "\\")
        .replace("https://api.github.com", &server.url);
    let script = script
        .split("for plan in ")
        .next()
        .expect("it has a beginning")
        .to_owned();
    kept_up_to_date(&test, &server, || {
        run(
            &test,
            &script,
            &[("PULL_REQUEST", "2"), ("COMMENT_TOKEN", "s3cret")],
        )
    });
}

/// What of `gh api` the jobs use, on the server.
fn with_gh(test: &Test, server: &Server) {
    let script = format!(
        r#"#!/bin/bash
set -euo pipefail
[[ $1 == api ]]; shift
method=() filter=. data=()
while (($#)); do
  case $1 in
    --silent | --paginate) ;;
    --method) method=(--request "$2"); shift ;;
    --jq) filter=$2; shift ;;
    --field) data=(--data-binary "$(jq -Rs '{{ body: . }}' "${{2#body=@}}")"); shift ;;
    *) url=$1 ;;
  esac
  shift
done
curl --fail --silent --header "Authorization: Bearer $GH_TOKEN" "${{method[@]}}" "${{data[@]}}" "{}/$url" | jq -r "$filter"
"#,
        server.url
    );
    let path = test.path().join("bin/gh");
    fs::write(&path, script).expect("ours");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("ours");
}

#[test]
fn github() {
    let Some(server) = Server::start() else {
        return;
    };
    let test = project("github-actions");
    with_gh(&test, &server);
    let folder = test.path().join("clone/.github/workflows");
    let workflow = fs::read_dir(folder).expect("it is there").next();
    let workflow = workflow
        .expect("there is one")
        .expect("it can be read")
        .path();
    let workflow = fs::read_to_string(workflow).expect("it is text");
    let script = block(&workflow, "\n  change:\n", "- run:");
    let temporary = test.path().display().to_string();
    kept_up_to_date(&test, &server, || {
        run(
            &test,
            &script,
            &[
                ("BASE", "origin/main"),
                ("NUMBER", "2"),
                ("GITHUB_REPOSITORY", "o/r"),
                ("RUNNER_TEMP", &temporary),
                ("GH_TOKEN", "s3cret"),
            ],
        )
    });
}

#[test]
fn the_action() {
    let Some(server) = Server::start() else {
        return;
    };
    let test = project("none");
    with_gh(&test, &server);
    let temporary = test.path().display().to_string();
    let output = test.path().join("output").display().to_string();
    let difference = block(ACTION, "- name: Difference", "run:");
    let compare = |fail_on: &str, against: &str| {
        run(
            &test,
            &difference,
            &[
                ("BLUEPRINT", "."),
                ("LOADPATH_AGAINST", against),
                ("FAIL_ON", fail_on),
                ("COMMENT", "true"),
                ("COMMENTS", "repos/o/r/issues/2/comments"),
                ("RUNNER_TEMP", &temporary),
                ("GH_TOKEN", "s3cret"),
            ],
        )
    };
    // A commit that is here, and a branch that only the server has.
    kept_up_to_date(&test, &server, || compare("", "origin/main"));
    git(&test.path().join("origin"), &["branch", "release"]);
    assert!(compare("", "release").status.success());
    assert!(!compare("", "nothing").status.success());
    set_users(&test, "5k", "400k");
    assert_eq!(
        compare("risk=data-moving", "origin/main").status.code(),
        Some(5)
    );
    assert_eq!(compare("cost>10%", "origin/main").status.code(), Some(4));
    assert_eq!(
        server.comments().len(),
        1,
        "the comment is kept all the same"
    );

    let check = block(ACTION, "- name: Check", "run:");
    let checked = |blueprint: &str, fail_on: &str| {
        run(
            &test,
            &check,
            &[
                ("BLUEPRINT", blueprint),
                ("FAIL_ON", fail_on),
                ("COMMENT", "false"),
                ("LOADPATH_STRICT", "false"),
                ("GITHUB_OUTPUT", &output),
            ],
        )
    };
    assert_eq!(checked("", "").status.code(), Some(2), "every blueprint");
    assert_eq!(checked(".", "risk").status.code(), Some(2));
    let told = fs::read_to_string(&output).expect("it is told");
    assert_eq!(told, "status=2\nstatus=2\n");
    let refused = checked("", "risk");
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(
        said.starts_with("::error::loadpath: `fail-on` and `comment`"),
        "{said}"
    );
}
