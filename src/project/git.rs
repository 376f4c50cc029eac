//! A revision of a project, as git has it.
//!
//! Comes in: a folder and the name of a revision. Goes out: the files of that revision that a project is made of, in a
//! temporary folder. The `git` program is asked, not a library: it is there wherever a repository is worked with, and
//! knows every format of repository, worktree, submodule and partial clone that its user has; nothing is written to
//! the repository.

use std::{
    collections::BTreeSet,
    fs, io,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

/// Largest file of a revision that is read, in bytes.
const FILE_BYTES: u64 = 16 << 20;
/// Most blueprints that extend each other.
const EXTENDED: usize = 16;

/// The files of a revision.
#[derive(Debug)]
pub struct Revision {
    /// As it was asked for.
    pub name: String,
    /// The commit.
    pub commit: String,
    root: TempDir,
    prefix: PathBuf,
}

impl Revision {
    /// Where a path of the working tree is in the revision.
    pub fn path(&self, below_root: &Path) -> PathBuf {
        self.root.path().join(below_root)
    }

    /// The folder that was asked for.
    pub fn folder(&self) -> PathBuf {
        self.root.path().join(&self.prefix)
    }
}

/// Whether a folder is in a repository that has a commit, as far as git can tell.
pub fn has_head(folder: &Path) -> bool {
    ask(
        folder,
        &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"],
    )
    .is_ok()
}

/// Takes a blueprint, what it extends, and what was generated from it into `folders`, out of a revision.
///
/// # Errors
/// If git is not there, the folder is in no working tree, the revision is not known, or has no such blueprint.
pub fn revision(blueprint: &Path, folders: &[&Path], name: &str) -> Result<Revision> {
    let parent = blueprint
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let here = parent.unwrap_or(Path::new("."));
    let commit = commit(here, name)?;
    let prefix = prefix(here)?;
    let root = TempDir::new().context("cannot make a temporary folder")?;
    let file = blueprint.file_name().unwrap_or_default();
    let below = prefix.join(file);
    let mut revision = Revision {
        name: name.to_owned(),
        commit,
        root,
        prefix,
    };
    let mut wanted = vec![below.clone()];
    for folder in folders {
        if let Ok(prefix) = self::prefix(folder) {
            wanted.extend(generated(here, &revision.commit, &prefix)?);
        }
    }
    let found = revision.take(here, &wanted)?;
    if !found.contains(&below) {
        bail!(
            "{name} has no `{}`\nhint: name a revision that has it, or --against lock",
            below.display()
        );
    }
    revision.take_extended(here, &below)?;
    Ok(revision)
}

/// What a blueprint extends, and what that extends.
impl Revision {
    fn take_extended(&mut self, here: &Path, blueprint: &Path) -> Result<()> {
        let mut at = blueprint.to_owned();
        for _ in 0..EXTENDED {
            let text = fs::read_to_string(self.path(&at)).unwrap_or_default();
            let stated = text.lines().find_map(|line| line.strip_prefix("extends:"));
            let Some(stated) = stated else {
                return Ok(());
            };
            let name = stated
                .split(" #")
                .next()
                .unwrap_or(stated)
                .trim()
                .trim_matches(['"', '\'']);
            let next = normal(&at.parent().unwrap_or(Path::new("")).join(name));
            if self.take(here, std::slice::from_ref(&next))?.is_empty() {
                return Ok(());
            }
            at = next;
        }
        Ok(())
    }

    /// Writes files of the revision into the temporary folder, and says which there were.
    fn take(&self, here: &Path, wanted: &[PathBuf]) -> Result<BTreeSet<PathBuf>> {
        let mut child = git(here)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(not_there)?;
        let mut input = child.stdin.take().context("bug: git has no input")?;
        let mut output = BufReader::new(child.stdout.take().context("bug: git has no output")?);
        let mut found = BTreeSet::new();
        for path in wanted {
            let Some(text) = path.to_str().filter(|text| !text.contains('\n')) else {
                continue;
            };
            writeln!(input, "{}:{}", self.commit, text.replace('\\', "/"))
                .context("cannot ask git")?;
            input.flush().context("cannot ask git")?;
            let mut head = String::new();
            output
                .read_line(&mut head)
                .context("cannot read from git")?;
            let words: Vec<&str> = head.split_whitespace().collect();
            // `<id> blob <size>`, or `<what was asked> missing`.
            let [.., kind, size] = words.as_slice() else {
                continue;
            };
            let Ok(size) = size.parse::<u64>() else {
                continue;
            };
            let mut bytes = Vec::new();
            output
                .by_ref()
                .take(size)
                .read_to_end(&mut bytes)
                .context("cannot read from git")?;
            output
                .read_line(&mut String::new())
                .context("cannot read from git")?;
            if *kind == "blob" && size <= FILE_BYTES {
                let target = self.path(path);
                if let Some(parent) = target.parent() {
                    fs::create_dir_all(parent).context("cannot write to a temporary folder")?;
                }
                fs::write(&target, bytes).context("cannot write to a temporary folder")?;
                found.insert(path.clone());
            }
        }
        drop(input);
        child.wait().context("cannot wait for git")?;
        Ok(found)
    }
}

/// The lock of a project, the Terraform that was generated last, and what people made of it.
fn generated(here: &Path, commit: &str, prefix: &Path) -> Result<Vec<PathBuf>> {
    let own = prefix.join(".loadpath");
    let own = own.to_string_lossy().replace('\\', "/");
    let listed = ask(
        here,
        &[
            "ls-tree",
            "-r",
            "-z",
            "--full-tree",
            "--name-only",
            commit,
            "--",
            &own,
        ],
    )?;
    let is_terraform = |path: &&str| path.ends_with(".tf") || path.ends_with(".tfvars");
    let listed: Vec<&str> = listed
        .split('\0')
        .filter(|path| path.ends_with("/lock.json") || is_terraform(path))
        .collect();
    let mut wanted: Vec<PathBuf> = listed.iter().map(PathBuf::from).collect();
    // The same files as people left them, and those of their own beside.
    let base = format!("{own}/base/");
    let roots = listed.iter().filter_map(|path| {
        let root = path.strip_prefix(&base)?.strip_suffix("/versions.tf")?;
        Some(prefix.join(root).to_string_lossy().replace('\\', "/"))
    });
    let folders: Vec<String> = roots
        .flat_map(|root| [format!("{root}/"), format!("{root}/envs/")])
        .collect();
    if folders.is_empty() {
        return Ok(wanted);
    }
    let mut args = vec!["ls-tree", "-z", "--full-tree", "--name-only", commit, "--"];
    args.extend(folders.iter().map(String::as_str));
    let edited = ask(here, &args)?;
    wanted.extend(edited.split('\0').filter(is_terraform).map(PathBuf::from));
    Ok(wanted)
}

/// The commit of a revision.
fn commit(here: &Path, name: &str) -> Result<String> {
    let inside = ask(here, &["rev-parse", "--is-inside-work-tree"])?;
    if inside.trim() != "true" {
        bail!(
            "`{}` is in a bare repository, wanted a working tree",
            here.display()
        );
    }
    let asked = format!("{name}^{{commit}}");
    let found = ask(
        here,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &asked,
        ],
    );
    if let Ok(commit) = found {
        return Ok(commit.trim().to_owned());
    }
    let is_shallow = ask(here, &["rev-parse", "--is-shallow-repository"])
        .is_ok_and(|answer| answer.trim() == "true");
    if is_shallow {
        bail!(
            "no revision `{name}` in this clone, which is shallow\nhint: git fetch --unshallow, or fetch-depth: 0 in the pipeline"
        );
    }
    bail!(
        "no revision `{name}`, and no blueprint of that name\nhint: git fetch, then a branch, a tag or a commit"
    )
}

/// A folder's place below the root of its repository.
fn prefix(folder: &Path) -> Result<PathBuf> {
    let prefix = ask(folder, &["rev-parse", "--show-prefix"])?;
    Ok(PathBuf::from(
        prefix.trim_end_matches('\n').trim_end_matches('/'),
    ))
}

/// `a/../b` without the way round.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                normal.pop();
            }
            std::path::Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C");
    command
}

/// What git answers; its own words where it refuses.
fn ask(folder: &Path, args: &[&str]) -> Result<String> {
    let output = git(folder)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .map_err(not_there)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("fatal: ");
        bail!(
            "git refuses: {said}\nhint: --against lock or --against BLUEPRINT need no repository"
        );
    }
    String::from_utf8(output.stdout).context("git answers with what is not UTF-8")
}

fn not_there(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::NotFound {
        anyhow::anyhow!("git is not here\nhint: --against lock or --against BLUEPRINT need no git")
    } else {
        anyhow::Error::new(error).context("cannot run git")
    }
}
