//! The methods that run an INSERT of one row, with or without a conflict clause, and an INSERT of
//! a query's rows.

use super::batch::{Executes, ReturnsRows};
use super::future::{Execute, Execution, Fetch, One, Optional};
use super::prepare::Prepare;
use crate::error::Result;
use crate::executor::Executor;
use crate::outcome::Outcome;
use crate::statement::{DoNothing, HasConflictAction, Insert, InsertSelect, OnConflict, Upsert, WriteQuery};
use crate::table::Table;

impl<T: Table> Insert<T> {
    /// Inserts the row, and returns the number of inserted rows and the id of the new row.
    ///
    /// # Errors
    /// See [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn execute(self, ex: &Executor) -> Execute {
        Execute::new(Execution::new(ex, self.into_query(), Fetch::All))
    }

    /// Inserts the row, and returns it as it was stored.
    ///
    /// The returned values do not have the changes of AFTER triggers, so a later
    /// [`save`](crate::Save) of the struct would overwrite these changes. If there are such
    /// triggers, use [`Save::only`](crate::Save::only) or a patch, or call `refresh` before
    /// `save`. For a view, the returned values are the values that its INSTEAD OF trigger
    /// received, without the values that the trigger sets, such as a key.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if a trigger or a constraint ignored
    /// the row, or if the triggers of a view did nothing; and the errors of any insert, see
    /// [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn one(self, ex: &Executor) -> One<T> {
        One::new::<T>(Execution::new(ex, self.into_row_query(), Fetch::All))
    }
}

impl<S> OnConflict<S> {
    /// A call of this method does not compile, because the conflict action is missing. The method
    /// returns a future, so that the compiler does not report a second error for the `await`.
    #[doc(hidden)]
    pub fn execute<P>(self, _ex: &Executor) -> std::future::Ready<Result<Outcome>>
    where
        Self: HasConflictAction<P>,
    {
        std::future::ready(Ok(Outcome::default()))
    }
}

impl<T: Table> DoNothing<Insert<T>> {
    /// Inserts the row unless it exists already. Returns the number of inserted rows, 1 or 0, and
    /// the id of the new row.
    ///
    /// # Errors
    /// See [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }

    /// Inserts the row and returns it as it was stored, or returns `None` if it exists already.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn optional(self, ex: &Executor) -> Optional<T> {
        Optional::new::<T>(Execution::new(ex, self.insert.into_row_query(), Fetch::First))
    }
}

impl<T: Table> Upsert<Insert<T>> {
    /// Inserts or updates the row. Returns the number of written rows: 1, or 0 if the row was not
    /// changed.
    ///
    /// # Errors
    /// See [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }
}

impl<T: Table> InsertSelect<T> {
    /// Inserts the rows and returns their number.
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

impl<T: Table> DoNothing<InsertSelect<T>> {
    /// Inserts the rows that do not exist yet, and returns their number.
    ///
    /// # Errors
    /// See [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }
}

impl<T: Table> Upsert<InsertSelect<T>> {
    /// Inserts or updates the rows, and returns the number of rows that were written.
    ///
    /// # Errors
    /// See [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
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

impl<T: Table + 'static> ReturnsRows<T> for Insert<T> {
    type Row = T;

    fn rows(self) -> impl Prepare + Send + 'static {
        self.into_row_query()
    }
}

impl<T: Table + 'static> ReturnsRows<T> for DoNothing<Insert<T>> {
    type Row = T;

    fn rows(self) -> impl Prepare + Send + 'static {
        self.insert.into_row_query()
    }
}

/// In a batch, the result is only the row. It does not say whether the row was inserted or
/// updated.
impl<T: Table + 'static> ReturnsRows<T> for Upsert<Insert<T>> {
    type Row = T;

    fn rows(self) -> impl Prepare + Send + 'static {
        self.insert.into_row_query()
    }
}
