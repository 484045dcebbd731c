//! The verbs of inserts of one row, with or without an answer to a row that is there, and of the
//! rows of a query.

use super::batch::{Executes, GivesRows};
use super::future::{Execute, Execution, Fetch, One, Optional};
use super::prepare::Prepare;
use crate::error::Result;
use crate::executor::Executor;
use crate::outcome::Outcome;
use crate::statement::{DoNothing, Insert, InsertSelect, OnConflict, SaysWhatToDo, Upsert, WriteQuery};
use crate::table::Table;

impl<T: Table> Insert<T> {
    /// Inserts the row, and gives the count and the row's number.
    pub fn execute(self, ex: &Executor) -> Execute {
        Execute::new(Execution::new(ex, self.into_query(), Fetch::All))
    }

    /// Inserts the row, and gives it as it was stored, before AFTER triggers run: what they set is
    /// not in it, and a [`save`](crate::Save) of the row would write back what was there before.
    /// [`Save::only`](crate::Save::only), a patch, and `refresh` are for that.
    ///
    /// Of a view the row comes as its trigger was given it, without what the trigger makes, such
    /// as a key.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where a trigger has ignored the row by
    /// `RAISE(IGNORE)`, or a trigger of a view did nothing; the error says so.
    pub fn one(self, ex: &Executor) -> One<T> {
        One::new(Execution::new(ex, self.into_row_query(), Fetch::All))
    }
}

impl<S> OnConflict<S> {
    /// Does not compile: what is to be done is still to be said. It gives what can be awaited, so
    /// that no second error follows.
    #[doc(hidden)]
    pub fn execute<P>(self, _ex: &Executor) -> std::future::Ready<Result<Outcome>>
    where
        Self: SaysWhatToDo<P>,
    {
        std::future::ready(Ok(Outcome::default()))
    }
}

impl<T: Table> DoNothing<Insert<T>> {
    /// Inserts the row if it is not there, and gives the count, 1 or 0, and the number of an
    /// inserted row.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }

    /// Inserts the row, and gives it as it was stored; `None` if it was there already.
    pub fn optional(self, ex: &Executor) -> Optional<T> {
        Optional::new(Execution::new(ex, self.insert.into_row_query(), Fetch::First))
    }
}

impl<T: Table> Upsert<Insert<T>> {
    /// Inserts or updates the row, and gives the count: 1, or 0 where it was left as it is.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }
}

impl<T: Table> InsertSelect<T> {
    /// Inserts the rows and gives their count.
    pub fn execute(self, ex: &Executor) -> Execute {
        Execute::new(Execution::new(ex, self.query(), Fetch::All))
    }
}

impl<T: Table> DoNothing<InsertSelect<T>> {
    /// Inserts the rows that are not there, and gives their count.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }
}

impl<T: Table> Upsert<InsertSelect<T>> {
    /// Inserts or updates the rows, and gives the count of those that were written.
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
    fn rows(self) -> impl Prepare + Send + 'static {
        self.into_row_query()
    }
}

impl<T: Table + 'static> GivesRows<T> for DoNothing<Insert<T>> {
    fn rows(self) -> impl Prepare + Send + 'static {
        self.insert.into_row_query()
    }
}

/// In a batch the row comes without saying whether it was inserted or updated.
impl<T: Table + 'static> GivesRows<T> for Upsert<Insert<T>> {
    fn rows(self) -> impl Prepare + Send + 'static {
        self.insert.into_row_query()
    }
}
