//! What the tests of the command line and of projects share.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part of it"
)]

use std::{
    cell::RefCell,
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::AtomicBool,
};

use loadpath::{
    component::Component,
    compose::Ownership,
    reconcile::{Applied, Head, Options, Project, apply, compare},
    render::{File, Tree},
};
use proptest::{
    strategy::Strategy,
    test_runner::{Config as ProptestConfig, TestCaseError, TestRunner},
};
use tempfile::TempDir;

/// One run of the binary in a fresh folder: what is there before, what is typed, and everything that is expected.
///
/// Standard output and error are compared as a whole, and nothing is expected where nothing was said, so that no
/// message goes unnoticed. `[DIR]` stands for the fresh folder in every expected text.
#[must_use = "nothing is run before `run`"]
pub struct Test {
    folder: TempDir,
    args: Vec<String>,
    environment: BTreeMap<String, String>,
    stdin: String,
    expected_stdout: Expected,
    expected_stderr: Expected,
    expected_status: i32,
    expected_files: Vec<(String, Option<String>)>,
}

/// What an output has to be.
enum Expected {
    Exactly(String),
    Containing(Vec<String>),
    Anything,
}

impl Expected {
    #[track_caller]
    fn check(&self, name: &str, found: &str) {
        match self {
            Self::Exactly(text) => assert_eq!(found, text, "{name} differs"),
            Self::Containing(parts) => {
                for part in parts {
                    assert!(found.contains(part), "{name} has no `{part}`:\n{found}");
                }
            }
            Self::Anything => {}
        }
    }

    fn add_part(&mut self, part: String) {
        match self {
            Self::Containing(parts) => parts.push(part),
            Self::Exactly(_) | Self::Anything => *self = Self::Containing(vec![part]),
        }
    }
}

/// What a run left, for tests that go on.
pub struct Outcome {
    folder: TempDir,
    /// Everything it wrote to standard output, with `[DIR]` for the folder.
    pub stdout: String,
    /// The same of standard error.
    pub stderr: String,
}

impl Test {
    /// An empty folder, no arguments, and silence and success expected.
    pub fn new() -> Self {
        Self::within(TempDir::new().expect("the system's temporary folder takes another one"))
    }

    fn within(folder: TempDir) -> Self {
        let nothing = || Expected::Exactly(String::new());
        Self {
            folder,
            args: Vec::new(),
            environment: BTreeMap::new(),
            stdin: String::new(),
            expected_stdout: nothing(),
            expected_stderr: nothing(),
            expected_status: 0,
            expected_files: Vec::new(),
        }
    }

    /// Puts a file into the folder.
    pub fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("the file is in a folder"))
            .expect("the folder is ours");
        fs::write(path, text).expect("the folder is ours");
        self
    }

    /// Makes an empty folder in the folder.
    pub fn folder(self, path: &str) -> Self {
        fs::create_dir_all(self.folder.path().join(path)).expect("the folder is ours");
        self
    }

    /// Prepares the folder in some other way.
    pub fn with(self, prepare: impl FnOnce(&Path)) -> Self {
        prepare(self.folder.path());
        self
    }

    /// The fresh folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of the environment, which is empty otherwise but for `PATH`, `HOME` and `TMPDIR`.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets what the run reads from standard input.
    pub fn stdin(mut self, text: impl Into<String>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Expects exactly this on standard output.
    pub fn stdout(mut self, text: impl Into<String>) -> Self {
        self.expected_stdout = Expected::Exactly(text.into());
        self
    }

    /// Expects this somewhere on standard output.
    pub fn stdout_has(mut self, part: impl Into<String>) -> Self {
        self.expected_stdout.add_part(part.into());
        self
    }

    /// Leaves standard output to the test.
    pub fn any_stdout(mut self) -> Self {
        self.expected_stdout = Expected::Anything;
        self
    }

    /// Expects exactly this on standard error.
    pub fn stderr(mut self, text: impl Into<String>) -> Self {
        self.expected_stderr = Expected::Exactly(text.into());
        self
    }

    /// Expects this somewhere on standard error.
    pub fn stderr_has(mut self, part: impl Into<String>) -> Self {
        self.expected_stderr.add_part(part.into());
        self
    }

    /// Leaves standard error to the test.
    pub fn any_stderr(mut self) -> Self {
        self.expected_stderr = Expected::Anything;
        self
    }

    /// Expects this exit code.
    pub fn status(mut self, status: i32) -> Self {
        self.expected_status = status;
        self
    }

    /// Expects a file with exactly this text afterwards.
    pub fn expect_file(mut self, path: &str, text: impl Into<String>) -> Self {
        self.expected_files
            .push((path.to_owned(), Some(text.into())));
        self
    }

    /// Expects that there is nothing at this path afterwards.
    pub fn expect_absent(mut self, path: &str) -> Self {
        self.expected_files.push((path.to_owned(), None));
        self
    }

    /// Runs the binary and compares everything.
    #[track_caller]
    pub fn run(self) -> Outcome {
        let mut child = self.command().spawn().expect("the binary starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        // A run that reads nothing may have closed it already.
        let _ = stdin.write_all(self.stdin.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("the binary ends");
        let stdout = self.shown(&output.stdout);
        let stderr = self.shown(&output.stderr);
        let status = output.status.code();
        assert_eq!(
            status,
            Some(self.expected_status),
            "status differs\nstdout:\n{stdout}\nstderr:\n{stderr}"
        );
        self.expected_stderr.check("standard error", &stderr);
        self.expected_stdout.check("standard output", &stdout);
        for (path, expected) in &self.expected_files {
            let found = fs::read(self.folder.path().join(path)).ok();
            let found = found.map(|text| String::from_utf8_lossy(&text).into_owned());
            assert_eq!(&found, expected, "file `{path}` differs");
        }
        Outcome {
            folder: self.folder,
            stdout,
            stderr,
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loadpath"));
        command
            .current_dir(self.folder.path())
            .args(&self.args)
            .env_clear();
        for name in ["PATH", "HOME", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(&self.environment);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn shown(&self, output: &[u8]) -> String {
        let text = without_times(&String::from_utf8_lossy(output));
        let text = text.replace(&self.folder.path().display().to_string(), "[DIR]");
        match self.folder.path().canonicalize() {
            Ok(path) => text.replace(&path.display().to_string(), "[DIR]"),
            Err(_) => text,
        }
    }
}

/// The text with `(N ms)` for every time that a run took.
fn without_times(text: &str) -> String {
    let mut parts = text.split(" ms)");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = shown.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let is_time = digits < shown.len() && shown[..digits].ends_with('(');
        if is_time {
            shown.truncate(digits);
            shown.push('N');
        }
        shown.push_str(" ms)");
        shown.push_str(part);
    }
    shown
}

impl Outcome {
    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The text of a file; none where there is none.
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path().join(path)).ok()
    }

    /// Every file below the folder with its bytes.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files(self.path())
    }

    /// Another run in the same folder.
    pub fn then(self) -> Test {
        Test::within(self.folder)
    }
}

/// A fresh folder, in memory where the system has such a place: hundreds of runs would wait for the disk.
pub fn folder_in_memory() -> TempDir {
    TempDir::new_in("/dev/shm")
        .or_else(|_| TempDir::new())
        .expect("the system's temporary folder takes another one")
}

/// Every file below a folder with its bytes.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.expect("the folder can be read");
        if entry.file_type().is_file() {
            let path = entry
                .path()
                .strip_prefix(folder)
                .expect("the file is below")
                .display()
                .to_string();
            files.insert(path, fs::read(entry.path()).expect("the file can be read"));
        }
    }
    files
}

/// A managed file.
pub fn file(text: impl Into<String>) -> File {
    File {
        text: text.into(),
        component: Component::Docs,
        ownership: Ownership::Managed,
        executable: false,
        is_sized: false,
        quantities: Vec::new(),
    }
}

/// A tree of managed files.
pub fn tree<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Tree {
    Tree {
        files: files
            .into_iter()
            .map(|(path, text)| (path.into(), file(text)))
            .collect(),
    }
}

/// Writes a tree into a folder, as `generate` does once everything is rendered.
///
/// # Errors
/// As [`Project::open_for_writing`], [`compare`] and [`apply`].
pub fn generate(folder: &Path, tree: &Tree) -> anyhow::Result<Applied> {
    let project = Project::open_for_writing(folder)?;
    let changes = compare(&project, tree, &Options::default())?;
    anyhow::ensure!(!changes.verdict().stops(), "stopped");
    let head = Head {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        ..Head::default()
    };
    apply(&project, &changes, &head, &AtomicBool::new(false))
}

/// A small file system in memory, mounted as long as this value lives. Only the superuser can have one.
pub struct Mounted {
    folder: TempDir,
}

impl Mounted {
    /// Mounts one of so many bytes; none, with the reason on standard error, where that is not allowed.
    pub fn new(bytes: u64) -> Option<Self> {
        let folder = TempDir::new().expect("the system's temporary folder takes another one");
        let size = format!("size={bytes}");
        if mount(
            &["-t", "tmpfs", "-o", &size, "loadpath-test"],
            folder.path(),
        ) {
            return Some(Self { folder });
        }
        say("skipped: mounting a small file system needs the superuser");
        None
    }

    /// Where it is mounted.
    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Lets nobody write to it any more.
    pub fn make_read_only(&self) -> bool {
        mount(&["-o", "remount,ro"], self.folder.path())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.folder.path()).status();
    }
}

fn mount<S: AsRef<OsStr>>(args: &[S], at: &Path) -> bool {
    let output = Command::new("mount").args(args).arg(at).output();
    output.is_ok_and(|output| output.status.success())
}

/// Tells the reader of the test's output something.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// So many random cases of a strategy, each of which has to pass; what the test counts is known after them.
#[track_caller]
pub fn property<S: Strategy>(
    n_cases: u32,
    strategy: S,
    test: impl FnMut(S::Value) -> Result<(), TestCaseError>,
) {
    let test = RefCell::new(test);
    let config = ProptestConfig {
        cases: n_cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&strategy, |value| (test.borrow_mut())(value));
    if let Err(error) = result {
        panic!("{error}");
    }
}
