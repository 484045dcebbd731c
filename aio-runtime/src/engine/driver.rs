//! The interface between a blocking database connection and the worker that owns it.

use std::any::Any;
use std::sync::Arc;

use super::{Pipelining, RowSink, ScriptProgress, Stopper, TransactionMode};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::row::Expected;
use crate::sql::{RawSource, RowsToInsert};
use crate::value::Param;

/// A connection of a blocking database library.
///
/// A [`Worker`](super::Worker) calls a driver on its connection's thread only, one method at a
/// time. A driver sees SQL text and values, never the metadata of a struct. The rest of this
/// comment is the contract between the two; the promises of the public API depend on every MUST.
///
/// # Statements
///
/// A method that runs statements MAY block. It MUST NOT return before the statements have ended;
/// nothing may continue in the background. A statement that fails MUST leave no effect, unless its
/// own text asks for that, and the transaction around it SHOULD stay open. Rows are pushed into a
/// [`RowSink`] one by one. When [`RowSink::end_row`] returns `false`, a read SHOULD end, and a
/// write MUST run to its end. A row whose values were pushed but that was not ended is never
/// delivered.
///
/// # Transactions
///
/// Outside of a transaction each statement MUST be committed when it ends. [`in_transaction`] MUST
/// return whether the database has a transaction open, even if the database has ended it without a
/// request, or a statement of the user has begun it: the worker asks after every request.
/// [`rollback`] MUST succeed if no transaction is open.
///
/// # Stopping
///
/// The [`Stopper`] is called from other threads, while a method that runs statements is running or
/// just before it. The running statement SHOULD soon fail with
/// [`Interrupted`](ErrorKind::Interrupted), or succeed. Statements that run after the worker has
/// reset the stopper MUST NOT be affected.
///
/// # Errors
///
/// Errors MUST have the [`ErrorKind`] that the [`Backend`](super::Backend) contract requires, and
/// MUST NOT contain values of a statement. A panic in a driver fails the request; the worker rolls
/// the connection back and drops it.
///
/// [`in_transaction`]: Driver::in_transaction
/// [`rollback`]: Driver::rollback
pub(crate) trait Driver {
    /// Returns whether a statement only reads. The worker asks when the library cannot tell.
    /// `in_transaction` says that the statement will run in a transaction, which may not have
    /// begun yet.
    fn is_read(&mut self, text: &str, params: &[Param], in_transaction: bool) -> Result<bool>;

    /// Prepares a statement without running it, and pushes one row for each column of its result:
    /// the name, and the declared type if it is a column of a table.
    fn describe(&mut self, _text: &str, _params: &[Param], _rows: &mut dyn RowSink) -> Result<()> {
        Err(Error::unsupported("this database", "`describe`"))
    }

    /// Checks the raw queries that a statement reads as tables: each query must return exactly
    /// once every column that the statement reads from the query by its name.
    fn check_sources(&mut self, _sources: &[RawSource], _params: &[Param]) -> Result<()> {
        Ok(())
    }

    /// Returns whether the database refuses the statement inside a transaction, or the statement
    /// has another effect there. The worker opens no transaction around such a statement.
    fn must_run_outside_of_transactions(&self, _text: &str) -> bool {
        false
    }

    /// Runs one statement with its values and pushes its rows. `exact` says that the statement is
    /// raw SQL, for which the driver itself has to find out whether it has inserted a row whose id
    /// belongs into the outcome.
    fn execute(&mut self, text: &str, params: &[Param], exact: bool, rows: &mut dyn RowSink) -> Result<Outcome>;

    /// Inserts rows one after the other, and pushes the rows that the statements return. Each
    /// statement SHOULD be prepared once. An error is returned with the index of the row that
    /// failed, or `None` if that is not known.
    fn insert(&mut self, inserted: &RowsToInsert, rows: &mut dyn RowSink) -> Result<Outcome, (Option<usize>, Error)>;

    /// Returns whether it is faster to run the statements of one request
    /// [together](Driver::run_together) than one after the other.
    fn runs_together(&self) -> bool {
        false
    }

    /// Runs the statements of one request. Begins a transaction of the kind `transaction` for them
    /// and commits it, or rolls it back after an error; with `None`, a transaction is open, and
    /// the caller undoes what the statements before the failed one have done.
    fn run_together(
        &mut self,
        _statements: &[StatementOfRequest<'_>],
        _transaction: Option<TransactionKind>,
        _rows: &mut dyn StepSink,
    ) -> Result<(), FailedStatement> {
        Err(FailedStatement { number: None, row: None, error: Error::unsupported("this database", "pipeline") })
    }

    /// Returns whether the connection can run requests in [pipelines](Driver::run_pipeline) now.
    fn pipelining(&self) -> Pipelining {
        Pipelining::Off
    }

    /// Runs requests in one pipeline: sends all of them before the answer to the first one is
    /// awaited. Each of them is committed or fails by itself, and a write is
    /// [ended](PipelineSink::end) when its commit is as durable as if it ran alone. Returns the
    /// others with their failures.
    fn run_pipeline(
        &mut self,
        _members: &[PipelineMember<'_>],
        _sink: &mut dyn PipelineSink,
    ) -> Vec<(usize, FailedMember)> {
        Vec::new()
    }

    /// Runs several statements, separated by semicolons, until one fails. None of them may end a
    /// transaction that was open before. See [`ScriptKind`] for what else is asked of a script.
    fn execute_script(&mut self, text: &str, kind: &ScriptKind) -> Result<()>;

    /// Begins a transaction. A kind that the [`Capabilities`](super::Capabilities) do not include
    /// MUST fail with [`Unsupported`](ErrorKind::Unsupported).
    fn begin(&mut self, kind: TransactionKind) -> Result<()>;

    /// Commits the transaction. If that fails, rolls it back, so that it has ended in this case
    /// too.
    fn commit(&mut self) -> Result<()>;

    /// Rolls the transaction back, if one is open.
    fn rollback(&mut self) -> Result<()>;

    /// Sets a savepoint in the open transaction.
    fn savepoint(&mut self, number: u64) -> Result<()>;

    /// Releases a savepoint, and keeps the changes that were made since it was set.
    fn release(&mut self, number: u64) -> Result<()>;

    /// Undoes the changes that were made since a savepoint was set, and releases the savepoint.
    fn rollback_to(&mut self, number: u64) -> Result<()>;

    /// Returns whether a transaction is open.
    fn in_transaction(&self) -> bool;

    /// Returns whether an error has made the open transaction, or the innermost savepoint in it,
    /// unusable: the database accepts nothing but a rollback of it. A database that undoes only
    /// the failed statement returns `false`.
    fn has_failed_transaction(&self) -> bool {
        false
    }

    /// Returns the [`Stopper`], with which other threads stop the running statement.
    fn stopper(&self) -> Arc<Stopper>;

    /// Lends the connection of the database's own library to a closure of the user, for reading
    /// only if `read_only` is set. [`take_back`](Driver::take_back) is called next, even if the
    /// closure panics. A database without such a connection MUST fail with
    /// [`Unsupported`](ErrorKind::Unsupported).
    fn lend(&mut self, read_only: bool) -> Result<&mut dyn Any>;

    /// Restores the settings that the user's closure may have changed on the connection. Fails if
    /// the closure did something that is not allowed.
    fn take_back(&mut self) -> Result<()> {
        Ok(())
    }

    /// Returns whether the connection has to be replaced after a request failed with `error`, for
    /// instance because the connection is lost.
    fn is_unusable_after(&self, error: &Error) -> bool {
        matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::OutcomeUnknown)
    }

    /// Adds details that the connection knows to the message of an error, such as which folder is
    /// full.
    fn add_context(&self, error: Error) -> Error {
        error
    }

    /// Returns whether a shared connection has to be replaced, because one of its users has
    /// changed something that its other users would notice.
    fn has_leaked_changes(&self) -> bool {
        false
    }

    /// Returns whether the connection is known to be lost, although no statement has failed
    /// because of that. Called before each request outside of a transaction.
    fn is_lost(&mut self) -> bool {
        false
    }

    /// Returns whether a statement outside of a transaction that has failed with this
    /// [`Conflict`](ErrorKind::Conflict) would succeed if it ran again.
    fn resolves_conflicts(&self, _error: &Error) -> bool {
        false
    }

    /// Returns whether a request that has failed with this error, and can run again, runs on
    /// another server then: [`reconnect`](Driver::reconnect) is called next.
    fn leaves_server_after(&mut self, _error: &Error) -> bool {
        false
    }

    /// Opens the connection again after it was lost. A driver whose connections cannot be lost
    /// fails.
    fn reconnect(&mut self) -> Result<()> {
        Err(Error::unsupported("this database", "`reconnect`"))
    }

    /// Called before a request runs alone. Says whether the thread may wait for its answer without
    /// sleeping, because no other task waits for a thread of the same queue.
    fn set_may_spin(&mut self, _may_spin: bool) {}

    /// Called after each request was answered.
    fn after_request(&mut self) {}

    /// Called when the user of an explicit connection has returned it, before the connection is
    /// kept for the next user: undoes what the next user would notice.
    fn prepare_to_park(&mut self) {}

    /// Marks the connection as unusable. The driver is dropped after this call.
    fn discard(&mut self) {}

    /// Returns whether the connection is as if it had just been opened.
    fn is_pristine(&self) -> bool;

    /// Returns the number of hits and misses of the statement cache since the last call.
    fn take_cache_counts(&mut self) -> (u64, u64) {
        (0, 0)
    }
}

/// A statement of a request with several of them.
pub(crate) enum StatementOfRequest<'a> {
    /// A statement with its values. `exact` is that of [`Driver::execute`].
    Statement { text: &'a str, params: &'a [Param], exact: bool },
    /// An insert of rows.
    Insert(&'a RowsToInsert),
}

impl<'a> StatementOfRequest<'a> {
    /// Returns the SQL, of an insert that of its first row, and whether it is raw SQL.
    pub(crate) fn text(&self) -> (&'a str, bool) {
        match self {
            StatementOfRequest::Statement { text, exact, .. } => (text, *exact),
            StatementOfRequest::Insert(rows) => (rows.first_statement().map_or("", |statement| &statement.text), false),
        }
    }
}

/// Receives the rows of several statements from a driver.
pub(crate) trait StepSink {
    /// Returns the columns that the caller will read from the rows of a statement, as
    /// [`RowSink::expected`] does.
    fn expected(&self, number: usize) -> Option<&'static Expected>;

    /// Begins the statement with this number.
    fn next_step(&mut self, number: usize);

    /// Returns who receives the rows of the statement.
    fn rows(&mut self) -> &mut dyn RowSink;

    /// Ends the statement.
    fn end_step(&mut self, outcome: Outcome);
}

/// A request that runs in a pipeline with others.
pub(crate) struct PipelineMember<'a> {
    pub(crate) statement: StatementOfRequest<'a>,
    pub(crate) writes: bool,
    /// Whether a deadline may stop the request.
    pub(crate) has_deadline: bool,
}

/// Receives the answers to the requests of a pipeline from a driver.
pub(crate) trait PipelineSink {
    /// Returns who receives the rows of a request.
    fn rows(&mut self, number: usize) -> &mut dyn RowSink;

    /// Records that the answers to these requests are received next. From here on they are stopped
    /// by the stopper of the connection; before, they were only marked as stopped.
    fn begin(&mut self, numbers: &mut dyn Iterator<Item = usize>);

    /// Answers a request that has succeeded.
    fn end(&mut self, number: usize, outcome: Outcome);

    /// Records that a request had no effect, and is to be executed again. Returns `false` if it
    /// was stopped, so that nobody waits for its answer.
    fn start_over(&mut self, number: usize) -> bool;

    /// Called before the driver waits for the database.
    fn before_wait(&mut self);
}

/// Why a request of a pipeline was not answered.
pub(crate) enum FailedMember {
    /// It has had no effect, and has to run again without others.
    Again,
    /// It was not sent, and may run with others again.
    Later,
    Error(Error),
}

/// The failure of one of several statements.
pub(crate) struct FailedStatement {
    /// The number of the statement, if one of them has failed.
    pub(crate) number: Option<usize>,
    /// The index of the row in an insert, if it is known.
    pub(crate) row: Option<usize>,
    pub(crate) error: Error,
}

/// The purpose of a transaction, which a driver maps to a mode of its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionKind {
    /// A transaction that the library begins for several reads of one request, which have to see
    /// the same state of the database.
    Read,
    /// A transaction that the library begins for the writes of one or more requests.
    Write,
    /// A transaction that is begun in this mode: by the user, by a migration, or for an insert
    /// that is sent in chunks.
    Mode(TransactionMode),
    /// A transaction of a migration, in which foreign keys are not enforced. After it they are
    /// enforced as before.
    WithoutForeignKeys,
    /// Writes that replace tables: foreign keys are not enforced, and the rename of a table leaves
    /// the views, triggers and foreign keys that name a table as they are. Both settings are
    /// restored after the transaction.
    Rebuild,
}

/// The purpose of a script.
#[derive(Clone, Debug)]
pub(crate) enum ScriptKind {
    /// A script of the user.
    Plain,
    /// A step of a migration. A table to which rows of other tables refer MUST NOT be dropped
    /// while foreign keys are enforced.
    Step(StepScript),
}

/// How the script of a step runs.
#[derive(Clone, Debug)]
pub(crate) struct StepScript {
    /// The tables that the step replaces. Each of them MUST exist and have the same number of rows
    /// before and after the script; otherwise the script fails. Indexes and triggers that a table
    /// has when it is dropped, and that do not exist at the end of the script, MUST be made again.
    pub(crate) rebuilds: Arc<[String]>,
    /// Where the rows that the script writes are counted while it runs; `None` if nobody looks.
    pub(crate) progress: Option<Arc<ScriptProgress>>,
}
