//! Explicit connections.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Result;
use crate::executor::{Executor, Session};

/// A connection of a database, with a thread of its own.
///
/// Its statements run in the order in which they were sent. Clones share the thread and the queue.
/// Dropping the last clone rolls back a transaction that is still open, and returns the connection
/// to the database.
///
/// ```
/// # use aio_runtime::{Database, Result, sql};
/// # async fn run(db: Database) -> Result<()> {
/// let conn = db.connect().await?;
/// sql!("create temp table seen (id integer)").execute(&conn).await?;
/// sql!("insert into seen values (1)").execute(&conn).await?;
/// conn.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Connection {
    executor: Executor,
    session: Arc<Session>,
    closed: Arc<AtomicBool>,
}

impl Executor {
    /// Returns a connection of the database, which has a separate thread.
    ///
    /// Called on a connection or a transaction, it opens another connection. Statements on the new
    /// connection are not part of the transaction.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) after `close`.
    ///
    /// # Cancellation
    /// If the future is dropped, a connection that was opened is returned to the database.
    pub async fn connect(&self) -> Result<Connection> {
        let session = Session::new(self.backend().connect().await?);
        let executor = self.for_connection(Arc::clone(&session));
        Ok(Connection { executor, session, closed: Arc::default() })
    }
}

impl Connection {
    /// Closes the connection, after the statements that were sent before have run. An open
    /// transaction is rolled back. From then on, the connection and its clones fail with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed). A second call does nothing.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Cancellation
    /// The connection is closed as soon as the future is first polled, even if it is then dropped.
    pub fn close(&self) -> impl Future<Output = Result<()>> + Send + 'static + use<> {
        let conn = self.clone();
        async move {
            conn.closed.store(true, Ordering::Release);
            conn.session.queue().close();
            Ok(())
        }
    }

    /// Returns whether the connection or its database has been closed.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire) || self.session.queue().is_closed()
    }
}

impl Deref for Connection {
    type Target = Executor;

    fn deref(&self) -> &Executor {
        &self.executor
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}
