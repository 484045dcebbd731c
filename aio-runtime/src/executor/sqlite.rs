//! What an executor does on SQLite alone.

use std::any::Any;

use super::Executor;
use crate::engine::{Access, Lent};
use crate::error::Result;
use crate::sqlite::{Engine, Raw};

impl Executor {
    /// The engine of SQLite, for `what` it alone can do.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) where the database is another.
    pub(crate) fn sqlite(&self, what: &str) -> Result<&Engine> {
        let backend: &dyn Any = self.backend();
        backend.downcast_ref().ok_or_else(|| self.unsupported(what))
    }

    /// Runs blocking code with the connection that SQLite's library gives, on the connection's
    /// thread.
    ///
    /// On a database it runs on the writer; on a transaction inside it, where it may set
    /// savepoints, and neither begin nor end a transaction. Where the database rolls the
    /// transaction back by itself (`INSERT OR ROLLBACK`, a full disk), a statement that the code
    /// compiles then may only read; one that it has compiled before would write outside of any
    /// transaction, so that code does well to end where a statement fails. A rollback hook of the
    /// application's own is taken away when code runs in a transaction. A transaction that code
    /// leaves open is rolled back. What it changes about the connection itself stays with an
    /// explicit connection, which is closed and not used again when it is given back.
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
    /// [`ErrorKind::Panic`](crate::ErrorKind::Panic) where the code panics;
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) where it tried what is refused there, in the
    /// words that rusqlite's "not authorized" does not say;
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) where the database is not SQLite.
    /// Errors of the code itself are part of what it returns.
    ///
    /// # Cancellation
    /// Dropped before its turn it never runs; code that has begun runs to its end.
    pub async fn run<T: Send + 'static>(&self, code: impl FnOnce(&mut Raw) -> T + Send + 'static) -> Result<T> {
        self.call("`run`", Access::Write, code).await
    }

    /// Runs blocking code that only reads, as [`run`](Executor::run) does, without waiting for the
    /// right to write.
    ///
    /// On a database it runs on a reader, whose connection refuses to write.
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
    /// As [`run`](Executor::run).
    ///
    /// # Cancellation
    /// Dropped before its turn it never runs; statements of code that has begun are interrupted.
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
