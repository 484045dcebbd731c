//! The traits of the types that can be a relation of a query.

use std::marker::PhantomData;
use std::sync::Arc;

use super::super::foreign_key::{Connects, Via};
use super::loaded::{Key, Loaded};
use super::relation_query::RelationQuery;
use super::with::{AppendRelated, Reached, ReadRow, TableWith, With};
use crate::error::Result;
use crate::expr::scope::Reads;
use crate::expr::{Cardinality, Column, Predicate, SelectQuery, Source, SourceNode};
use crate::row::FromRow;
use crate::schema::TableDef;
use crate::statement::{RowCount, Select};
use crate::table::{OneKey, TableOf};

/// A function that reads the related rows that have a given key, from the rows of the statement
/// with a given index.
pub(crate) type FindRelated<O> = Arc<dyn Fn(&Loaded, usize, Option<&Key>) -> Result<O> + Send + Sync>;

type FromOf<C, F, P> = <C as Connects<F, P>>::From;
type ToOf<C, F, P> = <C as Connects<F, P>>::To;
type KeysOf<C, F, P> = <C as Connects<F, P>>::Keys;
type CountOf<C, F, P> = <C as Connects<F, P>>::Count;

/// A relation of a query: a table, a query over one table, or a count.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let user = || User::find(1);
/// let all: (User, Vec<Post>) = user().with(Post).one(&db).await?;
/// let query = Post::select().filter(Post::TITLE.contains("x"));
/// let some: (User, Vec<Post>) = user().with(query).one(&db).await?;
/// let number: (User, u64) = user().with(Post.count()).one(&db).await?;
/// assert_eq!((all.1.len(), some.1.len(), number.1), (1, 0, 1));
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation",
    label = "expected a table such as `Post`, or a query over one table such as `Post::select().filter(..)`"
)]
pub trait Relatable: Sized {
    /// The related table.
    type Source: Source;
    /// The type of the value that is loaded for each parent row, if `N` is the number of related
    /// rows that the foreign key allows.
    type Out<N: Cardinality>: Send + 'static;

    #[doc(hidden)]
    fn into_relation<N: Cardinality>(self) -> (RelationQuery, FindRelated<Self::Out<N>>);
}

/// Implemented if `R` can be a relation of a query over the table `Self`: `R` is [`Relatable`],
/// and a foreign key connects its table with `Self`. See [`With`].
///
/// `Self` is the table, and the impls are generic over it, so that the compiler does not list all
/// impls after its message.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "no foreign key connects `{Self}` with these rows",
    label = "not related to `{Self}`",
    note = "`through` takes a table that foreign keys connect with both"
)]
pub trait Relates<R, P> {
    /// The type of the relation, such as a table or a query over a table.
    type Of: Relatable;
    /// The type of the value that is loaded for each parent row.
    type Out: Send + 'static;

    #[doc(hidden)]
    fn relate(relation: R) -> (RelationQuery, FindRelated<Self::Out>);
}

/// A relation that itself has no relations: a table, or a query over a table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table or a query without relations",
    label = "expected a table, or a query over one"
)]
pub trait Rows: Relatable {
    /// The type of one related row.
    type Row;
}

impl<C: Source> Rows for TableOf<C> {
    type Row = C::Row;
}

impl<C: Source, O: FromRow> Rows for Select<C, O> {
    type Row = O::Read;
}

fn find<N: Cardinality, O: Send + 'static>(table: &'static TableDef, read: ReadRow<O>) -> FindRelated<N::Of<O>> {
    Arc::new(move |loaded, step, key| {
        let rows = loaded.rows_of(step, key).map(|row| read(loaded, step, row));
        N::collect(rows, table, loaded.parent(step))
    })
}

#[diagnostic::do_not_recommend]
impl<C: Source> Relatable for TableOf<C> {
    type Source = C;
    type Out<N: Cardinality> = N::Of<C::Row>;

    fn into_relation<N: Cardinality>(self) -> (RelationQuery, FindRelated<N::Of<C::Row>>) {
        let read = Arc::new(|loaded: &Loaded, step, row| loaded.read::<C::Row>(step, row));
        (RelationQuery::new(SelectQuery::of(SourceNode::of::<C>()), Vec::new()), find::<N, _>(C::DEFINITION, read))
    }
}

#[diagnostic::do_not_recommend]
impl<C: Source, O: FromRow> Relatable for Select<C, O> {
    type Source = C;
    type Out<N: Cardinality> = <N::Filtered as Cardinality>::Of<O::Read>;

    fn into_relation<N: Cardinality>(self) -> (RelationQuery, FindRelated<Self::Out<N>>) {
        let read = Arc::new(|loaded: &Loaded, step, row| loaded.read::<O>(step, row));
        (RelationQuery::new(self.query, Vec::new()), find::<N::Filtered, _>(C::DEFINITION, read))
    }
}

#[diagnostic::do_not_recommend]
impl<C: Source, O: Send + 'static> Relatable for TableWith<C, O> {
    type Source = C;
    type Out<N: Cardinality> = N::Of<O>;

    fn into_relation<N: Cardinality>(self) -> (RelationQuery, FindRelated<N::Of<O>>) {
        let With { query, relations, read, .. } = self.0;
        (RelationQuery::new(query, relations), find::<N, _>(C::DEFINITION, read))
    }
}

#[diagnostic::do_not_recommend]
impl<C: Source, O: Send + 'static> Relatable for With<C, O> {
    type Source = C;
    type Out<N: Cardinality> = <N::Filtered as Cardinality>::Of<O>;

    fn into_relation<N: Cardinality>(self) -> (RelationQuery, FindRelated<Self::Out<N>>) {
        let With { query, relations, read, .. } = self;
        (RelationQuery::new(query, relations), find::<N::Filtered, _>(C::DEFINITION, read))
    }
}

/// A relation with a maximum number of rows for each parent row, made by `limit_per_parent`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// // At most three posts of each user, the newest ones.
/// let newest = Post::select().order_by(Post::ID.desc()).limit_per_parent(3);
/// let users: Vec<(User, Vec<Post>)> = User::select().with(newest).all(&db).await?;
/// assert_eq!(users.len(), 2);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a relation does nothing until it is part of a query"]
pub struct PerParent<S> {
    rows: S,
    limit: i64,
}

impl<C: Source, O: FromRow> PerParent<Select<C, O>> {
    /// Loads the related rows of another table with each of these rows. See [`Select::with`].
    pub fn with<R, P, X: Send + 'static>(self, relation: R) -> PerParent<With<C, (O::Read, X)>>
    where
        C: Relates<R, P, Out = X>,
    {
        PerParent { rows: self.rows.with(relation), limit: self.limit }
    }

    /// Loads the rows that this foreign key relates to each of these rows. See
    /// [`Select::with_via`].
    #[allow(clippy::type_complexity, reason = "the type is that of `Select::with_via`, in `PerParent`")]
    pub fn with_via<K, P>(self, key: K) -> PerParent<With<C, (O::Read, Reached<K, C, P>)>>
    where
        K: Via<C, P>,
    {
        PerParent { rows: self.rows.with_via(key), limit: self.limit }
    }
}

impl<C: Source, O: Send + 'static> PerParent<With<C, O>> {
    /// Loads the related rows of one more table. See [`Select::with`].
    pub fn with<R, P, X: 'static>(self, relation: R) -> PerParent<With<C, O::Appended>>
    where
        C: Relates<R, P, Out = X>,
        O: AppendRelated<X>,
    {
        PerParent { rows: self.rows.with(relation), limit: self.limit }
    }

    /// Loads the rows that this foreign key relates to each of these rows. See
    /// [`Select::with_via`].
    pub fn with_via<K, P>(self, key: K) -> PerParent<With<C, O::Appended>>
    where
        K: Via<C, P>,
        O: AppendRelated<Reached<K, C, P>>,
    {
        PerParent { rows: self.rows.with_via(key), limit: self.limit }
    }
}

#[diagnostic::do_not_recommend]
impl<S: Relatable> Relatable for PerParent<S> {
    type Source = S::Source;
    type Out<N: Cardinality> = S::Out<N>;

    fn into_relation<N: Cardinality>(self) -> (RelationQuery, FindRelated<S::Out<N>>) {
        let (mut relation, find) = self.rows.into_relation::<N>();
        relation.per_parent = Some(self.limit);
        (relation, find)
    }
}

/// A relation that counts the related rows of the table `C` for each parent row, made by
/// [`count`](TableOf::count).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let posts = Post.count().filter(Post::TITLE.starts_with("H"));
/// let users: Vec<(User, u64)> = User::select().order_by(User::ID).with(posts).all(&db).await?;
/// assert_eq!((users[0].1, users[1].1), (1, 0));
/// # db.close().await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a relation does nothing until it is part of a query"]
pub struct Counted<C> {
    query: SelectQuery,
    table: PhantomData<fn() -> C>,
}

impl<C: Source> Counted<C> {
    /// Counts only the rows for which the condition holds. The conditions of several calls are
    /// combined by AND.
    pub fn filter<X: Predicate, P>(mut self, condition: X) -> Self
    where
        C: Reads<X::Scope, P>,
    {
        self.query.body.filter(condition.into_condition());
        self
    }
}

#[diagnostic::do_not_recommend]
impl<C: Source> Relatable for Counted<C> {
    type Source = C;
    type Out<N: Cardinality> = u64;

    fn into_relation<N: Cardinality>(self) -> (RelationQuery, FindRelated<u64>) {
        let mut relation = RelationQuery::new(self.query, Vec::new());
        relation.counts = true;
        // A key has several counts, which are added up, if the database puts values into different
        // groups that the foreign key compares as equal.
        let find: FindRelated<u64> =
            Arc::new(|loaded, step, key| loaded.rows_of(step, key).map(|row| loaded.count(step, row)).sum());
        (relation, find)
    }
}

impl<T, P, S: Relatable> Relates<S, P> for T
where
    S::Source: Connects<T, P>,
    KeysOf<S::Source, T, P>: OneKey<FromOf<S::Source, T, P>, ToOf<S::Source, T, P>>,
{
    type Of = S;
    type Out = S::Out<CountOf<S::Source, T, P>>;

    fn relate(rows: S) -> (RelationQuery, FindRelated<Self::Out>) {
        let (relation, find) = rows.into_relation::<CountOf<S::Source, T, P>>();
        (relation.with_link(<S::Source as Connects<T, P>>::link()), find)
    }
}

/// A relation by a foreign key that the user names, made by `via`.
#[derive(Clone, Debug)]
#[must_use = "a relation does nothing until it is part of a query"]
pub struct RelatedVia<S, K> {
    rows: S,
    key: K,
}

impl<T, P, S: Relatable, K: Via<T, P, Target = S::Source>> Relates<RelatedVia<S, K>, P> for T {
    type Of = S;
    type Out = S::Out<K::Count>;

    fn relate(RelatedVia { rows, key }: RelatedVia<S, K>) -> (RelationQuery, FindRelated<Self::Out>) {
        let (relation, find) = rows.into_relation::<K::Count>();
        (relation.with_link(key.link()), find)
    }
}

/// A relation through the table `L` in between, such as a junction table, made by `through`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime", primary_key(user_id, post_id))]
/// struct Like {
///     #[column(references = User::ID)]
///     user_id: i64,
///     #[column(references = Post::ID)]
///     post_id: i64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// db.create(Like).await?;
/// Like::insert(Like { user_id: 2, post_id: 1 }).execute(&db).await?;
/// let dan: (User, Vec<Post>) = User::find(2).with(Post.through(Like)).one(&db).await?;
/// assert_eq!(dan.1[0].title, "Hello");
/// # db.close().await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a relation does nothing until it is part of a query"]
pub struct Through<S, L> {
    rows: S,
    between: PhantomData<fn() -> L>,
}

impl<S: Clone, L> Clone for Through<S, L> {
    fn clone(&self) -> Self {
        Through { rows: self.rows.clone(), between: PhantomData }
    }
}

impl<T, P, Q, S: Relatable, L: Connects<T, P>> Relates<Through<S, L>, (P, Q)> for T
where
    S::Source: Connects<L, Q>,
    L::Keys: OneKey<L::From, L::To>,
    KeysOf<S::Source, L, Q>: OneKey<FromOf<S::Source, L, Q>, ToOf<S::Source, L, Q>>,
{
    type Of = S;
    type Out = S::Out<<L::Count as Cardinality>::Then<CountOf<S::Source, L, Q>>>;

    fn relate(Through { rows, .. }: Through<S, L>) -> (RelationQuery, FindRelated<Self::Out>) {
        let (relation, find) = rows.into_relation::<<L::Count as Cardinality>::Then<CountOf<S::Source, L, Q>>>();
        (relation.through(L::link(), SourceNode::of::<L>(), <S::Source as Connects<L, Q>>::link()), find)
    }
}

/// A relation through a table in between by two foreign keys that the user names, made by
/// `through_via`.
#[derive(Clone, Debug)]
#[must_use = "a relation does nothing until it is part of a query"]
pub struct ThroughVia<S, A, B> {
    rows: S,
    first: A,
    second: B,
}

impl<T, P, Q, S: Relatable, A: Via<T, P>, B> Relates<ThroughVia<S, A, B>, (P, Q)> for T
where
    B: Via<A::Target, Q, Target = S::Source>,
{
    type Of = S;
    type Out = S::Out<<A::Count as Cardinality>::Then<B::Count>>;

    fn relate(ThroughVia { rows, first, second }: ThroughVia<S, A, B>) -> (RelationQuery, FindRelated<Self::Out>) {
        let (relation, find) = rows.into_relation::<<A::Count as Cardinality>::Then<B::Count>>();
        (relation.through(first.link(), SourceNode::of::<A::Target>(), second.link()), find)
    }
}

macro_rules! relation_methods {
    ([$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> $type {
            /// Relates the rows by this foreign key. This is necessary if several foreign keys
            /// connect the two tables.
            ///
            /// ```
            /// # use aio_runtime as aio_sql;
            /// # use aio_sql::{Database, Result, Table};
            /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
            /// # struct User { #[column(primary_key)] id: i64 }
            /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
            /// # struct Post {
            /// #     #[column(references = User::ID)] author_id: i64,
            /// #     #[column(references = User::ID)] editor_id: Option<i64>,
            /// # }
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> Result<()> {
            /// # let db = Database::memory().await?; db.create_all((User, Post)).await?;
            /// let users: Vec<(User, Vec<Post>, u64)> = User::select()
            ///     .with(Post.via(Post::AUTHOR_ID))
            ///     .with(Post.count().via(Post::EDITOR_ID))
            ///     .all(&db)
            ///     .await?;
            /// # db.close().await }
            /// ```
            pub fn via<A, V, K>(self, key: Column<A, V, K>) -> RelatedVia<Self, Column<A, V, K>> {
                RelatedVia { rows: self, key }
            }

            /// Relates the rows through a table in between, such as a junction table:
            /// `Group.through(Membership)`. A row that a junction table connects several times is
            /// returned only once.
            ///
            /// ```
            /// # use aio_runtime as aio_sql;
            /// # use aio_sql::{Database, Result, Table};
            /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
            /// # struct User { #[column(primary_key)] id: i64 }
            /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime", name = "groups")]
            /// # struct Group { #[column(primary_key)] id: i64, name: String }
            /// #[derive(Table)]
            /// # #[table(crate = "aio_runtime")]
            /// #[table(primary_key(user_id, group_id))]
            /// struct Membership {
            ///     #[column(references = User::ID)]
            ///     user_id: i64,
            ///     #[column(references = Group::ID)]
            ///     group_id: i64,
            /// }
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> Result<()> {
            /// # let db = Database::memory().await?;
            /// # db.create_all((User, Group, Membership)).await?;
            /// let users: Vec<(User, Vec<Group>)> =
            ///     User::select().with(Group.through(Membership)).all(&db).await?;
            /// # db.close().await }
            /// ```
            pub fn through<L: Source>(self, _between: TableOf<L>) -> Through<Self, L> {
                Through { rows: self, between: PhantomData }
            }

            /// Relates the rows through a table in between by two foreign keys. The first connects
            /// the query's table with the table in between, and the second connects the table in
            /// between with the related table. For example: `User.through_via(Friendship::USER_ID,
            /// Friendship::FRIEND_ID)`.
            pub fn through_via<A, V, K, B, W, J>(
                self,
                first: Column<A, V, K>,
                second: Column<B, W, J>,
            ) -> ThroughVia<Self, Column<A, V, K>, Column<B, W, J>> {
                ThroughVia { rows: self, first, second }
            }
        }
    };
}
relation_methods!([C: Source] TableOf<C>);
relation_methods!([C: Source, O: FromRow] Select<C, O>);
relation_methods!([C: Source, O: Send + 'static] TableWith<C, O>);
relation_methods!([C: Source, O: Send + 'static] With<C, O>);
relation_methods!([S: Relatable] PerParent<S>);
relation_methods!([C: Source] Counted<C>);

impl<C: Source> TableOf<C> {
    /// Returns a relation that counts the related rows of each row of a query, instead of loading
    /// them. The number is a `u64`.
    pub fn count(self) -> Counted<C> {
        Counted { query: SelectQuery::of(SourceNode::of::<C>()), table: PhantomData }
    }
}

impl<C: Source, O: FromRow> Select<C, O> {
    /// Makes this query a relation that returns at most this number of rows for each parent row:
    /// the first ones in the order of this query. See [`With`].
    pub fn limit_per_parent(self, rows: impl RowCount) -> PerParent<Self> {
        PerParent { rows: self, limit: rows.rows() }
    }
}

impl<C: Source, O: Send + 'static> With<C, O> {
    /// Makes this query a relation that returns at most this number of rows for each parent row:
    /// the first ones in the order of this query. See [`With`].
    pub fn limit_per_parent(self, rows: impl RowCount) -> PerParent<Self> {
        PerParent { rows: self, limit: rows.rows() }
    }
}
