//! What a connection to SQLite does for its worker.
//!
//! A driver is called on its connection's thread and on no other. It sees SQL text and values,
//! never the metadata of a struct, and pushes the values of rows into a batch.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::{Checkpoint, Raw};
use crate::engine::{Rows, Stopper, TransactionMode};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::row_batch::RowBatch;
use crate::sql::RawSource;
use crate::value::Value;

/// A connection of a blocking database library.
///
/// A driver MUST return errors of the right [`ErrorKind`](crate::ErrorKind), MUST leave a failed
/// statement without effect, and MUST NOT keep a statement running after it has returned.
pub(crate) trait Driver {
    /// Prepares a statement and says whether it only reads. `in_transaction` says that it is run
    /// in one, which may not have begun yet.
    fn is_read(&mut self, text: &str, params: &[Value], in_transaction: bool) -> Result<bool>;

    /// Looks whether the raw queries in a statement have each of the names once by which the
    /// statement reads them.
    fn check_sources(&mut self, sources: &[RawSource], params: &[Value]) -> Result<()>;

    /// Runs one statement with its values and hands its rows to `rows`. `exact` asks for the
    /// number of the inserted row where it is not known what the statement does.
    fn execute(&mut self, text: &str, params: &[Value], exact: bool, rows: &mut dyn Rows) -> Result<Outcome>;

    /// Runs one statement for many rows of values, of which each has so many; compiled once. An
    /// error is about the row of that number.
    fn execute_rows(
        &mut self,
        text: &str,
        params: &RowBatch,
        width: usize,
        rows: &mut dyn Rows,
    ) -> Result<Outcome, (usize, Error)>;

    /// Runs several statements, parted by semicolons, until one fails. Where a transaction is open
    /// none of them ends it. `of_migration` says that no table may be dropped while rows of others
    /// refer to it.
    fn execute_script(&mut self, text: &str, of_migration: bool) -> Result<()>;

    /// Begins a transaction.
    fn begin(&mut self, mode: TransactionMode) -> Result<()>;

    /// Begins a transaction as the only writer, in which foreign keys are not enforced; they are
    /// again when it has ended.
    fn begin_without_foreign_keys(&mut self) -> Result<()>;

    /// Commits the transaction. Where that fails the transaction is over too, and rolled back.
    fn commit(&mut self) -> Result<()>;

    /// Rolls the transaction back, if one is open.
    fn rollback(&mut self) -> Result<()>;

    /// Marks a place in the transaction to go back to.
    fn savepoint(&mut self, number: u64) -> Result<()>;

    /// Forgets a savepoint and keeps what was done since.
    fn release(&mut self, number: u64) -> Result<()>;

    /// Undoes what was done since a savepoint, and forgets it.
    fn rollback_to(&mut self, number: u64) -> Result<()>;

    /// Whether a transaction is open.
    fn in_transaction(&self) -> bool;

    /// What stops a statement from another thread.
    fn stopper(&self) -> Arc<Stopper>;

    /// Looks whether the files are still those that were opened.
    fn look(&mut self, look: Look) -> Result<()>;

    /// Lends the library's own connection to the user's code, perhaps for reading alone.
    fn lend(&mut self, read_only: bool) -> Result<&mut Raw>;

    /// The first of these statements that may leave something to be looked at when the transaction
    /// commits, a deferred foreign key: in a transaction that others share it would not fail as it
    /// does alone.
    fn leaves_to_commit<'a>(&mut self, texts: impl Iterator<Item = Cow<'a, str>>) -> Option<usize>;

    /// Sets again what the user's code may have replaced. Fails where the code tried what it must
    /// not.
    fn take_back(&mut self) -> Result<()>;

    /// Whether something about a connection that many share was changed.
    fn is_changed_for_others(&self) -> bool;

    /// Whether a write failed because the connection can only read, though nobody asked for that:
    /// the file was opened at a moment when it could not be written.
    fn is_only_readable(&self, error: &Error) -> bool;

    /// The connection is not to be used again.
    fn discard(&mut self);

    /// Whether the next to use the connection finds it as if it had just been opened.
    fn is_as_new(&self) -> bool;

    /// What the last commit on this connection left in the write-ahead log; once for each commit.
    fn log_after_commit(&mut self) -> Option<Log>;

    /// How many bytes the log's file has.
    fn log_file(&self) -> u64;

    /// Writes the log into the file; waits so long for those who read from the log or write.
    fn checkpoint(&mut self, how: Checkpoint, patience: Duration) -> Result<()>;

    /// How many statements were found prepared, and how many were not, since it was last asked.
    fn take_cache_figures(&mut self) -> (u64, u64);

    /// The last work on a database before it is closed.
    fn optimize(&mut self);
}

/// When it is looked whether the files of a database are still its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Before a read: what was seen a moment ago is believed.
    Lately,
    /// Before anything is written, and before work on the files as a whole.
    Now,
    /// After a commit, and before it is answered.
    Committed,
}

/// The write-ahead log as a commit left it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    pub(crate) bytes: u64,
    /// It has grown enough since the last checkpoint for another.
    pub(crate) is_due: bool,
}
