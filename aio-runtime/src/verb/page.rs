//! The verb of a paged query.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::future::{All, Execution, Fetch};
use super::prepare::Prepare;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::executor::Executor;
use crate::raw_row::Row;
use crate::row::{FromRow, RowRef};
use crate::sql::{self, SqlText};
use crate::statement::{Page, Paged, ReadQuery};
use crate::value::Value;

/// A row and the values that it is sorted by.
struct Sorted<O>(PhantomData<O>);

impl<O: FromRow> FromRow for Sorted<O> {
    type Read = (O::Read, Vec<Value>);
    const WIDTH: usize = 0;

    fn from_row(row: &mut RowRef<'_>) -> Result<Sorted<O>> {
        Self::read_row(row).map(|_| Sorted(PhantomData))
    }

    fn read_row(row: &mut RowRef<'_>) -> Result<(O::Read, Vec<Value>)> {
        let value = O::read_row(row)?;
        Ok((value, Row::from_row(row)?.values().to_vec()))
    }
}

/// The future of a page.
///
/// # Cancellation
/// Like [`All`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct AllOfPage<F, O: FromRow> {
    paged: Paged<F, O>,
    rows: All<(O::Read, Vec<Value>)>,
    order: u32,
}

impl<F, O: FromRow> Unpin for AllOfPage<F, O> {}

impl<F, O: FromRow> Future for AllOfPage<F, O> {
    type Output = Result<Page<O::Read>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Page<O::Read>>> {
        let rows = ready!(Pin::new(&mut self.rows).poll(context))?;
        Poll::Ready(Ok(self.paged.page(rows, self.order)))
    }
}

impl<F, O: FromRow> std::fmt::Debug for AllOfPage<F, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AllOfPage").field("paged", &self.paged).finish_non_exhaustive()
    }
}

impl<F, O: FromRow> Paged<F, O> {
    /// Returns the rows of the page, and the cursors of the pages next to it.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if a table has no primary key, if the query
    /// has a limit of its own or a window, or if the cursor belongs to another order.
    pub fn all(self, ex: &Executor) -> AllOfPage<F, O> {
        let (query, order) = match self.of_order(ex.dialect()) {
            Ok((query, order)) => (Ok(query), order),
            Err(error) => (Err(error), 0),
        };
        let prepared = query.and_then(|query| query.prepare(ex.dialect()));
        AllOfPage { paged: self, rows: All::new::<Sorted<O>>(Execution::of_prepared(ex, prepared, Fetch::All)), order }
    }

    /// Returns the query for the page, and the number that identifies its order.
    fn of_order(&self, dialect: Dialect) -> Result<(ReadQuery, u32)> {
        let query = self.sorted()?;
        let order = sql::order_of(dialect, &query.orders)?;
        Ok((self.query(query, order)?, order))
    }

    /// Returns the text and the values that are sent to the database.
    ///
    /// # Errors
    /// Those of [`all`](Paged::all) that occur before the statement is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        sql::select(dialect, &self.of_order(dialect)?.0.query)
    }
}
