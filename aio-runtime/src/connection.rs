//! Explicit connections: those that a program opens by `connect`.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::Destination;
use crate::error::{Error, Result};
use crate::executor::{Executor, Session};

/// A connection of a database, with a thread of its own.
///
/// Its statements run in the order in which they were sent. Clones share the connection and its
/// thread. When all clones and all transactions that were begun on the connection are dropped, it
/// is returned to the database. A transaction that is dropped while it is open is rolled back.
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
    /// Returns a connection of the database for the caller alone, with a thread of its own: a new
    /// one, or one that was returned before.
    ///
    /// On a connection or a transaction, this method returns another connection. Statements on it
    /// are not part of the transaction.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the [maximum number of
    /// connections](crate::Builder::max_connections) stays in use for the [acquire
    /// timeout](crate::Builder::acquire_timeout), [`ErrorKind::Closed`](crate::ErrorKind::Closed)
    /// after the database was closed, [`ErrorKind::Usage`](crate::ErrorKind::Usage) on
    /// [`on_replica`](Executor::on_replica), and the errors of opening a connection.
    ///
    /// # Cancellation
    /// If the future is dropped, a connection that was opened is returned to the database.
    pub async fn connect(&self) -> Result<Connection> {
        if self.is_on_replica() {
            return Err(Error::usage(
                "`on_replica` has no explicit connections, for they may write: connect to the database itself, or read \
                 several times in a transaction of the mode `ReadOnly`",
            ));
        }
        let session = Session::new(self.backend().connect(Destination::Primary).await?.open().await?);
        let executor = self.for_connection(Arc::clone(&session));
        Ok(Connection { executor, session, closed: Arc::default() })
    }
}

impl Connection {
    /// Closes the connection for all of its clones: from then on, statements on it fail with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed), also in its open transaction. Statements
    /// that were sent before still run; then the open transaction is rolled back, and the
    /// connection is returned to the database. This method does not wait for that. A second call
    /// does nothing.
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

    /// Returns whether the connection or its database is closed or being closed.
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
