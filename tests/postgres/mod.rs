//! PostgreSQL servers on sockets of their own, for the tests that run emitted SQL.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "shared by tests that each use a part"
)]

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tempfile::TempDir;

use crate::sharding_tree::open;

/// Folder of the server binaries, or why there is none.
pub fn binaries() -> Result<PathBuf, String> {
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let on_path = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .unwrap_or_default();
    let mut found: Vec<PathBuf> = installed
        .chain(on_path)
        .filter(|folder| {
            ["initdb", "pg_ctl", "postgres", "psql", "pg_dump"]
                .iter()
                .all(|name| folder.join(name).is_file())
        })
        .collect();
    found.sort();
    let newest = found
        .pop()
        .ok_or("no initdb in /usr/lib/postgresql/*/bin or PATH")?;
    if is_root()
        && !text(
            &Command::new("id")
                .args(["-u", "postgres"])
                .output()
                .map_err(|error| error.to_string())?,
        )
        .0
    {
        return Err(
            "running as root, and there is no user postgres to start a server as".to_owned(),
        );
    }
    Ok(newest)
}

pub fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A command that runs as a user who may own a database server.
pub fn unprivileged(program: impl AsRef<OsStr>) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

pub fn text(output: &Output) -> (bool, String) {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}

#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// A server on a socket of its own, stopped with the value.
pub struct Server {
    directory: TempDir,
    pub binaries: PathBuf,
    /// Roles belong to the whole server: whoever makes them is alone.
    pub roles: Mutex<()>,
}

/// The server that tests share while any of them runs. Each has databases of its own.
static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());

impl Server {
    /// The shared server, or why there can be none.
    pub fn shared() -> Result<Arc<Self>, String> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Ok(server);
        }
        let server = Arc::new(Self::start(&binaries()?));
        *shared = Arc::downgrade(&server);
        Ok(server)
    }

    pub fn start(binaries: &Path) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        open(directory.path());
        if is_root() {
            let owned = Command::new("chown")
                .arg("postgres")
                .arg(directory.path())
                .status();
            assert!(owned.is_ok_and(|status| status.success()));
        }
        let server = Self {
            directory,
            binaries: binaries.to_owned(),
            roles: Mutex::default(),
        };
        let data = server.data();
        server.run(
            "initdb",
            &[
                "-D",
                &data,
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ],
        );
        let options = format!(
            "-k {} -c listen_addresses= -c fsync=off -c wal_level=logical -c jit=off",
            server.socket()
        );
        let log = format!("{}/log", server.socket());
        server.run(
            "pg_ctl",
            &["-D", &data, "-w", "-l", &log, "-o", &options, "start"],
        );
        server
    }

    pub fn socket(&self) -> String {
        self.directory.path().to_string_lossy().into_owned()
    }

    pub fn data(&self) -> String {
        format!("{}/data", self.socket())
    }

    pub fn run(&self, program: &str, args: &[&str]) {
        // a server keeps the pipes of whoever started it
        let log = self.directory.path().join(program);
        let _ = fs::remove_file(&log);
        let out = tempfile::tempfile().expect("a temporary file");
        let error = out.try_clone().expect("a second handle");
        let status = unprivileged(self.binaries.join(program))
            .args(args)
            .current_dir("/")
            .stdout(out)
            .stderr(error)
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "{program} {args:?}"
        );
    }

    pub fn command(&self, database: &str) -> Command {
        let mut command = Command::new(self.binaries.join("psql"));
        command.args([
            "-X",
            "-q",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-h",
            &self.socket(),
            "-d",
            database,
        ]);
        command
    }

    /// Runs psql on a database; whether it succeeded, and all it said.
    pub fn psql(&self, database: &str, args: &[&str]) -> (bool, String) {
        let output = self.command(database).args(args).output();
        text(&output.expect("psql is beside initdb"))
    }

    /// A new database of this name.
    pub fn create(&self, database: &str) {
        self.ask("postgres", &format!("CREATE DATABASE {database}"));
    }

    /// What a statement prints.
    pub fn ask(&self, database: &str, sql: &str) -> String {
        let (worked, said) = self.psql(database, &["-c", sql]);
        assert!(worked, "{sql}\n{said}");
        said.trim_end().to_owned()
    }

    /// Runs a file of the tree.
    pub fn file(&self, database: &str, path: &Path, variables: &[&str]) -> String {
        let mut args: Vec<&str> = variables
            .iter()
            .flat_map(|variable| ["-v", variable])
            .collect();
        let name = path.to_string_lossy();
        args.extend(["-f", &name]);
        let folder = path.parent().expect("a file stands in a folder");
        let (worked, said) = text(
            &self
                .command(database)
                .args(&args)
                .current_dir(folder)
                .output()
                .expect("psql is beside initdb"),
        );
        assert!(worked, "{name}\n{said}");
        said
    }

    /// Why a statement is refused.
    pub fn refusal(&self, database: &str, sql: &str) -> String {
        let (worked, said) = self.psql(database, &["-c", sql]);
        assert!(!worked, "not refused: {sql}");
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        let _ = unprivileged(self.binaries.join("pg_ctl"))
            .args(["-D", &data, "-m", "immediate", "stop"])
            .current_dir("/")
            .output();
    }
}
