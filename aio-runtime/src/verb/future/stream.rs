//! `stream`: the rows of a result, one after another.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::decode::{Decoder, ReadOne};
use super::execution::Execution;
use crate::engine::Part;
use crate::error::Result;
use crate::row::FromRow;
use crate::row_batch::RowBatch;

/// The rows of a query, one after another. Read them by [`next`](RowStream::next), or as a
/// [`Stream`].
///
/// For a query, the connection's thread reads a few batches ahead and then waits. On an explicit
/// connection or a transaction, if another statement is sent while the stream is open, the
/// remaining rows are collected in memory. So a loop over a stream can run statements in the same
/// transaction.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # async fn run(db: Database) -> Result<()> {
/// let mut users = User::select().order_by(User::NAME).stream(&db);
/// while let Some(user) = users.next().await {
///     println!("{}", user?.name);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`next`](RowStream::next) returns the errors of [`All`](crate::All).
///
/// # Cancellation
/// Dropping the stream stops a query; a write that has begun is finished. Dropping the future of
/// [`next`](RowStream::next) loses no row.
#[must_use = "streams do nothing unless they are read"]
pub struct RowStream<R> {
    execution: Execution,
    read: ReadOne<R>,
    batch: RowBatch,
    /// The byte at which the next row of the batch begins.
    at: usize,
    /// The number of rows of the batch that have not been read.
    left: usize,
    /// Whether any row has arrived.
    any: bool,
    ended: bool,
}

impl<R> RowStream<R> {
    /// Creates the stream. The type `O` decodes the rows.
    pub(in crate::verb) fn new<O: FromRow<Read = R>>(execution: Execution) -> RowStream<R> {
        let (batch, read) = (RowBatch::default(), Decoder::row::<O>);
        RowStream { execution, read, batch, at: 0, left: 0, any: false, ended: false }
    }

    /// Returns the next row, or `None` after the last row or after an error.
    ///
    /// # Errors
    /// The errors of the query.
    ///
    /// # Cancellation
    /// If the future is dropped, no row is lost: the next call returns the row.
    pub async fn next(&mut self) -> Option<Result<R>> {
        std::future::poll_fn(|context| self.poll_row(context)).await
    }

    fn poll_row(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<R>>> {
        loop {
            if self.left > 0 {
                self.left -= 1;
                let row = (self.read)(&mut self.execution.spec().decoder, &self.batch, &mut self.at);
                let row = row.map_err(|error| self.execution.unreadable(error));
                if row.is_err() {
                    (self.ended, self.left) = (true, 0);
                    self.execution.cancel();
                }
                return Poll::Ready(Some(row));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            if !self.batch.is_empty() {
                self.execution.recycle(std::mem::take(&mut self.batch));
            }
            match ready!(self.poll_batch(context)) {
                Ok(()) => {}
                Err(error) => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    fn poll_batch(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        let part = ready!(self.execution.poll(context))?;
        match part {
            Part::Columns(names) => {
                let named = self.execution.spec().decoder.names(names);
                named.map_err(|error| self.execution.unreadable(error))?;
            }
            Part::Rows(batch) => {
                self.execution.forget_deadline();
                self.any = true;
                self.left = batch.rows();
                self.at = 0;
                self.batch = batch;
            }
            Part::Step(_) => {}
            Part::End(outcome) => {
                self.ended = true;
                self.execution.check_written(self.any, outcome)?;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<R> Stream for RowStream<R> {
    type Item = Result<R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<R>>> {
        self.poll_row(context)
    }
}

impl<R> std::fmt::Debug for RowStream<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowStream").field("ended", &self.ended).finish_non_exhaustive()
    }
}
