//! A query and what stands beside its rows.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::super::foreign_key::Via;
use super::branch::{Branch, check};
use super::loaded::Loaded;
use super::relatable::{Find, Relatable, Relates};
use crate::error::Result;
use crate::expr::scope::Reads;
use crate::expr::{Cardinality, Orders, Predicate, SelectQuery, Source};
use crate::row::FromRow;
use crate::statement::Select;
use crate::table::TableOf;

/// Reads a row of a statement and what stands beside it.
pub(crate) type ReadRow<O> = Arc<dyn Fn(&Loaded, usize, usize) -> Result<O> + Send + Sync>;

/// A query over the table `T` that gives an `O` for each row: a tuple of the row and what stands
/// beside it.
///
/// Each relation is one statement, however many rows there are. All go to the database in one
/// message and read one state of it; on a transaction they read what the transaction has written.
///
/// A relation finds the rows that it stands beside by their query, which the database runs again:
/// it has to give the same rows each time, so that no condition may be a matter of chance. With a
/// limit the rows are taken in an order that repeats; text that calls a function
/// (`sql!("random()")`) and functions by their names are refused there. Read the keys of the rows
/// first, and then `.filter(User::ID.is_in(keys)).with(Post)`.
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
/// let users: Vec<(User, Option<Team>, u64)> = User::select().with(Team).with(Post.count()).all(&db).await?;
///
/// let newest = Post::select().order_by(Post::ID.desc()).limit_per_parent(3);
/// let users: Vec<(User, Vec<Post>)> = User::select().with(newest).all(&db).await?;
/// let users: Vec<(User, Vec<(Post, Vec<Comment>)>)> = User::select().with(Post.with(Comment)).all(&db).await?;
/// # db.close().await }
/// ```
#[must_use = "a statement does nothing until a verb such as `all` runs it"]
pub struct With<T, O> {
    pub(crate) query: SelectQuery,
    pub(crate) timeout: Option<Duration>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) read: ReadRow<O>,
    types: PhantomData<fn() -> T>,
}

/// All rows of the table `T`, each with what stands beside it, as a relation of another query:
/// `Post.with(Comment)`.
#[must_use = "a relation does nothing until it is part of a query: `User::select().with(Post.with(Comment))`"]
pub struct TableWith<T, O>(pub(super) With<T, O>);

impl<T, O> Clone for With<T, O> {
    fn clone(&self) -> Self {
        With {
            query: self.query.clone(),
            timeout: self.timeout,
            branches: self.branches.clone(),
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
        f.debug_struct("With").field("query", &self.query).field("branches", &self.branches).finish_non_exhaustive()
    }
}

impl<T, O> std::fmt::Debug for TableWith<T, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A tuple with one more at its end.
#[diagnostic::on_unimplemented(message = "a query has seven relations at most", label = "this would be one more")]
pub trait Grow<X>: Sized {
    /// The longer tuple.
    type Grown: Send + 'static;

    #[doc(hidden)]
    fn grow(self, more: X) -> Self::Grown;
}

macro_rules! grow {
    ($($name:ident)+) => {
        impl<$($name: Send + 'static,)+ X: Send + 'static> Grow<X> for ($($name,)+) {
            type Grown = ($($name,)+ X);

            #[allow(non_snake_case)]
            fn grow(self, more: X) -> Self::Grown {
                let ($($name,)+) = self;
                ($($name,)+ more)
            }
        }
    };
}
grow!(A);
grow!(A B);
grow!(A B C);
grow!(A B C D);
grow!(A B C D E);
grow!(A B C D E F);
grow!(A B C D E F G);

/// What stands beside a row of the table `T` by the foreign key `K`: the rows that it leads to.
pub type Reached<K, T, P> = <<K as Via<T, P>>::Count as Cardinality>::Of<<<K as Via<T, P>>::Target as Source>::Row>;

/// All rows of the table that a foreign key leads to.
fn reached<T, P, K: Via<T, P>>(key: K) -> (Branch, Find<Reached<K, T, P>>) {
    let (branch, find) = TableOf::<K::Target>::new().branch::<K::Count>();
    (branch.by(key.link()), find)
}

impl<T: Source, O: FromRow> Select<T, O> {
    fn beside_none(self) -> With<T, (O,)> {
        let Select { mut query, timeout, .. } = self;
        check(&mut query.body);
        let read: ReadRow<(O,)> = Arc::new(|loaded, step, row| loaded.read(step, row).map(|row| (row,)));
        With { query, timeout, branches: Vec::new(), read, types: PhantomData }
    }

    /// Each row with those of another table that a foreign key connects with it: `Vec<Post>` where
    /// the key leads here, `User` or `Option<User>` where it leads there. See [`With`].
    ///
    /// A relation is a table, a query over one, or either with [`count`](TableOf::count),
    /// [`via`](TableOf::via), [`through`](TableOf::through) or `with` behind it. With a limit the
    /// query is sorted by what repeats, not by `random()`.
    pub fn with<R, P, X: Send + 'static>(self, relation: R) -> With<T, (O, X)>
    where
        T: Relates<R, P, Out = X>,
    {
        self.beside_none().beside(T::relate(relation))
    }

    /// Each row with those that this foreign key connects with it: `Post::AUTHOR_ID`. For a table
    /// that several keys lead to, and for one that leads to itself, with an [alias](crate::alias!)
    /// as one of the two.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table, alias};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Employee { #[column(primary_key)] id: i64, #[column(references = Employee::ID)] manager_id: Option<i64> }
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
    pub fn with_via<K, P>(self, key: K) -> With<T, (O, Reached<K, T, P>)>
    where
        K: Via<T, P>,
    {
        self.beside_none().beside(reached(key))
    }
}

impl<T: Source, O: Send + 'static> With<T, O> {
    /// Each row with those of one more table. See [`Select::with`].
    pub fn with<R, P, X: 'static>(self, relation: R) -> With<T, O::Grown>
    where
        T: Relates<R, P, Out = X>,
        O: Grow<X>,
    {
        self.beside(T::relate(relation))
    }

    /// Each row with those that this foreign key connects with it. See [`Select::with_via`].
    pub fn with_via<K, P>(self, key: K) -> With<T, O::Grown>
    where
        K: Via<T, P>,
        O: Grow<Reached<K, T, P>>,
    {
        self.beside(reached(key))
    }

    fn beside<X: 'static>(mut self, (branch, find): (Branch, Find<X>)) -> With<T, O::Grown>
    where
        O: Grow<X>,
    {
        let (number, row) = (self.branches.len(), self.read);
        self.branches.push(branch);
        let read: ReadRow<O::Grown> = Arc::new(move |loaded, step, place| {
            let (below, key) = loaded.below(step, place, number)?;
            let found = find(loaded, below, key.as_ref())?;
            Ok(row(loaded, step, place)?.grow(found))
        });
        With { query: self.query, timeout: self.timeout, branches: self.branches, read, types: PhantomData }
    }

    /// Only the rows for which the condition holds; several calls are joined by AND.
    pub fn filter<C: Predicate, P>(mut self, condition: C) -> Self
    where
        T: Reads<C::Scope, P>,
    {
        self.query.body.filter(condition.into_condition());
        self
    }

    /// Sorted by these columns or terms; several calls add further ones.
    pub fn order_by<C: Orders, P>(mut self, orders: C) -> Self
    where
        T: Reads<C::Scope, P>,
    {
        orders.append_to(&mut self.query.orders);
        self
    }

    /// At most so many rows; those beside them are not counted. Rows that are sorted equal come in
    /// the order of their keys.
    pub fn limit(mut self, rows: u64) -> Self {
        self.query.limit = Some(rows);
        self
    }

    /// Without the first so many rows.
    pub fn offset(mut self, rows: u64) -> Self {
        self.query.offset = Some(rows);
        self
    }

    /// How long it may take, its waiting included. See [`Select::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The query for its first row alone.
    pub(crate) fn first(mut self) -> Self {
        // A row that is found by its key is the only one.
        if !self.query.body.by_key {
            self.query.limit = Some(self.query.limit.map_or(1, |rows| rows.min(1)));
        }
        self
    }
}

impl<T: Source> TableOf<T> {
    /// All rows of the table, each with those of another beside it, as a relation:
    /// `with(Post.with(Comment))`.
    pub fn with<R, P, X: Send + 'static>(self, relation: R) -> TableWith<T, (T::Row, X)>
    where
        T: Relates<R, P, Out = X>,
    {
        TableWith(self.select().with(relation))
    }
}

impl<T: Source, O: Send + 'static> TableWith<T, O> {
    /// Each row with those of one more table. See [`Select::with`].
    pub fn with<R, P, X: 'static>(self, relation: R) -> TableWith<T, O::Grown>
    where
        T: Relates<R, P, Out = X>,
        O: Grow<X>,
    {
        TableWith(self.0.with(relation))
    }
}
