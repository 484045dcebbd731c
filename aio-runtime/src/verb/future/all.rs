//! `all`: every row, in a `Vec`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::decode::{Decoder, ReadRows};
use super::execution::Execution;
use crate::engine::Part;
use crate::error::{Error, Result};
use crate::row::FromRow;

/// The future of `all`, which resolves to every row of the result.
///
/// # Cancellation
/// A statement that is dropped before it has begun never runs. A query that is running is stopped,
/// and a write that is running is finished.
#[must_use = "futures do nothing unless they are awaited"]
pub struct All<R> {
    execution: Execution,
    read: ReadRows<R>,
    rows: Vec<R>,
}

impl<R> All<R> {
    /// Creates the future of rows whose columns have the stored forms `O`.
    pub(in crate::verb) fn new<O: FromRow<Read = R>>(execution: Execution) -> All<R> {
        All { execution, read: Decoder::rows::<O>, rows: Vec::new() }
    }

    /// Returns the error for a missing row.
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
                    let named = execution.answer().decoder.names(names);
                    named.map_err(|error| execution.unreadable(error))?;
                }
                Part::Rows(batch) => {
                    let read = read(&mut execution.answer().decoder, &batch, rows);
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
