//! The tools of others: whether one is here, which version, and running it with a time limit.
//!
//! Comes in: a name and arguments. Goes out: what it printed and how it ended. Promises: no tool outlives its limit.

use std::{
    ffi::OsStr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How often a running tool is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// How a tool ended.
#[derive(Debug)]
pub(super) struct Ran {
    /// Whether it ended with 0.
    pub(super) ok: bool,
    /// What it printed, standard output first.
    pub(super) text: String,
}

/// Where a tool is: the first of this name on PATH that can be run.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Runs a command to its end, at most for so long.
///
/// # Errors
/// Why it cannot be started, or that it took too long.
pub(super) fn run(command: &mut Command, limit: Duration) -> Result<Ran, String> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    // Both are read while it runs: a full pipe would hold it up.
    let readers = [
        child.stdout.take().map(|pipe| thread::spawn(|| read(pipe))),
        child.stderr.take().map(|pipe| thread::spawn(|| read(pipe))),
    ];
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < limit => thread::sleep(PAUSE),
            Ok(None) => {
                // It may have ended by itself just now.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("not done after {} s", limit.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    let text = readers
        .into_iter()
        .flatten()
        .filter_map(|reader| reader.join().ok())
        .collect::<String>();
    Ok(Ran {
        ok: status.success(),
        text,
    })
}

fn read(mut pipe: impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    // What came until then is all there is to show.
    let _ = pipe.by_ref().read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A command in a folder, that reads nothing.
pub(super) fn command<S: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = S>,
    folder: &Path,
) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command
}

/// The first thing in a text that looks like a version: `1.11.4` of `Terraform v1.11.4`.
pub(super) fn version_in(text: &str) -> Option<&str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '"' | '(' | ')' | '/'))
        .map(|word| {
            word.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '-')
                .trim_end_matches(|c: char| !c.is_ascii_alphanumeric())
        })
        .find(|word| {
            let mut parts = word.split(['.', '-', '+', '_']);
            let number = |part: Option<&str>| {
                part.is_some_and(|part| {
                    !part.is_empty() && part.chars().all(|c| c.is_ascii_digit())
                })
            };
            word.contains('.') && number(parts.next()) && number(parts.next())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_tools_say() {
        for (text, version) in [
            ("Terraform v1.11.4\non linux_amd64", "1.11.4"),
            ("go version go1.22.2 linux/amd64", "1.22.2"),
            ("psql (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)", "15.6"),
            ("openjdk version \"17.0.10\" 2024-01-16", "17.0.10"),
            ("aws-cli/2.15.30 Python/3.11.8", "2.15.30"),
            ("jq-1.7.1", "1.7.1"),
            ("k6 v0.49.0 (commit/abc, go1.21)", "0.49.0"),
            (
                "version.BuildInfo{Version:\"v3.14.2\", GitCommit:\"x\"}",
                "3.14.2",
            ),
        ] {
            assert_eq!(version_in(text), Some(version), "{text}");
        }
        assert_eq!(version_in("no version here"), None);
    }

    #[test]
    fn a_tool_that_hangs_is_ended() {
        let mut sleep = command("sleep", ["30"], Path::new("/"));
        let began = Instant::now();
        let error = run(&mut sleep, Duration::from_millis(50)).expect_err("it takes too long");
        assert!(error.starts_with("not done after"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn what_a_tool_prints_and_its_end_are_kept() {
        let mut shell = command(
            "sh",
            ["-c", "echo out; echo err >&2; exit 3"],
            Path::new("/"),
        );
        let ran = run(&mut shell, Duration::from_secs(10)).expect("sh is everywhere");
        assert!(!ran.ok);
        assert_eq!(ran.text, "out\nerr\n");
    }
}
