//! Calculations with decimals that are stored as integers, by way of PostgreSQL's `numeric`.

use super::super::ExpressionWriter;
use super::operands::Write;
use crate::expr::Node;

/// Writes a quotient, multiplied by the given power of ten and rounded half to even; NULL if the
/// divisor is zero. PostgreSQL's ROUND cannot be used, because it rounds halves of a `numeric`
/// away from zero.
pub(super) fn divide_to(writer: &mut dyn ExpressionWriter, dividend: &Node, divisor: &Node, power: i32) {
    let write_dividend = |writer: &mut dyn ExpressionWriter| {
        numeric(writer, dividend);
        power_of_ten(writer, power);
    };
    let write_divisor = |writer: &mut dyn ExpressionWriter| {
        writer.push("NULLIF(");
        numeric(writer, divisor);
        writer.push(", 0)");
        power_of_ten(writer, -power);
    };
    // A window function cannot be an operand in the subquery of `named`: the subquery has only one
    // row, and the function would see only that row.
    if dividend.has_window() || divisor.has_window() {
        half_even(writer, &write_dividend, &write_divisor);
    } else {
        named(writer, &write_dividend, &write_divisor);
    }
}

/// Writes the conversion of a number, or of the text of a number, to the integer that stores it
/// with this many decimal places, rounded half to even.
pub(super) fn to_scale(writer: &mut dyn ExpressionWriter, value: &Node, scale: u32) {
    let write_value = |writer: &mut dyn ExpressionWriter| {
        numeric(writer, value);
        power_of_ten(writer, scale.cast_signed());
    };
    named(writer, &write_value, &|writer| writer.push("1"));
}

/// Writes the conversion of the integer that stores a decimal with this many decimal places to the
/// decimal, without trailing zeros, as a value of the type `ty`.
pub(super) fn of_units(writer: &mut dyn ExpressionWriter, units: &Node, scale: u32, ty: &str) {
    writer.push("CAST(TRIM_SCALE(");
    numeric(writer, units);
    writer.format(format_args!(" * 1e-{scale}) AS {ty})"));
}

fn numeric(writer: &mut dyn ExpressionWriter, node: &Node) {
    writer.push("CAST(");
    writer.expression(node);
    writer.push(" AS numeric)");
}

fn power_of_ten(writer: &mut dyn ExpressionWriter, power: i32) {
    if power > 0 {
        writer.format(format_args!(" * 1e{power}"));
    }
}

/// Writes a quotient in a subquery that names its operands, so that each operand is computed only
/// once.
fn named(writer: &mut dyn ExpressionWriter, dividend: Write<'_>, divisor: Write<'_>) {
    writer.push("(SELECT ");
    half_even(writer, &|writer| writer.push("n"), &|writer| writer.push("d"));
    writer.push(" FROM (SELECT ");
    dividend(writer);
    writer.push(" AS n, ");
    divisor(writer);
    writer.push(" AS d) AS operands)");
}

/// Writes a quotient that is rounded half to even. Each operand is written several times.
fn half_even(writer: &mut dyn ExpressionWriter, dividend: Write<'_>, divisor: Write<'_>) {
    let of_both = |writer: &mut dyn ExpressionWriter, before: &str, after: &str| {
        writer.push(before);
        dividend(writer);
        writer.push(", ");
        divisor(writer);
        writer.push(after);
    };
    let of_divisor = |writer: &mut dyn ExpressionWriter, before: &str, after: &str| {
        writer.push(before);
        divisor(writer);
        writer.push(after);
    };
    of_both(writer, "CAST(DIV(", ") + CASE WHEN ");
    of_both(writer, "ABS(MOD(", ")) * 2 > ");
    of_divisor(writer, "ABS(", ") OR ");
    of_both(writer, "ABS(MOD(", ")) * 2 = ");
    of_divisor(writer, "ABS(", ") AND ");
    of_both(writer, "MOD(DIV(", "), 2) <> 0 THEN SIGN(");
    dividend(writer);
    of_divisor(writer, ") * SIGN(", ") ELSE 0 END AS bigint)");
}
