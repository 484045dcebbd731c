//! Expressions that write their operands several times.

use super::super::{ExpressionWriter, Precedence};
use crate::expr::Node;

/// Writes an operand.
pub(super) type Write<'a> = &'a dyn Fn(&mut dyn ExpressionWriter);

/// Writes an expression in a subquery that names the operand `n`, so that the operand is computed
/// only once.
pub(super) fn one(
    writer: &mut dyn ExpressionWriter,
    operand: &Node,
    write: &dyn Fn(&mut dyn ExpressionWriter, Write<'_>),
) {
    let whole = |writer: &mut dyn ExpressionWriter| writer.operand(operand, Precedence::Whole);
    // A window function cannot be an operand in a subquery: the subquery has only one row, and the
    // function would see only that row.
    if operand.has_window() {
        return write(writer, &whole);
    }
    writer.push("(SELECT ");
    write(writer, &|writer| writer.push("n"));
    writer.push(" FROM (SELECT ");
    writer.expression(operand);
    writer.push(" AS n) AS operands)");
}

/// Writes an expression in a subquery that names the operands `n` and `d`, so that each is
/// computed only once.
pub(super) fn two(
    writer: &mut dyn ExpressionWriter,
    operands: [&Node; 2],
    write: &dyn Fn(&mut dyn ExpressionWriter, Write<'_>, Write<'_>),
) {
    let [first, second] = operands;
    if first.has_window() || second.has_window() {
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
