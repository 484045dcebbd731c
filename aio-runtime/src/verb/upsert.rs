//! Inserts that report whether the row existed already.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::future::{Execution, Fetch};
use super::prepare::{Prepare, Prepared, ResultSpec, Subject, ignored};
use crate::dialect::Dialect;
use crate::engine::{Access, Part};
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::row::{Labels, RowRef};
use crate::row_batch::RowBatch;
use crate::schema::TableDef;
use crate::sql::{self, RowsToInsert, SqlText};
use crate::statement::{Insert, InsertQuery, OrGet, Upsert};
use crate::table::Table;

/// The result of an insert that updates an existing row.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::Upserted;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let add = |karma| {
///     User::insert(NewUser { name: "Eve".into(), karma })
///         .on_conflict(User::NAME)
///         .do_update()
///         .set_excluded(User::KARMA)
///         .filter(User::KARMA.lt(User::KARMA.excluded()))
/// };
/// assert!(matches!(add(5).one(&db).await?, Upserted::Inserted(_)));
/// assert!(matches!(add(7).one(&db).await?, Upserted::Updated(user) if user.karma == 7));
/// assert_eq!(add(6).one(&db).await?, Upserted::Unchanged);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Upserted<T> {
    /// The row was inserted. The value is the row as it was stored.
    Inserted(T),
    /// The row existed and was updated. The value is the row as it was stored by the update.
    Updated(T),
    /// The row existed and was not changed, because the condition of the update does not hold. An
    /// update that a trigger ignores is reported in this way only if it has a condition.
    Unchanged,
}

impl<T> Upserted<T> {
    /// Returns the row, or `None` if it was not written.
    pub fn into_row(self) -> Option<T> {
        match self {
            Upserted::Inserted(row) | Upserted::Updated(row) => Some(row),
            Upserted::Unchanged => None,
        }
    }
}

/// The result of an insert that returns an existing row.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::Obtained;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let new = |name: &str| NewUser { name: name.into(), karma: 0 };
/// let user = |name| User::insert(new(name)).or_get(User::NAME);
/// assert!(matches!(user("Eve").one(&db).await?, Obtained::Inserted(user) if user.id == 3));
/// assert!(matches!(user("Dana").one(&db).await?, Obtained::Existing(user) if user.karma == 7));
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Obtained<T> {
    /// The row was inserted. The value is the row as it was stored.
    Inserted(T),
    /// The row existed already. The value is the existing row.
    Existing(T),
}

impl<T> Obtained<T> {
    /// Returns the row.
    pub fn into_row(self) -> T {
        match self {
            Obtained::Inserted(row) | Obtained::Existing(row) => row,
        }
    }

    /// Returns whether the row was inserted.
    pub fn is_inserted(&self) -> bool {
        matches!(self, Obtained::Inserted(_))
    }
}

/// The future of `one` of an [`Upsert`]. It resolves to the row and whether it was inserted,
/// updated or not changed.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::Upserted;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let dana = NewUser { name: "Dana".into(), karma: 9 };
/// let upsert = User::insert(dana).on_conflict(User::NAME).do_update().set_excluded(User::KARMA);
/// assert!(matches!(upsert.one(&db).await?, Upserted::Updated(user) if user.karma == 9));
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// Those of [`Upsert::one`].
///
/// # Cancellation
/// If the future is dropped before the write has begun, nothing is written. A write that has begun
/// is finished.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct UpsertOne<T>(OneRow<T>);

/// The future of `one` of an [`OrGet`]. It resolves to the row and whether it was inserted.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let dana = NewUser { name: "Dana".into(), karma: 0 };
/// let user = User::insert(dana).or_get(User::NAME).one(&db).await?;
/// assert!(!user.is_inserted());
/// assert_eq!(user.into_row().karma, 7);
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// Those of [`OrGet::one`].
///
/// # Cancellation
/// If the future is dropped before the write has begun, nothing is written. A write that has begun
/// is finished.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct ObtainOne<T> {
    row: OneRow<T>,
    /// What is run again if the existing row is deleted before it is read; `None` if nobody can
    /// delete it in the meantime.
    again: Option<(Executor, InsertQuery)>,
    attempts: u8,
}

/// The number of times that an insert is repeated because the existing row was deleted before it
/// was read. A trigger that ignores the insert looks the same.
const MAX_ATTEMPTS: u8 = 8;

impl<T: Table> Upsert<Insert<T>> {
    /// Inserts or updates the row, and returns which of the two happened.
    ///
    /// It runs the same statement as `execute`, so the same triggers fire: BEFORE INSERT triggers
    /// always fire, and the other triggers depending on what happens to the row. The statement
    /// itself reports whether it reached its update. If it did, the row is
    /// [`Updated`](Upserted::Updated), or [`Unchanged`](Upserted::Unchanged) if the update's
    /// condition does not hold; otherwise it is [`Inserted`](Upserted::Inserted).
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the row was neither inserted nor
    /// updated, because a trigger ignored it by `RAISE(IGNORE)`; and the errors of any insert, see
    /// [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn one(self, ex: &Executor) -> UpsertOne<T> {
        UpsertOne(OneRow::new(ex, UpsertRow(self.insert.into_row_query()), true))
    }
}

impl<T: Table> OrGet<T> {
    /// Inserts the row, or returns the existing row.
    ///
    /// It runs two statements in one transaction, so that nobody else writes between them. BEFORE
    /// INSERT triggers fire even if the row exists.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the row was not inserted and there
    /// is no existing one, usually because a trigger ignored it; and the errors of any insert, see
    /// [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is written. A statement
    /// that has begun is finished.
    pub fn one(self, ex: &Executor) -> ObtainOne<T> {
        let query = self.insert.into_row_query();
        let again = ex.dialect().has_many_writers().then(|| (ex.clone(), query.clone()));
        ObtainOne { again, attempts: 0, row: OneRow::new(ex, RowOrExisting(query), false) }
    }
}

/// An upsert that also reports whether it updated an existing row.
struct UpsertRow(InsertQuery);

impl Prepare for UpsertRow {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let (table, timeout) = (self.0.table, self.0.timeout);
        let (row, query) = sql::upsert(dialect, self.0)?;
        Ok(with_query(table, row, query).with_timeout(timeout))
    }
}

/// An insert that skips an existing row, followed by a query for that row.
struct RowOrExisting(InsertQuery);

impl Prepare for RowOrExisting {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let (table, timeout) = (self.0.table, self.0.timeout);
        let (row, existing) = sql::or_get(dialect, self.0)?;
        Ok(with_query(table, row, Some(existing)).with_timeout(timeout))
    }
}

/// Prepares an insert, followed by a query if there is one.
fn with_query(table: &'static TableDef, row: RowsToInsert, query: Option<SqlText>) -> Prepared {
    let spec = |subject| ResultSpec::typed(Labels::Table(table), subject);
    let insert = Prepared::insert(table, row, true, spec(Subject::Written(table)));
    match query {
        None => insert,
        Some(query) => {
            let query = Prepared::statement(query, Access::Read, spec(Subject::Read(Some(table))));
            Prepared::combined([(insert, 1), (query, 1)])
        }
    }
}

/// The execution of an insert that returns at most one row, possibly followed by a query.
struct OneRow<T> {
    execution: Execution,
    labels: Labels,
    /// Whether the statements return a flag that says whether the row existed: the flag follows
    /// the columns of the row, or is the only column if no row is returned.
    flags_existing: bool,
    existed: bool,
    /// The first row that arrived, and the index of the statement that returned it.
    row: Option<(usize, T)>,
}

impl<T: Table> OneRow<T> {
    fn new(ex: &Executor, statement: impl Prepare, flags_existing: bool) -> OneRow<T> {
        let execution = Execution::new(ex, statement, Fetch::All);
        OneRow { execution, labels: Labels::Table(T::TABLE), flags_existing, existed: false, row: None }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<(usize, T)>>> {
        loop {
            // The index of the statement is removed from errors, because the user sees only one
            // statement.
            match ready!(self.execution.poll(context)).map_err(Error::without_statement)? {
                Part::Rows(batch) => {
                    self.take(&batch).map_err(|error| self.unreadable(error))?;
                    self.execution.recycle(batch);
                }
                Part::Step(_) | Part::Columns(_) => {}
                Part::End(_) => return Poll::Ready(Ok(self.row.take())),
            }
        }
    }

    /// Returns the error for a row that cannot be decoded. If the second statement returned the
    /// row, the error does not say that the row was written, because it existed already.
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
            self.existed = row.read()?;
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
            Some((_, row)) if self.0.existed => Ok(Upserted::Updated(row)),
            Some((_, row)) => Ok(Upserted::Inserted(row)),
            None if self.0.existed => Ok(Upserted::Unchanged),
            None => Err(self.0.execution.named(ignored(T::TABLE, "the row was neither inserted nor updated"))),
        })
    }
}

impl<T: Table> Future for ObtainOne<T> {
    type Output = Result<Obtained<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Obtained<T>>> {
        let this = &mut *self;
        loop {
            match (ready!(this.row.poll(context))?, &this.again) {
                (Some((0, row)), _) => return Poll::Ready(Ok(Obtained::Inserted(row))),
                (Some((_, row)), _) => return Poll::Ready(Ok(Obtained::Existing(row))),
                (None, Some((ex, query))) if this.attempts < MAX_ATTEMPTS => {
                    this.attempts += 1;
                    this.row = OneRow::new(ex, RowOrExisting(query.clone()), false);
                }
                // A missing row may have other reasons than a trigger: the table in the database
                // may differ from its struct. So the message also says that no row is equal.
                (None, _) => {
                    return Poll::Ready(Err(this.row.execution.named(ignored(
                        T::TABLE,
                        "the row was not inserted, and no existing row is equal to it in these columns",
                    ))));
                }
            }
        }
    }
}
