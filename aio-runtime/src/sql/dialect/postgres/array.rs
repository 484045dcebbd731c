//! Operators and functions of arrays.

use super::super::{ExpressionWriter, Precedence};
use crate::expr::Node;
use crate::schema::TableDef;

/// Writes whether a value is an element of an array, by the operator for which an index of the
/// kind GIN is used.
pub(super) fn has(writer: &mut dyn ExpressionWriter, array: &Node, value: &Node) {
    writer.operand(array, Precedence::Whole);
    writer.push(" @> ARRAY[");
    writer.expression(value);
    writer.push("]");
}

/// Writes an operator between two arrays.
pub(super) fn compare(writer: &mut dyn ExpressionWriter, left: &Node, operator: &str, right: &Node) {
    writer.operand(left, Precedence::Whole);
    writer.push(operator);
    writer.operand(right, Precedence::Whole);
}

/// Writes the number of elements of an array.
pub(super) fn length(writer: &mut dyn ExpressionWriter, array: &Node) {
    writer.push("CAST(CARDINALITY(");
    writer.expression(array);
    writer.push(") AS bigint)");
}

/// Writes a query in FROM that returns the elements of an array as rows.
pub(super) fn unnest(writer: &mut dyn ExpressionWriter, record: &TableDef, array: &Node) {
    let [column] = record.columns else { return };
    writer.push("LATERAL (SELECT UNNEST(");
    writer.expression(array);
    writer.push(") AS ");
    writer.name(column.name);
    writer.push(")");
}
