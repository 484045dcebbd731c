//! `all`: every row, as a `Vec`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::decode::{Decoder, ReadRows};
use super::execution::Execution;
use crate::engine::Part;
use crate::error::{Error, Result};
use crate::row::FromRow;

/// The future of `all`. It resolves to every row of the result.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let users = User::select().order_by(User::NAME).all(&db); // an `All<User>`
/// let users: Vec<User> = users.await?;
/// assert_eq!(users[0].name, "Dan");
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// - [`ErrorKind::Decode`](crate::ErrorKind::Decode) if a value does not have the type that is
///   read.
/// - [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the statement takes longer than its
///   timeout, or waits too long for a connection.
/// - [`ErrorKind::Closed`](crate::ErrorKind::Closed) if the database, connection or transaction
///   has ended.
/// - [`ErrorKind::Sql`](crate::ErrorKind::Sql) if the database cannot compile the statement, for
///   example because a table does not exist; and all other errors of the database. See
///   [`ErrorKind`](crate::ErrorKind).
///
/// # Cancellation
/// If the future is dropped before the statement has begun, the statement does not run. A running
/// query is stopped, and a running write is finished.
#[must_use = "futures do nothing unless they are awaited"]
pub struct All<R> {
    execution: Execution,
    read: ReadRows<R>,
    rows: Vec<R>,
}

impl<R> All<R> {
    /// Creates the future. The type `O` decodes the rows.
    pub(in crate::verb) fn new<O: FromRow<Read = R>>(execution: Execution) -> All<R> {
        All { execution, read: Decoder::rows::<O>, rows: Vec::new() }
    }

    /// Returns the error for a result without rows.
    #[cold]
    pub(super) fn missing(&self) -> Error {
        self.execution.missing()
    }
}

// No field is pinned.
impl<R> Unpin for All<R> {}

impl<R> Future for All<R> {
    type Output = Result<Vec<R>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Vec<R>>> {
        let All { execution, read, rows } = self.get_mut();
        loop {
            match ready!(execution.poll(context))? {
                Part::Columns(names) => {
                    let named = execution.spec().decoder.names(names);
                    named.map_err(|error| execution.unreadable(error))?;
                }
                Part::Rows(batch) => {
                    let read = read(&mut execution.spec().decoder, &batch, rows);
                    read.map_err(|error| execution.unreadable(error))?;
                    execution.recycle(batch);
                }
                Part::Step(_) => {}
                Part::End(outcome) => {
                    execution.check_written(!rows.is_empty(), outcome)?;
                    return Poll::Ready(Ok(std::mem::take(rows)));
                }
            }
        }
    }
}

impl<R> std::fmt::Debug for All<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("All").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
