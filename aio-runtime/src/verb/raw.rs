//! The methods that run raw SQL.

use super::batch::{Executes, ReturnsRows};
use super::future::{All, Collect, Collects, Execute, Execution, Fetch, One, Optional, RowStream, Scalar};
use super::prepare::{Prepare, Text};
use crate::executor::Executor;
use crate::row::{FromRow, Itself};
use crate::statement::Sql;
use crate::types::ColumnType;

impl Sql {
    /// Runs the statement and returns every row.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, the statement does not run. A
    /// query that has begun is stopped, and a write that has begun is finished.
    pub fn all<O: FromRow>(self, ex: &Executor) -> All<O> {
        All::new::<Itself<O>>(Execution::new(ex, Text::rows::<O>(self), Fetch::All))
    }

    /// Collects every row into a map or a set. For a map, each row is a pair of key and value; if
    /// several rows have the same key, the map keeps the last one.
    ///
    /// ```
    /// # use std::collections::BTreeMap;
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table, sql};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, team: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// let sizes: BTreeMap<String, i64> =
    ///     sql!("select team, count(*) from {User} group by team").collect(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, the statement does not run. A
    /// query that has begun is stopped, and a write that has begun is finished.
    pub fn collect<C>(self, ex: &Executor) -> Collect<C::Item, C>
    where
        C: IntoIterator<Item: FromRow> + Collects<C::Item>,
    {
        Collect::new(self.all(ex))
    }

    /// Returns the first row, or fails with [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, the statement does not run. A
    /// query that has begun is stopped, and a write that has begun is finished.
    pub fn one<O: FromRow>(self, ex: &Executor) -> One<O> {
        One::new::<Itself<O>>(Execution::new(ex, Text::rows::<O>(self), Fetch::First))
    }

    /// Returns the first row, or `None` if there is no row.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, the statement does not run. A
    /// query that has begun is stopped, and a write that has begun is finished.
    pub fn optional<O: FromRow>(self, ex: &Executor) -> Optional<O> {
        Optional::new::<Itself<O>>(Execution::new(ex, Text::rows::<O>(self), Fetch::First))
    }

    /// Returns the first value of the first row, or fails with
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, the statement does not run. A
    /// query that has begun is stopped, and a write that has begun is finished.
    pub fn scalar<V: ColumnType + FromRow>(self, ex: &Executor) -> Scalar<V> {
        One::new::<Itself<V>>(Execution::new(ex, Text::first_columns::<V>(self), Fetch::First))
    }

    /// Returns the rows one after another.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the stream is dropped before the statement has begun, the statement does not run. A
    /// query that has begun is stopped, and a write that has begun is finished.
    pub fn stream<O: FromRow>(self, ex: &Executor) -> RowStream<O> {
        RowStream::new::<Itself<O>>(Execution::new(ex, Text::rows::<O>(self), Fetch::Each))
    }

    /// Runs the statement and returns its outcome. Rows are ignored.
    ///
    /// # Errors
    /// See [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, the statement does not run. A
    /// query that has begun is stopped, and a write that has begun is finished.
    pub fn execute(self, ex: &Executor) -> Execute {
        Execute::new(Execution::new(ex, Text::outcome(self), Fetch::All))
    }
}

impl<O: FromRow> ReturnsRows<O> for Sql {
    type Row = Itself<O>;

    fn rows(self) -> impl Prepare + Send + 'static {
        Text::rows::<O>(self)
    }
}

impl Executes for Sql {
    fn outcome(self) -> impl Prepare + Send + 'static {
        Text::outcome(self)
    }
}
