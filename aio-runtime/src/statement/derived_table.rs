//! Raw queries as subqueries in FROM.

use std::marker::PhantomData;
use std::sync::Arc;

use super::join::IntoSource;
use super::raw::Sql;
use super::record::NamesColumns;
use super::select::Select;
use super::wrapper::wrapper;
use crate::expr::{Node, Origin, SelectQuery, Source, SourceNode};
use crate::table::TableOf;

/// A raw query that typed queries read like a table, made by [`Sql::rows`]. The fields of the
/// struct `T`, which has `#[derive(Record)]`, name its columns.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Record, sql};
/// #[derive(Record)]
/// # #[record(crate = "aio_runtime")]
/// struct Initial {
///     letter: String,
///     users: i64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let initials = sql!(
///     "select substr(name, 1, 1) as letter, count(*) as users from {User} group by 1"
/// );
/// let large = initials.rows(Initial).select().filter(Initial::USERS.gt(1));
/// let large: Vec<Initial> = large.all(&db).await?;
/// assert_eq!((large[0].letter.as_str(), large[0].users), ("D", 2));
/// # db.close().await
/// # }
/// ```
pub struct DerivedTable<T> {
    text: Arc<Node>,
    types: PhantomData<fn() -> T>,
}

impl Sql {
    /// Uses a raw query as a table in typed queries. The fields of the record are matched with the
    /// columns of the raw query by their names. The library does not check which tables the text
    /// reads.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Record, Result, Table, sql};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// #[derive(Record)]
    /// # #[record(crate = "aio_runtime")]
    /// struct Visits {
    ///     user_id: i64,
    ///     times: i64,
    /// }
    ///
    /// # async fn run(db: Database) -> Result<()> {
    /// let visits = sql!(
    ///     "select user_id, count(*) as times from visits indexed by visits_user group by user_id"
    /// );
    /// let users: Vec<(User, Visits)> = User::select()
    ///     .join_on(visits.rows(Visits), Visits::USER_ID.eq(User::ID))
    ///     .filter(Visits::TIMES.gt(2))
    ///     .all(&db)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rows<R: NamesColumns>(self, _record: TableOf<R>) -> DerivedTable<R> {
        DerivedTable { text: Arc::new(self.into_node()), types: PhantomData }
    }
}

impl<T: Source> DerivedTable<T> {
    /// Selects all rows of the raw query.
    pub fn select(&self) -> Select<T, T::Row> {
        Select::of(SelectQuery::of(self.into_source()))
    }

    /// Returns this query under another name, for a statement that reads the query twice. The
    /// columns of `visits.of(Before)` are written like `Visits::TIMES.of::<Before>()`. See
    /// [`alias!`](crate::alias!).
    pub fn of<A: Source<Row = T::Row>>(&self, _alias: TableOf<A>) -> DerivedTable<A> {
        DerivedTable { text: Arc::clone(&self.text), types: PhantomData }
    }
}

impl<T: Source> IntoSource for &DerivedTable<T> {
    type Source = T;

    fn into_source(self) -> SourceNode {
        SourceNode::new(T::DEFINITION, T::ALIAS, Origin::Raw(Arc::clone(&self.text)))
    }
}

impl<T: Source> IntoSource for DerivedTable<T> {
    type Source = T;

    fn into_source(self) -> SourceNode {
        (&self).into_source()
    }
}

wrapper!(DerivedTable<T>, text);
