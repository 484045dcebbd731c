//! The methods that run a write with RETURNING.

use super::batch::ReturnsRows;
use super::future::{All, Execution, Fetch, One, Optional, RowStream};
use super::prepare::Prepare;
use crate::executor::Executor;
use crate::row::FromRow;
use crate::statement::Returning;

impl<O: FromRow> Returning<O> {
    /// Returns every row that was inserted, updated or deleted.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn all(self, ex: &Executor) -> All<O::Read> {
        All::new::<O>(Execution::new(ex, self.into_query(), Fetch::All))
    }

    /// Returns the first row that was inserted, updated or deleted, or fails with
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is none.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn one(self, ex: &Executor) -> One<O::Read> {
        One::new::<O>(Execution::new(ex, self.into_query(), Fetch::First))
    }

    /// Returns the first row that was inserted, updated or deleted, or `None` if there is none.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn optional(self, ex: &Executor) -> Optional<O::Read> {
        Optional::new::<O>(Execution::new(ex, self.into_query(), Fetch::First))
    }

    /// Returns the rows that were inserted, updated or deleted, one after another.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the stream is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn stream(self, ex: &Executor) -> RowStream<O::Read> {
        RowStream::new::<O>(Execution::new(ex, self.into_query(), Fetch::Each))
    }
}

impl<O: FromRow + 'static> ReturnsRows<O::Read> for Returning<O> {
    type Row = O;

    fn rows(self) -> impl Prepare + Send + 'static {
        self.into_query()
    }
}
