//! Expressions that write their operands several times.

use super::super::{ExpressionWriter, Precedence};
use crate::expr::Node;
use crate::types::Type;

/// Writes an operand.
pub(super) type Write<'a> = &'a dyn Fn(&mut dyn ExpressionWriter);

/// Writes an expression that has the operand several times. Unless the operand is only a column,
/// it is named `n` by a subquery, so that it is computed only once.
pub(super) fn one(
    writer: &mut dyn ExpressionWriter,
    operand: &Node,
    write: &dyn Fn(&mut dyn ExpressionWriter, Write<'_>),
) {
    let whole = |writer: &mut dyn ExpressionWriter| writer.operand(operand, Precedence::Whole);
    one_written(writer, &whole, may_repeat(operand), write);
}

/// Like [`one`], for an operand that is written by a function. `repeats` says that it is written
/// several times.
pub(super) fn one_written(
    writer: &mut dyn ExpressionWriter,
    operand: Write<'_>,
    repeats: bool,
    write: &dyn Fn(&mut dyn ExpressionWriter, Write<'_>),
) {
    if repeats {
        return write(writer, operand);
    }
    writer.push("(SELECT ");
    write(writer, &|writer| writer.push("n"));
    writer.push(" FROM (SELECT ");
    operand(writer);
    writer.push(" AS n) AS operands)");
}

/// Returns whether an operand is written several times: one that costs nothing to compute, or one
/// with a window function. The latter cannot be in a subquery, which has only one row: the
/// function would see only that row.
pub(super) fn may_repeat(operand: &Node) -> bool {
    match operand {
        Node::Column(_) => true,
        Node::Cast(operand, Type::Integer, Type::Real) if matches!(***operand, Node::Column(_)) => true,
        operand => operand.has_window(),
    }
}

/// Writes an expression that has two operands several times. Unless they are only columns, they
/// are named `n` and `d` by a subquery, so that each is computed only once.
pub(super) fn two(
    writer: &mut dyn ExpressionWriter,
    operands: [&Node; 2],
    write: &dyn Fn(&mut dyn ExpressionWriter, Write<'_>, Write<'_>),
) {
    let [first, second] = operands;
    if first.has_window() || second.has_window() || may_repeat(first) && may_repeat(second) {
        let first = |writer: &mut dyn ExpressionWriter| writer.operand(first, Precedence::Whole);
        return write(writer, &first, &|writer| writer.operand(second, Precedence::Whole));
    }
    writer.push("(SELECT ");
    write(writer, &|writer| writer.push("n"), &|writer| writer.push("d"));
    writer.push(" FROM (SELECT ");
    writer.expression(first);
    writer.push(" AS n, ");
    writer.expression(second);
    writer.push(" AS d) AS operands)");
}
