//! UPDATE, as a value that methods build.

use std::marker::PhantomData;
use std::sync::Arc;

use super::join::IntoSource;
use super::projection::Projects;
use super::returning::{Returned, Returning, WriteQuery};
use super::written_rows::{WrittenRows, writes_rows};
use crate::error::Error;
use crate::expr::scope::{Joins, Reads};
use crate::expr::{Column, Node, Operand, Predicate};
use crate::row::FromRow;
use crate::schema::TableDef;
use crate::table::Table;
use crate::types::{Accepts, ColumnType};

/// An UPDATE of rows of the table `T`. `F` is `T` together with the other tables that the
/// statement reads.
///
/// The statement needs a [`filter`](Update::filter) or [`all_rows`](Update::all_rows). Without
/// either, it fails.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String, karma: i64 }
/// # async fn run(db: Database) -> Result<()> {
/// User::update()
///     .set(User::KARMA, User::KARMA + 1)
///     .filter(User::NAME.eq("Dana Whitaker"))
///     .execute(&db)
///     .await?;
/// User::update().set(User::KARMA, 0).all_rows().execute(&db).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct Update<T, F = T> {
    pub(super) query: Box<UpdateQuery>,
    types: PhantomData<fn() -> (T, F)>,
}

/// An UPDATE as plain data.
#[derive(Clone, Debug)]
pub(crate) struct UpdateQuery {
    pub(crate) rows: WrittenRows,
    pub(crate) sets: Vec<(&'static str, Node)>,
    /// The error with which the statement fails, such as for a value that cannot be stored; `None`
    /// if there is none.
    pub(crate) invalid: Option<Arc<Error>>,
}

impl UpdateQuery {
    #[inline(never)]
    pub(crate) fn of(table: &'static TableDef) -> UpdateQuery {
        UpdateQuery { rows: WrittenRows::of(table), sets: Vec::new(), invalid: None }
    }
}

impl<T: Table> Update<T> {
    /// Creates an update that sets no column yet.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Update<T> {
        Update::of_query(UpdateQuery::of(T::TABLE))
    }

    pub(super) fn of_query(query: UpdateQuery) -> Update<T> {
        Update { query: Box::new(query), types: PhantomData }
    }
}

impl<T: Table, F> Update<T, F> {
    /// Sets a column to a value or an expression.
    pub fn set<V: ColumnType, K, R, P>(mut self, column: Column<T, V, K>, value: R) -> Self
    where
        R: Operand<V::Base>,
        V::Null: Accepts<<R::Value as ColumnType>::Null>,
        F: Reads<R::With<()>, P>,
    {
        self.query.sets.push((column.name(), value.into_node()));
        self
    }

    /// Reads another table as well, which may be an alias or a [`Cte`](crate::Cte). `set` can use
    /// the columns of the other table, and `filter` must say which rows of the other table belong
    /// to a row of the updated table.
    ///
    /// If several rows of the other table belong to the same updated row, it is undefined from
    /// which of these rows the values come.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Airline { #[column(primary_key)] carrier: String, name: String }
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Flight {
    /// #     #[column(primary_key, auto)] id: i64,
    /// #     carrier: String,
    /// #     operator: Option<String>,
    /// # }
    /// # async fn run(db: Database) -> Result<()> {
    /// Flight::update()
    ///     .from(Airline)
    ///     .set(Flight::OPERATOR, Airline::NAME)
    ///     .filter(Flight::CARRIER.eq(Airline::CARRIER))
    ///     .execute(&db)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from<U: IntoSource>(mut self, table: U) -> Update<T, F::Inner>
    where
        F: Joins<U::Source>,
    {
        self.query.rows.others.push(table.into_source());
        Update { query: self.query, types: PhantomData }
    }

    /// Returns these columns or expressions of the updated rows, with the values after the update.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String, karma: i64 }
    /// # async fn run(db: Database) -> Result<()> {
    /// let raised: Vec<(i64, i64)> = User::update()
    ///     .set(User::KARMA, User::KARMA + 1)
    ///     .filter(User::NAME.starts_with("D"))
    ///     .returning((User::ID, User::KARMA))
    ///     .all(&db)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn returning<C, P, O: FromRow>(mut self, columns: C) -> Returning<O>
    where
        T: Projects<C, P, Out = O>,
    {
        self.query.rows.returned = Returned::columns::<T, C, P>(columns);
        Returning::new(WriteQuery::Update(self.query))
    }

    /// Updates only the rows for which the condition holds. The conditions of several calls are
    /// combined by AND.
    pub fn filter<C: Predicate, P>(mut self, condition: C) -> Self
    where
        F: Reads<C::Scope, P>,
    {
        self.query.rows.filter(condition.into_condition());
        self
    }
}

writes_rows!(Update, UpdateQuery);
