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
    check("serverless-edge-aws/edge/edge.test.js", 11);
    check("serverless-edge-gcp/edge/edge.test.js", 11);
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
