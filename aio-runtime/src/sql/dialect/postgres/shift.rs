//! Shifts of bits. PostgreSQL uses only the last six bits of the number of places, so that a shift
//! by 64 places would change nothing.

use super::super::{ExpressionWriter, Precedence};
use crate::expr::Node;
use crate::value::Value;

/// The number of places by which a `bigint` can be shifted, at most.
const MAX_PLACES: i64 = 63;

/// Writes the number of places after `<<`. A shift by more places than a `bigint` has is written
/// as two shifts.
pub(super) fn left(writer: &mut dyn ExpressionWriter, number: &Node) {
    places(writer, number);
    match number {
        Node::Value(Value::Integer(number), _) if *number <= MAX_PLACES => {}
        Node::Value(Value::Integer(_), _) => writer.push(" << 1"),
        _ => {
            writer.push(" << CASE WHEN ");
            writer.operand(number, Precedence::Bits);
            writer.push(" > 63 THEN 1 ELSE 0 END");
        }
    }
}

/// Writes the number of places after an operator, as an `integer`, up to the number at which no
/// bit of the left operand remains or each of them is that of the sign.
pub(super) fn places(writer: &mut dyn ExpressionWriter, number: &Node) {
    match number {
        Node::Value(Value::Integer(number), _) => writer.param(Value::Integer(*number.min(&MAX_PLACES))),
        Node::Value(..) => writer.untyped(number, Precedence::Whole),
        _ => {
            writer.push("CAST(CASE WHEN ");
            writer.operand(number, Precedence::Bits);
            writer.push(" > 63 THEN 63 ELSE ");
            writer.expression(number);
            writer.push(" END AS integer)");
        }
    }
}
