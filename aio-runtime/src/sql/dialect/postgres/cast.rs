//! Conversions of values between types, with the results that they have in SQLite.

use super::super::{ExpressionWriter, Syntax as _};
use super::{Postgres, date, operands};
use crate::expr::Node;
use crate::types::Type;

/// Writes the conversion of a value of the type `from` to the type `to`.
pub(super) fn write(writer: &mut dyn ExpressionWriter, value: &Node, from: Type, to: Type) {
    match (from.stored(), to.stored()) {
        (from, to) if from == to => around(writer, "(", value, ")"),
        // PostgreSQL would round, and fail for a number that is too large.
        (Type::Real | Type::Decimal, Type::Integer) => operands::one(writer, value, &|writer, number| {
            writer.push("CASE WHEN ");
            number(writer);
            writer.push(" >= 9223372036854775807 THEN 9223372036854775807 WHEN ");
            number(writer);
            writer.push(" <= -9223372036854775808 THEN CAST('-9223372036854775808' AS bigint) ELSE CAST(TRUNC(");
            number(writer);
            writer.push(") AS bigint) END");
        }),
        (Type::Bool, Type::Integer | Type::Real | Type::Text | Type::Decimal) => {
            around(writer, "CAST(CAST(", value, " AS integer) AS ");
            writer.push(Postgres.type_name(to));
            writer.push(")");
        }
        (Type::Integer | Type::Real | Type::Decimal, Type::Bool) => around(writer, "(", value, " <> 0)"),
        // The number at the beginning of the text counts, or else zero.
        (Type::Text, Type::Integer) => {
            around(writer, "CAST(REGEXP_REPLACE(", value, r", '^\s*([-+]?)(\d*).*$', '\10\2') AS bigint)");
        }
        (Type::Text, Type::Real) => around(
            writer,
            "CAST(REGEXP_REPLACE(",
            value,
            r", '^\s*([-+]?)(\d*)(\.\d*)?([eE][-+]?\d+)?.*$', '\10\2\3\4') AS double precision)",
        ),
        // A float has 15 digits, and a point that tells it from an integer.
        (Type::Real, Type::Text) => {
            around(writer, "REGEXP_REPLACE(CAST(CAST(", value, r" AS numeric) AS text), '^-?\d+$', '\&.0')");
        }
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

fn around(writer: &mut dyn ExpressionWriter, begin: &str, value: &Node, end: &str) {
    writer.push(begin);
    writer.expression(value);
    writer.push(end);
}
