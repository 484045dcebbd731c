//! UPDATE.

use std::marker::PhantomData;
use std::time::Duration;

use crate::expr::scope::Reads;
use crate::expr::{Column, Node, Operand, Predicate};
use crate::schema::TableDef;
use crate::table::Table;
use crate::types::{Accepts, ColumnType};

/// An update of rows of the table `T`.
///
/// It needs a `filter`, or `all_rows` said.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String, karma: i64 }
/// # async fn run(db: Database) -> Result<()> {
/// User::update().set(User::KARMA, User::KARMA + 1).filter(User::NAME.eq("Dana Whitaker")).execute(&db).await?;
/// User::update().set(User::KARMA, 0).all_rows().execute(&db).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct Update<T> {
    query: Box<UpdateQuery>,
    types: PhantomData<fn() -> T>,
}

/// An update as plain data.
#[derive(Clone, Debug)]
pub(crate) struct UpdateQuery {
    pub(crate) table: &'static TableDef,
    pub(crate) sets: Vec<(&'static str, Node)>,
    pub(crate) filter: Option<Node>,
    pub(crate) all_rows: bool,
    pub(crate) timeout: Option<Duration>,
    /// It is the one of a row in hand, by its key.
    pub(crate) of_row: bool,
    /// Whether the rows come back as they are then.
    pub(crate) returning: bool,
}

impl UpdateQuery {
    #[inline(never)]
    pub(crate) fn of(table: &'static TableDef) -> UpdateQuery {
        UpdateQuery {
            table,
            sets: Vec::new(),
            filter: None,
            all_rows: false,
            timeout: None,
            of_row: false,
            returning: false,
        }
    }

    pub(crate) fn filter(&mut self, condition: Node) {
        Node::narrow(&mut self.filter, condition);
    }
}

impl<T> Clone for Update<T> {
    fn clone(&self) -> Self {
        Update { query: self.query.clone(), types: PhantomData }
    }
}

impl<T> std::fmt::Debug for Update<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}

impl<T: Table> Update<T> {
    /// An update that changes nothing yet.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Update<T> {
        Update { query: Box::new(UpdateQuery::of(T::TABLE)), types: PhantomData }
    }

    /// Sets a column to a value or an expression.
    pub fn set<V: ColumnType, K, R, P>(mut self, column: Column<T, V, K>, value: R) -> Self
    where
        R: Operand<V::Base>,
        V::Null: Accepts<<R::Value as ColumnType>::Null>,
        T: Reads<R::With<()>, P>,
    {
        self.query.sets.push((column.name(), value.into_node()));
        self
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

    pub(crate) fn query(&self) -> &UpdateQuery {
        &self.query
    }
}
