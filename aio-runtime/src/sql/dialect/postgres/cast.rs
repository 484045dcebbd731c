//! Conversions of values between types, with the results that they have in SQLite.

use super::super::{ExpressionWriter, Syntax as _};
use super::operands::Write;
use super::{Postgres, date, operands, real, text_match};
use crate::expr::Node;
use crate::types::Type;

/// Writes the conversion of a value of the type `from` to the type `to`.
pub(super) fn write(writer: &mut dyn ExpressionWriter, value: &Node, from: Type, to: Type) {
    match (from.stored(), to.stored()) {
        (from, to) if from == to => around(writer, "(", value, ")"),
        // PostgreSQL would round, and fail for a number that is too large.
        (Type::Real | Type::Decimal, Type::Integer) => operands::one(writer, value, &|writer, number| {
            limited(writer, number, ["CAST(TRUNC(", ") AS bigint)"]);
        }),
        (Type::Bool, Type::Integer | Type::Real | Type::Text | Type::Decimal) => {
            around(writer, "CAST(CAST(", value, " AS integer) AS ");
            writer.push(Postgres.type_name(to));
            writer.push(")");
        }
        (Type::Integer | Type::Real | Type::Decimal, Type::Bool) => around(writer, "(", value, " <> 0)"),
        // The number at the beginning of the text counts, or else zero. More digits than the type
        // holds are as good as the first twenty.
        (Type::Text, Type::Integer) => {
            let number = |writer: &mut dyn ExpressionWriter| {
                writer.push("CAST(REGEXP_REPLACE(");
                text_match::bytes(writer, value);
                writer.push(r", '^\s*([-+]?)0*(\d{0,20}).*$', '\10\2') AS numeric)");
            };
            operands::one_written(writer, &number, value.has_window(), &|writer, number| {
                limited(writer, number, ["CAST(", " AS bigint)"]);
            });
        }
        (Type::Text, Type::Real) => {
            real::of_text(writer, &|writer| text_match::bytes(writer, value), value.has_window());
        }
        (Type::Text, Type::Bool) => {
            writer.push("(");
            write(writer, value, Type::Text, Type::Integer);
            writer.push(" <> 0)");
        }
        (Type::Real, Type::Text) => real::to_text(writer, value),
        (Type::Decimal, Type::Text) => around(writer, "CAST(TRIM_SCALE(", value, ") AS text)"),
        (Type::Text, Type::Blob) => around(writer, "CONVERT_TO(", value, ", 'UTF8')"),
        (Type::Blob, Type::Text) => around(writer, "CONVERT_FROM(", value, ", 'UTF8')"),
        (time @ (Type::Timestamp | Type::DateTime | Type::Date | Type::Time), Type::Text) => {
            date::text_form(writer, time, value);
        }
        (_, to) => {
            around(writer, "CAST(", value, " AS ");
            writer.push(Postgres.type_name(to));
            writer.push(")");
        }
    }
}

/// Writes a number, converted to an integer by the text before and after it, or the integer that
/// is nearest to it.
fn limited(writer: &mut dyn ExpressionWriter, number: Write<'_>, [before, after]: [&str; 2]) {
    writer.push("CASE WHEN ");
    number(writer);
    writer.push(" >= 9223372036854775807 THEN 9223372036854775807 WHEN ");
    number(writer);
    writer.push(" <= -9223372036854775808 THEN CAST('-9223372036854775808' AS bigint) ELSE ");
    writer.push(before);
    number(writer);
    writer.push(after);
    writer.push(" END");
}

fn around(writer: &mut dyn ExpressionWriter, begin: &str, value: &Node, end: &str) {
    writer.push(begin);
    writer.expression(value);
    writer.push(end);
}
