//! Conditions, and how to build them at run time.

use super::column::{Column, Expr};
use super::node::{BinaryOp, Node, UnaryOp};
use super::scope::Scoped;
use super::source::Source;
use crate::types::ColumnType;

/// A condition over `T`, which is a table or a tuple of tables. Every condition over a table can
/// be converted to this type, so that a `Vec<Condition<User>>` can hold different conditions.
///
/// `.into()` converts a condition over one table; [`rescope`](Expr::rescope) converts to a
/// condition over several tables, such as `Condition<(Post, User)>`. A condition that may be NULL
/// can be converted, too, because a filter treats NULL as false. In a projection, write
/// `condition.coalesce(false)` to get false instead of NULL.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Condition, Database, Result, Table, all_of};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String, age: Option<i32> }
/// # async fn run(db: Database, name: Option<String>, adults: bool) -> Result<()> {
/// let mut conditions: Vec<Condition<User>> = vec![];
/// if let Some(name) = name {
///     conditions.push(User::NAME.eq(name));
/// }
/// if adults {
///     conditions.push(User::AGE.ge(18).into());
/// }
/// let users = User::select().filter(all_of(conditions)).all(&db).await?;
/// # Ok(())
/// # }
/// ```
pub type Condition<T> = Expr<<T as Scoped>::Scope, bool>;

/// A condition: an expression or a column of type bool, or an `Option` of such a condition, where
/// `None` means that there is no condition: `.filter(name.map(|name| User::NAME.eq(name)))`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// /// `None` is no condition: all users are counted.
/// async fn named(name: Option<&str>, db: &Database) -> Result<u64> {
///     User::select().filter(name.map(|name| User::NAME.eq(name))).count(db).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// assert_eq!(named(Some("Dan"), &db).await?, 1);
/// assert_eq!(named(None, &db).await?, 2);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition",
    label = "expected a condition such as `User::ID.eq(1)`",
    note = "`.and(..)` and `.or(..)` combine conditions"
)]
pub trait Predicate {
    /// The set of tables that the condition reads.
    type Scope;

    /// The type of the condition's value: `bool`, or `Option<bool>` if it may be NULL.
    type Value: ColumnType<Base = bool>;

    /// Returns the condition's expression tree.
    fn into_condition(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<S, V: ColumnType<Base = bool>> Predicate for Expr<S, V> {
    type Scope = S;
    type Value = V;

    fn into_condition(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Source, V: ColumnType<Base = bool>, K> Predicate for Column<T, V, K> {
    type Scope = (T,);
    type Value = V;

    fn into_condition(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<C: Predicate> Predicate for Option<C> {
    type Scope = C::Scope;
    type Value = C::Value;

    fn into_condition(self) -> Node {
        self.map_or(Node::logical(BinaryOp::And, Vec::new()), C::into_condition)
    }
}

/// Returns a condition that holds if all of these conditions hold. Without any conditions, it
/// always holds, but does not count as the filter that an update or a delete needs.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Condition, all_of};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let conditions: Vec<Condition<User>> =
///     ["D", "Da", "Dana"].iter().map(|prefix| User::NAME.starts_with(*prefix)).collect();
/// assert_eq!(User::select().filter(all_of(conditions)).count(&db).await?, 1);
/// # db.close().await
/// # }
/// ```
pub fn all_of<S>(conditions: impl IntoIterator<Item = Expr<S, bool>>) -> Expr<S, bool> {
    combined(BinaryOp::And, conditions)
}

/// Returns a condition that holds if at least one of these conditions holds. Without any
/// conditions, it never holds.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::any_of;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let words = ["ana", "x"].map(|word| User::NAME.contains(word));
/// assert_eq!(User::select().filter(any_of(words)).columns(User::NAME).all(&db).await?, ["Dana"]);
/// # db.close().await
/// # }
/// ```
pub fn any_of<S>(conditions: impl IntoIterator<Item = Expr<S, bool>>) -> Expr<S, bool> {
    combined(BinaryOp::Or, conditions)
}

fn combined<S>(op: BinaryOp, conditions: impl IntoIterator<Item = Expr<S, bool>>) -> Expr<S, bool> {
    Expr::new(Node::logical(op, conditions.into_iter().map(Expr::into_node).collect()))
}

/// Returns a condition that holds if this condition does not hold, like `!condition`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::not;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let others = User::select().filter(not(User::NAME.starts_with("Dana"))).columns(User::NAME);
/// assert_eq!(others.all(&db).await?, ["Dan"]);
/// # db.close().await
/// # }
/// ```
pub fn not<C: Predicate>(condition: C) -> Expr<C::Scope, C::Value> {
    Expr::new(Node::unary(UnaryOp::Not, condition.into_condition()))
}
