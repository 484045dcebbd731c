//! Calculations with points in time and intervals.

use super::super::{ExpressionWriter, Precedence};
use super::date;
use crate::expr::Node;
use crate::types::Type;

/// Writes an operator between two values, of which the first is a time of this type.
pub(super) fn calculate(writer: &mut dyn ExpressionWriter, ty: Type, left: &Node, operator: &str, right: &Node) {
    if !matches!(ty, Type::Timestamp | Type::DateTime) {
        return date::unsupported(writer);
    }
    writer.push("(");
    writer.operand(left, Precedence::Whole);
    writer.push(operator);
    writer.operand(right, Precedence::Whole);
    writer.push(")");
}
