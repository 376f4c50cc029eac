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
