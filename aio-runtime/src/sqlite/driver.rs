//! What SQLite's admission and its group commit ask of a connection, beside what every worker
//! asks.

use std::borrow::Cow;
use std::time::Duration;

use super::Checkpoint;
use crate::engine::Driver;
use crate::error::Result;

/// A connection to a SQLite database in a file.
pub(crate) trait SqliteConnection: Driver {
    /// Fails where the files are not those that were opened.
    fn check_files(&mut self, check: FileCheck) -> Result<()>;

    /// Returns the index of the first of these statements that may violate a deferred foreign key,
    /// of which SQLite tells only at the commit: it must not share a transaction with others,
    /// which would fail with it.
    fn first_deferring<'a>(&mut self, texts: impl Iterator<Item = Cow<'a, str>>) -> Option<usize>;

    /// Returns the length of the write-ahead log after the last commit on this connection, once
    /// for each commit.
    fn log_after_commit(&mut self) -> Option<Log>;

    /// Returns the size of the log's file in bytes.
    fn log_file(&self) -> u64;

    /// Writes the log into the file. Waits at most `busy_timeout` for those who read from the log
    /// or write.
    fn checkpoint(&mut self, how: Checkpoint, busy_timeout: Duration) -> Result<()>;

    /// Does the last work on a database before it is closed.
    fn optimize(&mut self);
}

/// Why the identity of a database's files is checked. It decides whether the result of an earlier
/// check may be used, and what the error says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileCheck {
    /// What was seen a moment ago is believed.
    BeforeRead,
    /// Also before work on the files as a whole.
    BeforeWrite,
    /// After a commit and before its answer.
    AfterCommit,
}

/// The write-ahead log after a commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    pub(crate) bytes: u64,
    /// Whether it has grown enough since the last checkpoint for another one.
    pub(crate) is_due: bool,
}
