//! RETURNING: statements that return columns of the rows that they write.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::delete::DeleteQuery;
use super::insert::InsertQuery;
use super::insert_many::InsertAll;
use super::insert_select::InsertSelectQuery;
use super::projection::Projects;
use super::record::{HoldsColumns, Record, RecordOf};
use super::update::UpdateQuery;
use crate::expr::{Node, Selection};
use crate::row::Labels;
use crate::schema::TableDef;
use crate::table::Table;

/// An INSERT, UPDATE or DELETE that returns an `O` for each row that it has written, made by
/// `returning`.
///
/// It is run by the methods of a query: `all`, `one`, `optional`, `stream`. It can return columns
/// of the written table and expressions over them, but no columns of other tables that an update
/// reads.
///
/// The rows are in the order in which the database wrote them. All rows are written, even if the
/// program does not read all returned rows.
///
/// The returned values do not have the changes of AFTER triggers. For a view, they are the values
/// that its INSTEAD OF triggers received; it is an error if the triggers changed nothing. For a
/// virtual table, SQLite returns inserted rows, but fails if updated or deleted rows are to be
/// returned.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # async fn run(db: Database) -> Result<()> {
/// let dana = NewUser { name: "Dana".into() };
/// let id: i64 = User::insert(dana).returning(User::ID).one(&db).await?;
/// let gone: Vec<String> =
///     User::delete().filter(User::ID.lt(id)).returning(User::NAME).all(&db).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `all` runs it"]
pub struct Returning<O> {
    query: WriteQuery,
    types: PhantomData<fn() -> O>,
}

/// The columns of the written rows that a statement returns.
#[derive(Clone, Debug, Default)]
pub(crate) enum Returned {
    #[default]
    Nothing,
    /// All columns.
    Row,
    /// The values of these expressions.
    Columns(Vec<Node>),
}

/// An INSERT, UPDATE or DELETE as plain data.
#[derive(Debug)]
pub(crate) enum WriteQuery {
    Insert(Box<InsertQuery>),
    InsertSelect(Box<InsertSelectQuery>),
    Update(Box<UpdateQuery>),
    Delete(Box<DeleteQuery>),
}

impl Returned {
    pub(super) fn columns<T: Projects<C, P>, C, P>(columns: C) -> Returned {
        let mut selection = Selection::default();
        T::append_columns(columns, &mut selection);
        Returned::Columns(selection.nodes)
    }

    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Returned::Nothing)
    }

    /// Returns what is known of the names of the result's columns.
    pub(crate) fn labels(&self, table: &'static TableDef) -> Labels {
        let label = |node: &Node| match node {
            Node::Column(column) => Some((column.table.full_name, column.name)),
            _ => None,
        };
        match self {
            Returned::Nothing | Returned::Row => Labels::Table(table),
            Returned::Columns(nodes) => Labels::Columns(nodes.iter().map(label).collect::<Arc<[_]>>()),
        }
    }
}

impl WriteQuery {
    pub(crate) fn set_timeout(&mut self, timeout: Option<Duration>) {
        match self {
            WriteQuery::Insert(query) => query.timeout = timeout,
            WriteQuery::InsertSelect(query) => query.timeout = timeout,
            WriteQuery::Update(query) => query.rows.timeout = timeout,
            WriteQuery::Delete(query) => query.rows.timeout = timeout,
        }
    }
}

impl<O> Returning<O> {
    pub(super) fn new(query: WriteQuery) -> Returning<O> {
        Returning { query, types: PhantomData }
    }

    /// Reads the returned columns into the fields of a struct with `#[derive(Record)]`, which must
    /// have the same order and types. See [`Select::record`](crate::Select::record).
    pub fn record<R: Record>(self) -> Returning<RecordOf<R, O>>
    where
        R::Fields: HoldsColumns<O>,
    {
        Returning::new(self.query)
    }

    /// Sets how long the statement may take, including the time that it waits; for a stream, until
    /// its first rows arrive. After this time it fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) and nothing is written, unless its commit
    /// has begun. Defaults to the timeout of the [database](crate::Builder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.query.set_timeout(Some(timeout));
        self
    }

    pub(crate) fn into_query(self) -> WriteQuery {
        self.query
    }
}

impl<O> std::fmt::Debug for Returning<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}

/// An INSERT of any number of rows that returns an `O` for each row, made by `returning` of
/// [`InsertAll`].
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let new = ["Eve", "Ida"].map(|name| NewUser { name: name.into(), karma: 0 });
/// let ids: Vec<i64> = User::insert_all(new).returning(User::ID).all(&db).await?;
/// assert_eq!(ids, [3, 4]);
/// # db.close().await
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `all` runs it"]
pub struct ReturningAll<'a, T: Table, O> {
    pub(crate) insert: InsertAll<'a, T>,
    types: PhantomData<fn() -> O>,
}

impl<'a, T: Table, O> ReturningAll<'a, T, O> {
    pub(super) fn new(insert: InsertAll<'a, T>) -> ReturningAll<'a, T, O> {
        ReturningAll { insert, types: PhantomData }
    }

    /// Reads the returned columns into the fields of a struct with `#[derive(Record)]`, which must
    /// have the same order and types. See [`Select::record`](crate::Select::record).
    pub fn record<R: Record>(self) -> ReturningAll<'a, T, RecordOf<R, O>>
    where
        R::Fields: HoldsColumns<O>,
    {
        ReturningAll::new(self.insert)
    }
}

impl<T: Table, O> std::fmt::Debug for ReturningAll<'_, T, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.insert.fmt(f)
    }
}
