//! The right side of `IN`.

use super::child::Child;
use super::node::{BinaryOp, Node, UnaryOp};
use super::operand::Operand;
use crate::types::{ColumnType, Nullness};
use crate::value::Value;

/// What can follow `IN` for a value of type `B`: a list of values, or a query that selects one
/// column.
#[diagnostic::on_unimplemented(
    message = "a `{B}` cannot be looked for in a `{Self}`",
    label = "expected a list of `{B}`, or a query that selects one",
    note = "a query selects one column by `.columns(..)`"
)]
pub trait Among<B> {
    /// The tables `S`, and those that it reads of the surrounding queries.
    type With<S>;

    /// Whether one of its values may be NULL.
    type Null: Nullness;

    /// Returns `operand IN (..)`, or `NOT IN`.
    fn among(self, operand: Node, negated: bool) -> Node;
}

#[diagnostic::do_not_recommend]
impl<B, I: IntoIterator> Among<B> for I
where
    I::Item: Operand<B, With<()> = ()>,
{
    type With<S> = S;
    type Null = <<I::Item as Operand<B>>::Value as ColumnType>::Null;

    fn among(self, operand: Node, negated: bool) -> Node {
        let (nulls, values): (Vec<_>, Vec<_>) =
            self.into_iter().map(Operand::into_node).partition(|value| matches!(value, Node::Value(Value::Null, _)));
        let list = |operand| Node::In(Child::new((Box::new(operand), values)), negated);
        // With `Option`s it behaves like `eq` and `ne`, which find NULL; IN does not.
        let (op, is_null) = match (negated, nulls.is_empty()) {
            _ if !I::Item::OPTIONAL => return list(operand),
            (false, true) => return list(operand),
            (false, false) | (true, true) => (BinaryOp::Or, UnaryOp::IsNull),
            (true, false) => (BinaryOp::And, UnaryOp::IsNotNull),
        };
        Node::all(op, vec![list(operand.clone()), Node::unary(is_null, operand)])
    }
}
