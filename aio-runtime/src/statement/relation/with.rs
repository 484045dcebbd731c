//! A query with relations.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::super::foreign_key::Via;
use super::loaded::Loaded;
use super::relatable::{FindRelated, Relatable, Relates};
use super::relation_query::{RelationQuery, check};
use crate::error::Result;
use crate::expr::scope::Reads;
use crate::expr::{Cardinality, Orders, Predicate, SelectQuery, Source};
use crate::row::FromRow;
use crate::statement::wrapper::timeout;
use crate::statement::{RowCount, Select};
use crate::table::TableOf;

/// A function that reads the row with a given index, of the statement with a given index, and its
/// related rows.
pub(crate) type ReadRow<O> = Arc<dyn Fn(&Loaded, usize, usize) -> Result<O> + Send + Sync>;

/// A query over the table `T` with relations. It returns an `O` for each row: a tuple of the row
/// and the loaded value of each relation.
///
/// Each relation is one statement, independently of the number of rows. All statements are sent to
/// the database in one message and read the same state of the database. On a transaction, they
/// also read the rows that the transaction has written.
///
/// A relation finds its rows by running the query again as a subquery, which must return the same
/// rows each time. So the conditions of the query must be deterministic. If it has a limit, its
/// order must be deterministic, too: raw SQL that calls a function (`sql!("random()")`) and
/// functions that are called by their names are errors in the order. In that case, read the keys
/// of the rows first, and then use `.filter(User::ID.is_in(keys)).with(Post)`.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Team { #[column(primary_key, auto)] id: i64 }
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User {
/// #     #[column(primary_key, auto)] id: i64,
/// #     name: String,
/// #     #[column(references = Team::ID)] team_id: Option<i64>,
/// # }
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Post {
/// #     #[column(primary_key, auto)] id: i64,
/// #     #[column(references = User::ID)] user_id: i64,
/// #     title: String,
/// # }
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Comment {
/// #     #[column(primary_key, auto)] id: i64,
/// #     #[column(references = Post::ID)] post_id: i64,
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?; db.create_all((Team, User, Post, Comment)).await?;
/// let users: Vec<(User, Vec<Post>)> = User::select().with(Post).all(&db).await?;
/// let posts: Vec<(Post, User)> = Post::select().with(User).all(&db).await?;
/// let users: Vec<(User, Option<Team>, u64)> =
///     User::select().with(Team).with(Post.count()).all(&db).await?;
///
/// let newest = Post::select().order_by(Post::ID.desc()).limit_per_parent(3);
/// let users: Vec<(User, Vec<Post>)> = User::select().with(newest).all(&db).await?;
/// let users: Vec<(User, Vec<(Post, Vec<Comment>)>)> =
///     User::select().with(Post.with(Comment)).all(&db).await?;
/// # db.close().await }
/// ```
#[must_use = "a statement does nothing until a verb such as `all` runs it"]
pub struct With<T, O> {
    pub(crate) query: SelectQuery,
    pub(crate) timeout: Option<Duration>,
    pub(crate) relations: Vec<RelationQuery>,
    pub(crate) read: ReadRow<O>,
    types: PhantomData<fn() -> T>,
}

/// All rows of the table `T`, each with its own relations, as a relation of another query:
/// `Post.with(Comment)`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Comment {
///     #[column(primary_key, auto)]
///     id: i64,
///     #[column(references = Post::ID)]
///     post_id: i64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// db.create(Comment).await?;
/// let dana: (User, Vec<(Post, Vec<Comment>)>) =
///     User::find(1).with(Post.with(Comment)).one(&db).await?;
/// assert!(dana.1[0].1.is_empty());
/// # db.close().await
/// # }
/// ```
#[must_use = "a relation does nothing until it is part of a query: `User::select().with(Post.with(Comment))`"]
pub struct TableWith<T, O>(pub(super) With<T, O>);

impl<T, O> Clone for With<T, O> {
    fn clone(&self) -> Self {
        With {
            query: self.query.clone(),
            timeout: self.timeout,
            relations: self.relations.clone(),
            read: Arc::clone(&self.read),
            types: PhantomData,
        }
    }
}

impl<T, O> Clone for TableWith<T, O> {
    fn clone(&self) -> Self {
        TableWith(self.0.clone())
    }
}

impl<T, O> std::fmt::Debug for With<T, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("With").field("query", &self.query).field("relations", &self.relations).finish_non_exhaustive()
    }
}

impl<T, O> std::fmt::Debug for TableWith<T, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A tuple to which one more element can be appended.
#[diagnostic::on_unimplemented(message = "a query can have at most seven relations", label = "this is the eighth")]
pub trait AppendRelated<X>: Sized {
    /// The tuple with the additional element.
    type Appended: Send + 'static;

    #[doc(hidden)]
    fn append(self, more: X) -> Self::Appended;
}

macro_rules! append_related {
    ($($name:ident)+) => {
        impl<$($name: Send + 'static,)+ X: Send + 'static> AppendRelated<X> for ($($name,)+) {
            type Appended = ($($name,)+ X);

            #[allow(non_snake_case)]
            fn append(self, more: X) -> Self::Appended {
                let ($($name,)+) = self;
                ($($name,)+ more)
            }
        }
    };
}
append_related!(A);
append_related!(A B);
append_related!(A B C);
append_related!(A B C D);
append_related!(A B C D E);
append_related!(A B C D E F);
append_related!(A B C D E F G);

/// The type of the value that is loaded for a row of the table `T` by the foreign key `K`.
pub type Reached<K, T, P> = <<K as Via<T, P>>::Count as Cardinality>::Of<<<K as Via<T, P>>::Target as Source>::Row>;

/// Returns the relation that a foreign key defines: all related rows of the table on its other
/// side.
fn reached<T, P, K: Via<T, P>>(key: K) -> (RelationQuery, FindRelated<Reached<K, T, P>>) {
    let (relation, find) = TableOf::<K::Target>::new().into_relation::<K::Count>();
    (relation.with_link(key.link()), find)
}

/// A query over the table `T` that returns, for each row, an `O` and an `X`, which is the loaded
/// value of a relation.
type WithOne<T, O, X> = With<T, (<O as FromRow>::Read, X)>;

impl<T: Source, O: FromRow> Select<T, O> {
    fn without_relations(self) -> With<T, (O::Read,)> {
        let Select { mut query, timeout, .. } = self;
        check(&mut query.body);
        let read: ReadRow<(O::Read,)> = Arc::new(|loaded, step, row| loaded.read::<O>(step, row).map(|row| (row,)));
        With { query, timeout, relations: Vec::new(), read, types: PhantomData }
    }

    /// Loads the related rows of another table with each row: a `Vec<Post>` if the foreign key is
    /// in the other table (an `Option<Post>` if the key is unique), a `User` or `Option<User>` if
    /// it is in the table of this query. See [`With`].
    ///
    /// A relation is a table, a query over a table, or either of these followed by
    /// [`count`](TableOf::count), [`via`](TableOf::via), [`through`](TableOf::through) or `with`.
    /// A query with a limit must have a deterministic order, not `random()`.
    pub fn with<R, P, X: Send + 'static>(self, relation: R) -> WithOne<T, O, X>
    where
        T: Relates<R, P, Out = X>,
    {
        self.without_relations().relate(T::relate(relation))
    }

    /// Loads the rows that this foreign key, such as `Post::AUTHOR_ID`, relates to each row. This
    /// method is needed if several foreign keys connect two tables, and if a table refers to
    /// itself; in that case, use an [alias](crate::alias!) for one side.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table, alias};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Employee {
    /// #     #[column(primary_key)] id: i64,
    /// #     #[column(references = Employee::ID)] manager_id: Option<i64>,
    /// # }
    /// alias!(Manager = Employee);
    /// alias!(Report = Employee);
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let db = Database::memory().await?; db.create(Employee).await?;
    /// let employees: Vec<(Employee, Option<Employee>, Vec<Employee>)> = Employee::select()
    ///     .with_via(Employee::MANAGER_ID.to::<Manager>())
    ///     .with_via(Employee::MANAGER_ID.of::<Report>())
    ///     .all(&db)
    ///     .await?;
    /// # db.close().await }
    /// ```
    pub fn with_via<K, P>(self, key: K) -> WithOne<T, O, Reached<K, T, P>>
    where
        K: Via<T, P>,
    {
        self.without_relations().relate(reached(key))
    }
}

impl<T: Source, O: Send + 'static> With<T, O> {
    /// Loads the related rows of one more table. See [`Select::with`].
    pub fn with<R, P, X: 'static>(self, relation: R) -> With<T, O::Appended>
    where
        T: Relates<R, P, Out = X>,
        O: AppendRelated<X>,
    {
        self.relate(T::relate(relation))
    }

    /// Loads the rows that this foreign key relates to each row. See [`Select::with_via`].
    pub fn with_via<K, P>(self, key: K) -> With<T, O::Appended>
    where
        K: Via<T, P>,
        O: AppendRelated<Reached<K, T, P>>,
    {
        self.relate(reached(key))
    }

    fn relate<X: 'static>(mut self, (relation, find): (RelationQuery, FindRelated<X>)) -> With<T, O::Appended>
    where
        O: AppendRelated<X>,
    {
        let (number, row) = (self.relations.len(), self.read);
        self.relations.push(relation);
        let read: ReadRow<O::Appended> = Arc::new(move |loaded, step, row_index| {
            let (below, key) = loaded.related_key(step, row_index, number)?;
            let found = find(loaded, below, key.as_ref())?;
            Ok(row(loaded, step, row_index)?.append(found))
        });
        With { query: self.query, timeout: self.timeout, relations: self.relations, read, types: PhantomData }
    }

    /// Keeps only the rows for which the condition holds. The conditions of several calls are
    /// combined by AND.
    pub fn filter<C: Predicate, P>(mut self, condition: C) -> Self
    where
        T: Reads<C::Scope, P>,
    {
        self.query.body.filter(condition.into_condition());
        self
    }

    /// Sorts by these columns or expressions. Further calls add further terms, for rows that are
    /// equal in the earlier ones.
    pub fn order_by<C: Orders, P>(mut self, orders: C) -> Self
    where
        T: Reads<C::Scope, P>,
    {
        orders.append_to(&mut self.query.orders);
        self
    }

    /// Sets the maximum number of rows, not counting related rows. Rows that are equal in the
    /// query's order are also sorted by their primary keys.
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.query.limit = Some(rows.rows());
        self
    }

    /// Skips this number of rows at the start.
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.query.offset = Some(rows.rows());
        self
    }

    timeout!(timeout);

    /// Returns the query with a limit of at most one row.
    pub(crate) fn first(mut self) -> Self {
        // A query by primary key returns at most one row.
        if !self.query.body.by_key {
            self.query.limit = Some(self.query.limit.map_or(1, |rows| rows.min(1)));
        }
        self
    }
}

impl<T: Source> TableOf<T> {
    /// Creates a relation of all rows of the table, each with its own related rows:
    /// `with(Post.with(Comment))`.
    pub fn with<R, P, X: Send + 'static>(self, relation: R) -> TableWith<T, (T::Row, X)>
    where
        T: Relates<R, P, Out = X>,
    {
        TableWith(self.select().with(relation))
    }
}

impl<T: Source, O: Send + 'static> TableWith<T, O> {
    /// Loads the related rows of one more table. See [`Select::with`].
    pub fn with<R, P, X: 'static>(self, relation: R) -> TableWith<T, O::Appended>
    where
        T: Relates<R, P, Out = X>,
        O: AppendRelated<X>,
    {
        TableWith(self.0.with(relation))
    }
}
