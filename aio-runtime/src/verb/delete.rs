//! The method that runs a DELETE.

use super::batch::Executes;
use super::future::{Execute, Execution, Fetch};
use super::prepare::Prepare;
use crate::executor::Executor;
use crate::statement::{Delete, WriteQuery};
use crate::table::Table;

impl<T: Table, F> Delete<T, F> {
    /// Deletes the rows, and returns their number.
    ///
    /// # Errors
    /// See [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn execute(self, ex: &Executor) -> Execute {
        Execute::new(Execution::new(ex, self.query(), Fetch::All))
    }
}

impl<T: Table + 'static, F: 'static> Executes for Delete<T, F> {
    fn outcome(self) -> impl Prepare + Send + 'static {
        WriteQuery::Delete(self.into_query())
    }
}
