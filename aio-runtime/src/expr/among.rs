//! What `IN` takes.

use super::node::Node;
use super::operand::Operand;

/// What a value of type `B` can be looked for in: a list of values, or a query that selects one column.
#[diagnostic::on_unimplemented(
    message = "a `{B}` cannot be looked for in a `{Self}`",
    label = "expected a list of `{B}`, or a query that selects one",
    note = "a query selects one column by `.columns(..)`"
)]
pub trait Among<B> {
    /// The tables `S` and those that it reads of the queries around it.
    type With<S>;

    /// `operand IN (..)`, or `NOT IN`.
    fn among(self, operand: Node, negated: bool) -> Node;
}

#[diagnostic::do_not_recommend]
impl<B, I: IntoIterator> Among<B> for I
where
    I::Item: Operand<B, With<()> = ()>,
{
    type With<S> = S;

    fn among(self, operand: Node, negated: bool) -> Node {
        Node::In(Box::new(operand), self.into_iter().map(Operand::into_node).collect(), negated)
    }
}
