//! The right operand of `IN`.

use super::child::Child;
use super::node::{BinaryOp, Node, UnaryOp};
use super::operand::Operand;
use crate::types::{ColumnType, Nullness};
use crate::value::Value;

/// The right operand of `IN` after a value of type `B`: a list of values, or a query that selects
/// one column.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let count = |condition| User::select().filter(condition).count(&db);
/// assert_eq!(count(User::ID.is_in([1, 2, 3])).await?, 2);
/// let authors = Post::select().columns(Post::USER_ID);
/// assert_eq!(User::select().filter(User::ID.is_in(authors)).count(&db).await?, 1);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`IN` cannot compare a `{B}` with the values of a `{Self}`",
    label = "expected a list of `{B}`, or a query that selects one column of that type",
    note = "`.columns(..)` selects one column of a query"
)]
pub trait InOperand<B> {
    /// The tables `S`, and, if the operand is a subquery, the tables of surrounding queries that
    /// it reads.
    type With<S>;

    /// Says, as a type, whether a value of the list or the query may be NULL.
    type Null: Nullness;

    /// Returns `operand IN (..)`, or `NOT IN`.
    fn into_in(self, operand: Node, negated: bool) -> Node;
}

#[diagnostic::do_not_recommend]
impl<B, I: IntoIterator> InOperand<B> for I
where
    I::Item: Operand<B, With<()> = ()>,
{
    type With<S> = S;
    type Null = <<I::Item as Operand<B>>::Value as ColumnType>::Null;

    fn into_in(self, operand: Node, negated: bool) -> Node {
        let (nulls, values): (Vec<_>, Vec<_>) =
            self.into_iter().map(Operand::into_node).partition(|value| matches!(value, Node::Value(Value::Null, _)));
        let list = |operand| Node::In(Child::new((Box::new(operand), values)), negated);
        // With a list of `Option`s, NULL equals `None`, as for `eq` and `ne`. IN never finds NULL,
        // so a condition is added.
        let (op, is_null) = match (negated, nulls.is_empty()) {
            _ if !I::Item::OPTIONAL => return list(operand),
            (false, true) => return list(operand),
            (false, false) | (true, true) => (BinaryOp::Or, UnaryOp::IsNull),
            (true, false) => (BinaryOp::And, UnaryOp::IsNotNull),
        };
        Node::logical(op, vec![list(operand.clone()), Node::unary(is_null, operand)])
    }
}
