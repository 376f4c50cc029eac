//! What `sharding/` holds runs on real PostgreSQL servers, started here.

mod sharding_tree;

use sharding_tree::{EVERY_STRATEGY, Rendered};

#[test]
fn keep() {
    let rendered = Rendered::new(EVERY_STRATEGY);
    let to = std::env::var("KEEP").expect("set");
    let status = std::process::Command::new("cp")
        .arg("-r")
        .arg(rendered.path())
        .arg(to)
        .status()
        .expect("cp");
    assert!(status.success());
}
