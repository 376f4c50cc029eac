//! A project's folder with its lock.

use std::{
    fs, io,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::{
    fs::{CWD, FlockOperation, Mode, OFlags, flock, openat},
    io::Errno,
};

use super::{
    disk::{Disk, Folders, Found, Stamp, Watch},
    journal::{self, HOLDER, Leftover},
    lock::Lock,
    path::{self, LOCK},
    repair,
};
use crate::report::finding::Hinted as _;

/// How long a run waits for another one to finish.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it waits between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// A project's folder. As long as it is open for writing, no other run can open it.
#[derive(Debug)]
pub struct Project {
    pub(super) folder: PathBuf,
    pub(super) root: Option<OwnedFd>,
    pub(super) lock: Option<Lock>,
    pub(super) lock_text: Vec<u8>,
    pub(super) lock_stamp: Option<Stamp>,
    pub(super) writable: bool,
    recovered: bool,
}

impl Project {
    /// Opens the folder for reading. A folder that does not exist yet is an empty project.
    ///
    /// # Errors
    /// If `folder` is something else than a folder, another run is writing to it, an interrupted one has not been put
    /// right, or the lock cannot be read.
    pub fn open(folder: &Path) -> Result<Self> {
        Self::open_within(folder, false, PATIENCE)
    }

    /// Opens the folder for writing, and first puts right what an interrupted run has left.
    ///
    /// # Errors
    /// As [`Self::open`], and if putting right fails.
    pub fn open_for_writing(folder: &Path) -> Result<Self> {
        Self::open_within(folder, true, PATIENCE)
    }

    pub(super) fn open_within(folder: &Path, writable: bool, patience: Duration) -> Result<Self> {
        let folder = tidied(folder);
        let mut project = Self {
            folder,
            root: None,
            lock: None,
            lock_text: Vec::new(),
            lock_stamp: None,
            writable,
            recovered: false,
        };
        let Some(root) = open_root(&project.folder)? else {
            return Ok(project);
        };
        hold(&root, &project.folder, writable, patience)?;
        if writable {
            let mut watch = Unwatched;
            let left = journal::recover(&mut Disk::new(root.as_fd(), &mut watch))?;
            project.recovered = left == Leftover::Interrupted;
        } else if journal::leftover(&mut Folders::new(root.as_fd()))? == Leftover::Interrupted {
            let failure: Result<()> = Err(anyhow!(
                "an interrupted run has left `{}` unfinished",
                project.folder.display()
            ));
            failure.hint("loadpath generate puts it right")?;
        }
        project.read_lock(root.as_fd())?;
        project.root = Some(root);
        Ok(project)
    }

    /// As [`Self::open_for_writing`], and rebuilds a lock and bases that cannot be used. Says what was wrong.
    ///
    /// # Errors
    /// As [`Self::open_for_writing`], but for the lock of a newer loadpath alone.
    pub fn open_for_repair(folder: &Path, name: &str) -> Result<(Self, Vec<String>)> {
        let mut project = Self::open_within(folder, true, PATIENCE).or_else(|error| {
            let found = Self::without_lock(folder)?;
            // What cannot be repaired is said as it would be without trying.
            if found.is_from_newer() {
                Err(error)
            } else {
                Ok(found)
            }
        })?;
        let Some(root) = &project.root else {
            return Ok((project, Vec::new()));
        };
        let text = String::from_utf8_lossy(&project.lock_text).into_owned();
        let mut folders = Folders::new(root.as_fd());
        if text.is_empty() && folders.list(path::BASE)?.is_empty() {
            return Ok((project, Vec::new()));
        }
        let rebuilt = repair::rebuild(&mut folders, &text, name, env!("CARGO_PKG_VERSION"))?;
        let plan = repair::writes(&rebuilt, &mut folders)?;
        if !plan.writes.is_empty() {
            journal::run(&mut Disk::new(root.as_fd(), &mut Unwatched), &plan)?;
        }
        project.lock = Some(rebuilt.lock);
        Ok((project, rebuilt.found))
    }

    /// The project with the text of its lock, which nobody has read.
    fn without_lock(folder: &Path) -> Result<Self> {
        let folder = tidied(folder);
        let root = open_root(&folder)?;
        let mut project = Self {
            folder,
            root: None,
            lock: None,
            lock_text: Vec::new(),
            lock_stamp: None,
            writable: true,
            recovered: false,
        };
        if let Some(root) = root {
            hold(&root, &project.folder, true, PATIENCE)?;
            if let Found::File(stamp) =
                Folders::new(root.as_fd()).read(LOCK, &mut project.lock_text)?
            {
                project.lock_stamp = Some(stamp);
            }
            project.root = Some(root);
        }
        Ok(project)
    }

    fn is_from_newer(&self) -> bool {
        let text = String::from_utf8_lossy(&self.lock_text);
        Lock::load(&text, env!("CARGO_PKG_VERSION"))
            .is_err_and(|error| error.to_string().contains("was written by loadpath"))
    }

    fn read_lock(&mut self, root: BorrowedFd<'_>) -> Result<()> {
        let mut folders = Folders::new(root);
        match folders.read(LOCK, &mut self.lock_text)? {
            Found::Absent => Ok(()),
            Found::Obstacle(obstacle) => bail!("{obstacle}, wanted the lock: no loadpath wrote it"),
            Found::File(stamp) => {
                self.lock_stamp = Some(stamp);
                let text = std::str::from_utf8(&self.lock_text).context("the lock is not UTF-8");
                let lock = text.and_then(|text| Lock::load(text, env!("CARGO_PKG_VERSION")));
                self.lock = Some(lock.with_context(|| {
                    format!("cannot use `{}`", self.folder.join(LOCK).display())
                })?);
                Ok(())
            }
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was generated last; none before the first run.
    pub fn lock(&self) -> Option<&Lock> {
        self.lock.as_ref()
    }

    /// Refuses the folder of another project: every name in it, and all that was deployed under them, would be replaced.
    ///
    /// # Errors
    /// If the lock names another project than `name`.
    pub fn check_name(&self, name: &str) -> Result<()> {
        match self.lock().map(|lock| &lock.head.project) {
            Some(other) if other != name => {
                let folder = self.folder.display();
                let failure = Err(anyhow!(
                    "`{folder}` holds the project `{other}`, and this is `{name}`"
                ));
                failure.hint("choose another folder with -o DIR, or another name")
            }
            _ => Ok(()),
        }
    }

    /// Whether opening it took back the half-done changes of an interrupted run.
    pub fn recovered(&self) -> bool {
        self.recovered
    }

    /// The open folder, none where it does not exist.
    pub(super) fn root(&self) -> Option<&OwnedFd> {
        self.root.as_ref()
    }
}

/// A path whose last part is not hidden behind a `/` or a `.`, so that a symbolic link there is seen.
fn tidied(folder: &Path) -> PathBuf {
    let tidied: PathBuf = folder.components().collect();
    if tidied.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        tidied
    }
}

/// Opens a folder that is no symbolic link; none where there is nothing.
pub(super) fn open_root(folder: &Path) -> Result<Option<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let error = match openat(CWD, folder, flags, Mode::empty()) {
        Ok(root) => return Ok(Some(root)),
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => error,
    };
    let name = folder.display();
    match fs::symlink_metadata(folder) {
        Ok(metadata) if metadata.is_symlink() => {
            let target = fs::canonicalize(folder).unwrap_or_default();
            let failure = Err(anyhow!("`{name}` is a symbolic link, wanted a folder"));
            failure.hint(format!("name the folder itself: {}", target.display()))
        }
        Ok(metadata) if !metadata.is_dir() => Err(anyhow!("`{name}` is a file, wanted a folder")),
        _ => {
            Err(io::Error::from(error)).with_context(|| format!("cannot open the folder `{name}`"))
        }
    }
}

/// Waits until no other run writes to the folder, and keeps others from it as long as `root` is open.
pub(super) fn hold(
    root: &OwnedFd,
    folder: &Path,
    writable: bool,
    patience: Duration,
) -> Result<()> {
    let operation = if writable {
        FlockOperation::NonBlockingLockExclusive
    } else {
        FlockOperation::NonBlockingLockShared
    };
    let start = Instant::now();
    loop {
        match flock(root, operation) {
            Ok(()) => return Ok(()),
            Err(Errno::WOULDBLOCK | Errno::INTR) if start.elapsed() < patience => {
                thread::sleep(PAUSE);
            }
            Err(Errno::WOULDBLOCK | Errno::INTR) => return Err(held(root, folder)),
            // Some network file systems know no locks on folders; renames keep every file whole there too.
            Err(Errno::NOLCK | Errno::NOTSUP | Errno::BADF | Errno::INVAL | Errno::NOSYS) => {
                return Ok(());
            }
            Err(error) => {
                return Err(io::Error::from(error))
                    .with_context(|| format!("cannot lock the folder `{}`", folder.display()));
            }
        }
    }
}

/// Says who else is at work.
fn held(root: &OwnedFd, folder: &Path) -> anyhow::Error {
    let mut text = Vec::new();
    let found = Folders::new(root.as_fd()).read(HOLDER, &mut text);
    let pid = String::from_utf8_lossy(&text).trim().to_owned();
    let who = match found {
        Ok(Found::File(_)) if !pid.is_empty() => format!("loadpath (process {pid})"),
        _ => "loadpath".to_owned(),
    };
    let failure: Result<()> = Err(anyhow!(
        "another {who} is at work in `{}`",
        folder.display()
    ));
    failure
        .hint("wait until it is done, then try again")
        .expect_err("it was an error before")
}

/// Lets every change through.
pub(super) struct Unwatched;

impl Watch for Unwatched {
    fn before(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }
}
