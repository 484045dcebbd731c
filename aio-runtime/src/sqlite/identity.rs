//! Checks that the files of a database are still those that were opened.
//!
//! SQLite keeps using a file that was deleted or replaced: its writes are lost, and if its log is
//! then beside another database, SQLite replays the log into that database
//! (<https://sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use>).
//!
//! A database is its file, its write-ahead log and the index of the log. SQLite creates the log
//! when the first connection begins to read, and deletes it when the last one is closed. In
//! between the name of the log belongs to one file, so the log is checked from the set-up of a
//! connection until the connection is closed.
//!
//! - Before a read, a check of the last half second is good enough ([`FileCheck::BeforeRead`]).
//! - Before the first write of a transaction and before its commit, before a closure gets a
//!   connection, before a checkpoint, a backup or an integrity check, and before a connection is
//!   opened or closed, the files are checked ([`FileCheck::BeforeWrite`]). If they are not the
//!   database's own, nothing is written.
//! - After a commit and before its answer they are checked again ([`FileCheck::AfterCommit`]): an
//!   `Ok` means that the write is in the files at the path.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::FileCheck;
use super::options::{Options, with_ending};
use crate::error::{Error, ErrorKind, Result};

/// How long a check remains good enough for reads.
const READ_CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// Two changes of a folder that are less than this apart may have the same modification time,
/// because the system clock advances in ticks of up to 10 ms.
const SAME_TICK: Duration = Duration::from_millis(20);
/// Two changes of a folder that are less than this apart may have the same modification time if
/// the file system stores whole seconds or, like FAT, only even ones.
const SAME_SECONDS: Duration = Duration::from_secs(2);

/// The files that a connection has open, as they were found when it was set up.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// Those of the database itself, and those of each attached database.
    databases: Vec<DatabaseFiles>,
    checked: Instant,
    /// Whether all databases are in memory. No other process touches their files, so they are not
    /// checked.
    in_memory: bool,
}

/// The files of one database.
#[derive(Clone, Debug)]
struct DatabaseFiles {
    file: KnownFile,
    log: [KnownFile; 2],
    /// `None` if the path is a symbolic link, because the folder of the link does not show changes
    /// to the files.
    folder: Option<Folder>,
}

/// The device and inode number of a file.
type FileId = (u64, u64);

#[derive(Clone, Debug)]
struct KnownFile {
    what: &'static str,
    path: PathBuf,
    /// `None` if the file is not checked: there was none, the database has no locks, or the system
    /// has no inode numbers.
    id: Option<FileId>,
}

/// How the file that is now at a path relates to the known one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CurrentFile {
    Same,
    Replaced,
    Missing,
}

/// The folder of the files. Its modification time changes with each name that is added or removed,
/// so one check of the folder can replace the checks of the files.
#[derive(Clone, Debug)]
struct Folder {
    path: PathBuf,
    seen: Option<(FileId, (i64, i64))>,
    /// The time at which the current modification time was first seen.
    since: Instant,
    /// Whether the files were checked so long after `since` that any later change of the folder
    /// has another modification time.
    covers_files: bool,
}

#[cfg(unix)]
fn file_id(metadata: &Metadata) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn file_id(_: &Metadata) -> Option<FileId> {
    None
}

#[cfg(unix)]
fn modified(metadata: &Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.mtime(), metadata.mtime_nsec())
}

#[cfg(not(unix))]
fn modified(_: &Metadata) -> (i64, i64) {
    (0, 0)
}

impl KnownFile {
    fn new(what: &'static str, path: PathBuf) -> KnownFile {
        let id = fs::metadata(&path).ok().as_ref().and_then(file_id);
        KnownFile { what, path, id }
    }

    fn unchecked(what: &'static str) -> KnownFile {
        KnownFile { what, path: PathBuf::new(), id: None }
    }

    fn current(&self) -> CurrentFile {
        let Some(known) = self.id else { return CurrentFile::Same };
        match fs::metadata(&self.path) {
            Ok(metadata) if file_id(&metadata) == Some(known) => CurrentFile::Same,
            Ok(_) => CurrentFile::Replaced,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                CurrentFile::Missing
            }
            // It cannot be determined which file is at the path. SQLite will report whether it can
            // use the file.
            Err(_) => CurrentFile::Same,
        }
    }
}

impl Folder {
    fn of(file: &Path) -> Option<Folder> {
        let is_link = fs::symlink_metadata(file).ok()?.is_symlink();
        let path = file.parent().filter(|_| !is_link)?.to_owned();
        let mut folder = Folder { path, seen: None, since: Instant::now(), covers_files: false };
        folder.is_unchanged();
        Some(folder)
    }

    /// Returns whether a change of the folder after `now` would give it another modification time
    /// than the one that was seen.
    fn may_cover_files(&self, now: Instant) -> bool {
        let Some((_, (_, nanoseconds))) = self.seen else { return false };
        let same_time = if nanoseconds == 0 { SAME_SECONDS } else { SAME_TICK };
        now.duration_since(self.since) >= same_time
    }

    /// Returns whether it is certain that no name was added to the folder or removed since the
    /// files were checked.
    fn is_unchanged(&mut self) -> bool {
        let seen = fs::metadata(&self.path).ok().and_then(|folder| Some((file_id(&folder)?, modified(&folder))));
        if seen != self.seen {
            (self.seen, self.since, self.covers_files) = (seen, Instant::now(), false);
        }
        seen.is_some() && self.covers_files
    }
}

impl DatabaseFiles {
    fn of(options: &Options) -> DatabaseFiles {
        let path = options.path.clone();
        // If the path is a symbolic link, SQLite keeps the write-ahead log beside the file to
        // which it leads.
        let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let log = [("the write-ahead log", "-wal"), ("the index of the write-ahead log,", "-shm")];
        let log = log.map(|(what, ending)| {
            if options.has_no_locks() {
                return KnownFile::unchecked(what);
            }
            KnownFile::new(what, with_ending(&real, ending))
        });
        let folder = Folder::of(&path);
        DatabaseFiles { file: KnownFile::new("the database file", path), log, folder }
    }

    fn is_unchanged(&mut self) -> bool {
        self.folder.as_mut().is_some_and(Folder::is_unchanged)
    }

    fn check_now(&self, check: FileCheck) -> Result<()> {
        [&self.file].into_iter().chain(&self.log).try_for_each(|known| known.current().check(known, check))
    }
}

impl Identity {
    /// Returns the files that are at the paths now. Called for a connection that was just set up.
    pub(super) fn of(options: &Options) -> Identity {
        let databases = || [options].into_iter().chain(options.attached.iter().map(|attached| &attached.file));
        let in_memory = databases().all(|options| options.is_in_memory);
        Identity { databases: databases().map(DatabaseFiles::of).collect(), checked: Instant::now(), in_memory }
    }

    /// Checks that the files at the paths are still the database's own, unless an earlier check is
    /// good enough.
    pub(super) fn check(&mut self, check: FileCheck) -> Result<()> {
        if self.in_memory {
            return Ok(());
        }
        let now = Instant::now();
        if check == FileCheck::BeforeRead {
            if now.duration_since(self.checked) < READ_CHECK_INTERVAL {
                return Ok(());
            }
        } else if self.databases.iter_mut().all(DatabaseFiles::is_unchanged) {
            return Ok(());
        }
        self.check_now(check)?;
        self.checked = now;
        for folder in self.databases.iter_mut().filter_map(|database| database.folder.as_mut()) {
            folder.covers_files = folder.may_cover_files(now);
        }
        Ok(())
    }

    /// Checks that the paths still lead to the database files.
    pub(super) fn check_file(&self) -> Result<()> {
        let mut files = self.databases.iter().map(|database| &database.file);
        files.try_for_each(|file| file.current().check(file, FileCheck::BeforeWrite))
    }

    /// Checks that the files, the write-ahead logs and their indexes are still at their paths.
    pub(super) fn check_now(&self, check: FileCheck) -> Result<()> {
        self.databases.iter().try_for_each(|database| database.check_now(check))
    }

    /// Returns the size of the write-ahead log file of the database itself in bytes.
    pub(super) fn log_file(&self) -> u64 {
        let log = self.databases.first().map(|database| &database.log[0].path);
        log.and_then(|log| fs::metadata(log).ok()).map_or(0, |metadata| metadata.len())
    }

    /// Accepts the current files of the write-ahead logs and of their indexes, after SQLite itself
    /// has deleted or recreated them.
    pub(super) fn adopt_log(&mut self) {
        let logs = self.databases.iter_mut().flat_map(|database| &mut database.log);
        for known in logs.filter(|known| !known.path.as_os_str().is_empty()) {
            *known = KnownFile::new(known.what, std::mem::take(&mut known.path));
        }
    }

    /// Returns whether SQLite may do the work that it does when the last connection is closed:
    /// checkpoint the write-ahead log into the file and delete the log. SQLite also may do so if
    /// the log was only deleted: the checkpoint then saves its content, and there is no other file
    /// at its path that SQLite could delete by mistake.
    pub(super) fn may_checkpoint_on_close(&self) -> bool {
        self.databases.iter().all(|database| {
            database.file.current() == CurrentFile::Same
                && database.log.iter().all(|known| known.current() != CurrentFile::Replaced)
        })
    }
}

impl CurrentFile {
    fn check(self, known: &KnownFile, check: FileCheck) -> Result<()> {
        let what = match self {
            CurrentFile::Same => return Ok(()),
            CurrentFile::Replaced => "was replaced by another file",
            CurrentFile::Missing => "was deleted or moved away",
        };
        let consequence = match check {
            FileCheck::AfterCommit => "this was committed to the old file, and is not in the file at the path",
            _ => "a write would be lost; put the file back, or close the database and open it again",
        };
        let message = format!("{} `{}` {what} while it was open: {consequence}", known.what, known.path.display());
        Err(Error::new(ErrorKind::Moved, message))
    }
}
