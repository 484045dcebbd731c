//! DELETE.

use std::marker::PhantomData;
use std::time::Duration;

use super::among::among;
use super::join::IntoSource;
use super::projection::Projects;
use super::returning::{Returned, Returning, WriteQuery};
use crate::expr::scope::{Joins, Reads};
use crate::expr::{Node, Predicate, SourceNode};
use crate::row::FromRow;
use crate::schema::TableDef;
use crate::table::Table;

/// A delete of rows of the table `T`, which may read other tables too: `F` are all of them.
///
/// It needs a `filter`, or `all_rows` said.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # async fn run(db: Database) -> Result<()> {
/// let outcome = User::delete().filter(User::NAME.is_in(["Dan Rydell", "Casey McCall"])).execute(&db).await?;
/// println!("{} are gone", outcome.rows_affected);
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct Delete<T, F = T> {
    query: Box<DeleteQuery>,
    types: PhantomData<fn() -> (T, F)>,
}

/// A delete as plain data.
#[derive(Clone, Debug)]
pub(crate) struct DeleteQuery {
    pub(crate) table: &'static TableDef,
    /// The other tables that it reads.
    pub(crate) using: Vec<SourceNode>,
    pub(crate) filter: Option<Node>,
    pub(crate) all_rows: bool,
    pub(crate) timeout: Option<Duration>,
    /// It is the one of a row in hand, by its key.
    pub(crate) of_row: bool,
    /// What comes back of the rows as they were.
    pub(crate) returned: Returned,
}

impl DeleteQuery {
    #[inline(never)]
    pub(crate) fn of(table: &'static TableDef) -> DeleteQuery {
        DeleteQuery {
            table,
            using: Vec::new(),
            filter: None,
            all_rows: false,
            timeout: None,
            of_row: false,
            returned: Returned::Nothing,
        }
    }

    pub(crate) fn filter(&mut self, condition: Node) {
        Node::narrow(&mut self.filter, condition);
    }

    /// The rows that it is about, as a condition on its table alone.
    pub(crate) fn rows(&self) -> Option<Node> {
        among(self.table, &self.using, self.filter.clone())
    }
}

impl<T, F> Clone for Delete<T, F> {
    fn clone(&self) -> Self {
        Delete { query: self.query.clone(), types: PhantomData }
    }
}

impl<T, F> std::fmt::Debug for Delete<T, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}

impl<T: Table> Delete<T> {
    /// A delete that names no rows yet.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Delete<T> {
        Delete { query: Box::new(DeleteQuery::of(T::TABLE)), types: PhantomData }
    }
}

impl<T: Table, F> Delete<T, F> {
    /// Reads another table too, an alias or a [`Cte`](crate::Cte): a row is deleted if the table
    /// has a row for which the conditions hold.
    ///
    /// SQLite has no `DELETE … USING`; it gets the same as `WHERE EXISTS (SELECT 1 FROM …)`, with
    /// the conditions on the rows alone before it, so that their indexes are of use.
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
        self.query.using.push(table.into_source());
        Delete { query: self.query, types: PhantomData }
    }

    /// Gives these columns or expressions of the deleted rows, as they were.
    pub fn returning<C, P, O: FromRow>(mut self, columns: C) -> Returning<O>
    where
        T: Projects<C, P, Out = O>,
    {
        self.query.returned = Returned::columns::<T, C, P>(columns);
        Returning::new(WriteQuery::Delete(self.query))
    }

    /// Only the rows for which the condition holds; several calls are joined by AND.
    pub fn filter<C: Predicate, P>(mut self, condition: C) -> Self
    where
        F: Reads<C::Scope, P>,
    {
        self.query.filter(condition.into_condition());
        self
    }

    /// Says that every row of the table is meant.
    pub fn all_rows(mut self) -> Self {
        self.query.all_rows = true;
        self
    }

    /// How long the statement may take, its waiting included; what takes longer fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and has written nothing. Unless said it
    /// is what the [database](crate::Builder::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.query.timeout = Some(timeout);
        self
    }

    pub(crate) fn query(&self) -> &DeleteQuery {
        &self.query
    }

    pub(crate) fn into_query(self) -> Box<DeleteQuery> {
        self.query
    }
}
