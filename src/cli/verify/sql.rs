//! The DDL on a real PostgreSQL server, started for it and thrown away.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    cli::tool::{self, command},
    sharding::map::ShardMap,
};

/// How long one step of the server or of psql may take.
const LIMIT: Duration = Duration::from_secs(60);

/// What is tried: one shard of each keyspace, in a database of its own.
pub(super) struct Ddl {
    folder: PathBuf,
    /// Keyspace and its first shard.
    shards: Vec<(String, String)>,
}

/// How it went.
pub(super) enum Tried {
    Passed,
    Failed(String),
}

impl Ddl {
    /// Reads the shard map beside the DDL.
    pub(super) fn of(sharding: &Path) -> Result<Self, String> {
        let path = sharding.join("shard-map.json");
        let text = fs::read_to_string(&path).map_err(|error| format!("no shard map: {error}"))?;
        let map: ShardMap =
            serde_json::from_str(&text).map_err(|error| format!("the shard map: {error}"))?;
        let first = |(name, keyspace): (&String, &crate::sharding::map::Keyspace)| {
            let shard = keyspace.shards.first()?;
            Some((name.clone(), shard.name.clone()))
        };
        Ok(Self {
            folder: sharding.join("ddl"),
            shards: map.keyspaces.iter().filter_map(first).collect(),
        })
    }

    /// The files for a shard of a keyspace, in their order.
    fn files(&self, keyspace: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.ends_with(".sql"))
            .filter(|name| !name.starts_with("20_") || *name == format!("20_{keyspace}.sql"))
            .collect();
        names.sort();
        names
    }
}

/// Runs the files in a database for each keyspace.
///
/// # Errors
/// Why no server could be started here.
pub(super) fn try_ddl(ddl: &Ddl) -> Result<Tried, String> {
    let server = Server::start()?;
    for (idx, (keyspace, shard)) in ddl.shards.iter().enumerate() {
        let database = format!("shard{idx}");
        let created = server.psql(
            "postgres",
            Path::new("/"),
            &["-c", &format!("CREATE DATABASE {database}")],
        )?;
        if !created.ok {
            return Err(created.text);
        }
        for file in ddl.files(keyspace) {
            let variable = format!("shard={shard}");
            let ran = server.psql(&database, &ddl.folder, &["-v", &variable, "-f", &file])?;
            if !ran.ok {
                return Ok(Tried::Failed(ran.text));
            }
        }
    }
    Ok(Tried::Passed)
}

/// A server on a socket in a folder of its own; stopped and removed with the value.
struct Server {
    folder: tempfile::TempDir,
    binaries: PathBuf,
}

impl Server {
    fn start() -> Result<Self, String> {
        let binaries = binaries().ok_or("no initdb on PATH or in /usr/lib/postgresql")?;
        let folder = tempfile::Builder::new()
            .prefix("loadpath-sql-")
            .tempdir()
            .map_err(|error| error.to_string())?;
        if is_root() {
            let chown = command("chown", ["postgres", "."], folder.path());
            must(chown, "as root a server needs a user postgres to run as")?;
        }
        let server = Self { folder, binaries };
        let (data, socket) = (server.data(), server.socket());
        let initdb = [
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
        ];
        must(server.unprivileged("initdb", &initdb), "initdb failed")?;
        // A file takes what the server says: it would keep a pipe open for as long as it runs.
        let log = format!("{socket}/log");
        let options = format!("-k {socket} -c listen_addresses= -c fsync=off");
        let mut start = server.unprivileged(
            "pg_ctl",
            &["-D", &data, "-w", "-s", "-l", &log, "-o", &options, "start"],
        );
        let started = start
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status();
        match started {
            Ok(status) if status.success() => Ok(server),
            _ => Err(format!(
                "the server did not start: {}",
                fs::read_to_string(&log).unwrap_or_default().trim()
            )),
        }
    }

    fn socket(&self) -> String {
        self.folder.path().display().to_string()
    }

    fn data(&self) -> String {
        format!("{}/data", self.socket())
    }

    fn unprivileged(&self, program: &str, args: &[&str]) -> Command {
        let program = self.binaries.join(program);
        if is_root() {
            let mut command = command("runuser", ["-u", "postgres", "--"], Path::new("/"));
            command.arg(program).args(args);
            command
        } else {
            command(program, args, Path::new("/"))
        }
    }

    fn psql(&self, database: &str, folder: &Path, args: &[&str]) -> Result<tool::Ran, String> {
        let socket = self.socket();
        let fixed = [
            "-X",
            "-q",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-h",
            &socket,
            "-d",
            database,
        ];
        let mut psql = command(self.binaries.join("psql"), fixed, folder);
        psql.args(args).env_remove("SHARD_MAP");
        tool::run(&mut psql, LIMIT)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        let mut stop = self.unprivileged("pg_ctl", &["-D", &data, "-m", "immediate", "-s", "stop"]);
        // It may never have started.
        let _ = tool::run(&mut stop, LIMIT);
    }
}

fn must(mut command: Command, what: &str) -> Result<(), String> {
    match tool::run(&mut command, LIMIT) {
        Ok(ran) if ran.ok => Ok(()),
        Ok(ran) => Err(format!("{what}: {}", ran.text.trim())),
        Err(why) => Err(format!("{what}: {why}")),
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The newest folder with a whole server: Debian keeps them off PATH.
fn binaries() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut found: Vec<PathBuf> = installed
        .chain(on_path)
        .filter(|folder| {
            ["initdb", "pg_ctl", "postgres", "psql"]
                .iter()
                .all(|name| folder.join(name).is_file())
        })
        .collect();
    found.sort();
    found.pop()
}
