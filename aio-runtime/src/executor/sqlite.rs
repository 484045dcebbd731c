//! What an executor does on SQLite alone.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Executor, Running, Wanted};
use crate::caught::Foreign;
use crate::engine::{Access, Code, Command};
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{Raw, compare};

impl Executor {
    /// Runs blocking code with the connection that SQLite's library gives, on the connection's thread.
    ///
    /// On a database it runs on the writer; on a transaction inside it, where it may set
    /// savepoints, and neither begin nor end a transaction. A transaction that it leaves open is
    /// rolled back. What it changes about the connection itself stays with an explicit connection,
    /// which is closed and not used again when it is given back.
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
    /// [`ErrorKind::Panic`] where the code panics; [`ErrorKind::Usage`] where it tried what is
    /// refused there, in the words that rusqlite's "not authorized" does not say. Errors of the
    /// code itself are part of what it returns.
    ///
    /// # Cancellation
    /// Dropped before its turn it never runs; code that has begun runs to its end.
    pub async fn run<T: Send + 'static>(&self, code: impl FnOnce(&mut Raw) -> T + Send + 'static) -> Result<T> {
        self.call(Access::Write, None, code).await
    }

    /// Runs blocking code that only reads, as [`run`](Executor::run) does, without waiting for the right to write.
    ///
    /// On a database it runs on a reader, whose connection refuses to write.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// let tables: i64 = db
    ///     .run_read(|raw| raw.query_row("select count(*) from sqlite_schema", [], |row| row.get(0)))
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
        self.call(Access::Read, None, code).await
    }

    pub(crate) async fn call<T: Send + 'static>(
        &self,
        access: Access,
        timeout: Option<Duration>,
        code: impl FnOnce(&mut Raw) -> T + Send + 'static,
    ) -> Result<T> {
        let result = Arc::new(Mutex::new(None));
        let place = Arc::clone(&result);
        let mut code = Some(code);
        let code: Code = Foreign::new(Box::new(move |raw: &mut dyn Any| {
            let value = raw.downcast_mut().and_then(|raw| code.take().map(|code| code(raw)));
            *place.lock().unwrap_or_else(PoisonError::into_inner) = value;
        }));
        Running::new(self, Command::Call { code, access }, Wanted { timeout, ..Wanted::OUTCOME }).outcome().await?;
        let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or_else(|| Error::new(ErrorKind::ThreadDied, "the connection's thread ended before it answered"))
    }

    /// Compares a table with its definition: what differs, a line each. Checks whose text is `implied` may be missing.
    pub(crate) async fn differences(
        &self,
        table: &'static str,
        ddl: Vec<String>,
        implied: Vec<String>,
    ) -> Result<Vec<String>> {
        self.call(Access::Read, None, move |raw| compare(raw, table, &ddl, &implied)).await?
    }
}
