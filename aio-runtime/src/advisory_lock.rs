//! Advisory locks: locks on numbers or names that programs agree on.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::connection::Connection;
use crate::database::Database;
use crate::engine::{Access, AdvisoryLockKind, AdvisoryLockStatements};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::statement::{Sql, query};
use crate::transaction::Transaction;

/// The key of an advisory lock: a number, or a text.
///
/// A text stands for the number that the server computes from it (`hashtextextended(text, 0)`), so
/// that other programs can use the same lock. Should two texts have the same number, which is
/// improbable, then who asks for the one waits for the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AdvisoryKey(Key);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Number(i64),
    Text(String),
}

impl From<i64> for AdvisoryKey {
    fn from(key: i64) -> AdvisoryKey {
        AdvisoryKey(Key::Number(key))
    }
}

impl From<i32> for AdvisoryKey {
    fn from(key: i32) -> AdvisoryKey {
        AdvisoryKey(Key::Number(key.into()))
    }
}

impl From<String> for AdvisoryKey {
    fn from(key: String) -> AdvisoryKey {
        AdvisoryKey(Key::Text(key))
    }
}

impl From<&str> for AdvisoryKey {
    fn from(key: &str) -> AdvisoryKey {
        AdvisoryKey(Key::Text(key.to_owned()))
    }
}

impl From<&String> for AdvisoryKey {
    fn from(key: &String) -> AdvisoryKey {
        AdvisoryKey(Key::Text(key.clone()))
    }
}

impl AdvisoryKey {
    fn statements(&self, executor: &Executor, is_shared: bool, of_transaction: bool) -> Result<AdvisoryLockStatements> {
        let has_text_key = matches!(self.0, Key::Text(_));
        executor.backend().advisory_lock(AdvisoryLockKind { is_shared, of_transaction, has_text_key })
    }

    fn bind(&self, text: String) -> Sql {
        match &self.0 {
            Key::Number(key) => query(text).bind(*key),
            Key::Text(key) => query(text).bind(key.clone()),
        }
    }
}

/// An advisory lock that the program has; [`Database::advisory_lock`] returns it.
///
/// The lock belongs to a connection of its own, and is released with it: by
/// [`release`](AdvisoryLock::release), when this value is dropped, when the database is closed,
/// and when the connection is lost, of which only [`is_held`](AdvisoryLock::is_held) tells.
///
/// ```
/// # use aio_runtime::{Database, Result};
/// # async fn send_invoices(_: &Database) -> Result<()> { Ok(()) }
/// # async fn run(db: Database) -> Result<()> {
/// // Of all processes, one sends the invoices.
/// if let Some(lock) = db.try_advisory_lock("invoices").await? {
///     send_invoices(&db).await?;
///     lock.release().await?;
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "the lock is released when this value is dropped"]
pub struct AdvisoryLock {
    connection: Connection,
    key: AdvisoryKey,
    statements: AdvisoryLockStatements,
    was_lost: AtomicBool,
}

impl AdvisoryLock {
    /// Returns whether the lock is still held, by asking the server. It is not if the connection
    /// was lost: somebody else may have the lock then, and this value never gets it back.
    ///
    /// A server that ends, or an administrator who ends its session, takes the lock away at any
    /// moment, also the next one. What must not be done twice in any case is protected by the rows
    /// that it writes, for instance by a unique column.
    ///
    /// # Errors
    /// Those of any query. That the connection is lost or closed is no error here.
    ///
    /// # Cancellation
    /// If the future is dropped, nothing happens.
    pub async fn is_held(&self) -> Result<bool> {
        if self.was_lost.load(Ordering::Acquire) {
            return Ok(false);
        }
        let is_held = match self.key.bind(self.statements.is_held.clone()).scalar(&self.connection).await {
            Err(error) if *error.kind() == ErrorKind::Closed => return Ok(false),
            Err(error) if matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::OutcomeUnknown) => Ok(false),
            result => result,
        };
        if matches!(is_held, Ok(false)) {
            self.was_lost.store(true, Ordering::Release);
        }
        is_held
    }

    /// Releases the lock, and says whether it was held until then. A drop releases it, too, but
    /// waits for nothing and says nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Disconnected`](crate::ErrorKind::Disconnected) if the connection was lost
    /// before, and the lock with it, so that somebody else may have had it meanwhile.
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) if the database was closed before.
    ///
    /// # Cancellation
    /// If the future is dropped, the lock is released as by a drop.
    pub async fn release(self) -> Result<()> {
        if self.was_lost.load(Ordering::Acquire) {
            return Err(lost());
        }
        match self.key.bind(self.statements.unlock.clone()).scalar(&self.connection).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(lost()),
            Err(error) if *error.kind() == ErrorKind::OutcomeUnknown => Err(lost().with_source(error)),
            Err(error) => Err(error),
        }
    }
}

fn lost() -> Error {
    Error::new(
        ErrorKind::Disconnected,
        "the connection that held the advisory lock was lost, and the lock with it: somebody else may have had it",
    )
}

impl std::fmt::Debug for AdvisoryLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdvisoryLock").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Database {
    /// Waits for an advisory lock, which nobody else has while the returned value exists: no other
    /// task, process or machine that asks the same database of the server for a lock with the same
    /// key, a number or a text. The lock has nothing to do with any rows.
    ///
    /// The lock needs a connection of its own, one of the
    /// [`connections`](crate::Builder::connections). In a transaction,
    /// [`Transaction::advisory_lock`] needs none. The server notices a circle of sessions that
    /// wait for each other, and ends it by [`ErrorKind::Conflict`](crate::ErrorKind::Conflict).
    ///
    /// Only PostgreSQL has such locks. With SQLite all processes run on one machine, where a
    /// locked file does the same (`std::fs::File::lock`).
    ///
    /// ```
    /// # use aio_runtime::{Database, Result, sql};
    /// # async fn run(db: Database) -> Result<()> {
    /// let lock = db.advisory_lock("rebuild of the search index").await?;
    /// sql!("refresh materialized view search").execute(&db).await?;
    /// lock.release().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) with SQLite, and behind a pooler,
    /// which gives the session to others between two statements;
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the lock is not free within the
    /// default [timeout](crate::Builder::timeout); the errors of [`connect`](Executor::connect).
    ///
    /// # Cancellation
    /// If the future is dropped, the waiting ends. If the lock was granted at the same moment, it
    /// is released before its connection serves anybody else.
    pub async fn advisory_lock(&self, key: impl Into<AdvisoryKey>) -> Result<AdvisoryLock> {
        let lock = self.unlocked(key.into(), false).await?;
        lock.key.bind(lock.statements.lock.clone()).execute(&lock.connection).await?;
        Ok(lock)
    }

    /// Waits for an advisory lock that others may share: all who ask for it by this method have it
    /// at the same time, and keep out who asks by [`advisory_lock`](Database::advisory_lock).
    ///
    /// # Errors
    /// Those of [`advisory_lock`](Database::advisory_lock).
    ///
    /// # Cancellation
    /// Like [`advisory_lock`](Database::advisory_lock).
    pub async fn advisory_lock_shared(&self, key: impl Into<AdvisoryKey>) -> Result<AdvisoryLock> {
        let lock = self.unlocked(key.into(), true).await?;
        lock.key.bind(lock.statements.lock.clone()).execute(&lock.connection).await?;
        Ok(lock)
    }

    /// Takes an [advisory lock](Database::advisory_lock) if it is free. Returns `None` at once if
    /// somebody else has it.
    ///
    /// # Errors
    /// Those of [`advisory_lock`](Database::advisory_lock).
    ///
    /// # Cancellation
    /// Like [`advisory_lock`](Database::advisory_lock).
    pub async fn try_advisory_lock(&self, key: impl Into<AdvisoryKey>) -> Result<Option<AdvisoryLock>> {
        let lock = self.unlocked(key.into(), false).await?;
        let is_free: bool = lock.key.bind(lock.statements.try_lock.clone()).scalar(&lock.connection).await?;
        Ok(is_free.then_some(lock))
    }

    /// Takes a [shared advisory lock](Database::advisory_lock_shared) if nobody has the lock for
    /// himself. Returns `None` at once if somebody has.
    ///
    /// # Errors
    /// Those of [`advisory_lock`](Database::advisory_lock).
    ///
    /// # Cancellation
    /// Like [`advisory_lock`](Database::advisory_lock).
    pub async fn try_advisory_lock_shared(&self, key: impl Into<AdvisoryKey>) -> Result<Option<AdvisoryLock>> {
        let lock = self.unlocked(key.into(), true).await?;
        let is_free: bool = lock.key.bind(lock.statements.try_lock.clone()).scalar(&lock.connection).await?;
        Ok(is_free.then_some(lock))
    }

    /// Returns a connection for a lock, which it does not have yet.
    async fn unlocked(&self, key: AdvisoryKey, is_shared: bool) -> Result<AdvisoryLock> {
        let statements = key.statements(self, is_shared, false)?;
        let check = self.backend().check_session();
        let connection = self.connect().await?;
        connection.lend(Access::Read, check).await??;
        Ok(AdvisoryLock { connection, key, statements, was_lost: AtomicBool::new(false) })
    }
}

impl Transaction {
    /// Waits for an advisory lock, and keeps it until the transaction has ended. In a nested
    /// transaction that is rolled back, it is released with this one.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result, sql};
    /// # async fn run(db: Database, customer: i64) -> Result<()> {
    /// db.transaction(|tx| async move {
    ///     // Of all transactions with this customer, one runs at a time.
    ///     tx.advisory_lock(customer).await?;
    ///     sql!("insert into orders (customer) values ({customer})").execute(&tx).await
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) with SQLite,
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the lock is not free within the
    /// default [timeout](crate::Builder::timeout),
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if transactions wait for each other in
    /// a circle.
    ///
    /// # Cancellation
    /// If the future is dropped, the waiting ends, and the transaction with it.
    pub async fn advisory_lock(&self, key: impl Into<AdvisoryKey>) -> Result<()> {
        self.wait_for_lock(key.into(), false).await
    }

    /// Waits for an advisory lock that others may share, and keeps it until the transaction has
    /// ended; see [`Database::advisory_lock_shared`].
    ///
    /// # Errors
    /// Those of [`advisory_lock`](Transaction::advisory_lock).
    ///
    /// # Cancellation
    /// Like [`advisory_lock`](Transaction::advisory_lock).
    pub async fn advisory_lock_shared(&self, key: impl Into<AdvisoryKey>) -> Result<()> {
        self.wait_for_lock(key.into(), true).await
    }

    /// Takes an advisory lock if it is free, and keeps it until the transaction has ended. Returns
    /// `false` at once if somebody else has it.
    ///
    /// # Errors
    /// Those of [`advisory_lock`](Transaction::advisory_lock).
    ///
    /// # Cancellation
    /// If the future is dropped, the transaction may have the lock.
    pub async fn try_advisory_lock(&self, key: impl Into<AdvisoryKey>) -> Result<bool> {
        self.try_lock(key.into(), false).await
    }

    /// Takes an advisory lock that others may share if nobody has it for himself, and keeps it
    /// until the transaction has ended. Returns `false` at once if somebody has.
    ///
    /// # Errors
    /// Those of [`advisory_lock`](Transaction::advisory_lock).
    ///
    /// # Cancellation
    /// Like [`try_advisory_lock`](Transaction::try_advisory_lock).
    pub async fn try_advisory_lock_shared(&self, key: impl Into<AdvisoryKey>) -> Result<bool> {
        self.try_lock(key.into(), true).await
    }

    async fn wait_for_lock(&self, key: AdvisoryKey, is_shared: bool) -> Result<()> {
        let statements = key.statements(self, is_shared, true)?;
        key.bind(statements.lock).execute(self).await.map(drop)
    }

    async fn try_lock(&self, key: AdvisoryKey, is_shared: bool) -> Result<bool> {
        let statements = key.statements(self, is_shared, true)?;
        key.bind(statements.try_lock).scalar(self).await
    }
}
