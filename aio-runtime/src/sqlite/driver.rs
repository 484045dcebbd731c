//! The methods of a connection that SQLite's admission and group commit need, in addition to those
//! that every worker needs.

use std::borrow::Cow;
use std::time::Duration;

use super::Checkpoint;
use crate::engine::Driver;
use crate::error::Result;

/// A connection to a SQLite database file.
pub(crate) trait SqliteConnection: Driver {
    /// Checks that the files at the path are still those that were opened.
    fn check_files(&mut self, check: FileCheck) -> Result<()>;

    /// Returns the index of the first of these statements that may violate a deferred foreign key,
    /// or `None` if none of them may. SQLite reports the violation only at the commit, so such a
    /// statement must not share a transaction with others: they would fail with it.
    fn first_deferring<'a>(&mut self, texts: impl Iterator<Item = Cow<'a, str>>) -> Option<usize>;

    /// Returns the length of the write-ahead log after the last commit on this connection. Returns
    /// `None` if this method has already been called since that commit.
    fn log_after_commit(&mut self) -> Option<Log>;

    /// Returns the size of the write-ahead log file in bytes.
    fn log_file(&self) -> u64;

    /// Runs a checkpoint. Waits at most `busy_timeout` for connections that read from the
    /// write-ahead log or write.
    fn checkpoint(&mut self, how: Checkpoint, busy_timeout: Duration) -> Result<()>;

    /// Runs `PRAGMA optimize` before the database is closed.
    fn optimize(&mut self);
}

/// The situation in which the identity of the database files is checked. It decides whether the
/// result of an earlier check is still good enough, and what the error says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileCheck {
    /// Before a read. A check within the last half second is good enough.
    BeforeRead,
    /// Before a write, and before work on whole files such as a checkpoint or a backup.
    BeforeWrite,
    /// After a commit, before the task that asked for the write gets its result.
    AfterCommit,
}

/// The write-ahead log after a commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    pub(crate) bytes: u64,
    /// Whether the write-ahead log has grown enough since the last checkpoint to run another one.
    pub(crate) is_due: bool,
}
