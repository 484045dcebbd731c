//! The verbs of what statements that write give back.

use super::batch::GivesRows;
use super::future::{All, Execution, Fetch, One, Optional, RowStream};
use super::prepare::Prepare;
use crate::executor::Executor;
use crate::row::FromRow;
use crate::statement::Returning;

impl<O: FromRow> Returning<O> {
    /// Every row that was written.
    pub fn all(self, ex: &Executor) -> All<O> {
        All::new(Execution::new(ex, self.into_query(), Fetch::All))
    }

    /// The first row that was written; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where
    /// there is none.
    pub fn one(self, ex: &Executor) -> One<O> {
        One::new(Execution::new(ex, self.into_query(), Fetch::First))
    }

    /// The first row that was written, if there is one.
    pub fn optional(self, ex: &Executor) -> Optional<O> {
        Optional::new(Execution::new(ex, self.into_query(), Fetch::First))
    }

    /// The rows that were written, one after the other.
    pub fn stream(self, ex: &Executor) -> RowStream<O> {
        RowStream::new(Execution::new(ex, self.into_query(), Fetch::Each))
    }
}

impl<O: FromRow + 'static> GivesRows<O> for Returning<O> {
    fn rows(self) -> impl Prepare + Send + 'static {
        self.into_query()
    }
}
