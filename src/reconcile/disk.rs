//! The project's folder: reading it, and the few ways in which it is ever changed.
//!
//! Every folder on the way to a file is opened one by one, relative to the one before and never through a symbolic
//! link, so that no path, however it is swapped meanwhile, leads out of the project. Each change is one system call on
//! such a folder and announces itself to a [`Watch`] first, which is how an interruption (or a test) cuts a run
//! at any point. Nothing else in the library writes.

use std::{
    fmt, io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use anyhow::{Context as _, Result, anyhow};
use rustix::{
    buffer::spare_capacity,
    fs::{self, AtFlags, FileType, Mode, OFlags, Stat},
    io::Errno,
};

use super::path::{STAGING, is_below};

/// Asked before every change to the disk.
pub(super) trait Watch {
    /// Whether the change may be made.
    fn before(&mut self, change: &str) -> io::Result<()>;
}

/// Tells whether a file was touched since it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified_s: i64,
    modified_ns: u64,
    /// Permission bits.
    pub(super) mode: u32,
    /// Owner and group.
    pub(super) owner: (u32, u32),
}

impl Stamp {
    fn of(stat: &Stat) -> Self {
        // The widths of these fields differ between platforms; none of them is ever cut.
        #[allow(
            clippy::unnecessary_cast,
            reason = "the types differ between platforms"
        )]
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            size: stat.st_size as u64,
            modified_s: stat.st_mtime as i64,
            modified_ns: stat.st_mtime_nsec as u64,
            mode: stat.st_mode as u32 & 0o7777,
            owner: (stat.st_uid as u32, stat.st_gid as u32),
        }
    }

    /// The same with the right to execute wherever there is the right to read, or without it.
    pub(super) fn made_executable(mut self, executable: bool) -> Self {
        if executable {
            self.mode |= (self.mode & 0o444) >> 2;
        } else {
            self.mode &= !0o111;
        }
        self
    }
}

/// What stands where a file or a folder was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstruction {
    /// A symbolic link: never followed.
    SymbolicLink,
    /// A folder in place of a file.
    Folder,
    /// A file in place of a folder.
    File,
    /// A pipe, a socket or a device.
    Special,
    /// A file larger than any that was ever generated.
    Large,
}

/// Largest file that is read, in bytes: a hundred times what a large project's lock needs.
pub(super) const LIMIT: u64 = 64 << 20;

impl fmt::Display for Obstruction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::SymbolicLink => "a symbolic link",
            Self::Folder => "a folder",
            Self::File => "a file",
            Self::Special => "a pipe, a socket or a device",
            Self::Large => "a file of more than 64 MiB",
        })
    }
}

/// Something that is in the way of a path, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The path itself, or the folder on the way to it.
    pub path: String,
    /// What stands there.
    pub is: Obstruction,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is {}", self.path, self.is)
    }
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Absent,
    /// A file, which was read.
    File(Stamp),
    /// Something that is neither read nor written.
    Obstacle(Obstacle),
}

/// The folder that holds a path's last name.
enum Holder<'a> {
    Open(BorrowedFd<'a>),
    Missing,
    Obstacle(Obstacle),
}

/// Folders of the project on the way to the path asked for last, kept open: asking in order opens each folder once.
pub(super) struct Folders<'a> {
    root: BorrowedFd<'a>,
    open: Vec<(String, OwnedFd)>,
}

impl<'a> Folders<'a> {
    /// Starts at the project's folder.
    pub(super) fn new(root: BorrowedFd<'a>) -> Self {
        Self {
            root,
            open: Vec::new(),
        }
    }

    /// Opens the folder that holds the last name of `path`.
    fn holder(&mut self, path: &str) -> Result<Holder<'_>> {
        let names = || {
            path.split('/')
                .rev()
                .skip(1)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
        };
        let common = names()
            .zip(&self.open)
            .take_while(|(name, (open, _))| name == open)
            .count();
        self.open.truncate(common);
        for name in names().skip(common) {
            let parent = self
                .open
                .last()
                .map_or(self.root, |(_, folder)| folder.as_fd());
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            match fs::openat(parent, name, flags, Mode::empty()) {
                Ok(folder) => self.open.push((name.to_owned(), folder)),
                Err(Errno::NOENT) => return Ok(Holder::Missing),
                Err(error) => {
                    let here = self
                        .open
                        .iter()
                        .map(|(name, _)| name.as_str())
                        .chain([name])
                        .collect::<Vec<_>>()
                        .join("/");
                    return match obstruction(parent, name) {
                        Some(is) if is != Obstruction::Folder => {
                            Ok(Holder::Obstacle(Obstacle { path: here, is }))
                        }
                        _ => Err(failure("open", &here, error)),
                    };
                }
            }
        }
        Ok(Holder::Open(
            self.open
                .last()
                .map_or(self.root, |(_, folder)| folder.as_fd()),
        ))
    }

    /// The same for a path whose folder has to be there.
    fn existing_holder(&mut self, intent: &str, path: &str) -> Result<BorrowedFd<'_>> {
        match self.holder(path)? {
            Holder::Open(folder) => Ok(folder),
            Holder::Missing => Err(failure(intent, path, Errno::NOENT)),
            Holder::Obstacle(obstacle) => {
                Err(anyhow!("{obstacle}")).with_context(|| format!("cannot {intent} `{path}`"))
            }
        }
    }

    /// Reads the file at `path` into `text`, whose former content goes.
    pub(super) fn read(&mut self, path: &str, text: &mut Vec<u8>) -> Result<Found> {
        text.clear();
        let folder = match self.holder(path)? {
            Holder::Open(folder) => folder,
            Holder::Missing => return Ok(Found::Absent),
            Holder::Obstacle(obstacle) => return Ok(Found::Obstacle(obstacle)),
        };
        let obstacle = |is| {
            Ok(Found::Obstacle(Obstacle {
                path: path.to_owned(),
                is,
            }))
        };
        // Opening a pipe without NONBLOCK would wait for its writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match fs::openat(folder, last_name(path), flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(Found::Absent),
            Err(error) => {
                return match obstruction(folder, last_name(path)) {
                    Some(is) if is != Obstruction::File => obstacle(is),
                    _ => Err(failure("read", path, error)),
                };
            }
        };
        let stat = fs::fstat(&file).map_err(|error| failure("read", path, error))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {}
            FileType::Directory => return obstacle(Obstruction::Folder),
            _ => return obstacle(Obstruction::Special),
        }
        if u64::try_from(stat.st_size).unwrap_or(0) > LIMIT {
            return obstacle(Obstruction::Large);
        }
        read_all(&file, usize::try_from(stat.st_size).unwrap_or(0), text)
            .map_err(|error| failure("read", path, error))?;
        Ok(Found::File(Stamp::of(&stat)))
    }

    /// The stamp of the file at `path`; none where there is no such file.
    pub(super) fn stamp(&mut self, path: &str) -> Result<Option<Stamp>> {
        let Holder::Open(folder) = self.holder(path)? else {
            return Ok(None);
        };
        match fs::statat(folder, last_name(path), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
                Ok(Some(Stamp::of(&stat)))
            }
            Ok(_) | Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failure("read", path, error)),
        }
    }

    /// Whether there is a folder at `path`.
    ///
    /// # Errors
    /// If something else is there.
    pub(super) fn has_folder(&mut self, path: &str) -> Result<bool> {
        match self.holder(&format!("{path}/"))? {
            Holder::Open(_) => Ok(true),
            Holder::Missing => Ok(false),
            Holder::Obstacle(obstacle) => Err(anyhow!("{obstacle}, wanted a folder")),
        }
    }

    /// Whether there is a folder, and nothing else, at `path`.
    fn is_folder(&mut self, path: &str) -> Result<bool> {
        let Holder::Open(parent) = self.holder(path)? else {
            return Ok(false);
        };
        Ok(obstruction(parent, last_name(path)) == Some(Obstruction::Folder))
    }

    /// Names of what is in the folder at `path`; none where there is no such folder.
    pub(super) fn list(&mut self, path: &str) -> Result<Vec<String>> {
        let Holder::Open(folder) = self.holder(&format!("{path}/"))? else {
            return Ok(Vec::new());
        };
        let listing = || -> rustix::io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in fs::Dir::read_from(folder)? {
                names.push(entry?.file_name().to_string_lossy().into_owned());
            }
            Ok(names)
        };
        let mut names = listing().map_err(|error| failure("list", path, error))?;
        names.retain(|name| name != "." && name != "..");
        Ok(names)
    }
}

/// The project's folder with the right to change it.
pub(super) struct Disk<'a> {
    /// The way into the project.
    pub(super) folders: Folders<'a>,
    /// The way into the staging folder, which is one end of nearly every move.
    staging: Folders<'a>,
    watch: &'a mut dyn Watch,
}

/// How a new file's permissions are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permissions {
    /// As the process makes files, executable or not.
    Usual {
        /// Whether it is a script.
        executable: bool,
    },
    /// As another file has them.
    Like(Stamp),
}

impl<'a> Disk<'a> {
    /// The folder opened as `root`, every change announced to `watch`.
    pub(super) fn new(root: BorrowedFd<'a>, watch: &'a mut dyn Watch) -> Self {
        Self {
            folders: Folders::new(root),
            staging: Folders::new(root),
            watch,
        }
    }

    fn way_to(&mut self, path: &str) -> &mut Folders<'a> {
        if is_below(path, STAGING) {
            &mut self.staging
        } else {
            &mut self.folders
        }
    }

    /// The folders that hold two files, one of them in the staging folder or both.
    fn holders(&mut self, intent: &str, from: &str, to: &str) -> Result<[BorrowedFd<'_>; 2]> {
        let (staging, folders) = (&mut self.staging, &mut self.folders);
        Ok(match (is_below(from, STAGING), is_below(to, STAGING)) {
            (true, false) => [
                staging.existing_holder(intent, from)?,
                folders.existing_holder(intent, to)?,
            ],
            (false, true) => [
                folders.existing_holder(intent, from)?,
                staging.existing_holder(intent, to)?,
            ],
            (true, true) => [staging.existing_holder(intent, from)?; 2],
            (false, false) => {
                panic!("bug: `{from}` and `{to}` are both outside the staging folder")
            }
        })
    }

    fn announce(&mut self, intent: &str, path: &str) -> Result<()> {
        self.watch
            .before(intent)
            .with_context(|| format!("cannot {intent} `{path}`"))
    }

    /// Makes the folder at `path`, unless it is there. Says whether it made it.
    pub(super) fn make_folder(&mut self, path: &str) -> Result<bool> {
        self.announce("make the folder", path)?;
        let parent = self.way_to(path).existing_holder("make the folder", path)?;
        match fs::mkdirat(parent, last_name(path), Mode::from_raw_mode(0o777)) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(failure("make the folder", path, error)),
        }
    }

    /// Removes the folder at `path` if it is there and empty. Says whether it removed it.
    pub(super) fn remove_empty_folder(&mut self, path: &str) -> Result<bool> {
        self.announce("remove the folder", path)?;
        let Holder::Open(parent) = self.way_to(path).holder(path)? else {
            return Ok(false);
        };
        match fs::unlinkat(parent, last_name(path), AtFlags::REMOVEDIR) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR | Errno::BUSY) => {
                Ok(false)
            }
            Err(error) => Err(failure("remove the folder", path, error)),
        }
    }

    /// Makes a new file at `path`, where there must be none; `for_path` is the file that it is to become.
    pub(super) fn make_file(
        &mut self,
        path: &str,
        text: &[u8],
        permissions: Permissions,
        for_path: &str,
    ) -> Result<OwnedFd> {
        self.announce("write", for_path)?;
        let mode = match permissions {
            Permissions::Usual { executable: false } => 0o666,
            Permissions::Usual { executable: true } => 0o777,
            // Nobody else may look until the owner is known to be right.
            Permissions::Like(_) => 0o600,
        };
        let folder = self.way_to(path).existing_holder("write", path)?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let write = || -> rustix::io::Result<OwnedFd> {
            let file = fs::openat(folder, last_name(path), flags, Mode::from_raw_mode(mode))?;
            write_all(&file, text)?;
            if let Permissions::Like(stamp) = permissions {
                take_after(&file, stamp)?;
            }
            Ok(file)
        };
        write().map_err(|error| failure("write", for_path, error))
    }

    /// Waits until the file's text is on the device.
    pub(super) fn sync(&mut self, file: &OwnedFd, path: &str) -> Result<()> {
        self.announce("sync", path)?;
        #[cfg(target_vendor = "apple")]
        let synced = fs::fsync(file);
        #[cfg(not(target_vendor = "apple"))]
        let synced = fs::fdatasync(file);
        match synced {
            // Some file systems have nothing to wait for.
            Ok(()) | Err(Errno::INVAL | Errno::NOTSUP | Errno::ROFS) => Ok(()),
            Err(error) => Err(failure("sync", path, error)),
        }
    }

    /// Moves a file, over the one that may be at `to`.
    pub(super) fn replace(&mut self, from: &str, to: &str) -> Result<()> {
        self.rename("replace", from, to, false)
    }

    /// Moves a file to where there is none.
    ///
    /// # Errors
    /// If something is there.
    pub(super) fn place(&mut self, from: &str, to: &str) -> Result<()> {
        self.rename("create", from, to, true)
    }

    fn rename(&mut self, intent: &str, from: &str, to: &str, exclusive: bool) -> Result<()> {
        self.announce(intent, to)?;
        let [source, target] = self.holders(intent, from, to)?;
        let (from, name) = (last_name(from), last_name(to));
        let renamed = if exclusive {
            rename_new(source, from, target, name)
        } else {
            fs::renameat(source, from, target, name)
        };
        renamed.map_err(|error| failure(intent, to, error))
    }

    /// Gives the file at `from` a second name where there is none; copies it where the file system has no second names.
    pub(super) fn keep(&mut self, from: &str, to: &str) -> Result<()> {
        self.announce("keep a copy of", from)?;
        let [source, target] = self.holders("keep a copy of", from, to)?;
        if fs::linkat(
            source,
            last_name(from),
            target,
            last_name(to),
            AtFlags::empty(),
        )
        .is_ok()
        {
            return Ok(());
        }
        let mut text = Vec::new();
        let Found::File(stamp) = self.folders.read(from, &mut text)? else {
            return Err(failure("keep a copy of", from, Errno::NOENT));
        };
        let part = format!("{to}.part");
        self.make_file(&part, &text, Permissions::Like(stamp), from)?;
        self.replace(&part, to)
    }

    /// Removes the folder at `path` with all that is in it.
    pub(super) fn remove_tree(&mut self, path: &str) -> Result<()> {
        for name in self.folders.list(path)? {
            let inner = format!("{path}/{name}");
            if self.folders.is_folder(&inner)? {
                self.remove_tree(&inner)?;
            } else {
                self.remove_file(&inner)?;
            }
        }
        self.remove_empty_folder(path).map(|_| ())
    }

    /// Removes the file at `path` if it is there.
    pub(super) fn remove_file(&mut self, path: &str) -> Result<()> {
        self.announce("remove", path)?;
        let Holder::Open(folder) = self.way_to(path).holder(path)? else {
            return Ok(());
        };
        match fs::unlinkat(folder, last_name(path), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(failure("remove", path, error)),
        }
    }
}

fn last_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn failure(intent: &str, path: &str, error: Errno) -> anyhow::Error {
    anyhow::Error::new(io::Error::from(error)).context(format!("cannot {intent} `{path}`"))
}

/// What stands at a name, as far as it can be told without following it.
fn obstruction(folder: BorrowedFd<'_>, name: &str) -> Option<Obstruction> {
    let stat = fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    Some(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Symlink => Obstruction::SymbolicLink,
        FileType::Directory => Obstruction::Folder,
        FileType::RegularFile => Obstruction::File,
        _ => Obstruction::Special,
    })
}

fn read_all(file: &OwnedFd, size: usize, text: &mut Vec<u8>) -> rustix::io::Result<()> {
    // One byte more than expected tells the end of the file without another call.
    text.reserve(size + 1);
    loop {
        match rustix::io::read(file, spare_capacity(text)) {
            Ok(0) => return Ok(()),
            Ok(_) if text.len() == size => return Ok(()),
            Ok(_) => text.reserve(4096),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

fn write_all(file: &OwnedFd, mut text: &[u8]) -> rustix::io::Result<()> {
    while !text.is_empty() {
        match rustix::io::write(file, text) {
            Ok(0) => return Err(Errno::IO),
            Ok(written) => text = &text[written..],
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Gives a file the owner, as far as allowed, and the permissions of another.
fn take_after(file: &OwnedFd, stamp: Stamp) -> rustix::io::Result<()> {
    let own = Stamp::of(&fs::fstat(file)?).owner;
    if own != stamp.owner {
        // Only the superuser may give files away; for anybody else the file is their own from now on.
        let _ = fs::fchown(
            file,
            Some(fs::Uid::from_raw(stamp.owner.0)),
            Some(fs::Gid::from_raw(stamp.owner.1)),
        );
    }
    #[allow(
        clippy::unnecessary_cast,
        reason = "the type differs between platforms"
    )]
    fs::fchmod(file, Mode::from_raw_mode(stamp.mode as fs::RawMode))
}

/// Renames without ever replacing; where the system cannot promise it, asks before.
fn rename_new(
    source: BorrowedFd<'_>,
    from: &str,
    target: BorrowedFd<'_>,
    to: &str,
) -> rustix::io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    match fs::renameat_with(source, from, target, to, fs::RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
        answered => return answered,
    }
    match fs::statat(target, to, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => fs::renameat(source, from, target, to),
        Ok(_) => Err(Errno::EXIST),
        Err(error) => Err(error),
    }
}
