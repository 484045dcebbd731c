//! INSERT of the rows of a query.

use std::marker::PhantomData;
use std::time::Duration;

use super::columns_of::ColumnsOf;
use super::compound::IntoQuery;
use super::conflict::{DoNothing, Hidden, Inserts, OnConflict, on_any_conflict, on_conflict, on_constraint, returning};
use super::insert_clauses::InsertClauses;
use super::projection::Projects;
use super::returning::{Returning, WriteQuery};
use super::wrapper::{timeout, wrapper};
use crate::expr::{Column, Comparable, Query, SameForm};
use crate::row::FromRow;
use crate::schema::TableDef;
use crate::table::{Table, TableOf};
use crate::tuple::for_each_tuple;
use crate::types::{Accepts, ColumnType};

/// An INSERT of the rows of a query into the table `T`, made by `insert_select`.
///
/// The library sets the `created_at`, `updated_at` and version columns of each row, except for
/// those that the user names among the columns to insert.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String, active: bool }
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Archive { #[column(primary_key)] id: i64, name: Option<String> }
/// # async fn run(db: Database) -> Result<()> {
/// let inactive = User::select().filter(!User::ACTIVE).columns((User::ID, User::NAME));
/// let columns = (Archive::ID, Archive::NAME);
/// let outcome = Archive.insert_select(columns, inactive).execute(&db).await?;
/// println!("{} users are archived", outcome.rows_affected);
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct InsertSelect<T> {
    pub(super) query: Box<InsertSelectQuery>,
    types: PhantomData<fn() -> T>,
}

/// An INSERT of the rows of a query as plain data.
#[derive(Clone, Debug)]
pub(crate) struct InsertSelectQuery {
    pub(crate) table: &'static TableDef,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Query,
    pub(crate) timeout: Option<Duration>,
    pub(crate) clauses: InsertClauses,
}

/// Implemented by a column or a tuple of columns of the table `T` that can store the rows `O` of a
/// query: a column stores a single value, and a tuple of columns stores a tuple of values.
#[diagnostic::on_unimplemented(
    message = "the query selects `{O}`, which cannot be stored in these columns",
    label = "expected columns of these types",
    note = "select one value for each column, in their order: `.columns((A, B))`"
)]
pub trait FilledBy<T, O>: ColumnsOf<T> {}

#[diagnostic::do_not_recommend]
impl<T, V: ColumnType, K, O: ColumnType> FilledBy<T, O> for Column<T, V, K>
where
    O::Base: Comparable<V::Base, Form = SameForm>,
    V::Null: Accepts<O::Null>,
{
}

macro_rules! tuples {
    ($(($name:ident $given:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<T, $($name: FilledBy<T, $given>, $given),+> FilledBy<T, ($($given,)+)> for ($($name,)+) {}
    };
}
for_each_tuple!(tuples);

impl<T: Table> TableOf<T> {
    /// Inserts the rows of a query into these columns. See [`InsertSelect`].
    pub fn insert_select<C: FilledBy<T, Q::Out>, Q: IntoQuery>(self, columns: C, rows: Q) -> InsertSelect<T> {
        let mut names = Vec::new();
        columns.append_names(&mut names);
        let query = InsertSelectQuery {
            table: T::TABLE,
            columns: names,
            rows: rows.into_query(),
            timeout: None,
            clauses: InsertClauses::default(),
        };
        InsertSelect { query: Box::new(query), types: PhantomData }
    }
}

impl<T> InsertSelect<T> {
    timeout!(query.timeout);

    pub(crate) fn query(&self) -> &InsertSelectQuery {
        &self.query
    }

    pub(crate) fn into_query(self) -> Box<InsertSelectQuery> {
        self.query
    }
}

impl<T: Table> InsertSelect<T> {
    /// Sets the conflict target: unique columns. See
    /// [`Insert::on_conflict`](crate::Insert::on_conflict).
    pub fn on_conflict<C: ColumnsOf<T>>(self, columns: C) -> OnConflict<Self> {
        on_conflict(self, columns)
    }

    /// Sets the conflict target by the name of a constraint, as in
    /// [`Insert::on_constraint`](crate::Insert::on_constraint).
    pub fn on_constraint(self, name: &'static str) -> OnConflict<Self> {
        on_constraint(self, name)
    }

    /// Skips rows that conflict with an existing row in any unique key.
    pub fn on_conflict_do_nothing(self) -> DoNothing<Self> {
        on_any_conflict(self)
    }

    /// Returns these columns or expressions of the inserted rows.
    pub fn returning<C, P, O: FromRow>(self, columns: C) -> Returning<O>
    where
        T: Projects<C, P, Out = O>,
    {
        returning(self, columns)
    }
}

impl<T: Table> Inserts for InsertSelect<T> {
    type Table = T;
    type Returning<O> = Returning<O>;

    fn clauses(&mut self) -> Hidden<'_> {
        Hidden(&mut self.query.clauses)
    }

    fn into_returning<O>(self) -> Returning<O> {
        Returning::new(WriteQuery::InsertSelect(self.query))
    }
}

wrapper!(InsertSelect<T>, query);
