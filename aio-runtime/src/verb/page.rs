//! The method that runs a query for one page of its rows.

use std::marker::PhantomData;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::future::{All, Execution, Fetch};
use super::prepare::Prepare;
use super::relation::AllWith;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::executor::Executor;
use crate::expr::{SelectQuery, Source};
use crate::raw_row::Row;
use crate::row::{FromRow, RowRef};
use crate::sql::{self, SqlText};
use crate::statement::{Loaded, Page, Paged, Position, ReadQuery, Select, With, plan};
use crate::value::Value;

/// Decodes a row together with the values that it is sorted by.
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

/// The future of a page. It resolves to the page. `Rows` is the future of the rows of the page:
/// [`All`], or [`AllWith`] for a query with relations.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let page = User::select().order_by(User::NAME).page(10).all(&db).await?;
/// assert_eq!((page.rows.len(), page.next), (2, None));
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The errors of [`Paged::all`].
///
/// # Cancellation
/// Like `Rows`.
#[must_use = "futures do nothing unless they are awaited"]
pub struct AllOfPage<Rows> {
    rows: Rows,
    position: Position,
    order: u32,
}

impl<O, Rows: Future<Output = Result<Vec<(O, Vec<Value>)>>> + Unpin> Future for AllOfPage<Rows> {
    type Output = Result<Page<O>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Page<O>>> {
        let rows = ready!(Pin::new(&mut self.rows).poll(context))?;
        Poll::Ready(Ok(self.position.page(rows, self.order)))
    }
}

impl<Rows> std::fmt::Debug for AllOfPage<Rows> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AllOfPage").field("position", &self.position).finish_non_exhaustive()
    }
}

/// The query for a page.
struct PageQuery {
    query: SelectQuery,
    /// The checksum of the query's ORDER BY clause. A cursor contains it, so that it is not used
    /// with another order.
    order: u32,
    /// The columns of the result with the values that a row is sorted by.
    sorted_by: Range<usize>,
}

/// Builds the query for the page of `query` at this position.
fn page_query(query: SelectQuery, position: &Position, dialect: Dialect) -> Result<PageQuery> {
    let query = position.sorted(query)?;
    let order = sql::order_of(dialect, &query.orders)?;
    let width = query.body.projection.len();
    let sorted_by = width - query.orders.len()..width;
    Ok(PageQuery { query: position.limited(query, order)?, order, sorted_by })
}

impl<F, O: FromRow> Paged<Select<F, O>> {
    /// Returns the rows of the page, and the cursors of the pages before and after it.
    ///
    /// # Errors
    /// - [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the number of rows is less
    ///   than 1, or if the cursor belongs to another order.
    /// - [`ErrorKind::Usage`](crate::ErrorKind::Usage) if a table has no primary key, or if the
    ///   query has a limit, an offset, `distinct`, groups or a window function; and the errors of
    ///   [`All`].
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn all(self, ex: &Executor) -> AllOfPage<All<(O::Read, Vec<Value>)>> {
        let Paged { query: Select { query, timeout, .. }, position } = self;
        let page = page_query(query, &position, ex.dialect());
        let order = page.as_ref().map_or(0, |page| page.order);
        let prepared = page.and_then(|page| ReadQuery { query: page.query.into(), timeout }.prepare(ex.dialect()));
        AllOfPage { rows: All::new::<Sorted<O>>(Execution::of_prepared(ex, prepared, Fetch::All)), position, order }
    }

    /// Returns the SQL and the parameters that are sent to the database.
    ///
    /// # Errors
    /// The errors of [`all`](Paged::all) that are found before the statement is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        let page = page_query(self.query.query.clone(), &self.position, dialect)?;
        sql::select(dialect, &page.query.into())
    }
}

impl<T: Source, O: Send + 'static> Paged<With<T, O>> {
    /// Returns the rows of the page with their related rows, and the cursors of the pages before
    /// and after it.
    ///
    /// # Errors
    /// The errors of [`With::all`], and the errors of [`Paged::all`] for a query without
    /// relations.
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn all(self, ex: &Executor) -> AllOfPage<AllWith<(O, Vec<Value>)>> {
        let Paged { query: With { query, timeout, relations, read, .. }, position } = self;
        let page = page_query(query, &position, ex.dialect());
        let (order, sorted_by) = page.as_ref().map_or((0, 0..0), |page| (page.order, page.sorted_by.clone()));
        let read = Arc::new(move |loaded: &Loaded, step, row| {
            Ok((read(loaded, step, row)?, loaded.values(step, row, sorted_by.clone())?))
        });
        let planned = page.map(|page| plan(page.query, &relations));
        AllOfPage { rows: AllWith::new(planned, timeout, read, ex), position, order }
    }

    /// Returns the SQL and the parameters that are sent to the database: one statement for the
    /// page, and one for each relation.
    ///
    /// # Errors
    /// The errors of [`all`](Paged::all) that are found before the statements are sent.
    pub fn to_sql(&self, dialect: Dialect) -> Result<Vec<SqlText>> {
        let page = page_query(self.query.query.clone(), &self.position, dialect)?;
        plan(page.query, &self.query.relations).iter().map(|step| sql::select(dialect, &step.query)).collect()
    }
}
