//! `execute`: the outcome of a statement.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::execution::Execution;
use crate::error::Result;
use crate::outcome::Outcome;

/// The future of `execute`. It resolves to the outcome: the number of rows that were changed, and
/// the id of an inserted row.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let outcome = User::update().set(User::KARMA, 0).filter(User::KARMA.lt(5)).execute(&db).await?;
/// assert_eq!(outcome.rows_affected, 1);
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// - [`ErrorKind::Unique`](crate::ErrorKind::Unique),
///   [`ErrorKind::ForeignKey`](crate::ErrorKind::ForeignKey),
///   [`ErrorKind::Check`](crate::ErrorKind::Check) or
///   [`ErrorKind::NotNull`](crate::ErrorKind::NotNull) if the write would violate a constraint.
/// - [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the statement takes longer than its
///   timeout, or waits too long for a connection.
/// - [`ErrorKind::Closed`](crate::ErrorKind::Closed) if the database, connection or transaction
///   has ended.
/// - [`ErrorKind::Sql`](crate::ErrorKind::Sql) if the database cannot compile the statement, for
///   example because a table does not exist; and all other errors of the database. See
///   [`ErrorKind`](crate::ErrorKind).
///
/// # Cancellation
/// If the future is dropped before the statement has begun, the statement does not run. A write
/// that has begun is finished; a query, which only raw SQL can be here, is stopped.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Execute(Execution);

impl Execute {
    pub(in crate::verb) fn new(execution: Execution) -> Execute {
        Execute(execution)
    }
}

impl Future for Execute {
    type Output = Result<Outcome>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Outcome>> {
        self.0.poll_outcome(context)
    }
}

impl std::fmt::Debug for Execute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Execute").finish_non_exhaustive()
    }
}
