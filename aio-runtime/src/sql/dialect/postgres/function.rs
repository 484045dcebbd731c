//! Calls of PostgreSQL's functions.

use super::super::{ExpressionWriter, Precedence};
use super::{date, decimal, json};
use crate::expr::{Call, Function, Node};
use crate::types::Type;
use crate::value::Value;

/// Writes a call of a function.
pub(super) fn call(writer: &mut dyn ExpressionWriter, call: &Call) {
    let arguments = &call.arguments[..];
    match (call.function, arguments) {
        // PostgreSQL's sum and mean of `bigint` are `numeric`, and are converted to the type of
        // the result.
        (Function::Sum(ty), _) if ty.stored() == Type::Integer => cast(writer, "SUM", call, "bigint"),
        (Function::Avg, _) => cast(writer, "AVG", call, "double precision"),
        (Function::Total, _) => {
            writer.push("COALESCE(");
            cast(writer, "SUM", call, "double precision");
            writer.push(", 0)");
        }
        (Function::GroupConcat, _) => writer.call_as("STRING_AGG", call, arguments),
        (Function::Least, _) => of_all(writer, "LEAST", call),
        (Function::Greatest, _) => of_all(writer, "GREATEST", call),
        (Function::Position, _) => writer.call_as("STRPOS", call, arguments),
        (Function::Sign, _) => cast(writer, "SIGN", call, "bigint"),
        (Function::Round, [number, digits @ ..]) => round(writer, number, digits),
        // For an argument outside the domain of these functions, other databases return NULL, but
        // PostgreSQL would fail.
        (Function::Sqrt, [number]) => within(writer, "SQRT", number, " >= 0"),
        (Function::Ln, [number]) => within(writer, "LN", number, " > 0"),
        (Function::Log10, [number]) => within(writer, "LOG10", number, " > 0"),
        (Function::Asin, [number]) => within(writer, "ASIN", number, " BETWEEN -1 AND 1"),
        (Function::Acos, [number]) => within(writer, "ACOS", number, " BETWEEN -1 AND 1"),
        // The counts and positions among the arguments of these functions have to be of the type
        // `integer`, which PostgreSQL infers for a placeholder that is written without a type.
        (Function::Ntile, _) => counted(writer, "NTILE", call),
        (Function::Lag, _) => counted(writer, "LAG", call),
        (Function::Lead, _) => counted(writer, "LEAD", call),
        (Function::NthValue, _) => counted(writer, "NTH_VALUE", call),
        (Function::Substring, _) => counted(writer, "SUBSTR", call),
        // No check is written, because PostgreSQL's own operators fail if an integer overflows.
        (Function::Checked, [value]) => {
            writer.push("(");
            writer.expression(value);
            writer.push(")");
        }
        (Function::DivideTo(power), [dividend, divisor]) => decimal::divide_to(writer, dividend, divisor, power),
        (Function::DecimalText(scale), [units]) => decimal::of_units(writer, units, scale, "text"),
        (Function::DecimalReal(scale), [units]) => decimal::of_units(writer, units, scale, "double precision"),
        (Function::ToScale(scale), [value]) => decimal::to_scale(writer, value, scale),
        (Function::DatePart(part, ty), [value]) => date::part(writer, part, ty, value),
        (Function::DateText(ty), [value]) => date::text(writer, ty, value),
        (Function::UnixSeconds(ty), [value]) => date::unix_seconds(writer, ty, value),
        (Function::Encoded(..), _) => date::unsupported(writer),
        (Function::JsonGroupArray, [value]) => json::group_array(writer, call, value),
        (Function::JsonValue(ty), [value]) => json::value(writer, ty, value),
        (Function::JsonExtract(ty), [document, path]) => json::extract(writer, ty, document, path),
        (Function::JsonSet, [document, path, value]) => json::set(writer, document, path, value),
        (Function::JsonArrayLength, [document]) => json::array_length(writer, document),
        (Function::JsonContains(ty), [document, value]) => json::contains(writer, ty, document, value),
        _ => {
            if !writer.shared_call(call) {
                writer.unsupported(format!("function `{:?}`", call.function));
            }
        }
    }
}

fn cast(writer: &mut dyn ExpressionWriter, name: &str, call: &Call, ty: &str) {
    writer.push("CAST(");
    writer.call_as(name, call, &call.arguments);
    writer.push(" AS ");
    writer.push(ty);
    writer.push(")");
}

/// Writes LEAST or GREATEST so that the result is NULL if any argument is NULL. PostgreSQL's own
/// functions ignore NULL.
fn of_all(writer: &mut dyn ExpressionWriter, name: &str, call: &Call) {
    let mut nullable =
        call.arguments.iter().filter(|node| !matches!(node, Node::Value(value, _) if *value != Value::Null)).peekable();
    if nullable.peek().is_none() {
        return writer.call_as(name, call, &call.arguments);
    }
    writer.push("CASE WHEN ");
    for (place, node) in nullable.enumerate() {
        if place > 0 {
            writer.push(" AND ");
        }
        writer.operand(node, Precedence::Comparison);
        writer.push(" IS NOT NULL");
    }
    writer.push(" THEN ");
    writer.call_as(name, call, &call.arguments);
    writer.push(" END");
}

/// Writes ROUND with a conversion to `numeric`, because PostgreSQL would round a `double
/// precision` half to even.
fn round(writer: &mut dyn ExpressionWriter, number: &Node, digits: &[Node]) {
    writer.push("CAST(ROUND(CAST(");
    writer.expression(number);
    writer.push(" AS numeric)");
    for digits in digits {
        writer.push(", ");
        writer.untyped(digits, Precedence::Or);
    }
    writer.push(") AS double precision)");
}

/// Writes a call that is NULL if the condition does not hold for the argument `number`.
fn within(writer: &mut dyn ExpressionWriter, name: &str, number: &Node, condition: &str) {
    writer.push(name);
    writer.push("(CASE WHEN ");
    writer.operand(number, Precedence::Bits);
    writer.push(condition);
    writer.push(" THEN ");
    writer.expression(number);
    writer.push(" END)");
}

/// Writes a call in which placeholders have no types, so that PostgreSQL infers the types from the
/// function.
fn counted(writer: &mut dyn ExpressionWriter, name: &str, call: &Call) {
    writer.push(name);
    writer.push("(");
    writer.separated(&call.arguments, |writer, argument| writer.untyped(argument, Precedence::Or));
    writer.push(")");
    writer.filter_and_over(call);
}
