//! INSERT of many rows, from an iterator or a stream.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;

use super::columns_of::ColumnsOf;
use super::conflict::{DoNothing, Hidden, Inserts, OnConflict, on_any_conflict, on_conflict, on_constraint, returning};
use super::insert_clauses::InsertClauses;
use super::projection::Projects;
use super::returning::ReturningAll;
use super::wrapper::timeout;
use crate::row::FromRow;
use crate::table::{Insertable, Table};

/// An INSERT of any number of rows into the table `T`, made by `insert_all`. Either all rows are
/// inserted or none.
///
/// Rows are taken from the iterator while earlier rows are written, so that the memory use is
/// limited.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # async fn run(db: Database) -> Result<()> {
/// let new = ["Dan Rydell", "Casey McCall"].map(|name| NewUser { name: name.into() });
/// assert_eq!(User::insert_all(new).execute(&db).await?.rows_affected, 2);
/// let many = (0..1_000_000).map(|number| NewUser { name: format!("user {number}") });
/// User::insert_all(many).progress(|rows| println!("{rows} rows")).execute(&db).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct InsertAll<'a, T: Table> {
    pub(crate) rows: Box<dyn Iterator<Item = T::New> + Send + 'a>,
    pub(crate) progress: Option<Progress<'a>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) clauses: InsertClauses,
}

/// A callback that receives the number of rows so far.
pub(crate) type Progress<'a> = Box<dyn FnMut(u64) + Send + 'a>;

impl<'a, T: Table> InsertAll<'a, T> {
    /// Creates an insert of the rows of an iterator.
    pub fn new(rows: impl IntoIterator<Item = T::New, IntoIter: Send + 'a>) -> InsertAll<'a, T> {
        InsertAll { rows: Box::new(rows.into_iter()), progress: None, timeout: None, clauses: InsertClauses::default() }
    }

    /// Sets a callback that is called from time to time with the number of rows so far. All rows
    /// are committed together at the end.
    pub fn progress(mut self, progress: impl FnMut(u64) + Send + 'a) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    timeout!(timeout);
}

impl<'a, T: Table> InsertAll<'a, T> {
    /// Sets the conflict target: unique columns. See
    /// [`Insert::on_conflict`](crate::Insert::on_conflict).
    pub fn on_conflict<C: ColumnsOf<T>>(self, columns: C) -> OnConflict<Self> {
        on_conflict(self, columns)
    }

    /// Sets the conflict target by the name of a constraint, as in
    /// [`Insert::on_constraint`](crate::Insert::on_constraint).
    pub fn on_constraint(self, name: &'static str) -> OnConflict<Self> {
        on_constraint(self, name)
    }

    /// Skips rows that conflict with an existing row in any unique key.
    pub fn on_conflict_do_nothing(self) -> DoNothing<Self> {
        on_any_conflict(self)
    }

    /// Returns these columns or expressions of the inserted rows.
    pub fn returning<C, P, O: FromRow>(self, columns: C) -> ReturningAll<'a, T, O>
    where
        T: Projects<C, P, Out = O>,
    {
        returning(self, columns)
    }
}

impl<'a, T: Table> Inserts for InsertAll<'a, T> {
    type Table = T;
    type Returning<O> = ReturningAll<'a, T, O>;

    fn clauses(&mut self) -> Hidden<'_> {
        Hidden(&mut self.clauses)
    }

    fn into_returning<O>(self) -> ReturningAll<'a, T, O> {
        ReturningAll::new(self)
    }
}

/// An INSERT of the rows of a stream into the table `T`, in chunks, made by `insert_stream`.
///
/// Each chunk is collected first, and then written in its own transaction, so that a slow stream
/// does not block other writers. If a chunk fails, the chunks before it stay committed;
/// [`Error::committed`](crate::Error::committed) returns the number of their rows. In a
/// transaction of the program, the chunks are committed only with that transaction.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Stream, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # async fn run(db: Database, users: impl Stream<Item = NewUser> + Send) -> Result<()> {
/// let outcome = User::insert_stream(users)
///     .chunk(500)
///     .progress(|rows| println!("{rows} rows are committed"))
///     .execute(&db)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct InsertStream<'a, T: Table> {
    pub(crate) rows: Pin<Box<dyn Stream<Item = T::New> + Send + 'a>>,
    pub(crate) chunk: usize,
    pub(crate) progress: Option<Progress<'a>>,
}

impl<'a, T: Table> InsertStream<'a, T> {
    /// Creates an insert of the rows of a stream.
    pub fn new(rows: impl Stream<Item = T::New> + Send + 'a) -> InsertStream<'a, T> {
        InsertStream { rows: Box::pin(rows), chunk: 1000, progress: None }
    }

    /// Sets the number of rows in a chunk. The default is 1000.
    pub fn chunk(mut self, rows: usize) -> Self {
        self.chunk = rows.max(1);
        self
    }

    /// Sets a callback that is called after each chunk with the number of rows inserted so far.
    pub fn progress(mut self, progress: impl FnMut(u64) + Send + 'a) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }
}

/// Returns the columns of a new row of a table, each of which has a value or is left to its
/// default.
pub(crate) fn columns_of<T: Table>() -> &'static [&'static str] {
    <T::New as Insertable<T>>::COLUMNS
}

impl<T: Table> fmt::Debug for InsertAll<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertAll").field("table", &T::TABLE.name).finish_non_exhaustive()
    }
}

impl<T: Table> fmt::Debug for InsertStream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertStream").field("table", &T::TABLE.name).finish_non_exhaustive()
    }
}
