//! Common table expressions: queries with a name.

use std::marker::PhantomData;
use std::sync::Arc;

use super::compound::IntoQuery;
use super::join::IntoSource;
use super::record::{NamedBy, NamesColumns};
use super::select::Select;
use super::wrapper::wrapper;
use crate::expr::{Body, Child, CteNode, Origin, Query, SelectQuery, SetOperator, Source, SourceNode};
use crate::table::TableOf;

/// A common table expression: a query with a name, which other queries read like a table. The
/// struct `T`, which has `#[derive(Record)]`, gives it its name and the names of its columns.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Record, Result, Table, count, cte};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Post {
/// #     #[column(primary_key, auto)] id: i64,
/// #     #[column(references = User::ID)] user_id: i64,
/// # }
/// #[derive(Record)]
/// # #[record(crate = "aio_runtime")]
/// struct Activity {
///     user_id: i64,
///     posts: i64,
/// }
///
/// # async fn run(db: Database) -> Result<()> {
/// let posts = Post::select().group_by(Post::USER_ID).columns((Post::USER_ID, count()));
/// let activity = cte(Activity, posts);
/// let busy: Vec<(String, i64)> = User::select()
///     .join_on(&activity, Activity::USER_ID.eq(User::ID))
///     .filter(Activity::POSTS.gt(10))
///     .columns((User::NAME, Activity::POSTS))
///     .all(&db)
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct Cte<T> {
    node: Arc<CteNode>,
    types: PhantomData<fn() -> T>,
}

wrapper!(Cte<T>, node);

/// Creates a common table expression from a query. The struct `T`, which has `#[derive(Record)]`,
/// gives it its name and the names of its columns.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Record, count, cte};
/// #[derive(Record)]
/// # #[record(crate = "aio_runtime")]
/// struct Level {
///     karma: i64,
///     users: i64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let levels = User::select().group_by(User::KARMA).columns((User::KARMA, count()));
/// let levels = cte(Level, levels);
/// let high: Level = levels.select().filter(Level::KARMA.gt(5)).one(&db).await?;
/// assert_eq!((high.karma, high.users), (7, 1));
/// # db.close().await
/// # }
/// ```
pub fn cte<T, Q>(_name: TableOf<T>, query: Q) -> Cte<T>
where
    T: NamesColumns,
    Q: IntoQuery,
    T::Columns: NamedBy<Q::Out>,
{
    named::<T>(query.into_query(), false)
}

/// Creates a recursive common table expression. It starts with the rows of `first`, and then runs
/// `step` again and again, each time on the rows that the last run has added, until a run adds no
/// rows. In `step`, read the rows of the last run by the name of the struct `T`, like a table.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Record, Result, cte_recursive, value, values};
/// #[derive(Record)]
/// # #[record(crate = "aio_runtime")]
/// struct Series {
///     n: i64,
/// }
///
/// # async fn run(db: Database) -> Result<()> {
/// let step = Series.select().filter(Series::N.lt(10)).columns((Series::N + 1,));
/// let series = cte_recursive(Series, values([(1,)]), step);
/// let numbers: Vec<i64> = series.select().columns(Series::N).all(&db).await?;
/// # Ok(())
/// # }
/// ```
pub fn cte_recursive<T, A, B>(_name: TableOf<T>, first: A, step: B) -> Cte<T>
where
    T: NamesColumns,
    A: IntoQuery,
    B: IntoQuery<Out = A::Out>,
    T::Columns: NamedBy<A::Out>,
{
    let (mut query, mut step) = (first.into_query().into_first(), step.into_query());
    // SQLite allows several recursive queries combined by UNION ALL, but not a recursive query
    // inside a subquery.
    let flat = !step.is_sorted_or_limited() && step.compounds.iter().all(|(how, _)| *how == SetOperator::UnionAll);
    let more = if flat { std::mem::take(&mut step.compounds) } else { Vec::new() };
    query.compounds.push((SetOperator::UnionAll, Child::boxed(step)));
    query.compounds.extend(more);
    named::<T>(query, true)
}

fn named<T: Source>(query: Query, recursive: bool) -> Cte<T> {
    let node =
        CteNode { table: T::DEFINITION, query: Child::boxed(query), recursive, materialized: None, is_local: false };
    Cte { node: Arc::new(node), types: PhantomData }
}

impl<T: Source> Cte<T> {
    /// Selects all rows of the query.
    pub fn select(&self) -> Select<T, T::Row> {
        Select::of(SelectQuery::of(self.into_source()))
    }

    /// Returns this query under another name, for a statement that reads the query twice. The
    /// columns under the other name are written like `Month::SUM.of::<Before>()`.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Record, Result, Table, alias, cte};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Sale { #[column(primary_key, auto)] id: i64, month: i64, cents: i64 }
    /// #[derive(Record)]
    /// # #[record(crate = "aio_runtime")]
    /// struct Month {
    ///     month: i64,
    ///     cents: Option<i64>,
    /// }
    /// alias!(Before = Month);
    ///
    /// # async fn run(db: Database) -> Result<()> {
    /// let sums = Sale::select().group_by(Sale::MONTH).columns((Sale::MONTH, Sale::CENTS.sum()));
    /// let months = cte(Month, sums);
    /// let growth: Vec<(i64, Option<i64>)> = months
    ///     .select()
    ///     .join_on(months.of(Before), (Month::MONTH.of::<Before>() + 1).eq(Month::MONTH))
    ///     .columns((Month::MONTH, Month::CENTS - Month::CENTS.of::<Before>()))
    ///     .all(&db)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn of<A: Source<Row = T::Row>>(&self, _alias: TableOf<A>) -> Cte<A> {
        Cte { node: Arc::clone(&self.node), types: PhantomData }
    }

    /// Removes duplicate rows. A recursive query whose rows form a cycle ends only if duplicate
    /// rows are removed.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        let CteNode { query, recursive, .. } = Arc::make_mut(&mut self.node);
        query.change(|query| {
            if *recursive {
                query.compounds.iter_mut().for_each(|(operator, _)| {
                    if *operator == SetOperator::UnionAll {
                        *operator = SetOperator::Union;
                    }
                });
            } else {
                let inner = std::mem::replace(&mut **query, Query::new(Body::TooDeep));
                **query = Query::from_query(inner, true);
            }
        });
        self
    }

    /// Tells the database to compute the rows once, even if several queries read them
    /// (`MATERIALIZED`).
    #[must_use]
    pub fn materialized(mut self) -> Self {
        Arc::make_mut(&mut self.node).materialized = Some(true);
        self
    }

    /// Tells the database to compute the rows as a part of each query that reads them (`NOT
    /// MATERIALIZED`).
    #[must_use]
    pub fn not_materialized(mut self) -> Self {
        Arc::make_mut(&mut self.node).materialized = Some(false);
        self
    }
}

impl<T: Source> IntoSource for &Cte<T> {
    type Source = T;

    fn into_source(self) -> SourceNode {
        let origin = Origin::Cte(Arc::clone(&self.node));
        SourceNode::new(T::DEFINITION, T::ALIAS, origin)
    }
}

impl<T: Source> IntoSource for Cte<T> {
    type Source = T;

    fn into_source(self) -> SourceNode {
        (&self).into_source()
    }
}
