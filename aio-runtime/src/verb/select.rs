//! The methods that run a query.

use super::batch::ReturnsRows;
use super::future::{All, Collect, Collects, Execution, Fetch, One, Optional, RowStream, Scalar};
use super::prepare::{Count, Exists, Prepare};
use crate::executor::Executor;
use crate::row::FromRow;
use crate::statement::{Compound, Select};

impl<F, O: FromRow> Select<F, O> {
    /// Returns every row.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn all(self, ex: &Executor) -> All<O::Read> {
        All::new::<O>(Execution::new(ex, self.into_plain(), Fetch::All))
    }

    /// Collects every row into a map (from pairs) or a set. If several rows have the same key, a
    /// map keeps the last one.
    ///
    /// ```
    /// # use std::collections::{BTreeSet, HashMap};
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// let names: HashMap<i64, String> =
    ///     User::select().columns((User::ID, User::NAME)).collect(&db).await?;
    /// let users: HashMap<i64, User> =
    ///     User::select().columns((User::ID, User)).collect(&db).await?;
    /// let ids: BTreeSet<i64> = User::select().columns(User::ID).collect(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn collect<C: Collects<O::Read>>(self, ex: &Executor) -> Collect<O::Read, C> {
        Collect::new(self.all(ex))
    }

    /// Returns the first row, or fails with [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn one(self, ex: &Executor) -> One<O::Read> {
        One::new::<O>(Execution::new(ex, self.into_plain(), Fetch::First))
    }

    /// Returns the first row, or `None` if there is no row.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn optional(self, ex: &Executor) -> Optional<O::Read> {
        Optional::new::<O>(Execution::new(ex, self.into_plain(), Fetch::First))
    }

    /// Returns the value of the first row, or fails with
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no row. Does the same as
    /// [`one`](Select::one), but reads better in a query for a single column.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn scalar(self, ex: &Executor) -> Scalar<O::Read> {
        self.one(ex)
    }

    /// Returns the rows one after another.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the stream is dropped, the query does not run, or is stopped.
    pub fn stream(self, ex: &Executor) -> RowStream<O::Read> {
        RowStream::new::<O>(Execution::new(ex, self.into_plain(), Fetch::Each))
    }

    /// Returns the number of rows.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn count(self, ex: &Executor) -> Scalar<u64> {
        One::new::<u64>(Execution::new(ex, Count(self.into_plain()), Fetch::First))
    }

    /// Returns whether there is any row.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn exists(self, ex: &Executor) -> Scalar<bool> {
        One::new::<bool>(Execution::new(ex, Exists(self.into_plain()), Fetch::First))
    }
}

impl<F, O: FromRow> Compound<F, O> {
    /// Returns every row.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn all(self, ex: &Executor) -> All<O::Read> {
        All::new::<O>(Execution::new(ex, self.into_plain(), Fetch::All))
    }

    /// Collects every row; see [`Select::collect`].
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn collect<C: Collects<O::Read>>(self, ex: &Executor) -> Collect<O::Read, C> {
        Collect::new(self.all(ex))
    }

    /// Returns the first row, or fails with [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn one(self, ex: &Executor) -> One<O::Read> {
        One::new::<O>(Execution::new(ex, self.into_plain(), Fetch::First))
    }

    /// Returns the first row, or `None` if there is no row.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn optional(self, ex: &Executor) -> Optional<O::Read> {
        Optional::new::<O>(Execution::new(ex, self.into_plain(), Fetch::First))
    }

    /// Returns the value of the first row, or fails with
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no row.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn scalar(self, ex: &Executor) -> Scalar<O::Read> {
        self.one(ex)
    }

    /// Returns the rows one after another.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the stream is dropped, the query does not run, or is stopped.
    pub fn stream(self, ex: &Executor) -> RowStream<O::Read> {
        RowStream::new::<O>(Execution::new(ex, self.into_plain(), Fetch::Each))
    }

    /// Returns the number of rows.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn count(self, ex: &Executor) -> Scalar<u64> {
        One::new::<u64>(Execution::new(ex, Count(self.into_plain()), Fetch::First))
    }

    /// Returns whether there is any row.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn exists(self, ex: &Executor) -> Scalar<bool> {
        One::new::<bool>(Execution::new(ex, Exists(self.into_plain()), Fetch::First))
    }
}

impl<F: 'static, O: FromRow + 'static> ReturnsRows<O::Read> for Select<F, O> {
    type Row = O;

    fn rows(self) -> impl Prepare + Send + 'static {
        self.into_plain()
    }
}
