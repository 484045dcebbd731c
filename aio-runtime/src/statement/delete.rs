//! DELETE, as a value that methods build.

use std::marker::PhantomData;

use super::join::IntoSource;
use super::projection::Projects;
use super::returning::{Returned, Returning, WriteQuery};
use super::written_rows::{WrittenRows, writes_rows};
use crate::expr::Predicate;
use crate::expr::scope::{Joins, Reads};
use crate::row::FromRow;
use crate::schema::TableDef;
use crate::table::Table;

/// A DELETE of rows of the table `T`. `F` is `T` together with the other tables that the statement
/// reads.
///
/// The statement needs a [`filter`](Delete::filter) or [`all_rows`](Delete::all_rows). Without
/// either, it fails.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # async fn run(db: Database) -> Result<()> {
/// let names = ["Dan Rydell", "Casey McCall"];
/// let outcome = User::delete().filter(User::NAME.is_in(names)).execute(&db).await?;
/// println!("{} are gone", outcome.rows_affected);
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct Delete<T, F = T> {
    query: Box<DeleteQuery>,
    types: PhantomData<fn() -> (T, F)>,
}

/// A DELETE as plain data.
#[derive(Clone, Debug)]
pub(crate) struct DeleteQuery {
    pub(crate) rows: WrittenRows,
}

impl DeleteQuery {
    #[inline(never)]
    pub(crate) fn of(table: &'static TableDef) -> DeleteQuery {
        DeleteQuery { rows: WrittenRows::of(table) }
    }
}

impl<T: Table> Delete<T> {
    /// Creates a delete without a filter.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Delete<T> {
        Delete { query: Box::new(DeleteQuery::of(T::TABLE)), types: PhantomData }
    }
}

impl<T: Table, F> Delete<T, F> {
    /// Reads another table as well, which may be an alias or a [`Cte`](crate::Cte). A row is
    /// deleted if the conditions hold for it and for some row of the other table.
    ///
    /// SQLite has no `DELETE … USING`, so the statement is written with `WHERE EXISTS (SELECT 1
    /// FROM …)`. Conditions that concern only the deleted rows are written before `EXISTS`, so
    /// that SQLite can use indexes for them.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Airline { #[column(primary_key)] carrier: String, bankrupt: bool }
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Flight { #[column(primary_key, auto)] id: i64, carrier: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// Flight::delete()
    ///     .using(Airline)
    ///     .filter(Flight::CARRIER.eq(Airline::CARRIER).and(Airline::BANKRUPT))
    ///     .execute(&db)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn using<U: IntoSource>(mut self, table: U) -> Delete<T, F::Inner>
    where
        F: Joins<U::Source>,
    {
        self.query.rows.others.push(table.into_source());
        Delete { query: self.query, types: PhantomData }
    }

    /// Returns these columns or expressions of the deleted rows, as they were before the delete.
    pub fn returning<C, P, O: FromRow>(mut self, columns: C) -> Returning<O>
    where
        T: Projects<C, P, Out = O>,
    {
        self.query.rows.returned = Returned::columns::<T, C, P>(columns);
        Returning::new(WriteQuery::Delete(self.query))
    }

    /// Deletes only the rows for which the condition holds. The conditions of several calls are
    /// combined by AND.
    pub fn filter<C: Predicate, P>(mut self, condition: C) -> Self
    where
        F: Reads<C::Scope, P>,
    {
        self.query.rows.filter(condition.into_condition());
        self
    }
}

writes_rows!(Delete, DeleteQuery);
