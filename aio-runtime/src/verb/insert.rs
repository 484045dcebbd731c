//! The verbs of inserts of one row, with or without a conflict clause, and of inserts of a query's
//! rows.

use super::batch::{Executes, GivesRows};
use super::future::{Execute, Execution, Fetch, One, Optional};
use super::prepare::Prepare;
use crate::error::Result;
use crate::executor::Executor;
use crate::outcome::Outcome;
use crate::statement::{DoNothing, Insert, InsertSelect, OnConflict, SaysWhatToDo, Upsert, WriteQuery};
use crate::table::Table;

impl<T: Table> Insert<T> {
    /// Inserts the row, and returns the number of rows and the id of the new row.
    pub fn execute(self, ex: &Executor) -> Execute {
        Execute::new(Execution::new(ex, self.into_query(), Fetch::All))
    }

    /// Inserts the row and returns it as it was stored, before AFTER triggers run. It does not
    /// contain what these set, and a [`save`](crate::Save) of the row would overwrite it. Use
    /// [`Save::only`](crate::Save::only), a patch, or `refresh` in that case.
    ///
    /// A row of a view is returned as its trigger received it, without what the trigger sets, such
    /// as a key.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if a trigger has ignored the row by
    /// `RAISE(IGNORE)`, or if the triggers of a view did nothing; the message says so.
    pub fn one(self, ex: &Executor) -> One<T> {
        One::new::<T>(Execution::new(ex, self.into_row_query(), Fetch::All))
    }
}

impl<S> OnConflict<S> {
    /// Does not compile, because the conflict action is missing. It returns a future, so that
    /// there is no second error.
    #[doc(hidden)]
    pub fn execute<P>(self, _ex: &Executor) -> std::future::Ready<Result<Outcome>>
    where
        Self: SaysWhatToDo<P>,
    {
        std::future::ready(Ok(Outcome::default()))
    }
}

impl<T: Table> DoNothing<Insert<T>> {
    /// Inserts the row unless it exists. Returns the number of rows, 1 or 0, and the id of an
    /// inserted row.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }

    /// Inserts the row and returns it as it was stored, or `None` if it exists already.
    pub fn optional(self, ex: &Executor) -> Optional<T> {
        Optional::new::<T>(Execution::new(ex, self.insert.into_row_query(), Fetch::First))
    }
}

impl<T: Table> Upsert<Insert<T>> {
    /// Inserts or updates the row. Returns the number of rows: 1, or 0 if the row was left as it
    /// is.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }
}

impl<T: Table> InsertSelect<T> {
    /// Inserts the rows and returns their number.
    pub fn execute(self, ex: &Executor) -> Execute {
        Execute::new(Execution::new(ex, self.query(), Fetch::All))
    }
}

impl<T: Table> DoNothing<InsertSelect<T>> {
    /// Inserts the rows that do not exist yet, and returns their number.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }
}

impl<T: Table> Upsert<InsertSelect<T>> {
    /// Inserts or updates the rows, and returns the number of those that were written.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }
}

macro_rules! in_batches {
    ($($statement:ty, $this:ident => $query:expr;)+) => { $(
        impl<T: Table + 'static> Executes for $statement {
            fn outcome(self) -> impl Prepare + Send + 'static {
                let $this = self;
                $query
            }
        }
    )+ };
}
in_batches! {
    Insert<T>, this => this.into_query();
    DoNothing<Insert<T>>, this => this.insert.into_query();
    Upsert<Insert<T>>, this => this.insert.into_query();
    InsertSelect<T>, this => WriteQuery::InsertSelect(this.into_query());
    DoNothing<InsertSelect<T>>, this => WriteQuery::InsertSelect(this.insert.into_query());
    Upsert<InsertSelect<T>>, this => WriteQuery::InsertSelect(this.insert.into_query());
}

impl<T: Table + 'static> GivesRows<T> for Insert<T> {
    type Row = T;

    fn rows(self) -> impl Prepare + Send + 'static {
        self.into_row_query()
    }
}

impl<T: Table + 'static> GivesRows<T> for DoNothing<Insert<T>> {
    type Row = T;

    fn rows(self) -> impl Prepare + Send + 'static {
        self.insert.into_row_query()
    }
}

/// In a batch, the row does not come with the information whether it was inserted or updated.
impl<T: Table + 'static> GivesRows<T> for Upsert<Insert<T>> {
    type Row = T;

    fn rows(self) -> impl Prepare + Send + 'static {
        self.insert.into_row_query()
    }
}
