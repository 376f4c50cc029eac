//! A project frozen by every format of the lock is generated on: nothing in it is lost.

mod support;

use std::{fs, path::PathBuf};

use support::Test;

fn frozen() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/locks");
    let entries = fs::read_dir(folder).expect("there are frozen projects");
    entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect()
}

#[test]
fn a_project_of_every_format_is_generated_on() {
    for folder in frozen() {
        let mut test = Test::new();
        for (path, bytes) in support::files(&folder) {
            test = test.file(&path, bytes);
        }
        let outcome = test.args(["generate", "-q"]).any_stderr().run();
        let lock = outcome.read(".loadpath/lock.json").expect("it was written");
        assert!(
            lock.starts_with("{\n  \"format\": 2,\n"),
            "{}",
            folder.display()
        );
        let network = outcome
            .read("terraform/gcp/infrastructure/network.tf")
            .expect("it is there");
        assert!(
            network.ends_with(
                "\nresource \"google_compute_address\" \"mine\" {\n  name = \"mine\"\n}\n"
            )
        );
        let sizes = outcome
            .read("terraform/gcp/infrastructure/envs/prod.tfvars")
            .expect("it is there");
        assert!(sizes.contains("\n# mine: agreed with finance\n"));
        assert_eq!(
            outcome.read("docs/START.md"),
            None,
            "what was deleted stays deleted"
        );
        let before = outcome.files();
        let again = outcome.then().args(["generate", "-q"]).any_stderr().run();
        assert_eq!(again.files(), before);
    }
}
