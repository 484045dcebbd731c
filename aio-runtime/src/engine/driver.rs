//! What a blocking connection of any database does for the worker that owns it.

use std::any::Any;
use std::sync::Arc;

use super::{Rows, Stopper, TransactionMode};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::sql::{RawSource, RowsToInsert};
use crate::value::Param;

/// A connection of a blocking database library.
///
/// A [`Worker`](super::Worker) calls a driver on its connection's thread and on no other, one
/// method at a time. A driver sees SQL text and values, never the metadata of a struct. What
/// follows is the contract between the two; the promises of the public API rest on each MUST.
///
/// # Statements
///
/// A method that runs statements MAY block. It MUST NOT return before what it runs has ended, and
/// nothing of it may go on afterwards. A statement that fails MUST leave nothing of what it did,
/// unless its own text asks for that, and the transaction around it SHOULD stay open. Rows are
/// pushed into [`Rows`] one by one; where [`Rows::end_row`] wants no more, a read SHOULD end, and
/// a write MUST run to its end. A row that was begun and not ended is dropped.
///
/// # Transactions
///
/// Outside of a transaction each statement MUST commit by itself. [`in_transaction`] MUST know
/// whether a transaction is open as the database sees it, also where the database has ended it by
/// itself or where a statement of the user's has begun one: the worker asks after every request.
/// [`rollback`] MUST succeed where none is open.
///
/// # Stopping
///
/// The [`Stopper`] is called from other threads, at most while one of the methods that run
/// statements is under way or just before it. What runs then SHOULD fail soon, with
/// [`Interrupted`](ErrorKind::Interrupted), or succeed. Work that comes after the worker has reset
/// the stopper MUST NOT be affected.
///
/// # Errors
///
/// Errors MUST have the [`ErrorKind`] that the [`Backend`](super::Backend) promises, and no value
/// of a statement in their message. A panic in a driver fails the request; the worker rolls the
/// connection back and drops it.
///
/// [`in_transaction`]: Driver::in_transaction
/// [`rollback`]: Driver::rollback
pub(crate) trait Driver {
    /// Returns whether a statement only reads; the worker asks where the library does not know.
    /// `in_transaction` says that the statement will run in a transaction, which may not have
    /// begun yet.
    fn is_read(&mut self, text: &str, params: &[Param], in_transaction: bool) -> Result<bool>;

    /// Compiles one statement, without running it, and pushes a row for each column that it would
    /// give: the name, and the type that it is declared with if it is a column of a table.
    fn describe(&mut self, _text: &str, _params: &[Param], _rows: &mut dyn Rows) -> Result<()> {
        Err(Error::unsupported("this database", "`describe`"))
    }

    /// Fails where the raw queries in a statement do not have each of the names once by which the
    /// statement reads them.
    fn check_sources(&mut self, _sources: &[RawSource], _params: &[Param]) -> Result<()> {
        Ok(())
    }

    /// Returns whether the database refuses a statement inside of a transaction, or runs it in
    /// another way there. The worker opens no transaction around it.
    fn must_run_outside_of_transactions(&self, _text: &str) -> bool {
        false
    }

    /// Runs one statement with its values and pushes its rows. `exact` asks for the number of the
    /// inserted row also where only the database knows what the statement does.
    fn execute(&mut self, text: &str, params: &[Param], exact: bool, rows: &mut dyn Rows) -> Result<Outcome>;

    /// Inserts rows, one after the other, and pushes what their statements give. Each statement
    /// SHOULD be prepared once. An error comes with the index of the row that failed, if that is
    /// known.
    fn insert(&mut self, inserted: &RowsToInsert, rows: &mut dyn Rows) -> Result<Outcome, (Option<usize>, Error)>;

    /// Runs several statements, separated by semicolons, until one fails. Where a transaction is
    /// open none of them may end it. `of_migration` forbids to drop a table while rows of other
    /// tables refer to it.
    fn execute_script(&mut self, text: &str, of_migration: bool) -> Result<()>;

    /// Begins a transaction. A kind that the [`Capabilities`](super::Capabilities) leave out MUST
    /// fail with [`Unsupported`](ErrorKind::Unsupported).
    fn begin(&mut self, kind: TransactionKind) -> Result<()>;

    /// Commits the transaction. Where that fails the transaction has ended too, and is rolled
    /// back.
    fn commit(&mut self) -> Result<()>;

    /// Rolls the transaction back, if one is open.
    fn rollback(&mut self) -> Result<()>;

    /// Sets a savepoint in the open transaction.
    fn savepoint(&mut self, number: u64) -> Result<()>;

    /// Releases a savepoint and keeps what was done since.
    fn release(&mut self, number: u64) -> Result<()>;

    /// Undoes what was done since a savepoint, and releases it.
    fn rollback_to(&mut self, number: u64) -> Result<()>;

    /// Returns whether a transaction is open.
    fn in_transaction(&self) -> bool;

    /// Returns what stops a statement from another thread.
    fn stopper(&self) -> Arc<Stopper>;

    /// Lends the connection of the database's own library to the user's code, perhaps for reading
    /// alone. [`take_back`](Driver::take_back) is called next, also where the code has panicked. A
    /// database that has no connection to lend MUST fail with
    /// [`Unsupported`](ErrorKind::Unsupported).
    fn lend(&mut self, read_only: bool) -> Result<&mut dyn Any>;

    /// Restores what the user's code may have replaced on the connection. Fails where the code
    /// tried what it must not.
    fn take_back(&mut self) -> Result<()> {
        Ok(())
    }

    /// Returns whether the connection has to be replaced after a request that failed with `error`,
    /// which says for instance that the connection is lost.
    fn is_unusable_after(&self, error: &Error) -> bool {
        matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::OutcomeUnknown)
    }

    /// Adds to an error what the connection knows beside it, such as which folder is full.
    fn explain(&self, error: Error) -> Error {
        error
    }

    /// Returns whether a connection that serves many has to be replaced, since something about it
    /// was changed that others would notice.
    fn is_changed_for_others(&self) -> bool {
        false
    }

    /// Marks the connection as not to be used again; it is dropped next.
    fn discard(&mut self) {}

    /// Returns whether the next user of the connection finds it as if it had just been opened.
    fn is_as_new(&self) -> bool;

    /// Returns how many statements were found prepared and how many were not, since the last call.
    fn take_cache_figures(&mut self) -> (u64, u64) {
        (0, 0)
    }
}

/// What a transaction is begun for. A driver translates it into what its database has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionKind {
    /// For several reads of the library's own, which have to see one state of the database.
    Read,
    /// For writes of the library's own.
    Write,
    /// For the user, who has asked for this mode.
    Mode(TransactionMode),
    /// For writes while foreign keys are not enforced. They are enforced again when it has ended.
    WithoutForeignKeys,
}
