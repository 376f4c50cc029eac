//! The client libraries of every language answer the vectors, where the language is installed.

mod sharding_tree;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sharding_tree::{EVERY_STRATEGY, Rendered};

/// A tree in which shards have grown and one tenant has been listed: runs are split and the directory is in use.
fn rendered() -> Rendered {
    let mut map = Rendered::new(EVERY_STRATEGY).map;
    let directory = &mut map
        .keyspaces
        .get_mut("tenants")
        .expect("one of them")
        .directory;
    directory.insert("acme \"&\" söhne".to_owned(), "tenants-s01".to_owned());
    map.validate().expect("a shard of its own keyspace");
    let grown = EVERY_STRATEGY.replace("shards: 2", "shards: 5");
    let rendered = Rendered::after(&grown, Some(map));
    assert_eq!(
        (
            rendered.map.epoch,
            rendered.map.keyspaces["users"].shards.len()
        ),
        (2, 5)
    );
    rendered
}

fn run(program: &str, args: &[&str], directory: &Path) -> Option<Output> {
    Command::new(program)
        .args(args)
        .current_dir(directory)
        .output()
        .ok()
}

fn works(program: &str, args: &[&str]) -> bool {
    run(program, args, Path::new("/")).is_some_and(|output| output.status.success())
}

/// A copy of what a project with a shard manager has: its clients ask it, too.
fn with_manager() -> tempfile::TempDir {
    let snapshot = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots/stateless-microservices-aws/sharding");
    let copy = tempfile::tempdir().expect("a temporary folder");
    let copied = Command::new("cp")
        .arg("-R")
        .args([snapshot.join("clients"), snapshot.join("shard-map.json")])
        .arg(copy.path())
        .status();
    assert!(copied.is_ok_and(|status| status.success()));
    copy
}

/// Runs the tests in `clients/<language>` and wants `expected` in what they print: of a project without a shard manager, and of
/// one with.
fn check(language: &str, program: &str, args: &[&str], expected: [&str; 2]) {
    let rendered = rendered();
    check_in(&rendered.path(), language, (program, args), expected[0]);
    let copy = with_manager();
    check_in(copy.path(), language, (program, args), expected[1]);
}

fn check_in(tree: &Path, language: &str, (program, args): (&str, &[&str]), expected: &str) {
    let directory = tree.join("clients").join(language);
    let output = run(program, args, &directory).expect("it was found before");
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success() && text.contains(expected),
        "{language}: {text}"
    );
}

#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn skip(language: &str, why: &str) {
    eprintln!("skipped {language}: {why}");
}

#[test]
fn python() {
    if !works(
        "python3",
        &["-c", "import sys; sys.exit(sys.version_info < (3, 10))"],
    ) {
        return skip("python", "no python3 of 3.10 or later");
    }
    check(
        "python",
        "python3",
        &["-m", "unittest", "-v"],
        ["Ran 8 tests", "Ran 10 tests"],
    );
}

/// The compiler, and the folder of the types of Node.js beside it.
fn typescript_compiler() -> Option<(PathBuf, PathBuf)> {
    let path = std::env::var_os("PATH")?;
    let compiler = std::env::split_paths(&path)
        .map(|folder| folder.join("tsc"))
        .find(|program| program.is_file())?;
    // …/node_modules/typescript/bin/tsc
    let packages = compiler.canonicalize().ok()?.ancestors().nth(3)?.to_owned();
    Some((compiler, packages.join("@types")))
}

#[test]
fn typescript() {
    if !works("node", &["--version"]) {
        return skip("typescript", "no node");
    }
    let strip = "--experimental-strip-types";
    let strips = works("node", &[strip, "-e", "0"]);
    let Some((compiler, types)) = typescript_compiler() else {
        if strips {
            skip("the types of typescript", "no tsc");
            return check(
                "typescript",
                "node",
                &[strip, "--test"],
                ["pass 8", "pass 9"],
            );
        }
        return skip("typescript", "node runs no TypeScript, and there is no tsc");
    };
    let checks = if types.join("node").is_dir() {
        format!("--strict --typeRoots '{}' --types node", types.display())
    } else {
        skip("the types of typescript", "no @types/node beside tsc");
        "--noCheck".to_owned()
    };
    let script = format!(
        "set -e; echo '{{\"type\":\"module\"}}' >package.json
        '{}' {checks} --target es2023 --module nodenext --moduleResolution nodenext --rewriteRelativeImportExtensions *.ts
        node --test *.test.js",
        compiler.display()
    );
    check("typescript", "sh", &["-c", &script], ["pass 8", "pass 9"]);
}

#[test]
fn go() {
    if !works("go", &["version"]) {
        return skip("go", "no go");
    }
    check(
        "go",
        "sh",
        &[
            "-c",
            "GOFLAGS=-mod=mod go vet ./... && go test -count=1 -v ./...",
        ],
        ["--- PASS: TestRoutes", "--- PASS: TestManager"],
    );
}

#[test]
fn java() {
    if !works("javac", &["-version"]) {
        return skip("java", "no javac");
    }
    check(
        "java",
        "sh",
        &[
            "-c",
            "javac -Xlint:all -Werror -d out *.java && for test in *Test.java; do java -cp out ${test%.java} || exit 1; done",
        ],
        ["checks passed", "steps passed"],
    );
}

#[test]
fn the_map_is_its_schema_and_reads_back_as_the_map() {
    let rendered = rendered();
    let read =
        |name: &str| std::fs::read_to_string(rendered.path().join(name)).expect("it is rendered");
    let document: serde_json::Value = serde_json::from_str(&read("shard-map.json")).expect("JSON");
    let schema: serde_json::Value =
        serde_json::from_str(&read("shard-map.schema.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
    for (pointer, value) in [
        ("/epoch", 0),
        ("/hash/buckets", 1000),
        ("/keyspaces/users/shards/0/ordinal", -1),
        ("/id_step", 1),
    ] {
        let mut broken = document.clone();
        *broken.pointer_mut(pointer).expect("it is there") = value.into();
        assert!(!validator.is_valid(&broken), "{pointer} {value}");
    }
    assert_eq!(
        serde_json::from_value::<loadpath::sharding::map::ShardMap>(document).expect("a map"),
        rendered.map
    );
}
