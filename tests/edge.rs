//! What runs before any region and what takes jobs passes the tests that are emitted with it, where Node.js is installed.

use std::{path::Path, process::Command};

/// Runs one file of tests of a snapshot and wants all of so many to pass.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn check(file: &str, tests: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots")
        .join(file);
    assert!(path.is_file(), "{} is not there", path.display());
    let Ok(output) = Command::new("node")
        .args(["--test", "--test-reporter=tap"])
        .arg(&path)
        .output()
    else {
        eprintln!("skipped {file}: no node");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains(&format!("# pass {tests}\n")),
        "{file}: {text}"
    );
}

/// Layers with lifetimes that differ, answers that are stale while they are made anew, one request to the origin for many.
#[test]
fn the_worker_keeps_what_it_may() {
    check("serverless-edge-aws/edge/edge.test.js", 13);
    check("serverless-edge-gcp/edge/edge.test.js", 13);
}

/// Signatures of QStash, and what it is told about retries.
#[test]
fn jobs_by_qstash_are_signed_and_tried_again() {
    check("serverless-edge-alternatives-aws/qstash/qstash.test.js", 4);
}

/// The collection of chat is made once, gets its indexes, and its shard key when there is more than one shard.
#[test]
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn the_collection_of_chat_is_made_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = root.join("snapshots/live-streaming-alternatives-aws/database/mongodb/chat.js");
    for (kind, first, last) in [
        ("new", "chat.create", "chat.index"),
        ("sharded", "chat.run", "shard"),
        ("there", "chat.run", "chat.index"),
    ] {
        let Ok(output) = Command::new("node")
            .arg(root.join("tests/collections.mjs"))
            .args([script.as_os_str(), kind.as_ref()])
            .output()
        else {
            eprintln!("skipped the collection of chat: no node");
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            output.status.success() && lines.len() >= 3,
            "{kind}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            lines[0].starts_with(first) && lines[lines.len() - 1].starts_with(last),
            "{kind}: {text}"
        );
        assert!(text.contains("\"expireAfterSeconds\":0"), "{text}");
    }
}

/// Requests that mean the same have one key at CloudFront.
#[test]
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn cloudfront_makes_one_key_of_requests_that_mean_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |method: &str, urls: &[&str]| {
        let output = Command::new("node")
            .arg(root.join("tests/key.mjs"))
            .arg(root.join("snapshots/stateless-microservices-aws/cdn/key.js"))
            .arg(method)
            .args(urls)
            .output()
            .ok()?;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Some(gets) = run(
        "GET",
        &[
            "/search?b=2&utm_source=x&a=1&b=1&FBCLID=y",
            "/search?a=1&b=2&b=1",
            "/media/a.png?w=500&x=1&q=80",
            "/media/a.png?w=5000",
            "/static/app.1f2e.js?v=3",
            "/",
        ],
    ) else {
        eprintln!("skipped the key of CloudFront: no node");
        return;
    };
    assert_eq!(
        gets,
        "/search a=1&b=2&b=1\n/search a=1&b=2&b=1\n/media/a.png q=80&w=640\n/media/a.png w=1920\n/static/app.1f2e.js \n/ \n"
    );
    assert_eq!(
        run("POST", &["/search?b=2&a=1"]).as_deref(),
        Some("/search as it was\n")
    );
}
