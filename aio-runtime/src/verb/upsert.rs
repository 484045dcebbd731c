//! Inserts that say whether the row was there already.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::future::{Execution, Fetch};
use super::prepare::{Answer, Prepare, Prepared, Subject, ignored};
use crate::dialect::Dialect;
use crate::engine::{Access, Part};
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::row::{Labels, RowRef};
use crate::row_batch::RowBatch;
use crate::schema::TableDef;
use crate::sql::{self, Run, SqlText};
use crate::statement::{Insert, InsertQuery, OrGet, Upsert};
use crate::table::Table;

/// What became of a row that was to be inserted, or to update the one that is there already.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Upserted<T> {
    /// It was inserted: the row as it was stored.
    Inserted(T),
    /// It was there already and has been updated: the row as it is now.
    Updated(T),
    /// It was there already and is as it was, for the condition of the update does not hold (or a
    /// trigger has ignored the update).
    Left,
}

impl<T> Upserted<T> {
    /// The row, if it was written.
    pub fn into_row(self) -> Option<T> {
        match self {
            Upserted::Inserted(row) | Upserted::Updated(row) => Some(row),
            Upserted::Left => None,
        }
    }
}

/// A row that was inserted or was there already.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Obtained<T> {
    /// It was inserted: the row as it was stored.
    Inserted(T),
    /// It was there already: the row as it is.
    Existing(T),
}

impl<T> Obtained<T> {
    /// The row.
    pub fn into_row(self) -> T {
        match self {
            Obtained::Inserted(row) | Obtained::Existing(row) => row,
        }
    }

    /// Whether the row was inserted.
    pub fn is_inserted(&self) -> bool {
        matches!(self, Obtained::Inserted(_))
    }
}

/// The future of `one` of an [`Upsert`]: whether the row was inserted, updated or left, and the
/// row.
///
/// # Cancellation
/// Dropped before its turn nothing is written; a write that has begun is finished.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct UpsertOne<T>(OneRow<T>);

/// The future of `one` of an [`OrGet`]: the row, and whether it was inserted.
///
/// # Cancellation
/// Dropped before its turn nothing is written; a write that has begun is finished.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct ObtainOne<T>(OneRow<T>);

impl<T: Table> Upsert<Insert<T>> {
    /// Inserts or updates the row, and says which.
    ///
    /// It is the statement that `execute` runs, and a trigger fires as often: one of BEFORE INSERT
    /// always, and those of an insert or of an update by what becomes of the row. Which it is, is
    /// told by the statement itself: by whether it came to its update. The row is
    /// [`Updated`](Upserted::Updated) then, [`Left`](Upserted::Left) where the update's condition
    /// does not hold, and else [`Inserted`](Upserted::Inserted).
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where the row is neither, for a trigger
    /// has ignored it by `RAISE(IGNORE)`; and those of any insert.
    pub fn one(self, ex: &Executor) -> UpsertOne<T> {
        UpsertOne(OneRow::new(ex, UpsertRow(self.insert.into_row_query()), true))
    }
}

impl<T: Table> OrGet<T> {
    /// Inserts the row, or reads the one that is there already.
    ///
    /// Two statements in one transaction: nobody else writes between them. A trigger of BEFORE
    /// INSERT fires in either case.
    pub fn one(self, ex: &Executor) -> ObtainOne<T> {
        ObtainOne(OneRow::new(ex, RowOrExisting(self.insert.into_row_query()), false))
    }
}

/// An insert or update that also says which it was.
struct UpsertRow(InsertQuery);

impl Prepare for UpsertRow {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let (table, timeout) = (self.0.table, self.0.timeout);
        let (runs, question) = sql::upsert(dialect, self.0)?;
        Ok(with_query(table, runs, question).within(timeout))
    }
}

/// An insert, and a query for the row that is there already.
struct RowOrExisting(InsertQuery);

impl Prepare for RowOrExisting {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let (table, timeout) = (self.0.table, self.0.timeout);
        let (runs, existing) = sql::or_get(dialect, self.0)?;
        Ok(with_query(table, runs, Some(existing)).within(timeout))
    }
}

/// Prepares an insert, and perhaps a query behind it.
fn with_query(table: &'static TableDef, runs: Vec<Run>, query: Option<SqlText>) -> Prepared {
    let answer = |subject| Answer::typed(Labels::Table(table), subject);
    let insert = Prepared::inserts(table, runs, true, answer(Subject::Written(table)));
    match query {
        None => insert,
        Some(query) => {
            let query = Prepared::statement(query, Access::Read, answer(Subject::Read(Some(table))));
            Prepared::together([(insert, 1), (query, 1)])
        }
    }
}

/// An insert that gives a row or none, and perhaps a query behind it.
struct OneRow<T> {
    execution: Execution,
    labels: Labels,
    /// Behind the row, or in place of one, it is said whether the row was there.
    flags_existing: bool,
    was_there: bool,
    /// The first row that came, and from which statement.
    row: Option<(usize, T)>,
}

impl<T: Table> OneRow<T> {
    fn new(ex: &Executor, statement: impl Prepare, flags_existing: bool) -> OneRow<T> {
        let execution = Execution::new(ex, statement, Fetch::All);
        OneRow { execution, labels: Labels::Table(T::TABLE), flags_existing, was_there: false, row: None }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<(usize, T)>>> {
        loop {
            // To the caller it is one statement.
            match ready!(self.execution.poll(context)).map_err(Error::of_no_statement)? {
                Part::Rows(batch) => {
                    self.take(&batch).map_err(|error| self.unreadable(error))?;
                    self.execution.recycle(batch);
                }
                Part::Step(_) | Part::Columns(_) => {}
                Part::End(_) => return Poll::Ready(Ok(self.row.take())),
            }
        }
    }

    /// Only the query behind an insert reads a row that was not written.
    fn unreadable(&self, error: Error) -> Error {
        match self.execution.step() {
            0 => self.execution.unreadable(error),
            _ => self.execution.named(error),
        }
    }

    fn take(&mut self, batch: &RowBatch) -> Result<()> {
        let mut row = RowRef::new(batch, 0, &self.labels);
        let step = self.execution.step();
        if self.row.is_none() && (step == 0 || !self.flags_existing) {
            self.row = Some((step, row.read()?));
        } else if self.row.is_some() {
            return Ok(());
        }
        if self.flags_existing {
            self.was_there = row.read()?;
        }
        Ok(())
    }
}

impl<T> Unpin for OneRow<T> {}

impl<T> std::fmt::Debug for OneRow<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OneRow").field("step", &self.execution.step()).finish_non_exhaustive()
    }
}

impl<T: Table> Future for UpsertOne<T> {
    type Output = Result<Upserted<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Upserted<T>>> {
        let row = ready!(self.0.poll(context))?;
        Poll::Ready(match row {
            Some((_, row)) if self.0.was_there => Ok(Upserted::Updated(row)),
            Some((_, row)) => Ok(Upserted::Inserted(row)),
            None if self.0.was_there => Ok(Upserted::Left),
            None => Err(self.0.execution.named(ignored(T::TABLE, "the row was neither inserted nor updated"))),
        })
    }
}

impl<T: Table> Future for ObtainOne<T> {
    type Output = Result<Obtained<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Obtained<T>>> {
        let row = ready!(self.0.poll(context))?;
        Poll::Ready(match row {
            Some((0, row)) => Ok(Obtained::Inserted(row)),
            Some((_, row)) => Ok(Obtained::Existing(row)),
            // A table that is another one in the database than the struct says is the third
            // reason.
            None => Err(self.0.execution.named(ignored(
                T::TABLE,
                "the row was not inserted, and there is none that is equal to it in these columns",
            ))),
        })
    }
}
