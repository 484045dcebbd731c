//! Transactions, which `begin` returns or which are run around a closure. Nested transactions are
//! savepoints.

use std::ops::Deref;
use std::panic::Location;
use std::sync::Arc;

use crate::engine::errors::{closed, transaction_ended};
use crate::engine::{BeginOptions, Destination, Opening, TransactionMode, backoff, sleep};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::{Executor, Session, TransactionHandle, outcome_of};

/// The maximum number of attempts of `retry_transaction`, including the first one.
const ATTEMPTS: u32 = 10;

/// An open transaction.
///
/// It ends with [`commit`](Transaction::commit) or [`rollback`](Transaction::rollback). If its
/// last clone is dropped while it is open, the transaction is rolled back before any later
/// statement runs on the connection. Clones of a transaction that has ended fail with
/// [`ErrorKind::Closed`](crate::ErrorKind::Closed). If the database itself rolls the transaction
/// back, for example because the disk is full, every later statement in it fails with
/// [`ErrorKind::RolledBack`](crate::ErrorKind::RolledBack).
///
/// ```
/// # use aio_runtime::{Database, Result, sql};
/// # async fn run(db: Database) -> Result<()> {
/// let tx = db.begin().await?;
/// sql!("update accounts set balance = balance - 5 where id = 1").execute(&tx).await?;
/// let nested = tx.begin().await?;
/// sql!("delete from accounts").execute(&nested).await?;
/// nested.rollback().await?;
/// tx.commit().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Transaction {
    executor: Executor,
    handle: Arc<TransactionHandle>,
}

impl Transaction {
    /// Commits the changes that were made in the transaction. If this is a nested transaction, its
    /// changes become part of the outer one. A transaction that is nested in this one and still
    /// open is rolled back.
    ///
    /// # Errors
    /// [`ErrorKind::ForeignKey`](crate::ErrorKind::ForeignKey) if a deferred foreign key is
    /// violated, [`ErrorKind::RolledBack`](crate::ErrorKind::RolledBack) if the database has
    /// rolled the transaction back before, and other errors of the database. After such an error
    /// the transaction has ended, and none of its changes are kept unless the message says so.
    ///
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) if the transaction had already ended: a
    /// clone of it was committed or rolled back, or the outer transaction has ended.
    ///
    /// # Cancellation
    /// If the future is dropped before the commit has begun, the transaction is rolled back; if it
    /// was never polled, only when no clone is left. A commit that has begun is finished.
    pub async fn commit(self) -> Result<()> {
        self.end(true).await
    }

    /// Undoes the changes that were made in the transaction.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) if the transaction had already ended, and
    /// errors of the database's rollback.
    ///
    /// # Cancellation
    /// If the future is dropped, the transaction is rolled back nevertheless; if it was never
    /// polled, only when no clone is left.
    pub async fn rollback(self) -> Result<()> {
        self.end(false).await
    }

    async fn end(&self, commit: bool) -> Result<()> {
        match self.handle.end(commit) {
            Some(reply) => outcome_of(reply).await,
            None => Err(transaction_ended()),
        }
    }
}

impl Deref for Transaction {
    type Target = Executor;

    fn deref(&self) -> &Executor {
        &self.executor
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

/// Rolls a transaction back when the closure of the transaction panics or the closure's future is
/// dropped, even if clones of the transaction exist. Becomes `None` when the closure has returned.
struct RollbackOnDrop(Option<Transaction>);

impl Drop for RollbackOnDrop {
    fn drop(&mut self) {
        if let Some(transaction) = &self.0 {
            drop(transaction.handle.end(false));
        }
    }
}

pub(crate) async fn begin(executor: Executor, how: BeginOptions) -> Result<Transaction> {
    executor.check_beginning(how)?;
    let only_reads = how.mode == TransactionMode::ReadOnly;
    if executor.is_on_replica() && !only_reads {
        return Err(Error::new(
            ErrorKind::ReadOnly,
            "a transaction of `on_replica` only reads: begin it in the mode `ReadOnly`, or on the database itself",
        ));
    }
    let (session, parent, opening) = match executor.session() {
        Some((session, parent)) => (Arc::clone(session), parent, None),
        None => {
            let destination = if only_reads { Destination::Replica } else { Destination::Primary };
            let (queue, opening) = executor.backend().connect(destination).await?.into_queue();
            (Session::for_one_transaction(queue), 0, Some(opening))
        }
    };
    // If the connection could not be opened, that is why a request to it fails.
    let cause = |error: Error| opening.and_then(Opening::error).unwrap_or(error);
    if session.queue().is_closed() && parent == 0 {
        return Err(cause(closed()));
    }
    let (handle, reply) = TransactionHandle::open(&session, parent, how)?;
    outcome_of(reply).await.map_err(cause)?;
    Ok(Transaction { executor: executor.for_transaction(Arc::clone(&handle)), handle })
}

impl Executor {
    /// Begins a transaction that may write. On a transaction, begins a nested transaction.
    ///
    /// A connection has at most one open transaction, and a transaction has at most one open
    /// nested transaction. A transaction that is begun on the database gets a separate connection.
    ///
    /// # Errors
    /// [`ErrorKind::InTransaction`](crate::ErrorKind::InTransaction) if a transaction is already
    /// open on the connection, or a nested transaction in the transaction; the message says where
    /// the open one was begun. [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if other writers
    /// did not finish in time, and on a database the errors of [`connect`](Executor::connect).
    ///
    /// # Cancellation
    /// If the future is dropped, a transaction that has begun is rolled back.
    #[track_caller]
    pub fn begin(&self) -> impl Future<Output = Result<Transaction>> + Send + 'static {
        self.begin_with(TransactionMode::default())
    }

    /// Begins a transaction in a [mode](TransactionMode). A nested transaction has the mode of the
    /// outer one, whatever `mode` is.
    ///
    /// # Errors
    /// Those of [`begin`](Executor::begin), and
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the database does not have the
    /// mode, [`ErrorKind::ReadOnly`](crate::ErrorKind::ReadOnly) for another mode than `ReadOnly`
    /// on [`on_replica`](Executor::on_replica).
    ///
    /// # Cancellation
    /// Like [`begin`](Executor::begin).
    #[track_caller]
    pub fn begin_with(&self, mode: TransactionMode) -> impl Future<Output = Result<Transaction>> + Send + 'static {
        begin(self.clone(), BeginOptions::new(mode, Location::caller()))
    }

    /// Runs a closure in a transaction. The transaction is committed if the closure returns `Ok`,
    /// and rolled back if it returns an error or panics. For a closure with an error type of your
    /// own, use [`try_transaction`](Executor::try_transaction).
    ///
    /// ```
    /// # use aio_runtime::{Database, Result, sql};
    /// # async fn run(db: Database) -> Result<()> {
    /// let left: i64 = db
    ///     .transaction(|tx| async move {
    ///         sql!("update accounts set balance = balance - 5 where id = 1").execute(&tx).await?;
    ///         sql!("select balance from accounts where id = 1").scalar(&tx).await
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the closure, of [`begin`](Executor::begin) and of [`commit`](Transaction::commit).
    ///
    /// # Cancellation
    /// If the future is dropped, the transaction is rolled back, unless its commit has begun.
    #[track_caller]
    pub fn transaction<T, F, Fut>(&self, closure: F) -> impl Future<Output = Result<T>>
    where
        F: FnOnce(Transaction) -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        self.try_transaction_with(TransactionMode::default(), closure)
    }

    /// Runs a closure in a transaction with this [mode](TransactionMode); see
    /// [`transaction`](Executor::transaction).
    ///
    /// # Errors
    /// Those of [`transaction`](Executor::transaction).
    ///
    /// # Cancellation
    /// Like [`transaction`](Executor::transaction).
    #[track_caller]
    pub fn transaction_with<T, F, Fut>(&self, mode: TransactionMode, closure: F) -> impl Future<Output = Result<T>>
    where
        F: FnOnce(Transaction) -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        self.try_transaction_with(mode, closure)
    }

    /// Runs a closure with an error type of your own in a transaction; see
    /// [`transaction`](Executor::transaction).
    ///
    /// ```
    /// # use aio_runtime::{Database, Error, sql};
    /// enum LendError {
    ///     Out,
    ///     Database(Error),
    /// }
    ///
    /// impl From<Error> for LendError {
    ///     fn from(error: Error) -> LendError {
    ///         LendError::Database(error)
    ///     }
    /// }
    ///
    /// # async fn run(db: Database) -> Result<(), LendError> {
    /// db.try_transaction(|tx| async move {
    ///     let lend = sql!("update books set lent = 1 where id = 7 and not lent");
    ///     match lend.execute(&tx).await?.rows_affected {
    ///         0 => Err(LendError::Out),
    ///         _ => Ok(()),
    ///     }
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`transaction`](Executor::transaction).
    ///
    /// # Cancellation
    /// Like [`transaction`](Executor::transaction).
    #[track_caller]
    pub fn try_transaction<T, E, F, Fut>(&self, closure: F) -> impl Future<Output = Result<T, E>>
    where
        E: From<Error>,
        F: FnOnce(Transaction) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        self.try_transaction_with(TransactionMode::default(), closure)
    }

    /// Runs a closure in a transaction. If the closure or the transaction fails with a [transient
    /// error](Error::is_transient), runs the closure again in a new transaction, up to ten times
    /// in all. The second attempt follows at once; before each further one there is a random wait,
    /// whose range grows from 5 milliseconds to a second.
    ///
    /// After [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) it does not run again, because the
    /// caller could wait ten times as long as the timeout that was set.
    ///
    /// # Errors
    /// Those of [`transaction`](Executor::transaction).
    ///
    /// # Cancellation
    /// Like [`transaction`](Executor::transaction).
    #[track_caller]
    pub fn retry_transaction<T, F, Fut>(&self, closure: F) -> impl Future<Output = Result<T>>
    where
        F: Fn(Transaction) -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        self.retry_transaction_with(TransactionMode::default(), closure)
    }

    /// Runs a closure in a transaction with a mode, and runs it again after transient errors; see
    /// [`retry_transaction`](Executor::retry_transaction).
    ///
    /// # Errors
    /// Those of [`transaction`](Executor::transaction).
    ///
    /// # Cancellation
    /// Like [`transaction`](Executor::transaction).
    #[track_caller]
    pub fn retry_transaction_with<T, F, Fut>(
        &self,
        mode: TransactionMode,
        closure: F,
    ) -> impl Future<Output = Result<T>>
    where
        F: Fn(Transaction) -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let how = BeginOptions::new(mode, Location::caller());
        async move {
            let mut failures = 0;
            loop {
                match in_transaction(self, how, &closure).await {
                    Err(error) if error.may_repeat_transaction() && failures + 1 < ATTEMPTS => {
                        // The first failure is usually the last one.
                        if failures > 0 {
                            sleep(backoff(failures)).await;
                        }
                        failures += 1;
                    }
                    result => return result,
                }
            }
        }
    }

    /// Runs a closure with an error type of your own in a transaction with a mode; see
    /// [`try_transaction`](Executor::try_transaction).
    ///
    /// # Errors
    /// Those of [`transaction`](Executor::transaction).
    ///
    /// # Cancellation
    /// Like [`transaction`](Executor::transaction).
    #[track_caller]
    pub fn try_transaction_with<T, E, F, Fut>(
        &self,
        mode: TransactionMode,
        closure: F,
    ) -> impl Future<Output = Result<T, E>>
    where
        E: From<Error>,
        F: FnOnce(Transaction) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        in_transaction(self, BeginOptions::new(mode, Location::caller()), closure)
    }
}

pub(crate) async fn in_transaction<T, E, F, Fut>(executor: &Executor, how: BeginOptions, closure: F) -> Result<T, E>
where
    E: From<Error>,
    F: FnOnce(Transaction) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    run_in(begin(executor.clone(), how).await?, closure).await
}

/// Runs a closure in a transaction that has begun. Then commits the transaction, or rolls it back
/// if the closure fails.
pub(crate) async fn run_in<T, E, F, Fut>(transaction: Transaction, closure: F) -> Result<T, E>
where
    E: From<Error>,
    F: FnOnce(Transaction) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let mut rollback = RollbackOnDrop(Some(transaction.clone()));
    let result = closure(transaction.clone()).await;
    rollback.0 = None;
    match result {
        Ok(value) => {
            transaction.end(true).await?;
            Ok(value)
        }
        Err(error) => {
            // The closure's error is returned, because it is more useful than that of the
            // rollback. If the rollback fails, the connection is replaced by a new one, which also
            // ends the transaction.
            let _ = transaction.end(false).await;
            Err(error)
        }
    }
}
