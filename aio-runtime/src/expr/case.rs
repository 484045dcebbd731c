//! `CASE` expressions.

use std::marker::PhantomData;

use super::child::Child;
use super::column::Expr;
use super::condition::Predicate;
use super::node::Node;
use super::operand::Operand;
use super::scope::{Both, Guard, Reads};
use crate::types::{ColumnType, NotNull, Nullable, Nullness, SqlType, Type};
use crate::value::Value;

/// A `CASE` expression that is being built. Its value is the value of the first branch whose
/// condition holds.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, case};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, age: i32 }
/// # async fn run(db: Database) -> Result<()> {
/// let group = case::<String>()
///     .when(User::AGE.lt(13), "child")
///     .when(User::AGE.lt(20), "teen")
///     .otherwise("adult");
/// let groups: Vec<String> = User::select().columns(group).all(&db).await?;
/// # Ok(())
/// # }
/// ```
///
/// If the number of branches is known only at run time, name the tables that the `CASE` reads in
/// its type, such as `(User,)` or `(User, Team)`, and add branches with [`push`](Case::push),
/// which does not change the type:
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Case, Expr, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, age: i32 }
/// fn group(names: &[(i32, &str)]) -> Expr<(User,), Option<String>> {
///     let mut group = Case::<(User,), String>::new();
///     for (age, name) in names {
///         group.push(User::AGE.lt(*age), *name);
///     }
///     group.end()
/// }
/// ```
#[must_use = "a `case` ends with `otherwise` or `end`"]
pub struct Case<S, B, N = NotNull> {
    branches: Vec<(Node, Node)>,
    #[allow(clippy::type_complexity, reason = "three type parameters, of which no value is stored")]
    types: PhantomData<fn() -> (S, B, N)>,
}

/// Begins a `CASE` expression with values of type `B`, such as `case::<String>()`. `B` has to be
/// named: it is not inferred from the type that the rows are read as.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::case;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let level = case::<String>().when(User::KARMA.ge(5), "expert").otherwise("beginner");
/// let levels = User::select().order_by(User::KARMA).columns((User::NAME, level)).all(&db).await?;
/// assert_eq!(levels[0], ("Dan".to_owned(), "beginner".to_owned()));
/// assert_eq!(levels[1], ("Dana".to_owned(), "expert".to_owned()));
/// # db.close().await
/// # }
/// ```
pub fn case<B: SqlType>() -> Case<(), B> {
    Case::new()
}

impl<S, B, N> Clone for Case<S, B, N> {
    fn clone(&self) -> Self {
        Case { branches: self.branches.clone(), types: PhantomData }
    }
}

impl<S, B, N> std::fmt::Debug for Case<S, B, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.branches.fmt(f)
    }
}

/// Begins a `CASE` expression whose type names the tables that it reads. With `Nullable` in the
/// type, the values may be NULL: `Case<(User,), String, Nullable>`.
impl<S, B: SqlType, N: Nullness> Default for Case<S, B, N> {
    fn default() -> Self {
        Case { branches: Vec::new(), types: PhantomData }
    }
}

impl<S, B: SqlType> Case<S, B> {
    /// Begins a `CASE` expression whose type names the tables that it reads, for
    /// [`push`](Case::push). In contrast, the type of a [`case`] changes with each branch, which
    /// adds its tables.
    pub fn new() -> Self {
        Case::default()
    }
}

impl<S, B: SqlType, N: Nullness> Case<S, B, N> {
    /// Adds a branch: the value for rows where this condition holds and no earlier condition does.
    #[allow(
        clippy::type_complexity,
        reason = "it has the tables that are read and whether NULL is possible, as for every operator"
    )]
    pub fn when<C: Predicate, R: Operand<B>>(
        mut self,
        condition: C,
        value: R,
    ) -> Case<R::With<Both<S, Guard<C::Scope>>>, B, N::Or<<R::Value as ColumnType>::Null>> {
        self.branches.push((condition.into_condition(), value.into_node()));
        Case { branches: self.branches, types: PhantomData }
    }

    /// Adds a branch like [`when`](Case::when), but does not change the type, which already names
    /// the tables that the condition and the value read.
    pub fn push<C: Predicate, R: Operand<B>, P>(&mut self, condition: C, value: R)
    where
        S: Reads<R::With<C::Scope>, P>,
        N: AllowsNullness<<R::Value as ColumnType>::Null>,
    {
        self.branches.push((condition.into_condition(), value.into_node()));
    }

    /// Ends the `CASE` with a value for rows where no condition holds: `ELSE`.
    #[allow(
        clippy::type_complexity,
        reason = "it has the tables that are read and whether NULL is possible, as for every operator"
    )]
    pub fn otherwise<R: Operand<B>>(
        self,
        value: R,
    ) -> Expr<R::With<S>, <N::Or<<R::Value as ColumnType>::Null> as Nullness>::Of<B>> {
        Expr::new(case_node(self.branches, Some(value.into_node()), B::TYPE))
    }

    /// Ends the `CASE` without `ELSE`: the value is NULL where no condition holds.
    pub fn end(self) -> Expr<S, Option<B>> {
        Expr::new(case_node(self.branches, None, B::TYPE))
    }
}

fn case_node(branches: Vec<(Node, Node)>, otherwise: Option<Node>, ty: Type) -> Node {
    // SQL does not allow a CASE without WHEN, so that only the value of ELSE is left.
    if branches.is_empty() {
        return otherwise.unwrap_or(Node::Value(Value::Null, Some(ty)));
    }
    Node::Case(Child::new((branches, otherwise.map(Box::new))))
}

/// Implemented where a `Case` of the nullness `Self` allows a value of the nullness `N`:
/// [`NotNull`] allows only values that are never NULL, and [`Nullable`] allows every value.
#[diagnostic::on_unimplemented(
    message = "the value may be NULL, but this `Case` does not allow NULL",
    label = "this value may be NULL",
    note = "`Case<_, _, Nullable>` allows it"
)]
pub trait AllowsNullness<N> {}

#[diagnostic::do_not_recommend]
impl AllowsNullness<NotNull> for NotNull {}
#[diagnostic::do_not_recommend]
impl<N> AllowsNullness<N> for Nullable {}
