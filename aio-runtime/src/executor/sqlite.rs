//! The methods of an executor that are for SQLite only.

use std::any::Any;

use super::Executor;
use crate::engine::{Access, Lent};
use crate::error::Result;
use crate::sqlite::{Engine, Raw};

impl Executor {
    /// Returns the engine of the SQLite database. `what` names the feature that needs SQLite, for
    /// the error.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the database is not SQLite.
    pub(crate) fn sqlite(&self, what: &str) -> Result<&Engine> {
        let backend: &dyn Any = self.backend();
        backend.downcast_ref().ok_or_else(|| self.unsupported(what))
    }

    /// Calls a blocking closure with the [`rusqlite`] connection, on the thread of that
    /// connection.
    ///
    /// On a database, the closure runs on the writer connection. On a transaction, it runs in the
    /// transaction, where it may set savepoints but may neither begin nor end a transaction. A
    /// transaction that the closure leaves open is rolled back.
    ///
    /// If SQLite itself rolls the transaction back while the closure runs (`INSERT OR ROLLBACK`, a
    /// full disk), statements that the closure prepares afterwards may only read. A statement that
    /// it prepared before would write outside of any transaction, so return from the closure when
    /// a statement fails.
    ///
    /// A change of the connection itself, such as a pragma that the closure sets, stays in effect
    /// on an explicit connection. When an explicit connection with such a change is returned to
    /// the database, it is closed and not used again. A rollback hook that you have set on the
    /// connection is removed when a closure runs in a transaction.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// let pages: i64 = db
    ///     .run(|raw| raw.pragma_query_value(None, "page_count", |row| row.get(0)))
    ///     .await?
    ///     .expect("a pragma that every database has");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Panic`](crate::ErrorKind::Panic) if the closure panics;
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the closure tried something that it may
    /// not do (the message explains it, unlike rusqlite's "not authorized");
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the database is not SQLite.
    /// Errors of the closure itself are part of the value that it returns.
    ///
    /// # Cancellation
    /// A closure whose future is dropped before it has begun is not called. A closure that has
    /// begun runs to its end.
    pub async fn run<T: Send + 'static>(&self, code: impl FnOnce(&mut Raw) -> T + Send + 'static) -> Result<T> {
        self.call("`run`", Access::Write, code).await
    }

    /// Calls a blocking closure that only reads, like [`run`](Executor::run), but without waiting
    /// for other writers.
    ///
    /// On a database, the closure runs on a reader connection, which refuses to write.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// let tables: i64 = db
    ///     .run_read(|raw| {
    ///         raw.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))
    ///     })
    ///     .await?
    ///     .expect("every database has this table");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`run`](Executor::run).
    ///
    /// # Cancellation
    /// A closure whose future is dropped before it has begun is not called. If it has begun, its
    /// statements are interrupted.
    pub async fn run_read<T: Send + 'static>(&self, code: impl FnOnce(&mut Raw) -> T + Send + 'static) -> Result<T> {
        self.call("`run_read`", Access::Read, code).await
    }

    pub(crate) async fn call<T: Send + 'static>(
        &self,
        what: &str,
        access: Access,
        code: impl FnOnce(&mut Raw) -> T + Send + 'static,
    ) -> Result<T> {
        self.sqlite(what)?;
        self.lend(access, Lent::new(code)).await
    }
}
