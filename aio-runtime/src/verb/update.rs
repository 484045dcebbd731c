//! The verb of updates.

use super::batch::Executes;
use super::future::{Execute, Execution, Fetch};
use super::prepare::Prepare;
use crate::executor::Executor;
use crate::statement::{Update, WriteQuery};
use crate::table::Table;

impl<T: Table, F> Update<T, F> {
    /// Updates the rows and returns their number.
    pub fn execute(self, ex: &Executor) -> Execute {
        Execute::new(Execution::new(ex, self.query(), Fetch::All))
    }
}

impl<T: Table + 'static, F: 'static> Executes for Update<T, F> {
    fn outcome(self) -> impl Prepare + Send + 'static {
        WriteQuery::Update(self.into_query())
    }
}
