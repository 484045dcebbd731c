//! `one`, `optional` and `scalar`: the first row.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::all::All;
use super::execution::Execution;
use crate::error::Result;
use crate::row::FromRow;

/// The future of `optional`, which resolves to the first row, if there is one. Further rows are
/// not read.
///
/// # Cancellation
/// Like [`All`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct Optional<O: FromRow>(All<O>);

impl<O: FromRow> Optional<O> {
    pub(in crate::verb) fn new(execution: Execution) -> Optional<O> {
        Optional(All::new(execution))
    }
}

impl<O: FromRow> Future for Optional<O> {
    type Output = Result<Option<O::Read>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Option<O::Read>>> {
        let rows = ready!(Pin::new(&mut self.0).poll(context))?;
        Poll::Ready(Ok(rows.into_iter().next()))
    }
}

/// The future of `one`, which resolves to the first row, or fails with
/// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
///
/// # Cancellation
/// Like [`All`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct One<O: FromRow>(Optional<O>);

/// The future of `scalar`, which resolves to the value of the first row, or fails with
/// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
pub type Scalar<V> = One<V>;

impl<O: FromRow> One<O> {
    pub(in crate::verb) fn new(execution: Execution) -> One<O> {
        One(Optional::new(execution))
    }
}

impl<O: FromRow> Future for One<O> {
    type Output = Result<O::Read>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<O::Read>> {
        let row = ready!(Pin::new(&mut self.0).poll(context))?;
        Poll::Ready(row.ok_or_else(|| self.0.0.missing()))
    }
}

impl<O: FromRow> std::fmt::Debug for Optional<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Optional").field(&self.0).finish()
    }
}

impl<O: FromRow> std::fmt::Debug for One<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("One").field(&self.0).finish()
    }
}
