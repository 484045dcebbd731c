//! Which files a database is, when they are checked, and what that promises.
//!
//! SQLite goes on with a file that was deleted or replaced: what it writes there is lost, and a
//! log that is left beside another database is played back into that one
//! (<https://sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use>).
//!
//! A database is its file, its write-ahead log and the index of the log. SQLite makes the log when
//! the first connection begins to read, and removes it when the last one is closed; between them
//! its name belongs to one file, so that the log is checked from when a connection has been set up
//! until it is closed.
//!
//! - Before a read, what was seen half a second ago is believed ([`FileCheck::BeforeRead`]).
//! - Before a write, a checkpoint, a backup or a check, before a connection is opened and before
//!   one is closed, the files are checked ([`FileCheck::BeforeWrite`]). Where they are not the
//!   database's own, nothing is written.
//! - After a commit and before its answer they are checked again ([`FileCheck::AfterCommit`]):
//!   whoever is told `Ok` has written into the files that lie at the path.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::FileCheck;
use super::options::{Options, with_ending};
use crate::error::{Error, ErrorKind, Result};

/// How long what was seen is believed before a read.
const BELIEVED: Duration = Duration::from_millis(500);

/// Two changes of a folder may have the same time where they are less than this apart: the
/// system's clock moves in ticks of up to 10 ms, and some file systems count in seconds.
const SAME_TICK: Duration = Duration::from_millis(20);
const SAME_SECONDS: Duration = Duration::from_secs(2);

/// The files of a database as they were when a connection was set up.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    file: Known,
    log: [Known; 2],
    /// `None` where the path is a symbolic link, whose folder does not show what becomes of the
    /// files.
    folder: Option<Folder>,
    checked: Instant,
    /// Whether it is a database in memory, whose files are nobody else's concern: connections go
    /// on with what they have.
    in_memory: bool,
}

/// Device and number of a file.
type Number = (u64, u64);

#[derive(Clone, Debug)]
struct Known {
    what: &'static str,
    path: PathBuf,
    /// `None` where there was no file, or the system has no numbers: it is not checked then.
    number: Option<Number>,
}

/// What lies at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Same,
    Other,
    Nothing,
}

/// The folder in which the files lie. Its time changes with each name in it that comes or goes, so
/// that one check of it can stand for a check of each file.
#[derive(Clone, Debug)]
struct Folder {
    path: PathBuf,
    seen: Option<(Number, (i64, i64))>,
    /// Since when it has been seen like this.
    since: Instant,
    /// Whether the files were checked long enough after that moment for a later change to show.
    stands_for_files: bool,
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> Option<Number> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Option<Number> {
    None
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.mtime(), metadata.mtime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> (i64, i64) {
    (0, 0)
}

impl Known {
    fn new(what: &'static str, path: PathBuf) -> Known {
        let number = fs::metadata(&path).ok().as_ref().and_then(number);
        Known { what, path, number }
    }

    fn unwatched(what: &'static str) -> Known {
        Known { what, path: PathBuf::new(), number: None }
    }

    fn found(&self) -> Found {
        let Some(known) = self.number else { return Found::Same };
        match fs::metadata(&self.path) {
            Ok(metadata) if number(&metadata) == Some(known) => Found::Same,
            Ok(_) => Found::Other,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Found::Nothing
            }
            // Whether it is still there cannot be seen; SQLite says what it can do with it.
            Err(_) => Found::Same,
        }
    }
}

impl Folder {
    fn of(file: &Path) -> Option<Folder> {
        let is_link = fs::symlink_metadata(file).ok()?.is_symlink();
        let path = file.parent().filter(|_| !is_link)?.to_owned();
        let mut folder = Folder { path, seen: None, since: Instant::now(), stands_for_files: false };
        folder.is_as_before();
        Some(folder)
    }

    /// Returns whether a change from `now` on would give the folder another time.
    fn may_stand_for_files(&self, now: Instant) -> bool {
        let Some((_, (_, nanoseconds))) = self.seen else { return false };
        let same_time = if nanoseconds == 0 { SAME_SECONDS } else { SAME_TICK };
        now.duration_since(self.since) >= same_time
    }

    /// Returns whether no name in it has come or gone since the files were checked.
    fn is_as_before(&mut self) -> bool {
        let seen = fs::metadata(&self.path).ok().and_then(|folder| Some((number(&folder)?, changed(&folder))));
        if seen != self.seen {
            (self.seen, self.since, self.stands_for_files) = (seen, Instant::now(), false);
        }
        seen.is_some() && self.stands_for_files
    }
}

impl Identity {
    /// The files that lie at the path now, beside a connection that has been set up.
    pub(super) fn of(options: &Options) -> Identity {
        let path = options.path.clone();
        // SQLite keeps the log beside the file that a symbolic link leads to.
        let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let log = [("the write-ahead log", "-wal"), ("the index of the write-ahead log,", "-shm")];
        let log = log.map(|(what, ending)| {
            if options.has_no_locks() {
                return Known::unwatched(what);
            }
            Known::new(what, with_ending(&real, ending))
        });
        let folder = Folder::of(&path);
        let file = Known::new("the database file", path);
        Identity { file, log, folder, checked: Instant::now(), in_memory: options.is_in_memory }
    }

    /// Fails where the files are not the database's own any more.
    pub(super) fn check(&mut self, check: FileCheck) -> Result<()> {
        if self.in_memory {
            return Ok(());
        }
        let now = Instant::now();
        if check == FileCheck::BeforeRead {
            if now.duration_since(self.checked) < BELIEVED {
                return Ok(());
            }
        } else if self.folder.as_mut().is_some_and(Folder::is_as_before) {
            return Ok(());
        }
        self.are_there(check)?;
        self.checked = now;
        if let Some(folder) = &mut self.folder {
            folder.stands_for_files = folder.may_stand_for_files(now);
        }
        Ok(())
    }

    /// Fails where the path leads to another file, or to none.
    pub(super) fn file_is_there(&self) -> Result<()> {
        self.file.found().or_moved(&self.file, FileCheck::BeforeWrite)
    }

    /// Fails where one of the files is another, or none.
    pub(super) fn are_there(&self, check: FileCheck) -> Result<()> {
        [&self.file].into_iter().chain(&self.log).try_for_each(|known| known.found().or_moved(known, check))
    }

    /// How many bytes the log's file has.
    pub(super) fn log_file(&self) -> u64 {
        let [log, _] = &self.log;
        fs::metadata(&log.path).map_or(0, |metadata| metadata.len())
    }

    /// SQLite itself has removed the log, or made it anew.
    pub(super) fn log_is_what_lies_there(&mut self) {
        for known in self.log.iter_mut().filter(|known| !known.path.as_os_str().is_empty()) {
            *known = Known::new(known.what, std::mem::take(&mut known.path));
        }
    }

    /// Whether SQLite may do what it does when a file's last connection is closed: write the log
    /// into the file and remove it. Where the log has lost its name that saves what is in it, and
    /// there is no other to remove.
    pub(super) fn may_be_put_away(&self) -> bool {
        self.file.found() == Found::Same && self.log.iter().all(|known| known.found() != Found::Other)
    }
}

impl Found {
    fn or_moved(self, known: &Known, check: FileCheck) -> Result<()> {
        let what = match self {
            Found::Same => return Ok(()),
            Found::Other => "was replaced by another file",
            Found::Nothing => "was deleted or moved away",
        };
        let so = match check {
            FileCheck::AfterCommit => {
                "this was committed to the old file, and nobody who opens the path finds it there"
            }
            _ => "what is written now would be lost; put it back, or close the database and open it again",
        };
        let message = format!("{} `{}` {what} while it was open: {so}", known.what, known.path.display());
        Err(Error::new(ErrorKind::Moved, message))
    }
}
