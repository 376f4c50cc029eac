//! A run killed by the system, a hundred and more times, at moments spread over all it does.

mod support;

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use loadpath::{reconcile::Project, render::Tree};
use support::{files, folder_in_memory, generate, tree};

/// Names the folder in which the child generates.
const FOLDER: &str = "LOADPATH_KILL_TEST_FOLDER";
/// Names the version that it generates.
const VERSION: &str = "LOADPATH_KILL_TEST_VERSION";
/// How often a run is killed.
const KILLS: u32 = 120;
const SIGKILL: i32 = 9;

/// 150 files, a third of which come and go from version to version.
fn project(version: u32) -> Tree {
    let names = (0..150).filter(|n| n % 3 != 0 || (n / 3 + version).is_multiple_of(2));
    tree(names.map(|n| {
        (
            format!("folder-{}/{}/file-{n}", n % 5, n % 4),
            format!("version {version}\n").repeat(40),
        )
    }))
}

/// The child: not a test of its own, but a process that can be killed.
#[test]
fn child() {
    let (Some(folder), Ok(version)) = (env::var_os(FOLDER), env::var(VERSION)) else {
        return;
    };
    let tree = project(version.parse().expect("the version is a number"));
    let mut stdout = std::io::stdout();
    writeln!(stdout, "ready")
        .and_then(|()| stdout.flush())
        .expect("the parent listens");
    generate(Path::new(&folder), &tree).expect("nothing but a kill stops it");
}

/// Starts the child and waits until it is about to generate. Who stops listening to it would stop it.
fn start(folder: &Path, version: u32) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(env::current_exe().expect("this test is a program"))
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(VERSION, version.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this test starts again");
    let mut stdout = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
    let mut line = String::new();
    while !line.ends_with("ready\n") {
        line.clear();
        let length = stdout.read_line(&mut line).expect("the child writes text");
        assert!(length > 0, "the child ended before it began");
    }
    (child, stdout)
}

/// Every visible file is wholly of one version or the other.
fn assert_whole(folder: &Path, versions: [&Tree; 2]) {
    for (path, text) in files(folder) {
        if path.starts_with(".loadpath/") || path == ".gitattributes" {
            continue;
        }
        let is_of = |tree: &&Tree| {
            tree.files
                .get(&path)
                .is_some_and(|file| file.text.as_bytes() == text)
        };
        assert!(versions.iter().any(is_of), "`{path}` is half-written");
    }
}

#[test]
fn a_killed_run_is_put_right_by_the_next() {
    let folder = folder_in_memory();
    let folder = folder.path();
    generate(folder, &project(0)).expect("the first run ends");
    let (mut second, _stdout) = start(folder, 1);
    let began = Instant::now();
    assert!(
        second.wait().is_ok_and(|status| status.success()),
        "the second run ends"
    );
    // The disk's speed varies: the span that is killed in follows what whole runs take.
    let mut span = began.elapsed();
    let (mut killed, mut interrupted) = (0, 0);
    // A moment that hit the changes: every second kill is near it, for they are a small part of a run.
    let mut hit: Option<Duration> = None;
    for version in 2.. {
        if killed == KILLS {
            break;
        }
        let (old, new) = (project(version - 1), project(version));
        let (mut child, _stdout) = start(folder, version);
        let began = Instant::now();
        let moment = match hit.filter(|_| version % 2 == 0) {
            Some(hit) => hit.mul_f64(0.9) + hit * ((version * 29) % 20) / 100,
            None => span * ((version * 37) % 100) / 100,
        };
        while began.elapsed() < moment {
            std::hint::spin_loop();
        }
        child.kill().expect("the child is ours");
        let status = child.wait().expect("the child is ours");
        if status.signal() == Some(SIGKILL) {
            killed += 1;
            if moment > span.mul_f64(0.9) {
                span = span.mul_f64(1.05);
            }
        } else {
            span = span.mul_f64(0.9).max(Duration::from_millis(2));
        }
        assert_whole(folder, [&old, &new]);
        let opened = Project::open_for_writing(folder).expect("the project is put right");
        if opened.recovered() {
            interrupted += 1;
            hit = Some(moment);
        }
        drop(opened);
        assert!(!folder.join(".loadpath/staging").exists());
        let visible: Vec<_> = files(folder)
            .into_keys()
            .filter(|path| path.starts_with("folder-"))
            .collect();
        let is = |tree: &Tree| visible.iter().eq(tree.files.keys());
        assert!(
            is(&old) || is(&new),
            "version {version}: the files of two versions are mixed"
        );
        generate(folder, &new).expect("the next run ends");
    }
    support::say(&format!(
        "{KILLS} runs killed, {interrupted} of them in the middle of their changes: each put right by the next"
    ));
    assert!(interrupted > 0, "no kill came in the middle of the changes");
}
