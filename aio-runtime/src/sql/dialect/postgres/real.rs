//! Functions of floating-point numbers. Where a number is outside of the domain of a function, or
//! the result is too large or too small for a `double precision`, PostgreSQL fails; SQLite returns
//! NULL, infinity or zero, and so do the texts that are written here.

use super::super::{ExpressionWriter, Precedence};
use super::operands::{self, Write};
use crate::expr::{BinaryOp, Child, Function, Node, UnaryOp};
use crate::types::Type;

/// Returns the conversion of a number to a float.
pub(super) fn as_real(number: &Node) -> Node {
    Node::Cast(Child::boxed(number.clone()), Type::Integer, Type::Real)
}

/// Returns a remainder of floats as that of their integers, which it is in SQLite. Returns `None`
/// for what is no remainder of floats.
pub(super) fn remainder(node: &Node) -> Option<Node> {
    let Node::Binary(dividend, BinaryOp::Remainder, divisor) = node else { return None };
    let integer = |node: &Node| match is_real(node) {
        true => Node::Cast(Child::boxed(node.clone()), Type::Real, Type::Integer),
        false => node.clone(),
    };
    (is_real(dividend) || is_real(divisor))
        .then(|| as_real(&Node::binary(integer(dividend), BinaryOp::Remainder, integer(divisor))))
}

/// Returns whether an expression is a float, as far as the tree says.
fn is_real(node: &Node) -> bool {
    match node {
        Node::Column(column) => column.table.column(column.name).is_some_and(|column| column.ty == Type::Real),
        Node::Value(_, ty) => *ty == Some(Type::Real),
        Node::Cast(_, _, to) => *to == Type::Real,
        Node::Unary(UnaryOp::Negate, number) => is_real(number),
        Node::Binary(
            left,
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder,
            right,
        ) => is_real(left) || is_real(right),
        Node::Call(call) => match call.function {
            Function::Sum(ty) | Function::Min(ty) | Function::Max(ty) | Function::JsonExtract(ty) => ty == Type::Real,
            Function::Abs | Function::Coalesce | Function::NullIf | Function::Least | Function::Greatest => {
                call.arguments.iter().any(is_real)
            }
            Function::Avg | Function::Total | Function::Round | Function::Ceil | Function::Floor | Function::Trunc => {
                true
            }
            Function::Sqrt | Function::Power | Function::Exp | Function::Ln | Function::Log10 => true,
            Function::Radians | Function::Degrees | Function::Sin | Function::Cos | Function::Tan => true,
            Function::Asin | Function::Acos | Function::Atan | Function::Atan2 => true,
            _ => false,
        },
        _ => false,
    }
}

/// Writes a call that is NULL if the condition does not hold for the argument `number`.
pub(super) fn within(writer: &mut dyn ExpressionWriter, name: &str, number: &Node, condition: &str) {
    writer.push(name);
    writer.push("(CASE WHEN ");
    writer.operand(number, Precedence::Bits);
    writer.push(condition);
    writer.push(" THEN ");
    writer.expression(number);
    writer.push(" END)");
}

/// Writes a call of a function that is NULL for an infinite argument.
pub(super) fn of_finite(writer: &mut dyn ExpressionWriter, name: &str, number: &Node) {
    operands::one(writer, &as_real(number), &|writer, number| {
        pushed(writer, number, ["CASE WHEN ABS(", ") < 'Infinity' THEN "]);
        writer.push(name);
        pushed(writer, number, ["(", ") END"]);
    });
}

/// Writes EXP, which is NULL if the power is too large.
pub(super) fn exp(writer: &mut dyn ExpressionWriter, number: &Node) {
    operands::one(writer, &as_real(number), &|writer, number| {
        pushed(writer, number, ["CASE WHEN ", " > 709.782712893384 AND "]);
        pushed(writer, number, ["", " < 'Infinity' THEN NULL WHEN "]);
        pushed(writer, number, ["", " < -745.1332191019411 THEN 0 ELSE EXP("]);
        number(writer);
        writer.push(") END");
    });
}

/// Writes POWER, which is NULL if there is no real result, or none that is finite.
pub(super) fn power(writer: &mut dyn ExpressionWriter, base: &Node, exponent: &Node) {
    operands::two(writer, [&as_real(base), &as_real(exponent)], &|writer, base, exponent| {
        let parts: &[(&str, Write<'_>)] = &[
            ("CASE WHEN ", base),
            (" < 0 AND ", base),
            (" > '-Infinity' AND ", exponent),
            (" <> TRUNC(", exponent),
            (") OR ", base),
            (" = 0 AND ", exponent),
            (" < 0 THEN NULL WHEN ", base),
            (" IN (0, 1, -1) OR ABS(", exponent),
            (") < 1e-200 AND ABS(", base),
            (") < 'Infinity' THEN POWER(", base),
            (", ", exponent),
            (") WHEN ABS(", base),
            (") = 'Infinity' THEN CASE WHEN ", exponent),
            (" = 0 THEN 1 WHEN ", exponent),
            // The logarithm of the result tells whether the result is too large or too small. The
            // exponent is limited, so that the logarithm itself is neither.
            (" < 0 THEN 0 END WHEN LEAST(GREATEST(", exponent),
            (", -1e300), 1e300) * LN(ABS(", base),
            (")) > 709.782712893384 THEN NULL WHEN LEAST(GREATEST(", exponent),
            (", -1e300), 1e300) * LN(ABS(", base),
            (")) < -745.1332191019411 THEN 0 ELSE POWER(", base),
            (", ", exponent),
        ];
        for (before, operand) in parts {
            writer.push(before);
            operand(writer);
        }
        writer.push(") END");
    });
}

/// Writes DEGREES, which is infinite if the result is too large.
pub(super) fn degrees(writer: &mut dyn ExpressionWriter, number: &Node) {
    operands::one(writer, &as_real(number), &|writer, number| {
        pushed(writer, number, ["CASE WHEN ABS(", ") > 3.1375664143845866e306 THEN "]);
        pushed(writer, number, ["", " * 'Infinity' ELSE DEGREES("]);
        number(writer);
        writer.push(") END");
    });
}

/// Writes RADIANS, which is zero if the result is too small.
pub(super) fn radians(writer: &mut dyn ExpressionWriter, number: &Node) {
    operands::one(writer, &as_real(number), &|writer, number| {
        pushed(writer, number, ["CASE WHEN ABS(", ") < 1.5e-322 THEN 0 ELSE RADIANS("]);
        number(writer);
        writer.push(") END");
    });
}

/// Writes ROUND of a `numeric`, because PostgreSQL would round a `double precision` half to even.
/// A conversion to `numeric` would keep only 15 digits, and round 0.285, which is a little less,
/// to 0.29. So the number is put together from its integer and its fraction in units of 2 to the
/// power of -60.
pub(super) fn round(writer: &mut dyn ExpressionWriter, number: &Node, digits: &[Node]) {
    operands::one(writer, &as_real(number), &|writer, number| {
        // A larger number has no places after the point.
        writer.push("CASE WHEN ABS(");
        number(writer);
        writer.push(") < 4503599627370496 THEN CAST(ROUND(CAST(CAST(TRUNC(");
        number(writer);
        writer.push(") AS bigint) AS numeric) + CAST(CAST((");
        number(writer);
        writer.push(" - TRUNC(");
        number(writer);
        writer
            .push(")) * 1152921504606846976 AS bigint) AS numeric) * 8.67361737988403547205962240695953369140625e-19");
        for digits in digits {
            writer.push(", ");
            writer.untyped(digits, Precedence::Or);
        }
        writer.push(") AS double precision) ELSE ");
        number(writer);
        writer.push(" END");
    });
}

/// Writes the float that a text begins with, or zero. A number that is too large is infinite, and
/// one that is too small is zero.
pub(super) fn of_text(writer: &mut dyn ExpressionWriter, text: Write<'_>, has_window: bool) {
    let number = |writer: &mut dyn ExpressionWriter| {
        writer.push("CAST(REGEXP_REPLACE(");
        text(writer);
        writer.push(r", '^\s*([-+]?)(\d*)(\.\d*)?([eE][-+]?\d{1,3})?.*$', '\10\2\3\4') AS numeric)");
    };
    operands::one_written(writer, &number, has_window, &|writer, number| {
        pushed(writer, number, ["CASE WHEN ", " >= 1.7976931348623158079e308 THEN 'Infinity' WHEN "]);
        pushed(writer, number, ["", " <= -1.7976931348623158079e308 THEN '-Infinity' WHEN ABS("]);
        pushed(writer, number, ["", ") < 2.4703282292062328e-324 THEN 0 ELSE CAST("]);
        number(writer);
        writer.push(" AS double precision) END");
    });
}

/// Writes a float as text: with 15 digits, a point that tells it from an integer, and an exponent
/// if it is large or small.
pub(super) fn to_text(writer: &mut dyn ExpressionWriter, number: &Node) {
    operands::one(writer, number, &|writer, number| {
        pushed(writer, number, ["CASE WHEN ", " = 'Infinity' THEN 'Inf' WHEN "]);
        pushed(writer, number, ["", " = '-Infinity' THEN '-Inf' WHEN "]);
        pushed(writer, number, ["", " <> 0 AND (ABS("]);
        pushed(writer, number, ["", ") >= 1e17 OR ABS("]);
        pushed(writer, number, ["", ") < 0.0001) THEN REGEXP_REPLACE(LTRIM(TO_CHAR("]);
        pushed(
            writer,
            number,
            ["", r", '9.99999999999999EEEE')), '(\.\d+?)0*e', '\1e') ELSE REGEXP_REPLACE(CAST(CAST("],
        );
        number(writer);
        writer.push(r" AS numeric) AS text), '^-?\d+$', '\&.0') END");
    });
}

/// Writes an operand between two texts.
fn pushed(writer: &mut dyn ExpressionWriter, operand: Write<'_>, [before, after]: [&str; 2]) {
    writer.push(before);
    operand(writer);
    writer.push(after);
}
