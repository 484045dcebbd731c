//! DELETE.

use std::marker::PhantomData;
use std::time::Duration;

use crate::expr::Node;
use crate::expr::Predicate;
use crate::expr::scope::Reads;
use crate::schema::TableDef;
use crate::table::Table;

/// A delete of rows of the table `T`.
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
pub struct Delete<T> {
    query: Box<DeleteQuery>,
    types: PhantomData<fn() -> T>,
}

/// A delete as plain data.
#[derive(Clone, Debug)]
pub(crate) struct DeleteQuery {
    pub(crate) table: &'static TableDef,
    pub(crate) filter: Option<Node>,
    pub(crate) all_rows: bool,
    pub(crate) timeout: Option<Duration>,
    /// It is the one of a row in hand, by its key.
    pub(crate) of_row: bool,
}

impl DeleteQuery {
    #[inline(never)]
    pub(crate) fn of(table: &'static TableDef) -> DeleteQuery {
        DeleteQuery { table, filter: None, all_rows: false, timeout: None, of_row: false }
    }

    pub(crate) fn filter(&mut self, condition: Node) {
        Node::narrow(&mut self.filter, condition);
    }
}

impl<T> Clone for Delete<T> {
    fn clone(&self) -> Self {
        Delete { query: self.query.clone(), types: PhantomData }
    }
}

impl<T> std::fmt::Debug for Delete<T> {
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

    /// Only the rows for which the condition holds; several calls are joined by AND.
    pub fn filter<C: Predicate, P>(mut self, condition: C) -> Self
    where
        T: Reads<C::Scope, P>,
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
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and has written nothing. Unless said it is what the
    /// [database](crate::Builder::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.query.timeout = Some(timeout);
        self
    }

    pub(crate) fn query(&self) -> &DeleteQuery {
        &self.query
    }
}
