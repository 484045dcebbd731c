//! INSERT of a row.

use std::marker::PhantomData;
use std::time::Duration;

use super::columns_of::ColumnsOf;
use super::conflict::{
    DoNothing, Hidden, Inserts, OnConflict, OrGet, on_any_conflict, on_conflict, on_constraint, returning,
};
use super::insert_clauses::InsertClauses;
use super::projection::Projects;
use super::returning::{Returned, Returning, WriteQuery};
use super::wrapper::timeout;
use crate::bindings::Bindings;
use crate::row::FromRow;
use crate::schema::TableDef;
use crate::table::{Insertable, Table};

/// An INSERT of a row into the table `T`.
///
/// `one` returns the stored row; `execute` returns the number of rows and the id of the new row.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # async fn run(db: Database) -> Result<()> {
/// let user = User::insert(NewUser { name: "Dana Whitaker".into() }).one(&db).await?;
/// assert_eq!(user.id, 1);
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct Insert<T> {
    pub(super) query: InsertQuery,
    types: PhantomData<fn() -> T>,
}

/// An INSERT of a row as plain data.
#[derive(Clone, Debug)]
pub(crate) struct InsertQuery {
    pub(crate) table: &'static TableDef,
    /// The columns of a new row, each of which has a value or is left to its default.
    pub(crate) columns: &'static [&'static str],
    pub(crate) values: Bindings,
    pub(crate) timeout: Option<Duration>,
    /// The clauses that follow the values.
    pub(crate) clauses: InsertClauses,
}

impl<T: Table> Insert<T> {
    /// Inserts one row.
    pub fn one_row(row: T::New) -> Insert<T> {
        let mut values = Bindings::default();
        row.bind(&mut values);
        let columns = <T::New as Insertable<T>>::COLUMNS;
        let query = InsertQuery { table: T::TABLE, columns, values, timeout: None, clauses: InsertClauses::default() };
        Insert { query, types: PhantomData }
    }
}

impl<T> Insert<T> {
    timeout!(query.timeout);

    pub(crate) fn into_query(self) -> InsertQuery {
        self.query
    }

    /// Returns the insert as plain data, with a RETURNING clause for all columns of the row.
    pub(crate) fn into_row_query(mut self) -> InsertQuery {
        self.query.clauses.returned = Returned::Row;
        self.query
    }
}

impl<T: Table> Insert<T> {
    /// Sets the conflict target: a unique column, or a tuple of columns that are unique together.
    /// Call `do_nothing` or `do_update` next, to set the conflict action.
    ///
    /// The columns must be those of the primary key, a unique constraint or a unique index. If the
    /// index is partial, see [`OnConflict::filter_index`].
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User {
    /// #     #[column(primary_key, auto)] id: i64,
    /// #     #[column(unique)] email: String,
    /// #     name: String,
    /// #     #[column(default = 1)] visits: i64,
    /// # }
    /// # async fn run(db: Database) -> Result<()> {
    /// let new = || NewUser {
    ///     email: "dana@example.org".into(),
    ///     name: "Dana".into(),
    ///     visits: None,
    /// };
    /// User::insert(new()).on_conflict(User::EMAIL).do_nothing().execute(&db).await?;
    /// User::insert(new())
    ///     .on_conflict(User::EMAIL)
    ///     .do_update()
    ///     .set_excluded(User::NAME) // as the new row has it
    ///     .set(User::VISITS, User::VISITS + 1)
    ///     .execute(&db)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_conflict<C: ColumnsOf<T>>(self, columns: C) -> OnConflict<Self> {
        on_conflict(self, columns)
    }

    /// Sets the conflict target by the name of a constraint: ON CONFLICT ON CONSTRAINT, of
    /// PostgreSQL. The constraint is a primary key, a unique constraint, or an exclusion
    /// constraint, which has no columns by which [`on_conflict`](Insert::on_conflict) could name
    /// it, and after which only `do_nothing` is allowed. The struct need not declare it.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Dialect, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Booking { #[column(primary_key)] id: i64, room: i64 }
    /// # fn main() -> Result<()> {
    /// let booking = Booking { id: 1, room: 12 };
    /// let insert = Booking::insert(booking).on_constraint("no_overlap").do_nothing();
    /// let sql = insert.to_sql(Dialect::Postgres)?;
    /// assert!(sql.text.contains(r#"ON CONFLICT ON CONSTRAINT "no_overlap" DO NOTHING"#));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_constraint(self, name: &'static str) -> OnConflict<Self> {
        on_constraint(self, name)
    }

    /// Skips the row if it conflicts with an existing row in any unique key.
    pub fn on_conflict_do_nothing(self) -> DoNothing<Self> {
        on_any_conflict(self)
    }

    /// Returns these columns or expressions of the inserted row.
    pub fn returning<C, P, O: FromRow>(self, columns: C) -> Returning<O>
    where
        T: Projects<C, P, Out = O>,
    {
        returning(self, columns)
    }

    /// Inserts the row, or returns the existing row that is equal in these columns.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Obtained, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Tag { #[column(primary_key, auto)] id: i64, #[column(unique)] word: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// match Tag::insert(NewTag { word: "rust".into() }).or_get(Tag::WORD).one(&db).await? {
    ///     Obtained::Inserted(tag) => println!("{} is new", tag.word),
    ///     Obtained::Existing(tag) => println!("{} was there", tag.word),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn or_get<C: ColumnsOf<T>>(self, columns: C) -> OrGet<T> {
        let OnConflict { insert } = on_conflict(self, columns);
        OrGet { insert }
    }
}

impl<T: Table> Inserts for Insert<T> {
    type Table = T;
    type Returning<O> = Returning<O>;

    fn clauses(&mut self) -> Hidden<'_> {
        Hidden(&mut self.query.clauses)
    }

    fn into_returning<O>(self) -> Returning<O> {
        Returning::new(WriteQuery::Insert(Box::new(self.query)))
    }
}

impl<T> std::fmt::Debug for Insert<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}
