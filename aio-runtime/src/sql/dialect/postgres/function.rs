//! Calls of PostgreSQL's functions.

use super::super::{ExpressionWriter, Precedence};
use super::{array, date, decimal, interval, json, real, text_match, text_search};
use crate::expr::{Call, Function, Node, OrderNode};
use crate::types::Type;
use crate::value::Value;

/// Writes a call of a function.
pub(super) fn call(writer: &mut dyn ExpressionWriter, call: &Call) {
    let arguments = &call.arguments[..];
    match (call.function, arguments) {
        // PostgreSQL's sum and mean of `bigint` are `numeric`, and are converted to the type of
        // the result.
        (Function::Sum(ty), _) if ty.stored() == Type::Integer => cast(writer, "SUM", call, "bigint"),
        // The mean of integers would be rounded to fewer digits than a float has.
        (Function::Avg, [value]) => {
            writer.call_as("AVG", call, &[real::as_real(value)]);
        }
        (Function::Min(Type::Bool), _) => writer.call_as("BOOL_AND", call, arguments),
        (Function::Max(Type::Bool), _) => writer.call_as("BOOL_OR", call, arguments),
        (Function::Min(Type::Uuid | Type::Blob), [value]) => first_of(writer, call, value, false),
        (Function::Max(Type::Uuid | Type::Blob), [value]) => first_of(writer, call, value, true),
        (Function::Total, _) => {
            writer.push("COALESCE(");
            cast(writer, "SUM", call, "double precision");
            writer.push(", 0)");
        }
        (Function::GroupConcat, _) => writer.call_as("STRING_AGG", call, arguments),
        // Of two texts that are equal without regard to case, SQLite returns the last one.
        (Function::Least, _) => {
            let arguments = arguments.iter().rev().cloned().collect();
            of_all(writer, "LEAST", &Call { arguments, ..call.clone() });
        }
        (Function::Greatest, _) => of_all(writer, "GREATEST", call),
        (Function::Position, _) => on_bytes(writer, "STRPOS", call),
        (Function::Replace, _) => on_bytes(writer, "REPLACE", call),
        // With the collation "C", the case of only ASCII letters is changed, as in SQLite.
        (Function::Lower, _) => on_bytes(writer, "LOWER", call),
        (Function::Upper, _) => on_bytes(writer, "UPPER", call),
        (Function::Sign, _) => cast(writer, "SIGN", call, "bigint"),
        (Function::Power, [base, exponent]) => real::power(writer, base, exponent),
        (Function::Exp, [number]) => real::exp(writer, number),
        (Function::Round, [number, digits @ ..]) => real::round(writer, number, digits),
        (Function::Radians, [number]) => real::radians(writer, number),
        (Function::Degrees, [number]) => real::degrees(writer, number),
        (Function::Sin, [number]) => real::of_finite(writer, "SIN", number),
        (Function::Cos, [number]) => real::of_finite(writer, "COS", number),
        (Function::Tan, [number]) => real::of_finite(writer, "TAN", number),
        (Function::Sqrt, [number]) => real::within(writer, "SQRT", number, " >= 0"),
        (Function::Ln, [number]) => real::within(writer, "LN", number, " > 0"),
        (Function::Log10, [number]) => real::within(writer, "LOG10", number, " > 0"),
        (Function::Asin, [number]) => real::within(writer, "ASIN", number, " BETWEEN -1 AND 1"),
        (Function::Acos, [number]) => real::within(writer, "ACOS", number, " BETWEEN -1 AND 1"),
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
        (Function::ArrayHas, [array, value]) => array::has(writer, array, value),
        (Function::ArrayContains, [left, right]) => array::compare(writer, left, " @> ", right),
        (Function::ArrayOverlaps, [left, right]) => array::compare(writer, left, " && ", right),
        (Function::ArrayLength, [array]) => array::length(writer, array),
        (Function::TsVector, _) => text_search::vector(writer, arguments),
        (Function::TsQuery(kind), _) => text_search::query(writer, kind, arguments),
        (Function::TsHeadline, _) => text_search::headline(writer, arguments),
        (Function::TsMatches, [vector, query]) => text_search::matches(writer, vector, query),
        (Function::TsRank, _) => text_search::rank(writer, "TS_RANK", arguments),
        (Function::TsRankCd, _) => text_search::rank(writer, "TS_RANK_CD", arguments),
        (Function::TsWeight(weight), [vector]) => text_search::weighted(writer, vector, weight),
        (Function::TsConcat, [left, right]) => text_search::concat(writer, left, right),
        (Function::PlusInterval(ty), [time, distance]) => interval::calculate(writer, ty, time, " + ", distance),
        (Function::MinusInterval(ty), [time, distance]) => interval::calculate(writer, ty, time, " - ", distance),
        (Function::Since(ty), [time, earlier]) => interval::calculate(writer, ty, time, " - ", earlier),
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

/// Writes the first of the values in their order, for a type that has no MIN and MAX.
fn first_of(writer: &mut dyn ExpressionWriter, call: &Call, value: &Node, descending: bool) {
    if call.over.is_some() {
        writer.unsupported("`min` or `max` of UUIDs or bytes over a window");
    }
    let order = OrderNode { node: value.clone(), descending, nulls_first: Some(false) };
    let sorted = Call { orders: vec![order], distinct: false, ..call.clone() };
    writer.push("(");
    writer.call_as("ARRAY_AGG", &sorted, &call.arguments);
    writer.push(")[1]");
}

/// Writes a call whose first argument has the collation `"C"`. A text with a collation that
/// ignores case cannot be searched.
fn on_bytes(writer: &mut dyn ExpressionWriter, name: &str, call: &Call) {
    writer.push(name);
    writer.push("(");
    for (place, argument) in call.arguments.iter().enumerate() {
        match place {
            0 => text_match::bytes(writer, argument),
            _ => {
                writer.push(", ");
                writer.expression(argument);
            }
        }
    }
    writer.push(")");
}

/// Writes a call in which placeholders have no types, so that PostgreSQL infers the types from the
/// function. A count that is too large for the type `integer` is written as the largest one.
fn counted(writer: &mut dyn ExpressionWriter, name: &str, call: &Call) {
    writer.push(name);
    writer.push("(");
    writer.separated(&call.arguments, |writer, argument| match argument {
        Node::Value(Value::Integer(count), _) => writer.param(Value::Integer((*count).min(i32::MAX.into()))),
        argument => writer.untyped(argument, Precedence::Or),
    });
    writer.push(")");
    writer.filter_and_over(call);
}
