//! INSERT of one row.

use std::marker::PhantomData;
use std::time::Duration;

use super::insert_clauses::InsertClauses;
use super::returning::Returned;
use crate::bindings::Bindings;
use crate::schema::TableDef;
use crate::table::{Insertable, Table};

/// An insert of a row into the table `T`.
///
/// `one` gives the stored row, `execute` the count and the row's number.
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

/// An insert as plain data.
#[derive(Debug)]
pub(crate) struct InsertQuery {
    pub(crate) table: &'static TableDef,
    /// The columns that the row gives.
    pub(crate) columns: &'static [&'static str],
    pub(crate) values: Bindings,
    pub(crate) timeout: Option<Duration>,
    /// What stands behind the values.
    pub(crate) clauses: InsertClauses,
}

impl<T: Table> Insert<T> {
    /// An insert of one row.
    pub fn one_row(row: T::New) -> Insert<T> {
        let mut values = Bindings::default();
        row.bind(&mut values);
        let columns = <T::New as Insertable<T>>::COLUMNS;
        let query = InsertQuery { table: T::TABLE, columns, values, timeout: None, clauses: InsertClauses::default() };
        Insert { query, types: PhantomData }
    }
}

impl<T> Insert<T> {
    /// How long the statement may take, its waiting included; what takes longer fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and has written nothing. Unless said it
    /// is what the [database](crate::Builder::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.query.timeout = Some(timeout);
        self
    }

    pub(crate) fn into_query(self) -> InsertQuery {
        self.query
    }

    /// Returns the query that also gives the row as it was stored.
    pub(crate) fn into_row_query(mut self) -> InsertQuery {
        self.query.clauses.returned = Returned::Row;
        self.query
    }
}

impl<T> std::fmt::Debug for Insert<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}
